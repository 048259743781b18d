"""Scored pairs of reference people at given amounts of ink: same-writer pairs from different sheets, different-writer
pairs within one donor, so that devices cannot stand in for writers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood.back_end import BackEnd, score_matrix
from forgery_kit.likelihood.metrics import Array, ScorePairs
from forgery_kit.likelihood.reference import CHUNK_STEPS, Chunks, Reference

#: Exhibits formed of each writer on each side.
EXHIBITS = 6
#: Of these, how many of either side are paired for each couple of writers.
COUPLE_EXHIBITS = 3
#: (writer, donor) → embeddings (k, d) of k exhibits at the one amount, and at the other.
Sides = dict[tuple[int, int], tuple[Array, Array]]


def form_pairs(
    reference: Reference, levels: tuple[int, int], with_time: bool, seeds: Sequence[int] = (1,)
) -> ScorePairs:
    """Scored pairs of calibration writers at these amounts (feature steps of either side).

    Same-writer pairs never share a sheet; a writer without enough ink for both sides has none. Different-writer
    pairs are formed within one donor, over every couple, both ways round. Each seed draws other exhibits of the same
    people: with several, what is made of the pairs depends little on the draw.
    """
    drawn = (exhibits_of(reference.chunks, levels, with_time, seed) for seed in seeds)
    back_end = reference.back_end[with_time]
    return joined(
        [_within_donors(sides, lambda x, y: score_matrix(back_end, x, levels[0], y, levels[1])) for sides in drawn]
    )


def cross_device_pairs(reference: Reference, levels: tuple[int, int], seeds: Sequence[int] = (1,)) -> ScorePairs:
    """Pairs of people who were recorded on two devices, one device against the other, without time."""
    return across_donors(reference.two_devices, reference.back_end[False], levels, seeds)


def across_donors(chunks: Chunks, back_end: BackEnd, levels: tuple[int, int], seeds: Sequence[int]) -> ScorePairs:
    """Pairs of ink under the least donor against ink under another one, without time.

    The lesser amount is now on the one side, now on the other. ``donor`` is that of the second side, so that
    different-writer pairs are of one pair of donors.
    """
    first_donor = min(chunks.donor, default=0)
    parts = []
    for seed in seeds:
        sides = exhibits_of(chunks, levels, False, seed)
        # The sides of one person and donor share no source, but here they never meet: each goes to the other donor.
        for near, far in ((0, 1), (1, 0)):
            one = {w: found[near] for (w, d), found in sides.items() if d == first_donor and len(found[near])}
            others = [(w, d, found[far]) for (w, d), found in sides.items() if d != first_donor and len(found[far])]
            for w, x in one.items():
                for v, donor, y in others:
                    kept = EXHIBITS if v == w else COUPLE_EXHIBITS
                    scores = score_matrix(back_end, x[:kept], levels[near], y[:kept], levels[far]).ravel()
                    parts.append(ScorePairs(scores, *(np.full(len(scores), i, np.int64) for i in (w, v, donor))))
    return joined(parts)


def joined(parts: Sequence[ScorePairs]) -> ScorePairs:
    """All pairs of the parts, which share the numbering of writers."""
    if not parts:
        empty = np.zeros(0, np.int64)
        return ScorePairs(np.zeros(0), empty, empty, empty)
    return ScorePairs(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("score", "a", "b", "donor")))


def _within_donors(sides: Sides, scored: Callable[[Array, Array], Array]) -> ScorePairs:
    """Pairs of the exhibits of either side, by ``exhibits_of``; the i-th two of a writer share no source."""
    donors = sorted({donor for (_, donor), found in sides.items() if len(found[0])})
    return joined([_within_donor(sides, donor, scored) for donor in donors])


def _within_donor(sides: Sides, donor: int, scored: Callable[[Array, Array], Array]) -> ScorePairs:
    people = [key for key in sorted(sides) if key[1] == donor and len(sides[key][0])]
    firsts, seconds = (np.concatenate([sides[key][side] for key in people]) for side in (0, 1))
    counts = [len(sides[key][0]) for key in people]
    starts = np.cumsum([0, *counts])
    rows, columns, owners = [], [], []
    for i in range(len(people)):
        own = np.arange(starts[i], starts[i + 1])
        rows.append(own)
        columns.append(own)
        owners.append((i, i))
        for j in range(i + 1, len(people)):
            few = np.arange(min(counts[i], counts[j], COUPLE_EXHIBITS))
            for one, other in ((i, j), (j, i)):
                rows.append(np.repeat(starts[one] + few, len(few)))
                columns.append(np.tile(starts[other] + few, len(few)))
                owners.append((i, j))
    scores = scored(firsts, seconds)
    a, b = np.repeat(np.array(owners), [len(r) for r in rows], axis=0).T
    writer = np.array([w for w, _ in people])
    pairs = scores[np.concatenate(rows), np.concatenate(columns)]
    return ScorePairs(pairs, writer[a], writer[b], np.full(len(a), donor))


def exhibits_of(chunks: Chunks, levels: tuple[int, int], with_time: bool, seed: int) -> Sides:
    """(writer, donor) → embeddings (k, d) of k exhibits at either amount; the i-th two share no source."""
    generator = np.random.default_rng(seed)
    result = {}
    usable = chunks.with_time == with_time
    keys = np.unique(np.stack([chunks.writer[usable], chunks.donor[usable]], axis=1), axis=0)
    parts = [(min(level, CHUNK_STEPS[-1]), max(level // CHUNK_STEPS[-1], 1)) for level in levels]
    for w, d in keys:
        own = usable & (chunks.writer == w) & (chunks.donor == d)
        pools = [np.flatnonzero(own & (chunks.steps == size)) for size, _ in parts]
        pairs = []
        for _ in range(EXHIBITS):
            drawn = _two_exhibits(chunks.source, pools, [count for _, count in parts], generator)
            if drawn:
                pairs.append([chunks.vectors[rows].mean(axis=0) for rows in drawn])
        width = chunks.vectors.shape[1]
        sides = [np.array([p[i] for p in pairs], np.float64).reshape(-1, width) for i in (0, 1)]
        result[int(w), int(d)] = (sides[0], sides[1])
    return result


def _two_exhibits(
    source: NDArray[np.int64], pools: list[NDArray[np.int64]], counts: list[int], generator: np.random.Generator
) -> list[NDArray[np.int64]] | None:
    """Rows of two exhibits that share no source, whole sheets first; None where the ink does not suffice."""
    sheets = generator.permutation(np.union1d(source[pools[0]], source[pools[1]]))
    chosen: list[NDArray[np.int64]] = []
    used: set[int] = set()
    for pool, count in zip(pools, counts, strict=True):
        rows: list[int] = []
        for sheet in sheets:
            mine = pool[source[pool] == sheet]
            if sheet in used or not len(mine):
                continue
            used.add(int(sheet))
            start = int(generator.integers(0, max(len(mine) - count, 0) + 1))
            rows += mine[start : start + count - len(rows)].tolist()
            if len(rows) == count:
                break
        if len(rows) < count:
            return None
        chosen.append(np.array(rows))
    return chosen
