"""What a laboratory's own writers give on a strange device:  python -m benchmarks.people.laboratory --cache CACHE

A device is kept out: of its people some, drawn several times, calibrate as ``reference build`` does at one amount of
ink, and the others are compared; beside it stand the calibration of the shipped people of other devices, and half of
either. Same sitting, no time. The network was trained on none of these people, and none is a test person: the people
on two tablets of UNIPEN, whose embeddings ship, and the calibration and selection people of IAM-OnDB; weights were
chosen on the latter.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.corpora.iam_ondb import DEVICE
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.back_end import vectors_of
from forgery_kit.likelihood.calibration import Calibrator, fit_calibrator, mixed
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.metrics import Array, ScorePairs
from forgery_kit.likelihood.pairs import form_pairs
from forgery_kit.likelihood.reference import Chunks, Reference
from forgery_kit.likelihood.reference_build import corpus_people, embed_people

#: Amounts of ink a side, feature steps.
LEVELS = (240, 480)
#: Chunks of a sheet of IAM-OnDB.
CHUNKS = {level: (1, 8) for level in LEVELS}
#: Writers of a laboratory's reference; at least as many as ``LEAST_TESTED`` others are compared.
SIZES = (20, 10)
LEAST_TESTED = 5
#: Times that the writers of the reference are drawn, and redraws of the compared writers in each.
SPLITS, DRAWS = 5, 25
#: The sources that draw one calibration.
SEEDS = (1,)
ARMS = ("shipped people", "laboratory's", "half of either")


@dataclass(frozen=True, eq=False)
class Room:
    """A device that is kept out: its name, chunks of its people, and the shipped people of other devices."""

    name: str
    chunks: Chunks
    others: Chunks


def untimed(chunks: Chunks, rows: NDArray[np.bool_]) -> Chunks:
    """These chunks of ink without time."""
    return chunks.take(rows & ~chunks.with_time)


def rooms(judge: Judge, cache: Path) -> Iterator[Room]:
    """The devices with people enough."""
    people, two = judge.reference.chunks, judge.reference.two_devices
    same = np.isin(people.donor, [k for k, donor in enumerate(people.donors) if donor in two.donors])
    for number, donor in enumerate(two.donors):
        yield Room(f"UNIPEN {donor}", untimed(two, two.donor == number), untimed(people, ~same))
    letters = judge.reference.back_end[True].letters

    def embed(pieces: list[NDArray[np.float32]], steps: int) -> NDArray[np.float64]:
        return vectors_of(judge.network, letters, pieces, steps)

    found = embed_people(list(corpus_people(cache, ("calibration", "selection"), ("iam-ondb",))), CHUNKS, embed)
    others = untimed(people, people.donor != people.donors.index(DEVICE))
    yield Room("IAM-OnDB", untimed(found, np.ones(len(found.steps), bool)), others)


def drawn_people(chunks: Chunks, size: int, seed: int) -> tuple[Chunks, Chunks]:
    """Chunks of ``size`` people, and of the others."""
    people = np.random.default_rng(seed).permutation(np.unique(chunks.writer))
    own = np.isin(chunks.writer, people[:size])
    return chunks.take(own), chunks.take(~own)


def pairs_at(reference: Reference, chunks: Chunks, level: int) -> ScorePairs:
    """Pairs of these people at this amount of ink on either side."""
    return form_pairs(replace(reference, chunks=chunks), (level, level), False, SEEDS)


def figures(arms: list[Calibrator], pairs: ScorePairs, weights: Array) -> Array:
    """(arms, 4) of the values of each: EER, Cllr, and by how much Cllr is above the least, with limits and without."""
    eer, least = (of(pairs.score, pairs.same, weights) for of in (metrics.eer, metrics.cllr_min))
    found = []
    for calibrator in arms:
        raw = calibrator.unbounded(pairs.score)
        bounded, unbounded = (
            metrics.cllr(values, pairs.same, weights) for values in (np.clip(raw, *calibrator.bounds), raw)
        )
        found.append((eer, bounded, bounded - least, unbounded - least))
    return np.array(found)


def rows_of(room: Room, reference: Reference, level: int) -> Iterator[str]:
    """Rows of the table for each size of a reference that leaves people enough with so much ink."""
    able = pairs_at(reference, room.chunks, level).writers()
    sizes = [size for size in SIZES if len(able) >= size + LEAST_TESTED]
    if not sizes:
        return
    others = fit_calibrator(pairs_at(reference, room.others, level))
    chunks = room.chunks.take(np.isin(room.chunks.writer, able))
    for size in sizes:
        means, low, high = measured(reference, chunks, others, level, size)
        for arm, name in enumerate(ARMS):
            cells = [
                f"{factor * value:.{digits}f} [{factor * a:.{digits}f}, {factor * b:.{digits}f}]"
                for value, a, b, factor, digits in zip(
                    means[arm], low[arm], high[arm], (100, 1, 1, 1), (1, 3, 3, 3), strict=True
                )
            ]
            yield f"| {room.name} | {len(able)} | {level / 5:g} | {size} | {name} | {' | '.join(cells)} |"


def measured(
    reference: Reference, chunks: Chunks, others: Calibrator, level: int, size: int
) -> tuple[Array, Array, Array]:
    """(arms, 4) means over the draws of a reference, and the ends of an interval over them and the compared writers."""
    points, redrawn = [], []
    for split in range(SPLITS):
        own, tested = (pairs_at(reference, part, level) for part in drawn_people(chunks, size, split))
        made = fit_calibrator(own)
        arms = [others, made, mixed([others, made], [0.5, 0.5])]
        weights = metrics.pair_weights(tested)
        points.append(figures(arms, tested, weights))
        redrawn += [figures(arms, tested, w) for w in metrics.bootstrap_weights(tested, weights, DRAWS, split)]
    low, high = np.quantile(redrawn, [0.025, 0.975], axis=0)
    return np.mean(points, axis=0), low, high


def main() -> None:
    """Print the table, device by device."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    options = parser.parse_args()
    judge = default_judge()
    print("| device | people | heights a side | reference | calibration of | EER % | Cllr | less least | no limits |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for room in rooms(judge, options.cache):
        for level in LEVELS:
            for row in rows_of(room, judge.reference, level):
                print(row, flush=True)


if __name__ == "__main__":
    main()
