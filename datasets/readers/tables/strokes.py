"""Where strokes end in a table of points: columns that number them, columns that tell the pen's state, blank rows.

Names that mean one thing (`stroke_id`, `pen_down`) are trusted. Names that may mean another (`line`, `state`) are
checked against pressure and against jumps in the path. Where nothing says where strokes end, a table is read only if
it can be one stroke: whole texts joined to one line would be compared as such.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError

Kind = Literal["stroke", "maybe stroke", "pen_down", "pen_up", "maybe pen"]

#: Names of columns after lower case, `_` for what separates words. The order within "maybe stroke" is that of trust.
_NAMES: dict[Kind, str] = {
    "stroke": "stroke stroke_id strokeid stroke_number strokenumber stroke_no strokeno stroke_nr strokenr stroke_num "
    "strokenum stroke_index strokeindex stroke_idx strokeidx trace_id traceid",
    "maybe stroke": "idx trace curve curve_id segment segment_id path path_id component line line_id",
    "pen_down": "pen_down pendown pen_is_down down is_down isdown tip tip_switch tipswitch tip_down contact in_contact "
    "touch touching is_touching on_paper on_surface",
    "pen_up": "pen_up penup pen_is_up up is_up isup air in_air inair hover hovering is_hover is_hovering",
    "maybe pen": "pen pen_state penstate pen_status penstatus state status button buttons event event_type eventtype "
    "type action",
}
MARKS: dict[str, Kind] = {name: kind for kind, names in _NAMES.items() for name in names.split()}

#: Between "down" and "up": the pen stays as it was.
_MOVE = 0.5
_WORDS = {
    1.0: "true down start begin press pressed contact touch paper onpaper draw drawing",
    0.0: "false up end release released cancel leave air inair hover hovering",
    _MOVE: "move moved drag",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split()}

#: Rows from which on a stroke column that changes at each of them counts points: nobody writes twenty dots only.
COUNTER_ROWS = 20
#: Points of the longest single stroke: five seconds at 200 a second. The longest of 5,536 of IAM-OnDB has 241.
LONGEST_STROKE = 1000
#: A step is a jump where it is so many times longer than both its neighbours and than nine in ten. Of the lines of
#: IAM-OnDB read as one stroke all have jumps, of its strokes one in nine has one.
JUMP = 3.0


@dataclass(frozen=True)
class Mark:
    """A column that may say where strokes end: ``values`` (n,), NaN where a cell is no state or number."""

    kind: Kind
    label: str
    values: NDArray[np.float64]

    @property
    def usable(self) -> bool:
        return not np.isnan(self.values).any() and bool((self.values != self.values[0]).any())


def mark_cell(text: str, kind: Kind) -> float:
    """The number in a cell of a mark, 1 or 0 for words such as "down" and "false"; NaN where it is neither."""
    if kind not in ("stroke", "maybe stroke"):
        word = re.sub(r"[^a-z]", "", text.lower())
        word = re.sub(r"^(?:pointer|mouse|touch|pen|stylus)(?=.)", "", word)
        if word in _STATES:
            return _STATES[word]
    try:
        value = float(text) if "_" not in text else float("nan")
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")


def divide(
    xy: NDArray[np.float64],
    pressure: NDArray[np.float64] | None,
    marks: list[Mark],
    after_blank: NDArray[np.bool_],
    name: str,
    labels: str,
    notes: Counter[str],
) -> tuple[NDArray[np.int64], list[bool]]:
    """Indices where strokes begin (s,), and whether each is on the surface.

    Parameters
    ----------
    xy, pressure : (n, 2) and (n,) or None.
    after_blank : (n,), true for the first row after a blank one.
    labels : the columns of the table, for the error.

    Raises UnreadableFileError where a mark contradicts itself or nothing says where strokes end.
    """
    stroke, trusted = _numbered(marks, name)
    begins = np.zeros(len(xy), bool) if stroke is None else stroke
    down, events, told = _pen(marks, pressure, stroke, name)
    if stroke is None and down is None and after_blank[1:].any() and not after_blank[1:].mean() > 0.5:
        stroke = begins = after_blank
    if down is None and pressure is not None:
        down = _pressed(pressure, trusted, notes)
    known = stroke is not None or down is not None
    if down is None:
        down = np.ones(len(xy), bool)
    begins = begins | events | np.append(True, down[1:] != down[:-1])
    begins[0] = True
    starts = np.flatnonzero(begins)
    if not trusted and not told and not _plausible(xy, starts, down, known):
        raise UnreadableFileError(
            name,
            f"no column says where strokes end; columns found: {labels}.",
            "Rename the one that does to stroke or pen_down; if all is one stroke, add a column stroke with 0.",
        )
    if not known:
        notes["no stroke column: all points are one stroke"] = 1
    return starts, [bool(value) for value in down[starts]]


def _numbered(marks: list[Mark], name: str) -> tuple[NDArray[np.bool_] | None, bool]:
    """Where the number of the stroke changes (n,), None without a column; and whether its name can be trusted."""
    certain = [mark for mark in marks if mark.kind == "stroke"]
    changes = [np.append(False, mark.values[1:] != mark.values[:-1]) for mark in certain]
    if changes and np.any(changes):
        together = np.any(changes, axis=0)
        if len(together) >= COUNTER_ROWS and together[1:].all():
            found, advice = "the stroke column changes at every row.", "Number the strokes there, not the points."
            raise UnreadableFileError(name, found, advice)
        return together, True
    names = _NAMES["maybe stroke"].split()
    for mark in sorted((m for m in marks if m.kind == "maybe stroke"), key=lambda m: names.index(m.label)):
        change = np.append(False, mark.values[1:] != mark.values[:-1])
        if mark.usable and not (len(change) >= COUNTER_ROWS and change[1:].all()):
            return change, False
    return (changes[0], True) if changes else (None, False)


def _pen(
    marks: list[Mark], pressure: NDArray[np.float64] | None, stroke: NDArray[np.bool_] | None, name: str
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_] | bool, bool]:
    """Whether the pen is down (n,), None where no column tells; events that begin a stroke; whether it is certain."""
    for mark in marks:
        if mark.kind in ("pen_down", "pen_up"):
            if not np.isin(mark.values, (0.0, 1.0)).all():
                raise UnreadableFileError(name, f"{mark.label} holds other values than 0 and 1.")
            return mark.values == float(mark.kind == "pen_down"), False, True
    for mark in marks:
        if mark.kind != "maybe pen" or not mark.usable or not np.isin(mark.values, (0.0, _MOVE, 1.0)).all():
            continue
        if (mark.values == _MOVE).any():
            return _events(mark.values), mark.values == 1, False
        down = mark.values == 1
        agreement = _agreement(down, pressure)
        if agreement is None:
            _check_alone(mark, stroke, name)
            return down, False, False
        # A button on the barrel, or the state of something else, agrees neither way.
        if agreement > 0.9 or agreement < 0.1:
            return down == (agreement > 0.5), False, False
    return None, False, False


def _events(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the pen is down at each event (n,); the point at which it lifts still belongs to the stroke."""
    down = np.zeros(len(values), bool)
    state = False
    for row, value in enumerate(values.tolist()):
        state = state or value == 1
        down[row] = state
        state = state and value != 0
    return down


