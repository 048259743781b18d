"""Letters from a letter model: a writer's mean letter and how it varies, learnt from the letters of a few lines.

The letters of a class are aligned by the share of path gone. A new one is the mean and a random mixture of what each
differs from it: a draw from the normal distribution with their mean and covariance. Its movement is the mean of theirs,
varied alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import Akima1DInterpolator

from datasets.forgers.glyphs import Glyph, Setting, glyphs_of, set_line
from datasets.forgers.settings import one_of, ranged
from datasets.forgers.strokes import Array, Line, height_of, ink_of, timed_strokes, waves
from datasets.ink import Ink

#: Least time between two points of a letter's stroke, seconds.
LEAST = 1e-3


@dataclass(frozen=True)
class LetterModel:
    """How new letters are drawn.

    Attributes
    ----------
    points : of each stroke. variation : of new letters over that of the writer's; 0 repeats the mean letter.
    bend : most that a letter is bent besides, writing heights: what a class of one letter varies by.
    """

    points: int = one_of(12, 20, 32)
    variation: float = ranged(0.0, 1.1)
    bend: float = ranged(0.0, 0.08)


@dataclass(frozen=True, eq=False)
class Class:
    """Letters of one class with as many strokes each: (m, strokes, points, 3) of x, y and log seconds a step."""

    letters: Array
    waits: Array
    entered: bool
    left: bool
    gap: float


def model_of(glyphs: Sequence[Glyph], points: int) -> Class:
    """The model of one class of letters (one at least), of those with the number of strokes that most of them have."""
    count = Counter(len(glyph.strokes) for glyph in glyphs).most_common(1)[0][0]
    alike = [glyph for glyph in glyphs if len(glyph.strokes) == count]
    letters = np.array([[_aligned(stroke, points) for stroke in glyph.strokes] for glyph in alike])
    waits = np.array(
        [
            [np.clip(b[0, 2] - a[-1, 2], 0.05, 0.4) for a, b in zip(g.strokes[:-1], g.strokes[1:], strict=True)]
            for g in alike
        ]
    )
    half = len(alike) / 2
    return Class(
        letters,
        waits.mean(axis=0),
        sum(glyph.entered for glyph in alike) > half,
        sum(glyph.left for glyph in alike) > half,
        float(np.median([glyph.gap for glyph in alike])),
    )


def letter_of(model: Class, how: LetterModel, generator: np.random.Generator) -> Glyph:
    """A new letter of a class."""
    mean = model.letters.mean(axis=0)
    count = len(model.letters)
    weights = generator.normal(0, 1, count) * how.variation / np.sqrt(max(count - 1, 1))
    letter = mean + np.tensordot(weights, model.letters - mean, axes=1)
    strokes, clock = [], 0.0
    for number, (x, y, log_step) in enumerate(np.moveaxis(letter, 2, 1)):
        bend = [how.bend * waves(y, 2.0, generator), how.bend * waves(x, 2.0, generator)]
        step = np.exp(np.clip(log_step[1:], np.log(LEAST), 0.0))
        t = clock + np.concatenate([[0.0], np.cumsum(step)])
        strokes.append(_finer(np.column_stack([x + bend[0], y + bend[1], t])))
        clock = float(t[-1]) + (float(model.waits[number]) if number < len(model.waits) else 0.0)
    start = min(float(stroke[:, 0].min()) for stroke in strokes)
    return Glyph(tuple(stroke - [start, 0.0, 0.0] for stroke in strokes), model.entered, model.left, model.gap)


def write_by_model(
    lines: Sequence[Line], text: str, how: LetterModel, setting: Setting, generator: np.random.Generator
) -> Ink:
    """A text of letters from the model of each class that the lines have, the other case where they lack one.

    Others are left out. Raises ValueError where none is left.
    """
    models = {character: model_of(found, how.points) for character, found in sorted(glyphs_of(lines).items())}
    chosen: list[Glyph | None] = []
    for character in text:
        model = models.get(character) or models.get(character.swapcase())
        chosen.append(letter_of(model, how, generator) if model is not None and character != " " else None)
    unit = height_of(timed_strokes(lines[0].ink))
    return ink_of(set_line(text, chosen, unit, setting, generator), lines[0].ink)


def _finer(stroke: Array) -> Array:
    """A smooth curve through a stroke's points, with two more between each two."""
    at = np.arange(float(len(stroke)))
    fine = np.linspace(0, at[-1], 3 * len(at) - 2)
    xy = Akima1DInterpolator(at, stroke[:, :2], method="makima")(fine)
    return np.column_stack([xy, np.interp(fine, at, stroke[:, 2])])


def _aligned(stroke: Array, points: int) -> Array:
    """(points, 3) at even shares of the path: x, y, and the logarithm of the seconds since the point before."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke[:, :2], axis=0).T))])
    # Rests have no path; a hair of it each keeps their time.
    along = along + np.linspace(0, 1e-6 + 1e-4 * along[-1], len(along))
    at = np.linspace(0, along[-1], points)
    x, y, t = (np.interp(at, along, column) for column in stroke.T)
    step = np.diff(t, prepend=t[:1] - LEAST)
    return np.column_stack([x, y, np.log(np.maximum(step, LEAST))])
