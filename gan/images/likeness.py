"""How alike two sets of images are: Fréchet distance, coverage, nearest neighbours; NumPy and SciPy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Neighbours within which a real image counts as covered (Naeem et al. 2020, who take 5).
NEIGHBOURS = 5


def frechet_distance(one: Array, other: Array) -> float:
    """Fréchet distance of the normal distributions of features (n, d) and (m, d) (Heusel et al. 2017, equation 6)."""
    from scipy.linalg import sqrtm

    of_one, of_other = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = np.real(sqrtm(of_one @ of_other))
    apart = one.mean(axis=0) - other.mean(axis=0)
    return float(apart @ apart + np.trace(of_one + of_other - 2 * root))


def coverage(real: Array, generated: Array) -> float:
    """Share of the real features (n, d) with a generated one nearer than their fifth real neighbour (Naeem et al.)."""
    _, own = nearest(real, real, NEIGHBOURS + 1)
    _, theirs = nearest(real, generated, 1)
    return float(np.mean(theirs[:, 0] < own[:, -1]))


def nearest(rows: Array, among: Array, count: int) -> tuple[NDArray[np.int64], Array]:
    """Places in ``among`` (m, d) of the nearest ``count`` of each of the rows (n, d), nearest first, and how far."""
    places, distances = [], []
    squares = (among * among).sum(axis=1)
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        squared = (some * some).sum(axis=1)[:, None] + squares - 2 * some @ among.T
        few = np.argpartition(squared, count - 1, axis=1)[:, :count]
        few = np.take_along_axis(few, np.take_along_axis(squared, few, axis=1).argsort(axis=1), axis=1)
        places.append(few)
        distances.append(np.sqrt(np.maximum(np.take_along_axis(squared, few, axis=1), 0)))
    return np.concatenate(places), np.concatenate(distances)
