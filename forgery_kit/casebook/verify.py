"""Whether a casebook is whole: its chain, and what a signed head says of its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import CasebookError, VerificationError
from forgery_kit.casebook.chain import Check
from forgery_kit.casebook.export import Export
from forgery_kit.casebook.head import SignedHead, fingerprint
from forgery_kit.casebook.store import Casebook

#: Faults that are named one by one.
MOST_FAULTS = 20


@dataclass(frozen=True)
class Verified:
    """What was found. ``faults`` : what is wrong, the first of ``n_faults``. ``lines`` : what was checked and holds."""

    faults: tuple[str, ...]
    n_faults: int
    lines: tuple[str, ...]


def verify(
    book: Casebook | Export, signed: SignedHead | None = None, key: bytes | None = None, authority: Path | None = None
) -> Verified:
    """Look at every entry, and at a signed head where there is one.

    Parameters
    ----------
    signed : a head that was kept, its signature checked (``read_head``). key : 32 bytes; who must have signed it.
    authority : certificates that the time stamp in it must lead to.

    Raises UnreadableFileError where an export or the certificates cannot be read.
    """
    check = Check(signed.head.number if signed else 0)
    faults = _Faults()
    try:
        for fault in check.faults(book.entries()):
            faults.add(fault)
    except CasebookError as error:
        faults.add(f"the casebook cannot be read behind entry {check.head.number}: {error.found}")
    if isinstance(book, Export):
        for fault in _stated(book, check):
            faults.add(fault)
    count = check.head.number
    lines = [f"entries     {count}, each as it was written and in its place; hash of the last {check.head.sha256}"]
    if faults.count:
        lines = []
    if signed is None:
        lines.append(
            "not checked whether entries are missing at the end, or all were made anew: no signed head is given"
        )
        return Verified(tuple(faults.first), faults.count, tuple(lines))
    for fault in against(signed, check):
        faults.add(fault)
    if key is not None and key != signed.public_key:
        faults.add(f"the head was signed with another key than the one given: {fingerprint(signed.public_key)}.")
    told = list(_signed_lines(signed, key))
    try:
        told += _stamp_lines(signed, authority)
    except VerificationError as error:
        faults.add(f"{error.where}: {error.found}")
    return Verified(tuple(faults.first), faults.count, (*lines, *(() if faults.count else told)))


class _Faults:
    """The first faults, and how many there are in all."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.count = 0

    def add(self, fault: str) -> None:
        self.count += 1
        if len(self.first) < MOST_FAULTS:
            self.first.append(fault)


def _stated(export: Export, check: Check) -> Iterator[str]:
    if export.stated is None:
        yield "the last line, which states the head, is missing: entries may be missing before it."
    elif export.stated != check.head:
        yield f"its last line states entry {export.stated.number} with another hash: entries at the end were touched."


def against(signed: SignedHead, check: Check) -> Iterator[str]:
    """What a signed head says against the entries."""
    head = signed.head
    if head.number > check.head.number:
        gone = f"entries {check.head.number + 1} to {head.number} are missing"
        yield f"{gone}: entry {head.number} was the last when the head was signed on {signed.time}."
    elif head.number and check.hash_of_wanted != head.sha256:
        yield f"entry {head.number}, or one before it, is not what it was when the head was signed on {signed.time}."


def _signed_lines(signed: SignedHead, key: bytes | None) -> Iterator[str]:
    whose = "the given key" if key else "a key that you have to know"
    yield f"signed      entries 1 to {signed.head.number} are those that were signed on {signed.time}"
    yield f"            with {whose}: {fingerprint(signed.public_key)}"


def _stamp_lines(signed: SignedHead, authority: Path | None) -> Iterator[str]:
    """What the time stamp says. Raises VerificationError where it does not hold."""
    if signed.timestamp is None:
        if authority is not None:
            raise VerificationError("the head", "it has no time stamp.")
        return
    from forgery_kit.casebook.stamp import stamped_time

    time = stamped_time(signed.timestamp, signed.stamped, authority, "the head")
    who = "its certificates lead to those given" if authority else "who stated it is not checked: give --authority"
    yield f"time stamp  the head was there on {time:%Y-%m-%dT%H:%M:%SZ}; {who}"
