"""How well ink is read:  python -m benchmarks.ink.reading --cache CACHE [--part test]

Character error rates of the shipped recogniser, greedy and with the language model, on the lines of IAM-OnDB with text
(forms without a writer too) and on the words and texts of UNIPEN of a part's people; 95 % intervals over writers (a
form without a writer is one of its own). Then the time to read 100 lines against the time to embed them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.program.timing import seconds
from datasets.cache import read_samples
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.reading.lines import ink_lines, read_lines
from gan.features import feature_sequence
from gan.reading import decoding
from gan.reading.language import load_language
from gan.reading.reader import posteriors
from gan.training.recogniser import Line, load_lines

DRAWS, LINES, REPEATS = 1000, 100, 5


def errors(lines: list[Line]) -> np.ndarray:
    """Edits greedy, edits with the language model, and characters of each line, (lines, 3)."""
    log_p = posteriors([feature_sequence(line.ink) for line in lines])
    language = load_language()
    texts = [t for k in range(0, len(lines), 32) for t in decoding.beam_search(log_p[k : k + 32], language)]
    return np.array(
        [
            (
                decoding.edit_distance(decoding.greedy(p), line.text),
                decoding.edit_distance(text, line.text),
                len(line.text),
            )
            for line, p, text in zip(lines, log_p, texts, strict=True)
        ]
    )


def stated(found: np.ndarray, people: np.ndarray, seed: int = 1) -> str:
    """Both error rates with their intervals over people."""
    of_people = np.stack([found[people == person].sum(axis=0) for person in np.unique(people)])
    generator = np.random.default_rng(seed)
    drawn = [of_people[generator.integers(0, len(of_people), len(of_people))].sum(axis=0) for _ in range(DRAWS)]
    parts = []
    for column, name in ((0, "greedy"), (1, "with language model")):
        rates = [100 * row[column] / row[2] for row in drawn]
        low, high = np.quantile(rates, [0.025, 0.975])
        parts.append(f"{name} {100 * found[:, column].sum() / found[:, 2].sum():.2f} % [{low:.2f}, {high:.2f}]")
    return f"{len(found)} pieces, {len(of_people)} people: " + ", ".join(parts)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--part", default="test", help="whose ink: calibration or test")
    options = parser.parse_args()
    for corpus in ("iam-ondb", "unipen"):
        lines = load_lines(options.cache, corpus, (options.part,))
        people = np.array([line.person for line in lines])
        print(f"{corpus} {options.part}: {stated(errors(lines), people)}", flush=True)
    loaded = read_samples(options.cache / "iam-ondb.fkcache")
    assert loaded is not None  # load_lines has checked
    # Training people: timings need no unseen ones.
    found = ink_lines([s for s in loaded[0] if s.split == "trainset"][:LINES])
    actions = (lambda: read_lines(found), lambda: default_judge().embed([line.features for line in found]))
    taken = [[seconds(action) for _ in range(REPEATS)] for action in actions]
    ratio = min(taken[0]) / min(taken[1])
    print(f"reading {len(found)} lines takes {ratio:.2f} times as long as embedding them")


if __name__ == "__main__":
    main()
