"""What can be measured on one line of writing: numbers an examiner can check with ruler and protractor.

Every function works on the geometry of the path or on the clock, never on the count of points, so that resolution
and sampling rate do not show. A value that the ink does not support is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import LineGeometry, line_geometry
from datasets.height import WIGGLE, turning_points
from datasets.ink import Ink
from datasets.layout import words

#: Arc length between the points of an evened path, in writing heights; directions are taken over so many steps.
STEP, CHORD = 0.1, 3
#: Ink within this angle of the vertical is a downstroke, in degrees.
DOWNSTROKE = 55.0
#: A loop's ink is no longer than this (writing heights), and it encloses at least this area (writing heights squared).
LOOP_LENGTH, LOOP_AREA = 7.0, 0.02
#: Segments looked at together when loops are sought: bounds the memory for very long strokes.
BLOCK = 2000
#: Clock step in seconds at which speed is taken; any device of 50 Hz or more supports it.
TICK = 0.02
#: A speed peak stands out by this share of the median speed.
PEAK = 0.25
#: Standing still for longer than this is a pause, in seconds; slower than this is standing still, in writing heights/s.
PAUSE, STILL = 0.25, 0.5


@dataclass(frozen=True)
class Line:
    """One line of one recording, prepared for measuring.

    Attributes
    ----------
    rows : (k, c) of each pen-down stroke in recorded order, all channels. ``index`` are their numbers in the ink.
    path : (m, 2) of each stroke longer than a step, at equal steps of arc length, in writing heights.
    words : (s,) stroke numbers of each word.
    amount : pen-down length in writing heights, taken at ``CHORD`` steps so that tremor and a coarse grid add none.
    """

    ink: Ink
    index: NDArray[np.int64]
    rows: list[NDArray[np.float64]]
    geometry: LineGeometry
    path: list[NDArray[np.float64]]
    words: list[NDArray[np.int64]]
    amount: float


def prepare(ink: Ink, index: NDArray[np.int64]) -> Line:
    """A line from its stroke numbers; raises ValueError where the ink has no vertical extent."""
    ends = ink.stroke_ends
    starts = np.concatenate([[0], ends[:-1]])
    rows = [ink.points[starts[i] : ends[i]] for i in index]
    geometry = line_geometry(rows)
    scaled = [stroke[:, :2] / geometry.writing_height for stroke in rows]
    path = [even for stroke in scaled if len(even := _even(stroke)) > 1]
    coarse = [np.concatenate([stroke[:-1:CHORD], stroke[-1:]]) for stroke in path]
    amount = float(sum(np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in coarse))
    return Line(ink, np.asarray(index), rows, geometry, path, words(ink, index), amount)


def _even(stroke: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stroke at equal steps of about ``STEP`` of arc length, (m, 2); one point where it is shorter than a step."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    count = int(along[-1] / STEP)
    if count < 1:
        return stroke[:1]
    at = np.linspace(0, along[-1], count + 1)
    return np.column_stack([np.interp(at, along, stroke[:, 0]), np.interp(at, along, stroke[:, 1])])


def measure_line(line: Line) -> dict[str, float]:
    """All measures of one line by name (see ``measures.MEASURES``); NaN where the ink does not support one."""
    geometry = line.geometry
    x_height = geometry.x_height / geometry.writing_height
    values = {
        "slant": _slant(line),
        "x-height": x_height,
        "x-height in mm": geometry.x_height * (line.ink.mm_per_unit or np.nan),
        "x-height variation": _variation(geometry.small_letters),
        "letter width to height": _letter_width(line) / x_height,
        "word spacing": _word_spacing(line) / x_height,
        "pen lifts": 10 * (len(line.rows) - 1) / line.amount,
        "curvature": _curvature(line),
        "loops": 10 * sum(count_loops(stroke) for stroke in line.path) / line.amount,
        "baseline slope": -float(np.degrees(np.arctan(geometry.slope))),
        "baseline wander": _wander(line) / geometry.x_height,
    }
    return values | _time_measures(line, x_height) | _pressure_measures(line)


def _slant(line: Line) -> float:
    """Mean direction of downstrokes against the perpendicular to the baseline; degrees, right-leaning positive."""
    chords = [stroke[CHORD:] - stroke[:-CHORD] for stroke in line.path if len(stroke) > CHORD]
    if not chords:
        return float("nan")
    dx, dy = np.concatenate(chords).T
    baseline = np.arctan(line.geometry.slope)
    down = np.abs(np.arctan2(-dx, dy) - baseline) <= np.radians(DOWNSTROKE)
    if not down.any():
        return float("nan")
    return float(np.degrees(np.arctan2(-dx[down].sum(), dy[down].sum()) - baseline))


def _variation(values: NDArray[np.float64]) -> float:
    """Robust coefficient of variation: interquartile range / 1.349 over the median; NaN with fewer than 4 values."""
    if len(values) < 4:
        return float("nan")
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float((high - low) / 1.349 / middle)


def _letter_width(line: Line) -> float:
    """Width of all words over the number of downstrokes in them, in writing heights."""
    place = {int(number): row for number, row in zip(line.index, line.rows, strict=True)}
    floor = WIGGLE * line.geometry.writing_height
    width, count = 0.0, 0
    for word in line.words:
        strokes = [place[int(i)] for i in word]
        width += float(np.ptp(np.concatenate(strokes)[:, 0]))
        for stroke in strokes:
            y = stroke[turning_points(stroke, floor), 1]
            count += int((np.diff(y) > 0).sum())
    return width / count / line.geometry.writing_height if count else float("nan")


def _word_spacing(line: Line) -> float:
    """Median gap in x between the boxes of neighbouring words, in writing heights; NaN for one word."""
    place = {int(number): row for number, row in zip(line.index, line.rows, strict=True)}
    boxes = []
    for word in line.words:
        x = np.concatenate([place[int(i)][:, 0] for i in word])
        boxes.append((x.min(), x.max()))
    gaps = [after[0] - before[1] for before, after in pairwise(boxes)]
    return float(np.median(gaps)) / line.geometry.writing_height if gaps else float("nan")


def _curvature(line: Line) -> float:
    """Sum of |change of direction| over the length that it is taken from, in radians per writing height."""
    turns = [np.zeros(0)]
    for stroke in line.path:
        chords = np.diff(stroke[::CHORD], axis=0)
        direction = np.exp(1j * np.arctan2(chords[:, 1], chords[:, 0]))
        turns.append(np.abs(np.angle(direction[1:] / direction[:-1])))
    turn = np.concatenate(turns)
    return float(turn.sum() / (len(turn) * CHORD * STEP)) if len(turn) else float("nan")


def count_loops(path: NDArray[np.float64]) -> int:
    """How often a stroke (m, 2; even steps of ``STEP``) comes back to its own path and encloses a letter's loop.

    Crossings of segments i < j that lie within ``LOOP_LENGTH`` of ink are sought; loops that share ink count once.
    """
    step = np.diff(path, axis=0)
    found: list[tuple[int, int]] = []
    apart = np.arange(3, int(LOOP_LENGTH / STEP))
    for block in range(0, len(step), BLOCK):
        first = np.arange(block, min(block + BLOCK, len(step)))
        second = np.minimum(first + apart[:, None], len(step) - 1)
        (ax, ay), (bx, by) = step[first].T, np.moveaxis(step[second], -1, 0)
        dx, dy = np.moveaxis(path[second] - path[first], -1, 0)
        cross = ax * by - ay * bx
        with np.errstate(divide="ignore", invalid="ignore"):
            at_a, at_b = (dx * by - dy * bx) / cross, (dx * ay - dy * ax) / cross
        meets = (at_a >= 0) & (at_a <= 1) & (at_b >= 0) & (at_b <= 1) & (first + apart[:, None] < len(step))
        row, column = np.nonzero(meets)
        found += zip(second[row, column].tolist(), first[column].tolist(), strict=True)
    loops, used = 0, -1
    for end, begin in sorted(found):
        x, y = path[begin + 1 : end + 1].T
        area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
        if begin > used and area >= LOOP_AREA:
            loops, used = loops + 1, end
    return loops


def _wander(line: Line) -> float:
    """Root mean square distance in y, device units, of the letters' feet from the straight baseline."""
    feet = line.geometry.bottoms
    if len(feet) < 4:
        return float("nan")
    away = feet[:, 1] - line.geometry.slope * feet[:, 0] - line.geometry.intercept
    return float(np.sqrt(np.mean(away**2)))


