"""Walk: ink put together point by point from a writer's lines, each point one that came there after a like movement.

Texture synthesis by non-parametric sampling (Efros and Leung 1999), of movement in the place of a picture: close up it
is the writer's hand, and it says nothing. Like what a network without a text writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from datasets.forgers.settings import one_of, scaled
from datasets.forgers.strokes import Array, Line, baseline_of, height_of, ink_of, pauses, timed_strokes
from datasets.ink import Ink

#: How much of a point's height above the baseline, and of a lift before it, counts beside a displacement of a height.
HEIGHT, LIFT = 0.3, 0.5
#: Writing heights of path to be written, at most, and points.
MOST, MOST_POINTS = 250.0, 20_000


@dataclass(frozen=True)
class Walk:
    """How ink is walked.

    Attributes
    ----------
    rate : points a second. memory : points before that are compared. choices : one is drawn of so many that are most
        alike. run : points, on average, that follow one another as they were written.
    """

    rate: float = scaled(40.0, 120.0)
    memory: int = one_of(3, 6, 12)
    choices: int = one_of(1, 3, 8)
    run: float = scaled(2.0, 25.0)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Points of all lines, one after the other, lengths in writing heights.

    Attributes
    ----------
    move : (n, 2) from the point before; up to a stroke's first point from the last one's end. wait : (n,) seconds from
        there. lift : (n,) a stroke begins. above : (n,) y against the baseline. last : (n,) a line ends.
    """

    move: Array
    wait: Array
    lift: Array
    above: Array
    last: Array


def walk(lines: Sequence[Line], how: Walk, generator: np.random.Generator) -> Ink:
    """As much path as the first line has, at most ``MOST``.

    Raises ValueError where the lines have no time, or hardly a point.
    """
    first = timed_strokes(lines[0].ink)
    unit = height_of(first)
    parts = [_rows_of(line, how.rate) for line in lines]
    rows = _Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    if len(rows.move) < 4 * how.memory:
        raise ValueError("there is too little ink to walk through")
    tree = cKDTree(
        np.stack([_context(rows.move, rows.lift, rows.above[i], i, how.memory) for i in range(len(rows.move))])
    )
    wanted = min(sum(float(np.hypot(*np.diff(s[:, :2], axis=0).T).sum()) for s in first) / unit, MOST)
    starts = np.append(0, np.flatnonzero(rows.last)[:-1] + 1)
    at = int(starts[generator.integers(len(starts))])
    source = [at]
    above, path = float(rows.above[at]), 0.0
    while path < wanted and len(source) < MOST_POINTS:
        if rows.last[at] or generator.random() < 1 / how.run:
            at = _like(tree, rows, source, above, how, generator)
        at += 1
        source.append(at)
        above += float(rows.move[at, 1])
        path += 0.0 if rows.lift[at] else float(np.hypot(*rows.move[at]))
    lift = rows.lift[source] > 0
    lift[0] = True
    points = np.column_stack([np.cumsum(rows.move[source], axis=0) * unit, np.cumsum(rows.wait[source])])
    return ink_of(np.split(points, np.flatnonzero(lift)[1:]), lines[0].ink)


def _rows_of(line: Line, rate: float) -> tuple[Array, Array, Array, Array, Array]:
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    slope, intercept = baseline_of(strokes)
    even = []
    for stroke in strokes:
        t = stroke[:, 2]
        at = np.linspace(t[0], t[-1], max(int((t[-1] - t[0]) * rate) + 1, 1))
        even.append(np.column_stack([np.interp(at, t, stroke[:, 0]), np.interp(at, t, stroke[:, 1])]) / unit)
    xy = np.concatenate(even)
    lift = np.zeros(len(xy))
    lift[np.cumsum([0, *(len(s) for s in even[:-1])])] = 1
    wait = np.full(len(xy), 1 / rate)
    wait[np.flatnonzero(lift)[1:]] = np.maximum(pauses(strokes), 1 / rate)
    last = np.zeros(len(xy), bool)
    last[-1] = True
    return np.diff(xy, axis=0, prepend=xy[:1]), wait, lift, xy[:, 1] - slope * xy[:, 0] - intercept / unit, last


def _context(move: Array, lift: Array, above: float, at: int, memory: int) -> Array:
    """(3 · memory + 1,) how the pen came to point ``at``, zeros before the beginning; what is near counts more."""
    rows = np.arange(at - memory + 1, at + 1)
    kept = np.column_stack([move[np.maximum(rows, 0)], LIFT * lift[np.maximum(rows, 0)]])
    kept[rows < 0] = 0
    nearness = np.linspace(1 / memory, 1, memory)[:, None]
    return np.append((kept * nearness).ravel(), HEIGHT * above)


def _like(
    tree: cKDTree, rows: _Rows, source: list[int], above: float, how: Walk, generator: np.random.Generator
) -> int:
    """A point, not a line's last, to which the pen came as it came to the end of what is walked so far."""
    recent = np.array(source[-how.memory :])
    context = _context(rows.move[recent], rows.lift[recent], above, len(recent) - 1, how.memory)
    count = min(how.choices + 1 + int(rows.last.sum()), len(rows.move))
    found = [i for i in np.atleast_1d(tree.query(context, k=count)[1]) if not rows.last[i] and i != source[-1]]
    return int(found[generator.integers(min(len(found), how.choices))])
