"""Reader for ink as a table: a header with named columns, one point a row; `,`, `;` or tab between cells.

Our own form is `x,y[,t][,pressure][,altitude][,azimuth][,stroke][,pen_down]`, in any order: t in seconds, pressure
0 to 1, angles in radians, y downwards. Lines before the header that begin with `#` may hold what a table cannot:
`# mm_per_unit=0.01`, `# time_source=constant rate`, `# origin=generated`. Other common names of columns are in
``ALIASES``; a column with another name is left out and noted.

A unit may follow a name in brackets (`x [mm]`, `t (ms)`). Where strokes end is told by `stroke` or `pen_down`, by
columns that mean the same, or by blank rows (see ``csv_strokes``). An empty cell of t, pressure or an angle is a
missing value; an empty x or y is an error.
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
from datasets.readers.inkml.context import LENGTHS
from datasets.readers.tables.columns import drop_out_of_range, seconds
from datasets.readers.tables.strokes import MARKS, Mark, divide, mark_cell
from datasets.sample import Origin, Sample

NAME = "csv"
SUMMARY = "table with a header: x, y and optionally t (s), pressure, altitude, azimuth, stroke, pen_down"

#: Other names of columns → ours, after lower case and without `sensor_` or `spline_` before them.
ALIASES = {
    "time": "t", "time_s": "t", "t_s": "t", "seconds": "t",
    "time_ms": "t_ms", "ms": "t_ms", "milliseconds": "t_ms", "time_us": "t_us",
    "p": "pressure", "force": "pressure", "f": "pressure",
}  # fmt: skip
#: Units per second of columns of time. Without a unit in its name, time is taken for seconds, or, called timestamp,
#: for the unit that fits a pen.
TIME_UNITS = {"t": (1.0,), "t_ms": (1e3,), "t_us": (1e6,), "t_ns": (1e9,), "timestamp": (1.0, 1e3, 1e6)}
#: Columns that we read, besides those that say where strokes end.
COLUMNS = (*CHANNELS, *TIME_UNITS)
#: Units in brackets after a column of time → its name with that unit.
_TIMES = {"s": "t", "sec": "t", "seconds": "t", "ms": "t_ms", "msec": "t_ms", "us": "t_us", "ns": "t_ns"}
#: Units in brackets after other columns, as factors to ours; one that is not here leaves an angle out.
_FACTORS = {"altitude": {"rad": 1.0, "deg": np.pi / 180}, "azimuth": {"rad": 1.0, "deg": np.pi / 180}}
_FACTORS["pressure"] = {"%": 0.01}

_ORIGINS: dict[str, Origin] = {"genuine": "genuine", "forgery": "forgery", "generated": "generated"}


@dataclass(frozen=True)
class _Header:
    """Where the table begins and what its columns are called.

    ``names`` holds None for columns that are left out, ``labels`` what the file calls them, ``units`` what stands in
    brackets after it.
    """

    delimiter: str
    names: tuple[str | None, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    settings: dict[str, str]
    rows_from: int

    @property
    def wanted(self) -> list[tuple[int, str]]:
        """Places and names of the columns that are read."""
        return [(i, column) for i, column in enumerate(self.names) if column is not None]


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
    UnreadableFileError : wrong encoding, no header, a cell that is no number or empty x or y (with its line), nothing
        that says where strokes end, x and y in units that cannot be compared.
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
    table, after_blank = _table(text, header, name)
    if len(table) == 0:
        raise UnreadableFileError(name, "there is no row under the header.")
    notes: Counter[str] = Counter({"columns left out": header.names.count(None)})
    columns: dict[str, NDArray[np.float64]] = {}
    marks: list[Mark] = []
    for (i, column), values in zip(header.wanted, table.T, strict=True):
        if column in MARKS:
            marks.append(Mark(MARKS[column], column, values))
        else:
            columns[column] = values * _FACTORS.get(column, {}).get(header.units[i], 1.0)
    notes["columns left out"] += sum(mark.kind.startswith("maybe") and not mark.usable for mark in marks)
    mm_per_unit = _scale(columns, header, notes, name)
    xy = np.stack([columns["x"], columns["y"]], axis=1)
    labels = ", ".join(label[:30] for label in header.labels[:12])
    starts, pen_down = divide(xy, columns.get("pressure"), marks, after_blank, name, labels, notes)
    time_source = _time(columns, starts, header.settings.get("time_source"), notes)
    drop_out_of_range(columns, notes)
    channels = tuple(channel for channel in CHANNELS if channel in columns)
    ink = build_ink(
        name,
        np.split(np.stack([columns[channel] for channel in channels], axis=1), starts[1:]),
        channels,
        pen_down,
        mm_per_unit=mm_per_unit,
        time_source=time_source,
        notes=notes,
    )
    return (Sample(ink=ink, origin=_ORIGINS.get(header.settings.get("origin", ""), "unknown")),)


def _header(text: str) -> _Header | None:
    """The header, or None where the text does not begin with one. Excel's `sep=;` may stand before it."""
    settings: dict[str, str] = {}
    delimiters = ",;\t"
    end = 0
    while end < len(text):
        start = end
        end = text.find("\n", start) + 1 or len(text)
        line = text[start:end].strip("\r\n ")
        separator = re.fullmatch(r'"?sep=(.)"?', line, re.IGNORECASE)
        if line.startswith("#"):
            setting = re.fullmatch(r"#\s*(\w+)\s*=\s*(.*)", line)
            if setting is not None:
                settings[setting[1]] = setting[2].strip()
        elif separator is not None:
            delimiters = separator[1]
        elif line:
            break
    else:
        return None
    for delimiter in delimiters:
        labels = tuple(cell.strip().strip('"').strip() for cell in line.split(delimiter))
        named = [_named(label) for label in labels]
        names = [column for column, _ in named]
        if names.count("x") == 1 and names.count("y") == 1:
            repeated = [column in names[:i] and column not in MARKS for i, column in enumerate(names)]
            once = tuple(None if again else column for column, again in zip(names, repeated, strict=True))
            return _Header(delimiter, once, labels, tuple(unit for _, unit in named), settings, end)
    return None