def _time_measures(line: Line, x_height: float) -> dict[str, float]:
    """Speed, speed peaks and pauses; all NaN where there is no usable time."""
    column = line.ink.channels.index("t") if "t" in line.ink.channels else None
    speeds, still, written, peaks = [], 0.0, 0.0, 0
    for stroke in line.rows if column is not None else []:
        speed = speed_series(stroke[:, column], stroke[:, :2] / line.geometry.writing_height)
        speeds.append(speed)
        still += _still_time(speed)
        written += len(speed) * TICK
    speed = np.concatenate(speeds) if speeds else np.zeros(0)
    if len(speed) == 0 or not (middle := float(np.median(speed))) > 0:
        return dict.fromkeys(("speed", "speed peaks", "speed peaks on the path", "pauses"), float("nan"))
    peaks = sum(_peaks(series, PEAK * middle) for series in speeds)
    pauses = float("nan")
    if line.ink.time_source == "recorded" and column is not None:
        air, waited = _air_times(line, column)
        pauses = 100 * (still + waited) / (written + air)
    return {
        "speed": middle / x_height,
        "speed peaks": peaks / written,
        "speed peaks on the path": 10 * peaks / line.amount,
        "pauses": pauses,
    }


def speed_series(t: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed on every ``TICK`` of a stroke, (q,), lightly smoothed; empty where it lasts less than two ticks.

    ``t`` (k,) in seconds; points whose time is unknown or does not advance are left out.
    """
    known = np.isfinite(t)
    t, position = t[known], position[known]
    if len(t) == 0:
        return np.zeros(0)
    latest = np.maximum.accumulate(t)
    advances = np.concatenate([[True], t[1:] > latest[:-1]])
    t, position = t[advances], position[advances]
    count = int((t[-1] - t[0]) / TICK)
    if count < 2 or count > 1e6:
        return np.zeros(0)
    at = t[0] + TICK * np.arange(count + 1)
    step = np.hypot(np.diff(np.interp(at, t, position[:, 0])), np.diff(np.interp(at, t, position[:, 1]))) / TICK
    padded = np.concatenate([step[:1], step, step[-1:]])
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)


def _still_time(speed: NDArray[np.float64]) -> float:
    """Seconds spent in runs below ``STILL`` that last longer than ``PAUSE``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], speed < STILL, [False]]).astype(np.int8)))
    runs = (edges[1::2] - edges[::2]) * TICK
    return float(runs[runs > PAUSE].sum())


