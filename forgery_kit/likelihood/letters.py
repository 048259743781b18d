"""The back end of letters: what a letter's frames say of its writer, one PLDA a letter, and how a side holds them.

A side's letters stand behind its embedding in one vector: for each letter how often it was seen a step of ink, then the
sum of its projected frames a step. Both are means over the ink, so that vectors of pieces of ink are averaged by steps
of ink as embeddings are, and nothing else has to know that letters are in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forgery_kit.likelihood.plda import Array, Plda, fit_plda, matrix_of, pairs_of
from gan.judging.seen import SeenLetters

#: Dimensions kept of the frames of all letters, and of each letter.
ALL_DIMENSIONS, DIMENSIONS = 96, 24
#: A letter is compared where so many people wrote it so often among those that the back end is fitted on.
LEAST_PEOPLE, LEAST_TIMES = 40, 3
#: Instances of a letter of one person that are used, at most.
MOST_TIMES = 40
#: Share of the variance within a writer that no number of instances averages out, and the number that counts as many.
LASTING, MANY = 0.3, 32
#: Nodes in an octave of variances in a matrix of scores.
NODES = 8
#: Letters of pairs that are scored at once.
TOGETHER = 4096


@dataclass(frozen=True)
class LetterModel:
    """Fitted on known letters of known writers.

    Attributes
    ----------
    classes : (l,) the recogniser's classes of the letters. means : (l, c) mean frame of each over its writers.
    project : (l, c, k) onto directions with unit variance between instances. between : (l, k) variance of the writers.
    """

    classes: NDArray[np.int64]
    means: Array
    project: Array
    between: Array

    @property
    def width(self) -> int:
        """Entries of a vector that letters take."""
        return int(len(self.classes) * (1 + self.between.shape[1]))

    def held(self, seen: SeenLetters, steps: int) -> Array:
        """(width,) the letters of a window of so many steps, as they stand in a vector."""
        out = np.zeros((len(self.classes), 1 + self.between.shape[1]))
        for row, letter in enumerate(self.classes):
            mine = seen.frames[seen.classes == letter]
            if len(mine):
                out[row, 0] = len(mine)
                out[row, 1:] = (mine - self.means[row]).sum(axis=0) @ self.project[row]
        return out.ravel() / max(steps, 1)

    def counts(self, held: Array, steps: ArrayLike) -> Array:
        """(n, l) how often each letter is in sides' vectors (n, width)."""
        table = held.reshape(len(held), len(self.classes), -1)
        return np.asarray(table[..., 0] * np.broadcast_to(np.asarray(steps, float), len(held))[:, None])

    def counts_and_means(self, held: Array, steps: ArrayLike) -> tuple[Array, Array]:
        """``counts``, and each letter's mean (n, l, k)."""
        table = held.reshape(len(held), len(self.classes), -1)
        return self.counts(held, steps), table[..., 1:] / np.maximum(table[..., :1], 1e-12)

    def score_matrix(self, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
        """(n, m) sums of the natural-log LRs of the letters that both sides have; a letter that one lacks says 0."""
        (count_a, za), (count_b, zb) = self.counts_and_means(a, steps_a), self.counts_and_means(b, steps_b)
        scores = np.zeros((len(a), len(b)))
        for letter in range(len(self.classes)):
            rows, columns = (np.flatnonzero(count[:, letter] > 0) for count in (count_a, count_b))
            if len(rows) and len(columns):
                within = [within_variance(count[of, letter]) for count, of in ((count_a, rows), (count_b, columns))]
                found = matrix_of(
                    self.between[letter], za[rows, letter], within[0], zb[columns, letter], within[1], NODES
                )
                scores[np.ix_(rows, columns)] += found
        return scores

    def score_pairs(self, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
        """(n,) the same between rows of a and of b (n, width)."""
        return self.by_letter(a, steps_a, b, steps_b).sum(axis=1)

    def by_letter(self, a: Array, steps_a: ArrayLike, b: Array, steps_b: ArrayLike) -> Array:
        """(n, l) natural-log LR of each letter between rows of a and of b, 0 where a side lacks it."""
        (count_a, za), (count_b, zb) = self.counts_and_means(a, steps_a), self.counts_and_means(b, steps_b)
        found = np.zeros(count_a.shape)
        rows, letters = np.nonzero((count_a > 0) & (count_b > 0))
        for start in range(0, len(rows), TOGETHER):
            at = rows[start : start + TOGETHER], letters[start : start + TOGETHER]
            found[at] = pairs_of(
                self.between[at[1]], za[at], within_variance(count_a[at]), zb[at], within_variance(count_b[at])
            )
        return found


def within_variance(counts: Array) -> Array:
    """Variance within writers of the mean of so many instances, in units of that of one."""
    return np.asarray(LASTING + (1 - LASTING) / np.minimum(counts, MANY))


def fit_letters(
    seen: Sequence[SeenLetters], writers: NDArray[np.int64], donors: NDArray[np.int64], seed: int = 1
) -> LetterModel:
    """Fit on the letters of windows of ink of known writers and donors (n,). Writers are told apart within a donor.

    Raises ValueError where no letter has people enough.
    """
    generator = np.random.default_rng(seed)
    classes = np.concatenate([one.classes for one in seen])
    frames = np.concatenate([one.frames for one in seen if len(one.classes)])
    of = np.repeat(np.arange(len(seen)), [len(one.classes) for one in seen])
    kept: dict[int, NDArray[np.int64]] = {}
    for letter in np.unique(classes):
        rows = generator.permutation(np.flatnonzero(classes == letter))
        order = rows[np.argsort(writers[of[rows]], kind="stable")]
        _, first, count = np.unique(writers[of[order]], return_index=True, return_counts=True)
        within = np.arange(len(order)) - np.repeat(first, count)
        if (count >= LEAST_TIMES).sum() >= LEAST_PEOPLE:
            kept[int(letter)] = order[within < MOST_TIMES]
    if not kept:
        raise ValueError("no letter was written by people enough")
    means = np.stack([_mean_of_writers(frames[rows], writers[of[rows]]) for rows in kept.values()])
    centred = np.concatenate([frames[rows] - mean for rows, mean in zip(kept.values(), means, strict=True)])
    values, vectors = np.linalg.eigh(np.cov(centred.T.astype(np.float64)))
    axes = vectors[:, np.argsort(-values)[:ALL_DIMENSIONS]]
    models: list[Plda] = []
    for rows, mean in zip(kept.values(), means, strict=True):
        x = (frames[rows] - mean) @ axes
        models.append(fit_plda(x, writers[of[rows]], donors[of[rows]], DIMENSIONS))
    project = np.zeros((len(models), frames.shape[1], DIMENSIONS))
    between = np.zeros((len(models), DIMENSIONS))
    for row, model in enumerate(models):
        project[row, :, : len(model.between)] = axes @ model.project
        between[row, : len(model.between)] = model.between
    return LetterModel(np.array(list(kept), np.int64), means, project, between)


def _mean_of_writers(frames: NDArray[np.float32], writers: NDArray[np.int64]) -> Array:
    """Mean frame (c,), each writer weighing the same."""
    return np.asarray(np.mean([frames[writers == w].mean(axis=0) for w in np.unique(writers)], axis=0))


def letter_arrays(model: LetterModel) -> dict[str, NDArray[np.generic]]:
    """Its arrays by field name, for safetensors."""
    return {
        "classes": model.classes.astype(np.int16),
        "means": model.means.astype(np.float32),
        "project": model.project.astype(np.float16),
        "between": model.between.astype(np.float32),
    }


def letters_from(arrays: dict[str, NDArray[np.generic]]) -> LetterModel:
    """What ``letter_arrays`` wrote."""
    floats = (arrays[name].astype(np.float64) for name in ("means", "project", "between"))
    return LetterModel(arrays["classes"].astype(np.int64), *floats)
