"""Values between occasions:  python -m benchmarks.people.occasions --cache CACHE

Same sitting and other occasions, like and unlike devices, where reference people have them, under the calibration of
one sitting and under that of other occasions: two-device people and IBM-UB-1 calibration people with both writers of a
pair left out, with their whole pool left out, and by their pool alone; IBM-UB-1 selection people and Persian people
with dates, whom nothing is made of. No test people.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.sample import Sample
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.back_end import vectors_of
from forgery_kit.likelihood.calibration import (
    Calibrated,
    Calibrator,
    TooFewWritersError,
    calibrated,
    cross_calibrated,
    fit_calibrator,
)
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.occasions import far_pages, occasion_pairs, pool_of
from forgery_kit.likelihood.pairs import across_donors, form_pairs
from forgery_kit.likelihood.reference import Chunks
from forgery_kit.likelihood.reference_build import FAR_CHUNKS, cached_samples, embed_people

LEVELS = (240, 480, 960, 1920)
SEEDS = (1, 2)
#: A sheet of Persian is all of a day.
DAY_CHUNKS = {60: (1, 8), 120: (1, 8), 240: (1, 8), 480: (8, 8)}


def two_days(samples: list[Sample]) -> list[tuple[str, str, list[list[Sample]]]]:
    """The two days with the most samples of each Persian person who has several."""
    found = []
    for writer, own in sorted(protocol.by_writer(samples).items()):
        days: dict[str, list[Sample]] = defaultdict(list)
        for sample in own:
            if sample.sitting:
                days[sample.sitting[:10]].append(sample)
        most = sorted(sorted(days, key=lambda day: -len(days[day]))[:2])
        if len(most) == 2:
            found += [(writer, name, [days[day]]) for name, day in zip(("day 1", "day 2"), most, strict=True)]
    return found


def show(name: str, pairs: ScorePairs, values: Calibrated) -> None:
    """One row: EER, Cllr with its minimum and an interval over writers, and how the pairs mislead."""
    weights, same, stated = metrics.pair_weights(pairs), pairs.same, values.bounded
    drawn = metrics.bootstrap_weights(pairs, weights, 100, 2)
    costs = [metrics.cllr(d.astype(float), same, w) for d, w in zip(values.draws, drawn, strict=False)]
    low, high = np.quantile(costs, [0.025, 0.975])
    shares = [(same & (stated < 0)), (same & (stated <= -1)), (~same & (stated > 0)), (~same & (stated >= 1))]
    print(
        f"| {name} | {len(pairs.writers())} | {100 * metrics.eer(pairs.score, same, weights):.1f} % "
        f"| {metrics.cllr(stated, same, weights):.3f} [{low:.3f}, {high:.3f}] "
        f"| {metrics.cllr_min(pairs.score, same, weights):.3f} | "
        + " | ".join(f"{100 * weights[rows].sum():.1f} %" for rows in shares)
        + " |",
        flush=True,
    )


def held(values: Calibrated, calibrator: Calibrator) -> Calibrated:
    """The values within the bounds of the shipped calibration, whose lower one is that of the smaller pool."""
    low, high = calibrator.bounds
    return replace(values, low=np.full_like(values.low, low), high=np.full_like(values.high, high))


def main() -> None:
    """Print a table for each amount of ink."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args()
    judge = default_judge()
    back_end = judge.reference.back_end[False]

    def embed(pieces: list[NDArray[np.float32]], steps: int) -> NDArray[np.float64]:
        return vectors_of(judge.network, back_end.letters, pieces, steps)

    def untimed(people: list[tuple[str, str, list[list[Sample]]]], kept: dict[int, tuple[int, int]]) -> Chunks:
        chunks = embed_people(people, kept, embed)
        return chunks.take(~chunks.with_time)

    selection = untimed(far_pages(cached_samples(options.cache, "ibm-ub-1"), "selection"), FAR_CHUNKS)
    persian = untimed(two_days(cached_samples(options.cache, "persian-pen")), DAY_CHUNKS)
    for level in LEVELS:
        levels = (level, level)
        one, other = (judge.calibrations.at(kind, *levels)[0] for kind in ("untimed", "other"))
        print(f"\n{level / 5:g} writing heights a side; bounds of other occasions {np.round(other.bounds, 2)}\n")
        print("| pairs | N | EER | Cllr | min | same < 0 | same ≤ −1 | different > 0 | different ≥ 1 |")
        print("|---|---|---|---|---|---|---|---|---|")
        pairs = form_pairs(judge.reference, levels, False, SEEDS)
        show("same sitting, like device, left out", pairs, cross_calibrated(pairs, fit_calibrator(pairs)))
        both = occasion_pairs(judge.reference, levels, SEEDS)
        pools = pool_of(judge.reference, both)
        whole = held(cross_calibrated(both, fit_calibrator(both)), other)
        show("other occasion, both pools, left out", both, whole)
        for pool, name in enumerate(("unlike device (UNIPEN)", "like device (IBM-UB-1)")):
            rows = pools == pool
            own, rest = both.take(rows), both.take(~rows)
            part = Calibrated(*(v[..., rows] for v in (whole.unbounded, whole.low, whole.high, whole.draws)))
            show(f"other occasion, {name}, left out", own, part)
            show(f"other occasion, {name}, by one sitting", own, calibrated(one, own.score))
            try:
                show(f"other occasion, {name}, its pool left out", own, calibrated(fit_calibrator(rest), own.score))
                show(f"other occasion, {name}, its pool alone", own, cross_calibrated(own, fit_calibrator(own)))
            except TooFewWritersError as error:
                print(error)
        for name, chunks in (("IBM-UB-1 selection", selection), ("Persian", persian)):
            unseen = across_donors(chunks, back_end, levels, SEEDS)
            if unseen.same.any() and not unseen.same.all():
                show(f"other occasion, {name}, unseen", unseen, calibrated(other, unseen.score))
                show(f"other occasion, {name}, by one sitting", unseen, calibrated(one, unseen.score))


if __name__ == "__main__":
    main()
