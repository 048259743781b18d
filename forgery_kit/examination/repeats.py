"""Ink that repeats other ink more exactly than a person repeats himself: pasted words, traced, replayed, warped copies.

``same_recording`` finds recordings that are equal but for shift and stretch. A copy that a machine warped, traced or
wrote at another tempo is not equal any more, but a short stretch of it still is, after an affine map of its own. So
stretches of path that look alike are sought by runs of turning points, an affine map is fitted, and followed along the
ink from window to window, fitted anew in each. What counts is how near the paths then lie, and for how long. How near
people come to their own writing of the same letters is a table made of calibration people (``repeats_build``): the same
figures for lines beside three other lines by the same hand. Times do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from datasets.errors import MissingResourceError
from forgery_kit.examination.prints import Array, Print, fingerprint, to_legs
from gan.features import Trace
from gan.judging.style import PRETRAINED

#: Distance of points of the path, and length of a window, writing heights; a window moves on by half of that.
STEP, WINDOW = 0.1, 6.0
POINTS, HALF = round(WINDOW / STEP), round(WINDOW / STEP / 2)
#: Distance of runs of turning points (means 0, deviations 1) up to which they are tried; how many of each are.
ALIKE, NEIGHBOURS = 0.6, 4
#: Pairs of runs that are tried at most, the most alike first.
TRIED = 300
#: Root mean square distance (writing heights) of the paths in a window beyond which they are not followed.
LOOSE = 0.1
#: How much an affine map may stretch, and the path of one side be longer than the other's.
STRETCH, LONGER = 1.6, 1.35
#: Points of the other path beyond what is expected that are looked at, either way.
SLACK = 12
#: Rounds of fitting.
ROUNDS = 3
#: Windows in a row that deviations are given for.
WINDOWS = (1, 2, 3, 5, 8, 13, 20)
#: Below the least deviation in the table the share of people falls at least with this power of the deviation: from its
#: hundredth to its thousandth it falls with the eighth to tenth.
POWER = 4.0
#: Path of the lines that the table was made with, each beside three others, writing heights.
LINE, BESIDE = 100.0, 3
#: From this rarity on a repeat is no person's.
RARE = 0.001
TABLE = PRETRAINED / "repeats.npz"


@dataclass(frozen=True)
class Repeat:
    """Ink of one recording that repeats that of another (or its own, elsewhere).

    Attributes
    ----------
    first, second : path of each that is repeated, from and to, writing heights from its beginning.
    deviations : root mean square distance of the paths in each window, writing heights.
    """

    first: tuple[float, float]
    second: tuple[float, float]
    deviations: tuple[float, ...]

    @property
    def length(self) -> float:
        """Writing heights of path."""
        return self.first[1] - self.first[0]

    def least(self) -> Array:
        """(len(WINDOWS),) the least deviation over so many windows in a row; infinite where there are fewer."""
        squares = np.concatenate([[0.0], np.cumsum(np.square(self.deviations))])
        return np.array(
            [np.sqrt((squares[n:] - squares[:-n]).min() / n) if n < len(squares) else np.inf for n in WINDOWS]
        )


@dataclass(frozen=True, eq=False)
class Table:
    """How exactly people repeat themselves.

    Attributes
    ----------
    least : (comparisons, len(WINDOWS)), each column sorted: what ``least_of`` gives for real lines by one hand.
    smallest : (comparisons,) sorted: the smallest share over the windows of each of these comparisons.
    """

    least: Array
    smallest: Array

    def rarity(self, least: Array, chances: float = 1.0) -> float:
        """Share of real comparisons in which a hand repeats itself as exactly, of comparisons of ``chances`` as much.

        Below what the table holds it is extrapolated, see ``POWER``.
        """
        share, rarest = _smallest(self.least, least), float(self.smallest[0])
        # Several windows were looked at, each of which may be the rarest.
        found = _share(self.smallest, max(share, rarest)) * min(share / rarest, 1.0)
        return min(1.0, chances * found)


def table_of(least: Array) -> Table:
    """The table of comparisons (n, len(WINDOWS)) of real lines."""
    ordered = np.sort(least, axis=0)
    return Table(ordered, np.sort([_smallest(ordered, row) for row in least]))


def _smallest(ordered: Array, least: Array) -> float:
    return min(_share(column, value) for column, value in zip(ordered.T, least, strict=True))


def _share(ordered: Array, value: float) -> float:
    """Share of sorted values up to one; of an infinite one, all; below the least of them, extrapolated."""
    if not np.isfinite(value):
        return 1.0
    count = int(np.searchsorted(ordered, value, side="right"))
    least = float(ordered[0]) if np.isfinite(ordered[0]) else LOOSE
    return (count or min(value / least, 1.0) ** POWER) / len(ordered)


@lru_cache(maxsize=1)
def table(path: Path = TABLE) -> Table:
    """The table that ships. Raises MissingResourceError where it is missing."""
    if not path.is_file():
        raise MissingResourceError(str(path), "the table of repeats is missing.", "Fetch or build it.")
    with np.load(path, allow_pickle=False) as stored:
        return Table(stored["least"].astype(float), stored["smallest"].astype(float))


def even(ink: Trace) -> Print:
    """A recording's path at even steps, with its landmarks."""
    strokes = []
    for stroke in np.split(ink.xy, ink.starts[1:]):
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
        places = np.linspace(0, along[-1], max(round(along[-1] / STEP), 1) + 1) if along[-1] > 0 else np.zeros(1)
        strokes.append(np.column_stack([np.interp(places, along, column) for column in stroke.T]))
    starts = np.cumsum([0] + [len(stroke) for stroke in strokes[:-1]])
    xy = np.concatenate(strokes)
    return fingerprint(Trace(xy, np.full(len(xy), np.nan), starts, np.zeros(len(starts), bool)))


