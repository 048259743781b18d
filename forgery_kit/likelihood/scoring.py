"""Exhibits → embeddings → symmetric score → likelihood ratio, for one pair or for a table of thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ForgeryKitError, OutOfScopeError
from datasets.sample import Exhibit
from forgery_kit.examination.copies import Files, copies_told, files_of, refuse_copies, same_recording
from forgery_kit.examination.exhibits import REPEATED, load_exhibit
from forgery_kit.examination.scrutiny import look_at, warnings_of
from forgery_kit.likelihood.calibration import TooFewWritersError, likelihood_ratio
from forgery_kit.likelihood.conditions import (
    FLOOR_STEPS,
    Condition,
    exhibits_of,
    level_of,
    supported_condition,
    unlike_devices,
)
from forgery_kit.likelihood.plda import score_pairs, within_variance
from forgery_kit.likelihood.reference import CHUNK_STEPS, load_reference
from gan.features import FAR_LEG, FEATURES, STEPS_PER_HEIGHT, Trace, far_jumps
from gan.judging.style import embed_sequences, has_time, sequence, sheets, total_amount, traces
from reports.findings import LikelihoodRatio

Paths = tuple[Path, ...]
#: Least steps of a piece of ink that is compared with the rest of its side.
AGREEMENT_STEPS = 100
#: A side whose pieces speak against one writer by more than this (log10) is worth a warning.
DISAGREEMENT = -0.3


@dataclass(frozen=True)
class Ready:
    """An exhibit ready to be compared.

    Attributes
    ----------
    traces : its ink, one trace a file. amount : writing heights. steps : feature steps.
    timed : whether speed can be used. hashes : SHA-256 of its files.
    vectors : embedding by whether time was used: with it where ``timed``, and without it where ``comparable`` added it.
    faults : far jumps within strokes.
    typicality : share of reference exhibits that lie nearer to the middle of the reference, 0..1.
    agreement : lowest log10 LR of one of several files against the others; None for one file.
    files : its recordings, for those of the other side to be looked up in.
    """

    exhibit: Exhibit
    traces: tuple[Trace, ...]
    amount: float
    steps: int
    timed: bool
    hashes: frozenset[str]
    vectors: dict[bool, NDArray[np.float64]]
    faults: int
    typicality: float
    agreement: float | None
    files: Files


@dataclass(frozen=True)
class Scored:
    """Score (natural-log PLDA LR, not yet calibrated) of a pair, its LR and the condition it was calibrated at.

    Where ``unlike_devices``, the LR is that of the condition put through ``conditions.unlike_devices``.
    """

    score: float
    lr: LikelihoodRatio
    condition: Condition
    unlike_devices: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class RowResult:
    """One row of a score table; numbers are None where ``error`` says why."""

    score: float | None = None
    log10_lr: float | None = None
    log10_lr_low: float | None = None
    log10_lr_high: float | None = None
    bound_hit: str = ""
    warning: str = ""
    error: str = ""


def prepare(exhibits: Sequence[Exhibit]) -> list[Ready]:
    """Exhibits with their embeddings, computed together, with time where they have it.

    The exhibits are looked at first (``scrutiny.look_at``), so that lines are level.

    Raises OutOfScopeError where an exhibit has less ink than ``FLOOR_STEPS``, or stands wrong.
    """
    exhibits = [look_at(exhibit) for exhibit in exhibits]
    inks = [tuple(traces(exhibit.samples)) for exhibit in exhibits]
    for exhibit, ink in zip(exhibits, inks, strict=True):
        if len(ink) < len(sheets(exhibit.samples)):
            _refuse_flat(exhibit)
    timed = [has_time(ink) for ink in inks]
    features = [
        sequence(ink, flag) if ink else np.zeros((0, FEATURES), np.float32)
        for ink, flag in zip(inks, timed, strict=True)
    ]
    for exhibit, steps in zip(exhibits, features, strict=True):
        if len(steps) < FLOOR_STEPS:
            raise OutOfScopeError(
                ", ".join(sorted({s.file for s in exhibit.samples})),
                f"there is too little ink to compare: {len(steps) / STEPS_PER_HEIGHT:.0f} writing heights, at "
                f"least {FLOOR_STEPS / STEPS_PER_HEIGHT:.0f} are needed (a word or two).",
                "Give more writing.",
            )
    hashes = [frozenset(s.sha256 for s in exhibit.samples) for exhibit in exhibits]
    # Embedded in one order whichever side comes first, so that rounding cannot tell questioned from known.
    order = sorted(range(len(exhibits)), key=lambda i: sorted(hashes[i]))
    vectors = dict(zip(order, embed_sequences([features[i] for i in order]), strict=True))
    return [
        Ready(
            exhibit=exhibit,
            traces=ink,
            amount=total_amount(ink),
            steps=len(steps),
            timed=flag,
            hashes=hashes[i],
            vectors={flag: vectors[i]},
            faults=sum(far_jumps(one) for one in ink),
            typicality=_typicality(vectors[i], len(steps), flag),
            agreement=_agreement([sequence([one], flag) for one in ink], flag) if len(ink) > 1 else None,
            files=files_of(exhibit.samples, ink),
        )
        for i, (exhibit, ink, flag, steps) in enumerate(zip(exhibits, inks, timed, features, strict=True))
    ]


def _refuse_flat(exhibit: Exhibit) -> None:
    """Raise OutOfScopeError for the first file whose ink has no writing height."""
    for group in sheets(exhibit.samples).values():
        if not traces(group):
            raise OutOfScopeError(
                group[0].file,
                "no stroke of the ink has vertical extent, so it has no writing height.",
                "Leave this file out.",
            )


def _agreement(features: Sequence[NDArray[np.float32]], with_time: bool) -> float | None:
    """Lowest log10 LR of one piece of ink against all others, None where no piece has enough ink to tell."""
    vectors, steps = embed_sequences(features), np.array([len(f) for f in features])
    plda = load_reference().plda[with_time]
    lowest = None
    for i in np.flatnonzero(steps >= AGREEMENT_STEPS):
        rest = np.delete(steps, i)
        if rest.sum() < AGREEMENT_STEPS:
            continue
        other = rest @ np.delete(vectors, i, axis=0) / rest.sum()
        value = score_pairs(plda, vectors[i], steps[i], other, rest.sum())[0]
        try:
            at, _ = supported_condition(steps[i], rest.sum(), with_time)
        except TooFewWritersError:
            continue
        found = likelihood_ratio(at.calibrator, float(value)).log10_lr
        lowest = found if lowest is None else min(lowest, found)
    return lowest


def halves_agreement(ready: Ready) -> float | None:
    """Log10 LR between the first and the second half of an exhibit's ink, None where it is too little to tell."""
    features = sequence(ready.traces, ready.timed)
    middle = len(features) // 2
    return _agreement([features[:middle], features[middle:]], ready.timed)


