"""Figures of how well likelihood ratios of known pairs do, with intervals from drawing the writers again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.calibration import DRAWS, Calibrated
from forgery_kit.likelihood.metrics import Array, ScorePairs
from reports.performance import Figure, Performance

#: Draws behind the interval of Cllr_min, which costs an isotonic regression each.
DRAWS_MIN = 60
#: Points kept of each distribution of a Performance: enough for every plot.
KEPT = 300


def performance(
    pairs: ScorePairs,
    values: Calibrated,
    name: str,
    channels: tuple[str, ...],
    amounts: tuple[float, float],
    rows: NDArray[np.bool_] | None = None,
    seed: int = 1,
) -> Performance:
    """Figures of pairs with their LRs; intervals from drawing the writers again.

    Each draw also takes one of the calibrators' redraws, so that both calibration and test writers vary. Where pairs
    are too many to be drawn, the intervals are of ``rows`` of them; ``values.draws`` are then those rows'.
    """
    bounded, same = values.bounded, pairs.same
    weights = metrics.pair_weights(pairs)
    some = pairs if rows is None else pairs.take(rows)
    some_weights = weights if rows is None else metrics.pair_weights(some)
    drawn = metrics.bootstrap_weights(some, some_weights, DRAWS, seed + 1)
    cllr_draws = [metrics.cllr(d.astype(float), some.same, w) for d, w in zip(values.draws, drawn, strict=False)]
    eer_draws = [metrics.eer(some.score, some.same, w) for w in drawn]
    min_draws = [metrics.cllr_min(some.score, some.same, w) for w in drawn[:DRAWS_MIN]]
    misleading = metrics.misleading_writers(pairs, bounded)
    strongly = metrics.misleading_writers(pairs, bounded, 1.0)
    point_eer = metrics.eer(pairs.score, same, weights)
    n_writers = len(pairs.writers())
    eer_figure = _figure(point_eer, eer_draws)
    if point_eer == 0:
        eer_figure = Figure(0.0, 0.0, metrics.clopper_pearson(0, n_writers).high)
    kept_same, kept_different = (_kept(bounded[k], pairs.score[k], weights[k]) for k in (same, ~same))
    return Performance(
        name=name,
        channels=channels,
        amount_questioned=amounts[0],
        amount_known=amounts[1],
        n_writers=n_writers,
        n_same=int(same.sum()),
        n_different=int((~same).sum()),
        eer=eer_figure,
        cllr=_figure(metrics.cllr(bounded, same, weights), cllr_draws),
        cllr_min=_figure(metrics.cllr_min(pairs.score, same, weights), min_draws),
        cllr_unbounded=metrics.cllr(values.unbounded, same, weights),
        cllr_floor=metrics.cllr(np.where(same, values.high, values.low), same, weights),
        misleading_same=misleading[0],
        misleading_different=misleading[1],
        strongly_misleading_same=strongly[0],
        strongly_misleading_different=strongly[1],
        same=kept_same[0],
        different=kept_different[0],
        same_scores=kept_same[1],
        different_scores=kept_different[1],
        n_writers_different=misleading[1].of,
    )


def _figure(value: float, draws: list[float]) -> Figure:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Figure(float(value), float(min(low, value)), float(max(high, value)))


def _kept(log10_lr: Array, score: Array, weights: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most ``KEPT`` of the LRs and of the scores at even shares of the weight, both ends included, rounded."""
    kept = []
    for values in (log10_lr, score):
        order = np.argsort(values, kind="stable")
        share = np.cumsum(weights[order]) / weights.sum()
        places = np.searchsorted(share, np.linspace(0, 1, min(KEPT, len(values))).clip(max=share[-1]))
        kept.append(tuple(float(v) for v in np.round(values[order[places]], 4)))
    return kept[0], kept[1]
