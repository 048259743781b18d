"""Ink → the sequence that the networks read: steps of equal length along the pen's path.

The step is a fifth of the writing height (``layout.writing_height``), so neither resolution, sampling rate nor
absolute size reaches the network. Per step (``FEATURES`` columns): direction cosines, pen-lift flag, the jump of
the lifted pen, log speed against the ink's median, and a flag that says whether there is a speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError
from datasets.height import writing_height
from datasets.sample import Sample

#: Steps per writing height.
STEPS_PER_HEIGHT = 5
#: Columns of the feature sequence.
FEATURES = 8
#: Those that are zero where speed plays no part.
SPEED = slice(6, 8)
#: Jumps are cut here (writing heights): beyond it they tell of the page, not of the hand.
MAX_JUMP = 3.0
#: Log speed is cut to this range around the median.
MAX_LOG_SPEED = 3.0
#: A leg between two points of a stroke that is longer than this (writing heights) is a fault of the recording.
FAR_LEG = 20.0
#: Steps of one file or form, 80,000 writing heights: a dense page has about 10,000 steps, the longest file of UNIPEN
#: 135,000. A few points with long legs between them could ask for any number.
MAX_STEPS = 400_000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Pen-down ink in writing heights, ready to be warped and turned into features.

    Attributes
    ----------
    xy : (n, 2) positions in writing heights.
    t : (n,) seconds, NaN where there is no usable time.
    starts : (s,) index of the first point of each stroke.
    fresh : (s,) bool, True where the jump to this stroke means nothing: the first stroke of a sample.
    letters : (steps,) of the recogniser's classes: the letter that a stated text has at each step of ``FEATURES``, 0
        where none; None where no text is stated.
    """

    xy: Array
    t: Array
    starts: NDArray[np.int64]
    fresh: NDArray[np.bool_]
    letters: NDArray[np.int64] | None = None


def trace(samples: Sequence[Sample], height: float | None = None) -> Trace:
    """One trace of the pen-down ink of samples that share a scale (a file, a sitting).

    ``height`` is the writing height in device units, measured on all the ink where it is not given.
    Raises ValueError where there is no ink with any extent, HostileFileError where it is more than ``MAX_STEPS`` long.
    """
    strokes: list[Array] = []
    fresh: list[bool] = []
    for sample in samples:
        with_time = "t" in sample.ink.channels
        first = True
        for stroke in sample.ink.strokes():
            time = stroke[:, 2] if with_time else np.full(len(stroke), np.nan)
            strokes.append(np.column_stack([stroke[:, :2], time]))
            fresh.append(first)
            first = False
    if height is None:
        height = writing_height(strokes)
    points = np.concatenate(strokes)
    starts = np.cumsum([0] + [len(s) for s in strokes[:-1]])
    found = Trace(points[:, :2] / height, points[:, 2], starts, np.array(fresh, bool))
    if amount(found) * STEPS_PER_HEIGHT > MAX_STEPS:
        raise HostileFileError(
            samples[0].file or "ink",
            f"the pen's path is {amount(found):,.0f} writing heights long, more than a hand writes in a file.",
            "Split the recording.",
        )
    return found


def feature_sequence(ink: Trace, with_time: bool = True, step: float = 1 / STEPS_PER_HEIGHT) -> NDArray[np.float32]:
    """Features (steps, FEATURES) of a trace.

    Columns: 0–1 direction cosines of the step (of a dot: zeros); 2 one where the
    pen was lifted before the step; 3–4 the jump of the lifted pen in writing heights, cut at ``MAX_JUMP``; 5 one where
    that jump means nothing (first stroke of a sample); 6 natural log of speed over the median speed; 7 one where there
    is a speed. Ink of a stated text has one column more, the class of the letter, for ``judging.letters``.
    ``step`` is in writing heights.
    """
    return features_with_positions(ink, with_time, step)[0]


