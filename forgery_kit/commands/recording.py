"""The option `--casebook`, and how commands use it: it is looked at before the work, and never costs its result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from forgery_kit.casebook.store import Casebook
    from forgery_kit.casebook.tables import RowRecorder
    from forgery_kit.casebook.work import Input, Kind, Work

OwnCasebook = Annotated[
    str | None,
    typer.Option(
        "--casebook",
        envvar="FORGERY_KIT_CASEBOOK",
        help="Record it here: a SQLite file, or the URL of a PostgreSQL database.",
    ),
]


def casebook_of(
    where: str | None, outputs: Iterable[Path | None] = (), inputs: Iterable[str | Path] = ()
) -> Casebook | None:
    """The casebook that was asked for, open to be written to; None where none was.

    Raises CasebookError where it cannot be written, ArgumentsError where its file is an output or lies among inputs.
    """
    if where is None:
        return None
    from forgery_kit.casebook.store import casebook_file, open_casebook
    from forgery_kit.outputs import check_apart

    file = casebook_file(where)
    if file is not None:
        check_apart([file], [Path(path) for path in inputs if path])
        check_apart([path for path in outputs if path is not None], [file])
    return open_casebook(where)


@contextmanager
def recorded(book: Casebook | None, works: Sequence[Work]) -> Iterator[None]:
    """Record what was done, then let the result out; only after that say that it could not be recorded.

    Raises CasebookError in that case.
    """
    if book is None:
        yield
        return
    from datasets.errors import CasebookError
    from forgery_kit.terminal.printed import printable

    numbers, failed = list[int](), None
    try:
        numbers = book.append(works)
    except CasebookError as error:
        failed = error
    yield
    if failed is not None:
        found = f"the result is there, but not in the casebook: {failed.found}"
        raise CasebookError(book.where, found, "Mend the casebook, then run the command again.") from failed
    which = f"entry {numbers[0]}" if len(numbers) == 1 else f"entries {numbers[0]} to {numbers[-1]}"
    print(f"casebook    {which} of {printable(book.where)}")


def record_files(book: Casebook | None, kind: Kind, records: Iterable[Path]) -> None:
    """Record generated ink by the JSON files beside it. Raises CasebookError where that fails."""
    if book is None:
        return
    from forgery_kit.casebook.work import work_of

    found = [work_of(kind, json.loads(path.read_text(encoding="utf-8"))) for path in records]
    with recorded(book, found):
        pass


def finding_works(book: Casebook | None, kind: Kind, finding: Any) -> list[Work]:
    """The entry of a comparison or an identification, given as its finding; none where there is no casebook."""
    if book is None:
        return []
    from forgery_kit.casebook.work import work_of
    from reports.saved import to_json

    return [work_of(kind, json.loads(to_json(finding)))]


def row_recorder(where: str | None, manifest: Path) -> RowRecorder | None:
    """What records the rows of a batch; None where no casebook was asked for. Raises as ``casebook_of``."""
    if where is None:
        return None
    from forgery_kit.casebook.tables import RowRecorder, sides_of

    book = casebook_of(where, (), [manifest, *chain.from_iterable(sides_of(manifest).values())])
    return None if book is None else RowRecorder(book)


def table_casebook(where: str | None, pairs: Path, out: Path) -> tuple[Casebook | None, tuple[Input, ...]]:
    """The casebook for a table of scores, and hashes of the table and its files, taken before they are scored.

    None and nothing where no casebook was asked for. Raises as ``casebook_of``.
    """
    if where is None:
        return None, ()
    from forgery_kit.casebook.tables import score_inputs, sides_of

    sides = sides_of(pairs)
    book = casebook_of(where, [out], [pairs, *chain.from_iterable(sides.values())])
    return book, score_inputs(pairs, sides)


def table_works(
    book: Casebook | None, inputs: tuple[Input, ...], out: Path, judge: Any, settings: dict[str, Any], command: str
) -> list[Work]:
    """The entry of a table of scores; none where there is no casebook."""
    if book is None:
        return []
    from forgery_kit.casebook.tables import score_work

    return [score_work(inputs, out, judge, settings, command)]
