"""Whether two files hold the same recording, or stretches copied from one another, whatever became of them on the way.

Nobody writes the same path twice: between two recordings the pen strays by a tenth of the writing height, between two
exports of one recording by nothing. So places that look alike are sought (runs of turning points of the pen, and of
starts of strokes), the shift and the stretch of x and y that bring one upon the other are fitted there and followed
along the ink, and what counts is how far, without a break, the points of the coarser recording lie on the path of the
finer one. Times, pressure, size, place, cuts, thinning and rounding of points do not matter; turning does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from forgery_kit.examination.prints import Array, Print, Runs, to_legs

#: Share of the lesser file's ink from which on two files are called one recording.
SAME = 0.5
#: Writing heights of copied ink that are told where the share is less.
LONG = 25.0
#: How far the points of an exact copy lie from the path, in writing heights; what an export that draws smooth curves
#: adds; what a grid adds to which points were rounded, for each unit of its step. Beyond the widest, copies cannot be
#: told from a practised hand.
EXACT, SMOOTHED, ROUNDED, WIDEST = 0.012, 0.03, 0.75, 0.1
#: A copied stretch is at least so long for each unit of that tolerance. Over 3,332 pairs of recordings of one word by
#: one person, the longest stretch by chance was 3.4 writing heights at 0.012, 14 at 0.03, 25 at 0.06, 34 at 0.1.
LENGTH_FOR_TOLERANCE = 600.0
#: Of points that were rounded, the median strays by about a quarter of the tolerance; in those pairs mostly by more.
MEDIAN = 0.33
#: Points of a stretch at least; points off the path that do not end it.
LEAST_POINTS, GAP = 12, 2
#: Distance of runs (means 0, deviations 1) up to which they look alike.
ALIKE = 0.35
#: Pairs of runs that are tried for a file: those most alike, of turning points and of starts of strokes.
TRIED_TURNS, TRIED_STARTS = 6, 3
#: Runs of a file that are looked up at least; of longer files every second or third.
LOOKED_UP = 150
#: Tolerance (writing heights) of the first look at two runs, and share of the points that are within.
FIRST_LOOK, FIRST_SHARE = 0.1, 0.8
#: Tolerances by which a fit is followed along the ink before the one that counts.
FOLLOWED = (0.08, 0.04)
#: Rounds of following at most; each may triple the stretch.
ROUNDS = 20
#: Share from which no other seed is tried.
NEARLY_ALL = 0.9
#: How much x or y may be stretched against the other file's, both in writing heights.
STRETCH = 2.5


@dataclass(frozen=True)
class Shared:
    """Ink that two files have in common: ``length`` in writing heights, ``share`` of the lesser file, 0..1.

    ``first`` and ``second`` are the files' places on their sides.
    """

    first: int
    second: int
    length: float
    share: float

    @property
    def same(self) -> bool:
        """Whether it is enough to call the two files one recording."""
        return self.share >= SAME

    @property
    def worth_telling(self) -> bool:
        """Whether it is one recording, or so long a stretch of it that it cannot be chance."""
        return self.same or self.length >= LONG


@dataclass(frozen=True)
class _Map:
    """From points of one recording to another's: x and y times ``scale`` (2,), plus ``shift`` (2,)."""

    scale: Array
    shift: Array

    def __call__(self, points: Array) -> Array:
        return points * self.scale + self.shift

    def plausible(self) -> bool:
        """x runs the same way; y may be turned, where one export counts up and the other down."""
        sizes = np.abs(self.scale)
        return bool(self.scale[0] > 0 and sizes.max() < STRETCH and sizes.min() > 1 / STRETCH)

    def inverse(self) -> _Map:
        return _Map(1 / self.scale, -self.shift / self.scale)


@dataclass(frozen=True)
class _Seed:
    """A map to a recording of a side from the other one, and the other's points that it was fitted on."""

    target: int
    fit: _Map
    low: int
    high: int


class Side:
    """The recordings of one side, for others to be looked up in."""

    def __init__(self, prints: Sequence[Print]) -> None:
        self.prints = tuple(prints)
        self._turns = _Index([one.turns for one in prints])
        self._strokes = _Index([one.strokes for one in prints])

    def seeds(self, other: Print, but: int | None) -> Iterator[_Seed]:
        """Where ink of a recording may stand in those of this side, ``but`` passed over."""
        for index, runs, tried in (
            (self._turns, other.turns, TRIED_TURNS),
            (self._strokes, other.strokes, TRIED_STARTS),
        ):
            for target, there, here in index.alike(runs, but, tried):
                seed = _seed(target, self.prints[target], index.runs[target], there, other, runs, here)
                if seed is not None:
                    yield seed
        starts = other.xy[other.starts]
        for target, mine in enumerate(self.prints):
            # Whole recordings with too few points for turns: as many strokes, beginning at the same places.
            if target != but and len(mine.starts) == len(starts) >= other.strokes.size:
                fit = _fitted(starts, mine.xy[mine.starts])
                if np.median(np.hypot(*(fit(starts) - mine.xy[mine.starts]).T)) < FIRST_LOOK and fit.plausible():
                    yield _Seed(target, fit, 0, len(other.xy))


