"""Known handwriting → what the generator reads before it writes: points at its corpus's size and sampling rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import line_geometry
from datasets.height import writing_height

Array = NDArray[np.float64]
#: Ink within this ratio of the corpus's sampling rate is left as it was recorded.
SAME_RATE = 1.25
#: Seconds between two points of a stroke at most; what is longer is no writing, but a pause or a fault of a clock.
LONGEST_WAIT = 1.0
#: Gap between two known lines set side by side, in writing heights: about a space between words.
WORD_GAP = 1.2
#: Between the texts of two lines set side by side, and between a prime's text and what is written after it.
GAP = " "


@dataclass(frozen=True)
class Hand:
    """What the ink of the generator's corpus is like, in the middle of its lines.

    Attributes
    ----------
    height : writing height, device units. interval : seconds between points of a stroke.
    step : pen-down length between points, in writing heights.
    scale : standard deviations of the offsets in x and y, device units.
    """

    height: float
    interval: float
    step: float
    scale: tuple[float, float]


def typical_hand(lines: Sequence[Sequence[Array]], scale: tuple[float, float]) -> Hand:
    """The medians over lines, each a list of strokes (k, 3) of x, y and t. Lines without height are left out."""
    heights, intervals, steps = [], [], []
    for strokes in lines:
        try:
            heights.append(writing_height(strokes))
        except ValueError:
            continue
        intervals.append(np.median(np.concatenate([np.diff(s[:, 2]) for s in strokes])))
        moves = np.concatenate([np.hypot(*np.diff(s[:, :2], axis=0).T) for s in strokes])
        steps.append(moves.mean() / heights[-1])
    return Hand(float(np.median(heights)), float(np.median(intervals)), float(np.median(steps)), scale)


def offsets(strokes: Sequence[Array], scale: tuple[float, float]) -> Array:
    """Strokes (k, ≥ 2) in device units as points (n, 3): offsets in deviations, zero first, and the end of a stroke."""
    xy = np.concatenate([s[:, :2] for s in strokes])
    end = np.zeros(len(xy))
    end[np.cumsum([len(s) for s in strokes]) - 1] = 1
    return np.column_stack([np.diff(xy, axis=0, prepend=xy[:1]) / scale, end])


def strokes_of(points: Array, scale: tuple[float, float]) -> list[Array]:
    """The strokes (k, 2) in device units of points (n, 3), from wherever the first offset leads; see ``offsets``."""
    xy = np.cumsum(points[:, :2], axis=0) * scale
    ends = np.flatnonzero(points[:, 2]) + 1
    return [part for part in np.split(xy, ends) if len(part)]


def in_corpus_terms(strokes: Sequence[Array], times: Sequence[Array] | None, hand: Hand) -> list[Array]:
    """One line of ink (strokes (k, 2)) as the corpus's device would have recorded it: its size, its points a second.

    ``times`` are the strokes' times in seconds; without them points are set at the corpus's usual distance. Of a wait
    inside a stroke ``LONGEST_WAIT`` is kept. Raises ValueError where the ink has no height.
    """
    factor = hand.height / writing_height(strokes)
    found = []
    intervals = np.concatenate([np.diff(t) for t in times]) if times else np.zeros(0)
    own = float(np.median(intervals)) if len(intervals) else 0.0
    for number, stroke in enumerate(strokes):
        if times is not None and own > 0 and len(stroke) > 1 and (np.diff(times[number]) > 0).mean() > 0.5:
            waits = np.clip(np.diff(times[number]), None, LONGEST_WAIT)
            along, step = np.concatenate([[0.0], np.cumsum(waits)]), hand.interval
            if 1 / SAME_RATE <= own / step <= SAME_RATE:
                found.append(stroke * factor)
                continue
        else:
            moved = np.hypot(*np.diff(stroke, axis=0).T)
            along, step = np.concatenate([[0.0], np.cumsum(moved)]) * factor, hand.step * hand.height
        found.append(_resampled(stroke * factor, along, step))
    return found


def _resampled(stroke: Array, along: Array, step: float) -> Array:
    """Points of a stroke at even steps of ``along``, both ends kept."""
    last = stroke[-1]
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(along)) > 0])
    stroke, along = stroke[rising], along[rising]
    if len(stroke) < 2:
        return stroke
    stroke[-1] = last
    count = max(round((along[-1] - along[0]) / step), 1) + 1
    at = np.linspace(along[0], along[-1], count)
    return np.stack([np.interp(at, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def ends(strokes: Sequence[Array]) -> tuple[Array, Array]:
    """To a line's first point from where its baseline begins, and from its last to where the next line's would, (2,).

    That is a word's gap right of all its ink.
    """
    geometry = line_geometry(strokes)
    xy = np.concatenate(strokes)[:, :2]
    left, right = xy[:, 0].min(), xy[:, 0].max() + WORD_GAP * geometry.writing_height
    begin, end = (np.array([x, geometry.intercept + geometry.slope * x]) for x in (left, right))
    return xy[0] - begin, end - xy[-1]


def side_by_side(lines: Sequence[Sequence[Array]]) -> list[Array]:
    """Strokes (k, 2) of several lines as one: each begins a word's gap right of the one before, on its baseline."""
    found: list[Array] = []
    at = np.zeros(2)
    for strokes in lines:
        to_first, to_next = ends(strokes)
        shift = at + to_first - strokes[0][0]
        found += [stroke + shift for stroke in strokes]
        at = found[-1][-1] + to_next
    return found
