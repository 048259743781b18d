"""Exhibits → lines long and fine enough to be told a person's from a machine's, as the networks see them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from datasets.height import writing_height
from datasets.ink import Ink
from datasets.layout import lines as lines_of
from datasets.sample import Sample
from gan.judging.machine_features import PARTS, Floats, Part, features_of

#: Writing heights of pen-down path that a line has at least: a word or two, as in training.
LEAST = 12.0
#: Steps of the recording's grid in a writing height at least: what is recorded more coarsely moves in corners and jerks
#: as no hand does, and would be taken for a machine's. Which moves tell the grid: the least, but for so small a share.
FINEST, ODD = 12.0, 0.01


@dataclass(frozen=True, eq=False)
class SeenLine:
    """A line of a sample, and what each part sees of it that can see it.

    ``number`` : of the line within its sample's lines. ``amount`` : writing heights of path.
    """

    number: int
    amount: float
    features: dict[Part, Floats]


def seen_lines(sample: Sample) -> list[SeenLine]:
    """The lines of a sample that are long and fine enough; shape is seen of each, movement where the ink has time."""
    found = []
    for number, rows in enumerate(lines_of(sample.ink)):
        keep = np.zeros(len(sample.ink.stroke_ends), bool)
        keep[rows] = True
        ink = sample.ink.select(keep)
        try:
            long = _length(ink)
        except ValueError:
            continue
        if long < LEAST or coarse(ink):
            continue
        features = _features(ink)
        if "shape" in features:
            found.append(SeenLine(number, long, features))
    return found


def _length(ink: Ink) -> float:
    strokes = list(ink.strokes())
    return sum(float(np.hypot(*np.diff(s[:, :2], axis=0).T).sum()) for s in strokes) / writing_height(strokes)


def coarse(ink: Ink) -> bool:
    """Whether the ink was recorded in steps of more than a twelfth of its writing height."""
    strokes = list(ink.strokes())
    moves = np.abs(np.concatenate([np.diff(stroke[:, :2], axis=0).ravel() for stroke in strokes]))
    moves = moves[moves > 0]
    return len(moves) > 0 and bool(np.quantile(moves, ODD) * FINEST > writing_height(strokes))


def _features(ink: Ink) -> dict[Part, Floats]:
    """What each part sees; always the same of the same ink."""
    digest = hashlib.sha256(np.ascontiguousarray(ink.points[:, :2]).tobytes()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    found: dict[Part, Floats] = {}
    for part in PARTS:
        try:
            found[part] = features_of(ink, part, generator)
        except ValueError:
            continue
    return found
