"""Questioned against known: the whole comparison, with everything that a report shows."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from datetime import date as calendar
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.layout import lines
from datasets.sample import Exhibit
from forgery_kit import __version__
from forgery_kit.examination.evidence import Evidence, evidence
from forgery_kit.examination.exhibits import by_file, items, load_exhibit
from forgery_kit.examination.measures import measure_rows
from forgery_kit.likelihood.conditions import growth, unlike_validation, validation
from forgery_kit.likelihood.plda import score_matrix
from forgery_kit.likelihood.reference import calibration_hash, load_reference
from forgery_kit.likelihood.scoring import Ready, comparable, disagrees, halves_agreement, prepare, score
from gan.judging.style import card, sheets, weights_hash
from reports.findings import Agreement, Comparison, Fragment, Item, ModelIdentity, Performance, Role
from reports.wording import ENFSI_2015

#: Where a piece of ink is drawn: item label, line, x range.
Place = tuple[str, int, tuple[float, float]]
SEED = 1
#: Fragments shown for H1 and as many for H2.
FRAGMENTS = 3


def compare(
    questioned: Sequence[str | Path],
    known: Sequence[str | Path],
    case: str = "",
    examiner: str = "",
    date: str | None = None,
    allow_generated: bool = False,
    command: str = "",
    notes: str = "",
) -> Comparison:
    """Compare questioned with known handwriting.

    Parameters
    ----------
    questioned, known : files, or folders that stand for all ink files in them.
    date : ISO date of the report; today where it is not given.

    Raises
    ------
    UnreadableFileError, HostileFileError : from the readers. GeneratedInkError : see ``load_exhibit``.
    OutOfScopeError : too little ink. ArgumentsError : a date that is none. MissingResourceError : no weights.
    """
    day = _day(date)
    exhibits = [load_exhibit("Q", questioned, allow_generated), load_exhibit("K", known, allow_generated)]
    sides = q, k = comparable(prepare(exhibits))
    found = score(q, k)
    with_time, unlike = found.condition.with_time, found.unlike_devices
    roles: tuple[Role, Role] = ("questioned", "known")
    marks = [_evidence(mine, other, with_time) for mine, other in ((q, k), (k, q))]
    shown = [
        items(side.exhibit, role, {f: np.concatenate(v) for f, v in _by_sample(side.exhibit, mark.strokes).items()})
        for side, role, mark in zip(sides, roles, marks, strict=True)
    ]
    places = [_places(side.exhibit, mark, drawn) for side, mark, drawn in zip(sides, marks, shown, strict=True)]
    warnings = list(found.warnings)
    agreement = []
    for role, side in zip(roles, sides, strict=True):
        one_file = len(side.traces) == 1
        agreement.append(Agreement(role, halves_agreement(side) if one_file else side.agreement))
        if one_file and disagrees(agreement[-1].log10_lr, 2):
            warnings.append(f"The {role} item disagrees with itself: its halves speak for two writers.")
    return Comparison(
        case=case,
        examiner=examiner,
        date=day,
        items=(*shown[0], *shown[1]),
        score=found.score,
        lr=found.lr,
        performance=unlike_validation() if unlike else _as_given(validation(found.condition), q.steps > k.steps),
        growth=None if unlike else growth(q.steps, with_time),
        measures=measure_rows(q.exhibit.samples, k.exhibit.samples, load_reference().measures),
        fragments=_fragments(marks[0], marks[1], places),
        faithfulness=marks[0].faithfulness,
        agreement=tuple(agreement),
        warnings=tuple(warnings),
        model=model_identity(),
        versions=versions(),
        settings={
            "verbal_scale": ENFSI_2015.as_setting(),
            "calibrated amounts": " and ".join(f"{level / 5:g} writing heights" for level in found.condition.levels),
            "channels used": "x, y, t" if with_time else "x, y",
        },
        command=command,
        seed=SEED,
        notes=notes,
    )


def _as_given(figures: Performance, questioned_is_greater: bool) -> Performance:
    """The figures with their amounts, lesser first, put to the sides of the case."""
    if not questioned_is_greater:
        return figures
    return replace(figures, amount_questioned=figures.amount_known, amount_known=figures.amount_questioned)


def model_identity() -> ModelIdentity:
    """The shipped weights and the people behind them."""
    facts, reference = card(), load_reference()
    return ModelIdentity(
        name=facts["name"],
        sha256=weights_hash(),
        calibration_sha256=calibration_hash(),
        training_writers=reference.card["training_people"],
        calibration_writers=reference.card["calibration_people"],
        population=facts["population"],
        licence=facts["licence"],
    )


def versions() -> dict[str, str]:
    """Versions of the program's parts that a number can depend on."""
    packages = ("numpy", "scipy", "scikit-learn", "keras", "tensorflow-cpu", "lir", "reportlab")
    found = {"forgery_kit": __version__, "python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except ModuleNotFoundError:
            continue
    return found


def _day(text: str | None) -> str:
    if text is None:
        return calendar.today().isoformat()
    try:
        return calendar.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ArgumentsError("--date", f"{text!r} is not a date.", "Write it as YYYY-MM-DD.") from error


def _evidence(mine: Ready, other: Ready, with_time: bool) -> Evidence:
    """What each piece of one side contributes to the score against the other, which stays whole."""
    plda, against = load_reference().plda[with_time], other.vectors[with_time][None]

    def score_of(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        # The amount stays that of the whole side: a piece left out shall tell of its form, not of its length.
        return score_matrix(plda, vectors, mine.steps, against, other.steps)[:, 0]

    return evidence(mine.traces, with_time, score_of)


def _by_sample(exhibit: Exhibit, by_trace: Sequence[NDArray[Any]]) -> dict[str, list[NDArray[Any]]]:
    """Values of the pen-down strokes of each trace → file → those of each of its samples, in the file's order."""
    found: dict[int, NDArray[Any]] = {}
    for group, values in zip(sheets(exhibit.samples).values(), by_trace, strict=True):
        ends = np.cumsum([int(sample.ink.pen_down.sum()) for sample in group])
        found |= {id(s): part for s, part in zip(group, np.split(values, ends[:-1]), strict=True)}
    return {file: [found[id(s)] for s in samples] for file, samples in by_file(exhibit).items()}


def _fragments(questioned: Evidence, known: Evidence, places: list[list[Place | None]]) -> tuple[Fragment, ...]:
    """The pieces of questioned ink that speak most for H1 and most for H2, with their nearest known pieces."""
    if len(questioned.pieces) < 2 or len(known.pieces) < 1:
        return ()
    density = questioned.contribution / np.maximum(questioned.amount, 1.0)
    order = np.argsort(-density)
    count = min(FRAGMENTS, len(order) // 2)
    a = questioned.vectors - questioned.vectors.mean(axis=0)
    b = known.vectors - questioned.vectors.mean(axis=0)
    likeness = (a @ b.T) / np.maximum(np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)[None], 1e-9)
    found = []
    for index in [*order[:count], *order[::-1][:count][::-1]]:
        here, there = places[0][index], places[1][int(np.argmax(likeness[index]))]
        if here and there:
            found.append(
                Fragment(
                    evidence=float(np.round(density[index], 4)),
                    questioned_item=here[0],
                    questioned_line=here[1],
                    questioned_x=here[2],
                    known_item=there[0],
                    known_line=there[1],
                    known_x=there[2],
                )
            )
    return tuple(found)


def _places(exhibit: Exhibit, mark: Evidence, side: tuple[Item, ...]) -> list[Place | None]:
    """Where each piece is drawn: item label, line, x range; the line that holds most of it. None where not drawn."""
    best: list[tuple[int, str, int, float, float] | None] = [None] * len(mark.pieces)
    for item, (file, owners) in zip(side, _by_sample(exhibit, mark.owners).items(), strict=True):
        on_lines = [
            owner[(np.cumsum(sample.ink.pen_down) - 1)[line]]
            for sample, owner in zip(by_file(exhibit)[file], owners, strict=True)
            for line in lines(sample.ink)
        ]
        # Fewer lines may be drawn than there are.
        for number, (line, owner) in enumerate(zip(item.lines, on_lines, strict=False)):
            for piece in np.unique(owner):
                mine = [s for s, o in zip(line, owner, strict=True) if o == piece]
                ink = sum(len(s.x) for s in mine)
                known = best[piece]
                if known is None or ink > known[0]:
                    best[piece] = (ink, item.label, number, min(min(s.x) for s in mine), max(max(s.x) for s in mine))
    return [None if found is None else (found[1], found[2], (found[3], found[4])) for found in best]
