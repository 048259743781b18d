"""Paths of the pen as cubic Bézier curves, and widened to outlines.

Curves are fitted as by Schneider (Graphics Gems, 1990): least squares at chord-length parameters, moved by Newton's
steps, parted where a point is too far away. Outlines are the path's width on both sides with round ends and corners,
united, so that no contour crosses itself or another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pathops
from numpy.typing import NDArray

from datasets.forgers.strokes import curve

Array = NDArray[np.float64]
#: Deviation, in writing heights of path, of the Gaussian that takes tremor of the sampling off; and points of a
#: stroke's curve that are fitted, per writing height.
SMOOTHING = 0.04
#: Farthest that a fitted curve may lie from the path, in writing heights: a tenth of the pen's width.
TOLERANCE = 0.012
#: Directions a step apart that differ by more (cosine) are a corner, where curves are parted.
CORNER, STEP = 0.5, 0.08
#: Newton's steps for the parameters of a fit.
REFITS = 4
#: Contours of a smaller area, square units, are specks between two edges that almost meet; a dot has some 2,700.
SPECK = 60.0


def fitted(stroke: Array, height: float) -> list[Array]:
    """Cubic Béziers (4, 2) end to end along a stroke (k, 2); one point four times for a dot.

    ``height`` is the writing height in the units of the stroke.
    """
    dense = curve(stroke, height, SMOOTHING)
    if len(dense) < 2:
        return [np.repeat(dense, 4, axis=0)]
    length = np.hypot(*np.diff(dense, axis=0).T)
    reach = max(round(STEP * height / max(float(length.mean()), 1e-9)), 1)
    corners = _corners(dense, reach)
    found: list[Array] = []
    for first, last in pairwise(corners):
        part = dense[first : last + 1]
        found += _fit(part, _heading(part, reach), _heading(part[::-1], reach), TOLERANCE * height, reach)
    return found


def _corners(dense: Array, reach: int) -> list[int]:
    """First and last row, and those where the path turns sharply; the sharpest of neighbours."""
    rows = np.arange(reach, len(dense) - reach)
    if len(rows) == 0:
        return [0, len(dense) - 1]
    before, after = dense[rows] - dense[rows - reach], dense[rows + reach] - dense[rows]
    norm = np.maximum(np.hypot(*before.T) * np.hypot(*after.T), 1e-12)
    cosine = (before * after).sum(axis=1) / norm
    found = []
    while cosine.min() < CORNER:
        row = int(cosine.argmin())
        found.append(int(rows[row]))
        cosine[max(row - 2 * reach, 0) : row + 2 * reach + 1] = 1.0
    return [0, *sorted(found), len(dense) - 1]


def _heading(part: Array, reach: int) -> Array:
    """Unit vector (2,) in which a path leaves its first point."""
    step = part[min(reach, len(part) - 1)] - part[0]
    unit: Array = step / max(float(np.hypot(*step)), 1e-9)
    return unit


def _fit(points: Array, out: Array, back: Array, tolerance: float, reach: int) -> list[Array]:
    """Béziers along points (n, 2) that leave in direction ``out`` and come to the end against ``back``."""
    if len(points) < 3:
        third = float(np.hypot(*(points[-1] - points[0]))) / 3
        return [np.array([points[0], points[0] + out * third, points[-1] + back * third, points[-1]])]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    u = along / max(along[-1], 1e-9)
    for _ in range(REFITS):
        bezier = _least_squares(points, u, out, back)
        away = np.hypot(*(_at(bezier, u) - points).T)
        worst = int(away.argmax())
        if away[worst] <= tolerance:
            return [bezier]
        u = _nearer(bezier, points, u)
    middle = int(np.clip(worst, 1, len(points) - 2))
    before, after = points[max(middle - reach, 0)], points[min(middle + reach, len(points) - 1)]
    heading = (after - before) / max(float(np.hypot(*(after - before))), 1e-9)
    left = _fit(points[: middle + 1], out, -heading, tolerance, reach)
    return left + _fit(points[middle:], heading, back, tolerance, reach)


def _least_squares(points: Array, u: Array, out: Array, back: Array) -> Array:
    """The Bézier (4, 2) nearest to the points at the parameters u, its ends and directions there given."""
    p0, p3 = points[0], points[-1]
    b = np.stack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3], axis=1)
    rest = points - (b[:, :1] + b[:, 1:2]) * p0 - (b[:, 2:3] + b[:, 3:]) * p3
    # The two handles' lengths, by their normal equations; a straight line leaves them open.
    cross = float(b[:, 1] @ b[:, 2]) * float(out @ back)
    square = float(b[:, 1] @ b[:, 1]), float(b[:, 2] @ b[:, 2])
    right = float(b[:, 1] @ (rest @ out)), float(b[:, 2] @ (rest @ back))
    determinant = square[0] * square[1] - cross**2
    alpha = np.array([right[0] * square[1] - right[1] * cross, right[1] * square[0] - right[0] * cross])
    alpha = alpha / determinant if determinant > 1e-9 else np.zeros(2)
    chord = float(np.hypot(*(p3 - p0)))
    along = float(np.hypot(*np.diff(points, axis=0).T).sum())
    # Handles that point backwards or reach far beyond the path make loops.
    if alpha.min() < 1e-3 * chord or alpha.max() > along:
        alpha = np.array([chord, chord]) / 3
    return np.array([p0, p0 + alpha[0] * out, p3 + alpha[1] * back, p3])


def _at(bezier: Array, u: Array) -> Array:
    """Points (n, 2) of a Bézier at parameters (n,)."""
    v = 1 - u
    weights = np.stack([v**3, 3 * u * v**2, 3 * u**2 * v, u**3], axis=1)
    points: Array = weights @ bezier
    return points


def _nearer(bezier: Array, points: Array, u: Array) -> Array:
    """Parameters moved by one of Newton's steps towards the feet of the points, in order."""
    first, second = 3 * np.diff(bezier, axis=0), 6 * np.diff(bezier, 2, axis=0)
    v = 1 - u
    d1 = np.stack([v**2, 2 * u * v, u**2], axis=1) @ first
    d2 = np.stack([v, u], axis=1) @ second
    away = _at(bezier, u) - points
    slope = (d1 * d1).sum(axis=1) + (away * d2).sum(axis=1)
    moved = u - np.where(np.abs(slope) > 1e-9, (away * d1).sum(axis=1) / np.where(slope == 0, 1, slope), 0.0)
    moved = np.maximum.accumulate(np.clip(moved, 0, 1))
    moved[0], moved[-1] = 0.0, 1.0
    return moved


