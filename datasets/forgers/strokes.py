"""What every forger stands on: real lines as strokes with time, curves through a stroke's points, and ink from strokes.

A stroke is an array (k, 3) of x, y in device units and t in seconds that rises from row to row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator
from scipy.ndimage import gaussian_filter1d

from datasets.baseline import line_geometry
from datasets.height import writing_height
from datasets.ink import Ink

Array = NDArray[np.float64]
#: Letter of a line: its character, its first point and one past its last point.
Span = tuple[str, int, int]
#: Least time between two points, seconds: stamps that repeat are set apart by it.
TICK = 1e-4
#: Points of a dense curve per writing height.
DENSE = 60
#: Most path of a stroke, writing heights.
MOST = 3000.0


@dataclass(frozen=True, eq=False)
class Line:
    """A real line that a forger works from.

    Attributes
    ----------
    ink : one line, with a time.
    letters : where its letters are, spaces too, in their order; empty where that is not known. Points count through the
        pen-down strokes.
    """

    ink: Ink
    letters: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """What its letters say."""
        return "".join(letter[0] for letter in self.letters)


def timed_strokes(ink: Ink) -> list[Array]:
    """The pen-down strokes, time from 0.

    Stamps that are missing are put between their neighbours, those that repeat or step back ``TICK`` after the last.
    Raises ValueError where the ink has no time, or no pen-down stroke.
    """
    found = [stroke[:, :3].copy() for stroke in ink.strokes()]
    if not found or "t" not in ink.channels:
        raise ValueError("a forger needs pen-down strokes with a time")
    points = np.concatenate(found)
    t = points[:, 2]
    known = np.isfinite(t)
    if not known.any():
        raise ValueError("a forger needs pen-down strokes with a time")
    rows = np.arange(len(t))
    t = np.interp(rows, rows[known], t[known]) - t[known][0]
    points[:, 2] = np.maximum.accumulate(t - TICK * rows) + TICK * rows
    return np.split(points, np.cumsum([len(stroke) for stroke in found])[:-1])


def baseline_of(strokes: Sequence[Array]) -> tuple[float, float]:
    """Slope of the baseline, and its y (device units, downwards) at x = 0; level under ink that has none to measure."""
    try:
        geometry = line_geometry(strokes)
    except ValueError:
        return 0.0, float(max(stroke[:, 1].max() for stroke in strokes))
    return geometry.slope, geometry.intercept


def ink_of(strokes: Sequence[Array], like: Ink) -> Ink:
    """Ink (x, y, t) of strokes in the units of ``like``, time from 0. Raises ValueError where there is none."""
    if not strokes:
        raise ValueError("nothing was written")
    points = np.concatenate(strokes)
    points[:, 2] -= points[0, 2]
    return Ink(
        points=points,
        stroke_ends=np.cumsum([len(stroke) for stroke in strokes]),
        pen_down=np.ones(len(strokes), bool),
        channels=("x", "y", "t"),
        mm_per_unit=like.mm_per_unit,
        time_source="recorded",
    )


def shifted(stroke: Array, x: float = 0.0, y: float = 0.0, t: float = 0.0) -> Array:
    """The stroke elsewhere and at another time."""
    moved_by: Array = stroke + np.array([x, y, t])
    return moved_by


def height_of(strokes: Sequence[Array]) -> float:
    """Writing height, device units; of ink without one (dots, level lines) a fifth of its width, or 1."""
    try:
        return writing_height(strokes)
    except ValueError:
        return float(np.ptp(np.concatenate(strokes)[:, 0])) / 5 or 1.0


def pauses(strokes: Sequence[Array], longest: float = 1.0) -> Array:
    """Seconds between each stroke and the next, (s - 1,), at most ``longest``: hands also rest to think."""
    return np.array([min(b[0, 2] - a[-1, 2], longest) for a, b in itertools.pairwise(strokes)])


def mean_speed(strokes: Sequence[Array]) -> float:
    """Path over time of the lowered pen, device units a second; 1 where it never moves."""
    length = sum(float(np.hypot(*np.diff(stroke[:, :2], axis=0).T).sum()) for stroke in strokes)
    seconds = sum(float(stroke[-1, 2] - stroke[0, 2]) for stroke in strokes)
    return length / seconds if length > 0 and seconds > 0 else 1.0


def curve(xy: Array, height: float, smoothing: float) -> Array:
    """Points (m, 2), evenly about 1 / ``DENSE`` writing heights apart, on a smooth curve through a stroke's points.

    ``smoothing`` is the deviation, in writing heights of path, of the Gaussian that takes the tablet's grid off. Ends
    stay where they are. A dot is one point. Raises ValueError where the stroke is longer than ``MOST`` writing heights.
    """
    points = xy[np.append(True, np.hypot(*np.diff(xy, axis=0).T) > 0)]
    if len(points) < 2:
        return points[:1]
    along = _along(points)
    if along[-1] > MOST * height:
        raise ValueError("a stroke is longer than a hand writes")
    count = max(int(np.ceil(along[-1] / height * DENSE)), 2)
    places = np.linspace(0, along[-1], count + 1)
    if len(points) > 2:
        dense = Akima1DInterpolator(along, points, method="makima")(places)
    else:
        dense = np.column_stack([np.interp(places, along, column) for column in points.T])
    reach = min(count, int(4 * smoothing * DENSE) + 1)
    if smoothing > 0:
        # Turned about its ends, so that these stay.
        padded = np.concatenate([2 * dense[0] - dense[reach:0:-1], dense, 2 * dense[-1] - dense[-2 : -reach - 2 : -1]])
        dense = gaussian_filter1d(padded, smoothing * DENSE, axis=0, truncate=4.0)[reach:-reach]
    along = _along(dense)
    if along[-1] == 0:
        return dense[:1]
    even = np.linspace(0, along[-1], count + 1)
    return np.column_stack([np.interp(even, along, column) for column in dense.T])


def on_curve(dense: Array, share: Array) -> Array:
    """Points (n, 2) where these shares, 0..1, of an evenly stepped curve's length are walked."""
    places = np.clip(share, 0, 1) * (len(dense) - 1)
    rows = np.arange(len(dense))
    return np.column_stack([np.interp(places, rows, column) for column in dense.T])


