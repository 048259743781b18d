"""A reading in lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forgery_kit.reading.read import SURE, ReadInk
from forgery_kit.terminal.printed import printable


def reading_lines(found: Sequence[ReadInk]) -> Iterator[str]:
    """File by file: confidence and text of each line; of what cannot be read, that it cannot."""
    file = None
    for one in found:
        if one.file != file:
            file = one.file
            yield printable(file)
        if one.legible:
            doubtful = sum(x.confidence < SURE for x in one.letters if x.character != " ")
            note = f"   ({doubtful} of {sum(x.character != ' ' for x in one.letters)} letters doubtful)"
            yield f"  {one.confidence:.2f}  {one.text}{note if doubtful else ''}"
        else:
            yield f"  {one.confidence:.2f}  – not read: no writing that is known, or hardly legible"
