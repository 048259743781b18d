"""A letter chart: written to files, and in lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from forgery_kit.outputs import write_file
from forgery_kit.terminal.printed import written
from reports.letters import wording
from reports.letters.document import LettersFound, letters_pdf, letters_svg
from reports.saved import to_json


def write_letters(found: LettersFound, picture: Path, json_file: Path | None) -> None:
    """Draw the chart as a PDF or an SVG, by the name of the file, write its JSON where asked for, and print it."""
    is_pdf = picture.suffix.lower() == ".pdf"
    # All is made before anything is written.
    files = {picture: letters_pdf(found) if is_pdf else letters_svg(found).encode()}
    if json_file:
        files[json_file] = to_json(found).encode()
    for file, data in files.items():
        write_file(file, data)
    for line in (*letter_lines(found), *written([("letters", picture), ("JSON", json_file)])):
        print(line)


def letter_lines(found: LettersFound) -> Iterator[str]:
    """A line a letter, the strongest first, then what all say together and what only one side has."""
    chart = found.chart
    lacking = wording.missing(chart) if chart else wording.NO_LETTERS
    if chart is None or lacking:
        yield lacking
        return
    yield f"{'letter':8}{'Q':>4}{'K':>5}{'score':>9}{'adds':>8}   forms like the questioned"
    for letter in chart.letters:
        counts = f"{letter.questioned_count:4d}{letter.known_count:5d}"
        values = f"{letter.score or 0:+9.1f}{letter.log10_lr or 0:+8.3f}"
        yield f"{wording.glyph(letter.text):8}{counts}{values}   {letter.like} of {letter.people} people"
    yield wording.summary(chart)
    yield from wording.listed(chart)
