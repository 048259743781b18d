"""The order in which points and strokes were written, where a file lists them otherwise but has a clock or a count."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

#: A clock runs backwards where so large a part of its steps (those that are not 0) do; a damaged one does at times.
BACKWARDS = 0.8
#: … of at least so many.
BACKWARD_STEPS = 3
#: Of so many strokes in the order of their clock one may begin before the one before it has ended.
OVERLAPS = 50

ROWS_NOTE = "points listed newest first, put in the order of their clock"
STROKES_NOTE = "strokes listed in another order than their clock's, put in its order"


def runs_backwards(values: NDArray[np.float64], starts: NDArray[np.int64] | None = None) -> bool:
    """Whether a clock or count (n,), NaN where missing, falls from row to row; with ``starts``, within strokes."""
    steps = np.diff(values)
    if starts is not None:
        inside = np.ones(len(values), bool)
        inside[starts] = False
        steps = steps[inside[1:]]
    steps = steps[np.isfinite(steps) & (steps != 0)]
    return len(steps) >= BACKWARD_STEPS and float((steps < 0).mean()) >= BACKWARDS


def by_clock(
    strokes: list[NDArray[np.float64]], t: int, notes: Counter[str]
) -> tuple[list[NDArray[np.float64]], list[int]]:
    """Strokes (k, c) in the order of the clock in column ``t``, and where each stood in ``strokes``.

    Points are turned round within all strokes where the clock falls in them. Strokes are put in the order of their
    first times where they then follow one another; clocks that restart tell no order.
    """
    places = list(range(len(strokes)))
    lengths = [len(stroke) for stroke in strokes]
    if not lengths or min(lengths) == 0:
        return strokes, places
    times = np.concatenate([stroke[:, t] for stroke in strokes])
    if runs_backwards(times, np.cumsum([0, *lengths[:-1]])):
        strokes = [stroke[::-1] for stroke in strokes]
        notes[ROWS_NOTE] += len(times)
    first = np.array([stroke[0, t] for stroke in strokes])
    last = np.array([stroke[-1, t] for stroke in strokes])
    order = np.argsort(first, kind="stable")
    before, after = _overlaps(first, last), _overlaps(first[order], last[order])
    if not (np.isfinite(first).all() and after <= len(strokes) // OVERLAPS and after < before):
        return strokes, places
    notes[STROKES_NOTE] += int((order != places).sum())
    return [strokes[index] for index in order], order.tolist()


def _overlaps(first: NDArray[np.float64], last: NDArray[np.float64]) -> int:
    return int((first[1:] < last[:-1]).sum())
