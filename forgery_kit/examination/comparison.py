"""Questioned against known: the whole comparison, with everything that a report shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date as calendar
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.sample import Exhibit
from forgery_kit.authenticity.examine import examine
from forgery_kit.examination.copies import repeats_told
from forgery_kit.examination.evidence import Evidence, evidence
from forgery_kit.examination.exhibits import items, labelled, left_out, load_exhibit
from forgery_kit.examination.fragments import by_sample, fragments, places
from forgery_kit.examination.letter_chart import letter_chart
from forgery_kit.examination.measures import measure_rows
from forgery_kit.identity import versions
from forgery_kit.laboratory.told import laboratory_setting, laboratory_told
from forgery_kit.likelihood.agreement import disagrees, halves_agreement
from forgery_kit.likelihood.back_end import score_matrix
from forgery_kit.likelihood.calibrations import Kind
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.line_agreement import odd_line
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import Ready, comparable, prepare
from forgery_kit.simulation.simulate import Progress, check_simulate
from forgery_kit.simulation.simulate import simulate as imitated
from gan.judging.style import card, weights_hash
from reports.authenticity.wording import warning as machine_told
from reports.findings import Agreement, Caution, Comparison, Role
from reports.method_text import how_found
from reports.occasions import OCCASIONS, ONE_SITTING, OTHER_OCCASIONS
from reports.performance import ModelIdentity, Performance
from reports.proof.attachments import ink_hashes
from reports.scale import ENFSI_2015

SEED = 1


def compare(
    questioned: Sequence[str | Path],
    known: Sequence[str | Path],
    case: str = "",
    examiner: str = "",
    date: str | None = None,
    allow_generated: bool = False,
    command: str = "",
    notes: str = "",
    mandate: str = "",
    custody: str = "",
    judge: Judge | None = None,
    questioned_text: str | None = None,
    known_text: str | None = None,
    same_sitting: bool = False,
    simulate: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare questioned with known handwriting.

    Parameters
    ----------
    questioned, known : files, or folders that stand for all ink files in them.
    date : ISO date of the report; today where it is not given.
    questioned_text, known_text : what all ink of a side says, in the order of its files, where the examiner knows it;
        then its letters are looked for instead of read.
    same_sitting : both sides are known to come from one sitting; otherwise the value is that of other occasions.
    simulate : so many imitations of the known writer are made and set beside the questioned ink, see ``simulation``;
        ``progress`` is called with (lines drawn, lines in all).

    Raises
    ------
    UnreadableFileError, HostileFileError : from the readers. GeneratedInkError : see ``load_exhibit``.
    OutOfScopeError : too little ink. ArgumentsError : a date that is none, a text that hardly fits its ink.
    MissingResourceError : no weights.
    """
    day = report_day(date)
    check_simulate(simulate)
    texts = _stated("--questioned-text", questioned_text), _stated("--known-text", known_text)
    q, k = load_exhibit("Q", questioned, allow_generated), load_exhibit("K", known, allow_generated)
    return compare_exhibits(
        replace(q, text=texts[0]),
        replace(k, text=texts[1]),
        case=case,
        examiner=examiner,
        date=day,
        command=command,
        notes=notes,
        mandate=mandate,
        custody=custody,
        judge=judge,
        same_sitting=same_sitting,
        simulate=simulate,
        progress=progress,
    )


