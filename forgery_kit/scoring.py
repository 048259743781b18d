"""Exhibits → embeddings → symmetric score → likelihood ratio, for one pair or for a table of thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ForgeryKitError, OutOfScopeError
from datasets.sample import Exhibit
from forgery_kit.calibration import likelihood_ratio
from forgery_kit.conditions import FLOOR_STEPS, Condition, supported_condition
from forgery_kit.exhibits import load_exhibit
from forgery_kit.plda import score_pairs, within_variance
from forgery_kit.reference import CHUNK_STEPS, load_reference
from gan.features import STEPS_PER_HEIGHT, Trace
from gan.style import embed_sequences, has_time, sequence, total_amount, traces
from reports.findings import LikelihoodRatio

Paths = tuple[Path, ...]


@dataclass(frozen=True)
class Ready:
    """An exhibit ready to be compared.

    Attributes
    ----------
    traces : its ink, one trace a file. amount : writing heights. steps : feature steps.
    timed : whether speed can be used. hashes : SHA-256 of its files.
    vectors : embedding with time (where ``timed``) and without, by that flag.
    typicality : share of reference chunks that lie nearer to the middle of the reference, 0..1.
    """

    exhibit: Exhibit
    traces: tuple[Trace, ...]
    amount: float
    steps: int
    timed: bool
    hashes: frozenset[str]
    vectors: dict[bool, NDArray[np.float64]]
    typicality: float


@dataclass(frozen=True)
class Scored:
    """Score (natural-log PLDA LR, not yet calibrated) of a pair, its LR and the condition it was calibrated at."""

    score: float
    lr: LikelihoodRatio
    condition: Condition
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
    exit_code: int = 0


def prepare(exhibits: Sequence[Exhibit]) -> list[Ready]:
    """Exhibits with their embeddings, computed together.

    Raises OutOfScopeError where an exhibit has less ink than ``FLOOR_STEPS``.
    """
    inks = [tuple(traces(exhibit.samples)) for exhibit in exhibits]
    timed = [has_time(ink) for ink in inks]
    sequences, places = [], []
    for index, (exhibit, ink) in enumerate(zip(exhibits, inks, strict=True)):
        for flag in (True, False) if timed[index] else (False,):
            features = sequence(ink, flag) if ink else np.zeros((0, 8), np.float32)
            if len(features) < FLOOR_STEPS:
                raise OutOfScopeError(
                    ", ".join(sorted({s.file for s in exhibit.samples})),
                    f"there is too little ink to compare: {len(features) / STEPS_PER_HEIGHT:.0f} writing heights, at "
                    f"least {FLOOR_STEPS / STEPS_PER_HEIGHT:.0f} are needed (a word or two).",
                    "Give more writing.",
                )
            sequences.append(features)
            places.append((index, flag))
    vectors: list[dict[bool, NDArray[np.float64]]] = [{} for _ in exhibits]
    steps = [0] * len(exhibits)
    for (index, flag), features, vector in zip(places, sequences, embed_sequences(sequences), strict=True):
        vectors[index][flag] = vector
        steps[index] = len(features)
    return [
        Ready(
            exhibit=exhibit,
            traces=inks[i],
            amount=total_amount(inks[i]),
            steps=steps[i],
            timed=timed[i],
            hashes=frozenset(s.sha256 for s in exhibit.samples),
            vectors=vectors[i],
            typicality=_typicality(vectors[i][timed[i]], steps[i], timed[i]),
        )
        for i, exhibit in enumerate(exhibits)
    ]


def score(questioned: Ready, known: Ready) -> Scored:
    """Score and likelihood ratio of two exhibits; swapping them changes nothing.

    Raises OutOfScopeError where the reference cannot support any statement at these amounts.
    """
    with_time = questioned.timed and known.timed
    plda = load_reference().plda[with_time]
    # Always in one order, so that rounding cannot tell questioned from known.
    first, second = sorted((questioned, known), key=lambda r: (r.steps, sorted(r.hashes)))
    value = float(score_pairs(plda, first.vectors[with_time], first.steps, second.vectors[with_time], second.steps)[0])
    try:
        at, lowered = supported_condition(questioned.steps, known.steps, with_time)
    except ValueError as error:
        raise OutOfScopeError(questioned.exhibit.label, f"{error}.", "Give more writing.") from error
    return Scored(value, likelihood_ratio(at.calibrator, value), at, _warnings(questioned, known, lowered, value))


def _warnings(questioned: Ready, known: Ready, lowered: bool, value: float) -> tuple[str, ...]:
    found = []
    if questioned.hashes & known.hashes:
        found.append("The same file is on both sides: the comparison says nothing.")
    for name, ready in (("questioned", questioned), ("known", known)):
        if ready.steps < 240:
            found.append(f"Little ink: the {name} writing has {ready.amount:.0f} writing heights, about a few words.")
    if questioned.timed != known.timed:
        side = "known" if questioned.timed else "questioned"
        found.append(f"Only one side has usable times (not the {side} one): speed was left out on both.")
    devices = [{s.device for s in r.exhibit.samples if s.device} for r in (questioned, known)]
    formats = [{s.format for s in r.exhibit.samples} for r in (questioned, known)]
    if (all(devices) and not devices[0] & devices[1]) or not formats[0] & formats[1]:
        found.append("The two sides seem to come from unlike devices: the calibration is for like devices.")
    if lowered:
        found.append("No calibration exists for this much ink: that of the largest supported amount was used.")
    for name, ready in (("questioned", questioned), ("known", known)):
        if ready.typicality > 0.99:
            found.append(f"The {name} writing is unlike nearly all reference writing (device, script or kind of text).")
    if not np.isfinite(value):
        raise OutOfScopeError(questioned.exhibit.label, "the score is not a number.", "Report this file.")
    return tuple(found)


def _typicality(vector: NDArray[np.float64], steps: int, with_time: bool) -> float:
    """Share of reference chunks of about this amount that lie nearer to the middle of the reference, 0..1."""
    size = max(size for size in CHUNK_STEPS if size <= max(steps, CHUNK_STEPS[0]))
    of_reference = _reference_distances(with_time, size)
    return float(np.searchsorted(of_reference, _distance(vector[None], steps, with_time)[0]) / len(of_reference))


def _distance(vectors: NDArray[np.float64], steps: int, with_time: bool) -> NDArray[np.float64]:
    """Squared distances (n,) of embeddings (n, d) of so much ink from the average hand, in deviations of hands."""
    plda = load_reference().plda[with_time]
    return np.sum(plda.transform(vectors) ** 2 / (within_variance(steps) + plda.between), axis=1)


@lru_cache(maxsize=8)
def _reference_distances(with_time: bool, steps: int) -> NDArray[np.float64]:
    """Sorted distances of the reference chunks of this length."""
    chunks = load_reference().chunks
    rows = (chunks.with_time == with_time) & (chunks.steps == steps)
    return np.sort(_distance(chunks.vectors[rows].astype(float), steps, with_time))


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
    for start in range(0, len(sides), 64):
        batch: list[tuple[Paths, Exhibit]] = []
        for side in sides[start : start + 64]:
            try:
                batch.append((side, load_exhibit(str(side[0]), side, allow_generated)))
            except ForgeryKitError as error:
                ready[side] = error
        ready.update(_prepared(batch))
        if progress:
            progress(min(start + 64, len(sides)), len(sides))
    cache: dict[tuple[Paths, Paths], RowResult] = {}
    return [_row(q, k, ready, cache) for q, k in rows]


def _prepared(batch: list[tuple[Paths, Exhibit]]) -> dict[Paths, Ready | ForgeryKitError]:
    """Prepared together; where one is out of scope, one by one, so that it does not spoil the others."""
    try:
        return dict(zip([side for side, _ in batch], prepare([e for _, e in batch]), strict=True))
    except ForgeryKitError as error:
        if len(batch) == 1:
            return {batch[0][0]: error}
        found: dict[Paths, Ready | ForgeryKitError] = {}
        for one in batch:
            found.update(_prepared([one]))
        return found


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
        except ForgeryKitError as error:
            cache[key] = RowResult(error=str(error), exit_code=error.exit_code)
    return cache[key]
