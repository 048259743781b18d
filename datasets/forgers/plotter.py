"""Plotter and autopen: a machine that moves a pen under limits of speed and acceleration, along a real path or a font.

Machine controllers plan speed so that no axis is asked for more than its acceleration, with a corner's speed set by how
far off it the tool may round it (junction deviation); speed then rises and falls in straight ramps.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from datasets.forgers.settings import one_of, ranged, scaled, sometimes
from datasets.forgers.strokes import (
    DENSE,
    Array,
    Line,
    curvature,
    curve,
    height_of,
    ink_of,
    moved,
    on_curve,
    timed_strokes,
)
from datasets.ink import Ink
from datasets.letter_skeletons import ALPHABET, skeleton


@dataclass(frozen=True)
class Plotter:
    """A machine; lengths in writing heights, times in seconds.

    Attributes
    ----------
    speed : most. acceleration : most. ramps : speed obeys the acceleration, or is the same all along.
    tolerance : the path is made of straight pieces no farther off than this; 0, as it is.
    steps : grid of the motors; 0, too fine to be seen. smoothing : of the path. ripple : deviation of the logarithm of
        speed. jitter : deviation of the device's noise. lift : seconds to lift and lower the pen. air : speed of the
        lifted pen over ``speed``. rate : points a second.
    """

    speed: float = scaled(2.0, 30.0)
    acceleration: float = scaled(40.0, 3000.0)
    ramps: bool = one_of(True, True, False)
    tolerance: float = sometimes(0.4, 0.005, 0.05)
    steps: float = sometimes(0.4, 0.004, 0.03)
    smoothing: float = ranged(0.01, 0.06)
    ripple: float = sometimes(0.4, 0.0, 0.1)
    jitter: float = sometimes(0.4, 0.0, 0.01)
    lift: float = scaled(0.04, 0.5)
    air: float = scaled(0.8, 4.0)
    rate: float = ranged(60.0, 200.0)


@dataclass(frozen=True)
class Font:
    """A stroke font set in the size of a hand; lengths in writing heights.

    Attributes
    ----------
    size : x-height over the line's writing height. width : of letters. slant : x a unit of y, positive leans right.
    letter_space, word_space : gaps. form : how far each control point of the font is moved, once for all its letters.
    variation : how far from one letter to the next; 0, all a's are alike. baseline : deviation of letters up or down.
    rounded : curves through control points, or straight pieces.
    """

    size: float = ranged(0.75, 1.2)
    width: float = ranged(0.7, 1.3)
    slant: float = ranged(-0.2, 0.6)
    letter_space: float = ranged(0.12, 0.4)
    word_space: float = ranged(0.5, 1.2)
    form: float = ranged(0.0, 0.08)
    variation: float = sometimes(0.6, 0.0, 0.06)
    baseline: float = sometimes(0.5, 0.0, 0.06)
    rounded: bool = one_of(True, True, False)


def plot_path(line: Line, how: Plotter, generator: np.random.Generator) -> Ink:
    """The line drawn by a machine. As many strokes as it has."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    paths = [curve(stroke[:, :2], unit, how.smoothing) for stroke in strokes]
    return ink_of(_plotted(paths, unit, how, generator), line.ink)


def plot_font(line: Line, text: str, font: Font, how: Plotter, generator: np.random.Generator) -> Ink:
    """A text in a stroke font, of the line's size, drawn by a machine.

    Characters that the font lacks are left out. Raises ValueError where none is left.
    """
    unit = height_of(timed_strokes(line.ink))
    own = {
        c: [stroke + generator.normal(0, 1, stroke.shape) * font.form for stroke in skeleton(c)]
        for c in sorted(set(text) & set(ALPHABET) - {" "})
    }
    paths: list[Array] = []
    x = 0.0
    for character in text:
        if character == " ":
            x += font.word_space
        if character not in own:
            continue
        forms = [stroke + generator.normal(0, 1, stroke.shape) * font.variation for stroke in own[character]]
        lift = generator.normal(0, 1) * font.baseline
        for form in forms:
            at = np.column_stack([x + font.width * form[:, 0] + font.slant * form[:, 1], -form[:, 1] - lift])
            paths.append(_drawn(at * font.size * unit, unit, font.rounded))
        x += font.width * max(float(form[:, 0].max()) for form in forms) + font.letter_space
    if not paths:
        raise ValueError("the font has none of the text's letters")
    return ink_of(_plotted(paths, unit, how, generator), line.ink)


