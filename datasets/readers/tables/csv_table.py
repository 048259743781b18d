"""Reader for ink as a table: a header with named columns, one point a row; `,`, `;` or tab between cells.

Our own form is `x,y[,t][,pressure][,altitude][,azimuth][,stroke][,pen_down]`, in any order: t in seconds, pressure
0 to 1, angles in radians, y downwards. Lines before the header that begin with `#` may hold what a table cannot:
`# mm_per_unit=0.01`, `# time_source=constant rate`, `# origin=generated`. Other common names of columns are in
``header`` and ``names``; a column with another name is left out and noted.

A unit may follow a name in brackets (`x [mm]`, `t (ms)`). Where strokes end is told by `stroke` or `pen_down`, by
columns that mean the same, or by blank rows (see ``strokes``); columns of pages tell recordings apart (``labels``).
An empty cell of t, pressure or an angle is a missing value; an empty x or y is an error.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import CHANNELS, Ink, TimeSource
from datasets.limits import MAX_CHANNELS
from datasets.readers import offsets
from datasets.readers.building import build_ink
from datasets.readers.inkml.context import LENGTHS
from datasets.readers.lifts import AWAY_NOTE, away_points
from datasets.readers.order import ROWS_NOTE, by_clock, runs_backwards
from datasets.readers.origin import stated_origin, strongest
from datasets.readers.tables.columns import drop_out_of_range, is_common_clock, seconds
from datasets.readers.tables.header import TIME_UNITS, Header, find_header, names_offsets
from datasets.readers.tables.labels import beginnings, check_people, count_of_points, origin_in_rows, recordings
from datasets.readers.tables.rows import Rows, read_rows
from datasets.readers.tables.strokes import changes, divide
from datasets.sample import Sample

NAME = "csv"
SUMMARY = "table with a header: x, y and optionally t (s), pressure, altitude, azimuth, stroke, pen_down"

#: Strokes that begin at one point, from which on they are counted from there.
FEWEST_BEGINNINGS = 3


def looks_like(head: bytes) -> bool:
    """Whether the first line besides `#` comments is a header that names x and y, or offsets in them, once each."""
    text = head.decode("utf-8-sig", errors="replace")
    return "\0" not in text and (find_header(text) is not None or names_offsets(text))


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """The table as one sample, or as one for each page, form or file that a column names. ``folder`` is not used.

    Raises
    ------
    UnreadableFileError : wrong encoding, no header, a cell that is no number or empty x or y (with its line), nothing
        that says where strokes end or in which order, several people, offsets, units that cannot be compared.
    HostileFileError : more points or columns than the limits allow.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(name, "the table is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    header = find_header(text)
    if header is None:
        if names_offsets(text):
            raise UnreadableFileError(name, "its columns are offsets from point to point.", offsets.ADVICE)
        raise UnreadableFileError(name, "there is no header with x and y.", "Begin the table with x,y,t,stroke.")
    if len(header.names) > MAX_CHANNELS:
        raise HostileFileError(name, f"more than {MAX_CHANNELS} columns.", "Keep x, y, t, pressure and stroke.")
    rows = read_rows(text, header, name)
    if len(rows) == 0:
        raise UnreadableFileError(name, "there is no row under the header.")
    check_people(rows.labels, name)
    origins = stated_origin(header.settings), origin_in_rows(rows.labels)
    parts, told_by = recordings(rows.labels, len(rows))
    inks = [_ink(rows.take(part), header, name) for part in parts]
    if told_by:
        inks[0] = inks[0].with_notes({f"recordings told apart by {told_by}": len(parts)})
    return tuple(Sample(ink=ink, origin=strongest(origins)) for ink in inks)


def _ink(rows: Rows, header: Header, name: str) -> Ink:
    """Ink of the rows of one recording."""
    notes: Counter[str] = Counter({"columns left out": header.names.count(None)})
    notes["columns left out"] += sum(mark.kind.startswith("maybe") and not mark.usable for mark in rows.marks)
    mm_per_unit = _scale(rows.values, header, notes, name)
    rows = _without_away_points(rows, name, notes)
    rows = _in_order(rows, name, notes)
    if offsets.are_offsets(rows.xy):
        raise UnreadableFileError(name, offsets.FOUND, offsets.ADVICE)
    starts, pen_down = divide(
        rows.xy,
        rows.values.get("pressure"),
        list(rows.marks),
        rows.after_blank,
        beginnings(rows.labels, "word", len(rows)),
        beginnings(rows.labels, "letter", len(rows)),
        name,
        ", ".join(label[:30] for label in header.labels[:12]),
        notes,
    )
    _refuse_common_beginning(rows.xy[starts][np.array(pen_down)], name)
    columns, starts, pen_down = _strokes_in_order(rows.values, starts, pen_down, notes)
    time_source = _time(columns, starts, header.settings.get("time_source"), notes)
    drop_out_of_range(columns, notes)
    channels = tuple(channel for channel in CHANNELS if channel in columns)
    return build_ink(
        name,
        np.split(np.stack([columns[channel] for channel in channels], axis=1), starts[1:]),
        channels,
        pen_down,
        mm_per_unit=mm_per_unit,
        time_source=time_source,
        notes=notes,
    )


def _scale(columns: dict[str, NDArray[np.float64]], header: Header, notes: Counter[str], name: str) -> float | None:
    """Millimetres per unit of x, as `# mm_per_unit=` or the header says; y is brought to the unit of x."""
    x, y = (header.units[header.names.index(axis)] for axis in ("x", "y"))
    stated = _mm_per_unit(header.settings, name)
    if x != y and (x not in LENGTHS or y not in LENGTHS):
        raise UnreadableFileError(
            name, f"x is in {x[:20] or 'no unit'!r} and y in {y[:20] or 'no unit'!r}.", "Write both in one unit."
        )
    if x != y:
        columns["y"] = columns["y"] * (float(LENGTHS[y]) / float(LENGTHS[x]))
        notes["y brought to the unit of x"] = 1
    if stated is not None or not x:
        return stated
    notes["unit of x and y is no length, size not known"] = int(x not in LENGTHS)
    return float(LENGTHS[x]) if x in LENGTHS else None


def _without_away_points(rows: Rows, name: str, notes: Counter[str]) -> Rows:
    """The rows without points that are no positions; those that follow one count as following a blank row."""
    numbered = [changes(mark.values) for mark in rows.marks if mark.kind == "stroke"]
    begins = np.any(numbered, axis=0) if numbered else np.zeros(len(rows), bool)
    begins[0] = True
    away = away_points(rows.xy, rows.values.get("pressure"), np.flatnonzero(begins), name)
    if not away.any():
        return rows
    notes[AWAY_NOTE] = int(away.sum())
    kept = np.flatnonzero(~away)
    follows = np.append(False, np.diff(kept) > 1)
    return rows.take(kept, rows.after_blank[kept] | follows)


def _in_order(rows: Rows, name: str, notes: Counter[str]) -> Rows:
    """The rows in the order of their clock where that runs backwards, or of their count where they have no clock.

    Raises UnreadableFileError where strokes are numbered from last to first and nothing tells the order of points.
    """
    clock = _clock(rows.values)
    if clock is not None:
        if not runs_backwards(rows.values[clock]):
            return rows
        notes[ROWS_NOTE] += len(rows)
        return rows.take(np.arange(len(rows))[::-1], np.append(False, rows.after_blank[:0:-1]))
    count = count_of_points(rows.labels)
    if count is not None:
        order = np.argsort(count)
        moved = int((order != np.arange(len(rows))).sum())
        if moved:
            notes["points listed in another order than their count's, put in its order"] = moved
            backwards = bool((np.diff(count) < 0).all())
            return rows.take(order, np.append(False, rows.after_blank[:0:-1]) if backwards else None)
        return rows
    for mark in rows.marks:
        steps = np.diff(mark.values) if mark.kind == "stroke" else np.zeros(0)
        steps = steps[steps != 0]
        if len(steps) > 1 and (steps < 0).all():
            raise UnreadableFileError(
                name,
                f"{mark.label} counts down, and no clock tells the order of the points.",
                "Put the rows in the order of writing.",
            )
    return rows


def _strokes_in_order(
    columns: dict[str, NDArray[np.float64]], starts: NDArray[np.int64], pen_down: list[bool], notes: Counter[str]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64], list[bool]]:
    """Columns, beginnings of strokes and states of the pen, in the order of the clock where there is one."""
    clock = _clock(columns)
    if clock is None:
        return columns, starts, pen_down
    names = list(columns)
    strokes = np.split(np.stack([columns[column] for column in names], axis=1), starts[1:])
    strokes, places = by_clock(strokes, names.index(clock), notes)
    table = np.concatenate(strokes)
    starts = np.cumsum([0, *(len(stroke) for stroke in strokes[:-1])])
    return dict(zip(names, table.T, strict=True)), starts, [pen_down[place] for place in places]


