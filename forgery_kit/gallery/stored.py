"""A gallery opened for reading: as many rows as were there when it was opened, mapped into memory."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError, VerificationError
from forgery_kit.gallery.entry import Entry, Row, from_line
from forgery_kit.gallery.layout import (
    CHECK,
    DAMAGED,
    ENTRIES,
    HEADER,
    LETTERS,
    MAX_ENTRY,
    ROWS,
    Header,
    Model,
    read_header,
    row_type,
)
from forgery_kit.likelihood.amounts import FLOOR_STEPS

#: What the first row's check goes on from.
START = bytes(CHECK)


@dataclass(frozen=True, eq=False)
class Gallery:
    """Rows, letters and entries of one generation; what is added later is not in it.

    Attributes
    ----------
    rows : (n,) of ``layout.row_type``. letters : float16 (n, width). entries : bytes of ``entries.jsonl``.
    """

    folder: Path
    header: Header
    rows: NDArray[Any]
    letters: NDArray[np.float16]
    entries: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def place(self) -> Path:
        """The folder of the rows."""
        return self.folder / self.header.generation

    def line(self, row: int) -> bytes:
        """The line of a row in ``entries.jsonl``. Raises VerificationError where it has none."""
        start, length = int(self.rows["entry"][row]), int(self.rows["length"][row])
        if length > MAX_ENTRY or start + length > len(self.entries):
            raise self._wrong(row)
        return self.entries[start : start + length].tobytes()

    def row(self, row: int) -> Row:
        """A row with its entry. Raises VerificationError where any of it was changed."""
        line = self.line(row)
        if check_of(self.check(row), self.rows[row : row + 1], self.letters[row], line) != self.check(row + 1):
            raise self._wrong(row)
        try:
            entry = from_line(line)
            if not 0 <= self.rows["amount"][row] < np.inf or self.rows["steps"][row] < FLOOR_STEPS:
                raise ValueError("an amount of ink that cannot be")
        except (TypeError, ValueError, RecursionError) as error:
            raise self._wrong(row) from error
        found = self.rows[row]
        return Row(
            np.array(found["vector"]),
            np.array(self.letters[row]),
            int(found["steps"]),
            float(found["amount"]),
            entry,
        )

    def check(self, count: int) -> bytes:
        """What names the content of the first ``count`` rows, their letters and entries."""
        return START if count == 0 else bytes(self.rows["check"][count - 1])

    def all_entries(self) -> Iterator[Entry]:
        """The entries of all rows, every row looked at. Raises VerificationError as ``row`` does."""
        return (self.row(number).entry for number in range(len(self)))

    def _wrong(self, row: int) -> VerificationError:
        return VerificationError(
            str(self.place / ROWS), f"row {row} is not what was written: its check does not hold.", DAMAGED
        )


def check_of(before: bytes, record: NDArray[Any], letters: NDArray[np.float16], line: bytes) -> bytes:
    """Check of a row: SHA-256 of the check of the row before it, its record without the check, letters and entry.

    So a row's check names all rows up to it. ``record`` : (1,) of ``layout.row_type``.
    """
    whole = before + record.tobytes()[:-CHECK] + letters.tobytes() + line
    return hashlib.sha256(whole).digest()[:CHECK]


def open_gallery(folder: Path, model: Model) -> Gallery:
    """The gallery in a folder, with the rows that are whole by now.

    Raises UnreadableFileError where there is none or it is damaged, MissingResourceError where it is of another model.
    """
    header = read_header(folder, model)
    for _ in range(3):
        try:
            return _mapped(folder, header)
        except FileNotFoundError as error:
            # What takes rows away may have named another generation meanwhile.
            again = read_header(folder, model)
            if again == header:
                raise UnreadableFileError(str(folder), f"{error.filename} is missing.", DAMAGED) from error
            header = again
    raise UnreadableFileError(str(folder / HEADER), "it changes again and again.", "Wait for what changes it.")


def _mapped(folder: Path, header: Header) -> Gallery:
    place, model = folder / header.generation, header.model
    rows_bytes, letters_bytes, entries = (_bytes(place / name) for name in (ROWS, LETTERS, ENTRIES))
    kind = row_type(model)
    # A row that is being written at this moment is not whole yet.
    count = len(rows_bytes) // kind.itemsize
    rows = rows_bytes[: count * kind.itemsize].view(kind)
    held = count * model.letters * 2
    if len(letters_bytes) < held:
        raise UnreadableFileError(str(place / LETTERS), f"it ends before the letters of {count} rows.", DAMAGED)
    letters = letters_bytes[:held].view(np.float16).reshape(count, model.letters)
    if count and int(rows["entry"][-1]) + int(rows["length"][-1]) > len(entries):
        raise UnreadableFileError(str(place / ENTRIES), f"it ends before the entries of {count} rows.", DAMAGED)
    return Gallery(folder, header, rows, letters, entries)


def _bytes(file: Path) -> NDArray[np.uint8]:
    """The bytes of a regular file, mapped, read-only. Raises FileNotFoundError where there is none."""
    status = os.lstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError(str(file), "this is no regular file.", DAMAGED)
    # Nothing can be mapped of an empty file.
    return np.memmap(file, np.uint8, "r") if status.st_size else np.zeros(0, np.uint8)
