"""Make the table of repeats:  python -m forgery_kit.examination.repeats_build --cache FOLDER

How exactly calibration people repeat themselves: lines of IAM-OnDB beside three other lines by the same hand, and words
of UNIPEN beside up to three other recordings of the same word by the same person, which is where a hand comes nearest
to itself. Writes ``gan/pretrained/repeats.npz``, which ``repeats.table`` reads.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.sample import Sample
from forgery_kit.examination.repeats import BESIDE, TABLE, WINDOWS, even, least_of, repeats, table_of
from gan.features import trace

#: Comparisons of a person at most.
MOST = 30
#: Quantiles that are printed.
QUANTILES = (0.001, 0.01, 0.1, 0.5)


def comparisons(
    cache: Path, parts: Sequence[str], generator: np.random.Generator
) -> Iterator[tuple[str, Sample, list[Sample]]]:
    """(Corpus, a recording, others by the same person): of IAM-OnDB any lines, of UNIPEN the same word.

    Raises MissingResourceError without a cache.
    """
    for corpus in ("iam-ondb", "unipen"):
        loaded = read_samples(cache / f"{corpus}.fkcache")
        if loaded is None:
            raise MissingResourceError(f"{cache}/{corpus}.fkcache", "it is missing.", "Run `python cli.py data cache`.")
        assigned = protocol.PARTS_OF[corpus](loaded[0])
        for person, samples in protocol.by_writer(loaded[0]).items():
            if assigned.get(person) not in parts:
                continue
            groups: dict[str, list[Sample]] = defaultdict(list)
            for sample in samples:
                groups["" if corpus == "iam-ondb" else " ".join((sample.text or "").split())].append(sample)
            several = [own for text, own in groups.items() if len(own) > 1 and (text or corpus == "iam-ondb")]
            for number in generator.permutation(max(MOST, len(several)))[:MOST] if several else ():
                own = several[int(number) % len(several)]
                chosen = generator.choice(len(own), min(len(own), 1 + BESIDE), replace=False)
                one = own[chosen[0]]
                # UNIPEN holds some recordings twice, under two files.
                if others := [own[i] for i in chosen[1:] if own[i].ink != one.ink]:
                    yield corpus, one, others


def least(one: Sample, others: Sequence[Sample]) -> np.ndarray | None:
    """(len(WINDOWS),) how exactly a recording repeats others; None where one has no writing height, or no ink."""
    try:
        mine, beside = even(trace([one])), [even(trace([other])) for other in others]
    except ValueError:
        return None
    return least_of([found for other in beside for found in repeats(mine, other)])


def main(arguments: list[str] | None = None) -> None:
    """Make the table and print its quantiles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, default=TABLE, help="the file to write")
    options = parser.parse_args(arguments)
    found: dict[str, list[np.ndarray]] = {"iam-ondb": [], "unipen": []}
    for corpus, one, others in comparisons(options.cache, ["calibration"], np.random.default_rng(0)):
        if (row := least(one, others)) is not None:
            found[corpus].append(row)
    for corpus, rows in found.items():
        print(f"{corpus}: {len(rows)} comparisons; windows in a row {WINDOWS}")
        for quantile in QUANTILES:
            print(f"{quantile:6}", np.quantile(np.array(rows), quantile, axis=0, method="lower").round(3))
    made = table_of(np.array(found["iam-ondb"] + found["unipen"]))
    np.savez_compressed(options.out, least=made.least.astype(np.float32), smallest=made.smallest.astype(np.float32))
    print(f"{len(made.smallest)} comparisons: {options.out}")


if __name__ == "__main__":
    main()
