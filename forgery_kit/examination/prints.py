"""What one recording is known by when it is looked for in others: landmarks of the pen's path, and the path itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from datasets.height import turning_points
from gan.features import FAR_LEG, Trace

Array = NDArray[np.float64]

#: All lengths below are writing heights. Turning points of the pen: it comes back by ``TURN``; their x is the middle
#: between the places where it passes ``DEPTH`` below or above, which loses little where points are thinned or rounded.
TURN, DEPTH = 0.25, 0.15
#: Landmarks in a run that is looked up: turning points; starts of strokes.
RUN_OF_TURNS, RUN_OF_STARTS = 6, 5
#: Runs whose deviation in x or y is less than this are nearly a line and tell nothing.
LEAST_DEVIATION = 0.15
#: Distance of the places on the path between which the nearest is looked for.
STEP = 0.05


@dataclass(frozen=True, eq=False)
class Runs:
    """Landmarks of one kind of one recording, and its runs of ``size`` of them.

    Attributes
    ----------
    rows : (m,) points of the recording. places : (m, 2) where the landmarks are.
    keys : (r, 2 · size) each run with mean 0 and deviation 1 in x and y. first : (r,) first landmark of each run.
    """

    rows: NDArray[np.int64]
    places: Array
    size: int
    keys: Array
    first: NDArray[np.int64]

    def points(self, landmark: int) -> tuple[int, int]:
        """The points of the run that begins with a landmark, the last one excluded."""
        return int(self.rows[landmark]), int(self.rows[landmark + self.size - 1]) + 1


@dataclass(frozen=True, eq=False)
class Print:
    """One recording.

    Attributes
    ----------
    xy : (n, 2) points in writing heights. starts : (s,) first point of each stroke.
    leg : (n,) length from the point before; 0 at starts and where the recording jumps.
    turns, strokes : its turning points and its starts of strokes, in runs.
    """

    xy: Array
    starts: NDArray[np.int64]
    leg: Array
    turns: Runs
    strokes: Runs

    def __getstate__(self) -> dict[str, object]:
        """Without what can be worked out again."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def length(self) -> float:
        """Length of the path."""
        return float(self.leg.sum())

    @cached_property
    def spacing(self) -> float:
        """Mean distance of neighbouring points: of two recordings, the one with less is the finer."""
        moved = self.leg[self.leg > 0]
        return float(moved.mean()) if len(moved) else 0.0

    @cached_property
    def grid(self) -> float:
        """Step of the coordinates where they were rounded, near 0 where not."""
        steps = [d[d > 1e-6] for d in (np.diff(np.unique(column)) for column in self.xy.T)]
        return max((float(d.min()) for d in steps if len(d)), default=0.0)

    @cached_property
    def _path(self) -> tuple[cKDTree, NDArray[np.int64]]:
        """Places along the legs, to look up, and the point that ends the leg of each."""
        ends = np.flatnonzero(self.leg > 0)
        count = np.ceil(self.leg[ends] / STEP).astype(np.int64)
        owner = np.repeat(ends, count)
        place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 0.5
        share = (place / np.repeat(count, count))[:, None]
        return cKDTree(self.xy[owner - 1] * (1 - share) + self.xy[owner] * share), owner

    def nearest(self, points: Array) -> tuple[Array, Array]:
        """Distances (n,) of points (n, 2) from the path, and the places on it (n, 2) that are nearest."""
        tree, owner = self._path
        end = owner[tree.query(points)[1]]
        return to_legs(points, self.xy[end - 1], self.xy[end])


def fingerprint(ink: Trace) -> Print:
    """The print of a recording; a few milliseconds for a page."""
    leg = np.zeros(len(ink.xy))
    leg[1:] = np.hypot(*np.diff(ink.xy, axis=0).T)
    leg[ink.starts] = 0.0
    leg[leg > FAR_LEG] = 0.0
    # One path through all strokes, so that strokes that were joined or parted on the way do not matter.
    turns = turning_points(ink.xy, TURN)
    return Print(
        ink.xy,
        ink.starts,
        leg,
        _runs(turns, _middles(ink.xy, turns), RUN_OF_TURNS, turned=True),
        _runs(ink.starts, ink.xy[ink.starts], RUN_OF_STARTS, turned=False),
    )


def to_legs(points: Array, begin: Array, end: Array) -> tuple[Array, Array]:
    """Distances (…) of points (…, 2) from the legs between ``begin`` and ``end`` (…, 2), and the nearest places."""
    along = end - begin
    size = np.maximum((along**2).sum(axis=-1), 1e-300)
    share = np.clip(((points - begin) * along).sum(axis=-1) / size, 0, 1)
    places = begin + share[..., None] * along
    return np.hypot(*np.moveaxis(points - places, -1, 0)), places


def _middles(xy: Array, turns: NDArray[np.int64]) -> Array:
    """(m, 2) places of turning points: y as it is, x from where the pen comes to ``DEPTH`` of it and leaves."""
    x, y = xy[:, 0].tolist(), xy[:, 1].tolist()
    found = [((_passes(x, y, row, -1) + _passes(x, y, row, 1)) / 2, y[row]) for row in turns.tolist()]
    return np.array(found).reshape(-1, 2)


def _passes(x: Sequence[float], y: Sequence[float], row: int, way: int) -> float:
    """x where the path is ``DEPTH`` away from a turning point, before it (``way`` −1) or after (1)."""
    last = len(y) - 1 if way > 0 else 0
    here = row
    while here != last and abs(y[here + way] - y[row]) < DEPTH:
        here += way
    if here == last:
        return x[here]
    near, far = abs(y[here] - y[row]), abs(y[here + way] - y[row])
    return x[here] + (DEPTH - near) / (far - near) * (x[here + way] - x[here])


def _runs(rows: NDArray[np.int64], places: Array, size: int, turned: bool) -> Runs:
    """Runs of landmarks; ``turned``: with y made to begin downwards, since some exports count upwards."""
    if len(places) < size:
        return Runs(rows, places, size, np.zeros((0, 2 * size)), np.zeros(0, np.int64))
    runs = np.lib.stride_tricks.sliding_window_view(places, size, axis=0).transpose(0, 2, 1)
    deviation = runs.std(axis=1, keepdims=True)
    first = np.flatnonzero((deviation[:, 0] >= LEAST_DEVIATION).all(axis=1))
    keys = ((runs - runs.mean(axis=1, keepdims=True))[first] / deviation[first]).copy()
    if turned:
        keys[:, :, 1] *= np.where(keys[:, 1, 1] < keys[:, 0, 1], -1.0, 1.0)[:, None]
    return Runs(rows, places, size, keys.reshape(len(keys), 2 * size), first)
