"""Ballistic resynthesis: a real line's path, moved along by model strokes.

The path is cut where it bends most or has gone far, and each piece is one stroke of the hand: a lognormal pulse of
speed (sigma-lognormal model: Plamondon 1995; O'Reilly & Plamondon 2009) or a movement of least jerk (Flash & Hogan
1985). Strokes overlap in time, so that corners round off. Or the pen slows with the curve by the power law (Lacquaniti
et al. 1983).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtr

from datasets.forgers.settings import one_of, ranged, sometimes
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
    on_curve,
    pauses,
    timed_strokes,
)
from datasets.ink import Ink


@dataclass(frozen=True)
class Ballistic:
    """How strokes follow each other; lengths in writing heights.

    Attributes
    ----------
    tempo : speed over the writer's own mean speed. isochrony : exponent of a stroke's time in its length: 0, all take
        the same time, 1, all are as fast. unevenness : deviation of the logarithm of a stroke's time.
    overlap : share of a stroke's time at which the next begins. grain : least length of a stroke.
    reach : greatest length. follow : the pen stays on the path, or strokes add up as vectors (along the path's pieces,
        or along arcs), which rounds corners off.
    smoothing : of the path. jitter : deviation of the device's noise. own_pauses : those of the line, or made ones.
    rate : points a second.
    """

    tempo: float = ranged(0.6, 1.4)
    isochrony: float = ranged(0.2, 0.8)
    unevenness: float = ranged(0.0, 0.2)
    overlap: float = ranged(0.35, 0.8)
    grain: float = ranged(0.15, 0.5)
    reach: float = ranged(0.9, 2.5)
    follow: str = one_of("path", "pieces", "arcs")
    smoothing: float = ranged(0.01, 0.06)
    jitter: float = sometimes(0.4, 0.0, 0.008)
    own_pauses: bool = one_of(True, False)
    rate: float = ranged(60.0, 200.0)


@dataclass(frozen=True)
class Lognormal(Ballistic):
    """``sigma`` is the deviation of the logarithm of time of every pulse; 0.1 to 0.5 is usual in quick strokes."""

    sigma: float = ranged(0.12, 0.5)


@dataclass(frozen=True)
class MinimumJerk(Ballistic):
    """``through`` : one smooth movement through all the places between strokes, instead of strokes that overlap."""

    through: bool = one_of(True, False)


@dataclass(frozen=True)
class PowerLaw:
    """The pen slows by ``exponent`` of the curvature; the rest as in ``Ballistic``.

    ``floor`` : curvature, one over writing heights, below which it does not get faster. ``inertia`` : seconds over
    which speed is smoothed.
    """

    tempo: float = ranged(0.6, 1.4)
    exponent: float = ranged(0.15, 0.5)
    floor: float = ranged(0.3, 2.0)
    inertia: float = ranged(0.0, 0.05)
    smoothing: float = ranged(0.01, 0.06)
    jitter: float = sometimes(0.4, 0.0, 0.008)
    own_pauses: bool = one_of(True, False)
    rate: float = ranged(60.0, 200.0)


def sigma_lognormal(line: Line, how: Lognormal, generator: np.random.Generator) -> Ink:
    """The line by lognormal pulses. As many strokes as it has."""

    def pulse(t: Array) -> Array:
        # Half of the way is gone at 0.4 of the time, so that nearly all is gone at its end.
        share: Array = ndtr((np.log(np.maximum(t, 1e-9)) - np.log(0.4)) / how.sigma)
        return share

    return _resynthesised(
        line, how, lambda path, unit, pace: _overlapping(path, unit, pace, pulse, how, generator), generator
    )


def minimum_jerk(line: Line, how: MinimumJerk, generator: np.random.Generator) -> Ink:
    """The line by movements of least jerk. As many strokes as it has."""

    def pulse(t: Array) -> Array:
        t = np.clip(t, 0, 1)
        return t**3 * (10 - 15 * t + 6 * t**2)

    def move(path: Array, unit: float, pace: float) -> Array:
        if how.through:
            return _through(path, unit, pace, how, generator)
        return _overlapping(path, unit, pace, pulse, how, generator)

    return _resynthesised(line, how, move, generator)


def power_law(line: Line, how: PowerLaw, generator: np.random.Generator) -> Ink:
    """The line at a speed that follows its curvature. As many strokes as it has."""

    def move(path: Array, unit: float, pace: float) -> Array:
        if len(path) < 3:
            return _still(path, how.rate)
        log_speed = -how.exponent * np.log(np.maximum(curvature(path, unit), how.floor))
        reach = how.inertia * pace * DENSE
        log_speed = gaussian_filter1d(log_speed, reach, mode="nearest") if reach > 0 else log_speed
        slowness = np.exp(-log_speed)
        t = np.concatenate([[0.0], np.cumsum((slowness[1:] + slowness[:-1]) / 2)])
        t *= (len(path) - 1) / DENSE / pace / t[-1]
        at = np.arange(0, t[-1], 1 / how.rate)
        return np.column_stack([on_curve(path, np.interp(at, t, np.linspace(0, 1, len(t)))), at])

    return _resynthesised(line, how, move, generator)


def _resynthesised(
    line: Line,
    how: Ballistic | PowerLaw,
    move: Callable[[Array, float, float], Array],
    generator: np.random.Generator,
) -> Ink:
    """The line's paths under ``move(path, writing height, pace in writing heights a second)``."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    pace = how.tempo * mean_speed(strokes) / unit
    waits = iter((pauses(strokes) / how.tempo).tolist())
    lift = generator.uniform(0.06, 0.2)

    def gap(a: Array, b: Array) -> float:
        own = next(waits)
        return own if how.own_pauses else lift + float(np.hypot(*(b - a))) / unit / (2 * pace)

    paths = [curve(stroke[:, :2], unit, how.smoothing) for stroke in strokes]
    made = moved(paths, lambda path: move(path, unit, pace), gap, how.rate)
    for stroke in made:
        stroke[:, :2] += generator.normal(0, 1, (len(stroke), 2)) * how.jitter * unit
    return ink_of(made, line.ink)