def _refuse_common_beginning(beginnings: NDArray[np.float64], name: str) -> None:
    """Refuse strokes of which each (its first point (s, 2)) is counted from a beginning of its own."""
    if len(beginnings) >= FEWEST_BEGINNINGS and (beginnings == beginnings[0]).all():
        x, y = beginnings[0]
        raise UnreadableFileError(
            name,
            f"all {len(beginnings)} strokes begin at {x:g},{y:g}: each is counted from a beginning of its own.",
            "Export positions on the page.",
        )


def _clock(columns: dict[str, NDArray[np.float64]]) -> str | None:
    """The column of time that is used, None where there is none or it is empty."""
    return next((c for c in TIME_UNITS if c in columns and np.isfinite(columns[c]).any()), None)


def _time(
    columns: dict[str, NDArray[np.float64]], starts: NDArray[np.int64], stated: str | None, notes: Counter[str]
) -> TimeSource | None:
    """Put time in seconds into ``columns["t"]`` where there is a usable one; returns its source."""
    clock = _clock(columns)
    t = None
    if clock is not None:
        t = seconds(columns[clock], starts, TIME_UNITS[clock], clock != "timestamp", notes)
    columns.pop("t", None)
    if t is None or not is_common_clock(t, starts, notes):
        return None
    columns["t"] = t
    return "constant rate" if (stated or "").lower() == "constant rate" else "recorded"


def _mm_per_unit(settings: dict[str, str], name: str) -> float | None:
    """`# mm_per_unit=` as a positive number, or None where it is not given."""
    text = settings.get("mm_per_unit")
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UnreadableFileError(name, f"mm_per_unit is {text[:40]!r}, expected a positive number.")
    return value
