"""Tracing: a real line drawn over slowly, with tremor, halts, and a pen that drifts off and is led back.

Signs of slow drawing that examiners look for: tremor, halts, lifts where there are none in fluent writing, speed that
hardly follows the curve (Huber & Headrick 1999, Handwriting Identification, ch. 11). Tremor of the hand lies at 4 to 12
oscillations a second (Elble & Koller 1990; physiological tremor at 8 to 12).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from datasets.forgers.settings import ranged, scaled, sometimes
from datasets.forgers.strokes import (
    DENSE,
    Array,
    Line,
    curvature,
    curve,
    height_of,
    ink_of,
    moved,
    timed_strokes,
    waves,
)
from datasets.ink import Ink


@dataclass(frozen=True)
class Tracing:
    """How a line is traced.

    Attributes
    ----------
    speed : writing heights a second; fluent hands write 7 to 16. unevenness : most that its logarithm wanders.
    curve : exponent by which the pen slows where the path bends; a third in fluent hands.
    tremor, tremor_rate : deviation, writing heights, and oscillations a second.
    drift, drift_time : most that the pen is off the path, writing heights, and the seconds in which it is led back.
    halts : a writing height of path. halt : seconds of each, on average. lifts : share of halts that lift the pen.
    pause : seconds between strokes, on average. smoothing : of the path, writing heights. rate : points a second.
    """

    speed: float = scaled(0.8, 7.0)
    unevenness: float = ranged(0.1, 0.8)
    curve: float = ranged(0.0, 0.33)
    tremor: float = sometimes(0.85, 0.003, 0.04)
    tremor_rate: float = ranged(4.0, 12.0)
    drift: float = ranged(0.01, 0.12)
    drift_time: float = scaled(0.4, 2.5)
    halts: float = sometimes(0.8, 0.005, 0.2)
    halt: float = scaled(0.08, 0.7)
    lifts: float = sometimes(0.3, 0.05, 0.4)
    pause: float = scaled(0.15, 1.2)
    smoothing: float = ranged(0.01, 0.06)
    rate: float = ranged(60.0, 200.0)


def trace_over(line: Line, how: Tracing, generator: np.random.Generator) -> Ink:
    """The line traced. As many strokes as it has, and one more for each halt that lifted the pen."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    paths: list[Array] = []
    for stroke in strokes:
        dense = curve(stroke[:, :2], unit, how.smoothing)
        lifted = generator.random(len(dense)) < how.halts * how.lifts / DENSE
        lifted[: DENSE // 4] = lifted[-(DENSE // 4) :] = False
        # A stroke goes on where it was lifted, so the pieces share that point.
        cuts = [0, *np.flatnonzero(lifted).tolist(), len(dense) - 1]
        paths += [dense[a : b + 1] for a, b in itertools.pairwise(cuts)]
    traced = moved(
        paths,
        lambda path: _slowly(path, unit, how, generator),
        lambda a, b: how.pause * float(np.exp(generator.normal(0, 0.4))),
        how.rate,
    )
    ends = np.cumsum([len(stroke) for stroke in traced])[:-1]
    points = np.concatenate(traced)
    t = points[:, 2]
    for column in range(2):
        points[:, column] += unit * how.drift / np.sqrt(2) * waves(t, how.drift_time, generator, 6)
        points[:, column] += unit * how.tremor * _tremor(t, how.tremor_rate, generator)
    return ink_of(np.split(points, ends), line.ink)


def _slowly(dense: Array, unit: float, how: Tracing, generator: np.random.Generator) -> Array:
    """Rows (x, y, t) of the pen on one curve, with halts; time from 0."""
    step = 1 / DENSE
    places = np.arange(float(len(dense))) * step
    log_speed = how.unevenness * waves(places, 1.5, generator, 6) - how.curve * np.log1p(curvature(dense, unit) / 3)
    seconds = step / (how.speed * np.exp(log_speed))
    halted = generator.random(len(dense)) < how.halts * (1 - how.lifts) / DENSE
    seconds += halted * how.halt * generator.exponential(1.0, len(dense))
    # The pen is put down, and lifted, with care.
    seconds[[0, -1]] += generator.exponential(0.06, 2)
    t = np.cumsum(seconds)
    t -= t[0]
    at = np.arange(0, t[-1] + 1 / how.rate, 1 / how.rate)
    return np.column_stack([np.interp(at, t, dense[:, 0]), np.interp(at, t, dense[:, 1]), at])


def _tremor(t: Array, rate: float, generator: np.random.Generator) -> Array:
    """Noise (n,) of deviation 1 that swings about ``rate`` times a second, waxing and waning."""
    rates = rate + generator.normal(0, 0.7, 8)
    phases = generator.uniform(0, 2 * np.pi, 8)
    return np.sin(2 * np.pi * t[:, None] * rates + phases).sum(axis=1) / 2