def curvature(dense: Array, height: float) -> Array:
    """Absolute curvature (m,) of an evenly stepped curve, one over writing heights."""
    if len(dense) < 3:
        return np.zeros(len(dense))
    first = np.gradient(dense / height, axis=0) * DENSE
    second = np.gradient(first, axis=0) * DENSE
    return np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / np.maximum(np.hypot(*first.T) ** 3, 1e-6)


def _along(points: Array) -> Array:
    """(n,) length of the path up to each point."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def waves(at: Array, length: float, generator: np.random.Generator, count: int = 4) -> Array:
    """A smooth random function, never beyond ±1, at these places; waves are about ``length`` long.

    The mean of sines with random phases and lengths from half to twice ``length``.
    """
    lengths = length * np.exp(generator.uniform(-np.log(2), np.log(2), count))
    phases = generator.uniform(0, 2 * np.pi, count)
    return np.sin(2 * np.pi * at[:, None] / lengths + phases).mean(axis=1)


def moved(
    paths: Sequence[Array],
    move: Callable[[Array], Array],
    gaps: Callable[[Array, Array], float],
    rate: float,
) -> list[Array]:
    """Strokes, ``rate`` points a second, of a pen that follows curves.

    Parameters
    ----------
    paths : curves, each (m, 2).
    move : the pen on one curve: rows (x, y, t) at ``rate`` with time from 0.
    gaps : seconds from one stroke's end (x, y) to the next one's beginning.
    """
    strokes: list[Array] = []
    clock = 0.0
    for path in paths:
        stroke = move(path)
        if strokes:
            clock += max(gaps(strokes[-1][-1, :2], stroke[0, :2]), 1 / rate)
        stroke[:, 2] += clock
        clock = float(stroke[-1, 2])
        strokes.append(stroke)
    return strokes
