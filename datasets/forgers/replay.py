"""Replay: a real line written out again by a machine, warped a little, at another tempo.

What a signature forger with a recording at hand does; small affine and elastic warps are the usual way to make a copy
look like another occasion (Galbally et al. 2009, duplicates of real signatures; Simard et al. 2003, elastic warps).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.forgers.settings import ranged, scaled, sometimes
from datasets.forgers.strokes import Line, height_of, ink_of, pauses, timed_strokes, waves
from datasets.ink import Ink


@dataclass(frozen=True)
class Replay:
    """How a line is replayed.

    Attributes
    ----------
    width, height : stretch along and across the line. slant : x a unit of y. slope : turn of the line, radians.
    elastic, elastic_length : most that a point is moved by waves over the plane, and how long these are.
    wander, wander_length : the same along the pen's path. Lengths are in writing heights.
    tempo : how many times as fast. unevenness : most that the logarithm of the tempo varies along the line.
    jitter : deviation of the device's noise, writing heights.
    """

    width: float = ranged(0.9, 1.1)
    height: float = ranged(0.92, 1.08)
    slant: float = ranged(-0.12, 0.12)
    slope: float = ranged(-0.04, 0.04)
    elastic: float = sometimes(0.75, 0.0, 0.2)
    elastic_length: float = scaled(1.5, 15.0)
    wander: float = sometimes(0.5, 0.0, 0.12)
    wander_length: float = scaled(1.5, 12.0)
    tempo: float = scaled(0.6, 1.6)
    unevenness: float = sometimes(0.7, 0.0, 0.3)
    jitter: float = sometimes(0.4, 0.0, 0.01)


def replay(line: Line, how: Replay, generator: np.random.Generator) -> Ink:
    """The line's strokes and points, moved by no more than stretch, slant, slope, ``elastic`` + ``wander`` say."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    points = np.concatenate(strokes)
    xy, t = points[:, :2] / unit, points[:, 2]
    ends = np.cumsum([len(stroke) for stroke in strokes])
    shift = np.zeros_like(xy)
    leg = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    path = np.cumsum(np.minimum(leg, 1.0))
    for column in range(2):
        across = xy @ _direction(generator)
        # Never longer than the stated length, whichever way it points.
        shift[:, column] += how.elastic / np.sqrt(2) * waves(across, how.elastic_length, generator)
        shift[:, column] += how.wander / np.sqrt(2) * waves(path, how.wander_length, generator)
    shift += np.clip(generator.normal(0, 1, xy.shape), -3, 3) * how.jitter
    middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
    cos, sin = np.cos(how.slope), np.sin(how.slope)
    stretched = (xy - middle) * [how.width, how.height]
    stretched[:, 0] -= how.slant * stretched[:, 1]
    turned = stretched @ np.array([[cos, sin], [-sin, cos]]) + middle + shift
    step = np.diff(t, prepend=t[:1])
    step[ends[:-1]] = pauses(strokes)
    step *= np.exp(how.unevenness * waves(path, 20.0, generator)) / how.tempo
    return ink_of(np.split(np.column_stack([turned * unit, np.cumsum(step)]), ends[:-1]), line.ink)


def _direction(generator: np.random.Generator) -> np.ndarray:
    """A unit vector (2,)."""
    angle = generator.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])
