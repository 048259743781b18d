"""The back end: two-covariance PLDA, a log-likelihood ratio of similarity *and* typicality between two embeddings.

Model (Brümmer & de Villiers 2010): embedding = writer + rest, writer ~ N(mean, B), rest ~ N(0, W). After LDA both are
diagonal, so the score is a sum over dimensions and a matrix of scores costs one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Dimensions kept of the embedding: those in which writers differ most against the rest.
DIMENSIONS = 150
#: Share of the average within-variance added to every direction, so that none is taken to be noiseless.
RIDGE = 0.05


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
        """Embeddings (n, d) → (n, k), brought to the length that the model expects (Garcia-Romero 2011)."""
        z = (np.atleast_2d(embeddings) - self.mean) @ self.project
        expected = np.sqrt(np.sum(1 + self.between))
        return z * (expected / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9))


def fit_plda(embeddings: Array, writers: NDArray[np.int64], donors: NDArray[np.int64]) -> Plda:
    """Fit on embeddings (n, d) of known writers and donors (devices); every writer weighs the same.

    Writers are told apart within their donor only: what donors differ in counts neither as between-writer variation,
    so that a device cannot stand in for a hand, nor as variation within writers, since pairs lie within one donor.
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
    keep = np.argsort(-strength)[:DIMENSIONS]
    keep = keep[strength[keep] > 1e-3]
    return Plda(mean, whiten @ directions[:, keep], strength[keep])


def plda_arrays(plda: Plda) -> dict[str, NDArray[np.float32]]:
    """Its arrays by field name, float32, for safetensors."""
    return {name: np.asarray(getattr(plda, name), np.float32) for name in ("mean", "project", "between")}


def score_matrix(plda: Plda, a: Array, b: Array) -> Array:
    """Natural-log LRs (n, m) between embeddings a (n, d) and b (m, d); symmetric: swapping a and b transposes.

    With unit within-variance and total variance T = 1 + B per dimension, log N([a b]; same) − log N(a) − log N(b).
    """
    za, zb = plda.transform(a), plda.transform(b)
    total = 1 + plda.between
    determinant = total**2 - plda.between**2
    own = 0.5 * (1 / total - total / determinant)
    cross = plda.between / determinant
    constant = -0.5 * float(np.sum(np.log(determinant) - 2 * np.log(total)))
    return (za**2 @ own)[:, None] + (zb**2 @ own)[None] + (za * cross) @ zb.T + constant


def score_pairs(plda: Plda, a: Array, b: Array) -> Array:
    """Natural-log LRs (n,) between rows of a (n, d) and of b (n, d)."""
    za, zb = plda.transform(a), plda.transform(b)
    total = 1 + plda.between
    determinant = total**2 - plda.between**2
    own = 0.5 * (1 / total - total / determinant)
    constant = -0.5 * float(np.sum(np.log(determinant) - 2 * np.log(total)))
    return (za**2 + zb**2) @ own + (za * zb) @ (plda.between / determinant) + constant