def features_with_positions(
    ink: Trace, with_time: bool = True, step: float = 1 / STEPS_PER_HEIGHT
) -> tuple[NDArray[np.float32], Array]:
    """Features (steps, FEATURES) and, for each step, the index (float) of its middle among the trace's points."""
    xy, starts = ink.xy, ink.starts
    n, s = len(xy), len(starts)
    stroke_of = np.zeros(n, np.int64)
    stroke_of[starts[1:]] = 1
    stroke_of = np.cumsum(stroke_of)
    leg = _legs(ink)
    # A fault has no length: else one stray point would be most of the ink.
    leg[leg > FAR_LEG] = 0.0
    along = np.cumsum(leg)
    ends = np.append(starts[1:], n) - 1
    length = along[ends] - along[starts]
    count = np.maximum(np.rint(length / step).astype(np.int64), 1)
    first = np.cumsum(count) - count
    total = int(count.sum())
    owner = np.repeat(np.arange(s), count)
    k = np.arange(total) - first[owner]
    size = (length / count)[owner]
    # Shifting strokes apart by one unit keeps the interpolation inside each stroke.
    knots = along + stroke_of
    begin = along[starts][owner] + owner + k * size
    ticks = np.arange(n, dtype=float)
    # Repeated points share a knot; np.interp needs increasing ones, and a hair's breadth does no harm.
    knots = np.maximum.accumulate(knots + ticks * 1e-9)
    begin = np.maximum(begin, knots[starts][owner])
    finish = np.clip(begin + size, begin, knots[ends][owner])
    place = np.stack([np.interp(begin, knots, ticks), np.interp(finish, knots, ticks)])
    a = np.column_stack([np.interp(place[0], ticks, xy[:, 0]), np.interp(place[0], ticks, xy[:, 1])])
    b = np.column_stack([np.interp(place[1], ticks, xy[:, 0]), np.interp(place[1], ticks, xy[:, 1])])
    out = np.zeros((total, FEATURES), np.float32)
    move = b - a
    norm = np.hypot(move[:, 0], move[:, 1])
    out[:, :2] = move / np.maximum(norm, 1e-9)[:, None]
    out[first, 2] = 1
    jump = np.zeros((s, 2))
    jump[1:] = xy[starts[1:]] - xy[ends[:-1]]
    jump[ink.fresh] = 0
    out[first, 3:5] = np.clip(jump, -MAX_JUMP, MAX_JUMP)
    out[first, 5] = ink.fresh
    if with_time and np.isfinite(ink.t).any():
        dt = np.interp(place[1], ticks, ink.t) - np.interp(place[0], ticks, ink.t)
        moving = np.isfinite(dt) & (dt > 0) & (size > 0)
        if moving.any():
            speed = np.log(size[moving] / dt[moving])
            out[moving, 6] = np.clip(speed - np.median(speed), -MAX_LOG_SPEED, MAX_LOG_SPEED)
            out[moving, 7] = 1
    if ink.letters is not None:
        out = np.column_stack([out, ink.letters.astype(np.float32)])
    return out, place.mean(axis=0)


def warp(ink: Trace, stretch: float, slant: float) -> Trace:
    """The trace with x stretched by ``stretch`` and sheared by ``slant`` (x += slant · −y: positive leans right)."""
    xy = ink.xy.copy()
    xy[:, 0] = stretch * xy[:, 0] - slant * xy[:, 1]
    return Trace(xy, ink.t, ink.starts, ink.fresh)


def mirror(ink: Trace) -> Trace:
    """The trace drawn backwards in a mirror: last point first, left and right exchanged: it runs rightwards."""
    n, s = len(ink.xy), len(ink.starts)
    starts = n - np.append(ink.starts[1:], n)[::-1]
    fresh = np.ones(s, bool)
    fresh[1:] = ink.fresh[:0:-1]
    return Trace(ink.xy[::-1] * [-1.0, 1.0], -ink.t[::-1], starts, fresh)


def amount(ink: Trace) -> float:
    """Pen-down length in writing heights, without far jumps."""
    leg = _legs(ink)
    return float(leg[leg <= FAR_LEG].sum())


def far_jumps(ink: Trace) -> int:
    """Legs inside strokes that are longer than ``FAR_LEG``: faults of the recording, which features leave out."""
    return int((_legs(ink) > FAR_LEG).sum())


def _legs(ink: Trace) -> Array:
    """(n,) length from the point before, zero at the first point of a stroke."""
    leg = np.zeros(len(ink.xy))
    leg[1:] = np.hypot(*np.diff(ink.xy, axis=0).T)
    leg[ink.starts] = 0.0
    return leg
