"""Tables as CSV: read whole and checked, written in one step."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import UnreadableFileError
from datasets.readers import file_bytes
from datasets.readers.plain_text import plain_text
from forgery_kit.outputs import write_file
from reports.schema import displayable

#: Beginnings of a cell that a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: What may stand between cells; in some countries spreadsheets write semicolons.
DELIMITERS = ",;\t"
#: A first line by which spreadsheets say what stands between cells.
_SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t ]*(?:\r\n|\n|\Z)', re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Rows of a CSV and the names of its columns, in their order."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(path: Path, needed: Sequence[str]) -> Table:
    """Rows of a CSV file with a header, its cells separated by commas, semicolons or tabs.

    Rows without text are passed over, as are empty cells beyond the header and columns with neither name nor text:
    spreadsheets leave them.

    Raises UnreadableFileError where it is missing, no regular file, too large, not UTF-8 text, empty, lacks a column
    of ``needed``, or a row has more or fewer cells than the header.
    """
    try:
        text = plain_text(file_bytes(str(path))).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(path), "it is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    advice = f"The first line must name the columns {', '.join(needed)}."
    stated = _SEPARATOR.match(text)
    skipped = 0 if stated is None else 1
    text = text[0 if stated is None else stated.end() :]
    candidates = DELIMITERS if stated is None else stated[1] + DELIMITERS
    try:
        delimiter = max(candidates, key=lambda mark: len(set(needed) & set(_header(text, mark))))
        rows = list(_rows(text, delimiter, skipped))
    except csv.Error as error:
        raise UnreadableFileError(str(path), f"it is not a CSV table ({error}).", advice) from error
    if not rows:
        raise UnreadableFileError(str(path), "it is empty.", advice)
    header = tuple(cell.strip() for cell in rows[0][1])
    kept = [i for i, name in enumerate(header) if name or any(row[i].strip() for _, row in rows if i < len(row))]
    header = tuple(header[i] for i in kept)
    missing = [name for name in needed if name not in header]
    if missing or len(set(header)) != len(header):
        found = f"the column {missing[0]!r} is missing." if missing else "a column is named twice."
        raise UnreadableFileError(str(path), found, advice)
    width = len(rows[0][1])
    for start, row in rows:
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise UnreadableFileError(
                str(path), f"line {start} has {len(row)} cells, the header has {width}.", "Mend that row."
            )
    return Table(header, tuple(dict(zip(header, (row[i] for i in kept), strict=True)) for _, row in rows[1:]))


def _rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Rows with text in them, each with its first line, counted from 1 after ``skipped`` lines."""
    reader, end = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 0
    for row in reader:
        if any(cell.strip() for cell in row):
            yield end + 1 + skipped, row
        end = reader.line_num


def _header(text: str, delimiter: str) -> list[str]:
    """Cells of the first row with text in it, as ``delimiter`` cuts it; empty where there is none."""
    _, row = next(_rows(text, delimiter, 0), (0, []))
    return [cell.strip() for cell in row]


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
    """A CSV file, replaced in one step; what a spreadsheet would run, in names too, begins with an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writerow({name: _defused(displayable(name)) for name in columns})
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
