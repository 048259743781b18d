"""A drawn line → its letters, each with how surely it is read, where it joins its neighbours, and the gaps between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import line_geometry
from datasets.errors import ArgumentsError
from datasets.forgers.glyphs import Glyph, cut_letters
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Sample
from forgery_kit.reading.lines import InkLine, set_lines
from gan.features import features_with_positions, trace

Array = NDArray[np.float64]
#: The ends of two pieces that are as near as this (writing heights) were one stroke where the line was cut: about one
#: step of the pen.
JOINT = 0.3


@dataclass(frozen=True, eq=False)
class Letter:
    """A letter as it was drawn once; lengths in writing heights of the generator's hand, y upwards from the baseline.

    Attributes
    ----------
    character : what it is. strokes : (k, 2) each, x from its left edge.
    confidence : 0..1, of the recogniser, that it is that character, in the word that it was drawn in; once letters are
        compared (``choice``), their merit.
    entry, exit : number of the stroke that came out of the letter before, that goes on into the next; or None.
    """

    character: str
    strokes: tuple[Array, ...]
    confidence: float
    entry: int | None
    exit: int | None

    @cached_property
    def width(self) -> float:
        """From its left to its right edge."""
        return max(float(stroke[:, 0].max()) for stroke in self.strokes)


@dataclass(frozen=True, eq=False)
class Lettered:
    """The letters of a line, None for a space and for what was badly cut; ``places``: x of their left edges."""

    text: str
    letters: tuple[Letter | None, ...]
    places: tuple[float, ...]
    x_height: float


def lettered(strokes: Sequence[Array], text: str, height: float) -> Lettered | None:
    """The letters of a drawn line (strokes (k, 2), y downwards); None where the ink cannot hold its text.

    ``height`` is the writing height of the hand, in the units of the strokes. All lines are measured by it: a line of
    capitals or digits has a greater one of its own.
    """
    try:
        geometry = line_geometry(strokes)
    except ValueError:
        return None
    level = [s - np.column_stack([0 * s[:, 0], geometry.intercept + geometry.slope * s[:, 0]]) for s in strokes]
    ink = ink_from_strokes([stroke / height for stroke in level])
    features, place = features_with_positions(trace([Sample(ink)], 1.0), with_time=False)
    line = InkLine(Sample(ink), np.arange(len(ink.stroke_ends)), ink, 1.0, features, place)
    if len(features) == 0:
        return None
    try:
        read = set_lines([line], text)[0]
    except ArgumentsError:
        return None
    if len(read.letters) < len(text):
        return None
    spans = [(letter.character, *letter.points) for letter in read.letters]
    cut = cut_letters(_with_ticks(ink), spans)
    entries, exits = _joints(cut)
    found = [
        None
        if glyph is None
        else Letter(
            letter.character,
            tuple(stroke[:, :2] * [1.0, -1.0] for stroke in glyph.strokes),
            letter.confidence,
            entries.get(number),
            exits.get(number),
        )
        for number, (letter, glyph) in enumerate(zip(read.letters, cut, strict=True))
    ]
    places = tuple(0.0 if glyph is None else glyph.place for glyph in cut)
    return Lettered(text, tuple(found), places, geometry.x_height / height)


def _with_ticks(ink: Ink) -> list[Array]:
    """Strokes (k, 3) with the number of each point for its time, since only the order matters."""
    starts = np.concatenate([[0], ink.stroke_ends[:-1]])
    return [
        np.column_stack([stroke[:, :2], begin + np.arange(len(stroke))])
        for begin, stroke in zip(starts, ink.strokes(), strict=True)
    ]


def _joints(cut: Sequence[Glyph | None]) -> tuple[dict[int, int], dict[int, int]]:
    """Number of a letter → its stroke that came out of the letter before; and its stroke that goes on into the next."""
    entries: dict[int, int] = {}
    exits: dict[int, int] = {}
    for number, (one, other) in enumerate(pairwise(cut)):
        if one is None or other is None:
            continue
        ends = np.array([stroke[-1, :2] + np.array([one.place, 0.0]) for stroke in one.strokes])
        starts = np.array([stroke[0, :2] + np.array([other.place, 0.0]) for stroke in other.strokes])
        apart = np.hypot(*(ends[:, None] - starts[None]).transpose(2, 0, 1))
        left, entered = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[left, entered] <= JOINT and (one.left or other.entered):
            exits[number], entries[number + 1] = int(left), int(entered)
    return entries, exits
