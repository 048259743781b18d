"""Where a table of points begins: lines of `#` before it, what separates cells, what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from datasets.ink import CHANNELS
from datasets.limits import MAX_CHANNELS
from datasets.readers.tables.names import LABELS, MARKS

#: Other names of columns → ours, after lower case and without `sensor_` or `spline_` before them.
ALIASES = {
    "time": "t", "time_s": "t", "t_s": "t", "seconds": "t",
    "time_ms": "t_ms", "ms": "t_ms", "milliseconds": "t_ms", "time_us": "t_us",
    "p": "pressure", "force": "pressure", "f": "pressure",
}  # fmt: skip
#: Units per second of columns of time. Without a unit in its name, time is taken for seconds, or, called timestamp,
#: for the unit that fits a pen.
TIME_UNITS = {"t": (1.0,), "t_ms": (1e3,), "t_us": (1e6,), "t_ns": (1e9,), "timestamp": (1.0, 1e3, 1e6)}
#: Columns that hold numbers, besides those that say where strokes end.
COLUMNS = (*CHANNELS, *TIME_UNITS)
#: Units in brackets after a column of time → its name with that unit.
_TIMES = {"s": "t", "sec": "t", "seconds": "t", "ms": "t_ms", "msec": "t_ms", "us": "t_us", "ns": "t_ns"}
#: Units in brackets after other columns, as factors to ours; one that is not here leaves an angle out.
FACTORS = {"altitude": {"rad": 1.0, "deg": np.pi / 180}, "azimuth": {"rad": 1.0, "deg": np.pi / 180}}
FACTORS["pressure"] = {"%": 0.01}

_SETTING = re.compile(r"#+\s*([A-Za-z][\w -]{0,40}?)\s*[=:]\s*(.*)")
_OFFSET = re.compile(r"(?:d|delta|offset|rel)_?([xy])|([xy])_?(?:offset|delta)")


@dataclass(frozen=True)
class Header:
    """Where the table begins and what its columns are called.

    ``names`` holds None for columns that are left out, ``labels`` what the file calls them, ``units`` what stands in
    brackets after it. Keys of ``settings`` are in lower case.
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


def find_header(text: str) -> Header | None:
    """The header, or None where the text does not begin with one that names x and y once each."""
    settings, line, delimiters, end = _first_line(text)
    for delimiter, labels in _cells(line, delimiters):
        named = [_named(label) for label in labels]
        names = [column for column, _ in named]
        if names.count("x") == 1 and names.count("y") == 1:
            repeated = [column in names[:i] and column not in MARKS for i, column in enumerate(names)]
            once = tuple(None if again else column for column, again in zip(names, repeated, strict=True))
            return Header(delimiter, once, labels, tuple(unit for _, unit in named), settings, end)
    return None


def names_offsets(text: str) -> bool:
    """Whether the header names offsets in x and y (dx, dy), as models of handwriting use them."""
    _, line, delimiters, _ = _first_line(text)
    for _, labels in _cells(line, delimiters):
        axes = [match[1] or match[2] for label in labels if (match := _OFFSET.fullmatch(_plain(label)))]
        if sorted(axes) == ["x", "y"]:
            return True
    return False


def _first_line(text: str) -> tuple[dict[str, str], str, str, int]:
    """Settings before the first line that is neither blank nor a comment nor Excel's `sep=;`, that line ("" where there
    is none), the delimiters that it may have, and where the next line begins.

    Spreadsheets fill such lines up with empty cells, and put some into quotes.
    """
    settings: dict[str, str] = {}
    delimiters = ",;\t"
    end = 0
    while end < len(text):
        start = end
        end = text.find("\n", start) + 1 or len(text)
        line = text[start:end].strip("\r\n ")
        alone = line.rstrip(",;\t ").strip('"').strip()
        separator = re.fullmatch(r'"?sep=(.)"?[,;\t]*', line, re.IGNORECASE)
        if separator is not None:
            delimiters = separator[1] + delimiters
        elif alone.startswith("#"):
            if (setting := _SETTING.fullmatch(alone)) is not None:
                settings[re.sub(r"[\s-]+", "_", setting[1].lower())] = setting[2].strip(" \"'")
        elif alone:
            return settings, line, delimiters, end
    return settings, "", delimiters, end


def _cells(line: str, delimiters: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The line cut by each delimiter, without empty cells at its end, and no further than one cell beyond the limit."""
    for delimiter in delimiters:
        parts = line.rstrip(delimiter + " ").split(delimiter, MAX_CHANNELS + 1)[: MAX_CHANNELS + 1]
        yield delimiter, tuple(cell.strip().strip('"').strip() for cell in parts)


def _plain(label: str) -> str:
    return re.sub(r"[\s#.-]+", "_", label.lower().strip()).strip("_")


def _named(label: str) -> tuple[str | None, str]:
    """Our name of a column, None where it is not known, and its unit; `Stroke Index` → stroke_index, `x [mm]` → x."""
    match = re.fullmatch(r"([^\[(]*)[\[(]\s*([^\])]*?)\s*[\])]", label.lower())
    plain, unit = (match[1], match[2].replace("µ", "u").replace("μ", "u")) if match else (label.lower(), "")
    plain = re.sub(r"^(sensor|spline)_", "", _plain(plain))
    column: str | None = ALIASES.get(plain, plain)
    if column not in COLUMNS and column not in MARKS and column not in LABELS:
        return None, unit
    if unit and column in TIME_UNITS:
        column = _TIMES.get(unit)
    elif unit and column in ("altitude", "azimuth") and unit not in FACTORS[column]:
        column = None
    return column, unit
