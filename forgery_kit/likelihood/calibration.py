"""Score → likelihood ratio, bounded by what the calibration writers support, with figures of how well it does.

The calibrator is a straight line from score to log-odds (logistic regression at equal priors), with Platt's (1999)
targets for the number of writers, so that perfect separation does not give infinite slopes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.metrics import LN10, Array, ScorePairs
from reports.findings import Figure, LikelihoodRatio, Performance
from reports.wording import words

DRAWS = 200
#: Draws behind the interval of Cllr_min, which costs an isotonic regression each.
DRAWS_MIN = 60
#: Groups of writers for leaving out both writers of a pair when it is calibrated.
GROUPS = 10
BOUND_DRAWS = 50
#: Points kept of each distribution of a Performance: enough for every plot.
KEPT = 300


@dataclass(frozen=True)
class Calibrator:
    """A fitted calibration at one condition.

    Attributes
    ----------
    intercept, slope : log10 LR = intercept + slope · score.
    draws : k times the same two, refitted on writers drawn again.
    n_writers : N of the bound [1/N, N].
    elub : (lower, upper) log10 bounds of Vergeer et al. (2016), over writers.
    """

    intercept: float
    slope: float
    draws: tuple[tuple[float, float], ...]
    n_writers: int
    elub: tuple[float, float]

    def unbounded(self, score: Array) -> Array:
        """Calibrated log10 LRs before bounding."""
        return self.intercept + self.slope * np.asarray(score, float)

    @cached_property
    def lines(self) -> Array:
        """(k, 2) the redraws as an array."""
        return np.array(self.draws)

    @property
    def bounds(self) -> tuple[float, float]:
        """The tighter of [1/N, N] and ELUB, in log10."""
        limit = float(np.log10(self.n_writers))
        return max(-limit, self.elub[0]), min(limit, self.elub[1])


class TooFewWritersError(ValueError):
    """There are too few calibration writers with this much ink."""


def fit_calibrator(pairs: ScorePairs, seed: int = 1) -> Calibrator:
    """Calibrator of these pairs, its redraws over writers, and its bounds.

    Raises TooFewWritersError below five writers with same-writer pairs, or without different-writer pairs.
    """
    writers = pairs.writers()
    if len(writers) < 5 or pairs.same.all():
        raise TooFewWritersError(f"only {len(writers)} calibration writers have this much ink, at least 5 are needed")
    weights = metrics.pair_weights(pairs)
    (intercept, slope), *draws = _fit_lines(
        pairs, np.vstack([weights, metrics.bootstrap_weights(pairs, weights, DRAWS, seed)]), len(writers)
    )
    elub = _elub(pairs, intercept + slope * pairs.score, seed)
    redrawn = tuple((float(a), float(b)) for a, b in draws)
    return Calibrator(float(intercept), float(slope), redrawn, len(writers), elub)


def mixed(calibrators: Sequence[Calibrator], shares: Sequence[float]) -> Calibrator:
    """The calibrator between some, by shares that sum to one; as many writers as the one with the fewest."""
    if len(calibrators) == 1:
        return calibrators[0]
    share = np.array(shares)
    lines = np.tensordot(share, np.stack([c.lines for c in calibrators]), 1)
    intercept, slope = share @ [(c.intercept, c.slope) for c in calibrators]
    low, high = share @ [c.elub for c in calibrators]
    fewest = min(c.n_writers for c in calibrators)
    return Calibrator(
        float(intercept), float(slope), tuple(map(tuple, lines.tolist())), fewest, (float(low), float(high))
    )


@dataclass(frozen=True)
class Calibrated:
    """Log10 LRs of pairs, each at its own conditions.

    Attributes
    ----------
    unbounded : (n,) before bounding. low, high : (n,) the bounds.
    draws : float32 (k, n or fewer), what the LRs are before bounding when the calibration writers are drawn again.
    """

    unbounded: Array
    low: Array
    high: Array
    draws: NDArray[np.float32]

    @property
    def bounded(self) -> Array:
        """(n,) the LRs as they are stated."""
        return np.clip(self.unbounded, self.low, self.high)


def calibrated(calibrator: Calibrator, score: Array) -> Calibrated:
    """The LRs of scores (n,) under one calibrator."""
    low, high = (np.full(len(score), bound) for bound in calibrator.bounds)
    draws = (calibrator.lines[:, :1] + calibrator.lines[:, 1:] * score).astype(np.float32)
    return Calibrated(calibrator.unbounded(score), low, high, draws)


def likelihood_ratio(calibrator: Calibrator, score: float) -> LikelihoodRatio:
    """The bounded log10 LR of a score, its interval over calibration writers (cut at the bounds), and its words."""
    low, high = calibrator.bounds
    raw = float(calibrator.unbounded(np.array(score)))
    spread = np.sort(calibrator.lines @ (1.0, score))
    # As np.quantile, which takes several times as long on so few values.
    interval = np.clip(np.interp(np.array([0.025, 0.975]) * (len(spread) - 1), range(len(spread)), spread), low, high)
    value = float(np.clip(raw, low, high))
    limit = float(np.log10(calibrator.n_writers))
    hit: Literal["", "lower: writers", "lower: ELUB", "upper: writers", "upper: ELUB"] = ""
    if raw >= high:
        hit = "upper: writers" if limit <= calibrator.elub[1] else "upper: ELUB"
    elif raw <= low:
        hit = "lower: writers" if -limit >= calibrator.elub[0] else "lower: ELUB"
    return LikelihoodRatio(
        log10_lr=value,
        low=float(min(interval[0], value)),
        high=float(max(interval[1], value)),
        unbounded=raw,
        lower_bound=low,
        upper_bound=high,
        writers_bound=limit,
        elub_low=calibrator.elub[0],
        elub_high=calibrator.elub[1],
        bound_hit=hit,
        words=words(value),
    )


def cross_calibrated(pairs: ScorePairs, calibrator: Calibrator, seed: int = 1) -> Calibrated:
    """The pairs' LRs, each from a calibrator that has seen neither of its two writers; bounds and redraws are those of
    ``calibrator``, which was fitted on all of them.

    Writers are dealt into ``GROUPS``; for every couple of groups a calibrator is fitted without both. Raises
    TooFewWritersError where that leaves none.
    """
    people = np.union1d(pairs.a, pairs.b)
    deal = np.random.default_rng(seed).permutation(len(people)) % GROUPS
    group = np.zeros(people.max() + 1, np.int64)
    group[people] = deal
    ga, gb = np.minimum(group[pairs.a], group[pairs.b]), np.maximum(group[pairs.a], group[pairs.b])
    code = ga * GROUPS + gb
    couples, which = np.unique(code, return_inverse=True)
    weights = metrics.pair_weights(pairs)
    rows = np.zeros((len(couples), len(weights)))
    for row, couple in enumerate(couples):
        out = (couple // GROUPS, couple % GROUPS)
        rest = ~(np.isin(group[pairs.a], out) | np.isin(group[pairs.b], out))
        if not (rest & pairs.same).any() or not (rest & ~pairs.same).any():
            raise TooFewWritersError("too few calibration writers to leave out both writers of a pair")
        rows[row] = weights * rest
        for kind in (pairs.same, ~pairs.same):
            rows[row, kind] /= rows[row, kind].sum()
    lines = np.array(_fit_lines(pairs, rows, len(pairs.writers())))
    unbounded = lines[which, 0] + lines[which, 1] * pairs.score
    with_all = calibrated(calibrator, pairs.score)
    moved = with_all.draws - with_all.unbounded + unbounded
    return replace(with_all, unbounded=unbounded, draws=moved.astype(np.float32))


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
    low, high = (bound if rows is None else bound[rows] for bound in (values.low, values.high))
    some_weights = weights if rows is None else metrics.pair_weights(some)
    drawn = metrics.bootstrap_weights(some, some_weights, DRAWS, seed + 1)
    cllr_draws = [metrics.cllr(np.clip(d, low, high), some.same, w) for d, w in zip(values.draws, drawn, strict=False)]
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
    )


def _fit_lines(pairs: ScorePairs, weights: Array, n_writers: int) -> list[tuple[float, float]]:
    """(intercept, slope) in log10 per row of weights (k, n): logistic regressions by Newton's method, all at once."""
    centre, scale = float(np.mean(pairs.score)), float(np.std(pairs.score)) or 1.0
    z = (pairs.score - centre) / scale
    target = np.where(pairs.same, (n_writers + 1) / (n_writers + 2), 1 / (n_writers + 2))
    line = np.tile([0.0, 1.0], (len(weights), 1))
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(line[:, :1] + line[:, 1:] * z, -500, 500)))
        rest, curve = weights * (target - p), weights * p * (1 - p)
        gradient = np.stack([rest.sum(axis=1), rest @ z], axis=1)
        h00, h01, h11 = curve.sum(axis=1) + 1e-9, curve @ z, curve @ z**2 + 1e-9
        step = np.stack([h11 * gradient[:, 0] - h01 * gradient[:, 1], h00 * gradient[:, 1] - h01 * gradient[:, 0]], 1)
        step /= np.maximum(h00 * h11 - h01**2, 1e-18)[:, None]
        step *= np.minimum(1, 3 / np.maximum(np.abs(step).max(axis=1), 1e-12))[:, None]
        line += step
        if np.abs(step).max() < 1e-8:
            break
    # A falling line would say that unlike ink speaks for one writer: such data support no statement at all.
    slope = np.maximum(line[:, 1], 0.0) / scale
    intercept = np.where(slope > 0, line[:, 0] - slope * centre, 0.0)
    return [(float(i / LN10), float(s / LN10)) for i, s in zip(intercept, slope, strict=True)]


def _elub(pairs: ScorePairs, log10_lr: Array, seed: int) -> tuple[float, float]:
    """ELUB on one same-writer and one different-writer LR per writer: medians over ``BOUND_DRAWS`` draws."""
    from lir.algorithms.bayeserror import elub

    generator = np.random.default_rng(seed)
    writers = pairs.writers()
    own = [np.flatnonzero(pairs.same & (pairs.a == w)) for w in writers]
    other = [np.flatnonzero(~pairs.same & ((pairs.a == w) | (pairs.b == w))) for w in writers]
    own, other = [o for o in own if len(o)], [o for o in other if len(o)]
    found = []
    for _ in range(BOUND_DRAWS):
        rows = [generator.choice(o) for o in own] + [generator.choice(o) for o in other]
        labels = np.concatenate([np.ones(len(own), int), np.zeros(len(other), int)])
        found.append(elub(log10_lr[rows].copy(), labels))
    low, high = np.median(np.array(found), axis=0)
    return float(low), float(high)


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
