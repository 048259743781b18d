"""Another tempo: a real line whose pen goes along the path by a rule that no hand has.

Speed in writing falls where the path bends, about as its curvature to the power of a third (Lacquaniti et al. 1983),
and from the middle of a stroke to its ends. Here it does so by another power, or rises, and wanders by waves of its
own, however short or long: a program knows where to go, and takes any time for it. No single such rule is to be learnt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from datasets.forgers.settings import one_of, ranged, scaled, sometimes
from datasets.forgers.strokes import (
    DENSE,
    Array,
    Line,
    curvature,
    curve,
    height_of,
    ink_of,
    mean_speed,
    moved,
    pauses,
    timed_strokes,
    waves,
)
from datasets.ink import Ink


@dataclass(frozen=True)
class Tempo:
    """How the pen goes.

    Attributes
    ----------
    pace : against the line's own mean speed. power : of curvature over the speed; -1/3 in fluent hands.
    window : writing heights of path over which curvature is evened. waves, wave : most that the logarithm of speed
        wanders, and writing heights of one wave. quick, quick_wave : the same of short waves.
    ends : share of the speed at a stroke's ends that is left; end : writing heights in which it is reached.
    jitter : deviation of points, writing heights. smoothing : of the path, writing heights. rate : points a second.
    """

    pace: float = scaled(0.4, 2.0)
    power: float = one_of(-0.9, -0.7, -0.55, -0.15, -0.05, 0.0, 0.0, 0.1, 0.3)
    window: float = scaled(0.03, 0.4)
    waves: float = sometimes(0.7, 0.1, 0.9)
    wave: float = scaled(0.8, 8.0)
    quick: float = sometimes(0.5, 0.1, 0.8)
    quick_wave: float = scaled(0.1, 0.8)
    ends: float = scaled(0.05, 1.0)
    end: float = scaled(0.05, 0.6)
    jitter: float = sometimes(0.4, 0.001, 0.01)
    smoothing: float = ranged(0.005, 0.06)
    rate: float = ranged(60.0, 200.0)


def another_tempo(line: Line, how: Tempo, generator: np.random.Generator) -> Ink:
    """The line's paths, at another tempo. Raises ValueError where the line has no time."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    pace = how.pace * mean_speed(strokes) / unit
    waits = iter((pauses(strokes) / how.pace).tolist())
    paths = [curve(stroke[:, :2], unit, how.smoothing) for stroke in strokes]
    made = moved(paths, lambda path: _moved(path, unit, pace, how, generator), lambda *_: next(waits), how.rate)
    for stroke in made:
        stroke[:, :2] += generator.normal(0, 1, (len(stroke), 2)) * how.jitter * unit
    return ink_of(made, line.ink)


def _moved(path: Array, unit: float, pace: float, how: Tempo, generator: np.random.Generator) -> Array:
    """Rows (x, y, t) along one path, on average at ``pace`` writing heights a second."""
    if len(path) < 3:
        at = np.arange(3) / how.rate
        rows = np.linspace(0, len(path) - 1, 3)
        return np.column_stack([*(np.interp(rows, np.arange(len(path)), c) for c in path.T), at])
    bend = gaussian_filter1d(curvature(path, unit), how.window * DENSE, mode="nearest")
    along = np.arange(len(path)) / DENSE
    to_end = np.minimum(along, along[-1] - along)
    log_speed = (
        how.power * np.log(np.maximum(bend, 0.3))
        + how.waves * waves(along, how.wave, generator)
        + how.quick * waves(along, how.quick_wave, generator)
        + np.log(how.ends + (1 - how.ends) * np.minimum(to_end / how.end, 1.0))
    )
    took = np.exp(-0.5 * (log_speed[1:] + log_speed[:-1])) / DENSE
    clock = np.concatenate([[0.0], np.cumsum(took)])
    clock *= along[-1] / pace / clock[-1]
    at = np.arange(0, clock[-1] + 1 / how.rate, 1 / how.rate)
    place = np.interp(at, clock, np.arange(len(path)))
    return np.column_stack([*(np.interp(place, np.arange(len(path)), c) for c in path.T), at])
