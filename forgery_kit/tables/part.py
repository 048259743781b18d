"""What is done of an output that takes long: a file beside it, from which an interrupted command goes on."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from datasets.errors import ArgumentsError
from forgery_kit.outputs import unwritten

#: How the first line of such a file begins.
MARK = "rows of an unfinished table of scores"


def part_of(out: Path) -> Path:
    """Where the rows of an output stand until it is whole."""
    return out.with_name(out.name + ".part")


class Part:
    """Rows that are done, a line of JSON each, in the order in which they were.

    ``made_by`` : what every row hangs on, by name; a file that was made by anything else is begun anew, and ``told``
    is called with why. Raises ArgumentsError where the file is no such file, or another process writes it.
    """

    def __init__(self, out: Path, rows: int, made_by: Mapping[str, str], told: Callable[[str], None]) -> None:
        self.path = part_of(out)
        self._at = array("q", [-1]) * rows
        self._keys: dict[int, str] = {}
        try:
            self._file: IO[bytes] = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
        except OSError as error:
            raise unwritten(str(self.path), error) from error
        try:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ArgumentsError(
                    str(self.path), "another process is at work on this table.", "Wait for it, or name another file."
                ) from error
            self._take_up(dict(made_by), told)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Part:
        return self

    def __exit__(self, error: object, *_: object) -> None:
        if error and not self.count():
            self.remove()
        # What could not be written is still waiting to be: its error is on its way already.
        with contextlib.suppress(OSError):
            self._file.close()

    def keep(self, fits: Callable[[int, str], bool]) -> None:
        """Forget the rows whose key does not fit any more."""
        for row, key in self._keys.items():
            if self._at[row] >= 0 and not fits(row, key):
                self._at[row] = -1
        self._keys.clear()

    def has(self, row: int) -> bool:
        return self._at[row] >= 0

    def count(self) -> int:
        return sum(at >= 0 for at in self._at)

    def add(self, row: int, key: str, cells: dict[str, str]) -> None:
        """A row that is done. Raises MissingResourceError where there is no room for it."""
        self._at[row] = self._append([row, key, cells])

    def rows(self) -> Iterator[dict[str, str]]:
        """The cells of all rows, in the table's order."""
        for at in self._at:
            self._file.seek(at)
            yield json.loads(self._file.readline())[2]

    def remove(self) -> None:
        """Take the file away: the output is whole."""
        self.path.unlink(missing_ok=True)

    def _append(self, value: Any) -> int:
        at = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(json.dumps(value).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise unwritten(str(self.path), error) from error
        return at

    def _take_up(self, made_by: dict[str, str], told: Callable[[str], None]) -> None:
        first = self._file.readline()
        head = _parsed(first)
        if first.strip() and not (isinstance(head, dict) and head.get("what") == MARK):
            raise ArgumentsError(
                str(self.path), "it is no part of a table of scores.", "Move it, or name another file."
            )
        before = head.get("made_by") if isinstance(head, dict) else None
        if before == made_by:
            self._read(len(first))
            return
        if isinstance(before, dict):
            other = [name for name in made_by if before.get(name) != made_by[name]]
            told(f"{self.path}: not taken up, it was made by another {' and another '.join(other)}; begun anew.")
        self._file.seek(0)
        self._file.truncate()
        self._append({"what": MARK, "made_by": made_by})

    def _read(self, at: int) -> None:
        """Take up whole lines; what follows the first that is not, was being written when it ended."""
        for line in self._file:
            found = _parsed(line) if line.endswith(b"\n") else None
            if not (isinstance(found, list) and len(found) == 3 and isinstance(found[2], dict)):
                break
            row = found[0]
            if isinstance(row, int) and 0 <= row < len(self._at):
                # A row that failed is tried again.
                self._at[row] = -1 if found[2].get("error") else at
                self._keys[row] = str(found[1])
            at += len(line)
        self._file.seek(at)
        self._file.truncate()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
