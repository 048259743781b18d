"""A recording and what it says → its words, each with its strokes and its place on a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import LineGeometry, line_geometry
from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.ink import Ink
from datasets.sample import Sample
from forgery_kit.reading.lines import ReadLine, ink_lines, set_lines
from gan.judging.style import has_time, traces
from gan.reading.reader import card

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PageWord:
    """A word: its text, its line (from 0), its strokes as indices into all of the recording, and its number there.

    A new word has no strokes, and the number −1.
    """

    text: str
    line: int
    rows: tuple[int, ...]
    number: int = -1


@dataclass(frozen=True, eq=False)
class PageLine:
    """A line: what it says, its geometry, and where its ink begins and ends in x."""

    text: str
    geometry: LineGeometry
    left: float
    right: float


def page_words(sample: Sample, text: str) -> tuple[list[PageLine], list[PageWord]]:
    """Lines and words of ``text``, found in the ink; a stroke belongs to the word that most of its points are of.

    Raises ArgumentsError where the text hardly fits the ink or a word has no stroke of its own; OutOfScopeError for
    ink without height.
    """
    found = ink_lines([sample], has_time(traces([sample])))
    if not found:
        raise OutOfScopeError(sample.file, "no stroke of the ink has vertical extent, so it has no lines.", "Give ink.")
    read = set_lines(found, text)
    sure = [letter.confidence for line in read for letter in line.letters if letter.character != " "]
    mean, least = (float(np.mean(sure)) if sure else 0.0), float(card()["least_confidence"])
    if mean < least:
        raise ArgumentsError(
            "--text",
            f"it hardly fits the ink (its letters are {mean:.0%} sure, at least {least:.0%} are needed).",
            "Give all that the ink says, and nothing else.",
        )
    lines: list[PageLine] = []
    words: list[PageWord] = []
    for line in read:
        parts = [part for part in _words_of(line, len(lines)) if part.text]
        if not parts:
            raise ArgumentsError("--text", f"line {len(lines) + 1} of the ink says nothing of it.", "Give all of it.")
        xy = line.line.ink.xy
        geometry = line_geometry(list(line.line.ink.strokes()))
        lines.append(PageLine(line.text.strip(), geometry, float(xy[:, 0].min()), float(xy[:, 0].max())))
        words += [replace(part, number=len(words) + k) for k, part in enumerate(parts)]
    if [word.text for word in words] != text.split():
        raise ArgumentsError("--text", "a word of it goes on in the next line of the ink.", "Part it with a space.")
    empty = [word.text for word in words if not word.rows]
    if empty:
        raise ArgumentsError(
            "--text", f"the word {empty[0]!r} has no stroke of its own.", "Give all that the ink says."
        )
    return lines, words


def _words_of(line: ReadLine, number: int) -> list[PageWord]:
    texts, of_point, word = [""], np.zeros(len(line.line.ink), np.int64), 0
    for letter in line.letters:
        if letter.character == " ":
            word += 1
            texts.append("")
        else:
            texts[word] += letter.character
            of_point[slice(*letter.points)] = word
    rows: list[list[int]] = [[] for _ in texts]
    start = 0
    for row, end in zip(line.line.rows, line.line.ink.stroke_ends, strict=True):
        rows[int(np.bincount(of_point[start:end]).argmax())].append(int(row))
        start = end
    return [PageWord(text, number, tuple(own)) for text, own in zip(texts, rows, strict=True)]


def box(ink: Ink, rows: Sequence[int]) -> tuple[float, float]:
    """Left and right end of strokes, device units."""
    strokes = list(ink.strokes(hover=True))
    x = np.concatenate([strokes[row][:, 0] for row in rows])
    return float(x.min()), float(x.max())
