"""What comes with a request: JSON, or a form whose part ``request`` is that JSON beside files of ink.

The server's own process takes bytes and no more than a few of them at once: what is large goes to disk as it comes, and
is parsed by the process that reads uploads (``web.parsing``), under a limit of memory and time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.datastructures import UploadFile

from web.problems import ProblemError
from web.settings import Limits

#: Characters, and bytes, of a file's name that are kept; file systems take 255 bytes with what is added here.
LONGEST_NAME, LONGEST_BYTES = 80, 200
#: Bytes that are taken from a file at once.
PIECE = 1 << 20
#: The request itself below the job's folder, before it is parsed.
REQUEST = ".request.json"


@dataclass(frozen=True)
class Taken:
    """A request as it came: bytes of JSON in ``folder / REQUEST``, and the files of each side, relative to it."""

    bytes: int
    files: dict[str, list[str]]


async def taken(request: Request, sides: Sequence[str], folder: Path, limits: Limits) -> Taken:
    """Save a request below ``folder``. Raises ProblemError for what is no JSON and no form, or has too many files."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    files: dict[str, list[str]] = {side: [] for side in sides}
    path = folder / REQUEST
    if kind == "application/json":
        with path.open("wb") as stream:
            async for piece in request.stream():
                stream.write(piece)
    elif kind == "multipart/form-data":
        form = await request.form(max_files=limits.files, max_fields=16, max_part_size=limits.field)
        try:
            given = form.get("request", "{}")
            if not isinstance(given, str):
                raise ProblemError(400, "request: this part is a field with JSON, no file.")
            path.write_text(given, encoding="utf-8", errors="replace")
            for side, part in form.multi_items():
                if side == "request":
                    continue
                if side not in files or not isinstance(part, UploadFile):
                    raise ProblemError(400, f"{side[:40]}: there is no such part.")
                place = place_of(folder, side, part.filename or "ink")
                await _save(part, place)
                files[side].append(f"{side}/{place.name}")
        finally:
            await form.close()
    else:
        raise ProblemError(415, "send application/json, or multipart/form-data with files.")
    return Taken(path.stat().st_size, files)


def place_of(folder: Path, side: str, name: str) -> Path:
    """Where a file goes: below the side's folder, by a name that leads nowhere else and is not taken."""
    base = re.sub(r"[^\w .()+-]", "_", re.split(r"[\\/]", name)[-1]).lstrip(". ")[-LONGEST_NAME:]
    while len(base.encode()) > LONGEST_BYTES:
        base = base[1:]
    base = base.strip(". ") or "ink"
    target = folder / side
    target.mkdir(exist_ok=True)
    stem, dot, suffix = base.rpartition(".")
    found, number = target / base, 1
    while found.exists():
        number += 1
        found = target / (f"{stem} ({number}).{suffix}" if dot else f"{base} ({number})")
    return found


async def _save(part: UploadFile, path: Path) -> None:
    with path.open("wb") as stream:
        while piece := await part.read(PIECE):
            stream.write(piece)
