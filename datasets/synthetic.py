"""Handwriting made by code: a small kinematic writer for the demo exhibits and for tests.

Each stroke runs along a smooth curve through a letter's control points; along it the pen moves by overlapping
lognormal speed pulses (the sigma-lognormal model: Plamondon 1995), one for each stretch between control points. It
imitates nobody: styles are drawn from seeds.

    python -m datasets.synthetic FOLDER      writes the bundled demo exhibits
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.stats import lognorm

from datasets.errors import ArgumentsError
from datasets.ink import Ink, ink_from_strokes
from datasets.letter_skeletons import ALPHABET, skeleton
from datasets.sample import Sample
from datasets.writers.inkml import write_inkml

Array = NDArray[np.float64]
DEVICE = "made by code (datasets/synthetic.py)"
SAMPLES_PER_SECOND = 100.0
MM_PER_UNIT = 0.01
#: Shape of every speed pulse: σ of the logarithm of time, a usual value for quick strokes.
PULSE_SIGMA = 0.3
#: Letters that a joining hand connects to the next one: they end near the baseline, to the right.
JOINING = set("acdehiklmntu")


@dataclass(frozen=True)
class WriterStyle:
    """One synthetic hand.

    Attributes
    ----------
    seed : of the writer's own letter forms. slant : shear, x per y, positive leans right. x_height : mm.
    width : stretch of letters. speed : mm per second. letter_space, word_space, line_space : in x-heights.
    joins : chance that a joining letter is connected to the next. wander : how much a letter differs from one
        time to the next, in x-heights. drift : rise of the baseline per line width.
    """

    seed: int
    slant: float
    x_height: float
    width: float
    speed: float
    letter_space: float
    word_space: float
    line_space: float
    joins: float
    wander: float
    drift: float


def random_style(seed: int) -> WriterStyle:
    """The hand that belongs to a seed."""
    draw = np.random.Generator(np.random.PCG64(seed)).uniform
    return WriterStyle(
        seed=seed,
        slant=float(draw(-0.25, 0.6)),
        x_height=float(draw(1.8, 3.4)),
        width=float(draw(0.75, 1.25)),
        speed=float(draw(25, 60)),
        letter_space=float(draw(0.12, 0.38)),
        word_space=float(draw(0.6, 1.3)),
        line_space=float(draw(3.6, 5.0)),
        joins=float(draw(0.0, 0.95)),
        wander=float(draw(0.02, 0.04)),
        drift=float(draw(-0.15, 0.15)),
    )


def write_text(text: str, style: WriterStyle, seed: int, line_width: float = 110.0) -> Ink:
    """Ink (x, y, t, pressure; units of 0.01 mm, 100 points a second) of a text in a hand.

    ``seed`` is of this occasion: the same hand writes the same text differently under another. Lines are broken at
    ``line_width`` mm. Raises ArgumentsError for an empty text or a character outside the alphabet.
    """
    unknown = sorted(set(text) - set(ALPHABET))
    if unknown or not text.strip():
        found = f"the character {unknown[0]!r} cannot be written." if unknown else "there is nothing to write."
        raise ArgumentsError("text", found, f"Use only {ALPHABET.strip()} and spaces.")
    return _written(text, style, seed, line_width)[0]


def _written(text: str, style: WriterStyle, seed: int, line_width: float = 110.0) -> tuple[Ink, str]:
    """The ink as ``write_text`` makes it, and the text with a line break where the hand began a new line."""
    generator = np.random.Generator(np.random.PCG64([style.seed, seed]))
    paths, lines = _paths(text, style, generator, line_width)
    strokes, clock = [], 0.0
    for index, path in enumerate(paths):
        if index:
            # The lifted pen travels faster than the writing one.
            clock += 0.08 + float(np.hypot(*(path[0] - paths[index - 1][-1]))) / (2.5 * style.speed)
        timed = _move(path, style, generator, clock)
        clock = float(timed[-1, 2]) + 1 / SAMPLES_PER_SECOND
        timed[:, :2] /= MM_PER_UNIT
        strokes.append(np.round(timed, 4))
    ink = ink_from_strokes(strokes, ("x", "y", "t", "pressure"), None, MM_PER_UNIT, "recorded")
    return ink, "\n".join(" ".join(line) for line in lines)


def synthetic_sample(text: str, style_seed: int, seed: int) -> Sample:
    """A sample of a synthetic hand, marked as generated; its text has the line breaks of the ink."""
    ink, written = _written(text, random_style(style_seed), seed)
    return Sample(ink=ink, writer=f"synthetic-{style_seed}", text=written, device=DEVICE, origin="generated")


def _paths(
    text: str, style: WriterStyle, generator: np.random.Generator, line_width: float
) -> tuple[list[Array], list[list[str]]]:
    """Control points of every stroke in mm, y down, joined where the hand joins; and the words of each line."""
    own = {c: _own_form(c, style) for c in sorted(set(text) - {" "})}
    unit = style.x_height
    x, y = 0.0, 0.0
    paths: list[Array] = []
    lines: list[list[str]] = [[]]
    for word in text.split():
        width = sum(own[c][1] + style.letter_space for c in word) * unit
        if x > 0 and x + width > line_width:
            x, y = 0.0, y + style.line_space * unit
            lines.append([])
        lines[-1].append(word)
        joined = False
        for position, character in enumerate(word):
            forms, advance = own[character]
            for number, form in enumerate(forms):
                points = form + generator.normal(0, style.wander, form.shape)
                rise = style.drift * x / line_width
                placed = np.column_stack(
                    [x + unit * (points[:, 0] + style.slant * points[:, 1]), y - unit * (points[:, 1] + rise)]
                )
                if joined and number == 0:
                    paths[-1] = np.concatenate([paths[-1], placed])
                else:
                    paths.append(placed)
            joined = (
                position + 1 < len(word)
                and character in JOINING
                and len(forms) == 1
                and word[position + 1].islower()
                and generator.random() < style.joins
            )
            x += unit * (advance + style.letter_space * np.exp(generator.normal(0, 0.12)))
        x += unit * style.word_space * np.exp(generator.normal(0, 0.1))
    return paths, lines


def _own_form(character: str, style: WriterStyle) -> tuple[list[Array], float]:
    """A writer's own form of a letter: its skeleton, moved by what is fixed for this writer; and its width."""
    generator = np.random.Generator(np.random.PCG64([style.seed, ord(character)]))
    forms = []
    for stroke in skeleton(character):
        moved = stroke + generator.normal(0, 0.07, stroke.shape)
        moved[:, 0] *= style.width
        forms.append(moved)
    return forms, float(max(f[:, 0].max() for f in forms))


