"""Tables as CSV: read whole and checked, written in one step."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import UnreadableFileError
from datasets.readers import file_bytes
from forgery_kit.outputs import write_file
from reports.findings import displayable

#: Beginnings of a cell that a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Rows of a CSV and the names of its columns, in their order."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(path: Path, needed: Sequence[str]) -> Table:
    """Rows of a CSV file with a header.

    Raises UnreadableFileError where it is missing, no regular file, too large, not UTF-8 text, empty, lacks a column
    of ``needed``, or a row has more or fewer cells than the header.
    """
    try:
        text = file_bytes(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(path), "it is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    advice = f"The first line must name the columns {', '.join(needed)}."
    reader, rows, starts, end = csv.reader(io.StringIO(text, newline=""), strict=True), [], [], 0
    try:
        for row in reader:
            if row:
                rows.append(row)
                starts.append(end + 1)
            end = reader.line_num
    except csv.Error as error:
        raise UnreadableFileError(str(path), f"it is not a CSV table ({error}).", advice) from error
    if not rows:
        raise UnreadableFileError(str(path), "it is empty.", advice)
    header = tuple(cell.strip() for cell in rows[0])
    missing = [name for name in needed if name not in header]
    if missing or len(set(header)) != len(header):
        found = f"the column {missing[0]!r} is missing." if missing else "a column is named twice."
        raise UnreadableFileError(str(path), found, advice)
    for start, row in zip(starts, rows, strict=True):
        if len(row) != len(header):
            raise UnreadableFileError(
                str(path), f"line {start} has {len(row)} cells, the header has {len(header)}.", "Mend that row."
            )
    return Table(header, tuple(dict(zip(header, row, strict=True)) for row in rows[1:]))


def cell_paths(row: dict[str, str], column: str, folder: Path) -> tuple[Path, ...]:
    """Files of one cell, joined by ``;``, relative to the table's folder. Raises UnreadableFileError if empty."""
    parts = [part.strip() for part in row[column].split(";") if part.strip()]
    if not parts:
        raise UnreadableFileError(f"column {column}", "it names no file.", "Write a path, or several joined by ';'.")
    return tuple(folder / part for part in parts)


def named_files(table: Table, folder: Path) -> list[Path]:
    """Every file and folder that the rows name, each once."""
    parts = {part.strip() for row in table.rows for side in ("questioned", "known") for part in row[side].split(";")}
    return [folder / part for part in sorted(parts) if part]


def write_table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """A CSV file, replaced in one step; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _defused(displayable(cell)) for name, cell in row.items()} for row in rows)
    write_file(path, text.getvalue().encode())


def _defused(cell: str) -> str:
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
