"""A reading as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from forgery_kit.reading.read import SURE, ReadInk
from reports.reading import LetteredLine, letters_svg


def reading_svg(found: Sequence[ReadInk]) -> str:
    """All lines of a reading as an SVG document, each with its file, number and confidence."""
    lines = []
    for one in found:
        said = "as stated" if one.stated else f"confidence {one.confidence:.2f}"
        title = f"{one.file}, line {one.number}, {said}{'' if one.legible else ': hardly legible'}"
        letters = tuple((x.character, x.confidence < SURE, x.first_point, x.end_point) for x in one.letters)
        lines.append(LetteredLine(title, one.line.line.ink, one.line.line.height, letters))
    return letters_svg(lines)