class _Index:
    """Runs of all recordings of a side together."""

    def __init__(self, runs: Sequence[Runs]) -> None:
        self.runs = runs
        self.owner = np.repeat(np.arange(len(runs)), np.array([len(one.keys) for one in runs], np.int64))
        self.first = np.concatenate([one.first for one in runs]) if runs else np.zeros(0, np.int64)
        self.tree = cKDTree(np.concatenate([one.keys for one in runs])) if len(self.owner) else None

    def alike(self, runs: Runs, but: int | None, count: int) -> list[tuple[int, int, int]]:
        """(Recording, its first landmark, the first landmark of ``runs``) of the runs that are most alike."""
        if self.tree is None or len(runs.keys) == 0:
            return []
        asked = np.arange(0, len(runs.keys), min(3, max(1, len(runs.keys) // LOOKED_UP)))
        neighbours = [1] if len(self.runs) == 1 else [1, 2, 3, 4]
        distance, found = self.tree.query(runs.keys[asked], k=neighbours, distance_upper_bound=ALIKE)
        here, rank = np.nonzero(np.isfinite(distance))
        found, distance = found[here, rank], distance[here, rank]
        others = np.flatnonzero(self.owner[found] != but) if but is not None else np.arange(len(found))
        best = others[np.argsort(distance[others], kind="stable")[:count]]
        return [(int(self.owner[found[i]]), int(self.first[found[i]]), int(runs.first[asked[here[i]]])) for i in best]


def between(first: Side, second: Side) -> list[Shared]:
    """Ink that files of two sides have in common beyond what chance could bring about, the greatest share first."""
    found = [shared for number, other in enumerate(second.prints) for shared in _in(first, other, number, None)]
    return sorted(found, key=lambda shared: -shared.share)


def within(side: Side) -> list[Shared]:
    """Ink that files of one side have in common, each pair once, the greatest share first."""
    best: dict[tuple[int, int], Shared] = {}
    for number, other in enumerate(side.prints):
        for shared in _in(side, other, number, number):
            key = min(shared.first, number), max(shared.first, number)
            if key not in best or best[key].share < shared.share:
                best[key] = Shared(*key, shared.length, shared.share)
    return sorted(best.values(), key=lambda shared: -shared.share)


def _in(side: Side, other: Print, number: int, but: int | None) -> list[Shared]:
    """What a recording, ``number`` of its own side, shares with those of a side."""
    seeds: dict[int, list[_Seed]] = {}
    for seed in side.seeds(other, but):
        seeds.setdefault(seed.target, []).append(seed)
    found = []
    for target, tried in seeds.items():
        mine = side.prints[target]
        lesser, length = min(mine.length, other.length), 0.0
        for seed in tried:
            length = max(length, _common(mine, other, seed))
            if length > NEARLY_ALL * lesser:
                break
        shared = Shared(target, number, length, min(1.0, length / lesser))
        if shared.worth_telling:
            found.append(shared)
    return found


def _seed(target: int, mine: Print, runs: Runs, there: int, other: Print, asked: Runs, here: int) -> _Seed | None:
    """The map between two runs that look alike, or None where the path between the landmarks does not fit."""
    fit = _fitted(asked.places[here : here + asked.size], runs.places[there : there + runs.size])
    if not fit.plausible():
        return None
    at_mine, at_other = runs.points(there), asked.points(here)
    if mine.spacing <= other.spacing:
        fits = _fits(mine, at_mine, other, at_other, fit)
    else:
        fits = _fits(other, at_other, mine, at_mine, fit.inverse())
    return _Seed(target, fit, *at_other) if fits else None


def _fits(finer: Print, there: tuple[int, int], coarser: Print, here: tuple[int, int], fit: _Map) -> bool:
    """Whether most points of a run of the coarser recording lie near the path of a run of the finer one."""
    ends = np.arange(max(there[0] - 1, 1), min(there[1] + 2, len(finer.xy)))
    ends = ends[finer.leg[ends] > 0][:400]
    if len(ends) == 0:
        return False
    points = fit(coarser.xy[np.unique(np.linspace(here[0], here[1] - 1, 40).astype(np.int64))])
    away = to_legs(points[:, None], finer.xy[ends - 1], finer.xy[ends])[0].min(axis=1)
    return float(np.mean(away < FIRST_LOOK)) >= FIRST_SHARE


def _common(mine: Print, other: Print, seed: _Seed) -> float:
    """Writing heights of the lesser recording that are copied, followed from a seed; 0 where chance could do that."""
    finer, coarser, fit, span = mine, other, seed.fit, (seed.low, seed.high)
    if mine.spacing > other.spacing:
        # The points that the map was fitted on belong to the other one now: those nearest to their ends.
        ends = fit(other.xy[[seed.low, seed.high - 1]])
        rows = [int(np.argmin(np.hypot(*(mine.xy - end).T))) for end in ends]
        finer, coarser, fit, span = other, mine, fit.inverse(), (min(rows), max(rows) + 1)
    for tolerance in FOLLOWED:
        found = _followed(finer, coarser, fit, span, tolerance)
        if found is None or _length(coarser, found[1]) < LENGTH_FOR_TOLERANCE * EXACT:
            return 0.0
        fit, span = found
    grid = EXACT + ROUNDED * max(finer.grid, coarser.grid)
    most = 0.0
    for tolerance in (EXACT, min(max(SMOOTHED, grid), WIDEST)):
        found = _followed(finer, coarser, fit, span, tolerance)
        if found is not None and _length(coarser, found[1]) >= LENGTH_FOR_TOLERANCE * tolerance:
            of_lesser = 1.0 if coarser.length <= finer.length else float(np.sqrt(np.abs(np.prod(found[0].scale))))
            most = max(most, of_lesser * _copied(finer, coarser, found[0], tolerance))
    return most


def _followed(
    finer: Print, coarser: Print, fit: _Map, span: tuple[int, int], tolerance: float
) -> tuple[_Map, tuple[int, int]] | None:
    """The map refitted on as long a stretch about ``span`` as it holds for; None where it holds nowhere there."""
    low, high = span
    for _ in range(ROUNDS):
        reach = max(high - low, 20)
        begin, end = max(0, low - reach), min(len(coarser.xy), high + reach)
        away, places = finer.nearest(fit(coarser.xy[begin:end]))
        runs = [(a, b) for a, b in _stretches(away < tolerance) if a + begin < high and b + begin > low]
        if not runs:
            return None
        a, b = max(runs, key=lambda run: run[1] - run[0])
        rows = np.flatnonzero(away[a:b] < tolerance) + a
        if len(rows) < LEAST_POINTS // 2:
            return None
        better = _fitted(coarser.xy[begin + rows], places[rows])
        if not better.plausible():
            return None
        settled = (a + begin, b + begin) == (low, high)
        fit, low, high = better, a + begin, b + begin
        if settled:
            break
    return fit, (low, high)


def _copied(finer: Print, coarser: Print, fit: _Map, tolerance: float) -> float:
    """Length (writing heights of the coarser) of stretches that lie on the finer one's path; 0 where all are short."""
    away, _ = finer.nearest(fit(coarser.xy))
    near = away < tolerance
    needed = LENGTH_FOR_TOLERANCE * tolerance
    lengths = []
    for a, b in _stretches(near):
        inside = away[a:b][near[a:b]]
        close = tolerance == EXACT or float(np.median(inside)) <= MEDIAN * tolerance
        lengths.append(_length(coarser, (a, b)) if close and len(inside) >= LEAST_POINTS else 0.0)
    if max(lengths, default=0.0) < needed:
        return 0.0
    return sum(length for length in lengths if length >= needed / 2)


def _length(ink: Print, span: tuple[int, int]) -> float:
    """Writing heights of the path between the points of a span, the last one excluded."""
    return float(ink.leg[span[0] + 1 : span[1]].sum())


def _stretches(near: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of points that are near, the last one excluded, over gaps of at most ``GAP``."""
    rows = np.flatnonzero(near)
    if len(rows) == 0:
        return []
    breaks = np.flatnonzero(np.diff(rows) > GAP + 1)
    begin, end = rows[np.concatenate([[0], breaks + 1])], rows[np.concatenate([breaks, [len(rows) - 1]])] + 1
    return list(zip(begin.tolist(), end.tolist(), strict=True))


def _fitted(points: Array, places: Array) -> _Map:
    """The map that brings points (n, 2) nearest to places (n, 2), by least squares in x and in y."""
    middle, there = points.mean(axis=0), places.mean(axis=0)
    spread = ((points - middle) ** 2).sum(axis=0)
    scale = ((points - middle) * (places - there)).sum(axis=0) / np.maximum(spread, 1e-300)
    return _Map(scale, there - scale * middle)
