"""The PLDA's score as an inner product, so that a vector index can search for it, and so that a scan is fast.

The score of a side x (k,) with the variance a within writers and a side z with b is, along each direction (equation in
``plda.quadratic_form``), left · x² + right · z² + cross · x · z, and a constant; the weights depend on a, b and the
variance between writers only. For rows z of one amount of ink, so of one b, that is

    score(x, z) = ⟨v, u(z)⟩ + c,   u(z) = [z, z²],   v = [cross · x, right],   c = ⟨left, x²⟩ + constant:

an inner product of a vector that belongs to the row alone with one that belongs to the question alone. With b the
weights change smoothly, so that v and c at a few nodes of log b, mixed by polynomials of log b, are those at any b.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from forgery_kit.likelihood.amounts import FLOOR_STEPS
from forgery_kit.likelihood.letters import MANY, LetterModel
from forgery_kit.likelihood.letters import within_variance as letter_variance
from forgery_kit.likelihood.plda import LASTING, Array, quadratic_form, within_variance

#: Chebyshev nodes of log b: over all amounts of ink, and over all numbers of a letter. Scores are then as in double
#: precision to a few parts in 10,000.
NODES, LETTER_NODES = 12, 6
#: Rows that are looked at together: their float32 copy stays in the processor's cache.
CHUNK = 4096
Singles = NDArray[np.float32]


def augmented(vectors: Array) -> Array:
    """u(z) of rows (n, k) → (n, 2k)."""
    return np.hstack([vectors, vectors**2])


def asked(between: Array, vector: Array, within: ArrayLike, row_within: ArrayLike) -> tuple[Array, Array]:
    """v (m, 2k) and c (m,) of a question (k,), for rows of each of m variances within writers.

    ``within`` : variance within writers at the question's amount of ink.
    """
    b = np.asarray(row_within, np.float64).reshape(-1, 1)
    left, right, cross, constant = quadratic_form(between, np.full_like(b, within), b)
    return np.hstack([cross * vector, right]), left @ vector**2 + constant


class _Polynomials:
    """The question's v and c as polynomials of log b between two variances."""

    def __init__(self, between: Array, vector: Array, within: float, ends: tuple[float, float], nodes: int) -> None:
        self.low, self.high = np.log(ends)
        self.count = nodes
        at = chebyshev.chebpts1(nodes)
        v, c = asked(between, vector, within, np.exp(self.low + (at + 1) / 2 * (self.high - self.low)))
        # Values at the nodes → coefficients.
        inverse = np.linalg.inv(chebyshev.chebvander(at, nodes - 1))
        mixed = np.ascontiguousarray((inverse @ v).T, np.float32)
        self.linear, self.squared = mixed[: len(vector)], mixed[len(vector) :]
        self.constant = (inverse @ c).astype(np.float32)

    def scores(self, z: Singles, within: Array) -> Singles:
        """Scores (n,) of rows (n, k) with their variances within writers (n,)."""
        place = np.clip(2 * (np.log(within) - self.low) / (self.high - self.low) - 1, -1, 1)
        powers = chebyshev.chebvander(place, self.count - 1).astype(np.float32)
        found = z @ self.linear + (z * z) @ self.squared + self.constant
        return np.asarray(np.einsum("nj,nj->n", powers, found))


def scan(between: Array, vector: Array, within: float, rows: NDArray[np.float16], steps: NDArray[np.uint32]) -> Singles:
    """Scores (n,) of a question (k,) against all rows (n, k) of so many feature steps (n,), one after another."""
    ends = LASTING, float(within_variance(FLOOR_STEPS))
    question = _Polynomials(between, vector, within, ends, NODES)
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        scores[part] = question.scores(rows[part].astype(np.float32), within_variance(steps[part]))
    return scores


def scan_letters(
    model: LetterModel, held: Array, steps: int, rows: NDArray[np.float16], row_steps: NDArray[np.uint32]
) -> Singles:
    """``LetterModel.score_pairs`` of a question (width,) against rows (n, width), in single precision."""
    (count,), (mean,) = model.counts_and_means(held[None], steps)
    counts, means = model.counts_and_means(rows.astype(np.float32), row_steps)
    ends = float(letter_variance(np.array(float(MANY)))), float(letter_variance(np.ones(())))
    scores = np.zeros(len(rows), np.float32)
    for letter in np.flatnonzero(count > 0):
        there = np.flatnonzero(counts[:, letter] > 0)
        within = float(letter_variance(count[letter]))
        question = _Polynomials(model.between[letter], mean[letter], within, ends, LETTER_NODES)
        scores[there] += question.scores(means[there, letter], letter_variance(counts[there, letter]))
    return scores
