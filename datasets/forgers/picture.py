"""From a picture: a real line's paths traced as a program finds them on paper, without their order and direction.

Vectorising gives paths that begin where a line bends or crosses, run either way, and come from left to right; then a
program moves along them at a tempo of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from datasets.forgers.ballistic import via_points
from datasets.forgers.settings import drawn, ranged, scaled
from datasets.forgers.strokes import Line, curve, height_of, ink_of, mean_speed, timed_strokes
from datasets.forgers.tempo import Tempo, another_tempo
from datasets.ink import Ink


@dataclass(frozen=True)
class Picture:
    """How paths are found; lengths in writing heights.

    Attributes
    ----------
    grain, reach : least and most path between places where one may end. cut : share of these where one does.
    turned : share of paths that are walked from their end. untidy : deviation of a path's place in the order from left
        to right. smoothing : of the paths. lift : seconds between them.
    """

    grain: float = scaled(0.15, 0.6)
    reach: float = scaled(1.0, 4.0)
    cut: float = ranged(0.1, 0.8)
    turned: float = ranged(0.2, 0.8)
    untidy: float = scaled(0.05, 1.0)
    smoothing: float = ranged(0.02, 0.1)
    lift: float = ranged(0.03, 0.2)


def from_picture(line: Line, how: Picture, generator: np.random.Generator) -> Ink:
    """The line's paths, cut, turned and ordered anew. Raises ValueError where the line has no time."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    pieces = []
    for stroke in strokes:
        path = curve(stroke[:, :2], unit, how.smoothing)
        via = via_points(path, unit, how.grain, how.reach) if len(path) > 2 else np.array([0, len(path) - 1])
        inner = [int(row) for row in via[1:-1] if generator.random() < how.cut]
        pieces += [path[a : b + 1] for a, b in pairwise([0, *inner, len(path) - 1])]
    pieces = [piece[::-1] if generator.random() < how.turned else piece for piece in pieces]
    places = [piece[:, 0].min() / unit + how.untidy * generator.standard_normal() for piece in pieces]
    speed = mean_speed(strokes)
    found, clock = [], 0.0
    for number in np.argsort(places, kind="stable"):
        piece = pieces[int(number)]
        length = np.hypot(*np.diff(piece, axis=0).T)
        at = clock + np.concatenate([[0.0], np.cumsum(np.maximum(length / speed, 1e-5))])
        found.append(np.column_stack([piece, at]))
        clock = float(at[-1]) + how.lift
    return another_tempo(Line(ink_of(found, line.ink)), drawn(Tempo, generator), generator)
