"""`score`: a table of pairs → the same table with scores and likelihood ratios."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from datasets.errors import ForgeryKitError, UnreadableFileError
from forgery_kit.identity import version_lines
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.outputs import check_outputs
from forgery_kit.tables.cells import LIMIT_COLUMNS, MACHINE_COLUMNS, Progress, error_text, one_sitting, shown, side_of
from forgery_kit.tables.crew import check_crew, crew_of
from forgery_kit.tables.csv_table import Table, named_files, read_table, write_table
from forgery_kit.tables.part import Part, part_of
from forgery_kit.tables.row_files import files_digest
from forgery_kit.tables.rows import TOGETHER, Row, RowResult, RowScorer, in_one_sitting, with_time
from forgery_kit.tables.work import Lost, Work

SCORE_COLUMNS = (
    *("score", "log10_lr", "log10_lr_low", "log10_lr_high", "bound_hit", "warning", "error"),
    *(*LIMIT_COLUMNS, *MACHINE_COLUMNS),
)


@dataclass(frozen=True)
class _Settings:
    """What the scores of a run hang on beside the rows; ``run`` tells it from others in one process."""

    allow_generated: bool
    run: str


@dataclass(frozen=True)
class _Item:
    """A row of the table and its place there; ``key`` : of its files as they are now."""

    index: int
    key: str
    row: Row


def score_table(
    pairs: Path,
    out: Path,
    allow_generated: bool = False,
    progress: Progress | None = None,
    same_sitting: bool = False,
    judge: Judge | None = None,
    reference: Path | None = None,
    workers: int = 1,
    cluster: str | None = None,
    told: Callable[[str], None] = print,
) -> int:
    """Score every row of ``pairs`` into ``out``; returns the number of failed rows. Columns: questioned, known[,
    questioned_text, known_text, same_sitting].

    The output has the same rows and columns, then ``SCORE_COLUMNS``; it is replaced in one step. Until then rows stand
    in a ``.part`` beside it, from which an interrupted run goes on.

    Parameters
    ----------
    progress : called with (rows done, rows in all).
    same_sitting : of all rows, whether their two sides come from one sitting; a row may say so for itself.
    judge, reference : a laboratory's own, and the file that it is from, which workers load; None for what ships.
    workers, cluster : who does the work, see ``crew``. told : called with what the user should know.
    """
    check_crew(workers, cluster)
    table = read_table(pairs, ("questioned", "known"))
    taken = set(table.columns) & set(SCORE_COLUMNS)
    if taken:
        raise UnreadableFileError(str(pairs), f"it already has the column {sorted(taken)[0]!r}.", "Rename that column.")
    check_outputs([out, part_of(out)], [pairs, *named_files(table, pairs.parent)])
    judge = judge or default_judge()
    run = _Settings(allow_generated, uuid.uuid4().hex)
    work = Work(score_items, run, TOGETHER, reference, judge.reference.sha256)
    with Part(out, len(table.rows), _made_by(table, pairs, allow_generated, same_sitting, judge), told) as part:
        items = _Items(table, pairs.parent, same_sitting, part)
        if part.count():
            told(f"{part.count()} of {len(table.rows)} rows were done before.")
        done = part.count()
        if progress:
            progress(done, len(table.rows))
        with crew_of(workers, cluster, judge) as crew:
            for item, result in crew.do(work, items.left()):
                found = RowResult(error=result.reason) if isinstance(result, Lost) else result
                part.add(item.index, item.key, _cells(found))
                done += 1
                if progress:
                    progress(done, len(table.rows))
        failed = 0

        def lines() -> Iterator[dict[str, str]]:
            nonlocal failed
            for row, cells in zip(table.rows, part.rows(), strict=True):
                failed += bool(cells["error"])
                yield row | cells

        write_table(out, (*table.columns, *SCORE_COLUMNS), lines())
        part.remove()
    _scorer.cache_clear()
    return failed


class _Items:
    """The rows of a table that are still to be scored; those that cannot be are told at once."""

    def __init__(self, table: Table, folder: Path, same_sitting: bool, part: Part) -> None:
        self._table, self._folder, self._same_sitting, self._part = table, folder, same_sitting, part
        self._timed = in_one_sitting(row for row in map(self._row, table.rows) if isinstance(row, Row))
        part.keep(lambda index, key: key == self._key(self._row(table.rows[index])))

    def left(self) -> Iterator[_Item]:
        """Rows without a result, in the order of the table."""
        for index, cells in enumerate(self._table.rows):
            if self._part.has(index):
                continue
            row = self._row(cells)
            if isinstance(row, ForgeryKitError):
                self._part.add(index, "", _cells(RowResult(error=str(row))))
            else:
                yield _Item(index, self._key(row), with_time(row, self._timed))

    def _row(self, cells: dict[str, str]) -> Row | ForgeryKitError:
        try:
            q, k = (side_of(cells, name, self._folder) for name in ("questioned", "known"))
            return Row(q, k, one_sitting(cells, self._same_sitting))
        except ForgeryKitError as error:
            return error

    def _key(self, row: Row | ForgeryKitError) -> str:
        if isinstance(row, ForgeryKitError):
            return ""
        try:
            return files_digest(path for side in row.sides for path in side.paths)
        except (ForgeryKitError, ValueError):
            # No paths: the reader says what is wrong with them.
            return ""


def score_items(settings: _Settings, judge: Judge | None, items: Sequence[_Item]) -> list[RowResult]:
    """Scores of rows; where that meets a fault of ours, by halves, until the row at fault stands alone."""
    try:
        return _scorer(judge or default_judge(), settings).score([item.row for item in items])
    except Exception as error:
        text = error_text(error)
        if len(items) < 2:
            return [RowResult(error=text) for _ in items]
        middle = len(items) // 2
        return [
            *score_items(settings, judge, items[:middle]),
            *score_items(settings, judge, items[middle:]),
        ]


@lru_cache(maxsize=1)
def _scorer(judge: Judge, settings: _Settings) -> RowScorer:
    return RowScorer(judge, settings.allow_generated)


def _cells(result: RowResult) -> dict[str, str]:
    return {name: shown(value) for name, value in asdict(result).items()}


def _made_by(table: Table, pairs: Path, allow_generated: bool, same_sitting: bool, judge: Judge) -> dict[str, str]:
    """What all rows hang on, by what it is called."""
    settings: dict[str, Any] = {"allow_generated": allow_generated, "same_sitting": same_sitting}
    return {
        "program": version_lines()[0],
        "model": hashlib.sha256("\n".join((*version_lines()[1:], judge.reference.sha256)).encode()).hexdigest(),
        # Files in it are relative to its folder.
        "table": f"{table.sha256} {pairs.parent}",
        "settings": json.dumps(settings),
    }
