"""Ink → lines ready to be read, and what the recogniser finds in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.height import writing_height
from datasets.ink import Ink
from datasets.layout import written_lines
from datasets.sample import Sample
from gan.features import features_with_positions, trace
from gan.judging.style import sheets
from gan.reading import decoding
from gan.reading.confidence import letter_confidence
from gan.reading.decoding import BLANK, RATE
from gan.reading.language import load_language
from gan.reading.reader import posteriors
from gan.writing.alphabet import CHARACTERS, encode

#: Class of the space.
SPACE = CHARACTERS.index(" ") + 1


@dataclass(frozen=True, eq=False)
class InkLine:
    """A line of ink as the recogniser reads it.

    Attributes
    ----------
    sample : the recording that it is part of. rows : its strokes, indices into all strokes of the sample.
    ink : only these strokes. height : writing height of the whole file, device units.
    features : float32 (steps, FEATURES). place : (steps,) index of each step's middle among the points of ``ink``.
    """

    sample: Sample
    rows: NDArray[np.int64]
    ink: Ink
    height: float
    features: NDArray[np.float32]
    place: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReadLetter:
    """A letter where it was read or set.

    Attributes
    ----------
    character : of the alphabet, spaces too. confidence : calibrated probability, 0..1, that it is what was written.
    frames : first and one past the last frame of the posteriors on it. points : first and one past the last point of
        the line's ink that is nearer to it than to its neighbours.
    """

    character: str
    confidence: float
    frames: tuple[int, int]
    points: tuple[int, int]


@dataclass(frozen=True, eq=False)
class ReadLine:
    """A line of ink with its text; ``text`` is that of its letters."""

    line: InkLine
    letters: tuple[ReadLetter, ...]

    @property
    def text(self) -> str:
        """What was read, or what was given."""
        return "".join(letter.character for letter in self.letters)

    @property
    def confidence(self) -> float:
        """Mean confidence of the letters but spaces, 0..1; 0 where there are none."""
        found = [letter.confidence for letter in self.letters if letter.character != " "]
        return float(np.mean(found)) if found else 0.0


def ink_lines(samples: Sequence[Sample], with_time: bool = True) -> list[InkLine]:
    """The lines of all samples, top line first in each; measured by the writing height of their file or form.

    Files without any height (dots, dashes) have no lines.
    """
    found = []
    for group in sheets(samples).values():
        try:
            height = writing_height([stroke for sample in group for stroke in sample.ink.strokes()])
        except ValueError:
            continue
        for sample in group:
            for rows in written_lines(sample.ink):
                keep = np.zeros(len(sample.ink.stroke_ends), bool)
                keep[rows] = True
                ink = sample.ink.select(keep)
                features, place = features_with_positions(trace([Sample(ink)], height), with_time)
                found.append(InkLine(sample, rows, ink, height, features, place))
    return found


def read_lines(found: Sequence[InkLine]) -> list[ReadLine]:
    """What is written in each line: the likeliest text under recogniser and language model."""
    log_p = posteriors([line.features for line in found])
    language = load_language()
    texts: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(found)
    order = sorted(range(len(found)), key=lambda i: len(log_p[i]))
    for start in range(0, len(order), 32):
        group = order[start : start + 32]
        for index, text in zip(group, decoding.beam_search([log_p[i] for i in group], language), strict=True):
            texts[index] = text
    return [
        _with_letters(line, text, p, decoding.align(p, text)) for line, text, p in zip(found, texts, log_p, strict=True)
    ]


def set_lines(found: Sequence[InkLine], text: str) -> list[ReadLine]:
    """The letters of a stated text, where they stand in the lines: its own line ends count as spaces.

    Raises ArgumentsError where the text has characters that are not known, or more letters than the ink can hold.
    """
    letters = encode(" ".join(text.split())) + 1
    log_p = posteriors([line.features for line in found])
    # Between two lines a frame that is a space, or nothing where a word goes on.
    gap = np.full((1, log_p[0].shape[1]), -50.0, np.float32)
    gap[0, [BLANK, SPACE]] = 0.0
    joined = np.concatenate([part for p in log_p for part in (p, gap)])
    try:
        spans = decoding.align(joined, letters)
    except ValueError as error:
        raise ArgumentsError("the text", f"{error}.", "Give the text that this ink says.") from error
    read, start = [], 0
    for line, p in zip(found, log_p, strict=True):
        mine = (spans[:, 0] >= start) & (spans[:, 0] < start + len(p))
        read.append(_with_letters(line, letters[mine], p, np.minimum(spans[mine] - start, len(p))))
        start += len(p) + 1
    return read


def _with_letters(
    line: InkLine, letters: NDArray[np.int64], log_p: NDArray[np.float32], spans: NDArray[np.int64]
) -> ReadLine:
    confidence = letter_confidence(log_p, letters, spans)
    starts = np.concatenate([[0], line.ink.stroke_ends[:-1]])
    at = letter_borders(line.place, starts, line.ink.xy, letters == SPACE, spans * RATE)
    return ReadLine(
        line,
        tuple(
            ReadLetter(CHARACTERS[letter - 1], float(sure), (int(a), int(b)), (int(at[k]), int(at[k + 1])))
            for k, (letter, sure, (a, b)) in enumerate(zip(letters, confidence, spans, strict=True))
        ),
    )


def letter_borders(
    place: NDArray[np.float64],
    starts: NDArray[np.int64],
    xy: NDArray[np.float64],
    space: NDArray[np.bool_],
    spans: NDArray[np.int64],
) -> NDArray[np.int64]:
    """First point of each letter of ink with points ``xy`` (n, 2), and one past the last point, (letters + 1,).

    Borders lie half way between one letter's last step and the next one's first, or, where the pen was lifted there and
    went on to the right, at the stroke that begins farthest on. A space has no ink: where there is one, the border is
    the beginning of the stroke nearest to it.

    Parameters
    ----------
    place : (steps,) the point at each step's middle. starts : first point of each stroke.
    space : (letters,) which of them are spaces. spans : (letters, 2) first and one past the last step of each.
    """
    borders = np.zeros(len(spans) + 1, np.int64)
    borders[-1] = count = len(xy)
    onward = xy[starts, 0] - xy[np.maximum(starts - 1, 0), 0]
    for k in range(1, len(spans)):
        low, high = point_at(place, spans[k - 1, 1]), point_at(place, spans[k, 0])
        if space[k - 1]:
            borders[k] = borders[k - 1]
        elif space[k] and k + 1 < len(spans):
            high = point_at(place, spans[k + 1, 0])
            between = starts[(starts >= low) & (starts <= high)]
            middle = point_at(place, spans[k].mean())
            borders[k] = between[np.abs(between - middle).argmin()] if len(between) else middle
        else:
            inside = (starts > point_at(place, spans[k - 1].mean())) & (starts <= point_at(place, spans[k, 1]))
            lifts = np.flatnonzero(inside & (onward > 0))
            middle = int(starts[lifts[onward[lifts].argmax()]]) if len(lifts) else (low + high) // 2
            borders[k] = count if space[k] else middle
    return np.maximum.accumulate(borders)


def point_at(place: NDArray[np.float64], step: float) -> int:
    """The point of the ink where a step begins, or the last one's."""
    return int(np.ceil(place[min(round(step), len(place) - 1)]))
