"""Calibrations of *the known writer* (H1) against *a machine imitation of the known writer* (H3), of reference people.

H1 is shown by pairs of samples of one person, H3 by imitations of a person beside that person's own ink, the ink that
they were primed with among it. Both have the same score as questioned and known ink of a case has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datasets.sample import Sample
from forgery_kit.likelihood.amounts import LEVELS
from forgery_kit.likelihood.back_end import score_matrix
from forgery_kit.likelihood.calibration import (
    DRAWS,
    Calibrated,
    Calibrator,
    TooFewWritersError,
    cross_calibrated,
    fit_calibrator,
)
from forgery_kit.likelihood.calibrations import KINDS, Calibrations, Kind, as_text, name_of
from forgery_kit.likelihood.calibrations_build import ENOUGH, SEEDS, pairs_of, rising_bounds
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.metrics import ScorePairs, clopper_pearson
from forgery_kit.likelihood.occasions import held_below, pool_of
from forgery_kit.likelihood.pairs import joined
from forgery_kit.likelihood.performance import performance
from forgery_kit.likelihood.reference import CHUNK_STEPS, Chunks, Reference
from forgery_kit.likelihood.reference_build import sheet_traces
from gan.features import STEPS_PER_HEIGHT, feature_sequence
from reports.performance import Performance

#: Kinds that are calibrated: the generator knows no time.
WITHOUT_TIME: tuple[Kind, ...] = ("untimed", "unlike", "other")
#: Windows of each length that are kept of a person's imitations.
KEPT = 6
NAME = "reference people and imitations of reference people, the person of a pair left out"


def embed_lines(judge: Judge, lines: Sequence[Sample]) -> Chunks:
    """Windows of ``CHUNK_STEPS`` of each person's imitated lines set after one another, embedded without time."""
    people: dict[tuple[str, str], list[Sample]] = {}
    for line in lines:
        people.setdefault((str(line.writer), str(line.device)), []).append(line)
    writers, donors = (tuple(sorted({key[i] for key in people})) for i in (0, 1))
    pieces, rows = [], []
    for (writer, donor), own in people.items():
        features = np.concatenate([feature_sequence(trace, False) for trace in sheet_traces(own)])
        for steps in CHUNK_STEPS:
            for number, start in enumerate(range(0, len(features) - steps + 1, steps)[:KEPT]):
                pieces.append(features[start : start + steps])
                rows.append((steps, writers.index(writer), number, donors.index(donor)))
    table = np.array(rows, np.int64)
    return Chunks(
        vectors=judge.embed(pieces).astype(np.float32),
        steps=table[:, 0],
        with_time=np.zeros(len(table), bool),
        writer=table[:, 1],
        source=table[:, 2],
        donor=table[:, 3],
        writers=writers,
        donors=donors,
    )


