"""The score of two sides: PLDA of their embeddings and of their letters, fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forgery_kit.likelihood.letters import LetterModel
from forgery_kit.likelihood.plda import Array, Plda
from forgery_kit.likelihood.plda import score_matrix as plda_matrix
from forgery_kit.likelihood.plda import score_pairs as plda_pairs
from gan.judging.style import WINDOW


@dataclass(frozen=True)
class BackEnd:
    """What makes a score of two vectors.

    Attributes
    ----------
    plda : of embeddings, the first entries of a vector. letters : of the rest, None where vectors have no letters.
    levels, weights : (L,) amounts of ink in feature steps and (L, L) what the letters' score counts at them; between
        amounts the weight is interpolated on the logarithm of both.
    """

    plda: Plda
    letters: LetterModel | None = None
    levels: Array = field(default_factory=lambda: np.ones(1))
    weights: Array = field(default_factory=lambda: np.zeros((1, 1)))

    def split(self, vectors: Array) -> tuple[Array, Array]:
        """Vectors (n, d + width) → embeddings (n, d) and letters (n, width)."""
        vectors = np.atleast_2d(vectors)
        return vectors[:, : len(self.plda.mean)], vectors[:, len(self.plda.mean) :]

    def transform(self, vectors: Array) -> Array:
        """Embeddings of vectors (n, d + width) along the directions of the PLDA."""
        return self.plda.transform(self.split(vectors)[0])

    def weight(self, steps_a: ArrayLike, steps_b: ArrayLike) -> Array:
        """What letters count at these amounts, which broadcast."""
        grid = np.log(self.levels)
        a, b = np.broadcast_arrays(np.asarray(steps_a, float), np.asarray(steps_b, float))
        places = [np.interp(np.log(np.maximum(x, 1.0)), grid, np.arange(len(grid))) for x in (a, b)]
        low = [np.clip(np.floor(p).astype(np.int64), 0, max(len(grid) - 2, 0)) for p in places]
        high = [np.minimum(k + 1, len(grid) - 1) for k in low]
        p, q = (place - k for place, k in zip(places, low, strict=True))
        w = self.weights
        return np.asarray(
            (1 - p) * (1 - q) * w[low[0], low[1]]
            + p * (1 - q) * w[high[0], low[1]]
            + (1 - p) * q * w[low[0], high[1]]
            + p * q * w[high[0], high[1]]
        )


def score_matrix(back_end: BackEnd, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
    """Natural-log scores (n, m) between vectors a (n, ·) and b (m, ·) of so many feature steps of ink (n,) and (m,).

    Symmetric: swapping the sides transposes. One number of steps may stand for all of a side. Near enough to
    ``score_pairs``, see there.
    """
    (a, letters_a), (b, letters_b) = back_end.split(a), back_end.split(b)
    scores = plda_matrix(back_end.plda, a, steps_a, b, steps_b)
    if back_end.letters is None:
        return scores
    columns = np.broadcast_to(np.asarray(steps_a, float), len(a))[:, None]
    rows = np.broadcast_to(np.asarray(steps_b, float), len(b))[None]
    found = back_end.letters.score_matrix(letters_a, steps_a, letters_b, steps_b)
    return np.asarray(scores + back_end.weight(columns, rows) * found)


def score_pairs(back_end: BackEnd, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
    """Natural-log scores (n,) between rows of a and of b (n, ·)."""
    (a, letters_a), (b, letters_b) = back_end.split(a), back_end.split(b)
    scores = plda_pairs(back_end.plda, a, steps_a, b, steps_b)
    if back_end.letters is None:
        return scores
    found = back_end.letters.score_pairs(letters_a, steps_a, letters_b, steps_b)
    return np.asarray(scores + back_end.weight(steps_a, steps_b) * found)


def vectors_of(
    network: object,
    letters: LetterModel | None,
    pieces: Sequence[NDArray[np.float32]],
    length: int = WINDOW,
    filled: bool = False,
) -> Array:
    """Vectors (n, d + width) of windows of at most ``length`` steps of ink: embeddings, and letters behind them.

    ``filled`` : see ``gan.batches``.
    """
    # Keras is loaded by whoever has a network.
    if letters is None:
        from gan.judging.discriminator import embed_windows

        return embed_windows(network, pieces, length, filled=filled).astype(np.float64)
    from gan.judging.letters import see_windows

    embeddings, seen = see_windows(network, pieces, length, filled)
    held = [letters.held(one, len(piece)) for one, piece in zip(seen, pieces, strict=True)]
    return np.hstack([embeddings.astype(np.float64), np.array(held).reshape(len(pieces), letters.width)])
