"""Where a line of writing stands: its slope, its baseline, the height of its small letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.height import WIGGLE, turning_points, writing_height

#: Turning points within this many writing heights of the baseline (or of the tops of small letters) stand on it.
NEAR = 0.4
#: Small letters are looked for between these heights above the baseline, in writing heights.
SMALL_LETTERS = (0.35, 2.2)
#: A baseline steeper than this is not believed: the line is too short to tell.
STEEPEST = 0.7
#: Turning points, spread over this many writing heights, that a slope of the line's own needs.
FEWEST, SHORTEST = 5, 4.0


@dataclass(frozen=True)
class LineGeometry:
    """Baseline y = intercept + slope · x in device units (y down), and what stands on it.

    Attributes
    ----------
    slope : dy/dx; positive falls to the right.
    intercept : y of the baseline at x = 0.
    x_height : height of small letters above the baseline, device units.
    writing_height : of the same ink, device units.
    bottoms : (m, 2) lower turning points that stand on the baseline.
    small_letters : (k,) heights above the baseline of the upper turning points that top small letters.
    """

    slope: float
    intercept: float
    x_height: float
    writing_height: float
    bottoms: NDArray[np.float64]
    small_letters: NDArray[np.float64]


def line_geometry(strokes: Sequence[NDArray[np.float64]]) -> LineGeometry:
    """Geometry of one line of writing.

    The baseline is fitted to the lower turning points of the pen: slope by Theil and Sen, level where they stand
    most densely, then least squares over those within ``NEAR``, so that descenders and commas do not count. The
    x-height is the median of the upper turning points around their densest height above it, so that capitals and
    ascenders do not count.

    Parameters
    ----------
    strokes : pen-down strokes of one line, each (k, >= 2).

    Raises
    ------
    ValueError : the ink has no vertical extent.
    """
    height = writing_height(strokes)
    low, high = _turns(strokes, WIGGLE * height)
    slope = _theil_sen(low, height)
    level = _densest(low[:, 1] - slope * low[:, 0], NEAR * height)
    for _ in range(2):
        on_it = np.abs(low[:, 1] - slope * low[:, 0] - level) <= NEAR * height
        on_it = on_it if on_it.any() else np.ones(len(low), bool)
        slope, level = _least_squares(low[on_it], slope, height)
    above = (level + slope * high[:, 0] - high[:, 1]) / height
    candidates = above[(above > SMALL_LETTERS[0]) & (above < SMALL_LETTERS[1])]
    if len(candidates) == 0:
        candidates = above[above > 0] if (above > 0).any() else np.ones(1)
    middle = _densest(candidates, NEAR)
    letters = candidates[np.abs(candidates - middle) <= NEAR] * height
    letters = letters if len(letters) else np.array([middle * height])
    return LineGeometry(slope, level, float(np.median(letters)), height, low[on_it], letters)


def _turns(strokes: Sequence[NDArray[np.float64]], floor: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper turning points of all strokes, each (m, 2)."""
    low, high = [], []
    for stroke in strokes:
        rows = turning_points(stroke, floor) if len(stroke) > 1 else np.zeros(0, np.int64)
        if len(rows) == 0:
            continue
        points = stroke[rows, :2]
        starts_low = int(points[0, 1] > points[1, 1])
        low.append(points[1 - starts_low :: 2])
        high.append(points[starts_low::2])
    return np.concatenate(low), np.concatenate(high)


def _theil_sen(points: NDArray[np.float64], height: float) -> float:
    """Median slope over pairs of points that lie apart, weighted by their distance; 0 where the line is too short."""
    if len(points) < FEWEST or np.ptp(points[:, 0]) < SHORTEST * height:
        return 0.0
    points = points[:: len(points) // 200 + 1]
    a, b = np.triu_indices(len(points), 1)
    dx, dy = (points[b] - points[a]).T
    far = np.abs(dx) > SHORTEST / 2 * height
    order = np.argsort(dy[far] / dx[far])
    shares = np.cumsum(np.abs(dx[far])[order])
    slope = float((dy[far] / dx[far])[order][np.searchsorted(shares, shares[-1] / 2)])
    return slope if abs(slope) <= STEEPEST else 0.0


def _densest(values: NDArray[np.float64], reach: float) -> float:
    """Mean of the values in the window of width ``reach`` that holds most of them (the first, where equal)."""
    ordered = np.sort(values)
    ends = np.searchsorted(ordered, ordered + reach, side="right")
    start = int(np.argmax(ends - np.arange(len(ordered))))
    return float(ordered[start : ends[start]].mean())


def _least_squares(points: NDArray[np.float64], slope: float, height: float) -> tuple[float, float]:
    """Slope and intercept through the points; ``slope`` is kept where they are too few or too close together."""
    x, y = points[:, 0], points[:, 1]
    if len(points) >= FEWEST and np.ptp(x) >= SHORTEST * height:
        centred = x - x.mean()
        fitted = float(centred @ y) / float(centred @ centred)
        slope = fitted if abs(fitted) <= STEEPEST else slope
    return slope, float(y.mean() - slope * x.mean())
