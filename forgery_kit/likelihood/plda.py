"""The back end: two-covariance PLDA, a log-likelihood ratio of similarity *and* typicality between two embeddings.

Model (Brümmer & de Villiers 2010): embedding = writer + rest, writer ~ N(mean, B), rest ~ N(0, s W), where s falls with
the amount of ink (``within_variance``): a word says less about a hand than a page. After LDA both are diagonal, so the
score is a sum over dimensions, and a matrix of scores costs one matrix product for each pair of amounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: Dimensions kept of the embedding: those in which writers differ most against the rest.
DIMENSIONS = 150
#: Share of the average within-variance added to every direction, so that none is taken to be noiseless.
RIDGE = 0.1
#: Power that the between-variances are raised to: the network spreads its training people most where their hands
#: differ most, and strangers less.
SPREAD = 0.6
#: Steps of the ink that W is fitted on, and the share of W that no amount of ink averages out.
UNIT_STEPS, LASTING = 480, 0.1
#: Amounts of one side of a matrix of scores that are each computed by itself.
FEW = 8
#: A matrix of so many scores is computed score by score.
SMALL = 2500
#: Nodes in an octave of variances for more amounts than these.
NODES = 32


@dataclass(frozen=True)
class Plda:
    """A fitted back end.

    Attributes
    ----------
    mean : (d,) of the embeddings. project : (d, k) onto directions with unit within-variance.
    between : (k,) variance of the writers along those directions.
    """

    mean: Array
    project: Array
    between: Array

    def transform(self, embeddings: Array) -> Array:
        """Embeddings (n, d) → (n, k) along the directions, from the mean."""
        return (np.atleast_2d(embeddings) - self.mean) @ self.project


def within_variance(steps: ArrayLike) -> Array:
    """Variance within writers of embeddings of so many feature steps of ink, in units of that of ``UNIT_STEPS``."""
    return LASTING + (1 - LASTING) * UNIT_STEPS / np.maximum(np.asarray(steps, np.float64), 1.0)


def fit_plda(
    embeddings: Array, writers: NDArray[np.int64], donors: NDArray[np.int64], dimensions: int = DIMENSIONS
) -> Plda:
    """Fit on embeddings (n, d) of ``UNIT_STEPS`` of ink of known writers and donors; every writer weighs the same.

    Writers are told apart within their donor only: what donors differ in counts neither as between-writer variation
    nor as variation within writers, since pairs lie within one donor. The mean is that of all donors, so hands of a
    donor far from it still look unusual, and alike.
    Writers with a single sample add to the between-covariance only. Raises ValueError below two writers.
    """
    x = np.asarray(embeddings, np.float64)
    people = np.unique(writers)
    if len(people) < 2:
        raise ValueError("PLDA needs at least two writers")
    donor_of = np.array([donors[writers == p][0] for p in people])
    centres = np.stack([x[writers == p].mean(axis=0) for p in people])
    mean = centres.mean(axis=0)
    within = np.zeros((x.shape[1], x.shape[1]))
    several = 0
    for person, centre in zip(people, centres, strict=True):
        own = x[writers == person]
        if len(own) < 2:
            continue
        within += (own - centre).T @ (own - centre) / (len(own) - 1)
        several += 1
    within /= max(several, 1)
    donor_means = np.stack([centres[donor_of == d].mean(axis=0) for d in donor_of])
    # Unbiased within small donors: a donor of m people loses one of them to its own mean.
    sizes = np.array([(donor_of == d).sum() for d in donor_of])
    rows = sizes > 1
    scaled = (centres - donor_means)[rows] * np.sqrt(sizes / np.maximum(sizes - 1, 1))[rows, None]
    # A centre of n samples still has an n-th of the variation within writers in it.
    noise = np.mean(1 / np.array([(writers == p).sum() for p in people])[rows]) if rows.any() else 0.0
    between = scaled.T @ scaled / max(rows.sum(), 1) - noise * within
    within += RIDGE * np.trace(within) / len(within) * np.eye(len(within))
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values)
    strength, directions = np.linalg.eigh(whiten.T @ between @ whiten)
    keep = np.argsort(-strength)[:dimensions]
    keep = keep[strength[keep] > 1e-3]
    return Plda(mean, whiten @ directions[:, keep], strength[keep] ** SPREAD)


def plda_arrays(plda: Plda) -> dict[str, NDArray[np.float32]]:
    """Its arrays by field name, float32, for safetensors."""
    return {name: np.asarray(getattr(plda, name), np.float32) for name in ("mean", "project", "between")}


def score_matrix(plda: Plda, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
    """Natural-log LRs (n, m) between embeddings a (n, d) and b (m, d) of so many feature steps of ink (n,) and (m,).

    Symmetric: swapping the sides transposes. One number of steps may stand for all of a side. With many amounts a score
    is within 0.02 of that of ``score_pairs``.
    """
    za, zb = plda.transform(a), plda.transform(b)
    within = [np.broadcast_to(within_variance(steps), len(z)) for steps, z in ((steps_a, za), (steps_b, zb))]
    return matrix_of(plda.between, za, within[0], zb, within[1], NODES)


def matrix_of(between: Array, za: Array, within_a: Array, zb: Array, within_b: Array, nodes: int) -> Array:
    """Natural-log LRs (n, m) between points za (n, k) and zb (m, k), given their variances within writers (n,), (m,).

    ``between`` (k,) : variance of the writers. ``nodes`` : in an octave of variances, where there are many.
    """
    if len(za) * len(zb) <= SMALL:
        rows, columns = (index.ravel() for index in np.indices((len(za), len(zb))))
        found = pairs_of(between, za[rows], within_a[rows], zb[columns], within_b[columns])
        return found.reshape(len(za), len(zb))
    nodes_a, of_a = _nodes(within_a, nodes)
    nodes_b, of_b = _nodes(within_b, nodes)
    scores = np.zeros((len(za), len(zb)))
    for one, share_a in zip(nodes_a, of_a, strict=True):
        for other, share_b in zip(nodes_b, of_b, strict=True):
            rows, columns = np.flatnonzero(share_a), np.flatnonzero(share_b)
            left, right, cross, constant = quadratic_form(between, one, other)
            x, y = za[rows], zb[columns]
            found = (x**2 @ left)[:, None] + (y**2 @ right) + (x * cross) @ y.T + constant
            scores[np.ix_(rows, columns)] += found * share_a[rows, None] * share_b[columns]
    return scores


def _nodes(variance: Array, octave: int) -> tuple[Array, Array]:
    """Variances (m,) that stand for those given (n,), and the share (m, n) of each in them.

    Few stand for themselves. Of many, each is mixed of the two nodes that it lies between, so that a matrix costs
    few products and no step of ink makes a score jump.
    """
    values, which = np.unique(variance, return_inverse=True)
    if len(values) <= FEW:
        return values, np.eye(len(values))[:, which]
    place = octave * np.log2(variance)
    below = np.floor(place).astype(np.int64)
    nodes = np.arange(below.min(), below.max() + 2)
    share = np.zeros((len(nodes), len(variance)))
    each = np.arange(len(variance))
    share[below - nodes[0], each] = 1 - (place - below)
    share[below + 1 - nodes[0], each] += place - below
    return np.exp2(nodes / octave), share


def score_pairs(plda: Plda, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
    """Natural-log LRs (n,) between rows of a (n, d) and of b (n, d), as ``score_matrix`` has them."""
    za, zb = plda.transform(a), plda.transform(b)
    within = [np.broadcast_to(within_variance(steps), len(za)) for steps in (steps_a, steps_b)]
    return pairs_of(plda.between, za, within[0], zb, within[1])


def pairs_of(between: Array, za: Array, within_a: Array, zb: Array, within_b: Array) -> Array:
    """Natural-log LRs (n,) between rows of za and of zb (n, k), given their variances within writers (n,)."""
    left, right, cross, constant = quadratic_form(between, within_a[:, None], within_b[:, None])
    return np.asarray(np.sum(za**2 * left + zb**2 * right + za * zb * cross, axis=1) + constant)


def quadratic_form(between: Array, a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
    """log N([x y]; same writer) − log N(x) − log N(y) as weights of x², y² and x·y per dimension, and a constant.

    ``a``, ``b`` are the variances within writers, with a last axis of one where there are several.
    """
    total_a, total_b = a + between, b + between
    determinant = total_a * total_b - between**2
    left = 0.5 * (1 / total_a - total_b / determinant)
    right = 0.5 * (1 / total_b - total_a / determinant)
    constant = -0.5 * np.sum(np.log(determinant) - np.log(total_a) - np.log(total_b), axis=-1)
    return left, right, between / determinant, constant
