"""How far letters stand from one another: measured between their shapes in the drawn lines, and set so in the font.

The distance of two neighbours is the least one between the right side of the first and the left side of the second,
height by height, so that an A and a V stand as near as two stems do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forgery_kit.fonts.letters import Letter, Lettered

Array = NDArray[np.float64]
#: Bands of height, writing heights from the baseline: edges, and how many neighbours above and below also count.
BANDS, REACH = np.arange(-2.0, 3.6, 0.1), 2
#: Bounds of a gap that was measured, and of how far a letter moves into its neighbour's box, in writing heights.
GAPS, OVERLAP = (0.05, 1.2), 0.7
#: How often the gap of all letters counts beside those that were seen of a pair.
USUAL = 3
#: Bounds of the space between words.
SPACES = (0.7, 2.0)


@dataclass(frozen=True, eq=False)
class Spacing:
    """The hand's gaps, writing heights: of all neighbours, of pairs of characters, and between words."""

    usual: float
    pairs: Mapping[tuple[str, str], float]
    space: float

    def between(self, first: str, second: str) -> float:
        """From the shape of one character to the shape of the next."""
        return self.pairs.get((first, second), self.usual)


def sides(strokes: Sequence[Array]) -> tuple[Array, Array]:
    """Leftmost and rightmost x (bands,) of strokes (k, 2) in each band; ±infinity where there is none."""
    left, right = np.full(len(BANDS), np.inf), np.full(len(BANDS), -np.inf)
    for stroke in strokes:
        dense = _dense(stroke)
        band = np.clip(np.digitize(dense[:, 1], BANDS) - 1, 0, len(BANDS) - 1)
        np.minimum.at(left, band, dense[:, 0])
        np.maximum.at(right, band, dense[:, 0])
    shifts = range(-REACH, REACH + 1)
    return (
        np.min([_moved(left, k, np.inf) for k in shifts], axis=0),
        np.max([_moved(right, k, -np.inf) for k in shifts], axis=0),
    )


def distances(rights: Array, lefts: Array) -> Array:
    """Least distances (n, m) over the bands that both have, of right sides (n, bands) and left sides (m, bands).

    All x count from the letters' own left edges, as if the second began where the first does. Where no band is in
    both, the distance of the boxes.
    """
    apart = np.where(np.isfinite(lefts), lefts, np.inf)[None] - np.where(np.isfinite(rights), rights, -np.inf)[:, None]
    least = apart.min(axis=2)
    boxes = lefts.min(axis=1)[None] - rights.max(axis=1)[:, None]
    found: Array = np.where(np.isfinite(least), least, boxes)
    return found


def measured(lines: Sequence[Lettered]) -> Spacing:
    """The gaps of drawn lines."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    spaces: list[float] = []
    for line in lines:
        shapes = [sides(()) if letter is None else sides(letter.strokes) for letter in line.letters]
        for k in range(1, len(line.text)):
            one, other = line.letters[k - 1], line.letters[k]
            if one and other and one.exit is None:
                apart = distances(shapes[k - 1][1][None], shapes[k][0][None])[0, 0]
                gap = line.places[k] - line.places[k - 1] + apart
                found[one.character, other.character].append(float(np.clip(gap, *GAPS)))
            elif line.text[k] == " " and one and k + 1 < len(line.text) and line.letters[k + 1]:
                spaces.append(line.places[k + 1] - line.places[k - 1] - one.width)
    every = [gap for gaps in found.values() for gap in gaps]
    usual = float(np.median(every)) if every else 0.3
    pairs = {
        pair: (len(gaps) * float(np.median(gaps)) + USUAL * usual) / (len(gaps) + USUAL) for pair, gaps in found.items()
    }
    return Spacing(usual, pairs, float(np.clip(np.median(spaces), *SPACES)) if spaces else 1.2)


def follows(first: Letter, second: Letter, spacing: Spacing, apart: float) -> float:
    """Where the second letter's left edge stands, writing heights from the first one's.

    ``apart`` is their distance as ``distances`` gives it. Letters that are joined meet where they were parted.
    """
    if first.exit is not None and second.entry is not None:
        return float(first.strokes[first.exit][-1, 0] - second.strokes[second.entry][0, 0])
    gap = spacing.between(first.character, second.character)
    return max(gap - apart, first.width - OVERLAP, 0.1)


def _dense(stroke: Array) -> Array:
    """The stroke with points in every band that it crosses."""
    legs = np.abs(np.diff(stroke[:, 1]))
    counts = np.maximum(np.ceil(legs / 0.05).astype(int), 1)
    parts = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(stroke[:-1], stroke[1:], counts, strict=True)]
    return np.concatenate([*parts, stroke[-1:]])


def _moved(values: Array, by: int, empty: float) -> Array:
    """Values by so many bands up, nothing let in at the ends."""
    found = np.full(len(values), empty)
    if by >= 0:
        found[by:] = values[: len(values) - by]
    else:
        found[:by] = values[-by:]
    return found
