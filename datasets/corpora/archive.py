"""Members of a corpus, from its .tar.xz archive read as a stream, or from an extracted folder."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.errors import HostileFileError, UnreadableFileError

#: No member of a corpus is larger; a larger one is not what it says.
MAX_MEMBER_BYTES = 64 << 20
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
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.name.endswith(suffixes)):
            if path.is_symlink() or not path.is_file():
                continue
            yield path.relative_to(source).as_posix(), path.read_bytes()
        return
    try:
        with _Unpacked(source) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    if not member.isfile() or not member.name.endswith(suffixes):
                        continue
                    if member.name.startswith("/") or ".." in member.name.split("/"):
                        raise HostileFileError(str(source), f"the member {member.name!r} leaves the archive.")
                    if member.size > MAX_MEMBER_BYTES:
                        raise HostileFileError(str(source), f"the member {member.name!r} has {member.size} bytes.")
                    content = archive.extractfile(member)
                    assert content is not None  # regular files always have one
                    yield member.name, content.read()
            stream.check_end()
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        raise UnreadableFileError(str(source), f"this archive cannot be read ({error}).", "Fetch it again.") from error


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
