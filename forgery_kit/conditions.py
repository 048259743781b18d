"""Calibration at the conditions of a case: its amounts of ink and its channels, in fixed steps, each made once.

Pairs are formed from the reference chunks (``reference``) at the case's amounts: same-writer pairs from different
sheets, different-writer pairs within one donor, so that devices cannot stand in for writers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forgery_kit.calibration import Calibrator, cross_calibrated, fit_calibrator, performance
from forgery_kit.metrics import ScorePairs
from forgery_kit.plda import score_matrix
from forgery_kit.reference import CALIBRATION, CHUNK_STEPS, Chunks, Reference, load_reference
from gan.features import STEPS_PER_HEIGHT
from reports.findings import Growth, Performance, build

#: Amounts that are calibrated, in feature steps: chunk lengths, then multiples of the longest.
LEVELS = (*CHUNK_STEPS, 960, 1920, 3840, 7680)
#: Below this there is no statement: a word or so.
FLOOR_STEPS = 45
#: Exhibits formed of each writer on each side.
EXHIBITS = 6
#: Changes when the figures of a condition are computed in another way; part of the cache's key.
VERSION = "3"


@dataclass(frozen=True)
class Condition:
    """What holds for a case: calibrator and its figures on the calibration writers, each pair left out in turn."""

    levels: tuple[int, int]
    with_time: bool
    calibrator: Calibrator
    performance: Performance


def level_of(steps: float) -> int:
    """The calibrated amount nearest to ``steps`` of ink, on a log scale."""
    return min(LEVELS, key=lambda level: abs(np.log(level / max(steps, 1))))


def form_pairs(reference: Reference, levels: tuple[int, int], with_time: bool, seed: int = 1) -> ScorePairs:
    """Scored pairs of calibration writers at these amounts (feature steps of either side).

    Same-writer pairs never share a sheet; a writer without enough ink for both sides has none. Different-writer
    pairs are formed within one donor, over every couple, both ways round.
    """
    sides = _exhibits(reference.chunks, levels, with_time, seed)
    plda = reference.plda[with_time]
    scores, a, b, donor = [], [], [], []
    people = sorted(sides)
    for w, d in people:
        first, second = sides[w, d]
        if len(first):
            scores.append(np.diag(score_matrix(plda, first, levels[0], second, levels[1])))
            a.append(np.full(len(first), w))
            b.append(np.full(len(first), w))
            donor.append(np.full(len(first), d))
        for v, e in people:
            if e == d and v > w and len(sides[v, e][0]) and len(first):
                for left, right in ((sides[w, d], sides[v, e]), (sides[v, e], sides[w, d])):
                    count = min(len(left[0]), len(right[1]), 3)
                    block = score_matrix(plda, left[0][:count], levels[0], right[1][:count], levels[1]).ravel()
                    scores.append(block)
                    a.append(np.full(len(block), w))
                    b.append(np.full(len(block), v))
                    donor.append(np.full(len(block), d))
    if not scores:
        empty = np.zeros(0, np.int64)
        return ScorePairs(np.zeros(0), empty, empty, empty)
    return ScorePairs(*(np.concatenate(part) for part in (scores, a, b, donor)))


def _exhibits(
    chunks: Chunks, levels: tuple[int, int], with_time: bool, seed: int
) -> dict[tuple[int, int], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(writer, donor) → embeddings (k, d) of k exhibits at either amount; the i-th two share no sheet."""
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


@lru_cache(maxsize=64)
def condition(level_a: int, level_b: int, with_time: bool) -> Condition:
    """The condition of these amounts, from the cache where it has been made before.

    Raises ValueError where too few calibration writers have that much ink.
    """
    low, high = sorted((level_a, level_b))
    return _cached(Condition, f"condition-{low}-{high}-{int(with_time)}", lambda: _condition(low, high, with_time))


def _condition(low: int, high: int, with_time: bool) -> Condition:
    pairs = form_pairs(load_reference(), (low, high), with_time)
    calibrator = fit_calibrator(pairs)
    figures = performance(
        calibrator,
        pairs,
        cross_calibrated(pairs),
        "calibration writers, both writers of a pair left out",
        ("x", "y", "t") if with_time else ("x", "y"),
        (low / STEPS_PER_HEIGHT, high / STEPS_PER_HEIGHT),
    )
    return Condition((low, high), with_time, calibrator, figures)


def supported_condition(steps_a: float, steps_b: float, with_time: bool) -> tuple[Condition, bool]:
    """The condition nearest to these amounts that the reference can support, and whether it had to be lowered."""
    wanted = tuple(sorted((level_of(steps_a), level_of(steps_b))))
    low, high = wanted
    beyond = max(steps_a, steps_b) > 2 * LEVELS[-1]
    while True:
        try:
            return condition(low, high, with_time), beyond or (low, high) != wanted
        except ValueError:
            smaller = [level for level in LEVELS if level < high]
            if not smaller:
                raise
            high = smaller[-1]
            low = min(low, high)


@lru_cache(maxsize=64)
def growth(level_questioned: int, with_time: bool) -> Growth | None:
    """Mean bounded log10 LR under H1 and H2 for this questioned amount and rising amounts of known writing.

    None where fewer than two amounts of known writing are supported.
    """
    found = _cached(Growth, f"growth-{level_questioned}-{int(with_time)}", lambda: _growth(level_questioned, with_time))
    return found if len(found.amounts) > 1 else None


def _growth(level_questioned: int, with_time: bool) -> Growth:
    amounts, h1, h2 = [], [], []
    for level in LEVELS[1::2]:
        pairs = form_pairs(load_reference(), (level_questioned, level), with_time)
        try:
            calibrator = fit_calibrator(pairs)
        except ValueError:
            continue
        values = np.clip(calibrator.unbounded(pairs.score), *calibrator.bounds)
        amounts.append(level / STEPS_PER_HEIGHT)
        h1.append(float(values[pairs.same].mean()))
        h2.append(float(values[~pairs.same].mean()))
    return Growth(tuple(amounts), tuple(h1), tuple(h2))


def _cached(kind: Any, name: str, make: Callable[[], Any]) -> Any:
    """A frozen dataclass from the cache of these weights, or made and kept there as JSON."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "forgery_kit"
    path = root / f"{VERSION}-{_reference_key()}" / f"{name}.json"
    try:
        return build(kind, json.loads(path.read_text(encoding="utf-8")), name)
    except (OSError, ValueError, TypeError):
        # Not made yet, or damaged: it is made again.
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


@lru_cache(maxsize=1)
def _reference_key() -> str:
    """Hash of the reference file, which also names the weights it was made with."""
    return hashlib.sha256(CALIBRATION.read_bytes()).hexdigest()[:16]
