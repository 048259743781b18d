"""What changes a gallery on disk: rows added behind the others, or all rows written anew without some.

Rows are added in an order that leaves the gallery whole whenever it is cut off: letters, entries, then the records, of
which only whole ones count. One process at a time changes a gallery; those that read it are never disturbed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.errors import ArgumentsError, UnreadableFileError
from forgery_kit.gallery.entry import Row, to_line
from forgery_kit.gallery.layout import (
    ENTRIES,
    HEADER,
    LETTERS,
    LOCK,
    MAX_ENTRY,
    ROWS,
    Header,
    Model,
    row_type,
    write_header,
)
from forgery_kit.gallery.stored import Gallery, check_of, open_gallery
from forgery_kit.outputs import unwritten

#: Rows that are written together when all are written anew.
TOGETHER = 4096


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others from changing the gallery. Raises ArgumentsError where one does so already."""
    try:
        stream = (folder / LOCK).open("a")
    except OSError as error:
        raise unwritten(str(folder / LOCK), error) from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ArgumentsError(str(folder), "another command is changing it.", "Wait for that to end.") from error
        # Let go when the file is closed, also where the process is killed.
        yield


def create(folder: Path, model: Model) -> None:
    """An empty gallery. Raises ArgumentsError where the folder has anything in it, or cannot be written to."""
    try:
        folder.mkdir(exist_ok=True)
        if any(folder.iterdir()):
            what = "there is a gallery already" if (folder / HEADER).exists() else "the folder is not empty"
            raise ArgumentsError(str(folder), f"{what}.", "Use `gallery add`, or name another folder.")
        header = Header(model, _new_generation(folder))
    except OSError as error:
        raise unwritten(str(folder), error) from error
    write_header(folder, header)


def append(folder: Path, model: Model, rows: Sequence[Row]) -> None:
    """Add rows behind the others. Raises MissingResourceError where the disk is full; then none of them is added."""
    gallery = open_gallery(folder, model)
    _append(gallery.place, model, gallery.check(len(gallery)), _ends(gallery), rows)


def rewrite(
    gallery: Gallery,
    without: Collection[int],
    instead: Mapping[int, Row],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write all rows anew but some, others in the place of some, and remove what was there before.

    Raises VerificationError where a row that is kept was changed, MissingResourceError where the disk is full; then
    the gallery is as it was.
    """
    folder, model = gallery.folder, gallery.header.model
    generation = _new_generation(folder)
    place, check, ends = folder / generation, gallery.check(0), (0, 0, 0)
    try:
        for start in range(0, len(gallery), TOGETHER):
            numbers = [n for n in range(start, min(start + TOGETHER, len(gallery))) if n not in without]
            kept = [instead[n] if n in instead else gallery.row(n) for n in numbers]
            check, ends = _append(place, model, check, ends, kept)
            if progress:
                progress(start, len(gallery))
        write_header(folder, replace(gallery.header, generation=generation))
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    shutil.rmtree(gallery.place, ignore_errors=True)


def _new_generation(folder: Path) -> str:
    """Name of a new folder with files that hold no rows."""
    name = secrets.token_hex(8)
    (folder / name).mkdir()
    for file in (ROWS, LETTERS, ENTRIES):
        (folder / name / file).touch()
    return name


def _ends(gallery: Gallery) -> tuple[int, int, int]:
    """Where the whole rows end in each file; what an interrupted command left behind them is written over."""
    entries = 0
    if len(gallery):
        entries = int(gallery.rows["entry"][-1]) + int(gallery.rows["length"][-1])
    return gallery.letters.nbytes, entries, gallery.rows.nbytes


def _append(
    place: Path, model: Model, check: bytes, ends: tuple[int, int, int], rows: Sequence[Row]
) -> tuple[bytes, tuple[int, int, int]]:
    """Write rows from ``ends`` on (letters, entries, records); the last check and the new ends."""
    records = np.zeros(len(rows), row_type(model))
    lines, letters, at = [], [], ends[1]
    for number, row in enumerate(rows):
        line = to_line(row.entry)
        if len(line) > MAX_ENTRY:
            raise UnreadableFileError(row.entry.writer, "it has too many files for an entry.", "Give fewer.")
        one = records[number : number + 1]
        one["vector"], one["steps"], one["amount"] = row.vector, row.steps, row.amount
        one["entry"], one["length"] = at, len(line)
        check = check_of(check, one, row.letters, line)
        one["check"] = np.frombuffer(check, np.uint8)
        lines.append(line)
        letters.append(row.letters.tobytes())
        at += len(line)
    new = []
    for name, end, data in zip(
        (LETTERS, ENTRIES, ROWS), ends, (b"".join(letters), b"".join(lines), records.tobytes()), strict=True
    ):
        _write(place / name, end, data)
        new.append(end + len(data))
    return check, (new[0], new[1], new[2])


def _write(file: Path, end: int, data: bytes) -> None:
    """Put data at the end of what counts in a file, on the disk before anything goes on."""
    try:
        with file.open("r+b") as stream:
            stream.truncate(end)
            stream.seek(end)
            try:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            except OSError:
                os.ftruncate(stream.fileno(), end)
                raise
    except OSError as error:
        raise unwritten(str(file), error) from error
