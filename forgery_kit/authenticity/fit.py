"""Scored lines of people and machines → curves.

Real lines and machines' lines overlap unevenly: some machines are seen at once, others, which keep the movement of real
ink, not at all. So the curve is no straight line but pool-adjacent-violators, averaged over drawings of people and of
families of machines. One line of either kind that misleads as much as can be stands at either end (as in ELUB), so that
the curve ends where people and families end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.isotonic import IsotonicRegression

from forgery_kit.authenticity.curves import REACH, Array, Curve

#: Points of a curve, and drawings behind it.
POINTS, DRAWS = 81, 200


@dataclass(frozen=True, eq=False)
class Lines:
    """Scored lines of people and machines.

    Attributes
    ----------
    score : (n,) greater speaks for a person. person : (n,) who wrote it, or whose ink the machine worked from.
    group : (n,) the donor of a person's line, the family of a machine's; groups of a kind count the same.
    machine : bool (n,).
    """

    score: Array
    person: NDArray[np.str_]
    group: NDArray[np.str_]
    machine: NDArray[np.bool_]


def fit_curve(lines: Lines, seed: int = 1) -> Curve:
    """The curve of these lines.

    A person's lines share one part, the people of a donor share equally, and so do the donors; a machine's lines share
    equally within their family, and so do the families.
    """
    generator = np.random.default_rng(seed)
    at = np.linspace(-REACH, REACH, POINTS)
    people, families = np.unique(lines.person[~lines.machine]), np.unique(lines.group[lines.machine])
    rows = [_pav(lines, at, _weights(lines, people, families, generator)) for _ in range(DRAWS)]
    return Curve(at, np.vstack([np.mean(rows, axis=0), rows]))


def _weights(
    lines: Lines, people: NDArray[np.str_], families: NDArray[np.str_], generator: np.random.Generator
) -> tuple[Array, int, int]:
    """(n,) weights that sum to one over either kind, with people and families drawn again, and how many of each."""
    while True:
        times = dict(zip(people.tolist(), generator.poisson(1, len(people)).tolist(), strict=True))
        drawn = dict(zip(families.tolist(), generator.poisson(1, len(families)).tolist(), strict=True))
        if sum(v > 0 for v in drawn.values()) > 1 and any(times.values()):
            break
    weights = np.zeros(len(lines.score))
    real = np.flatnonzero(~lines.machine)
    names, owner, count = np.unique(lines.person[real], return_inverse=True, return_counts=True)
    weights[real] = np.array([times[name] for name in names.tolist()])[owner] / count[owner]
    _share(weights, real, lines.group, None)
    forged = np.flatnonzero(lines.machine)
    weights[forged] = 1.0
    _share(weights, forged, lines.group, drawn)
    return weights, len(people), len(families)


def _share(weights: Array, rows: NDArray[np.int64], group: NDArray[np.str_], times: dict[str, int] | None) -> None:
    for name in np.unique(group[rows]):
        own = rows[group[rows] == name]
        total = weights[own].sum()
        weights[own] *= (times[str(name)] if times else 1) / total if total > 0 else 0.0
    weights[rows] /= weights[rows].sum()


def _pav(lines: Lines, at: Array, drawn: tuple[Array, int, int]) -> Array:
    weights, people, families = drawn
    # One more line of a person at the machines' end, and of a machine's at the people's.
    score = np.concatenate([lines.score, [-2 * REACH, 2 * REACH]])
    label = np.concatenate([~lines.machine, [True, False]]).astype(float)
    weight = np.concatenate([weights, [1 / (people + 1), 1 / (families + 1)]])
    for kind in (label == 1, label == 0):
        weight[kind] /= weight[kind].sum()
    share = IsotonicRegression(y_min=0.0, y_max=1.0).fit(score, label, sample_weight=weight)
    held = np.clip(share.predict(np.concatenate([[-2 * REACH], at, [2 * REACH]])), 1e-6, 1 - 1e-6)[1:-1]
    limits = -np.log10(people + 1), np.log10(families + 1)
    return np.clip(np.log10(held) - np.log10(1 - held), *limits)


def deviates(own: Array, weights: Array) -> tuple[Array, Array]:
    """A table (k,) → (k,) from log odds of a network to deviates: the place among real lines (n,) with their weights.

    Networks of different trainings are set on one scale so. Beyond ``REACH`` it ends.
    """
    order = np.argsort(own, kind="stable")
    share = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    places = np.linspace(-REACH, REACH, 2 * POINTS)
    odds = np.interp(places, ndtri(share), own[order])
    # A table must rise to be looked up in.
    return np.maximum.accumulate(odds) + 1e-9 * np.arange(len(odds)), places
