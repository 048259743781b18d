"""The mill: takes out of real and forged ink alike what tells a device or a program, but is no handwriting.

Grid, sampling rate and its phase, time stamps, missing points, what happens where the pen touches down or leaves, how
long it is lifted, the corner, the size, hovering and every channel but position and time. One function for training and
for measuring: a network that is shown unmilled ink on one side learns the side by its device.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator
from scipy.ndimage import gaussian_filter1d

from datasets.height import writing_height
from datasets.ink import Ink

Array = NDArray[np.float64]
#: Points a second, below the rate of tablets; movement of the hand ends near 10 oscillations a second (Teulings and
#: Maarse 1984).
RATE = 50.0
#: Coordinates are whole numbers, so many to a writing height; tablets have as many or more.
GRID = 50
#: Deviation of the Gaussian over time (seconds), or over path (writing heights) where there is no time: takes off
#: grids, noise of devices and corners of coarse sampling.
BLUR, BLUR_PATH = 0.012, 0.06
#: Writing heights between points where there is no time.
STEP = 0.1
#: Path cut from either end of a stroke, at least and at most (writing heights), and at most this share of the stroke.
TRIM, TRIM_SHARE = (0.12, 0.25), 0.25
#: Losses a second of writing, and how long they are (seconds); where there is no time, a writing height of path, and
#: how long (writing heights).
LOSS, LOSS_LENGTH = 0.25, (0.02, 0.06)
LOSS_PATH, LOSS_PATH_LENGTH = 0.025, (0.15, 0.5)
#: Steps of the clock between two strokes, for all alike: what a device sees of the lifted pen differs, and hands also
#: rest to think.
LIFT = 5
#: Stamps farther apart than so many usual steps are a gap, not rounding; deviation, in points, of what evens others.
GAP, EVENED = 2.5, 4.0
#: A pen that rests on the paper for longer is taken to rest this long, seconds.
LONGEST_REST = 1.0
#: Most ink that is milled: writing heights of path, as in ``gan.features``, and points.
MOST_PATH, MOST_POINTS = 80_000.0, 400_000
#: Points of the fine series a stroke is worked on with, a second and a writing height.
FINE, FINE_PATH = 500.0, 100.0


def mill(ink: Ink, generator: np.random.Generator, with_time: bool = True) -> Ink:
    """The ink as one common device would have recorded it.

    Parameters
    ----------
    generator : of the phase of clock and grid, of what is cut off and of what gets lost; measuring fixes its seed.
    with_time : False takes time out; so it is where the ink has none in at least nine tenths of its points. Points are
        then even along the path.

    Returns
    -------
    x, y (and t) of the pen-down strokes, each with a point at least: whole numbers with the corner at 0 and
    ``GRID`` to a writing height; t in whole steps of 1 / ``RATE`` from 0, and
    ``LIFT`` steps between strokes.

    Raises
    ------
    ValueError : the ink has no writing height, or is longer than a hand writes in a file.
    """
    strokes = list(ink.strokes())
    unit = writing_height(strokes)
    if sum(_along(stroke[:, :2] / unit)[-1] for stroke in strokes) > MOST_PATH or len(ink) > MOST_POINTS:
        raise ValueError("the ink is longer than what a hand writes in a file")
    times = ink.channel("t")
    with_time = with_time and times is not None and float(np.isfinite(times).mean()) >= 0.9
    milled: list[Array] = []
    ticks: list[NDArray[np.int64]] = []
    tick = 0
    for stroke in strokes:
        xy = stroke[:, :2] / unit
        if not with_time:
            milled.append(_even_path(xy, generator))
            continue
        fine, at = _fine(xy, _steady(stroke[:, 2]), FINE, BLUR * FINE, LOSS, LOSS_LENGTH, generator)
        first, end = _trimmed(fine, generator)
        where = np.arange(at[first] + generator.random() / RATE, at[end], 1 / RATE)
        if len(where) == 0:
            where = np.array([(at[first] + at[end]) / 2])
        milled.append(np.column_stack([np.interp(where, at, column) for column in fine.T]))
        ticks.append(tick + np.arange(len(where)))
        tick += len(where) - 1 + LIFT
    points = np.rint(np.concatenate(milled) * GRID + generator.random(2))
    points -= points.min(axis=0)
    if with_time:
        points = np.column_stack([points, np.concatenate(ticks) / RATE])
    return Ink(
        points=points,
        stroke_ends=np.cumsum([len(stroke) for stroke in milled]),
        pen_down=np.ones(len(milled), bool),
        channels=("x", "y", "t") if with_time else ("x", "y"),
        time_source="constant rate" if with_time else None,
    )


def _even_path(xy: Array, generator: np.random.Generator) -> Array:
    """Points (k, 2), writing heights, evenly along a stroke's path; a dot is one point."""
    along = _along(xy)
    fine, at = _fine(xy, along, FINE_PATH, BLUR_PATH * FINE_PATH, LOSS_PATH, LOSS_PATH_LENGTH, generator)
    first, end = _trimmed(fine, generator)
    # Blurred ink is shorter than what it was.
    at = _along(fine)
    where = np.arange(at[first] + STEP * generator.random(), at[end], STEP)
    if len(where) == 0:
        where = np.array([(at[first] + at[end]) / 2])
    knots = at + 1e-9 * np.arange(len(at))
    return np.column_stack([np.interp(where, knots, column) for column in fine.T])


