"""`identify`: questioned ink against a gallery: who scores highest, what a comparison with each of them states."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.errors import ArgumentsError, ForgeryKitError, OutOfScopeError
from datasets.sample import Exhibit
from forgery_kit.examination.comparison import model_identity, report_day
from forgery_kit.examination.copies import files_of
from forgery_kit.examination.exhibits import items, load_exhibit
from forgery_kit.examination.scrutiny import look_at
from forgery_kit.gallery.entry import Entry, ready_of
from forgery_kit.gallery.ink import ink_of
from forgery_kit.gallery.layout import model_of
from forgery_kit.gallery.search import SHORTLIST, Ranked, exact_scores, index_of, ranked
from forgery_kit.gallery.stored import Gallery, open_gallery
from forgery_kit.identity import versions
from forgery_kit.laboratory.told import laboratory_setting
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.metrics import clopper_pearson
from forgery_kit.likelihood.scoring import Scored, score
from forgery_kit.likelihood.sides import Ready, prepare
from gan.judging.style import traces
from reports.findings import Caution, Item
from reports.identification.findings import Chance, GalleryFile, Hit, Identification, SearchedGallery
from reports.occasions import OCCASIONS, OTHER_OCCASIONS
from reports.scale import ENFSI_2015

#: Writers found whose ink is drawn, and lines of each item that are.
DRAWN, DRAWN_LINES = 3, 6
#: Writers whose scores are drawn as the gallery's; with more, so many are taken at random, always the same ones.
SCORES = 2000
#: Writers that can be asked for.
MOST = 100


def identify(
    questioned: Sequence[str | Path],
    gallery: Path,
    wanted: int = 10,
    case: str = "",
    examiner: str = "",
    date: str | None = None,
    allow_generated: bool = False,
    command: str = "",
    judge: Judge | None = None,
) -> Identification:
    """Rank the writers of a gallery by the back end's score against questioned ink, as of other occasions.

    Raises
    ------
    UnreadableFileError, HostileFileError, GeneratedInkError, OutOfScopeError : as ``compare`` does for questioned ink.
    UnreadableFileError : no gallery, or a damaged one. MissingResourceError : a gallery of another model.
    VerificationError : a row that was found is not what was written. ArgumentsError : a number or date that is none.
    """
    if not 1 <= wanted <= MOST:
        raise ArgumentsError("-k", f"{wanted} is no number of writers to show.", f"Give 1 to {MOST}.")
    day = report_day(date)
    judge = judge or default_judge()
    stored = open_gallery(gallery, model_of(judge))
    if not len(stored):
        raise ArgumentsError(str(gallery), "there is no writer in this gallery.", "Add some: `gallery add`.")
    exhibit = load_exhibit("Q", questioned, allow_generated)
    side = prepare([exhibit], judge, False)[0]
    found = ranked(stored, judge, side.vectors[False], side.steps, min(wanted, len(stored)), index_of(stored, judge))
    hits, drawn = [], list(_shortened(items(side.exhibit, "questioned", {}, {})))
    for rank, (row, value) in enumerate(zip(found.rows, found.scores, strict=True), 1):
        hit, known = _hit(stored, int(row), rank, float(value), side, judge)
        if known is not None and rank <= DRAWN:
            drawn += _shortened(items(replace(known, label=f"{rank}."), "known", {}, {}))
        hits.append(hit)
    common = [w for w in hits[0].warnings if all(w in hit.warnings for hit in hits)]
    hits = [replace(hit, warnings=tuple(w for w in hit.warnings if w not in common)) for hit in hits]
    return Identification(
        case=case,
        examiner=examiner,
        date=day,
        items=tuple(drawn),
        gallery=_searched(stored, found),
        hits=tuple(hits),
        scores=_scores(stored, side, judge),
        warnings=tuple(common),
        model=model_identity(judge, "other"),
        versions=versions(),
        settings={
            "verbal_scale": ENFSI_2015.as_setting(),
            "channels used": "x, y",
            OCCASIONS: OTHER_OCCASIONS,
            **laboratory_setting(judge),
        },
        command=command,
    )


def _hit(
    gallery: Gallery, number: int, rank: int, value: float, side: Ready, judge: Judge
) -> tuple[Hit, Exhibit | None]:
    """What a comparison with a row states, and the row's ink where it can be read again."""
    row = gallery.row(number)
    ink, not_drawn = _ink_again(row.entry)
    known = ready_of(row, judge)
    if ink is not None:
        # Only with its ink can the questioned recordings be looked for in it.
        known = replace(known, files=files_of(ink.samples, traces(ink.samples)))
    stated: Scored | None = None
    refused = ""
    try:
        stated = score(side, known, judge)
    except OutOfScopeError as error:
        refused = f"{error.where}: {error.found}"
    warnings = stated.warnings if stated else ()
    if ink is None:
        warnings = (*warnings, Caution("ink not looked at", _NOT_LOOKED_AT))
    hit = Hit(
        rank=rank,
        writer=row.entry.writer,
        files=tuple(GalleryFile(path, sha256) for path, sha256 in row.entry.files.items()),
        amount=row.amount,
        score=stated.score if stated else value,
        lr=stated.lr if stated else None,
        calibration=stated.calibration if stated else None,
        by_chance=_by_chance(judge, stated, side.steps, row.steps) if stated else None,
        warnings=warnings,
        refused=refused,
        not_drawn=not_drawn if rank <= DRAWN else "",
    )
    return hit, ink


_NOT_LOOKED_AT = (
    "The gallery's ink could not be read again: whether it holds a copy of the questioned recording was told by the "
    "hashes of whole files only."
)


def _ink_again(entry: Entry) -> tuple[Exhibit | None, str]:
    """The ink of a writer from where it was when it was added, level as then; or None and why not."""
    try:
        return look_at(ink_of(entry)), ""
    except ForgeryKitError as error:
        return None, str(error)


def _by_chance(judge: Judge, stated: Scored, steps: int, row_steps: int) -> Chance:
    """How many strangers would score as high, by the different-writer pairs at these amounts."""
    figures = judge.calibrations.figures(stated.kind, steps, row_steps)
    people = figures.n_writers_different or figures.n_writers
    share = float(np.mean(np.array(figures.different_scores) >= stated.score)) if figures.different_scores else 0.0
    low = clopper_pearson(math.floor(share * people), people).low
    high = clopper_pearson(math.ceil(share * people), people).high
    return Chance(share, low, high, people)


def _searched(gallery: Gallery, found: Ranked) -> SearchedGallery:
    count = len(gallery)
    state = gallery.check(count).hex()
    return SearchedGallery(str(gallery.folder), count, state, found.how, min(count, SHORTLIST))


def _scores(gallery: Gallery, side: Ready, judge: Judge) -> tuple[float, ...]:
    """Rising scores of all writers, or of some at random."""
    count = len(gallery)
    rows = np.arange(count)
    if count > SCORES:
        rows = np.sort(np.random.default_rng(1).choice(count, SCORES, replace=False))
    return tuple(
        float(s) for s in np.sort(np.round(exact_scores(gallery, judge, side.vectors[False], side.steps, rows), 2))
    )


def _shortened(found: Sequence[Item]) -> list[Item]:
    """Items with the first of their lines."""
    return [replace(item, lines=item.lines[:DRAWN_LINES]) for item in found]
