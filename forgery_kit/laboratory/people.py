"""The people of a laboratory's reference: a folder of writers, or a table of writers and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.errors import ArgumentsError, ForgeryKitError, UnreadableFileError
from datasets.sample import Exhibit, Sample
from forgery_kit.examination.copies import without_copies
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.examination.scrutiny import look_at
from forgery_kit.tables.csv_table import read_table

#: Fewest writers of a reference: bounds are those of so many.
LEAST_WRITERS = 10
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Writer:
    """A writer with recordings by sitting; the one sitting is "" where nobody stated any."""

    name: str
    sittings: dict[str, tuple[Sample, ...]]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All recordings, sitting after sitting."""
        return tuple(sample for _, samples in sorted(self.sittings.items()) for sample in samples)


def read_people(source: Path, progress: Progress | None = None) -> tuple[list[Writer], list[ForgeryKitError]]:
    """The writers of a folder (a subfolder each) or of a CSV (columns writer, file[, sitting]), and what is wrong with
    files of theirs; levelled and looked at as exhibits are.

    Raises UnreadableFileError for a table or folder that is none, ArgumentsError for fewer than ``LEAST_WRITERS``.
    """
    named = files_by_writer(source)
    if len(named) < LEAST_WRITERS:
        raise ArgumentsError(
            str(source), f"it has {len(named)} writers, at least {LEAST_WRITERS} are needed.", "Add writers."
        )
    people: list[Writer] = []
    wrong: list[ForgeryKitError] = []
    for number, (name, sittings) in enumerate(sorted(named.items()), 1):
        found: dict[str, tuple[Sample, ...]] = {}
        for sitting, files in sorted(sittings.items()):
            samples = _readable(files, wrong)
            if not samples:
                continue
            try:
                found[sitting] = look_at(Exhibit(name, without_copies(samples))).samples
            except ForgeryKitError as error:
                wrong.append(error)
        if found:
            people.append(Writer(name, found))
        if progress:
            progress(number, len(named))
    return people, wrong


def files_by_writer(source: Path) -> dict[str, dict[str, list[Path]]]:
    """Writer → sitting ("" where nobody stated any) → files, of a folder or a CSV, see ``read_people``.

    Raises UnreadableFileError for a table or folder that is none.
    """
    return _from_folder(source) if source.is_dir() else _from_table(source)


def _readable(files: list[Path], wrong: list[ForgeryKitError]) -> tuple[Sample, ...]:
    """The recordings of files that can be read and are no program's; the errors of the others are added."""
    kept: list[Sample] = []
    for file in files:
        try:
            kept += load_exhibit(str(file), [file]).samples
        except ForgeryKitError as error:
            wrong.append(error)
    return tuple(kept)


def _from_folder(folder: Path) -> dict[str, dict[str, list[Path]]]:
    entries = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    stray = [p for p in entries if not p.is_dir()]
    if stray:
        raise UnreadableFileError(str(stray[0]), "it lies beside the writers' folders.", "Give each writer a folder.")
    return {
        p.name: {"": sorted(f for f in p.rglob("*") if f.is_file() and not f.name.startswith("."))} for p in entries
    }


def _from_table(table: Path) -> dict[str, dict[str, list[Path]]]:
    found: dict[str, dict[str, list[Path]]] = {}
    for number, row in enumerate(read_table(table, ("writer", "file")).rows, 2):
        name, file = row["writer"].strip(), row["file"].strip()
        if not name or not file:
            raise UnreadableFileError(f"{table}, row {number}", "writer or file is empty.", "Fill both in.")
        own = found.setdefault(name, {})
        own.setdefault(row.get("sitting", "").strip(), []).append(table.parent / file)
    for name, sittings in found.items():
        if "" in sittings and len(sittings) > 1:
            raise UnreadableFileError(
                str(table), f"some files of {name!r:.60} have a sitting and some have none.", "State all or none."
            )
    return found


def renamed(people: list[Writer]) -> list[Writer]:
    """The writers as W1, W2, …: a reference tells nobody's name."""
    return [replace(writer, name=f"W{number}") for number, writer in enumerate(people, 1)]
