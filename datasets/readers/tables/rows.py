"""Rows of a table of points: cells → numbers, marks and labels."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_LINE, MAX_POINTS
from datasets.readers.tables.header import FACTORS, Header
from datasets.readers.tables.labels import Label
from datasets.readers.tables.names import LABELS, MARKS, mark_cell
from datasets.readers.tables.pen import Mark


@dataclass(frozen=True)
class Rows:
    """Rows of a table: ``values`` by column (n,), and what else they say.

    ``after_blank`` (n,) is true for the first row after a blank one.
    """

    values: dict[str, NDArray[np.float64]]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    after_blank: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.after_blank)

    @property
    def xy(self) -> NDArray[np.float64]:
        return np.stack([self.values["x"], self.values["y"]], axis=1)

    def take(self, rows: NDArray[np.int64], after_blank: NDArray[np.bool_] | None = None) -> Rows:
        """Some of the rows, in another order where the indices (m,) say so."""
        return Rows(
            {column: values[rows] for column, values in self.values.items()},
            tuple(Mark(mark.kind, mark.label, mark.values[rows]) for mark in self.marks),
            tuple(label.take(rows) for label in self.labels),
            self.after_blank[rows] if after_blank is None else after_blank,
        )


def read_rows(text: str, header: Header, name: str) -> Rows:
    """Numbers and labels of the known columns; NaN where a cell that may be empty is.

    Raises UnreadableFileError (with the line) for a cell that is no number, an empty x or y, and a row of another
    length than the header; HostileFileError for more points or longer rows than the limits allow.
    """
    wanted, width = header.wanted, len(header.names)
    codes: dict[str, dict[str, int]] = {column: {} for _, column in wanted if column in LABELS}
    first_line = text.count("\n", 0, header.rows_from) + 1
    values, after_blank, blank = array("d"), bytearray(), False
    reader = csv.reader(_lines(text[header.rows_from :], name), delimiter=header.delimiter)
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                blank = True
                continue
            # Spreadsheets fill rows up with empty cells.
            if len(row) < width or any(cell.strip() for cell in row[width:]):
                raise ValueError(f"{len(row)} cells under {width} columns")
            values.extend([_cell(row[i], column, codes) for i, column in wanted])
            after_blank.append(blank)
            blank = False
            if len(values) > MAX_POINTS * len(wanted):
                raise HostileFileError(name, f"more than {MAX_POINTS} points.", "Split the recording.")
    except (ValueError, csv.Error) as error:
        line = first_line + reader.line_num - 1
        raise UnreadableFileError(name, f"line {line}: {error}.", "Write numbers with a decimal point.") from error
    table = np.array(values, dtype=np.float64).reshape(-1, len(wanted))
    numbers: dict[str, NDArray[np.float64]] = {}
    marks: list[Mark] = []
    labels: list[Label] = []
    for (i, column), cells in zip(wanted, table.T, strict=True):
        if column in MARKS:
            marks.append(Mark(MARKS[column], column, cells))
        elif column in LABELS:
            labels.append(Label(LABELS[column], column, cells, tuple(codes[column])))
        else:
            numbers[column] = cells * FACTORS.get(column, {}).get(header.units[i], 1.0)
    return Rows(numbers, tuple(marks), tuple(labels), np.array(after_blank, dtype=bool))


def _lines(text: str, name: str) -> Iterator[str]:
    for line in io.StringIO(text):
        if len(line) > MAX_LINE:
            raise HostileFileError(name, f"a row of more than {MAX_LINE} characters.", "Keep x, y, t and stroke.")
        yield line


def _cell(text: str, column: str, codes: dict[str, dict[str, int]]) -> float:
    """A cell's number, the code of a label; NaN where it is empty and may be. Raises ValueError with the column."""
    text = text.strip()
    if column in codes:
        return float(codes[column].setdefault(text, len(codes[column])))
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
