"""Turning points of the pen, and the writing height that everything is measured in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

#: A rise or fall lower than this share of the writing height is tremor, not a half-wave.
WIGGLE = 0.25
#: Heights of strokes below this share of the ink's extent are rounding of its coordinates.
ROUNDING = 1e-12
#: Passes from the first estimate to the writing height; real lines settle in two or three.
PASSES = 4


def writing_height(strokes: Sequence[NDArray[np.float64]]) -> float:
    """Median half-wave height of the ink: the unit of features and amounts, in device units.

    A half-wave is a rise or a fall of y between two successive turning points of a pen-down stroke, its ends
    included. Turning points are found with hysteresis: y must come back by ``WIGGLE`` times the current estimate
    before it counts as turned, so that tremor, quantisation and repeated points add no half-waves; half-waves
    lower than that (dots, crosses) are left out. The estimate starts from the typical extent of whole strokes
    and is refined until it settles. Only heights of turning points enter, never counts or times of points, so
    the result does not depend on sampling rate or resolution and scales with the ink.

    Parameters
    ----------
    strokes : pen-down strokes, each (k, >= 2) with x and y finite in the first two columns; empty ones are ignored.

    Raises
    ------
    ValueError : the ink has no vertical extent: no strokes, only dots, or only level lines.
    """
    filled = [stroke[:, :2] for stroke in strokes if len(stroke) > 1]
    estimate = _typical_extent(filled) if filled else 0.0
    if estimate == 0:
        raise ValueError("no stroke of the ink has vertical extent, so it has no writing height")
    turns = _turns(filled)
    for _ in range(PASSES):
        heights = _half_waves(turns, WIGGLE * estimate)
        if not heights:
            break
        previous, estimate = estimate, float(np.median(heights))
        if abs(estimate - previous) <= 1e-3 * previous:
            break
    return estimate


def half_waves(strokes: Sequence[NDArray[np.float64]], floor: float) -> NDArray[np.float64]:
    """Heights (n,) of the rises and falls of at least ``floor`` (> 0) of strokes (k, >= 2); device units."""
    filled = [stroke for stroke in strokes if len(stroke) > 1]
    return np.array(_half_waves(_turns(filled), floor) if filled else [])


def turning_points(stroke: NDArray[np.float64], floor: float) -> NDArray[np.int64]:
    """Rows of a stroke (k, >= 2) where y turns by at least ``floor`` (device units, > 0), both ends of the movement
    included; empty where the stroke is lower than that. Neighbours alternate between high and low.
    """
    rows = _changes_of_direction(stroke[:, 1])
    return rows[np.array(_hysteresis(stroke[rows, 1].tolist(), floor), dtype=np.int64)]


def _typical_extent(strokes: list[NDArray[np.float64]]) -> float:
    """Median vertical extent of strokes, weighted by extent; a drifting baseline is taken out first.

    Weights stop at three upper quartiles, so that a few far jumps of a faulty recording cannot outweigh the
    writing. The result is 0 where all strokes are level.
    """
    points = np.concatenate(strokes)
    counts = np.array([len(stroke) for stroke in strokes])
    starts = np.cumsum(counts) - counts
    x, y = points[:, 0], points[:, 1]
    width = np.maximum.reduceat(x, starts) - np.minimum.reduceat(x, starts)
    height = np.maximum.reduceat(y, starts) - np.minimum.reduceat(y, starts)
    rounding = ROUNDING * max(float(np.ptp(x)), float(np.ptp(y)))
    for i in np.flatnonzero((width > 2 * height) & (height > rounding) & (counts > 2)):
        along, down = strokes[i][:, 0] - strokes[i][:, 0].mean(), strokes[i][:, 1]
        height[i] = np.ptp(down - float(along @ down) / float(along @ along) * along)
    height = np.sort(height[height > rounding])
    if len(height) == 0:
        return 0.0
    shares = np.cumsum(np.minimum(height, 3 * np.percentile(height, 75)))
    return float(height[np.searchsorted(shares, shares[-1] / 2)])


def _turns(strokes: Sequence[NDArray[np.float64]]) -> list[list[float]]:
    """y of the ``_changes_of_direction`` of each stroke (k, >= 2), all strokes looked at together; k > 1."""
    y = np.concatenate([stroke[:, 1] for stroke in strokes])
    ends = np.cumsum([len(stroke) for stroke in strokes])
    first = np.zeros(len(y) + 1, bool)
    first[0] = first[ends] = True
    step = np.diff(y, prepend=y[0])
    moved = np.flatnonzero(first[:-1] | (step != 0))
    starts, rising = first[moved], step[moved] > 0
    last = np.append(starts[1:], True)
    keep = starts | last
    keep[:-1] |= rising[1:] != rising[:-1]
    rows = moved[keep]
    values, cuts = y[rows].tolist(), np.searchsorted(rows, [0, *ends]).tolist()
    return [values[a:b] for a, b in pairwise(cuts)]


def _half_waves(turns: list[list[float]], floor: float) -> list[float]:
    """Heights of the rises and falls of at least ``floor`` between ``turns``, lists of alternating extremes."""
    return [
        abs(ys[b] - ys[a]) for ys in turns if max(ys) - min(ys) >= floor for a, b in pairwise(_hysteresis(ys, floor))
    ]


def _changes_of_direction(y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows of the first value, of every change between growing and shrinking, and of the last value."""
    step = np.diff(y)
    moved = np.concatenate([[0], np.flatnonzero(step) + 1])
    rising = step[moved[1:] - 1] > 0
    keep = np.ones(len(moved), bool)
    keep[1:-1] = rising[1:] != rising[:-1]
    rows: NDArray[np.int64] = moved[keep]
    return rows


def _hysteresis(ys: list[float], floor: float) -> list[int]:
    """Places in ``ys`` (alternating extremes) that remain when turns smaller than ``floor`` are merged."""
    low = high = 0
    heading = 0  # 1: y grows, -1: y shrinks, 0: not known yet
    turns: list[int] = []
    for i, y in enumerate(ys):
        if heading > 0:
            if y > ys[high]:
                high = i
            elif ys[high] - y >= floor:
                turns.append(high)
                low, heading = i, -1
        elif heading < 0:
            if y < ys[low]:
                low = i
            elif y - ys[low] >= floor:
                turns.append(low)
                high, heading = i, 1
        else:
            low = i if y < ys[low] else low
            high = i if y > ys[high] else high
            if ys[high] - ys[low] >= floor:
                heading = 1 if high > low else -1
                turns.append(low if heading > 0 else high)
    if heading != 0:
        turns.append(high if heading > 0 else low)
    return turns
