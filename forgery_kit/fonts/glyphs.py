"""What a font is made of, before it has any format: glyphs in the font's units, kerning, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from fontTools.agl import UV2AGL
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Units of a font's square, and of a writing height in it.
EM, HEIGHT = 1000, 420
#: Glyphs of each character at most.
ALTERNATES = 3


@dataclass(frozen=True, eq=False)
class Glyph:
    """A letter of the font.

    Attributes
    ----------
    character, alternate : which letter it is, and its number among the letter's glyphs, from 0.
    strokes : Béziers (4, 2) end to end of each stroke, the line that the pen went; y upwards from the baseline.
    advance : from its origin to the next letter's. confidence : as of ``letters.Letter``.
    """

    character: str
    alternate: int
    strokes: tuple[tuple[Array, ...], ...]
    advance: int
    confidence: float

    @property
    def name(self) -> str:
        """As in the Adobe Glyph List, with ``.alt1`` and so on for all but the first."""
        base: str = UV2AGL[ord(self.character)]
        return f"{base}.alt{self.alternate}" if self.alternate else base


@dataclass(frozen=True, eq=False)
class HandFont:
    """A font of a hand in no format.

    Attributes
    ----------
    glyphs : the first of each character, and its alternates behind it. space : advance of a space.
    kerning : names of two glyphs → units by which the second moves. pen : width of the pen.
    x_height, cap_height : of small letters and of capitals. stand_ins : those of plain shapes, which the hand lacks.
    family : name of the font. made : how it was made, name → value.
    """

    glyphs: tuple[Glyph, ...]
    space: int
    kerning: Mapping[tuple[str, str], int]
    pen: float
    x_height: int
    cap_height: int
    stand_ins: tuple[str, ...]
    family: str
    made: Mapping[str, str]

    @property
    def said(self) -> str:
        """How it was made, in one line."""
        return f"{GENERATED} " + "; ".join(f"{name}: {value}" for name, value in self.made.items())


#: What every font says of itself.
GENERATED = "Generated handwriting: cut out of words that a program drew; no person wrote it."


def by_character(glyphs: Sequence[Glyph]) -> dict[str, list[Glyph]]:
    """Character → its glyphs, the first one first."""
    found: dict[str, list[Glyph]] = {}
    for glyph in glyphs:
        found.setdefault(glyph.character, []).append(glyph)
    return found
