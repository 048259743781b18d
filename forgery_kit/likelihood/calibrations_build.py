"""Every calibration of a reference, its bounds so that none falls with more ink, and its figures. Minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forgery_kit.likelihood.amounts import LEVELS
from forgery_kit.likelihood.bounds import rising
from forgery_kit.likelihood.calibration import (
    DRAWS,
    Calibrated,
    Calibrator,
    TooFewWritersError,
    cross_calibrated,
    fit_calibrator,
)
from forgery_kit.likelihood.calibrations import KINDS, Calibrations, Kind, as_text, name_of
from forgery_kit.likelihood.metrics import Array, ScorePairs, pair_weights
from forgery_kit.likelihood.occasions import held_below, occasion_pairs, pool_of
from forgery_kit.likelihood.pairs import cross_device_pairs, form_pairs
from forgery_kit.likelihood.performance import performance
from forgery_kit.likelihood.reference import Reference
from gan.features import STEPS_PER_HEIGHT
from reports.performance import Growth

#: Draws of the exhibits of each person that a calibration is made of; figures are of the first.
SEEDS = (1, 2, 3, 4)
#: Writers from which an amount of ink is calibrated by itself, though a smaller one has more of them.
ENOUGH = 20
NAMES: dict[Kind, str] = {
    "timed": "calibration writers, both writers of a pair left out",
    "untimed": "calibration writers, both writers of a pair left out",
    "unlike": "people recorded on two devices, both writers of a pair left out",
    "other": "people with two occasions, both writers of a pair left out",
}


@dataclass(frozen=True)
class _Tested:
    """Pairs at one pair of amounts with the LRs of calibrators that have seen neither of their writers."""

    pairs: ScorePairs
    values: Calibrated


def make_calibrations(
    reference: Reference, progress: Callable[[str], None] | None = None, kinds: Sequence[Kind] = KINDS
) -> Calibrations:
    """All calibrations of the people of a reference, of these kinds; of others there is none."""
    count = len(LEVELS)
    grid = (len(KINDS), count, count)
    lines, elub = np.zeros((*grid, 1 + DRAWS, 2)), np.zeros((*grid, 1 + DRAWS, 2))
    n_writers, own = np.zeros(grid, np.int64), np.zeros(grid, bool)
    texts: dict[str, str] = {}
    for kind in kinds:
        place = KINDS.index(kind)
        for i in range(count):
            for j in range(i, count):
                if progress:
                    progress(f"{kind} {LEVELS[i]} {LEVELS[j]}")
                # The next smaller amount; there is none below the smallest of all.
                a, b = sorted((min(i, j - 1), j - 1)) if j else (0, 0)
                made = Calibrator(lines[place, a, b], elub[place, a, b], int(n_writers[place, a, b]))
                pairs = pairs_of(reference, kind, (LEVELS[i], LEVELS[j]), SEEDS)
                # Few people with much ink say less than more people with less of it.
                if len(pairs.writers()) >= min(ENOUGH, made.n_writers):
                    try:
                        made = fit_calibrator(pairs)
                        if kind == "other":
                            made = held_below(made, pairs, pool_of(reference, pairs))
                        own[place, i, j] = own[place, j, i] = True
                    except TooFewWritersError:
                        pass
                for a, b in ((i, j), (j, i)):
                    lines[place, a, b], elub[place, a, b], n_writers[place, a, b] = (
                        made.lines,
                        made.elub,
                        made.n_writers,
                    )
        elub[place] = rising_bounds(elub[place], n_writers[place])
        made_of_kind = Calibrations(lines, elub, n_writers, own, texts)
        texts |= _figures(reference, made_of_kind, kind)
    return Calibrations(lines, elub, n_writers, own, texts)


def pairs_of(reference: Reference, kind: Kind, levels: tuple[int, int], seeds: tuple[int, ...]) -> ScorePairs:
    if kind == "other":
        return occasion_pairs(reference, levels, seeds)
    if kind == "unlike":
        return cross_device_pairs(reference, levels, seeds)
    return form_pairs(reference, levels, kind == "timed", seeds)


def rising_bounds(elub: Array, n_writers: Array) -> Array:
    """Bounds (L, L, 1 + k, 2) within the number of writers and, as far as that lets them, not falling with more ink."""
    limit = np.log10(np.maximum(n_writers, 1))[:, :, None]
    lower, upper = (np.moveaxis(np.clip(elub[..., side], -limit, limit), 2, 0) for side in (0, 1))
    found = np.stack([-rising(-lower), rising(upper)], axis=-1)
    return np.clip(np.moveaxis(found, 0, 2), -limit[..., None], limit[..., None])


def _figures(reference: Reference, made: Calibrations, kind: Kind) -> dict[str, str]:
    texts: dict[str, str] = {}
    tested: dict[tuple[int, int], _Tested] = {}
    channels = ("x", "y", "t") if kind == "timed" else ("x", "y")
    for i, low in enumerate(LEVELS):
        for j, high in enumerate(LEVELS[i:], i):
            if not made.own[KINDS.index(kind), i, j]:
                continue
            pairs = pairs_of(reference, kind, (low, high), SEEDS[:1])
            try:
                values = cross_calibrated(pairs, made.node(kind, i, j))
            except TooFewWritersError:
                continue
            tested[low, high] = _Tested(pairs, values)
            amounts = (low / STEPS_PER_HEIGHT, high / STEPS_PER_HEIGHT)
            texts[name_of(kind, low, high)] = as_text(performance(pairs, values, NAMES[kind], channels, amounts))
    if kind != "unlike":
        for level in LEVELS:
            found = _growth([(b, tested[key]) for b in LEVELS if (key := (min(level, b), max(level, b))) in tested])
            if len(found.amounts) > 1:
                texts[f"growth-{kind}-{level}"] = as_text(found)
    return texts


def _growth(made: list[tuple[int, _Tested]]) -> Growth:
    """Mean bounded log10 LR at rising amounts (feature steps) of known writing.

    Over writers that have all of these amounts: a curve over changing people would show the change of people.
    """
    h1, h2 = [], []
    for _, one in made:
        pairs = one.pairs
        all_along = np.all(
            [np.isin(pairs.a, t.pairs.writers()) & np.isin(pairs.b, t.pairs.writers()) for _, t in made], axis=0
        )
        weights = pair_weights(pairs.take(all_along))
        bounded, same = one.values.bounded[all_along], pairs.same[all_along]
        h1.append(round(float(weights[same] @ bounded[same]), 6))
        h2.append(round(float(weights[~same] @ bounded[~same]), 6))
    return Growth(tuple(float(level) for level, _ in made), tuple(h1), tuple(h2))
