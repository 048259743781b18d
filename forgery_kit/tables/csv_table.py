"""Tables as CSV: read whole and checked, written in one step."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import overload

from datasets.errors import UnreadableFileError
from datasets.readers import file_bytes
from datasets.readers.plain_text import plain_text
from forgery_kit.outputs import write_file
from reports.schema import displayable

#: Spaces, quotes and marks at the beginning of a cell or within it, and the formula that a spreadsheet may take what
#: follows for. Programs that part cells at semicolons, tabs or the ends of lines begin one behind these.
_FORMULA = re.compile(r'(\A[;\s"]*|[;\s"]+)([=+\-@＝＋－＠][^;\t\r\n]*)?')
#: What may stand between cells; in some countries spreadsheets write semicolons.
DELIMITERS = ",;\t"
#: A first line by which spreadsheets say what stands between cells.
_SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t ]*(?:\r\n|\n|\Z)', re.IGNORECASE)


class Rows(Sequence[dict[str, str]]):
    """Rows of a table by the names of their columns, kept small: a hundred thousand of them are no burden."""

    def __init__(self, columns: tuple[str, ...], cells: Sequence[tuple[str, ...]]) -> None:
        self._columns, self._cells = columns, cells

    def __len__(self) -> int:
        return len(self._cells)

    @overload
    def __getitem__(self, index: int) -> dict[str, str]: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: int | slice) -> dict[str, str] | Rows:
        if isinstance(index, slice):
            return Rows(self._columns, self._cells[index])
        return dict(zip(self._columns, self._cells[index], strict=True))


@dataclass(frozen=True)
class Table:
    """Rows of a CSV and the names of its columns, in their order; ``sha256`` : of the file."""

    columns: tuple[str, ...]
    rows: Sequence[dict[str, str]]
    sha256: str = ""


def read_table(path: Path, needed: Sequence[str]) -> Table:
    """Rows of a CSV file with a header, its cells separated by commas, semicolons or tabs.

    Rows without text are passed over, as are empty cells beyond the header and columns with neither name nor text:
    spreadsheets leave them.

    Raises UnreadableFileError where it is missing, no regular file, too large, not UTF-8 text, empty, lacks a column
    of ``needed``, or a row has more or fewer cells than the header.
    """
    try:
        data = file_bytes(str(path))
        text = plain_text(data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(path), "it is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    advice = f"The first line must name the columns {', '.join(needed)}."
    stated = _SEPARATOR.match(text)
    skipped = 0 if stated is None else 1
    text = text[0 if stated is None else stated.end() :]
    candidates = DELIMITERS if stated is None else stated[1] + DELIMITERS
    try:
        delimiter = max(candidates, key=lambda mark: len(set(needed) & set(_header(text, mark))))
        # A cell that stands many times, as the paths of known files do, is kept once.
        same: dict[str, str] = {}
        rows = [
            (start, tuple(same.setdefault(cell, cell) for cell in row))
            for start, row in _rows(text, delimiter, skipped)
        ]
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
    cells = [tuple(row[i] for i in kept) for _, row in rows[1:]]
    return Table(header, Rows(header, cells), hashlib.sha256(data).hexdigest())


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


def write_table(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    """A CSV file, replaced in one step; what a spreadsheet would run, in names too, begins with an apostrophe."""
    write_file(path, _lines(columns, rows))


def _lines(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    for row in chain([dict(zip(columns, columns, strict=True))], rows):
        writer.writerow({name: _defused(displayable(cell)) for name, cell in row.items()})
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def _defused(cell: str) -> str:
    """The cell with an apostrophe before whatever a spreadsheet would run; numbers stay as they are."""
    text = _FORMULA.sub(_with_apostrophe, cell)
    return f"'{text}" if text.startswith(("\t", "\r", "\n")) else text


def _with_apostrophe(found: re.Match[str]) -> str:
    before, rest = found.groups()
    parted = any(mark in before for mark in ";\t\r\n")
    if not rest or _is_number(rest) or (found.start() and not parted):
        return found[0]
    return f"{before}'{rest}" if parted else f"'{before}{rest}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