def outline(strokes: Sequence[Sequence[Array]], pen: float) -> pathops.Path:
    """Closed contours of lines and quadratic curves around strokes, each a list of Béziers, of a round pen's width.

    Outer contours run clockwise (y upwards), as in TrueType, holes the other way.
    """
    path = pathops.Path()
    for beziers in strokes:
        drawn = pathops.Path()
        drawn.moveTo(*beziers[0][0])
        if np.ptp(np.concatenate(beziers), axis=0).max() < 1e-6 * pen:
            # A path without length would have no width either.
            drawn.lineTo(*(beziers[0][0] + np.array([0.02 * pen, 0.0])))
        else:
            for bezier in beziers:
                drawn.cubicTo(*bezier[1:].ravel())
        drawn.stroke(pen, pathops.LineCap.ROUND_CAP, pathops.LineJoin.ROUND_JOIN, 4.0)
        path.addPath(drawn)
    path.convertConicsToQuads()
    for _ in range(2):
        # Once more, since rounding can make neighbours touch.
        path.simplify(fix_winding=True, keep_starting_points=False, clockwise=True)
        path = _rounded(path)
    return path


def _rounded(path: pathops.Path) -> pathops.Path:
    """The path with whole units for coordinates, as fonts have them, without what has then no length or no area."""
    found = pathops.Path()
    for contour in path.contours:
        kept: list[tuple[pathops.PathVerb, list[tuple[int, int]]]] = []
        at: tuple[int, int] | None = None
        for verb, points in contour:
            whole = [(round(x), round(y)) for x, y in points]
            if whole and (verb == pathops.PathVerb.MOVE or any(point != at for point in whole)):
                kept.append((verb, whole))
                at = whole[-1]
        if len(kept) > 2 and abs(contour.area) > SPECK:
            for verb, whole in kept:
                found.add(verb, *whole)
            found.close()
    return found
