"""Sides of several files:  python -m benchmarks.people.several_files --cache CACHE [--people N]

Files of enough ink embedded by themselves, as it is done, against all files of a side one after another in four orders,
and that in four other orders, which tells how much of the difference is chance. Selection and calibration people, whom
the network has not seen; the shipped calibration of other occasions. No test people.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from datasets.sample import Sample
from forgery_kit.likelihood import metrics, sides
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.calibration import likelihood_ratio
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.reference_build import WEIGHT_PARTS, corpus_people
from forgery_kit.likelihood.sides import ORDERS, embed_files, embed_parts
from gan.features import feature_sequence
from gan.judging.style import WINDOW, traces, windows

#: Sides of each person, files of a side.
SIDES, FILES = 4, (2, 5)
DRAWS = 1000
Features = NDArray[np.float32]


def sides_of(sheets: Sequence[Sequence[Sample]], files: int) -> list[list[Features]]:
    """Features without time of the files of a person's sides: of other sheets each, or other files of a heap."""
    if len(sheets) == 1:
        sheets = [sheets[0][start : start + files] for start in range(0, len(sheets[0]) - files + 1, files)]
    chosen = [sheets[k] for k in np.unique(np.linspace(0, len(sheets) - 1, min(SIDES, len(sheets))).astype(int))]
    found = [[feature_sequence(one, False) for s in sheet[:files] for one in traces([s])] for sheet in chosen]
    return [parts for parts in found if len(parts) == files and sum(map(len, parts)) >= sides.FLOOR_STEPS]


def other_orders(count: int) -> list[NDArray[np.int64]]:
    """As many orders as the sides have, but others."""
    generator = np.random.default_rng(1000 + count)
    return [generator.permutation(count) for _ in range(ORDERS if count > 1 else 1)]


def scored(judge: Judge, given: list[list[Features]], owners: NDArray[np.int64]) -> tuple[metrics.ScorePairs, Features]:
    """Pairs of all sides and their log10 LRs (n,), bounded."""
    vectors = embed_parts(given, embed_files(given, judge), judge)
    steps = np.array([sum(map(len, parts)) for parts in given])
    i, j = np.triu_indices(len(given), 1)
    scores = score_pairs(judge.reference.back_end[False], vectors[i], steps[i], vectors[j], steps[j])
    at = [judge.calibrations.at("other", *sorted((int(steps[a]), int(steps[b]))))[0] for a, b in zip(i, j, strict=True)]
    ratios = [likelihood_ratio(one, float(score)).log10_lr for one, score in zip(at, scores, strict=True)]
    return metrics.ScorePairs(scores, owners[i], owners[j], np.zeros(len(i), np.int64)), np.array(ratios)


def ways() -> dict[str, Callable[[], object]]:
    """What is compared, by name, as a context in which sides are embedded so."""
    return {
        "by themselves": lambda: patch.object(sides, "BY_ITSELF", sides.BY_ITSELF),
        "without overlap": lambda: patch.object(sides, "file_windows", lambda part, _: windows(part, WINDOW)),
        "joined": lambda: patch.object(sides, "BY_ITSELF", 10**9),
        "joined otherwise": lambda: patch.multiple(sides, BY_ITSELF=10**9, _orders=other_orders),
    }


def main() -> None:
    """A table for each corpus and number of files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--people", type=int, default=60, help="at most, of each corpus")
    options = parser.parse_args()
    judge = default_judge()
    for corpus in ("iam-ondb", "unipen"):
        people = list(corpus_people(options.cache, WEIGHT_PARTS, (corpus,)))
        people = people[:: -(-len(people) // options.people)]
        for files in FILES:
            given = [(k, parts) for k, (_, _, sheets) in enumerate(people) for parts in sides_of(sheets, files)]
            owners = np.array([k for k, _ in given])
            long = np.mean([len(part) >= sides.BY_ITSELF for _, parts in given for part in parts])
            print(f"\n{corpus}: {len(set(owners))} people, {len(given)} sides of {files} files, {long:.0%} long\n")
            print("| way | EER | Cllr | min | against joined | change of log10 LR: same | different | absolute |")
            print("|---|---|---|---|---|---|---|---|")
            found = {}
            for name, way in ways().items():
                with way():  # type: ignore[attr-defined]
                    found[name] = scored(judge, [parts for _, parts in given], owners)
            show(found)


def show(found: dict[str, tuple[metrics.ScorePairs, NDArray[np.float64]]]) -> None:
    """A row for each way, with intervals over writers."""
    _, base = found["joined"]
    for name, (pairs, ratios) in found.items():
        weights, same = metrics.pair_weights(pairs), pairs.same
        drawn = metrics.bootstrap_weights(pairs, weights, DRAWS, 2)
        costs = np.array([metrics.cllr(ratios, same, w) - metrics.cllr(base, same, w) for w in drawn])
        low, high = np.quantile(costs, [0.025, 0.975])
        change = ratios - base
        print(
            f"| {name} | {100 * metrics.eer(pairs.score, same, weights):.2f} % "
            f"| {metrics.cllr(ratios, same, weights):.4f} | {metrics.cllr_min(pairs.score, same, weights):.4f} "
            f"| {costs.mean():+.4f} [{low:+.4f}, {high:+.4f}] "
            f"| {weights[same] @ change[same]:+.3f} | {weights[~same] @ change[~same]:+.3f} "
            f"| {weights @ abs(change) / 2:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
