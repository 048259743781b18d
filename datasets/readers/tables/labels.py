"""Columns that say whose or which ink a row is, and what follows: people apart, recordings apart, words cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.readers.origin import origin_of
from datasets.readers.tables.names import LabelKind
from datasets.sample import Origin

#: Rows of a recording or word, on average, below which a column of labels counts points or strokes.
FEWEST_ROWS = 4


@dataclass(frozen=True)
class Label:
    """A column of labels: ``codes`` (n,) are places in ``texts``, which holds each text once."""

    kind: LabelKind
    name: str
    codes: NDArray[np.float64]
    texts: tuple[str, ...]

    def take(self, rows: NDArray[np.int64]) -> Label:
        """The same column in other rows."""
        return Label(self.kind, self.name, self.codes[rows], self.texts)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The labels as numbers (n,), NaN where one is none."""
        values = []
        for text in self.texts:
            try:
                values.append(float(text))
            except ValueError:
                values.append(float("nan"))
        return np.array(values)[self.codes.astype(np.int64)]


def check_people(labels: Sequence[Label], name: str) -> None:
    """Raise UnreadableFileError where a column names several people, or places on a map."""
    for label in labels:
        people = {text for text in label.texts if text}
        if label.kind == "person" and len(people) > 1:
            raise UnreadableFileError(
                name,
                f"the column {label.name} names {len(people)} people.",
                "Give the ink of each as a file of its own.",
            )
        if label.kind == "map":
            raise UnreadableFileError(
                name, f"the column {label.name} is one of places on a map, so this is no writing.", "Give ink."
            )


def recordings(labels: Sequence[Label], count: int) -> tuple[list[NDArray[np.int64]], str]:
    """Rows of each recording, in the order of its first one, and the names of the columns that tell them apart."""
    telling = [label for label in labels if label.kind == "sheet" and _groups(label, count)]
    if not telling:
        return [np.arange(count)], ""
    keys = np.unique(np.stack([label.codes for label in telling]), axis=1, return_inverse=True)[1].ravel()
    order = np.argsort(keys, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)
    return sorted(rows, key=lambda of_one: int(of_one[0])), ", ".join(label.name for label in telling)


def beginnings(labels: Sequence[Label], kind: LabelKind, count: int) -> NDArray[np.bool_]:
    """Rows (n,) in which a column of this kind has another label than in the row before."""
    found = np.zeros(count, bool)
    for label in labels:
        if label.kind == kind and _groups(label, count):
            found[1:] |= label.codes[1:] != label.codes[:-1]
    return found


def count_of_points(labels: Sequence[Label]) -> NDArray[np.float64] | None:
    """A count of all points (n,), each number once; None where no column is one."""
    for label in labels:
        if label.kind in ("count", "sheet"):
            numbers = label.numbers
            if np.isfinite(numbers).all() and len(np.unique(numbers)) == len(numbers):
                return numbers
    return None


def origin_in_rows(labels: Sequence[Label]) -> Origin:
    """The origin that a column states in its rows; generated where any says so."""
    found = {origin_of(text) for label in labels if label.kind == "origin" for text in label.texts}
    if "generated" in found or len(found) != 1:
        return "generated" if "generated" in found else "unknown"
    return found.pop()


def _groups(label: Label, count: int) -> bool:
    """Whether a column groups points, not counts them."""
    return 1 < len(np.unique(label.codes)) <= max(count / FEWEST_ROWS, 2)