def _drawn(points: Array, unit: float, rounded: bool) -> Array:
    """An evenly stepped curve through control points."""
    if rounded and len(points) > 2:
        knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.hypot(*np.diff(points, axis=0).T), 1e-6 * unit))])
        points = CubicSpline(knots, points, bc_type="natural")(np.linspace(0, knots[-1], 12 * len(points)))
    else:
        points = np.concatenate(
            [np.linspace(a, b, 12, endpoint=False) for a, b in itertools.pairwise(points)] + [points[-1:]]
        )
    return curve(points, unit, 0.0)


def _plotted(paths: list[Array], unit: float, how: Plotter, generator: np.random.Generator) -> list[Array]:
    """Strokes of the machine on these curves."""
    strokes = moved(
        [_straightened(path, how.tolerance * unit) for path in paths],
        lambda path: _driven(path, unit, how, generator),
        lambda a, b: how.lift + float(np.hypot(*(b - a))) / unit / (how.air * how.speed),
        how.rate,
    )
    for stroke in strokes:
        if how.steps > 0:
            stroke[:, :2] = np.rint(stroke[:, :2] / (how.steps * unit)) * how.steps * unit
        stroke[:, :2] += generator.normal(0, 1, (len(stroke), 2)) * how.jitter * unit
    return strokes


def _straightened(dense: Array, tolerance: float) -> Array:
    """The curve as straight pieces that stay within ``tolerance`` (device units) of it, evenly stepped as before.

    Ramer 1972, Douglas & Peucker 1973.
    """
    if tolerance <= 0 or len(dense) < 3:
        return dense
    keep = {0, len(dense) - 1}
    spans = [(0, len(dense) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        chord = dense[b] - dense[a]
        away = dense[a + 1 : b] - dense[a]
        length = float(np.hypot(*chord))
        off = np.abs(away[:, 0] * chord[1] - away[:, 1] * chord[0]) / length if length > 0 else np.hypot(*away.T)
        if off.max() > tolerance:
            middle = a + 1 + int(off.argmax())
            keep.add(middle)
            spans += [(a, middle), (middle, b)]
    rows = np.array(sorted(keep))
    at = np.arange(len(dense))
    return np.column_stack([np.interp(at, rows, column) for column in dense[rows].T])


def _driven(dense: Array, unit: float, how: Plotter, generator: np.random.Generator) -> Array:
    """Rows (x, y, t) of the machine on one curve, time from 0."""
    if len(dense) < 2:
        return np.column_stack([np.repeat(dense, 3, axis=0), np.arange(3) / how.rate])
    step = 1 / DENSE
    speed = np.full(len(dense), how.speed)
    if how.ramps:
        # In a bend the acceleration points across the path.
        speed = np.minimum(speed, np.sqrt(how.acceleration / np.maximum(curvature(dense, unit), 1e-3)))
        speed = _ramped(_ramped(speed, how.acceleration * step)[::-1], how.acceleration * step)[::-1]
    speed = speed * np.exp(generator.normal(0, 1, len(speed)) * how.ripple)
    t = np.concatenate([[0.0], np.cumsum(2 * step / (speed[1:] + speed[:-1]))])
    at = np.arange(0, t[-1] + 1 / how.rate, 1 / how.rate)
    return np.column_stack([on_curve(dense, np.interp(at, t, np.linspace(0, 1, len(t)))), at])


def _ramped(speed: Array, gain: float) -> Array:
    """Speeds, from rest, that grow no faster than v² by 2 · ``gain`` a step."""
    out = np.empty(len(speed))
    now = 0.05 * float(speed.max())
    for i, most in enumerate(speed.tolist()):
        now = min(most, (now * now + 2 * gain) ** 0.5)
        out[i] = now
    return out