def disagrees(agreement: float | None, pieces: int) -> bool:
    """Whether the pieces of a side speak against one writer: below ``DISAGREEMENT``, lower with more pieces."""
    return agreement is not None and agreement < DISAGREEMENT - np.log10(pieces if pieces > 2 else 1)


def comparable(sides: Sequence[Ready]) -> list[Ready]:
    """The sides with the embedding without time too, where any of them has no time; else as they are."""
    if all(side.timed for side in sides):
        return list(sides)
    rows = [i for i, side in enumerate(sides) if False not in side.vectors]
    rows.sort(key=lambda i: sorted(sides[i].hashes))
    result = list(sides)
    for i, vector in zip(rows, embed_sequences([sequence(sides[i].traces, False) for i in rows]), strict=True):
        result[i] = replace(sides[i], vectors={**sides[i].vectors, False: vector})
    return result


def score(questioned: Ready, known: Ready) -> Scored:
    """Score and likelihood ratio of two exhibits; swapping them changes nothing.

    Raises OutOfScopeError where the reference cannot support any statement at these amounts, and where one recording
    is on both sides.
    """
    for sample in questioned.exhibit.samples:
        if sample.sha256 in known.hashes:
            twin = next(other for other in known.exhibit.samples if other.sha256 == sample.sha256)
            raise same_recording(sample.file, twin.file)
    copied = refuse_copies(questioned.files, known.files)
    questioned, known = comparable((questioned, known))
    with_time = questioned.timed and known.timed
    plda = load_reference().plda[with_time]
    # Always in one order, so that rounding cannot tell questioned from known.
    first, second = sorted((questioned, known), key=lambda r: (r.steps, sorted(r.hashes)))
    value = float(score_pairs(plda, first.vectors[with_time], first.steps, second.vectors[with_time], second.steps)[0])
    try:
        at, lowered = supported_condition(questioned.steps, known.steps, with_time)
    except TooFewWritersError as error:
        raise OutOfScopeError(questioned.exhibit.label, f"{error}.", "Give more writing.") from error
    unlike = _unlike(questioned, known)
    lr = likelihood_ratio(at.calibrator, value)
    if unlike:
        lr = likelihood_ratio(unlike_devices(), lr.unbounded)
    return Scored(value, lr, at, unlike, (*copied, *_warnings(questioned, known, lowered, value)))


