"""Members of a corpus, from its .tar.xz archive read as a stream, or from an extracted folder."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from datasets.errors import HostileFileError, UnreadableFileError

#: No member of a corpus is larger; a larger one is not what it says.
MAX_MEMBER_BYTES = 64 << 20
#: No line of a corpus that is one object a line is longer; the longest known has 0.3 MB.
MAX_LINE_BYTES = 16 << 20
#: Zero bytes that end every tar archive (POSIX: two blocks).
END_BYTES = 1024


def members(source: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """(path inside the corpus, bytes) of every regular file whose name ends in one of ``suffixes``.

    Archives are read in order, once: random access into xz is quadratic. Nothing is written to disk.

    Raises
    ------
    HostileFileError : a path that leaves the corpus, or a member over ``MAX_MEMBER_BYTES``.
    UnreadableFileError : the archive is cut off or damaged.
    """
    with _told(source):
        for name, size, content in _streams(source, suffixes):
            if size > MAX_MEMBER_BYTES and not source.is_dir():
                raise HostileFileError(str(source), f"the member {name!r} has {size} bytes.")
            yield name, content.read()


def lines(source: Path, suffix: str) -> Iterator[bytes]:
    """Every line of the files whose names end in ``suffix``, however large the files are.

    Raises as ``members`` does, and HostileFileError for a line over ``MAX_LINE_BYTES``.
    """
    with _told(source):
        for name, _, content in _streams(source, (suffix,)):
            while line := content.readline(MAX_LINE_BYTES + 1):
                if len(line) > MAX_LINE_BYTES:
                    raise HostileFileError(str(source), f"a line of {name!r} has more than {MAX_LINE_BYTES} bytes.")
                yield line


@contextmanager
def _told(source: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        kind = "folder" if source.is_dir() else "archive"
        raise UnreadableFileError(str(source), f"this {kind} cannot be read ({error}).", "Fetch it again.") from error


def _streams(source: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, int, IO[bytes]]]:
    """(path, bytes, content) of the files, each to be read before the next is asked for."""
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.name.endswith(suffixes)):
            if path.is_symlink() or not path.is_file():
                continue
            with path.open("rb") as content:
                yield path.relative_to(source).as_posix(), path.stat().st_size, content
        return
    with _Unpacked(source) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if not member.isfile() or not member.name.endswith(suffixes):
                    continue
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    raise HostileFileError(str(source), f"the member {member.name!r} leaves the archive.")
                inside = archive.extractfile(member)
                assert inside is not None  # regular files always have one
                yield member.name, member.size, inside
        stream.check_end()


class _Unpacked(io.RawIOBase):
    """The bytes of a tar archive, decompressed, with their end remembered.

    Python's tarfile takes an archive that was cut off between members for a shorter one.
    """

    def __init__(self, source: Path) -> None:
        with source.open("rb") as stream:
            head = stream.read(6)
        openers: dict[bytes, Any] = {b"\xfd7zXZ\0": lzma.open, b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
        opener = next((o for magic, o in openers.items() if head.startswith(magic)), open)
        self._stream = opener(source, "rb")
        self._tail = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = self._stream.read(size)
        self._tail = (self._tail + data)[-END_BYTES:]
        return data

    def check_end(self) -> None:
        """Read what is left. Raises EOFError where the archive lacks its end."""
        while self.read(1 << 20):
            pass
        if self._tail != bytes(END_BYTES):
            raise EOFError("it ends too early")

    def close(self) -> None:
        self._stream.close()
        super().close()


def find_source(root: Path, archive_name: str, folder_name: str) -> Path | None:
    """The archive or the extracted folder of that name under ``root``, or None."""
    for candidate in (root / folder_name, root / archive_name):
        if candidate.exists():
            return candidate
    return None
