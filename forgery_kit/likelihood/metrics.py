"""Figures of merit of likelihood ratios, with writers as the unit: weights, intervals and counts are over writers.

Log LRs are base 10 at every door. Weighted sums are taken in log space, so that no LR overflows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from reports.performance import Rate

Array = NDArray[np.float64]
LN10 = float(np.log(10))


@dataclass(frozen=True)
class ScorePairs:
    """Scored pairs of samples of known writers.

    Attributes
    ----------
    score : (n,). a, b : int (n,), writer of either side (index into 0 … writers−1); a = b where one person wrote both.
    donor : int (n,), the donor (device) the pair comes from.
    """

    score: Array
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    donor: NDArray[np.int64]

    @property
    def same(self) -> NDArray[np.bool_]:
        """(n,) true for same-writer pairs."""
        return self.a == self.b

    def writers(self) -> NDArray[np.int64]:
        """Writers that have a same-writer pair."""
        return np.unique(self.a[self.same])

    def take(self, rows: NDArray[np.bool_]) -> ScorePairs:
        """Some of the pairs."""
        return ScorePairs(self.score[rows], self.a[rows], self.b[rows], self.donor[rows])


def pair_weights(pairs: ScorePairs) -> Array:
    """(n,) weights that sum to one over the same-writer and to one over the different-writer pairs.

    Each writer's same-writer pairs share one part, each couple's different-writer pairs too; the donors then share
    equally, as far as they have pairs of that kind.
    """
    low, high = np.minimum(pairs.a, pairs.b), np.maximum(pairs.a, pairs.b)
    _, couple, count = np.unique(
        low * (high.max() + 1) + high if len(low) else low, return_inverse=True, return_counts=True
    )
    return _shared_by_donors(pairs, 1.0 / count[couple][None])[0]


def _shared_by_donors(pairs: ScorePairs, weights: Array) -> Array:
    """Weights (k, n) scaled so that in each row the donors share equally and either kind of pair sums to one."""
    for kind in (pairs.same, ~pairs.same):
        for donor in np.unique(pairs.donor[kind]):
            rows = np.flatnonzero(kind & (pairs.donor == donor))
            total = weights[:, rows].sum(axis=1, keepdims=True)
            weights[:, rows] /= np.where(total > 0, total, 1.0)
        if kind.any():
            total = weights[:, kind].sum(axis=1, keepdims=True)
            weights[:, kind] /= np.where(total > 0, total, 1.0)
    return weights


def cllr(log10_lr: Array, same: NDArray[np.bool_], weights: Array) -> float:
    """Log-likelihood-ratio cost in bits (Brümmer & du Preez 2006); 0 is perfect, 1 says nothing.

    ``weights`` (n,) sum to one over either kind of pair.
    """
    signed = np.where(same, -1.0, 1.0) * log10_lr * LN10
    counted = weights > 0
    return float(np.sum(weights[counted] * np.logaddexp(0, signed[counted])) / (2 * np.log(2)))


def pav(score: Array, same: NDArray[np.bool_], weights: Array) -> Array:
    """Log10 LRs (n,) that pool-adjacent-violators makes of the scores: the best monotone calibration there is.

    Infinite at ends where only one kind of pair lies. Pairs of weight zero take the value of their neighbour.
    """
    from sklearn.isotonic import isotonic_regression

    counted = weights > 0
    # Tied scores must get one value: pool them before the regression.
    values, which = np.unique(score[counted], return_inverse=True)
    total = np.bincount(which, weights[counted])
    mean = np.bincount(which, (weights * same)[counted]) / total
    fitted = isotonic_regression(mean, sample_weight=total, y_min=0, y_max=1)
    with np.errstate(divide="ignore"):
        log_odds = (np.log(fitted) - np.log1p(-fitted)) / LN10
    return log_odds[np.minimum(np.searchsorted(values, score), len(values) - 1)]


def cllr_min(score: Array, same: NDArray[np.bool_], weights: Array) -> float:
    """Cllr after the best monotone calibration (PAV): what discrimination alone costs, in bits."""
    return cllr(pav(score, same, weights), same, weights)


def eer(score: Array, same: NDArray[np.bool_], weights: Array) -> float:
    """Equal error rate in 0..1: where the weighted rates of misses and false alarms cross, interpolated linearly."""
    order = np.argsort(-score, kind="stable")
    hit = np.cumsum((weights * same)[order]) / (weights * same).sum()
    false = np.cumsum((weights * ~same)[order]) / (weights * ~same).sum()
    last = np.append(np.diff(score[order]) != 0, True)
    miss = np.concatenate([[1.0], 1 - hit[last]])
    false = np.concatenate([[0.0], false[last]])
    gap = miss - false
    index = int(np.argmax(gap <= 1e-12))
    if index == 0:
        return float(miss[0])
    share = gap[index - 1] / max(gap[index - 1] - gap[index], 1e-12)
    return float(miss[index - 1] + share * (miss[index] - miss[index - 1]))


def clopper_pearson(count: int, of: int, level: float = 0.95) -> Rate:
    """A count out of ``of`` with its exact binomial interval; with count 0 it is never [0, 0]."""
    if of == 0:
        return Rate(0, 0, 0.0, 1.0)
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - tail, count + 1, of - count)) if count < of else 1.0
    return Rate(int(count), int(of), low, high)


def misleading_writers(pairs: ScorePairs, log10_lr: Array, beyond: float = 0.0) -> tuple[Rate, Rate]:
    """Writers with any same-writer pair of log10 LR < −beyond, of all that have a same-writer pair; and writers with
    any different-writer pair > +beyond, of all that have a different-writer pair."""
    wrong_same = np.unique(pairs.a[pairs.same & (log10_lr < -beyond)])
    different = ~pairs.same
    wrong = different & (log10_lr > beyond)
    wrong_different, of = (np.union1d(pairs.a[rows], pairs.b[rows]) for rows in (wrong, different))
    return clopper_pearson(len(wrong_same), len(pairs.writers())), clopper_pearson(len(wrong_different), len(of))


def bootstrap_weights(pairs: ScorePairs, weights: Array, draws: int, seed: int) -> Array:
    """(draws, n) weights when writers are drawn again; ``weights`` (n,) are those of ``pair_weights``."""
    return redrawn_weights(pairs, weights, drawn_writers(pairs, draws, seed))


def drawn_writers(pairs: ScorePairs, draws: int, seed: int) -> NDArray[np.int64]:
    """(draws, writers) how often each writer is drawn: Poisson of mean one, as drawing with replacement has it for many
    writers (Hanley & MacGibbon 2006). A draw without any pair of a kind says nothing: it is drawn again.

    One seed gives a writer the same numbers whoever else there is, so that draws at one amount of ink go with those at
    another.
    """
    generator = np.random.default_rng(seed)
    kinds = [kind for kind in (pairs.same, ~pairs.same) if kind.any()]
    people = int(max(pairs.a.max(), pairs.b.max())) + 1
    drawn = np.zeros((draws, people), np.int64)
    missing = np.arange(draws)
    while len(missing):
        drawn[missing] = generator.poisson(1.0, (people, len(missing))).T
        both = (drawn[missing][:, pairs.a] > 0) & (drawn[missing][:, pairs.b] > 0)
        missing = missing[np.any([~both[:, kind].any(axis=1) for kind in kinds], axis=0)]
    return drawn


def redrawn_weights(pairs: ScorePairs, weights: Array, times: NDArray[np.int64]) -> Array:
    """(k, n) weights where the writers count ``times`` (k, writers) times.

    A writer counts m-fold in same-writer pairs and m_i · m_j-fold in different-writer pairs (i ≠ j). Donors share
    equally in every draw.
    """
    m = times.astype(np.float64)
    return _shared_by_donors(pairs, weights * np.where(pairs.same, m[:, pairs.a], m[:, pairs.a] * m[:, pairs.b]))
