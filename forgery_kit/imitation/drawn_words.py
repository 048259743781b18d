"""A drawn line → the strokes of each of its words, level on the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import line_geometry
from gan.writing.sampling import Drawn

Array = NDArray[np.float64]


def word_strokes(drawn: Drawn, text: str, scale: tuple[float, float]) -> list[list[Array]]:
    """Strokes (k, 2) of each word of ``text`` in the generator's units, baseline at y = 0; a word may have none.

    A stroke belongs to the word that the generator's window was on while most of it was written. Where it stands left
    of the end of the word before (a late dot, a bar), it belongs to that one.
    """
    points, seen = drawn.points[drawn.first :], drawn.seen[drawn.first :]
    # A space counts to the word before it; the column past the text to the last one.
    of_character = np.append(np.cumsum([c == " " for c in f".{text}"[:-1]]), text.count(" "))
    of_point = of_character[np.argmax(seen, axis=1)]
    xy = np.cumsum(points[:, :2], axis=0) * scale
    cuts = np.flatnonzero(points[:, 2]) + 1
    strokes = [part for part in np.split(xy, cuts) if len(part)]
    words = [int(np.bincount(part).argmax()) for part in np.split(of_point, cuts) if len(part)]
    strokes = level(strokes)[0]
    found: list[list[Array]] = [[] for _ in text.split(" ")]
    for stroke, word in zip(strokes, words, strict=True):
        middle = (stroke[:, 0].min() + stroke[:, 0].max()) / 2
        while word and found[word - 1] and middle < right_end(found[word - 1]):
            word -= 1
        found[word].append(stroke)
    return found


def level(strokes: Sequence[Array]) -> tuple[list[Array], float | None]:
    """Strokes (k, 2) of a line, baseline level at y = 0, and their writing height; None for dots or a dash alone."""
    try:
        geometry = line_geometry(strokes)
        slope, at, height = geometry.slope, geometry.intercept, geometry.writing_height
    except ValueError:
        # As it is, about its middle.
        slope, at, height = 0.0, float(np.mean(np.concatenate(strokes)[:, 1])), None
    return [stroke - np.column_stack([0 * stroke[:, 0], at + slope * stroke[:, 0]]) for stroke in strokes], height


def left_end(strokes: Sequence[Array]) -> float:
    return min(float(stroke[:, 0].min()) for stroke in strokes)


def right_end(strokes: Sequence[Array]) -> float:
    return max(float(stroke[:, 0].max()) for stroke in strokes)
