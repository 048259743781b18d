"""Lines for the tests of forgers: by the writer made by code, as a tablet would have recorded them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from datasets.forgers.strokes import Line
from datasets.ink import Ink
from datasets.synthetic import random_style, write_text

VOCABULARY = (
    "pack my box with five dozen jugs and the quick brown fox jumps over a lazy dog, said old man to seven good men "
    "who wrote every letter about how many bridges cross this wide river near our small village in June"
)


def spread(text: str, count: int) -> tuple[tuple[str, int, int], ...]:
    """Spans that give each character but spaces as many of the points as the others."""
    inked = [c != " " for c in text]
    ends = np.rint(np.cumsum(inked) / sum(inked) * count).astype(int)
    return tuple((c, int(a), int(b)) for c, a, b in zip(text, [0, *ends[:-1]], ends, strict=True))


def tablet(ink: Ink) -> Ink:
    """x, y and t as a coarse tablet has them: whole units, stamps in steps of 10 ms, some of them the same."""
    points = ink.points[:, :3].copy()
    points[:, :2] = np.rint(points[:, :2] / 2)
    points[:, :2] += [4000, 7000]
    points[:, 2] = np.rint(points[:, 2] * 71) / 71
    points[:, 2] = np.rint(points[:, 2] * 100) / 100
    return Ink(points, ink.stroke_ends, ink.pen_down, ("x", "y", "t"), 0.02, "recorded")


@lru_cache(maxsize=64)
def lines_of(seed: int) -> tuple[Line, ...]:
    """Five lines of six words each in one hand."""
    generator = np.random.default_rng(seed)
    found = []
    for number in range(5):
        text = " ".join(generator.choice(VOCABULARY.split(), 6))
        ink = tablet(write_text(text, random_style(seed), number, line_width=1000.0))
        found.append(Line(ink, spread(text, len(ink))))
    return tuple(found)
