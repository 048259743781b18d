"""Where strokes end in a table of points: columns that number them, the pen's state (``pen``), blank rows.

Names that mean one thing (`stroke_id`, `pen_down`) are trusted. Names that may mean another (`line`, `state`) are
checked against pressure and against jumps in the path. Where nothing says where strokes end, a table is read only if
it is very short: whole texts joined to one line, tracks and clouds of points would be compared as writing.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.readers.tables.names import LINES, MAYBE_STROKES
from datasets.readers.tables.pen import Mark, pen_states, pressed

#: Rows from which on a stroke column that changes at each of them counts points: nobody writes twenty dots only.
COUNTER_ROWS = 20
#: A step is a jump where it is so many times longer than both its neighbours and than nine in ten. Of the lines of
#: IAM-OnDB read as one stroke all have jumps, of its strokes one in nine has one.
JUMP = 3.0
#: Numbered strokes are refused with so many jumps and one for every two strokes. Of 1,500 lines of IAM-OnDB (which have
#: faults) 1 in 200 is, of words of UNIPEN 1 in 600; with three strokes joined to one each, 99 and 94 in 100. Points
#: thinned to a third, about 25 a second, hide most jumps.
JOINED_JUMPS = 3


def divide(
    xy: NDArray[np.float64],
    pressure: NDArray[np.float64] | None,
    marks: list[Mark],
    after_blank: NDArray[np.bool_],
    words: NDArray[np.bool_],
    letters: NDArray[np.bool_],
    name: str,
    labels: str,
    notes: Counter[str],
) -> tuple[NDArray[np.int64], list[bool]]:
    """Indices where strokes begin (s,), and whether each is on the surface.

    Parameters
    ----------
    xy, pressure : (n, 2) and (n,) or None.
    after_blank : (n,), true for the first row after a blank one, or after points that are no positions.
    words, letters : (n,), true where a word or line, or a letter, is another one than in the row before.
    labels : the columns of the table, for the error.

    Raises UnreadableFileError where a mark contradicts itself or nothing says where strokes end.
    """
    stroke, trusted = _numbered(marks, words, letters, xy, name)
    begins = np.zeros(len(xy), bool) if stroke is None else stroke
    down, events, told = pen_states(marks, xy, pressure, stroke, name, notes)
    if stroke is None and down is None and after_blank[1:].any() and not after_blank[1:].mean() > 0.5:
        stroke = begins = after_blank
    if down is None and pressure is not None:
        down = pressed(pressure, trusted, notes)
    known = stroke is not None or down is not None
    if down is None:
        down = np.ones(len(xy), bool)
    begins = begins | events | words | np.append(True, down[1:] != down[:-1])
    begins[0] = True
    starts = np.flatnonzero(begins)
    pieces = [piece for piece, is_down in zip(np.split(xy, starts[1:]), down[starts], strict=True) if is_down]
    if trusted or told:
        jumps = sum(_jumps(piece) for piece in pieces)
        anew = _joined_at_first_numbers(marks, words, starts, down, xy)
        if jumps >= max(JOINED_JUMPS, len(pieces) / 2) or anew:
            raise UnreadableFileError(
                name,
                f"its {len(pieces)} strokes jump {jumps} times within, as strokes do that were joined.",
                "Number the strokes throughout: where numbers begin anew in each word, add a column word.",
            )
    elif (len(xy) >= COUNTER_ROWS and not known) or (
        known and sum(_jumps(piece) for piece in pieces) > len(pieces) // 4
    ):
        raise UnreadableFileError(
            name,
            f"no column says where strokes end; columns found: {labels}.",
            "Rename the one that does to stroke or pen_down; if all is one stroke, add a column stroke with 0.",
        )
    if not known:
        notes["no stroke column: all points are one stroke"] = 1
    return starts, [bool(value) for value in down[starts]]


def changes(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows (n,) in which a column has another value than in the row before."""
    return np.append(False, values[1:] != values[:-1])


def counts_points(change: NDArray[np.bool_]) -> bool:
    """Whether a column that changes so (n,) counts points, not strokes."""
    return len(change) >= COUNTER_ROWS and bool(change[1:].all())


def _numbered(
    marks: list[Mark], words: NDArray[np.bool_], letters: NDArray[np.bool_], xy: NDArray[np.float64], name: str
) -> tuple[NDArray[np.bool_] | None, bool]:
    """Where the number of the stroke changes (n,), None without a column; and whether its name can be trusted.

    Numbers may begin anew in each word or line, and where they show that, or the path does, in each letter: one letter
    may also be written with the stroke of the one before.
    """
    certain = [mark for mark in marks if mark.kind == "stroke"]
    if certain:
        change = np.any([changes(mark.values) for mark in certain], axis=0)
        if counts_points(change):
            found, advice = "the stroke column changes at every row.", "Number the strokes there, not the points."
            raise UnreadableFileError(name, found, advice)
        change = change | words
        for mark in marks:
            if mark.label in LINES and mark.usable and not counts_points(changes(mark.values)):
                change = change | changes(mark.values)
        if _begin_anew(certain, change, letters, xy):
            change = change | letters
        return change, True
    for mark in sorted((m for m in marks if m.kind == "maybe stroke"), key=lambda m: MAYBE_STROKES.index(m.label)):
        change = changes(mark.values)
        if mark.usable and not counts_points(change):
            return change, False
    return None, False


def _begin_anew(
    certain: list[Mark], change: NDArray[np.bool_], letters: NDArray[np.bool_], xy: NDArray[np.float64]
) -> bool:
    """Whether strokes are numbered anew in each letter: their numbers fall there, or the path jumps there."""
    if any((np.diff(mark.values)[letters[1:]] < 0).any() for mark in certain):
        return True
    joined, cut = (
        sum(_jumps(piece) for piece in np.split(xy, np.flatnonzero(where))) for where in (change, change | letters)
    )
    return joined >= JOINED_JUMPS and cut < joined / 2


def _joined_at_first_numbers(
    marks: list[Mark],
    words: NDArray[np.bool_],
    starts: NDArray[np.int64],
    down: NDArray[np.bool_],
    xy: NDArray[np.float64],
) -> bool:
    """Whether strokes jump that have the lowest number, where numbers begin anew and no column of words says so.

    Words of one stroke that follow one another then have one number.
    """
    certain = [mark for mark in marks if mark.kind == "stroke"]
    if len(certain) != 1 or words.any():
        return False
    numbers = certain[0].values[starts]
    runs = numbers[np.append(True, numbers[1:] != numbers[:-1])]
    if len(np.unique(runs)) == len(runs):
        return False
    pieces = zip(np.split(xy, starts[1:]), numbers, down[starts], strict=True)
    return any(is_down and number == numbers.min() and _jumps(piece) for piece, number, is_down in pieces)


def _jumps(xy: NDArray[np.float64]) -> int:
    """Steps of a path (k, 2) that only a lifted pen makes."""
    if len(xy) < 4:
        return 0
    steps = np.hypot(*np.diff(xy, axis=0).T)
    beside = np.maximum(np.append(steps[1:], 0), np.append(0, steps[:-1]))
    return int(((steps > JUMP * beside) & (steps > JUMP * np.percentile(steps, 90))).sum())