def _peaks(speed: NDArray[np.float64], floor: float) -> int:
    """Number of speed maxima that stand out by ``floor`` on either side, the rise from rest included."""
    if len(speed) == 0:
        return 0
    rested = np.concatenate([[0.0], speed, [0.0]])
    return len(turning_points(np.column_stack([rested, rested]), floor)) // 2


def _air_times(line: Line, column: int) -> tuple[float, float]:
    """Seconds between strokes recorded one after another, and those of them in waits longer than ``PAUSE``.

    Where other lines were written in between, the time counts as neither.
    """
    order = np.cumsum(line.ink.pen_down)[line.index]
    air = waited = 0.0
    for i in np.flatnonzero(np.diff(order) == 1):
        before, after = line.rows[i][:, column], line.rows[i + 1][:, column]
        gap = after[0] - before[-1]
        if np.isfinite(gap) and gap > 0:
            air += gap
            waited += gap if gap > PAUSE else 0.0
    return air, waited


def _pressure_measures(line: Line) -> dict[str, float]:
    """Mean pressure along the ink and its coefficient of variation; NaN where it was not recorded."""
    names = ("pressure", "pressure variation")
    if "pressure" not in line.ink.channels:
        return dict.fromkeys(names, float("nan"))
    column = line.ink.channels.index("pressure")
    values, lengths = [], []
    for stroke in line.rows:
        values.append((stroke[1:, column] + stroke[:-1, column]) / 2)
        lengths.append(np.hypot(*np.diff(stroke[:, :2], axis=0).T))
    value, weight = np.concatenate(values), np.concatenate(lengths)
    known = np.isfinite(value) & (weight > 0)
    if not known.any():
        return dict.fromkeys(names, float("nan"))
    mean = float(np.average(value[known], weights=weight[known]))
    deviation = float(np.sqrt(np.average((value[known] - mean) ** 2, weights=weight[known])))
    return {"pressure": mean, "pressure variation": deviation / mean if mean > 0 else float("nan")}
