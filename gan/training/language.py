"""Make the character language model:  python -m gan.training.language --cache FOLDER --out language.safetensors

From the transcriptions of the forms of IAM-OnDB and the texts of UNIPEN of training and selection people; and from
``--words``, a table of words with their frequency (word, tab, occurrences a million).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from gan.reading.language import fit
from gan.writing.alphabet import CHARACTERS

#: How often a line counts; and all words of the table together, in lines' words.
WORDS_COUNT = 30_000.0


def training_texts(cache: Path) -> dict[str, float]:
    """Lines of IAM-OnDB of training and selection forms → 1. Raises MissingResourceError without a cache."""
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(f"{cache}/iam-ondb.fkcache", "it is missing.", "Run `python cli.py data cache`.")
    splits = {split for split, part in protocol.IAM_PARTS.items() if part in ("training", "selection")}
    texts: dict[str, float] = defaultdict(float)
    for sample in loaded[0]:
        text = " ".join((sample.text or "").split())
        if sample.split in splits and text and all(c in CHARACTERS for c in text):
            texts[text] += 1.0
    return dict(texts)


def word_texts(path: Path) -> dict[str, float]:
    """Words of a table, each with a space after it → how often it counts, ``WORDS_COUNT`` in all."""
    found: dict[str, float] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, frequency = line.split("\t")
        if word and all(c in CHARACTERS for c in word):
            found[word + " "] = float(frequency)
    total = sum(found.values())
    return {word: WORDS_COUNT * frequency / total for word, frequency in found.items()}


def main(arguments: list[str] | None = None) -> None:
    """Write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--words", type=Path, help="table of words: word, tab, occurrences a million")
    options = parser.parse_args(arguments)
    from safetensors.numpy import save_file

    texts = training_texts(options.cache)
    if options.words:
        for word, count in word_texts(options.words).items():
            texts[word] = texts.get(word, 0.0) + count
    parents, letters, log_p = fit(texts)
    save_file({"parents": parents, "letters": letters, "log_p": log_p}, options.out)
    print(f"{len(parents)} states from {len(texts)} texts")


if __name__ == "__main__":
    main()
