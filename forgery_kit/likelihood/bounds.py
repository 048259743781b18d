"""How far likelihood ratios may go: empirical bounds (ELUB, Vergeer et al. 2016), averaged, redrawn, rising with ink.

The bounds are where a decision by the LRs of so many writers, with one misleading LR more on either side, would no
longer be better than one without them. One same-writer and one different-writer LR of each writer are drawn; since the
bound of one such draw is at the mercy of it, many are averaged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood.metrics import Array, ScorePairs

#: Width of the grid of thresholds in log10 LR, and its ends: with 10,000 writers the bounds are at 4.
STEP, REACH = 0.01, 4.0
#: Draws of one LR of each kind per writer that a bound is the mean of.
PICKS = 16
#: Partners tried for a writer whose first partner is not among the writers drawn again.
TRIES = 12


def elub(same: Array, different: Array, weight_same: Array, weight_different: Array) -> Array:
    """(r, 2) lower and upper bounds in log10, for each of r rows of log10 LRs.

    Parameters
    ----------
    same, different : (r, n) log10 LRs of same-writer and (r, m) of different-writer pairs.
    weight_same, weight_different : as often does each count, (r, n) and (r, m); 0 leaves it out.
    """
    thresholds = np.arange(-REACH, REACH + STEP / 2, STEP)
    above_same, most_same = _above(same, weight_same, thresholds)
    above_different, most_different = _above(different, weight_different, thresholds)
    n_same, n_different = (w.sum(axis=1, keepdims=True) for w in (weight_same, weight_different))
    ratio = 10.0**thresholds
    # One LR of either kind more that misleads as much as it can.
    with_lr = 1 - above_same / (n_same + 1) + ratio * (above_different + 1) / (n_different + 1)
    worse = np.minimum(ratio, 1.0) < with_lr
    values = np.stack([most_same, most_different], axis=1)
    least = np.maximum(values[:, :, 0].min(axis=1), -np.log10(n_same[:, 0] + 1))
    most = np.minimum(values[:, :, 1].max(axis=1), np.log10(n_different[:, 0] + 1))
    low_end, high_end = np.minimum(np.floor(least / STEP), 0) * STEP, np.maximum(np.floor(most / STEP) + 1, 0) * STEP
    tiny = STEP / 4
    right = worse & (thresholds >= -tiny) & (thresholds <= high_end[:, None] + tiny)
    left = worse & (thresholds <= tiny) & (thresholds >= low_end[:, None] - tiny)
    upper = np.where(right.any(axis=1), thresholds[right.argmax(axis=1)] - STEP, high_end)
    lower = np.where(left.any(axis=1), thresholds[::-1][left[:, ::-1].argmax(axis=1)] + STEP, low_end)
    return np.stack([np.minimum(lower, 0.0), np.maximum(upper, 0.0)], axis=1)


def _above(log10_lr: Array, weight: Array, thresholds: Array) -> tuple[Array, Array]:
    """(r, t) weight above each threshold, and (r, 2) the least and the greatest value that counts."""
    place = np.searchsorted(thresholds, log10_lr, "left")
    rows = np.arange(len(log10_lr))[:, None] * (len(thresholds) + 1)
    counts = np.bincount((rows + place).ravel(), weight.ravel(), len(log10_lr) * (len(thresholds) + 1))
    # A value counts above the thresholds before its place.
    above = counts.reshape(len(log10_lr), -1)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    least = np.where(weight > 0, log10_lr, np.inf).min(axis=1)
    most = np.where(weight > 0, log10_lr, -np.inf).max(axis=1)
    return above, np.stack([least, most], axis=1)


def redrawn_bounds(
    pairs: ScorePairs,
    lines: Array,
    times: NDArray[np.int64],
    seed: int = 1,
    people: NDArray[np.int64] | None = None,
) -> Array:
    """(r, 2) bounds for each of r drawings of the writers, each the mean over ``PICKS`` choices of their LRs.

    Parameters
    ----------
    lines : (r, 2) intercept and slope of each drawing. times : (r, writers) how often it drew each writer.
    """
    generator = np.random.default_rng(seed)
    people = np.union1d(pairs.a, pairs.b)
    own = [np.flatnonzero(pairs.same & (pairs.a == w)) for w in people]
    other = [np.flatnonzero(~pairs.same & ((pairs.a == w) | (pairs.b == w))) for w in people]
    have_own, have_other = ([i for i, rows in enumerate(kind) if len(rows)] for kind in (own, other))
    mine, yours = times[:, people[have_own]].astype(float), times[:, people[have_other]].astype(float)
    total = np.zeros((len(lines), 2))
    everyone = np.arange(len(lines))[:, None]
    for _ in range(PICKS):
        chosen = np.array([generator.choice(own[i]) for i in have_own])
        tried = np.stack([generator.choice(other[i], TRIES) for i in have_other])
        partner = np.where(pairs.a[tried] == people[have_other][:, None], pairs.b[tried], pairs.a[tried])
        drawn = times[:, partner] > 0
        which = tried[np.arange(len(tried)), drawn.argmax(axis=2)]
        total += elub(
            lines[:, :1] + lines[:, 1:] * pairs.score[chosen],
            lines[everyone, 0] + lines[everyone, 1] * pairs.score[which],
            mine,
            yours * drawn.any(axis=2),
        )
    return total / PICKS


def rising(values: Array) -> Array:
    """Bounds (…, L, L) by the amounts of ink of either side, so that none falls with more ink: least squares.

    Dykstra's algorithm, by turns along the sides. More ink never supports less, so what falls is chance.
    """
    fitted = values.copy()
    corrections = [np.zeros_like(values), np.zeros_like(values)]
    for _ in range(200):
        before = fitted.copy()
        for axis in (0, 1):
            wanted = fitted + corrections[axis]
            turned = wanted if axis else wanted.swapaxes(-1, -2)
            found = _rising_rows(turned)
            fitted = found if axis else found.swapaxes(-1, -2)
            corrections[axis] = wanted - fitted
        if np.abs(fitted - before).max(initial=0.0) < 1e-7:
            break
    # What is left of rounding must not fall either.
    return np.maximum.accumulate(np.maximum.accumulate(fitted, axis=-1), axis=-2)


def _rising_rows(values: Array) -> Array:
    """The nearest rising rows of (…, L), least squares: for each place the greatest over starts of the least mean."""
    count = values.shape[-1]
    sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), values.cumsum(axis=-1)], axis=-1)
    found = np.full(values.shape, -np.inf)
    for start in range(count):
        means = np.stack([(sums[..., e + 1] - sums[..., start]) / (e + 1 - start) for e in range(start, count)], -1)
        least = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
        found[..., start:] = np.maximum(found[..., start:], least)
    return found
