"""`batch`: a manifest → one report a row, a summary, what failed, and an index of all."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.errors import ArgumentsError, MissingResourceError, UnreadableFileError
from forgery_kit import __version__
from forgery_kit.likelihood.judge import Judge
from forgery_kit.outputs import check_apart, check_folder, check_outputs, unwritten, write_file
from forgery_kit.simulation.simulate import check_simulate
from forgery_kit.tables.cells import LIMIT_COLUMNS, Progress, error_text, one_sitting, shown, side_of
from forgery_kit.tables.crew import check_crew, crew_of
from forgery_kit.tables.csv_table import cell_paths, named_files, read_table, write_table
from forgery_kit.tables.row_files import files_digest
from forgery_kit.tables.rows import Side
from forgery_kit.tables.work import Lost, Work
from reports.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from forgery_kit.casebook.tables import RowRecorder

SUMMARY_COLUMNS = (
    *("case", "report", "json", "log10_lr", "log10_lr_low", "log10_lr_high", "words", "warning", "error"),
    *LIMIT_COLUMNS,
)
FAILURE_COLUMNS = ("case", "questioned", "known", "error")
#: Bytes of a case's name in its files' names; file systems allow 255, and endings and numbers follow.
NAME_BYTES = 120
#: Seconds between two writings of the summary.
INTERVAL = 30.0
#: Name of the index, which no case's files have.
INDEX = "index"


@dataclass(frozen=True)
class _Settings:
    """What all reports of a run share."""

    allow_generated: bool
    command: str
    simulate: int
    without_ink: bool


@dataclass(frozen=True)
class _Item:
    """A row to compare, its place in the manifest, and the key of what it is made of."""

    index: int
    row: dict[str, str]
    questioned: Side
    known: Side
    same_sitting: bool
    key: str
    date: str


@dataclass(frozen=True)
class _Made:
    """A row's files, its facts for the summary, and the id of the reference figures that its value belongs to."""

    result: bytes
    pdf: bytes
    facts: dict[str, str]
    reference: str


@dataclass(frozen=True)
class _Files:
    """What a batch writes for a row. The mark says that the other two are ours, and what they were made from."""

    pdf: Path
    result: Path
    done: Path

    def remove(self) -> None:
        """A report that no longer holds must not lie beside its row's error. The mark goes last."""
        for file in (self.pdf, self.result, self.done):
            file.unlink(missing_ok=True)

    def write(self, made: _Made, key: str) -> None:
        """The mark is written last: a row counts as done only when its report and its JSON are whole."""
        # A mark without a key comes first: should the run end here, the files beside it are known to be a batch's.
        write_file(self.done, b"{}")
        write_file(self.result, made.result)
        write_file(self.pdf, made.pdf)
        mark = {"key": key, "facts": made.facts, "reference": made.reference}
        write_file(self.done, json.dumps(mark).encode())


def run_batch(
    manifest: Path,
    out: Path,
    allow_generated: bool = False,
    progress: Progress | None = None,
    command: str = "",
    same_sitting: bool = False,
    simulate: int = 0,
    judge: Judge | None = None,
    reference: Path | None = None,
    workers: int = 1,
    cluster: str | None = None,
    recorder: RowRecorder | None = None,
    without_ink: bool = False,
) -> int:
    """One PDF and JSON per row of the manifest, ``summary.csv``, ``failures.csv`` and ``index.pdf``; returns the number
    of failed rows.

    ``simulate`` : imitations of the known writer in each row's report. ``recorder`` : is told of each row that is done
    or failed. ``without_ink`` : reports do not carry the ink of their exhibits. The rest as for ``score_table``. Rows
    that are done are left alone when the batch is started again, unless their files, the weights, the calibration or
    the program changed. The tables are written every ``INTERVAL`` seconds and at the end, also where that is an error.
    """
    check_simulate(simulate)
    check_crew(workers, cluster)
    table = read_table(manifest, ("case", "questioned", "known"))
    names = _file_names([row["case"] for row in table.rows], manifest)
    _check_batch(out, names, [manifest, *named_files(table, manifest.parent)])
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(str(out), error) from error
    from forgery_kit.likelihood.reference import file_hash

    sha256 = judge.reference.sha256 if judge else file_hash()
    made_with = f"{__version__} {SCHEMA_VERSION} {sha256}{' without ink' if without_ink else ''}"
    batch = _Batch(out, table.rows, names, progress, manifest.parent, command, recorder)
    work = Work(compare_items, _Settings(allow_generated, command, simulate, without_ink), 1, reference, sha256)
    try:
        with crew_of(workers, cluster, judge) as crew:
            left = batch.left(manifest.parent, same_sitting, made_with, allow_generated, simulate)
            for item, found in crew.do(work, left):
                batch.take(item, found)
    except BaseException:
        batch.write_tables(anyhow=True)
        raise
    batch.write_tables()
    batch.write_index(manifest.name)
    return batch.failed


