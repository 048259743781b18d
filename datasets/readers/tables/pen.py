"""The pen's state in a table of points: columns that tell it, events, pressure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.readers.tables.names import MOVE, MarkKind

#: Where a mark stands in single rows, the way on one side of them must be so many times longer than on the other: the
#: longer one is that of the lifted pen.
LIFT = 1.5


@dataclass(frozen=True)
class Mark:
    """A column that may say where strokes end: ``values`` (n,), NaN where a cell is no state or number."""

    kind: MarkKind
    label: str
    values: NDArray[np.float64]

    @property
    def usable(self) -> bool:
        return not np.isnan(self.values).any() and bool((self.values != self.values[0]).any())


def pen_states(
    marks: list[Mark],
    xy: NDArray[np.float64],
    pressure: NDArray[np.float64] | None,
    stroke: NDArray[np.bool_] | None,
    name: str,
    notes: Counter[str],
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_] | bool, bool]:
    """Whether the pen is down (n,), None where no column tells; rows that begin a stroke; whether it is certain.

    ``stroke`` (n,) is where a column that numbers strokes changes, None without one. Raises UnreadableFileError where
    a mark contradicts itself.
    """
    for mark in marks:
        if mark.kind in ("pen_down", "pen_up"):
            if not np.isin(mark.values, (0.0, 1.0)).all():
                raise UnreadableFileError(name, f"{mark.label} holds other values than 0 and 1.")
            down = mark.values == float(mark.kind == "pen_down")
            begins = _single_rows(down, mark.label, xy, pressure, stroke, name, notes)
            return (down, False, True) if begins is None else (np.ones(len(down), bool), begins, True)
    for mark in marks:
        if mark.kind != "maybe pen" or not mark.usable or not np.isin(mark.values, (0.0, MOVE, 1.0)).all():
            continue
        if (mark.values == MOVE).any():
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


def _single_rows(
    down: NDArray[np.bool_],
    label: str,
    xy: NDArray[np.float64],
    pressure: NDArray[np.float64] | None,
    stroke: NDArray[np.bool_] | None,
    name: str,
    notes: Counter[str],
) -> NDArray[np.bool_] | None:
    """Rows that begin a stroke (n,) where the column marks only the first or last point of each, else None.

    ``down`` (n,) is what it would say as a state. Such a column has one of its values in single rows only, which are
    no strokes of their own. Which end they mark, the way of the lifted pen beside them tells. Raises
    UnreadableFileError where it does not.
    """
    edges = np.append(True, down[1:] != down[:-1])
    starts = np.flatnonzero(edges)
    lengths = np.diff(np.append(starts, len(down)))
    own = np.zeros(len(starts), bool)
    if stroke is not None:
        own = np.append(True, stroke[1:])[starts] & np.append(stroke, True)[starts + lengths]
    for state in (False, True):
        of_state = down[starts] == state
        if not of_state.any() or of_state.all() or lengths[of_state].max() > 1 or lengths[~of_state].max() == 1:
            continue
        if own[of_state].all():
            return None
        rows = starts[of_state]
        steps = np.hypot(*np.diff(xy, axis=0).T)
        inner = rows[(rows > 0) & (rows < len(xy) - 1)]
        before, after = (float(np.median(steps[inner + side])) if len(inner) else 0.0 for side in (-1, 0))
        ends = after > LIFT * before if len(inner) else not state
        if not ends and len(inner) and before <= LIFT * after:
            if not state and pressure is not None and not (pressure[rows] > 0).any():
                # Single points in the air between two strokes.
                return None
            raise UnreadableFileError(
                name,
                f"{label} stands in single rows, and it is not clear whether strokes begin or end there.",
                "Number the strokes in a column stroke.",
            )
        notes[f"{label} in single rows: strokes {'end' if ends else 'begin'} there, kept as ink"] = len(rows)
        begins = np.zeros(len(down) + 1, bool)
        begins[rows + int(ends)] = True
        return begins[:-1]
    return None


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


def pressed(pressure: NDArray[np.float64], trusted: bool, notes: Counter[str]) -> NDArray[np.bool_] | None:
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
