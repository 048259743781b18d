"""Lines of handwriting that a generator learns from: side by side, as by other hands, and as what a network takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.writing.alphabet import CHARACTERS, encode
from gan.writing.priming import GAP

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Line:
    """One line: offsets over the standard deviations with the end-of-stroke flag (n, 3), and its text as numbers.

    ``by`` is its writer, or its form where that is unknown; ``ends`` are those of ``priming.ends``, in deviations.
    """

    points: NDArray[Any]
    text: NDArray[np.int64]
    by: str = ""
    ends: tuple[NDArray[Any], NDArray[Any]] = (np.zeros(2, np.float32), np.zeros(2, np.float32))


def padded(lines: list[Line]) -> tuple[Array, Array, Array, Array]:
    """Inputs (n, steps, 3), texts (n, characters, letters), targets (n, steps, 3) and mask (n, steps) of some lines."""
    steps = -(-max(len(line.points) for line in lines) // 32) * 32
    characters = -(-max(len(line.text) for line in lines) // 8) * 8
    target = np.zeros((len(lines), steps, 3), np.float32)
    mask = np.zeros((len(lines), steps), np.float32)
    text = np.zeros((len(lines), characters, len(CHARACTERS)), np.float32)
    for row, line in enumerate(lines):
        target[row, : len(line.points)] = line.points
        mask[row, : len(line.points)] = 1
        text[row, np.arange(len(line.text)), line.text] = 1
    points = np.zeros_like(target)
    points[:, 1:] = target[:, :-1]
    return points, text, target, mask


def joined(first: Line, second: Line) -> Line:
    """Two lines as one, the second a word's gap right of the first, where its baseline ends."""
    points = np.concatenate([first.points, second.points])
    points[len(first.points), :2] = first.ends[1] + second.ends[0]
    text = np.concatenate([first.text, encode(GAP), second.text])
    return Line(points, text, first.by, (first.ends[0], second.ends[1]))


def stretched(line: Line, random: np.random.Generator, deviation: float) -> Line:
    """The line as by a hand a little wider, taller and more slanted, or less."""
    wide, tall = np.exp(random.normal(0, deviation, 2))
    points = line.points.copy()
    points[:, 0] = wide * points[:, 0] + random.normal(0, deviation) * points[:, 1]
    points[:, 1] *= tall
    return replace(line, points=points)
