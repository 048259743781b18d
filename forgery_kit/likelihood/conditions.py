"""Calibration at the conditions of a case: its amounts of ink and its channels.

Calibrators are made at fixed amounts, each once, and mixed for the amounts between them, so that a little more ink
never makes the value jump.

Pairs are formed from the reference chunks (``reference``) at the case's amounts: same-writer pairs from different
sheets, different-writer pairs within one donor, so that devices cannot stand in for writers.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forgery_kit.likelihood.calibration import (
    Calibrated,
    Calibrator,
    TooFewWritersError,
    cross_calibrated,
    fit_calibrator,
    mixed,
    performance,
)
from forgery_kit.likelihood.metrics import ScorePairs, pair_weights
from forgery_kit.likelihood.plda import score_matrix
from forgery_kit.likelihood.reference import (
    CHUNK_STEPS,
    Chunks,
    Reference,
    TwoDevices,
    calibration_hash,
    load_reference,
)
from gan.features import STEPS_PER_HEIGHT
from reports.findings import Growth, Performance, build

#: Amounts that are calibrated, in feature steps: chunk lengths, then multiples of the longest.
LEVELS = (*CHUNK_STEPS, 960, 1920, 3840, 7680)
#: Below this there is no statement: a word or so.
FLOOR_STEPS = 45
#: Exhibits formed of each writer on each side.
EXHIBITS = 6
#: Of these, how many of either side are paired for each couple of writers.
COUPLE_EXHIBITS = 3
#: Changes when the figures of a condition are computed in another way; part of the cache's key.
VERSION = "4"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Condition:
    """What holds for a case: nearest calibrated amounts (feature steps, lesser side first), channels, calibrator."""

    levels: tuple[int, int]
    with_time: bool
    calibrator: Calibrator


def level_of(steps: float) -> int:
    """The calibrated amount nearest to ``steps`` of ink, on a log scale."""
    return min(LEVELS, key=lambda level: abs(np.log(level / max(steps, 1))))


def form_pairs(reference: Reference, levels: tuple[int, int], with_time: bool, seed: int = 1) -> ScorePairs:
    """Scored pairs of calibration writers at these amounts (feature steps of either side).

    Same-writer pairs never share a sheet; a writer without enough ink for both sides has none. Different-writer
    pairs are formed within one donor, over every couple, both ways round.
    """
    sides = exhibits_of(reference.chunks, levels, with_time, seed)
    people = [key for key in sorted(sides) if len(sides[key][0])]
    if not people:
        empty = np.zeros(0, np.int64)
        return ScorePairs(np.zeros(0), empty, empty, empty)
    firsts, seconds = (np.concatenate([sides[key][side] for key in people]) for side in (0, 1))
    counts = [len(sides[key][0]) for key in people]
    starts = np.cumsum([0, *counts])
    rows, columns, owners = [], [], []
    for i, (_, donor) in enumerate(people):
        own = np.arange(starts[i], starts[i + 1])
        rows.append(own)
        columns.append(own)
        owners.append((i, i))
        for j in range(i + 1, len(people)):
            if people[j][1] == donor:
                few = np.arange(min(counts[i], counts[j], COUPLE_EXHIBITS))
                for one, other in ((i, j), (j, i)):
                    rows.append(np.repeat(starts[one] + few, len(few)))
                    columns.append(np.tile(starts[other] + few, len(few)))
                    owners.append((i, j))
    scores = score_matrix(reference.plda[with_time], firsts, levels[0], seconds, levels[1])
    a, b = np.repeat(np.array(owners), [len(r) for r in rows], axis=0).T
    writer, donor_of = np.array(people).T
    return ScorePairs(scores[np.concatenate(rows), np.concatenate(columns)], writer[a], writer[b], donor_of[a])


def exhibits_of(
    chunks: Chunks, levels: tuple[int, int], with_time: bool, seed: int
) -> dict[tuple[int, int], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(writer, donor) → embeddings (k, d) of k exhibits at either amount; the i-th two share no source."""
    generator = np.random.default_rng(seed)
    result = {}
    usable = chunks.with_time == with_time
    keys = np.unique(np.stack([chunks.writer[usable], chunks.donor[usable]], axis=1), axis=0)
    parts = [(min(level, CHUNK_STEPS[-1]), max(level // CHUNK_STEPS[-1], 1)) for level in levels]
    for w, d in keys:
        own = usable & (chunks.writer == w) & (chunks.donor == d)
        pools = [np.flatnonzero(own & (chunks.steps == size)) for size, _ in parts]
        pairs = []
        for _ in range(EXHIBITS):
            drawn = _two_exhibits(chunks.source, pools, [count for _, count in parts], generator)
            if drawn:
                pairs.append([chunks.vectors[rows].mean(axis=0) for rows in drawn])
        width = chunks.vectors.shape[1]
        sides = [np.array([p[i] for p in pairs], np.float64).reshape(-1, width) for i in (0, 1)]
        result[int(w), int(d)] = (sides[0], sides[1])
    return result


def _two_exhibits(
    source: NDArray[np.int64], pools: list[NDArray[np.int64]], counts: list[int], generator: np.random.Generator
) -> list[NDArray[np.int64]] | None:
    """Rows of two exhibits that share no source, whole sheets first; None where the ink does not suffice."""
    sheets = generator.permutation(np.union1d(source[pools[0]], source[pools[1]]))
    chosen: list[NDArray[np.int64]] = []
    used: set[int] = set()
    for pool, count in zip(pools, counts, strict=True):
        rows: list[int] = []
        for sheet in sheets:
            mine = pool[source[pool] == sheet]
            if sheet in used or not len(mine):
                continue
            used.add(int(sheet))
            start = int(generator.integers(0, max(len(mine) - count, 0) + 1))
            rows += mine[start : start + count - len(rows)].tolist()
            if len(rows) == count:
                break
        if len(rows) < count:
            return None
        chosen.append(np.array(rows))
    return chosen


@lru_cache(maxsize=2 * len(LEVELS) ** 2)
def condition(level_a: int, level_b: int, with_time: bool) -> Condition:
    """The condition of these calibrated amounts, from the cache where it has been made before.

    Raises TooFewWritersError where too few calibration writers have that much ink.
    """
    low, high = sorted((level_a, level_b))
    return _cached(Condition, f"condition-{low}-{high}-{int(with_time)}", lambda: _condition(low, high, with_time))


def _condition(low: int, high: int, with_time: bool) -> Condition:
    return Condition((low, high), with_time, fit_calibrator(form_pairs(load_reference(), (low, high), with_time)))


def validation(at: Condition) -> Performance:
    """Figures of a condition on the calibration writers, both writers of a pair left out; cached like the condition."""
    name = f"validation-{at.levels[0]}-{at.levels[1]}-{int(at.with_time)}"
    return _cached(Performance, name, lambda: _validation(at))


def _validation(at: Condition) -> Performance:
    pairs = form_pairs(load_reference(), at.levels, at.with_time)
    return performance(
        pairs,
        cross_calibrated(pairs, condition(*at.levels, at.with_time).calibrator),
        "calibration writers, both writers of a pair left out",
        ("x", "y", "t") if at.with_time else ("x", "y"),
        (at.levels[0] / STEPS_PER_HEIGHT, at.levels[1] / STEPS_PER_HEIGHT),
    )


def supported_condition(steps_a: float, steps_b: float, with_time: bool) -> tuple[Condition, bool]:
    """The condition at these amounts of ink, and whether there is none for so much and that of less was taken.

    Between the calibrated amounts the calibrators are mixed, linearly in the logarithm of the amounts. Raises
    TooFewWritersError where the reference supports no amount.
    """
    low, high = np.sort(_rounded([steps_a, steps_b]))
    return _supported(float(low), float(high), with_time)


def _rounded(steps: ArrayLike) -> NDArray[np.float64]:
    """Steps in sixteenths of an octave from the least level, so that many pairs share few conditions."""
    octaves = np.log2(np.maximum(np.asarray(steps, np.float64), 1.0) / LEVELS[0])
    return LEVELS[0] * np.exp2(np.round(16 * octaves) / 16)


@lru_cache(maxsize=4096)
def _supported(low: float, high: float, with_time: bool) -> tuple[Condition, bool]:
    wanted = high
    low, high = (min(max(steps, LEVELS[0]), LEVELS[-1]) for steps in (low, high))
    while True:
        corners = [(a, b, p * q) for a, p in _neighbours(low) for b, q in _neighbours(high) if p * q > 0]
        try:
            found = [condition(a, b, with_time).calibrator for a, b, _ in corners]
        except TooFewWritersError:
            smaller = [level for level in LEVELS if level < high]
            if not smaller:
                raise
            high = smaller[-1]
            low = min(low, high)
            continue
        calibrator = mixed(found, [share for _, _, share in corners])
        return Condition((level_of(low), level_of(high)), with_time, calibrator), wanted > 1.5 * high


def _neighbours(steps: float) -> list[tuple[int, float]]:
    """The calibrated amounts on either side of ``steps``, with shares that sum to one."""
    above = min(level for level in LEVELS if level >= steps)
    below = max(level for level in LEVELS if level <= steps)
    share = float(np.log(steps / below) / np.log(above / below)) if above > below else 1.0
    return [(below, 1 - share), (above, share)]


def calibrate(
    score: NDArray[np.float64],
    steps_a: NDArray[np.float64],
    steps_b: NDArray[np.float64],
    with_time: bool,
    rows: NDArray[np.bool_],
) -> Calibrated:
    """The LRs of pairs with their scores and amounts of ink (n,), each exactly as in a case of these amounts.

    ``rows`` are the pairs whose redraws are kept.
    """
    rounded = np.sort(_rounded(np.stack([steps_a, steps_b])), axis=0)
    amounts, which = np.unique(rounded, axis=1, return_inverse=True)
    parts = [supported_condition(a, b, with_time)[0].calibrator for a, b in amounts.T]
    intercept, slope, low, high = np.array([(c.intercept, c.slope, *c.bounds) for c in parts]).T[:, which]
    lines = np.stack([c.lines for c in parts]).astype(np.float32)
    some, value = which[rows], score[rows].astype(np.float32)
    draws = np.stack([lines[some, k, 0] + lines[some, k, 1] * value for k in range(lines.shape[1])])
    return Calibrated(intercept + slope * score, low, high, draws)


def unlike_pairs(people: TwoDevices) -> ScorePairs:
    """Pairs of one device against the other, with the log10 LR of the calibration for like devices as their score."""
    plda = load_reference().plda[False]
    scores = score_matrix(plda, people.vectors, people.steps, people.vectors, people.steps)
    first, second = np.nonzero((people.device[:, None] == 0) & (people.device[None] > 0))
    none = np.zeros(len(first), bool)
    like = calibrate(scores[first, second], people.steps[first], people.steps[second], False, none).unbounded
    return ScorePairs(like, people.writer[first], people.writer[second], people.device[second])


@lru_cache(maxsize=1)
def unlike_devices() -> Calibrator:
    """From the log10 LR for like devices to that for unlike ones, fitted on people recorded on two devices."""
    return _cached(Calibrator, "unlike", lambda: fit_calibrator(unlike_pairs(load_reference().two_devices)))


def unlike_validation() -> Performance:
    """Figures of the calibration for unlike devices, both writers of a pair left out; they hold no scores."""
    return _cached(Performance, "validation-unlike", _unlike_validation)


def _unlike_validation() -> Performance:
    people = load_reference().two_devices
    pairs = unlike_pairs(people)
    amount = float(np.median(people.steps)) / STEPS_PER_HEIGHT
    name = "people recorded on two devices, both writers of a pair left out"
    found = performance(pairs, cross_calibrated(pairs, unlike_devices()), name, ("x", "y"), (amount, amount))
    return replace(found, same_scores=(), different_scores=())


@lru_cache(maxsize=64)
def growth(steps_questioned: float, with_time: bool) -> Growth | None:
    """Mean bounded log10 LR under H1 and H2 for this questioned amount and rising amounts of known writing.

    Over writers that have all of these amounts, each pair from a calibrator that has seen neither of its writers.
    None where fewer than two amounts of known writing are supported.
    """
    level = level_of(steps_questioned)
    found = _cached(Growth, f"growth-{level}-{int(with_time)}", lambda: _growth(level, with_time))
    return found if len(found.amounts) > 1 else None


def _growth(level_questioned: int, with_time: bool) -> Growth:
    made = []
    for level in LEVELS[1::2]:
        pairs = form_pairs(load_reference(), (level_questioned, level), with_time)
        try:
            made.append(
                (level, pairs, cross_calibrated(pairs, condition(level_questioned, level, with_time).calibrator))
            )
        except TooFewWritersError:
            continue
    amounts, h1, h2 = [], [], []
    for level, pairs, values in made:
        # The same people at every amount: a curve over changing people would show the change of people.
        all_along = np.all([np.isin(pairs.a, p.writers()) & np.isin(pairs.b, p.writers()) for _, p, _ in made], axis=0)
        weights = pair_weights(pairs.take(all_along))
        bounded, same = values.bounded[all_along], pairs.same[all_along]
        amounts.append(level / STEPS_PER_HEIGHT)
        h1.append(float(weights[same] @ bounded[same]))
        h2.append(float(weights[~same] @ bounded[~same]))
    return Growth(tuple(amounts), tuple(h1), tuple(h2))


def _cached(kind: Any, name: str, make: Callable[[], Any]) -> Any:
    """A frozen dataclass from the cache of these weights, or made and kept there as JSON."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "forgery_kit"
    path = root / identity() / f"{name}.json"
    try:
        return build(kind, json.loads(path.read_text(encoding="utf-8")), name)
    except (OSError, ValueError, TypeError):
        # Not made yet, or damaged: it is made again.
        _LOG.info("calibrations for these amounts of ink are being made; they are kept, so only the first use waits.")
        made = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(asdict(made)), encoding="utf-8")
        partial.replace(path)
    except OSError:
        # A read-only home only costs time: it is computed again.
        pass
    return made


def identity() -> str:
    """What an LR depends on besides the ink: the way it is computed, the reference and with it the weights."""
    return f"{VERSION}-{calibration_hash()[:16]}"
