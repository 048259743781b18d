"""Reader for ink as a table: a header with named columns, one point a row; `,`, `;` or tab between cells.

Our own form is `x,y[,t][,pressure][,altitude][,azimuth][,stroke][,pen_down]`, in any order: t in seconds, pressure
0 to 1, angles in radians, y downwards. Lines before the header that begin with `#` may hold what a table cannot:
`# mm_per_unit=0.01`, `# time_source=constant rate`, `# origin=generated`. Other common names of columns are in
``ALIASES``; a column with another name is left out and noted.

A new stroke begins where `stroke` or `pen_down` changes; without either column all points are one stroke, since
nothing in the file says otherwise, and the notes say so. An empty cell of t, pressure or an angle is a missing value;
an empty x or y is an error.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import CHANNELS, TimeSource
from datasets.limits import MAX_CHANNELS, MAX_POINTS
from datasets.readers.building import build_ink
from datasets.readers.columns import drop_out_of_range, seconds
from datasets.sample import Origin, Sample

NAME = "csv"
SUMMARY = "table with a header: x, y and optionally t (s), pressure, altitude, azimuth, stroke, pen_down"

#: Other names of columns → ours, after lower case and without `sensor_` or `spline_` before them.
ALIASES = {
    "time": "t", "time_s": "t", "t_s": "t", "seconds": "t",
    "time_ms": "t_ms", "ms": "t_ms", "milliseconds": "t_ms", "timestamp": "timestamp",
    "p": "pressure", "force": "pressure", "f": "pressure",
    "stroke_id": "stroke", "strokeid": "stroke", "idx": "stroke",
    "pendown": "pen_down", "down": "pen_down",
}  # fmt: skip
#: Columns that we read. A time without a unit in its name is taken for seconds, or, called timestamp, for the unit
#: that fits a pen.
COLUMNS = (*CHANNELS, "t_ms", "timestamp", "stroke", "pen_down")
TIME_UNITS = {"t": (1.0,), "t_ms": (1e3,), "timestamp": (1.0, 1e3, 1e6)}

#: Rows from which on a stroke column that changes at each of them counts points: nobody writes twenty dots only.
COUNTER_ROWS = 20

_WORDS = {"true": 1.0, "false": 0.0}
_ORIGINS: dict[str, Origin] = {"genuine": "genuine", "forgery": "forgery", "generated": "generated"}


@dataclass(frozen=True)
class _Header:
    """Where the table begins and what its columns are called; ``names`` holds None for columns that are left out."""

    delimiter: str
    names: tuple[str | None, ...]
    settings: dict[str, str]
    rows_from: int


def looks_like(head: bytes) -> bool:
    """Whether the first line besides `#` comments is a header that names x and y once each."""
    try:
        text = head.decode("utf-8-sig", errors="ignore" if len(head) >= 64 * 1024 else "strict")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and _header(text) is not None


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """The table as one sample. ``folder`` is not used.

    Raises
    ------
    UnreadableFileError : wrong encoding, no header, a cell that is no number or empty x or y (with its line).
    HostileFileError : more points or columns than the limits allow.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(name, "the table is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    header = _header(text)
    if header is None:
        raise UnreadableFileError(name, "there is no header with x and y.", "Begin the table with x,y,t,stroke.")
    if len(header.names) > MAX_CHANNELS:
        raise HostileFileError(name, f"more than {MAX_CHANNELS} columns.", "Keep x, y, t, pressure and stroke.")
    table = _table(text, header, name)
    columns = {column: table[:, i] for i, column in enumerate(c for c in header.names if c is not None)}
    notes: Counter[str] = Counter({"columns left out": header.names.count(None)})
    starts, pen_down = _strokes(columns, notes, name)
    time_source = _time(columns, starts, header.settings.get("time_source"), notes)
    drop_out_of_range(columns, notes)
    channels = tuple(channel for channel in CHANNELS if channel in columns)
    ink = build_ink(
        name,
        np.split(np.stack([columns[channel] for channel in channels], axis=1), starts[1:]),
        channels,
        pen_down,
        mm_per_unit=_mm_per_unit(header.settings, name),
        time_source=time_source,
        notes=notes,
    )
    return (Sample(ink=ink, origin=_ORIGINS.get(header.settings.get("origin", ""), "unknown")),)


def _header(text: str) -> _Header | None:
    """The header, or None where the text does not begin with one."""
    settings: dict[str, str] = {}
    end = 0
    while end < len(text):
        start = end
        end = text.find("\n", start) + 1 or len(text)
        line = text[start:end].strip("\r\n ")
        if line.startswith("#"):
            setting = re.fullmatch(r"#\s*(\w+)\s*=\s*(.*)", line)
            if setting is not None:
                settings[setting[1]] = setting[2].strip()
        elif line:
            break
    else:
        return None
    for delimiter in ",;\t":
        cells = [cell.strip().strip('"').strip().lower() for cell in line.split(delimiter)]
        plain = [re.sub(r"^(sensor|spline)_", "", cell) for cell in cells]
        names = [ALIASES.get(cell, cell) for cell in plain]
        if names.count("x") == 1 and names.count("y") == 1:
            known = [column if column in COLUMNS else None for column in names]
            once = [None if column in known[:i] else column for i, column in enumerate(known)]
            return _Header(delimiter, tuple(once), settings, end)
    return None


def _table(text: str, header: _Header, name: str) -> NDArray[np.float64]:
    """Numbers of the known columns, (n, k), NaN where a cell other than x or y is empty."""
    wanted = [(i, column) for i, column in enumerate(header.names) if column is not None]
    first_line = text.count("\n", 0, header.rows_from) + 1
    values = array("d")
    reader = csv.reader(io.StringIO(text[header.rows_from :]), delimiter=header.delimiter)
    try:
        for row in reader:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if len(row) != len(header.names):
                raise ValueError(f"{len(row)} cells under {len(header.names)} columns")
            values.extend([_cell(row[i], column) for i, column in wanted])
            if len(values) > MAX_POINTS * len(wanted):
                raise HostileFileError(name, f"more than {MAX_POINTS} points.", "Split the recording.")
    except (ValueError, csv.Error) as error:
        line = first_line + reader.line_num - 1
        raise UnreadableFileError(name, f"line {line}: {error}.", "Write numbers with a decimal point.") from error
    return np.frombuffer(values, dtype=np.float64).reshape(-1, len(wanted)) if values else np.empty((0, len(wanted)))


def _cell(text: str, column: str) -> float:
    """A cell's number; NaN where it is empty and may be. Raises ValueError that names the column."""
    text = text.strip()
    if not text and column not in ("x", "y", "stroke", "pen_down"):
        return float("nan")
    try:
        value = _WORDS[text.lower()] if text.lower() in _WORDS else float(text)
    except ValueError:
        raise ValueError(f"{column} is {text[:40]!r}, which is no number" if text else f"{column} is empty") from None
    if not np.isfinite(value):
        raise ValueError(f"{column} is {text[:40]!r}, which is not a finite number")
    return value


def _strokes(
    columns: dict[str, NDArray[np.float64]], notes: Counter[str], name: str
) -> tuple[NDArray[np.int64], list[bool]]:
    """Indices where strokes begin (s,), and whether each is on the surface."""
    count = len(columns["x"])
    if count == 0:
        raise UnreadableFileError(name, "there is no row under the header.")
    begins = np.zeros(count, bool)
    begins[0] = True
    stroke = columns.get("stroke")
    down = columns.get("pen_down", np.ones(count))
    if not np.isin(down, (0.0, 1.0)).all():
        raise UnreadableFileError(name, "pen_down holds other values than 0 and 1.")
    if stroke is not None:
        changes = np.diff(stroke, prepend=stroke[0]) != 0
        if count >= COUNTER_ROWS and changes[1:].all():
            raise UnreadableFileError(
                name, "the stroke column changes at every row.", "Number the strokes there, not the points."
            )
        begins |= changes
    elif "pen_down" not in columns:
        notes["no stroke column: all points are one stroke"] = 1
    begins |= np.diff(down, prepend=down[0]) != 0
    starts = np.flatnonzero(begins)
    return starts, [bool(value) for value in down[starts]]


def _time(
    columns: dict[str, NDArray[np.float64]], starts: NDArray[np.int64], stated: str | None, notes: Counter[str]
) -> TimeSource | None:
    """Put time in seconds into ``columns["t"]`` where there is a usable one; returns its source."""
    found = [column for column in TIME_UNITS if column in columns]
    if not found:
        return None
    t = seconds(columns[found[0]], starts, TIME_UNITS[found[0]], found[0] != "timestamp", notes)
    columns.pop("t", None)
    if t is None:
        return None
    columns["t"] = t
    return "constant rate" if stated == "constant rate" else "recorded"


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