class _Batch:
    """The folder of a batch and what is known of its rows so far."""

    def __init__(
        self,
        out: Path,
        rows: Sequence[dict[str, str]],
        names: Sequence[str],
        progress: Progress | None,
        folder: Path,
        command: str,
        recorder: RowRecorder | None,
    ) -> None:
        self._out, self._rows, self._names, self._progress = out, rows, names, progress
        self._folder, self._command, self._recorder = folder, command, recorder
        self._lines: dict[int, dict[str, str]] = {}
        self._references: dict[int, str] = {}
        self._written = time.monotonic()

    @property
    def failed(self) -> int:
        return sum(bool(line["error"]) for line in self._lines.values())

    def left(
        self, folder: Path, same_sitting: bool, made_with: str, allow_generated: bool, simulate: int
    ) -> Iterator[_Item]:
        """The rows that are not done yet; those that are, or cannot be, are told at once."""
        for index, row in enumerate(self._rows):
            try:
                sides = side_of(row, "questioned", folder), side_of(row, "known", folder)
                together = one_sitting(row, same_sitting)
                paths = [path for side in sides for path in side.paths]
                key = _row_key(row, paths, f"{made_with} {together} {simulate}", allow_generated)
            except Exception as error:
                self._fail(index, error_text(error))
                continue
            if not self._done(index, key):
                yield _Item(index, row, *sides, together, key, date.today().isoformat())

    def take(self, item: _Item, found: _Made | str | Lost) -> None:
        """What became of a row: its files are written, or those of an earlier run removed."""
        if isinstance(found, _Made):
            self._files(item.index).write(found, item.key)
            self._tell(item.index, found.facts, found.reference)
        else:
            self._fail(item.index, found.reason if isinstance(found, Lost) else found)

    def write_tables(self, anyhow: bool = False) -> None:
        """The summary and what failed; ``anyhow`` : an error is on its way that says more than one from here would."""
        rows = [self._lines[index] for index in sorted(self._lines)]
        failures = [
            {name: self._rows[index][name] for name in FAILURE_COLUMNS[:3]} | {"error": self._lines[index]["error"]}
            for index in sorted(self._lines)
            if self._lines[index]["error"]
        ]
        try:
            write_table(self._out / "summary.csv", SUMMARY_COLUMNS, rows)
            write_table(self._out / "failures.csv", FAILURE_COLUMNS, failures)
        except (ArgumentsError, MissingResourceError):
            if not anyhow:
                raise
        self._written = time.monotonic()

    def write_index(self, title: str) -> None:
        """The index of all rows, from what they say of themselves."""
        from forgery_kit.examination.saved import load_comparison
        from reports.batch_index import index_pdf

        lines = [self._lines[index] for index in sorted(self._lines)]
        figures = [(load_comparison(result).performance, count) for result, count in self._of_references()]
        pdf = index_pdf(title, lines, figures, date.today().isoformat())
        # Marked first, as a row's files are.
        write_file(self._out / f"{INDEX}.done", b"{}")
        write_file(self._out / f"{INDEX}.pdf", pdf)

    def _of_references(self) -> list[tuple[Path, int]]:
        """A result of each set of reference figures, and how many rows belong to it."""
        first: dict[str, int] = {}
        count: dict[str, int] = {}
        for index, name in sorted(self._references.items()):
            first.setdefault(name, index)
            count[name] = count.get(name, 0) + 1
        return [(self._files(index).result, count[name]) for name, index in first.items()]

    def _files(self, index: int) -> _Files:
        return _Files(*(self._out / f"{self._names[index]}{suffix}" for suffix in (".pdf", ".json", ".done")))

    def _done(self, index: int, key: str) -> bool:
        files = self._files(index)
        known = _facts(files.done, key) if files.pdf.is_file() and files.result.is_file() else None
        if known is None:
            return False
        self._tell(index, *known)
        return True

    def _tell(self, index: int, facts: dict[str, str], reference: str) -> None:
        files = self._files(index)
        self._references[index] = reference
        if self._recorder:
            self._recorder.done(files.result)
        self._line(index, {"report": files.pdf.name, "json": files.result.name} | facts)

    def _fail(self, index: int, error: str) -> None:
        self._files(index).remove()
        if self._recorder:
            row = self._rows[index]
            self._recorder.failed(row["case"], _named(row, self._folder), error, self._command)
        self._line(index, {"error": error})

    def _line(self, index: int, facts: dict[str, str]) -> None:
        self._lines[index] = dict.fromkeys(SUMMARY_COLUMNS, "") | {"case": self._rows[index]["case"]} | facts
        if time.monotonic() - self._written >= INTERVAL:
            self.write_tables()
        if self._progress:
            self._progress(len(self._lines), len(self._rows))