def _named(label: str) -> tuple[str | None, str]:
    """Our name of a column, None where it is not known, and its unit; `Stroke Index` → stroke_index, `x [mm]` → x."""
    match = re.fullmatch(r"([^\[(]*)[\[(]\s*([^\])]*?)\s*[\])]", label.lower())
    plain, unit = (match[1], match[2].replace("µ", "u").replace("μ", "u")) if match else (label.lower(), "")
    plain = re.sub(r"[\s#.-]+", "_", plain.strip()).strip("_")
    plain = re.sub(r"^(sensor|spline)_", "", plain)
    column: str | None = ALIASES.get(plain, plain)
    if column not in COLUMNS and column not in MARKS:
        return None, unit
    if unit and column in TIME_UNITS:
        column = _TIMES.get(unit)
    elif unit and column in ("altitude", "azimuth") and unit not in _FACTORS[column]:
        column = None
    return column, unit


def _table(text: str, header: _Header, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Numbers of the known columns (n, k), NaN where a cell that may be empty is; and which rows follow a blank one."""
    wanted = header.wanted
    first_line = text.count("\n", 0, header.rows_from) + 1
    values, after_blank, blank = array("d"), bytearray(), False
    reader = csv.reader(io.StringIO(text[header.rows_from :]), delimiter=header.delimiter)
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                blank = True
                continue
            if len(row) != len(header.names):
                raise ValueError(f"{len(row)} cells under {len(header.names)} columns")
            values.extend([_cell(row[i], column) for i, column in wanted])
            after_blank.append(blank)
            blank = False
            if len(values) > MAX_POINTS * len(wanted):
                raise HostileFileError(name, f"more than {MAX_POINTS} points.", "Split the recording.")
    except (ValueError, csv.Error) as error:
        line = first_line + reader.line_num - 1
        raise UnreadableFileError(name, f"line {line}: {error}.", "Write numbers with a decimal point.") from error
    return np.array(values, dtype=np.float64).reshape(-1, len(wanted)), np.array(after_blank, dtype=bool)


def _cell(text: str, column: str) -> float:
    """A cell's number; NaN where it is empty and may be. Raises ValueError that names the column."""
    text = text.strip()
    kind = MARKS.get(column)
    if kind is not None and (text or kind.startswith("maybe")):
        value = mark_cell(text, kind)
        if np.isnan(value) and not kind.startswith("maybe"):
            raise ValueError(f"{column} is {text[:40]!r}, which is no number")
        return value
    if not text and column not in ("x", "y") and kind is None:
        return float("nan")
    try:
        # Python would read 1_0 as 10.
        value = float(text.replace("_", " _"))
    except ValueError:
        raise ValueError(f"{column} is {text[:40]!r}, which is no number" if text else f"{column} is empty") from None
    if not np.isfinite(value):
        raise ValueError(f"{column} is {text[:40]!r}, which is not a finite number")
    return value


def _scale(columns: dict[str, NDArray[np.float64]], header: _Header, notes: Counter[str], name: str) -> float | None:
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
