"""The same movement as another device would have recorded it: what a training varies before the mill, on both sides.

The mill takes out what can be taken out; noise and smoothing of a device within the band of handwriting cannot. So that
they do not pass for a machine's, or for a person's, real and forged ink are both shown through many devices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from datasets.forgers.settings import one_of, ranged, scaled, sometimes
from datasets.forgers.strokes import Array, height_of, ink_of, timed_strokes
from datasets.ink import Ink


@dataclass(frozen=True)
class Device:
    """A tablet; lengths in writing heights of the ink, times in seconds.

    Attributes
    ----------
    rate : points a second. stamps : what times are rounded to; 0, not. lost : share of points that are missing.
    grid : of coordinates; 0, too fine to be seen. noise : deviation of each coordinate. slow_noise : the same, of noise
        that goes on for several points. inertia : deviation of the Gaussian that it smooths with.
    late, early : path that is missing at the beginning and end of each stroke, on average.
    """

    rate: float = scaled(60.0, 250.0)
    stamps: float = one_of(0.0, 0.001, 0.01)
    lost: float = sometimes(0.5, 0.0, 0.03)
    grid: float = sometimes(0.8, 0.002, 0.03)
    noise: float = sometimes(0.5, 0.0, 0.008)
    slow_noise: float = sometimes(0.5, 0.0, 0.012)
    inertia: float = sometimes(0.5, 0.0, 0.015)
    late: float = ranged(0.0, 0.05)
    early: float = ranged(0.0, 0.05)


def record(ink: Ink, device: Device, generator: np.random.Generator) -> Ink:
    """The ink (with time) as the device would have recorded it, every stroke with a point at least.

    Raises ValueError where the ink has no time, or no pen-down stroke.
    """
    strokes = timed_strokes(ink)
    unit = height_of(strokes)
    recorded = []
    for stroke in strokes:
        kept = _touching(stroke, unit, device, generator)
        seen = _sampled(kept, device, generator)
        if device.inertia > 0:
            seen[:, :2] = gaussian_filter1d(seen[:, :2], device.inertia * device.rate, axis=0, mode="nearest")
        white, slow = generator.normal(0, 1, (2, len(seen), 2))
        # Noise over about four points, of deviation 1.
        slow = gaussian_filter1d(slow, 2.0, axis=0, mode="wrap") * np.sqrt(2 * np.sqrt(np.pi) * 2.0)
        seen[:, :2] += unit * (device.noise * white + device.slow_noise * slow)
        if device.grid > 0:
            seen[:, :2] = np.rint(seen[:, :2] / (device.grid * unit)) * device.grid * unit
        recorded.append(seen)
    made = ink_of(recorded, ink)
    if device.stamps > 0:
        points = made.points.copy()
        points[:, 2] = np.rint(points[:, 2] / device.stamps) * device.stamps
        made = replace(made, points=points)
    return made


def _touching(stroke: Array, unit: float, device: Device, generator: np.random.Generator) -> Array:
    """The stroke without the path that the device missed; a quarter at most at either end."""
    path = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke[:, :2], axis=0).T))])
    missed = np.minimum(generator.exponential(1.0, 2) * [device.late, device.early] * unit, path[-1] / 4)
    kept: Array = stroke[(path >= missed[0]) & (path <= path[-1] - missed[1])]
    return kept if len(kept) else stroke[len(stroke) // 2 :][:1]


def _sampled(stroke: Array, device: Device, generator: np.random.Generator) -> Array:
    """Points of a stroke at the device's own times, some of them lost."""
    t = stroke[:, 2]
    at = np.arange(t[0] + generator.random() / device.rate, t[-1], 1 / device.rate)
    if len(at) == 0:
        at = t[:1]
    keep = generator.random(len(at)) >= device.lost
    keep[0] = True
    at = at[keep]
    return np.column_stack([np.interp(at, t, stroke[:, 0]), np.interp(at, t, stroke[:, 1]), at])
