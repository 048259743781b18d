"""Tables of comparisons: a CSV of pairs to scores, a manifest to one report a row."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import ArgumentsError, ForgeryKitError, UnreadableFileError
from forgery_kit import __version__
from forgery_kit.scoring import RowResult, score_rows

Progress = Callable[[int, int], None]
SCORE_COLUMNS = ("score", "log10_lr", "log10_lr_low", "log10_lr_high", "bound_hit", "warning", "error")
SUMMARY_COLUMNS = ("case", "report", "json", "log10_lr", "log10_lr_low", "log10_lr_high", "words", "warning", "error")


@dataclass(frozen=True)
class Table:
    """Rows of a CSV and the names of its columns, in their order."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(path: Path, needed: Sequence[str]) -> Table:
    """Rows of a CSV file with a header.

    Raises UnreadableFileError where it is missing, not UTF-8 text, empty, lacks a column of ``needed``, or a row has
    more or fewer cells than the header.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(str(path), f"it cannot be read ({error.strerror}).", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(path), "it is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    advice = f"The first line must name the columns {', '.join(needed)}."
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableFileError(str(path), f"it is not a CSV table ({error}).", advice) from error
    rows = [row for row in rows if row]
    if not rows:
        raise UnreadableFileError(str(path), "it is empty.", advice)
    header = tuple(cell.strip() for cell in rows[0])
    missing = [name for name in needed if name not in header]
    if missing or len(set(header)) != len(header):
        found = f"the column {missing[0]!r} is missing." if missing else "a column is named twice."
        raise UnreadableFileError(str(path), found, advice)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise UnreadableFileError(
                str(path), f"row {number} has {len(row)} cells, the header has {len(header)}.", "Mend that row."
            )
    return Table(header, tuple(dict(zip(header, row, strict=True)) for row in rows[1:]))


def cell_paths(row: dict[str, str], column: str, folder: Path) -> tuple[Path, ...]:
    """Files of one cell, joined by ``;``, relative to the table's folder. Raises UnreadableFileError if empty."""
    parts = [part.strip() for part in row[column].split(";") if part.strip()]
    if not parts:
        raise UnreadableFileError(f"column {column}", "it names no file.", "Write a path, or several joined by ';'.")
    return tuple(folder / part for part in parts)


def score_table(pairs: Path, out: Path, allow_generated: bool = False, progress: Progress | None = None) -> int:
    """Score every row of ``pairs`` (columns questioned, known) into ``out``; returns the number of failed rows.

    The output has the same rows and columns, then ``SCORE_COLUMNS``; it is replaced in one step.
    """
    table = read_table(pairs, ("questioned", "known"))
    taken = set(table.columns) & set(SCORE_COLUMNS)
    if taken:
        raise UnreadableFileError(str(pairs), f"it already has the column {sorted(taken)[0]!r}.", "Rename that column.")
    _writable(out)
    failed: dict[int, RowResult] = {}
    usable: list[tuple[int, tuple[tuple[Path, ...], tuple[Path, ...]]]] = []
    for index, row in enumerate(table.rows):
        try:
            sides = cell_paths(row, "questioned", pairs.parent), cell_paths(row, "known", pairs.parent)
            usable.append((index, sides))
        except ForgeryKitError as error:
            failed[index] = RowResult(error=str(error))
    results = dict(failed)
    for (index, _), result in zip(
        usable, score_rows([sides for _, sides in usable], allow_generated, progress), strict=True
    ):
        results[index] = result
    rows = [
        {**row, **{name: _cell(getattr(results[index], name)) for name in SCORE_COLUMNS}}
        for index, row in enumerate(table.rows)
    ]
    write_table(out, (*table.columns, *SCORE_COLUMNS), rows)
    return sum(bool(result.error) for result in results.values())


