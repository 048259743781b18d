"""Whether the files of a row are still what it was made of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from datasets.errors import UnreadableFileError
from datasets.limits import MAX_FILE_BYTES


def files_digest(paths: Iterable[Path], of: bytes = b"") -> str:
    """SHA-256 over files, and those in folders, by name and content; a missing one is left to the reader to report.

    ``of`` : what else goes in, first. Raises UnreadableFileError for a path that cannot be one.
    """
    digest = hashlib.sha256(of)
    for path in paths:
        try:
            files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in files:
                if file.is_file():
                    digest.update(os.fsencode(file.name) + file_hash(file))
        except OSError as error:
            raise UnreadableFileError(f"{path!s:.80}", f"it cannot be read ({error.strerror}).", "Check it.") from error
    return digest.hexdigest()


def file_hash(path: Path) -> bytes:
    """SHA-256 of a file's bytes, of the first of them where it is larger than what a reader accepts."""
    status = path.stat()
    return _hash(os.fspath(path), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=1 << 16)
def _hash(path: str, *_: int) -> bytes:
    # Once for all rows that name the file, as long as the system says that it is the same.
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for _block in range(0, MAX_FILE_BYTES + 1, 2**20):
            digest.update(file.read(2**20))
    return digest.digest()
