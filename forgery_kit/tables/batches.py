"""Tables of comparisons: a CSV of pairs to scores, a manifest to one report a row."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import ArgumentsError, ForgeryKitError, MissingResourceError, UnreadableFileError
from datasets.limits import MAX_FILE_BYTES
from forgery_kit import __version__
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.rows import Row, RowResult, Side, score_rows
from forgery_kit.outputs import NO_ROOM, check_apart, check_folder, check_outputs, unwritten, write_file
from forgery_kit.simulation.simulate import check_simulate
from forgery_kit.tables.csv_table import cell_paths, named_files, read_table, write_table

Progress = Callable[[int, int], None]
#: What a value would be without its limit, and how often the limit holds it when the writers are drawn again.
LIMIT_COLUMNS = ("log10_lr_unbounded", "log10_lr_unbounded_low", "log10_lr_unbounded_high", "bound_share")
#: Person against machine, of the questioned side.
MACHINE_COLUMNS = ("authenticity_log10_lr", "authenticity_movement", "authenticity_shape")
SCORE_COLUMNS = (
    *("score", "log10_lr", "log10_lr_low", "log10_lr_high", "bound_hit", "warning", "error"),
    *(*LIMIT_COLUMNS, *MACHINE_COLUMNS),
)
SUMMARY_COLUMNS = (
    *("case", "report", "json", "log10_lr", "log10_lr_low", "log10_lr_high", "words", "warning", "error"),
    *LIMIT_COLUMNS,
)
#: The column that says of a row whether its two sides come from one sitting, and what it may hold besides nothing.
SAME_SITTING, ANSWERS = "same_sitting", {"yes": True, "no": False}
#: Bytes of a case's name in its files' names; file systems allow 255, and endings and numbers follow.
NAME_BYTES = 120


def score_table(
    pairs: Path,
    out: Path,
    allow_generated: bool = False,
    progress: Progress | None = None,
    same_sitting: bool = False,
    judge: Judge | None = None,
) -> int:
    """Score every row of ``pairs`` into ``out``; returns the number of failed rows. Columns: questioned, known[,
    questioned_text, known_text, same_sitting].

    ``same_sitting`` : of all rows, whether their two sides come from one sitting; a row may say so for itself.
    The output has the same rows and columns, then ``SCORE_COLUMNS``; it is replaced in one step.
    """
    table = read_table(pairs, ("questioned", "known"))
    taken = set(table.columns) & set(SCORE_COLUMNS)
    if taken:
        raise UnreadableFileError(str(pairs), f"it already has the column {sorted(taken)[0]!r}.", "Rename that column.")
    check_outputs([out], [pairs, *named_files(table, pairs.parent)])
    failed: dict[int, RowResult] = {}
    usable: list[tuple[int, Row]] = []
    for index, row in enumerate(table.rows):
        try:
            sides = _side(row, "questioned", pairs.parent), _side(row, "known", pairs.parent)
            usable.append((index, Row(*sides, _same_sitting(row, same_sitting))))
        except ForgeryKitError as error:
            failed[index] = RowResult(error=str(error))
    results = dict(failed)
    scored = _scored([row for _, row in usable], allow_generated, progress, judge)
    for (index, _), result in zip(usable, scored, strict=True):
        results[index] = result
    lines = [
        {**row, **{name: _cell(getattr(results[index], name)) for name in SCORE_COLUMNS}}
        for index, row in enumerate(table.rows)
    ]
    write_table(out, (*table.columns, *SCORE_COLUMNS), lines)
    return sum(bool(result.error) for result in results.values())


def _side(row: dict[str, str], name: str, folder: Path) -> Side:
    """A side of a row: its files, and what they say where the table has a column for it."""
    return Side(cell_paths(row, name, folder), row.get(f"{name}_text", "").strip())


def _same_sitting(row: dict[str, str], of_all: bool) -> bool:
    """Whether the sides of a row come from one sitting: what its cell says, what holds for all where that is empty.

    Raises UnreadableFileError where the cell says neither yes nor no.
    """
    stated = row.get(SAME_SITTING, "").strip()
    if stated.lower() not in ("", *ANSWERS):
        raise UnreadableFileError(SAME_SITTING, f"{stated!r:.40} is neither yes nor no.", "Write yes, no or nothing.")
    return ANSWERS.get(stated.lower(), of_all)


def _scored(rows: list[Row], allow_generated: bool, progress: Progress | None, judge: Judge | None) -> list[RowResult]:
    """Scores of all rows together; where that meets a fault of ours, by halves, until the row at fault stands alone."""
    try:
        return score_rows(rows, allow_generated, progress, judge)
    except Exception as error:
        text = _error_text(error)
        if len(rows) < 2:
            return [RowResult(error=text) for _ in rows]
        middle = len(rows) // 2
        return [
            *_scored(rows[:middle], allow_generated, progress, judge),
            *_scored(rows[middle:], allow_generated, progress, judge),
        ]


def run_batch(
    manifest: Path,
    out: Path,
    allow_generated: bool = False,
    progress: Progress | None = None,
    command: str = "",
    same_sitting: bool = False,
    simulate: int = 0,
    judge: Judge | None = None,
) -> int:
    """One PDF and JSON per row of the manifest, and ``summary.csv``; returns the number of failed rows.

    ``same_sitting`` as in ``score_table``; ``simulate`` : imitations of the known writer in each row's report.
    Rows that are done are left alone when the batch is started again, unless their files, the weights, the calibration
    or the program changed.
    """
    check_simulate(simulate)
    table = read_table(manifest, ("case", "questioned", "known"))
    names = _file_names([row["case"] for row in table.rows], manifest)
    _check_batch(out, names, [manifest, *named_files(table, manifest.parent)])
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(str(out), error) from error
    summary: list[dict[str, str]] = []
    for number, (row, name) in enumerate(zip(table.rows, names, strict=True)):
        line = dict.fromkeys(SUMMARY_COLUMNS, "") | {"case": row["case"]}
        files = _Files(*(out / f"{name}{suffix}" for suffix in (".pdf", ".json", ".done")))
        try:
            one_sitting = _same_sitting(row, same_sitting)
            facts = _case(row, files, manifest.parent, allow_generated, command, one_sitting, simulate, judge)
            line |= {"report": files.pdf.name, "json": files.result.name} | facts
        except Exception as error:
            line["error"] = _error_text(error)
            files.remove()
        summary.append(line)
        write_table(out / "summary.csv", SUMMARY_COLUMNS, summary)
        if progress:
            progress(number + 1, len(table.rows))
    return sum(bool(line["error"]) for line in summary)


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


def _case(
    row: dict[str, str],
    files: _Files,
    folder: Path,
    allow_generated: bool,
    command: str,
    same_sitting: bool,
    simulate: int,
    judge: Judge | None,
) -> dict[str, str]:
    """The facts of a row's line in the summary, from its mark, or from a comparison whose files are written."""
    from forgery_kit.examination.comparison import compare
    from forgery_kit.likelihood.reference import file_hash
    from reports.comparison import comparison_pdf
    from reports.saved import to_json
    from reports.schema import SCHEMA_VERSION

    questioned, known = (_side(row, name, folder) for name in ("questioned", "known"))
    made_with = (
        f"{__version__} {SCHEMA_VERSION} {judge.reference.sha256 if judge else file_hash()} {same_sitting} {simulate}"
    )
    key = _row_key(row, (*questioned.paths, *known.paths), made_with, allow_generated)
    facts = _facts(files.done, key) if files.pdf.is_file() and files.result.is_file() else None
    if facts is not None:
        return facts
    finding = compare(
        questioned.paths,
        known.paths,
        case=row["case"],
        examiner=row.get("examiner", ""),
        notes=row.get("notes", ""),
        mandate=row.get("mandate", ""),
        custody=row.get("custody", ""),
        allow_generated=allow_generated,
        command=command,
        questioned_text=questioned.text or None,
        known_text=known.text or None,
        same_sitting=same_sitting,
        simulate=simulate,
        judge=judge,
    )
    result, pdf = to_json(finding).encode(), comparison_pdf(finding)
    # A mark without a key comes first: should the run end here, the files beside it are known to be a batch's.
    write_file(files.done, b"{}")
    write_file(files.result, result)
    write_file(files.pdf, pdf)
    facts = {
        "log10_lr": _cell(finding.lr.log10_lr),
        "log10_lr_low": _cell(finding.lr.low),
        "log10_lr_high": _cell(finding.lr.high),
        "words": finding.lr.words,
        "warning": " ".join(map(str, finding.warnings)),
        "log10_lr_unbounded": _cell(finding.lr.unbounded),
        "log10_lr_unbounded_low": _cell(finding.lr.unbounded_low),
        "log10_lr_unbounded_high": _cell(finding.lr.unbounded_high),
        "bound_share": _cell(finding.lr.bound_share),
    }
    # Written last: a row counts as done only when its report and its JSON are whole.
    write_file(files.done, json.dumps({"key": key, "facts": facts}).encode())
    return facts