def _unlike(questioned: Ready, known: Ready) -> bool:
    """Whether the sides name no device in common, or are files of unlike formats."""
    sides = [r.exhibit.samples for r in (questioned, known)]
    devices, formats = ([{getattr(s, field) for s in side} for side in sides] for field in ("device", "format"))
    named = [found - {None, ""} for found in devices]
    if all(named):
        return not named[0] & named[1]
    return not formats[0] & formats[1]


def _warnings(questioned: Ready, known: Ready, lowered: bool, value: float) -> tuple[str, ...]:
    found = []
    for name, ready in (("questioned", questioned), ("known", known)):
        if ready.steps < 240:
            found.append(f"Little ink: the {name} writing has {ready.amount:.0f} writing heights, about a few words.")
    if questioned.timed != known.timed:
        side = "known" if questioned.timed else "questioned"
        found.append(f"Only one side has usable times (not the {side} one): speed was left out on both.")
    if _unlike(questioned, known):
        found.append(
            "The two sides seem to come from unlike devices: the value was calibrated on people recorded on two "
            "tablets, with five words on each side, and goes no further than these support."
        )
    elif any({s.device for s in r.exhibit.samples} & {None, ""} for r in (questioned, known)):
        found.append("Not all files name their device: the calibration is for like devices on both sides.")
    if lowered:
        found.append("No calibration exists for this much ink: that of the largest supported amount was used.")
    for name, ready in (("questioned", questioned), ("known", known)):
        if ready.faults:
            found.append(
                f"The {name} writing holds {ready.faults} jumps of more than {FAR_LEG:.0f} writing heights within "
                "strokes: taken as faults of the recording and left out."
            )
        if disagrees(ready.agreement, len(ready.traces)):
            found.append(f"The {name} items disagree among themselves: one speaks for another writer than the rest.")
        if any(REPEATED in s.ink.notes for s in ready.exhibit.samples):
            found.append(f"A file is given more than once on the {name} side: it was read once.")
        found += copies_told(ready.exhibit.samples, name)
        found += warnings_of(name, ready.exhibit)
        if ready.typicality > 0.99:
            found.append(f"The {name} writing is unlike nearly all reference writing (device, script or kind of text).")
    if not np.isfinite(value):
        raise OutOfScopeError(questioned.exhibit.label, "the score is not a number.", "Report this file.")
    return tuple(found)


def _typicality(vector: NDArray[np.float64], steps: int, with_time: bool) -> float:
    """Share of reference exhibits of about this amount that lie nearer to the middle of the reference, 0..1."""
    of_reference = _reference_distances(with_time, level_of(steps))
    return float(np.searchsorted(of_reference, _distance(vector[None], steps, with_time)[0]) / len(of_reference))


def _distance(vectors: NDArray[np.float64], steps: int, with_time: bool) -> NDArray[np.float64]:
    """Squared distances (n,) of embeddings (n, d) of so much ink from the average hand, in deviations of hands."""
    plda = load_reference().plda[with_time]
    return np.sum(plda.transform(vectors) ** 2 / (within_variance(steps) + plda.between), axis=1)


