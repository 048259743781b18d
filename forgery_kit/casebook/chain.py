"""The chain of entries: how one is made to follow another, and what is wrong with a chain that was touched.

The text of an entry is its JSON in canonical form (RFC 8785); its hash is the SHA-256 of that text as UTF-8. Each entry
holds its number, counted from 1, and the hash of the entry before it (64 zeros in the first), so that the hash of the
last one fixes all before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forgery_kit.casebook.canonical import canonical, parsed, sha256

#: Of an entry's JSON.
SCHEMA_VERSION = 1
#: What the first entry follows.
NOTHING = "0" * 64
#: Fields by which an entry has its place; the others say what was done.
PLACE = ("schema_version", "number", "previous", "time", "user", "host")


@dataclass(frozen=True)
class Entry:
    """An entry as it is stored: ``number`` and ``sha256`` as its row states them, ``text`` in canonical form."""

    number: int
    sha256: str
    text: str


@dataclass(frozen=True)
class Head:
    """The last entry of a casebook: its number, and the hash that fixes it and all before it. 0 and zeros for none."""

    number: int
    sha256: str


EMPTY = Head(0, NOTHING)


def linked(head: Head, fields: Mapping[str, Any], time: str, user: str, host: str) -> Entry:
    """The entry that follows ``head``. Raises ValueError where JSON cannot hold its fields."""
    place = {
        "schema_version": SCHEMA_VERSION,
        "number": head.number + 1,
        "previous": head.sha256,
        "time": time,
        "user": user,
        "host": host,
    }
    text = canonical({**fields, **place})
    return Entry(head.number + 1, sha256(text), text.decode())


class Check:
    """Looks at entries in the order in which they are stored, one at a time, and keeps no more than the last.

    Attributes
    ----------
    head : the last entry seen. Its hash is that of its text, whatever its row states.
    """

    def __init__(self, wanted: int = 0) -> None:
        self.head = EMPTY
        #: The hash of the entry of this number, once it has been seen.
        self.wanted, self.hash_of_wanted = wanted, ""

    def faults(self, entries: Iterable[Entry]) -> Iterator[str]:
        """What is wrong, in words; nothing where every entry is as it was written and stands where it was put."""
        for entry in entries:
            if entry.number != self.head.number + 1:
                yield _gap(self.head.number, entry.number)
            found = sha256(entry.text.encode())
            yield from (f"entry {entry.number}: {fault}" for fault in self._of(entry, found))
            self.head = Head(entry.number, found)
            if entry.number == self.wanted:
                self.hash_of_wanted = found

    def _of(self, entry: Entry, found: str) -> Iterator[str]:
        if found != entry.sha256:
            yield "it was altered: its text does not have the hash that was stored with it."
        try:
            fields = parsed(entry.text)
        except ValueError as error:
            yield f"it was altered: its text is no entry ({error!s:.100})."
            return
        if not isinstance(fields, dict) or any(name not in fields for name in PLACE):
            yield "it was altered: its text is no entry (it lacks its place)."
            return
        if fields["schema_version"] != SCHEMA_VERSION:
            yield f"it is of version {fields['schema_version']!r:.20}; this program knows {SCHEMA_VERSION}."
        if fields["number"] != entry.number:
            yield f"it was moved: its text says that it is entry {fields['number']!r:.20}."
        if fields["previous"] != self.head.sha256:
            before = f"entry {self.head.number}" if self.head.number else "the beginning"
            yield f"it does not follow {before}: something before it was altered, removed, put in or moved."


def _gap(before: int, number: int) -> str:
    if number <= before:
        return f"entry {number}: it stands after entry {before}."
    missing = f"entry {before + 1} is" if number == before + 2 else f"entries {before + 1} to {number - 1} are"
    return f"{missing} missing."