def _check_batch(out: Path, names: Sequence[str], inputs: Sequence[Path]) -> None:
    """Raise ArgumentsError where a batch would write over what is no batch's, or cannot write at all."""
    check_folder(out)
    outputs = [out / f"{name}{suffix}" for name in names for suffix in (".pdf", ".json", ".done")]
    (check_outputs if out.is_dir() else check_apart)([out / "summary.csv", *outputs], inputs)
    for file in outputs:
        if file.exists() and not file.with_suffix(".done").exists():
            raise ArgumentsError(
                str(file), "it was not written by a batch: no .done file is beside it.", "Move it, or name a folder."
            )
    summary = out / "summary.csv"
    if summary.exists():
        with summary.open("rb") as lines:
            if lines.readline(1000).decode(errors="replace").strip() != ",".join(SUMMARY_COLUMNS):
                raise ArgumentsError(str(summary), "it is no summary of a batch.", "Move it, or name a folder.")


def _error_text(error: Exception) -> str:
    """What a row says of its error, also of one that we did not foresee, so that the other rows go on.

    Raises MissingResourceError where weights or room are missing: no row can be done then.
    """
    if isinstance(error, MissingResourceError):
        raise error
    if isinstance(error, ForgeryKitError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        raise unwritten(str(error.filename or "a file"), error) from error
    if os.environ.get("FORGERY_KIT_DEBUG"):
        raise error
    reason = " ".join(str(error).split())[:200]
    return f"a fault of ours ({type(error).__name__}: {reason}). Please report it with this row's files."


def _file_names(cases: Sequence[str], manifest: Path) -> list[str]:
    """A safe, distinct file name for each case."""
    safe = [re.sub(r"[^\w.-]+", "_", case.strip()).strip("._") for case in cases]
    names = [name.encode()[:NAME_BYTES].decode(errors="ignore") or "case" for name in safe]
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
                    digest.update(os.fsencode(file.name) + _file_hash(file))
        except OSError as error:
            raise UnreadableFileError(f"{path!s:.80}", f"it cannot be read ({error.strerror}).", "Check it.") from error
    return digest.hexdigest()


def _file_hash(path: Path) -> bytes:
    """SHA-256 of a file's bytes, of the first of them where it is larger than what a reader accepts."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for _ in range(0, MAX_FILE_BYTES + 1, 2**20):
            digest.update(file.read(2**20))
    return digest.digest()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