def imitation_pairs(reference: Reference, imitations: Chunks, levels: tuple[int, int]) -> ScorePairs:
    """Imitations of people at the first amount beside those people's own ink at the second, without time.

    Of a person's own ink the first is taken, which the imitations were primed with. ``a`` and ``donor`` count as in
    ``reference.chunks``; ``b`` says whose imitation it is, after all writers.
    """
    known, back_end = reference.chunks, reference.back_end[False]
    size, count = min(levels[1], CHUNK_STEPS[-1]), max(levels[1] // CHUNK_STEPS[-1], 1)
    parts = []
    for number, name in enumerate(imitations.writers):
        mine = (imitations.writer == number) & (imitations.steps == levels[0])
        if name not in known.writers or not mine.any():
            continue
        writer = known.writers.index(name)
        donor = known.donors.index(imitations.donors[int(imitations.donor[mine][0])])
        own = (known.writer == writer) & (known.donor == donor) & (known.steps == size) & ~known.with_time
        rows = np.flatnonzero(own)
        rows = rows[np.argsort(known.source[rows], kind="stable")][:count]
        if len(rows) < count:
            continue
        side = known.vectors[rows].mean(axis=0, dtype=np.float64)[None]
        scores = score_matrix(back_end, imitations.vectors[mine].astype(np.float64), levels[0], side, levels[1])[:, 0]
        machine = writer + len(known.writers)
        parts.append(ScorePairs(scores, *(np.full(len(scores), i, np.int64) for i in (writer, machine, donor))))
    return joined(parts)


def h1_h3_pairs(
    reference: Reference, imitations: Chunks, kind: Kind, levels: tuple[int, int], seeds: tuple[int, ...]
) -> tuple[ScorePairs, ScorePairs]:
    """Same-writer pairs of a kind, and imitations beside the writer; numbered apart where their people differ."""
    pairs = pairs_of(reference, kind, levels, seeds)
    same = pairs.take(pairs.same)
    forged = imitation_pairs(reference, imitations, levels)
    if kind != "untimed":
        # Other people, of other donors, who have numbers of their own.
        writers, donors = (int(max(values, default=-1)) + 1 for values in (same.a, same.donor))
        forged = ScorePairs(forged.score, forged.a + writers, forged.b + writers, forged.donor + donors)
    return same, forged


def make_calibrations(
    reference: Reference, imitations: Chunks, progress: Callable[[str], None] | None = None
) -> Calibrations:
    """Calibrations at each questioned amount (first) that imitations have, and each known amount, with figures.

    Where too few people have so much they are those of the next smaller amount.
    """
    count = len(LEVELS)
    grid = (len(KINDS), count, count)
    lines, elub = np.zeros((*grid, 1 + DRAWS, 2)), np.zeros((*grid, 1 + DRAWS, 2))
    n_writers, own = np.zeros(grid, np.int64), np.zeros(grid, bool)
    texts: dict[str, str] = {}
    for kind in WITHOUT_TIME:
        place = KINDS.index(kind)
        for i, questioned in enumerate(LEVELS):
            for j, known in enumerate(LEVELS):
                a, b = (i, j - 1) if j else (max(i - 1, 0), j)
                before = Calibrator(lines[place, a, b], elub[place, a, b], int(n_writers[place, a, b]))
                made = _fitted(reference, imitations, kind, (questioned, known), before.n_writers)
                own[place, i, j] = made is not None
                made = made or before
                lines[place, i, j], elub[place, i, j], n_writers[place, i, j] = made.lines, made.elub, made.n_writers
                if own[place, i, j]:
                    texts |= _figures(reference, imitations, kind, (questioned, known), made)
                    if progress:
                        progress(f"{kind} {questioned} {known}: {made.n_writers} writers, bounds {made.bounds}")
        elub[place] = rising_bounds(elub[place], n_writers[place])
    return Calibrations(lines, elub, n_writers, own, texts)


def _fitted(
    reference: Reference, imitations: Chunks, kind: Kind, levels: tuple[int, int], before: int
) -> Calibrator | None:
    """The calibrator at these amounts; None where too few people have them, and fewer than ``before``."""
    if levels[0] not in CHUNK_STEPS:
        return None
    same, forged = h1_h3_pairs(reference, imitations, kind, levels, SEEDS)
    if min(len(same.writers()), len(np.unique(forged.a))) < min(ENOUGH, max(before, 1)):
        return None
    try:
        made = fit_calibrator(joined([same, forged]), people=np.union1d(same.a, forged.a))
    except TooFewWritersError:
        return None
    if kind == "other":
        made = held_below(made, same, pool_of(reference, same))
    # As many people as were imitated, or as stand for H1, whichever are fewer.
    return replace(made, n_writers=min(made.n_writers, len(np.unique(forged.a))))


def _figures(
    reference: Reference, imitations: Chunks, kind: Kind, levels: tuple[int, int], made: Calibrator
) -> dict[str, str]:
    same, forged = h1_h3_pairs(reference, imitations, kind, levels, SEEDS[:1])
    pairs = joined([same, forged])
    try:
        values = cross_calibrated(pairs, made)
    except TooFewWritersError:
        return {}
    amounts = (levels[0] / STEPS_PER_HEIGHT, levels[1] / STEPS_PER_HEIGHT)
    found = performance(pairs, values, NAME, ("x", "y"), amounts)
    return {name_of(kind, *levels): as_text(_by_person(found, pairs, values))}


def _by_person(found: Performance, pairs: ScorePairs, values: Calibrated) -> Performance:
    """The same with imitations counted by the person imitated."""
    person, value = pairs.a[~pairs.same], values.bounded[~pairs.same]
    people: NDArray[np.int64] = np.unique(person)

    def passing(limit: float) -> int:
        return len(np.unique(person[value > limit]))

    return replace(
        found,
        misleading_different=clopper_pearson(passing(0.0), len(people)),
        strongly_misleading_different=clopper_pearson(passing(1.0), len(people)),
        n_writers_different=len(people),
    )