def least_of(found: Sequence[Repeat]) -> Array:
    """(len(WINDOWS),) the least deviation of all repeats over so many windows in a row; infinite without any."""
    return np.min([one.least() for one in found], axis=0) if found else np.full(len(WINDOWS), np.inf)


def repeats(first: Print, second: Print) -> list[Repeat]:
    """Ink of ``first`` that repeats ink of ``second``, the longest first; one recording is compared with itself."""
    covered: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    found = []
    for mine, other in _seeds(first, second):
        middle = (mine[0] + mine[1]) // 2
        if any(_near(rows, places, middle, (other[0] + other[1]) // 2) for rows, places in covered):
            continue
        windows = _followed(first, second, mine, other)
        if not windows:
            continue
        rows, places = np.array([w.first for w in windows]), np.array([w.second for w in windows])
        covered.append((rows, places))
        along, beside = np.cumsum(first.leg), np.cumsum(second.leg)
        ends = np.minimum(rows + POINTS, len(along)) - 1
        found.append(
            Repeat(
                (float(along[rows[0]]), float(along[ends[-1]])),
                (float(beside[places.min()]), float(beside[max(w.last for w in windows)])),
                tuple(w.deviation for w in windows),
            )
        )
    return sorted(found, key=lambda one: -one.length)


def _near(rows: NDArray[np.int64], places: NDArray[np.int64], row: int, place: int) -> bool:
    """Whether a pair of points lies where a stretch was followed along."""
    if not rows[0] <= row <= rows[-1] + POINTS:
        return False
    return abs(float(np.interp(row, rows + HALF, places + HALF)) - place) < POINTS / 2


def _seeds(first: Print, second: Print) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Points of runs of turning points of both that look alike, the most alike first."""
    if not len(first.turns.keys) or not len(second.turns.keys):
        return
    count = min(NEIGHBOURS + 2 * (first is second), len(second.turns.keys))
    distance, which = cKDTree(second.turns.keys).query(first.turns.keys, k=[*range(1, count + 1)])
    here, rank = np.nonzero(distance < ALIKE)
    order = np.argsort(distance[here, rank], kind="stable")
    tried = 0
    for run, other in zip(here[order].tolist(), which[here, rank][order].tolist(), strict=True):
        mine = first.turns.points(int(first.turns.first[run]))
        theirs = second.turns.points(int(second.turns.first[other]))
        # Of a recording beside itself, each pair once, and no ink beside itself.
        if first is second and theirs[0] < mine[1] + POINTS:
            continue
        yield mine, theirs
        tried += 1
        if tried == TRIED:
            return


@dataclass(frozen=True, eq=False)
class _Affine:
    """Points (…, 2) times ``matrix`` (2, 2), plus ``shift`` (2,)."""

    matrix: Array
    shift: Array

    def __call__(self, points: Array) -> Array:
        mapped: Array = points @ self.matrix + self.shift
        return mapped

    def plausible(self) -> bool:
        """It turns nothing over, and stretches nothing much."""
        sizes = np.linalg.svd(self.matrix, compute_uv=False)
        return bool(np.linalg.det(self.matrix) > 0 and sizes[0] < STRETCH and sizes[1] > 1 / STRETCH)


@dataclass(frozen=True, eq=False)
class _Window:
    """Where a window begins in the first recording, and the ink beside it in the second one, ``first`` … ``last``."""

    first: int
    second: int
    last: int
    deviation: float
    fit: _Affine
    beside: NDArray[np.int64]


def _fitted(points: Array, places: Array) -> _Affine:
    """The affine map that brings points (n, 2) nearest to places (n, 2), by least squares."""
    middle, there = points.mean(axis=0), places.mean(axis=0)
    matrix = np.linalg.lstsq(points - middle, places - there, rcond=None)[0]
    return _Affine(matrix, there - middle @ matrix)


def _followed(first: Print, second: Print, mine: tuple[int, int], other: tuple[int, int]) -> list[_Window]:
    """Windows along the first recording that have the same ink beside them in the second one, from a pair of runs."""
    share = np.linspace(0, 1, 40)
    rows = (mine[0] + share * (mine[1] - 1 - mine[0])).astype(np.int64)
    beside = (other[0] + share * (other[1] - 1 - other[0])).astype(np.int64)
    fit = _fitted(first.xy[rows], second.xy[beside])
    middle = (mine[0] + mine[1]) // 2
    begin = max(0, min(middle - HALF, len(first.xy) - POINTS))
    ends = ((other[0] + other[1]) // 2 - HALF - SLACK, (other[0] + other[1]) // 2 + HALF + SLACK)
    seed = _window(first, second, begin, ends, fit)
    if seed is None:
        return []
    found = [seed]
    for way in (1, -1):
        last = seed
        while True:
            begin = last.first + way * HALF
            if not 0 <= begin <= len(first.xy) - POINTS:
                break
            # Half of the ink is beside what was there before; the rest goes on from it.
            shared = last.beside[HALF:] if way > 0 else last.beside[:HALF]
            near = round(float(shared[0] if way > 0 else shared[-1]))
            ends = (near - SLACK, near + POINTS + 2 * SLACK) if way > 0 else (near - POINTS - 2 * SLACK, near + SLACK)
            window = _window(first, second, begin, ends, last.fit)
            if window is None:
                break
            found.append(window)
            last = window
    return sorted(found, key=lambda window: window.first)


def _window(first: Print, second: Print, begin: int, ends: tuple[int, int], fit: _Affine) -> _Window | None:
    """A window of the first recording beside points of the second one; None where these are not the same ink."""
    low, high = max(ends[0], 0), min(ends[1], len(second.xy))
    if first is second:
        low = max(low, begin + POINTS)
    legs = np.arange(low + 1, max(high, low + 1))
    legs = legs[second.leg[legs] > 0]
    mine = first.xy[begin : begin + POINTS]
    if len(legs) < POINTS // 2 or len(mine) < POINTS:
        return None
    for _ in range(ROUNDS):
        away, places = to_legs(fit(mine)[:, None], second.xy[legs - 1], second.xy[legs])
        nearest = away.argmin(axis=1)
        rows = np.arange(len(mine))
        fit = _fitted(mine, places[rows, nearest])
        if not fit.plausible():
            return None
    mapped = fit(mine)
    away, _ = to_legs(mapped[:, None], second.xy[legs - 1], second.xy[legs])
    nearest = away.argmin(axis=1)
    there = legs[nearest]
    start, last = int(there.min()), int(there.max())
    own = first.leg[begin + 1 : begin + POINTS]
    length = float(second.leg[start : last + 1].sum())
    if not own.sum() / LONGER < length < LONGER * own.sum():
        return None
    # And the other way: no ink of the second recording may be left over.
    inside = np.flatnonzero(own > 0) + 1
    back = to_legs(second.xy[start : last + 1][:, None], mapped[inside - 1], mapped[inside])[0].min(axis=1)
    deviation = float(np.sqrt((np.mean(away.min(axis=1) ** 2) + np.mean(back**2)) / 2))
    if deviation > LOOSE:
        return None
    return _Window(begin, start, last, deviation, fit, np.maximum.accumulate(there))


@dataclass(frozen=True)
class Copied:
    """Ink of a recording that repeats other recordings more exactly than people repeat themselves.

    Attributes
    ----------
    source : place of the recording that most of it repeats. length : writing heights of the first that repeat any.
    deviation : the least one of a window, writing heights. rarity : see ``Table.rarity``.
    """

    source: int
    length: float
    deviation: float
    rarity: float


def copied_from(one: Print, others: Sequence[Print]) -> Copied | None:
    """What a recording repeats of others more exactly than all but ``RARE`` of people would; None where nothing."""
    found = [repeats(one, other) for other in others]
    least = least_of([repeat for own in found for repeat in own])
    beside = sum(other.length for other in others)
    rarity = table().rarity(least, max(1.0, one.length * beside / (LINE * BESIDE * LINE)))
    if rarity > RARE:
        return None
    # As loose as the most exact window is, and half as much again, goes for the rest of a copy.
    spans = [[r.first for r in own if min(r.deviations) < max(1.5 * least[0], 0.02)] for own in found]
    lengths = [_united(own) for own in spans]
    return Copied(int(np.argmax(lengths)), _united([s for own in spans for s in own]), float(least[0]), rarity)


def _united(spans: Sequence[tuple[float, float]]) -> float:
    """Length of spans together, what they share counted once."""
    total, reached = 0.0, -np.inf
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return float(total)
