"""The letters of questioned against known handwriting, without the rest of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as calendar
from pathlib import Path

from forgery_kit.examination.comparison import model_identity
from forgery_kit.examination.exhibits import items, load_exhibit
from forgery_kit.examination.letter_chart import letter_chart
from forgery_kit.identity import versions
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import comparable, prepare
from reports.letters.document import LettersFound


def letters(
    questioned: Sequence[str | Path],
    known: Sequence[str | Path],
    allow_generated: bool = False,
    command: str = "",
    judge: Judge | None = None,
    same_sitting: bool = False,
) -> LettersFound:
    """The letter chart of questioned and known files or folders, as in the report of ``compare``.

    ``same_sitting`` as there.

    Raises the same errors as ``compare``.
    """
    judge = judge or default_judge()
    exhibits = load_exhibit("Q", questioned, allow_generated), load_exhibit("K", known, allow_generated)
    q, k = comparable(prepare(exhibits, judge, same_sitting), judge, same_sitting)
    found = score(q, k, judge, same_sitting)
    shown = items(q.exhibit, "questioned", {}, {}), items(k.exhibit, "known", {}, {})
    return LettersFound(
        date=calendar.today().isoformat(),
        items=(*shown[0], *shown[1]),
        chart=letter_chart(judge, (q, k), found, shown),
        model=model_identity(judge, found.kind),
        versions=versions(),
        command=command,
    )
