"""Members of a corpus, from its .tar.xz archive read as a stream, or from an extracted folder."""

from __future__ import annotations

import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

from datasets.errors import HostileFileError, UnreadableFileError

#: No member of a corpus is larger; a larger one is not what it says.
MAX_MEMBER_BYTES = 64 << 20


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
        with tarfile.open(source, "r|*") as archive:
            for member in archive:
                if not member.isfile() or not member.name.endswith(suffixes):
                    continue
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    raise HostileFileError(str(source), f"the member {member.name!r} leaves the archive.")
                if member.size > MAX_MEMBER_BYTES:
                    raise HostileFileError(str(source), f"the member {member.name!r} has {member.size} bytes.")
                stream = archive.extractfile(member)
                assert stream is not None  # regular files always have one
                yield member.name, stream.read()
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError) as error:
        raise UnreadableFileError(str(source), f"this archive cannot be read ({error}).", "Fetch it again.") from error


def find_source(root: Path, archive_name: str, folder_name: str) -> Path | None:
    """The archive or the extracted folder of that name under ``root``, or None."""
    for candidate in (root / folder_name, root / archive_name):
        if candidate.exists():
            return candidate
    return None
