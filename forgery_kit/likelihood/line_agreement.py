"""A single line by another hand: each line of a side against all the rest of its ink."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.layout import written_lines
from datasets.sample import Sample
from forgery_kit.likelihood.agreement import against_rest
from forgery_kit.likelihood.judge import Judge
from gan.features import Trace, features_with_positions
from gan.judging.style import sheets

#: Fewest lines that are told apart: of two nobody can say which is the other hand's.
FEWEST_LINES = 3
#: A line is said to be another hand's where its log10 LR against the rest (unbounded) and the logarithm of the number
#: of lines, as the lowest is taken, are less together. ``benchmarks.people.foreign_line`` says how often it is right.
LIMIT = -0.6


@dataclass(frozen=True)
class LowestLine:
    """The line that speaks most for another writer than the rest of its side.

    Attributes
    ----------
    index : among all lines. log10_lr : of the line against the rest, unbounded. asked : lines with enough ink to tell.
    """

    index: int
    log10_lr: float
    asked: int

    @property
    def odd(self) -> bool:
        """Whether it speaks so clearly that a reader is told."""
        return self.log10_lr + math.log10(self.asked) < LIMIT


def odd_line(judge: Judge, samples: Sequence[Sample], ink: Sequence[Trace], with_time: bool) -> tuple[str, int] | None:
    """File, and number in it from 1, of a line that clearly speaks for another writer than the rest of its side.

    None where there is none, or too little ink to tell.

    Parameters
    ----------
    samples : of the side, level. ink : their traces, one a file or form.
    """
    places: list[tuple[str, int]] = []
    features: list[NDArray[np.float32]] = []
    for group, one in zip(sheets(samples).values(), ink, strict=True):
        numbers, first = [], len(places)
        for sample in group:
            number = np.zeros(len(sample.ink.stroke_ends), np.int64)
            for k, rows in enumerate(written_lines(sample.ink)):
                number[rows] = len(places) - first
                places.append((sample.file, k + 1))
            numbers.append(number[sample.ink.pen_down])
        features += line_features(one, np.concatenate(numbers), with_time)
    lowest = lowest_line(judge, features, with_time)
    return places[lowest.index] if lowest and lowest.odd else None


def line_features(ink: Trace, line: NDArray[np.int64], with_time: bool) -> list[NDArray[np.float32]]:
    """Features (steps, FEATURES) of each line; ``line``: (s,) number of the line, 0.., that each stroke is on."""
    features, place = features_with_positions(ink, with_time)
    of = line[np.searchsorted(ink.starts, place, "right") - 1]
    return [features[of == number] for number in range(int(line.max()) + 1)]


def lowest_line(judge: Judge, features: Sequence[NDArray[np.float32]], with_time: bool) -> LowestLine | None:
    """The line with the lowest LR against the rest; None where fewer than ``FEWEST_LINES`` have enough ink to tell.

    ``features`` : of every line. Those with too little ink are part of the rest.
    """
    if len(features) < FEWEST_LINES:
        return None
    found = {index: lr.unbounded for index, lr in enumerate(against_rest(judge, features, with_time)) if lr}
    if len(found) < FEWEST_LINES:
        return None
    index = min(found, key=lambda k: found[k])
    return LowestLine(index, found[index], len(found))