def run_batch(
    manifest: Path, out: Path, allow_generated: bool = False, progress: Progress | None = None, command: str = ""
) -> int:
    """One PDF and JSON per row of the manifest, and ``summary.csv``; returns the number of failed rows.

    Rows that are done are left alone when the batch is started again, unless their files, the weights, the calibration
    or the program changed.
    """
    from forgery_kit.comparison import compare
    from forgery_kit.conditions import identity
    from reports.comparison import comparison_pdf
    from reports.findings import to_json

    table = read_table(manifest, ("case", "questioned", "known"))
    names = _file_names([row["case"] for row in table.rows], manifest)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentsError(str(out), f"it cannot be a folder ({error.strerror}).", "Name another one.") from error
    summary: list[dict[str, str]] = []
    failures = 0
    for number, (row, name) in enumerate(zip(table.rows, names, strict=True)):
        line = dict.fromkeys(SUMMARY_COLUMNS, "") | {"case": row["case"]}
        pdf, result, done = (out / f"{name}{suffix}" for suffix in (".pdf", ".json", ".done"))
        try:
            questioned, known = (cell_paths(row, side, manifest.parent) for side in ("questioned", "known"))
            key = _row_key(row, (*questioned, *known), f"{__version__} {identity()}", allow_generated)
            facts = _facts(done, key) if pdf.is_file() and result.is_file() else None
            if facts is None:
                finding = compare(
                    questioned,
                    known,
                    case=row["case"],
                    examiner=row.get("examiner", ""),
                    notes=row.get("notes", ""),
                    allow_generated=allow_generated,
                    command=command,
                )
                write_file(result, to_json(finding).encode())
                write_file(pdf, comparison_pdf(finding))
                facts = {
                    "log10_lr": _cell(finding.lr.log10_lr),
                    "log10_lr_low": _cell(finding.lr.low),
                    "log10_lr_high": _cell(finding.lr.high),
                    "words": finding.lr.words,
                    "warning": " ".join(finding.warnings),
                }
                # Written last: a row counts as done only when its report and its JSON are whole.
                write_file(done, json.dumps({"key": key, "facts": facts}).encode())
            line |= {"report": pdf.name, "json": result.name} | facts
        except ForgeryKitError as error:
            failures += 1
            line["error"] = str(error)
        summary.append(line)
        write_table(out / "summary.csv", SUMMARY_COLUMNS, summary)
        if progress:
            progress(number + 1, len(table.rows))
    return failures


def write_table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """A CSV file, replaced in one step."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_file(path, text.getvalue().encode())


def write_file(path: Path, data: bytes) -> None:
    """Bytes to a file, replaced in one step, so that an interrupted run leaves nothing half-written.

    Raises ArgumentsError where it cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise ArgumentsError(str(path), f"it cannot be written ({error.strerror}).", "Name another file.") from error
    finally:
        partial.unlink(missing_ok=True)


def _writable(path: Path) -> None:
    """Fail before the work, not after it, where the output's folder is missing."""
    if not path.absolute().parent.is_dir():
        raise ArgumentsError(str(path), "its folder does not exist.", "Make the folder first.")


def _file_names(cases: Sequence[str], manifest: Path) -> list[str]:
    """A safe, distinct file name for each case."""
    names = [re.sub(r"[^\w.-]+", "_", case.strip()).strip("._")[:80] or "case" for case in cases]
    repeated = {case for case in cases if list(cases).count(case) > 1}
    if repeated:
        raise UnreadableFileError(str(manifest), f"the case {sorted(repeated)[0]!r} stands twice.", "Name cases apart.")
    taken: set[str] = set()
    result = []
    for name in names:
        number, free = 1, name
        while free.lower() in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(free.lower())
        result.append(free)
    return result


def _facts(done: Path, key: str) -> dict[str, str] | None:
    """What the mark of a finished row says, or None where it is missing, damaged, or of another row."""
    try:
        mark = json.loads(done.read_text(encoding="utf-8"))
        facts = {str(name): str(value) for name, value in mark["facts"].items()}
        return facts if mark["key"] == key and set(facts) <= set(SUMMARY_COLUMNS) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _row_key(row: dict[str, str], paths: tuple[Path, ...], made_with: str, allow_generated: bool) -> str:
    """Hash over the row, what it is made with and its files; a missing file is left to the reader to report."""
    digest = hashlib.sha256(json.dumps([sorted(row.items()), made_with, allow_generated]).encode())
    for path in paths:
        try:
            files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in files:
                if file.is_file():
                    digest.update(str(file.name).encode() + hashlib.sha256(file.read_bytes()).digest())
        except OSError as error:
            raise UnreadableFileError(f"{path!s:.80}", f"it cannot be read ({error.strerror}).", "Check it.") from error
    return digest.hexdigest()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
