"""Evidence with letters read once:  python -m benchmarks.people.evidence --cache CACHE [--pairs N]

Contributions of strokes where the letters are read in all the ink once, as it is done, against reading what is left of
each window anew, and that with other shifts between the ways of cutting, which tells how much of the difference is
chance. Lines of IAM-OnDB of selection people, half of the pairs of one writer. No test people.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from datasets.sample import Exhibit
from forgery_kit.examination import comparison
from forgery_kit.examination import evidence as ways_of_cutting
from forgery_kit.examination.evidence import Evidence
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.reference_build import corpus_people
from forgery_kit.likelihood.sides import Ready, prepare
from forgery_kit.tables.work import one_thread

#: Shifts of pieces and of windows between the ways of cutting: those that are used, and others.
SHIFTS, OTHER_SHIFTS = (ways_of_cutting.SHIFT_OF_PIECES, ways_of_cutting.SHIFT_OF_WINDOWS), (0.7320508, 0.3)


def line_pairs(cache: Path, count: int) -> list[tuple[Ready, Ready]]:
    """Single lines against single lines, without time, of other sheets each."""
    people = [sheets for _, _, sheets in corpus_people(cache, ("selection",), ("iam-ondb",))]
    draw = np.random.default_rng(1)
    found = []
    for number in range(count):
        one, other = draw.choice(len(people), 2, replace=False)
        sheets = people[one][0], people[one if number % 2 else other][1]
        samples = [sheet[draw.integers(len(sheet))] for sheet in sheets]
        q, k = prepare([Exhibit("E", (replace(s, sha256=str(i)),)) for i, s in enumerate(samples)], with_time=False)
        found.append((q, k))
    return found


def made(pairs: list[tuple[Ready, Ready]], shifts: tuple[float, float], anew: bool) -> tuple[list[Evidence], float]:
    """Evidence of the first of each pair, and seconds of processor time of each."""
    read: Callable[[Judge, NDArray[np.float32]], NDArray[np.float32]] = Judge.with_letters
    start = time.process_time()
    with (
        patch.multiple(ways_of_cutting, SHIFT_OF_PIECES=shifts[0], SHIFT_OF_WINDOWS=shifts[1]),
        patch.object(Judge, "with_letters", (lambda _, features: features) if anew else read),
    ):
        found = [comparison._evidence(default_judge(), q, k, False) for q, k in pairs]
    return found, (time.process_time() - start) / len(pairs)


def main() -> None:
    """A row for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=60)
    options = parser.parse_args()
    one_thread()
    pairs = line_pairs(options.cache, options.pairs)
    print("| way | CPU s a side | correlation: median | least | certain | as certain | turned | strongest | random |")
    print("|---|---|---|---|---|---|---|---|---|")
    base: list[Evidence] = []
    ways = (("anew", SHIFTS, True), ("once", SHIFTS, False), ("anew, other shifts", OTHER_SHIFTS, True))
    for name, shifts, anew in ways:
        found, seconds = made(pairs, shifts, anew)
        base = base or found
        alike = [np.corrcoef(a.strokes[0], b.strokes[0])[0, 1] for a, b in zip(base, found, strict=True)]
        (x, sure_x), (y, sure_y) = (
            (np.concatenate([e.strokes[0] for e in each]), np.concatenate([e.sure[0] for e in each]))
            for each in (base, found)
        )
        tested = np.array([(e.faithfulness.strongest, e.faithfulness.random) for e in found if e.faithfulness])
        print(
            f"| {name} | {seconds:.2f} | {np.median(alike):.3f} | {min(alike):.2f} | {sure_y.mean():.1%} "
            f"| {(sure_x == sure_y).mean():.1%} | {(sure_x & sure_y & (x * y < 0)).mean():.2%} "
            f"| {tested[:, 0].mean():.2f} | {tested[:, 1].mean():.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