def _move(path: Array, style: WriterStyle, generator: np.random.Generator, start: float) -> Array:
    """Rows (x, y, t, pressure) of the pen moving along a path by lognormal pulses, from time ``start``."""
    legs = np.hypot(*np.diff(path, axis=0).T)
    knots = np.concatenate([[0], np.cumsum(np.maximum(legs, 1e-3))])
    curve = CubicSpline(knots, path, bc_type="natural")
    dense = np.linspace(0, knots[-1], 20 * len(path))
    points = curve(dense)
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    lengths = np.diff(np.interp(knots, dense, along))
    # Longer stretches take longer, but less than in proportion (isochrony).
    duration = 0.06 + 0.6 * lengths**0.7 * style.x_height**0.3 / style.speed
    duration *= np.exp(generator.normal(0, 0.08, len(duration)))
    begin = start + np.concatenate([[0], np.cumsum(0.55 * duration)[:-1]])
    t = np.arange(start, begin[-1] + 2.2 * duration[-1], 1 / SAMPLES_PER_SECOND)
    travelled = sum(
        length * lognorm.cdf(t - b, PULSE_SIGMA, scale=0.5 * d)
        for length, b, d in zip(lengths, begin, duration, strict=True)
    )
    travelled = np.minimum(np.asarray(travelled) * along[-1] / lengths.sum(), along[-1])
    last = int(np.searchsorted(travelled, 0.995 * along[-1])) + 1
    places = np.interp(travelled[:last], along, dense)
    speed = np.gradient(travelled[:last], t[:last]) if last > 2 else np.full(last, style.speed)
    pressure = np.clip(0.62 - 0.002 * speed + generator.normal(0, 0.01, last), 0.05, 1)
    return np.column_stack([curve(places), t[:last], pressure])


#: Texts of the bundled exhibits: (file name, seed of the hand, seed of the occasion, text).
EXHIBITS = (
    (
        "q1.inkml",
        7,
        1,
        "Please leave the small parcel with the neighbour across the street. He knows that it will come on Tuesday and "
        "has promised to keep it dry until we are back.",
    ),
    (
        "k1.inkml",
        7,
        2,
        "The garden was quiet after the rain, and nobody had closed the gate. We walked down to the river and talked "
        "about the old house for an hour.",
    ),
    (
        "k2.inkml",
        7,
        3,
        "My sister writes that the train was late again, so they took the bus. Could you ask the office whether the "
        "keys have been found in the hall?",
    ),
    (
        "other.inkml",
        23,
        1,
        "The garden was quiet after the rain, and nobody had closed the gate. We walked down to the river and talked "
        "about the old house for an hour.",
    ),
)


def write_exhibits(folder: Path) -> None:
    """Write the bundled demo exhibits, marked as made by code."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, hand, occasion, text in EXHIBITS:
        sample = synthetic_sample(text, hand, occasion)
        data = write_inkml(sample.ink, sample.writer, sample.text, sample.device, origin="generated")
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write_exhibits(Path(sys.argv[1]))