def via_points(dense: Array, unit: float, grain: float, reach: float) -> NDArray[np.int64]:
    """Rows of a curve where one stroke of the hand ends and the next begins, first and last row included.

    These are the places of greatest curvature that lie ``grain`` apart, and places between those that lie farther apart
    than ``reach``; both in writing heights.
    """
    bend = gaussian_filter1d(curvature(dense, unit), 0.04 * DENSE, mode="nearest")
    inner = np.flatnonzero((bend[1:-1] > bend[:-2]) & (bend[1:-1] >= bend[2:]) & (bend[1:-1] > 1.5)) + 1
    chosen = [0, len(dense) - 1]
    for row in inner[np.argsort(-bend[inner], kind="stable")]:
        if min(abs(row - other) for other in chosen) >= grain * DENSE:
            chosen.append(int(row))
    rows = [0]
    for row in sorted(chosen)[1:]:
        pieces = int(np.ceil((row - rows[-1]) / (reach * DENSE)))
        rows += np.rint(np.linspace(rows[-1], row, pieces + 1)[1:]).astype(int).tolist()
    return np.unique(rows)


def _still(path: Array, rate: float) -> Array:
    """Rows (x, y, t) of a dot or a stroke too short to be moved along: a few points on it."""
    at = np.arange(3) / rate
    return np.column_stack([on_curve(path, np.linspace(0, 1, 3)), at])


def _schedule(
    via: NDArray[np.int64], pace: float, how: Ballistic, generator: np.random.Generator
) -> tuple[Array, Array]:
    """When each stroke between via points begins, and how long it takes, seconds; the whole at about ``pace``."""
    length = np.diff(via) / DENSE
    took = length**how.isochrony * np.exp(generator.normal(0, how.unevenness, len(length)))
    begin = np.concatenate([[0.0], np.cumsum(how.overlap * took)[:-1]])
    scale = length.sum() / pace / (begin[-1] + took[-1])
    return begin * scale, took * scale


def _overlapping(
    path: Array,
    unit: float,
    pace: float,
    pulse: Callable[[Array], Array],
    how: Ballistic,
    generator: np.random.Generator,
) -> Array:
    """Rows (x, y, t) of strokes that overlap; ``pulse`` is the share gone of a stroke's way at 0..1 of its time."""
    if len(path) < 3:
        return _still(path, how.rate)
    via = via_points(path, unit, how.grain, how.reach)
    begin, took = _schedule(via, pace, how, generator)
    at = np.arange(0, (begin + took).max() + 1 / how.rate, 1 / how.rate)
    gone = [pulse((at - b) / d) for b, d in zip(begin, took, strict=True)]
    if how.follow == "path":
        walked = sum(g * n for g, n in zip(gone, np.diff(via), strict=True)) / (len(path) - 1)
        xy = on_curve(path, np.asarray(walked))
    else:
        xy = np.tile(path[0], (len(at), 1))
        for g, a, b in zip(gone, via[:-1], via[1:], strict=True):
            piece = _arc(path[a : b + 1]) if how.follow == "arcs" else path[a : b + 1]
            xy += on_curve(piece, g) - piece[0]
    return np.column_stack([xy, at])


def _arc(piece: Array) -> Array:
    """Points, as many, on the arc through a piece's ends and middle; straight where it hardly bends."""
    chord = piece[-1] - piece[0]
    length = float(np.hypot(*chord))
    if len(piece) < 3 or length == 0:
        return piece
    normal = np.array([-chord[1], chord[0]]) / length
    # Sagitta of the arc; more than a half circle is no stroke of the hand.
    rise = float(np.clip((piece[len(piece) // 2] - piece[0]) @ normal, -length / 2, length / 2))
    s = np.linspace(0, 1, len(piece))[:, None]
    if abs(rise) < 1e-3 * length:
        return piece[0] + s * chord
    radius = (length**2 / 4 + rise**2) / (2 * rise)
    half = 2 * np.arctan(2 * rise / length)
    angle = half * (2 * s - 1)
    middle = (piece[0] + piece[-1]) / 2 + (rise - radius) * normal
    return middle + radius * (np.sin(angle) * chord / length + np.cos(angle) * normal)


def _through(path: Array, unit: float, pace: float, how: MinimumJerk, generator: np.random.Generator) -> Array:
    """Rows (x, y, t) of one movement through the via points, from rest to rest; splines of degree 5 have least jerk."""
    # Via points alone would lose the letters' shape.
    via = via_points(path, unit, how.grain / 2, how.reach / 3) if len(path) > 2 else np.arange(len(path))
    if len(via) < 2:
        return _still(path, how.rate)
    _, took = _schedule(via, pace, how, generator)
    knots = np.concatenate([[0.0], np.cumsum(took)])
    knots *= (len(path) - 1) / DENSE / pace / knots[-1]
    rest = [(1, np.zeros(2)), (2, np.zeros(2))]
    spline = make_interp_spline(knots, path[via], k=5, bc_type=(rest, rest))
    at = np.arange(0, knots[-1] + 1 / how.rate, 1 / how.rate)
    return np.column_stack([spline(np.minimum(at, knots[-1])), at])
