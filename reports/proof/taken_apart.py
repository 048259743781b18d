"""A report's file taken apart without trust in it: what was drawn, what was added later, and the files that it carries.

No PDF library looks at a file that somebody hands in. What ``archive`` writes has one layout, an object after the
other, and is found by it; any other layout is no report as it was written. Nothing is unpacked beyond the limits.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

from datasets.errors import HostileFileError, UnreadableFileError

#: Bytes of all files that a report carries, unpacked.
MAX_CARRIED = 64 * 2**20
#: Bytes that may follow what was drawn: a signature with its certificates and a time stamp has some 20,000.
MAX_ADDED = 512 * 2**10

_END = re.compile(rb"\nstartxref\n\d{1,10}\n%%EOF\n")
_FILE = re.compile(
    rb"<< /AFRelationship /\w{1,20} /Desc \([^\n]{0,100}?\) /EF << /F (\d{1,7}) 0 R /UF \1 0 R >> "
    rb"/F \(([\w.-]{1,80})\) /Type /Filespec /UF \(\2\) >>"
)
_STREAM = re.compile(
    rb"\n(\d{1,7}) 0 obj\n<< /Filter /FlateDecode [^\n]{0,300}? /Type /EmbeddedFile /Length (\d{1,8}) >>\nstream\n"
)
_OBJECT = re.compile(rb"\n(\d{1,7}) 0 obj\n")
_ADVICE = "Give a report that `compare`, `batch` or `report` wrote, as it was written."


@dataclass(frozen=True)
class TakenApart:
    """``drawn`` : the report as it was drawn. ``added`` : what was appended, as signing does. ``files`` : by name."""

    drawn: bytes
    added: bytes
    files: dict[str, bytes]


def take_apart(data: bytes, name: str) -> TakenApart:
    """The parts of a report.

    Raises UnreadableFileError where it is no report that carries its result, HostileFileError where it unpacks beyond
    the limits.
    """
    if not data.startswith(b"%PDF-"):
        raise UnreadableFileError(name, "this is no PDF.", _ADVICE)
    end = _END.search(data)
    if end is None:
        encrypted = "/Encrypt" if b"/Encrypt" in data[-4096:] else ""
        found = "this PDF is encrypted." if encrypted else "this PDF is cut off, or another program saved it."
        raise UnreadableFileError(name, found, _ADVICE)
    drawn, added = data[: end.end()], data[end.end() :]
    if len(added) > MAX_ADDED:
        raise HostileFileError(name, f"{len(added):,} bytes follow the report, more than any signature has.", _ADVICE)
    places = {found[1]: (found.end(), int(found[2])) for found in _STREAM.finditer(drawn)}
    files: dict[str, bytes] = {}
    room = MAX_CARRIED
    for named in _FILE.finditer(drawn):
        start, length = places.get(named[1], (0, 0))
        unpacked = _unpacked(drawn[start : start + length], room)
        if unpacked is None:
            raise HostileFileError(name, f"what it carries unpacks to more than {MAX_CARRIED // 2**20} MiB.", _ADVICE)
        room -= len(unpacked)
        files[named[2].decode()] = unpacked
    if not files:
        raise UnreadableFileError(name, "this PDF carries no result of forgery_kit.", _ADVICE)
    return TakenApart(drawn, added, files)


def _unpacked(packed: bytes, room: int) -> bytes | None:
    """The content of a stream; empty where it is damaged, None where it is larger than there is room."""
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(packed, room + 1)
        # What follows the end would be seen by nobody.
        whole = engine.eof and not engine.unused_data
    except zlib.error:
        return b""
    if len(data) > room:
        return None
    return data if whole else b""


def objects(drawn: bytes) -> dict[int, bytes]:
    """Number → bytes of each object, up to the next one; what precedes the first is 0."""
    starts = [(0, 0), *((int(found[1]), found.start()) for found in _OBJECT.finditer(drawn))]
    ends = [start for _, start in starts[1:]] + [len(drawn)]
    return {number: drawn[start:end] for (number, start), end in zip(starts, ends, strict=True)}


def differing(drawn: bytes, again: bytes, names: dict[int, str]) -> list[str]:
    """What of a report differs from the one drawn again, in words; ``names`` are those of the latter's objects."""
    theirs, ours = objects(drawn), objects(again)
    found: dict[str, Any] = {}
    for number in sorted(set(theirs) | set(ours)):
        if theirs.get(number) != ours.get(number):
            found[names.get(number, "what holds its parts together")] = None
    return list(found)