def _named(row: dict[str, str], folder: Path) -> dict[str, tuple[Path, ...]]:
    """Role → the files that a row names, also where it names none."""
    return {name: cell_paths(row, name, folder) if row[name].strip(" ;") else () for name in ("questioned", "known")}


def compare_items(settings: _Settings, judge: Judge | None, items: Sequence[_Item]) -> list[_Made | str]:
    """What each row gives: its files, or its error in words."""
    found: list[_Made | str] = []
    for item in items:
        try:
            found.append(_compared(settings, judge, item))
        except Exception as error:
            found.append(error_text(error))
    return found


def _compared(settings: _Settings, judge: Judge | None, item: _Item) -> _Made:
    from forgery_kit.examination.comparison import compare
    from forgery_kit.verification.report import report_of
    from reports.saved import to_json

    row = item.row
    finding = compare(
        item.questioned.paths,
        item.known.paths,
        case=row["case"],
        examiner=row.get("examiner", ""),
        date=item.date,
        notes=row.get("notes", ""),
        mandate=row.get("mandate", ""),
        custody=row.get("custody", ""),
        allow_generated=settings.allow_generated,
        command=settings.command,
        questioned_text=item.questioned.text or None,
        known_text=item.known.text or None,
        same_sitting=item.same_sitting,
        simulate=settings.simulate,
        judge=judge,
    )
    lr, figures = finding.lr, finding.performance
    facts = {
        "log10_lr": shown(lr.log10_lr),
        "log10_lr_low": shown(lr.low),
        "log10_lr_high": shown(lr.high),
        "words": lr.words,
        "warning": " ".join(map(str, finding.warnings)),
        "log10_lr_unbounded": shown(lr.unbounded),
        "log10_lr_unbounded_low": shown(lr.unbounded_low),
        "log10_lr_unbounded_high": shown(lr.unbounded_high),
        "bound_share": shown(lr.bound_share),
    }
    reference = hashlib.sha256(repr((figures.same, figures.different)).encode()).hexdigest()[:16]
    pdf, _ = report_of(finding, (*item.questioned.paths, *item.known.paths), settings.without_ink)
    return _Made(to_json(finding).encode(), pdf, facts, reference)


def _check_batch(out: Path, names: Sequence[str], inputs: Sequence[Path]) -> None:
    """Raise ArgumentsError where a batch would write over what is no batch's, or cannot write at all."""
    check_folder(out)
    tables = {out / "summary.csv": SUMMARY_COLUMNS, out / "failures.csv": FAILURE_COLUMNS}
    outputs = [out / f"{name}{suffix}" for name in names for suffix in (".pdf", ".json", ".done")]
    outputs += [out / f"{INDEX}.pdf", out / f"{INDEX}.done"]
    (check_outputs if out.is_dir() else check_apart)([*tables, *outputs], inputs)
    for file in outputs:
        if file.exists() and not file.with_suffix(".done").exists():
            raise ArgumentsError(
                str(file), "it was not written by a batch: no .done file is beside it.", "Move it, or name a folder."
            )
    for table, columns in tables.items():
        if table.exists():
            with table.open("rb") as lines:
                if lines.readline(1000).decode(errors="replace").strip() != ",".join(columns):
                    raise ArgumentsError(str(table), f"it is no {table.stem} of a batch.", "Move it, or name a folder.")


def _file_names(cases: Sequence[str], manifest: Path) -> list[str]:
    """A safe, distinct file name for each case."""
    safe = [re.sub(r"[^\w.-]+", "_", case.strip()).strip("._") for case in cases]
    names = [name.encode()[:NAME_BYTES].decode(errors="ignore") or "case" for name in safe]
    repeated = {case for case in cases if list(cases).count(case) > 1}
    if repeated:
        raise UnreadableFileError(str(manifest), f"the case {sorted(repeated)[0]!r} stands twice.", "Name cases apart.")
    # The file of the index is the batch's own.
    taken = {INDEX}
    result = []
    for name in names:
        number, free = 1, name
        while free.lower() in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(free.lower())
        result.append(free)
    return result


def _facts(done: Path, key: str) -> tuple[dict[str, str], str] | None:
    """What the mark of a finished row says: its facts and its reference figures. None where it is missing, damaged, or
    of another row."""
    try:
        mark = json.loads(done.read_text(encoding="utf-8"))
        facts = {str(name): str(value) for name, value in mark["facts"].items()}
        return (facts, str(mark["reference"])) if mark["key"] == key and set(facts) <= set(SUMMARY_COLUMNS) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _row_key(row: dict[str, str], paths: Sequence[Path], made_with: str, allow_generated: bool) -> str:
    """Hash over the row, what it is made with and its files."""
    return files_digest(paths, json.dumps([sorted(row.items()), made_with, allow_generated]).encode())