def _steady(t: Array) -> Array:
    """Stamps (k,) of a stroke without rounding or wobble: evened between gaps, missing ones filled, rising."""
    rows = np.arange(float(len(t)))
    known = np.isfinite(t)
    t = np.interp(rows, rows[known], t[known]) if known.any() else rows / RATE
    step = np.minimum(np.diff(np.maximum.accumulate(t)), LONGEST_REST)
    t = np.concatenate([[0.0], np.cumsum(step)])
    if (step > 0).any():
        borders = np.flatnonzero(step > GAP * np.median(step[step > 0])) + 1
        for a, b in pairwise([0, *borders.tolist(), len(t)]):
            t[a:b] = _blurred(t[a:b, None], EVENED)[:, 0]
        t = np.maximum.accumulate(t)
    even: Array = t + 1e-6 * rows
    return even


def _fine(
    xy: Array,
    at: Array,
    rate: float,
    blur: float,
    losses: float,
    length: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """A blurred fine series (m, 2) of a stroke and where (m,) it is: seconds, or writing heights of path.

    Without the points in random gaps, ``losses`` a unit of ``at`` and ``length`` long; ends are never lost.
    """
    keep = np.ones(len(at), bool)
    for begin in generator.uniform(at[0], at[-1], generator.poisson(losses * (at[-1] - at[0]))):
        keep &= (at < begin) | (at > begin + generator.uniform(*length))
    keep[[0, -1]] = True
    keep[1:] &= np.diff(at) > 0
    xy, at = xy[keep], at[keep]
    if len(at) < 2:
        return xy[:1], at[:1]
    count = max(int(np.ceil((at[-1] - at[0]) * rate)), 1)
    where = np.linspace(at[0], at[-1], count + 1)
    if len(at) > 2:
        fine = Akima1DInterpolator(at, xy, method="makima")(where)
    else:
        fine = np.column_stack([np.interp(where, at, column) for column in xy.T])
    return _blurred(fine, blur), where


def _blurred(series: Array, deviation: float) -> Array:
    """A series (m, c) under a Gaussian of this deviation in rows; turned about its ends, which stay."""
    reach = min(len(series) - 1, int(4 * deviation) + 1)
    if reach < 1:
        return series
    before = 2 * series[0] - series[reach:0:-1]
    after = 2 * series[-1] - series[-2 : -reach - 2 : -1]
    blurred: Array = gaussian_filter1d(np.concatenate([before, series, after]), deviation, axis=0)[reach:-reach]
    return blurred


def _trimmed(fine: Array, generator: np.random.Generator) -> tuple[int, int]:
    """First and last row of a stroke without its ends; what rests there goes too."""
    along = _along(fine)
    cut = np.minimum(generator.uniform(*TRIM, 2), TRIM_SHARE * along[-1])
    first = int(np.searchsorted(along, cut[0]))
    end = int(np.searchsorted(along, along[-1] - cut[1], side="right")) - 1
    return (first, end) if first <= end else (len(fine) // 2, len(fine) // 2)


def _along(points: Array) -> Array:
    """(n,) length of the path up to each point."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