@lru_cache(maxsize=8)
def _reference_distances(with_time: bool, steps: int) -> NDArray[np.float64]:
    """Sorted distances of reference exhibits of this amount, or of the largest below it that there is."""
    found = exhibits_of(load_reference().chunks, (steps, CHUNK_STEPS[0]), with_time, seed=1).values()
    vectors = [first for first, _ in found if len(first)]
    if len(vectors) < 5:
        return _reference_distances(with_time, steps // 2)
    return np.sort(_distance(np.concatenate(vectors), steps, with_time))


def score_rows(
    rows: Sequence[tuple[Paths, Paths]],
    allow_generated: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[RowResult]:
    """Scores of a table. Each side is read and embedded once, however many rows name it.

    Parameters
    ----------
    rows : (files of the questioned side, files of the known side).
    progress : called with (sides read so far, sides in all).
    """
    sides = sorted({side for row in rows for side in row})
    ready: dict[Paths, Ready | ForgeryKitError] = {}

    def load(side: Paths) -> tuple[Paths, Exhibit | ForgeryKitError]:
        try:
            return side, load_exhibit(str(side[0]), side, allow_generated)
        except Exception as error:
            return side, _told(side, error)

    # Sides are read while those before them are embedded.
    with ThreadPoolExecutor(1) as pool:
        loaded = pool.map(load, sides)
        while batch := list(islice(loaded, 64)):
            ready.update({side: found for side, found in batch if isinstance(found, ForgeryKitError)})
            ready.update(_prepared([(side, found) for side, found in batch if isinstance(found, Exhibit)]))
            if progress:
                progress(len(ready), len(sides))
    ready.update(_comparable(rows, ready))
    cache: dict[tuple[Paths, Paths], RowResult] = {}
    return [_row(q, k, ready, cache) for q, k in rows]


def _prepared(batch: list[tuple[Paths, Exhibit]]) -> dict[Paths, Ready | ForgeryKitError]:
    """Prepared together; where one is out of scope, one by one, so that it does not spoil the others."""
    try:
        return dict(zip([side for side, _ in batch], prepare([e for _, e in batch]), strict=True))
    except Exception as error:
        if len(batch) == 1:
            return {batch[0][0]: _told(batch[0][0], error)}
        found: dict[Paths, Ready | ForgeryKitError] = {}
        for one in batch:
            found.update(_prepared([one]))
        return found


def _comparable(rows: Sequence[tuple[Paths, Paths]], ready: dict[Paths, Ready | ForgeryKitError]) -> dict[Paths, Ready]:
    """The sides that any row compares with a side that has no time, with their embeddings without time."""
    untimed = {side for side, found in ready.items() if isinstance(found, Ready) and not found.timed}
    wanted = sorted({side for row in rows if untimed & set(row) for side in row})
    found = {side: one for side in wanted if isinstance(one := ready[side], Ready)}
    return dict(zip(found, comparable(list(found.values())), strict=True))


def _row(
    questioned: Paths,
    known: Paths,
    ready: dict[Paths, Ready | ForgeryKitError],
    cache: dict[tuple[Paths, Paths], RowResult],
) -> RowResult:
    key = (questioned, known)
    if key not in cache:
        sides = ready[questioned], ready[known]
        errors = [side for side in sides if isinstance(side, ForgeryKitError)]
        try:
            if errors:
                raise errors[0]
            q, k = (side for side in sides if isinstance(side, Ready))
            found = score(q, k)
            lr = found.lr
            cache[key] = RowResult(found.score, lr.log10_lr, lr.low, lr.high, lr.bound_hit, " ".join(found.warnings))
        except Exception as error:
            cache[key] = RowResult(error=str(_told(questioned, error)))
    return cache[key]


def _told(side: Paths, error: Exception) -> ForgeryKitError:
    """The error as its row tells it: one file that trips us must not cost the other rows."""
    if isinstance(error, ForgeryKitError):
        return error
    return ForgeryKitError(str(side[0]), f"a fault of ours ({type(error).__name__}: {error!s:.200}).", "Report it.")
