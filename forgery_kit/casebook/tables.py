"""Tables in the casebook: an entry for each row of a batch, one for a table of scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.errors import CasebookError
from forgery_kit.casebook.store import MOST_BYTES, Casebook
from forgery_kit.casebook.work import Input, Work, work_of
from forgery_kit.tables.csv_table import read_table

#: Of an entry, for each file besides its name.
_BYTES = 120


class RowRecorder:
    """Records the rows of a batch; a casebook that fails meanwhile does not stop the batch, and is told at its end."""

    def __init__(self, book: Casebook) -> None:
        self.book = book
        self._left: list[Path] = []
        self._unrecorded = 0
        self._reason = ""

    def done(self, result: Path) -> None:
        """Record a row by the JSON that was written for it, unless it is in the casebook already.

        So a batch that ended between a row and its entry adds the entry when it is started again.
        """
        try:
            self.book.append([_row(result)], once=True)
        except CasebookError as error:
            self._left.append(result)
            self._reason = error.found

    def failed(self, case: str, sides: Mapping[str, Iterable[Path]], error: str, command: str) -> None:
        """Record that a row failed, with the files that it names, and why."""
        inputs = tuple(Input(role, str(file), None) for role, files in sides.items() for file in files)
        try:
            self.book.append([Work("batch row", inputs, None, case=case, error=error, command=command)])
        except CasebookError as found:
            self._unrecorded += 1
            self._reason = found.found

    def finish(self) -> None:
        """Try once more what could not be recorded. Raises CasebookError where that fails; no row's files are lost."""
        left, self._left = self._left, []
        for result in left:
            self.done(result)
        count = len(self._left) + self._unrecorded
        if count:
            rows = f"{count} row{'s are' if count != 1 else ' is'} done and not in it ({self._reason})"
            raise CasebookError(self.book.where, f"{rows}.", "Mend it and start the batch again: they are added.")


def sides_of(table: Path) -> dict[str, list[Path]]:
    """Role → the files that a table's rows name for it, each once. Raises as ``read_table``."""
    roles = ("questioned", "known")
    rows = read_table(table, roles).rows
    named = {role: [part.strip() for row in rows for part in row[role].split(";")] for role in roles}
    return {role: [table.parent / part for part in dict.fromkeys(named[role]) if part] for role in roles}


def score_inputs(pairs: Path, sides: Mapping[str, Sequence[Path]]) -> tuple[Input, ...]:
    """The table of pairs, and the files that it names, once for each side, with their hashes.

    Raises CasebookError where they are more than an entry holds.
    """
    if sum(_BYTES + len(str(file)) for named in sides.values() for file in named) > MOST_BYTES:
        raise CasebookError(str(pairs), "it names more files than an entry of a casebook holds.", "Score it in parts.")
    files = [Input(role, str(file), file_sha256(file)) for role, named in sides.items() for file in named]
    return (Input("pairs", str(pairs), file_sha256(pairs)), *files)


def score_work(inputs: tuple[Input, ...], out: Path, judge: Any, settings: Mapping[str, Any], command: str) -> Work:
    """A table of scores: its result is the file that was written. ``judge`` : None for the one that ships."""
    from forgery_kit.identity import versions
    from forgery_kit.likelihood.reference import file_hash
    from gan.judging.style import card, weights_hash

    return Work(
        kind="score",
        inputs=inputs,
        result_sha256=file_sha256(out),
        outcome={"file": str(out)},
        model={"name": card()["name"], "sha256": weights_hash(judge.weights) if judge else weights_hash()},
        calibration_sha256=judge.reference.sha256 if judge else file_hash(),
        versions=versions(),
        settings=settings,
        command=command,
    )


def file_sha256(path: Path) -> str | None:
    """SHA-256 of a file, 64 hex digits; None where it is no file, or cannot be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _row(result: Path) -> Work:
    """The work behind a row's JSON. Raises CasebookError where it is gone."""
    try:
        return work_of("batch row", json.loads(result.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        raise CasebookError(str(result), f"it cannot be read again ({error!s:.200}).") from error
