"""Lists of lists of numbers: rows, one point each, or arrays, one channel each; only the whole document can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from datasets.readers.json_ink.marks import end_marks
from datasets.readers.json_ink.points import FOREIGN, Place, Stroke, is_numbers, is_row, row, table

#: What the inner lists are; rows whose third value is a mark of a stroke's end, not pressure, are "marked rows".
Layout = Literal["rows", "marked rows", "arrays"]

_PRESSURE, _T = FOREIGN.index("pressure"), FOREIGN.index("t")


def layout_of(lists: Sequence[tuple[list[Any], Place, bool]]) -> Layout:
    """How all lists of numbers of a document are to be read; with each, whether it lies under a key for points.

    Raises UnreadableFileError where both ways fit each list (two of two values, three of three), or neither all.
    """
    rows = [all(is_row(item) for item in content) for content, _, _ in lists]
    arrays = [_is_arrays(content) for content, _, _ in lists]
    for (content, place, _), is_rows, is_arrays in zip(lists, rows, arrays, strict=True):
        if not is_rows and not is_arrays:
            raise place.refuse(f"{content!r:.40} are neither points [x, y] nor arrays of x and y")
    if all(rows):
        if lists and all(arrays) and not any(is_points for _, _, is_points in lists):
            raise lists[0][1].refuse("whether these lists are points or arrays of x and y is unclear")
        return "marked rows" if _are_marked([content for content, _, _ in lists]) else "rows"
    if all(arrays):
        return "arrays"
    raise lists[rows.index(False)][1].refuse("some lists of numbers are points [x, y], others arrays of x and y")


def _is_arrays(content: list[Any]) -> bool:
    return 2 <= len(content) <= 3 and all(map(is_numbers, content)) and len({len(item) for item in content}) == 1


def _are_marked(lists: Sequence[list[list[Any]]]) -> bool:
    """Whether the third values of all rows are 0 or 1, and both occur: a pressure is not."""
    thirds = {item[2] if len(item) > 2 else None for content in lists for item in content}
    return thirds == {0, 1}


def strokes_of_numbers(
    content: list[Any], layout: Layout, place: Place, notes: Counter[str]
) -> tuple[list[tuple[Stroke, bool]], bool]:
    """Strokes of one list of rows or arrays, and whether it says where they end."""
    if layout == "arrays":
        arrays = np.array(content, dtype=np.float64).T
        stroke = np.full((len(arrays), len(FOREIGN)), np.nan)
        stroke[:, : arrays.shape[1]] = arrays
        return [(stroke, True)], False
    points = table(content, row, place)
    if layout == "rows":
        return [(points, True)], False
    marks = points[:, _PRESSURE] == 1
    points[:, _PRESSURE] = np.nan
    # A mark that is the same up to the last point, as pressure 1, 1, 0 is, separates nothing.
    if len(set(marks[:-1].tolist())) > 1:
        marks = end_marks(marks, place)
        notes["rows whose third value 0 or 1 marks the end of strokes"] = 1
        edges = [0, *(np.flatnonzero(marks) + 1).tolist()]
        return [(points[first:behind], True) for first, behind in pairwise(edges)], True
    notes["third values of rows that are 0 or 1, no pressure"] = 1
    return [(points, True)], False
