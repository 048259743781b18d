"""Readers of ink: files are recognised by what they hold, never by their name.

Every module in ``FORMATS`` has ``NAME``, ``SUMMARY``, ``looks_like(head)`` and ``read(data, name, folder)``.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, Protocol, cast

from datasets.errors import ForgeryKitError, HostileFileError, UnreadableFileError
from datasets.limits import HEAD_BYTES, MAX_FILE_BYTES, MIN_POINTS
from datasets.readers import iam_ondb, signatures, xopp
from datasets.readers.inkml import document as inkml
from datasets.readers.json_ink import document as json_ink
from datasets.readers.not_ink import describe
from datasets.readers.origin import is_generator
from datasets.readers.plain_text import plain_text
from datasets.readers.safe_xml import root_of
from datasets.readers.tables import csv_table
from datasets.readers.unipen import document as unipen
from datasets.sample import Sample


class Reader(Protocol):
    """What a format's module offers."""

    NAME: str
    SUMMARY: str

    def looks_like(self, head: bytes) -> bool:
        """True where the first 64 KB of a file show this format."""

    def read(self, data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
        """The recordings in a file; ``folder`` is where what it includes may lie."""


#: Formats by name, in the order in which they are tried: the most particular first.
FORMATS: dict[str, Reader] = {
    module.NAME: cast(Reader, module) for module in (iam_ondb, inkml, xopp, unipen, signatures, json_ink, csv_table)
}

#: What systems leave in folders beside hidden files.
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}


def detect(head: bytes) -> str | None:
    """The name of the format that the first 64 KB of a file show, or None."""
    return next((name for name, reader in FORMATS.items() if reader.looks_like(head[:HEAD_BYTES])), None)


def read_file(path: str | Path) -> tuple[Sample, ...]:
    """The recordings in one file, with ``file``, ``sha256`` and ``format`` set.

    Raises
    ------
    UnreadableFileError : missing, no regular file, empty, not ink, broken, or less than a movement.
    HostileFileError : larger than ``limits`` allow, or built to do harm.
    """
    name = str(path)
    original = file_bytes(name)
    data = plain_text(original)
    head = data[:HEAD_BYTES]
    format_name = detect(head)
    if format_name is None:
        raise _unknown(name, head)
    try:
        samples = FORMATS[format_name].read(data, name, Path(path).parent)
    except ForgeryKitError:
        raise
    # Everything else too: what a damaged file makes a parser raise (NumPy's: TokenError) cannot be listed, and one
    # bad exhibit must not end a batch. The cause stays attached for whoever looks for a fault of ours.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableFileError(
            name, f"it looks like {format_name}, but is broken ({reason}).", "Export the recording again."
        ) from error
    if sum(len(stroke) for sample in samples for stroke in sample.ink.strokes()) < MIN_POINTS:
        raise UnreadableFileError(
            name, "one point is all the ink in it, nothing to speak of.", "Give a recording of writing."
        )
    digest = hashlib.sha256(original).hexdigest()
    samples = tuple(replace(sample, file=name, sha256=digest, format=format_name) for sample in samples)
    return tuple(replace(sample, origin="generated") if is_generator(sample.device) else sample for sample in samples)


def read_paths(paths: Iterable[str | Path]) -> tuple[Sample, ...]:
    """The recordings in files and folders, in the order given; a folder stands for every file below it, sorted.

    Hidden files and what systems leave in folders are passed over. Any other file has to be ink: an exhibit must
    not shrink because a file of it could not be read.

    Raises like ``read_file``, and UnreadableFileError for a folder without a file, one that cannot be opened, a link
    to a folder in it, and for an empty path (which would mean the current folder).
    """
    return tuple(sample for file in ink_files(paths) for sample in read_file(file))


def ink_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The files that ``read_paths`` reads, in its order. Raises as it does for folders and empty paths."""
    paths = list(paths)
    if any(str(path) == "" for path in paths):
        raise UnreadableFileError("''", "this path is empty.", "Give a file or a folder.")
    for path in paths:
        yield from _files(Path(path))


def _files(path: Path) -> Iterator[Path]:
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise UnreadableFileError(f"{path!s:.80}", f"it is no path ({error.strerror}).", "Check the path.") from error
    if not is_folder:
        yield path
        return
    found = []
    for folder, folders, files in os.walk(path, onerror=_refuse_folder):
        folders[:] = [part for part in folders if not _is_litter(part)]
        for linked in (Path(folder, part) for part in folders):
            if linked.is_symlink():
                # Followed, it could leave the exhibit or lead in a circle; passed over, its ink would be missing.
                raise UnreadableFileError(str(linked), "this is a link to a folder.", "Give the folder itself.")
        found += [Path(folder, part) for part in files if not _is_litter(part)]
    if not found:
        raise UnreadableFileError(str(path), "the folder holds no file.", "Put the recordings into it.")
    yield from sorted(found)


def _refuse_folder(error: OSError) -> NoReturn:
    raise UnreadableFileError(
        str(error.filename), f"the folder cannot be opened ({error.strerror}).", "Check its permissions."
    ) from error


def _is_litter(part: str) -> bool:
    return part.startswith(".") or part.lower() in _LITTER


def file_bytes(name: str) -> bytes:
    """The bytes of a regular file of sensible size; devices and pipes are never opened for reading."""
    try:
        status = os.stat(name)
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableFileError(name, "this is a folder.", "Give a file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError(name, "this is not a regular file.", "Give a file with a recording.")
        with open(name, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1) if status.st_size <= MAX_FILE_BYTES else b""
        if max(len(data), status.st_size) > MAX_FILE_BYTES:
            raise HostileFileError(
                name,
                f"it has {status.st_size / 2**20:.0f} MB, more than the {MAX_FILE_BYTES // 2**20} MB that are read.",
                "Split the recording.",
            )
    except FileNotFoundError as error:
        raise UnreadableFileError(name, "there is no such file.", "Check the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFileError(
            name.replace("\0", "\\0"), f"it cannot be opened ({reason}).", "Check the path and its permissions."
        ) from error
    if not data:
        raise UnreadableFileError(name, "the file is empty.", "Copy or export it again.")
    return data


def _unknown(name: str, head: bytes) -> UnreadableFileError:
    described = describe(head)
    root = root_of(head)
    if root is not None and root.doctype and root.name.lower() not in ("html", "svg"):
        return HostileFileError(name, "it is XML that declares a document type, which no recording of ink needs.")
    if described is not None:
        what, advice = described
        return UnreadableFileError(name, f"this is {what}.", advice)
    known = ", ".join(FORMATS)
    return UnreadableFileError(name, "this is no format of ink that is known.", f"Known: {known}.")