def compare_exhibits(
    questioned: Exhibit,
    known: Exhibit,
    case: str = "",
    examiner: str = "",
    date: str | None = None,
    command: str = "",
    notes: str = "",
    mandate: str = "",
    custody: str = "",
    judge: Judge | None = None,
    same_sitting: bool = False,
    simulate: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare two exhibits that are loaded already; generated ink is refused by ``load_exhibit``, and named here.

    Their items are called Q1, Q2, … and K1, K2, … whatever the labels of the exhibits. The rest as for ``compare``.
    """
    day = report_day(date)
    check_simulate(simulate)
    exhibits = [replace(questioned, label="Q"), replace(known, label="K")]
    judge = judge or default_judge()
    sides = q, k = comparable(prepare(exhibits, judge, same_sitting), judge, same_sitting)
    found = score(q, k, judge, same_sitting)
    with_time = found.with_time
    figures = judge.calibrations.figures(found.kind, q.steps, k.steps)
    roles: tuple[Role, Role] = ("questioned", "known")
    marks = [_evidence(judge, mine, other, with_time) for mine, other in ((q, k), (k, q))]
    shown = [
        items(side.exhibit, role, _by_file(side.exhibit, mark.strokes), _by_file(side.exhibit, mark.sure))
        for side, role, mark in zip(sides, roles, marks, strict=True)
    ]
    where = [places(side.exhibit, mark, drawn) for side, mark, drawn in zip(sides, marks, shown, strict=True)]
    warnings = [*found.warnings, *laboratory_told(judge, found.kind)]
    warnings += [Caution("copies", text) for text in repeats_told(q.files, q.traces, k.files, k.traces)]
    authenticity = examine([q.exhibit, k.exhibit])
    warnings += [Caution("machine", machine_told(one)) for one in authenticity.items if one.log10_lr <= -1]
    agreement = []
    for role, side in zip(roles, sides, strict=True):
        one_file = len(side.traces) == 1
        lowest = halves_agreement(judge, side.traces, side.timed) if one_file else side.agreement
        agreement.append(Agreement(role, lowest.log10_lr if lowest else None))
        if one_file and disagrees(lowest, 2):
            text = f"The {role} item disagrees with itself: its halves speak for two writers."
            warnings.append(Caution("item disagrees", text))
        odd = odd_line(judge, side.exhibit.samples, side.traces, side.timed)
        if odd:
            text = f"Line {odd[1]} of {odd[0]} ({role}) speaks for another writer than the rest of its side."
            warnings.append(Caution("line disagrees", text))
    return Comparison(
        case=case,
        examiner=examiner,
        date=day,
        items=(*shown[0], *shown[1]),
        score=found.score,
        lr=found.lr,
        performance=_as_given(figures, q.steps > k.steps),
        growth=None if found.kind == "unlike" else judge.calibrations.growth(found.kind, q.steps, k.steps),
        measures=measure_rows(q.exhibit.samples, k.exhibit.samples, judge.reference.measures),
        fragments=fragments(marks[0], marks[1], where),
        faithfulness=marks[0].faithfulness,
        agreement=tuple(agreement),
        warnings=tuple(warnings),
        model=model_identity(judge, found.kind),
        versions=versions(),
        settings={
            "verbal_scale": ENFSI_2015.as_setting(),
            "calibrated amounts": " and ".join(f"{level / 5:g} writing heights" for level in found.levels),
            "channels used": "x, y, t" if with_time else "x, y",
            "letters": how_found(q.exhibit.text, k.exhibit.text),
            OCCASIONS: ONE_SITTING if same_sitting else OTHER_OCCASIONS,
            **laboratory_setting(judge),
        },
        command=command,
        seed=SEED,
        notes=notes,
        mandate=mandate,
        custody=custody,
        calibration=found.calibration,
        questioned_text=q.exhibit.text,
        known_text=k.exhibit.text,
        ink=ink_hashes({item: samples for one in exhibits for item, samples in labelled(one).items()}),
        left_out=(*left_out(q.exhibit, shown[0]), *left_out(k.exhibit, shown[1])),
        letters=letter_chart(judge, (q, k), found, (shown[0], shown[1])),
        authenticity=authenticity,
        simulation=imitated(q, k, found, judge, simulate, progress) if simulate else None,
    )


def _as_given(figures: Performance, questioned_is_greater: bool) -> Performance:
    """The figures with their amounts, lesser first, put to the sides of the case."""
    if not questioned_is_greater:
        return figures
    return replace(figures, amount_questioned=figures.amount_known, amount_known=figures.amount_questioned)


def model_identity(judge: Judge, kind: Kind = "timed") -> ModelIdentity:
    """The shipped weights and the people behind the calibrations of a kind."""
    facts, reference = card(), judge.reference
    return ModelIdentity(
        name=facts["name"],
        sha256=weights_hash(judge.weights),
        calibration_sha256=reference.sha256,
        training_writers=reference.card["training_people"],
        calibration_writers=judge.people(kind),
        population=judge.population(kind) if judge.laboratory else facts["population"],
        licence=facts["licence"],
    )


def _stated(option: str, text: str | None) -> str:
    if text is not None and not text.split():
        raise ArgumentsError(option, "it is empty.", "Give what the ink says, or leave it out.")
    return text or ""


def report_day(text: str | None) -> str:
    """The ISO date of a report, today where none is given. Raises ArgumentsError for one that is none."""
    if text is None:
        return calendar.today().isoformat()
    try:
        return calendar.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ArgumentsError("--date", f"{text!r} is not a date.", "Write it as YYYY-MM-DD.") from error


def _evidence(judge: Judge, mine: Ready, other: Ready, with_time: bool) -> Evidence:
    """What each piece of one side contributes to the score against the other, which stays whole."""
    back_end, against = judge.reference.back_end[with_time], other.vectors[with_time][None]

    def score_of(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        # The amount stays that of the whole side: a piece left out shall tell of its form, not of its length.
        return score_matrix(back_end, vectors, mine.steps, against, other.steps)[:, 0]

    return evidence(mine.traces, with_time, judge.embed_windows, score_of, judge.with_letters)


def _by_file(exhibit: Exhibit, by_trace: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Values of the pen-down strokes of each trace → file → those of its strokes, in the file's order."""
    return {file: np.concatenate(values) for file, values in by_sample(exhibit, by_trace).items()}
