"""A casebook as a file that goes to somebody else: JSON Lines, an entry a line, the head last.

Each line but the last is the text of an entry, byte for byte what its hash is over, so that anybody can check the chain
with a tool for SHA-256. The last line is ``{"head":{"number":…,"sha256":…}}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.errors import UnreadableFileError, VerificationError
from forgery_kit.casebook.canonical import canonical, loaded, sha256
from forgery_kit.casebook.chain import Check, Entry, Head
from forgery_kit.casebook.store import MAGIC, MOST_BYTES, Casebook
from forgery_kit.outputs import check_outputs, write_file


def export(book: Casebook, out: Path) -> Head:
    """Write all entries to a file, and return the head. Raises VerificationError where the chain does not hold."""
    check_outputs([out])
    check = Check()

    def lines() -> Iterator[bytes]:
        for entry in book.entries():
            for fault in check.faults([entry]):
                raise VerificationError(book.where, fault, "Run `casebook verify`, and keep the file as it is.")
            yield entry.text.encode() + b"\n"
        yield canonical({"head": {"number": check.head.number, "sha256": check.head.sha256}}) + b"\n"

    write_file(out, lines())
    return check.head


class Export:
    """An export that is read again.

    Attributes
    ----------
    stated : the head in its last line, once all entries have been read.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)
        self.stated: Head | None = None

    def entries(self) -> Iterator[Entry]:
        """Its entries, a line each; where a line states no number, that of the line stands for it.

        Raises UnreadableFileError where the file cannot be read, or is no text of such lines.
        """
        advice = "Give a file that `casebook export` wrote."
        try:
            with self.path.open("rb") as file:
                if file.read(len(MAGIC)) == MAGIC:
                    raise UnreadableFileError(self.where, "this is a casebook, no export.", "Give it to --casebook.")
                file.seek(0)
                number = 0
                while line := file.readline(MOST_BYTES):
                    number += 1
                    text = line.decode().removesuffix("\n")
                    if self.stated is not None or not line.endswith(b"\n"):
                        raise UnreadableFileError(self.where, f"line {number} is no line of an export.", advice)
                    fields = _fields(text)
                    self.stated = _stated(fields)
                    if self.stated is None:
                        found = fields.get("number")
                        yield Entry(found if type(found) is int else number, sha256(text.encode()), text)
        except OSError as error:
            raise UnreadableFileError(self.where, f"it cannot be read ({error.strerror}).", "Check it.") from error
        except UnicodeDecodeError as error:
            raise UnreadableFileError(self.where, "it is not UTF-8 text.", advice) from error


def _fields(text: str) -> dict[str, Any]:
    try:
        found = loaded(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _stated(fields: dict[str, Any]) -> Head | None:
    """The head that a line states; None where it is an entry."""
    head = fields.get("head")
    if set(fields) != {"head"} or not isinstance(head, dict) or set(head) != {"number", "sha256"}:
        return None
    number, digest = head["number"], head["sha256"]
    return Head(number, digest) if type(number) is int and isinstance(digest, str) else None