def _agreement(down: NDArray[np.bool_], pressure: NDArray[np.float64] | None) -> float | None:
    """Share of rows in which the pen is down just where it presses, None where pressure is not known."""
    known = np.zeros(len(down), bool) if pressure is None else ~np.isnan(pressure)
    if pressure is None or not known.any() or not (pressure[known] > 0).any():
        return None
    return float((down == (pressure > 0))[known].mean())


def _check_alone(mark: Mark, stroke: NDArray[np.bool_] | None, name: str) -> None:
    """Refuse a state that nothing confirms: within numbered strokes, or in single rows, as where strokes begin or end.

    Some tables set it at the first or last point of each stroke only, and some count the other way.
    """
    change = np.append(True, mark.values[1:] != mark.values[:-1])
    if stroke is not None:
        contradicts = bool((change[1:] & ~stroke[1:]).any())
    else:
        starts = np.flatnonzero(change)
        lengths = np.diff(np.append(starts, len(change)))
        contradicts = any((lengths[mark.values[starts] == value] == 1).all() for value in (0.0, 1.0))
    if contradicts:
        raise UnreadableFileError(
            name,
            f"it is not clear whether the column {mark.label} is the state of the pen.",
            "Rename it to pen_down (1 on the surface, 0 above it) or number the strokes in a column stroke.",
        )


def _pressed(pressure: NDArray[np.float64], trusted: bool, notes: Counter[str]) -> NDArray[np.bool_] | None:
    """Whether the pen presses (n,): runs of pressure 0 are hover, single ones begin or end a stroke.

    None where there are none, and where strokes are numbered: then they count as they are numbered, with a note.
    """
    zero = pressure == 0
    beside = np.append(zero[1:], False) | np.append(False, zero[:-1])
    hover = zero & beside
    if not hover.any() or not (pressure > 0).any():
        return None
    if trusted:
        notes["points in a row without pressure inside numbered strokes, kept as ink"] = int(hover.sum())
        return None
    notes["points in a row without pressure, read as hover"] = int(hover.sum())
    return ~hover


def _plausible(xy: NDArray[np.float64], starts: NDArray[np.int64], down: NDArray[np.bool_], known: bool) -> bool:
    """Whether what lies between ``starts`` can be strokes; without anything known, whether the whole table can be."""
    if not known and len(xy) < COUNTER_ROWS:
        return True
    if not known and len(xy) > LONGEST_STROKE:
        return False
    pieces = [piece for piece, is_down in zip(np.split(xy, starts[1:]), down[starts], strict=True) if is_down]
    return sum(_jumps(piece) for piece in pieces) <= len(pieces) // 4


def _jumps(xy: NDArray[np.float64]) -> int:
    """Steps of a path (k, 2) that only a lifted pen makes."""
    if len(xy) < 4:
        return 0
    steps = np.hypot(*np.diff(xy, axis=0).T)
    beside = np.maximum(np.append(steps[1:], 0), np.append(0, steps[:-1]))
    return int(((steps > JUMP * beside) & (steps > JUMP * np.percentile(steps, 90))).sum())
