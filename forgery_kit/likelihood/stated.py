"""Ink whose text is stated: each of its letters is looked for with the recogniser's help, not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.sample import Exhibit
from forgery_kit.reading.lines import ReadLine, ink_lines, set_lines
from gan.features import Trace, features_with_positions
from gan.judging.seen import SURE
from gan.judging.style import sheets
from gan.reading.decoding import RATE
from gan.reading.reader import card
from gan.writing.alphabet import CHARACTERS


def with_stated_letters(exhibit: Exhibit, ink: Sequence[Trace], with_time: bool) -> tuple[Trace, ...]:
    """The traces of an exhibit, one a sheet, with the letters of its text; as they are where no text is stated.

    A letter that is less sure than ``SURE`` is left out, as among those that are read: it may not be in the ink.

    Raises ArgumentsError for a text that hardly fits the ink, cannot be written, or is longer than the ink can hold.
    """
    if not exhibit.text:
        return tuple(ink)
    said_by = f"the text of {exhibit.samples[0].file or exhibit.label}"
    try:
        lines = set_lines(ink_lines(exhibit.samples, with_time), exhibit.text)
    except ArgumentsError as error:
        raise ArgumentsError(said_by, error.found, error.advice) from error
    found = [letter.confidence for line in lines for letter in line.letters if letter.character != " "]
    sure, least = float(np.mean(found)) if found else 0.0, float(card()["least_confidence"])
    if sure < least:
        raise ArgumentsError(
            said_by,
            f"it hardly fits the ink (its letters are {sure:.0%} sure, at least {least:.0%} are needed).",
            "State what all of this side's ink says, in the order of its files, or leave it out.",
        )
    by_sample: dict[int, list[ReadLine]] = defaultdict(list)
    for line in lines:
        by_sample[id(line.line.sample)].append(line)
    stated = []
    for group, one in zip(sheets(exhibit.samples).values(), ink, strict=True):
        places, classes, strokes = [np.zeros(0)], [np.zeros(0, np.int64)], 0
        for sample in group:
            # Numbers of the sample's strokes among those of the trace, which has pen-down strokes only.
            number = strokes + np.cumsum(sample.ink.pen_down) - 1
            for line in by_sample[id(sample)]:
                places.append(_in_trace(line, one.starts[number[line.line.rows]]))
                classes.append(_classes(line))
            strokes += int(sample.ink.pen_down.sum())
        stated.append(replace(one, letters=_nearest(one, np.concatenate(places), np.concatenate(classes))))
    return tuple(stated)


def _classes(line: ReadLine) -> NDArray[np.int64]:
    """The recogniser's class of the letter at each step of a line (steps,), 0 where there is none."""
    found = np.zeros(len(line.line.place), np.int64)
    for letter in line.letters:
        if letter.confidence >= SURE:
            first, end = letter.frames
            found[RATE * first : RATE * end] = CHARACTERS.index(letter.character) + 1
    return found


def _in_trace(line: ReadLine, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Places of a line's steps among the points of the trace, where the line's strokes begin at ``starts`` (s,)."""
    own = np.concatenate([[0], line.line.ink.stroke_ends[:-1]])
    stroke = np.searchsorted(own, line.line.place, "right") - 1
    return np.asarray(line.line.place + (starts - own)[stroke])


def _nearest(ink: Trace, places: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Class at each step of a trace (steps,): that of the lines' nearest step, which rounding may have moved."""
    _, wanted = features_with_positions(ink)
    if not len(places):
        return np.zeros(len(wanted), np.int64)
    order = np.argsort(places, kind="stable")
    middles = (places[order][1:] + places[order][:-1]) / 2
    return classes[order][np.searchsorted(middles, wanted)]
