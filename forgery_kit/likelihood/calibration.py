"""Score → likelihood ratio, bounded by what the calibration writers support.

The calibrator is a straight line from score to log-odds (logistic regression at equal priors), with Platt's (1999)
targets for the number of writers, so that perfect separation does not give infinite slopes. Line and bounds are made
again for writers drawn again, so that a value's interval holds both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.bounds import redrawn_bounds
from forgery_kit.likelihood.metrics import LN10, Array, ScorePairs
from reports.findings import LikelihoodRatio
from reports.scale import words

DRAWS = 200
#: Groups of writers for leaving out both writers of a pair when it is calibrated.
GROUPS = 10
#: Least calibration writers with same-writer pairs.
LEAST_WRITERS = 5


@dataclass(frozen=True, eq=False)
class Calibrator:
    """A fitted calibration at one condition.

    Attributes
    ----------
    lines : (1 + k, 2) intercept and slope, log10 LR = intercept + slope · score: first the fit on all writers, then on
        writers drawn again.
    elub : (1 + k, 2) lower and upper empirical bounds (log10) that go with them.
    n_writers : N of the bound [1/N, N].
    """

    lines: Array
    elub: Array
    n_writers: int

    def unbounded(self, score: Array) -> Array:
        """Calibrated log10 LRs before bounding."""
        return self.lines[0, 0] + self.lines[0, 1] * np.asarray(score, float)

    @property
    def all_bounds(self) -> Array:
        """(1 + k, 2) the tighter of [1/N, N] and ELUB, in log10."""
        limit = np.log10(self.n_writers)
        return np.clip(self.elub, -limit, limit)

    @property
    def bounds(self) -> tuple[float, float]:
        """The bounds with all writers, in log10."""
        low, high = self.all_bounds[0]
        return float(low), float(high)


class TooFewWritersError(ValueError):
    """There are too few calibration writers with this much ink."""


def fit_calibrator(pairs: ScorePairs, seed: int = 1, people: NDArray[np.int64] | None = None) -> Calibrator:
    """Calibrator of these pairs, its redraws over writers, and its bounds; ``people`` as in ``redrawn_bounds``.

    Raises TooFewWritersError below five writers with same-writer pairs, or without different-writer pairs.
    """
    writers = pairs.writers()
    if len(writers) < LEAST_WRITERS or pairs.same.all():
        raise TooFewWritersError(
            f"only {len(writers)} calibration writers have this much ink, at least {LEAST_WRITERS} are needed"
        )
    times = metrics.drawn_writers(pairs, DRAWS, seed)
    times = np.vstack([np.ones((1, times.shape[1]), np.int64), times])
    weights = metrics.redrawn_weights(pairs, metrics.pair_weights(pairs), times)
    lines = _fit_lines(pairs, weights, len(writers))
    return Calibrator(lines, redrawn_bounds(pairs, lines, times, seed, people), len(writers))


def mixed(calibrators: Sequence[Calibrator], shares: Sequence[float]) -> Calibrator:
    """The calibrator between some, by shares that sum to one; as many writers as the one with the fewest."""
    lines = sum(share * c.lines for c, share in zip(calibrators, shares, strict=True))
    elub = sum(share * c.elub for c, share in zip(calibrators, shares, strict=True))
    fewest = min(c.n_writers for c, share in zip(calibrators, shares, strict=True) if share > 0)
    return Calibrator(np.asarray(lines), np.asarray(elub), fewest)


@dataclass(frozen=True)
class Calibrated:
    """Log10 LRs of pairs, each at its own conditions.

    Attributes
    ----------
    unbounded : (n,) before bounding. low, high : (n,) the bounds.
    draws : float32 (k, n or fewer), the bounded LRs when the calibration writers are drawn again.
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
    lines, ends = calibrator.lines[1:, :, None], calibrator.all_bounds[1:, :, None]
    draws = np.clip(lines[:, 0] + lines[:, 1] * score, ends[:, 0], ends[:, 1])
    return Calibrated(calibrator.unbounded(score), low, high, draws.astype(np.float32))


def likelihood_ratio(
    calibrator: Calibrator, score: float, limits: tuple[float, float] = (-np.inf, np.inf)
) -> LikelihoodRatio:
    """The bounded log10 LR of a score, its interval over calibration writers, and its words.

    The interval is that of the bounded value, line and bounds drawn again; ``unbounded_low`` and ``unbounded_high`` are
    that of the value before the limit. ``limits`` (log10) hold the value, and bounds, where they are tighter.
    """
    held = calibrator.all_bounds.clip(*limits)
    raw = calibrator.lines @ (1.0, score)
    stated = np.clip(raw, held[:, 0], held[:, 1])
    (low, high), (raw_low, raw_high) = (_middle(values[1:]) for values in (stated, raw))
    value, limit = float(stated[0]), float(np.log10(calibrator.n_writers))
    lower, upper = float(held[0, 0]), float(held[0, 1])
    elub_low, elub_high = (float(end) for end in calibrator.elub[0].clip(*limits))
    hit: Literal["", "lower: writers", "lower: ELUB", "upper: writers", "upper: ELUB"] = ""
    if raw[0] >= upper:
        hit = "upper: writers" if limit <= elub_high else "upper: ELUB"
    elif raw[0] <= lower:
        hit = "lower: writers" if -limit >= elub_low else "lower: ELUB"
    at_bound = np.mean((raw[1:] >= held[1:, 1]) | (raw[1:] <= held[1:, 0]))
    return LikelihoodRatio(
        log10_lr=value,
        low=min(low, value),
        high=max(high, value),
        unbounded=float(raw[0]),
        lower_bound=lower,
        upper_bound=upper,
        writers_bound=limit,
        elub_low=elub_low,
        elub_high=elub_high,
        bound_hit=hit,
        words=words(value),
        unbounded_low=min(raw_low, float(raw[0])),
        unbounded_high=max(raw_high, float(raw[0])),
        bound_share=float(at_bound),
    )


def _middle(values: Array) -> tuple[float, float]:
    """Ends of the middle 95 %, as np.quantile has them, which takes several times as long on so few values."""
    ordered = np.sort(values)
    low, high = np.interp(np.array([0.025, 0.975]) * (len(ordered) - 1), range(len(ordered)), ordered)
    return float(low), float(high)


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
    lines = _fit_lines(pairs, rows, len(pairs.writers()))
    unbounded = lines[which, 0] + lines[which, 1] * pairs.score
    moved = calibrator.lines[1:, :1] + calibrator.lines[1:, 1:] * pairs.score
    moved += unbounded - calibrator.unbounded(pairs.score)
    ends = calibrator.all_bounds[1:, :, None]
    draws = np.clip(moved, ends[:, 0], ends[:, 1]).astype(np.float32)
    low, high = (np.full(len(unbounded), bound) for bound in calibrator.bounds)
    return Calibrated(unbounded, low, high, draws)


def _fit_lines(pairs: ScorePairs, weights: Array, n_writers: int) -> Array:
    """(k, 2) intercept and slope in log10 per row of weights (k, n): logistic regressions, all at once (Newton)."""
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
    return np.stack([intercept, slope], axis=1) / LN10
