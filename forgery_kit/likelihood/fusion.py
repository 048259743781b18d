"""What letters count beside the embedding, at each pair of amounts of ink: chosen on people nobody was trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forgery_kit.likelihood.amounts import LEVELS
from forgery_kit.likelihood.back_end import BackEnd
from forgery_kit.likelihood.letters import LetterModel
from forgery_kit.likelihood.metrics import cllr_min, pair_weights
from forgery_kit.likelihood.pairs import form_pairs
from forgery_kit.likelihood.plda import Plda
from forgery_kit.likelihood.reference import Chunks, Reference

#: Draws of the exhibits that a weight is chosen on, and the writers from which there are enough for one.
SEEDS, ENOUGH = (1, 2), 15
#: Weights that are tried: both scores are log LRs, but those of letters are added as if letters were independent.
WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)


def fused(plda: Plda, letters: LetterModel, chunks: Chunks, with_time: bool) -> BackEnd:
    """The back end with the weights of least Cllr min, donors weighing the same.

    Amounts that too few people have take the weight of the next smaller one. One number is chosen at each amount from
    all pairs of people by hundreds, so that it does not matter that the same people calibrate.
    """
    count = len(LEVELS)
    weights = np.zeros((count, count))
    for i in range(count):
        for j in range(i, count):
            found = _weight(plda, letters, chunks, with_time, (LEVELS[i], LEVELS[j]))
            if found is None:
                a, b = (min(i, j - 1), j - 1) if j else (0, 0)
                found = float(weights[a, b])
            weights[i, j] = weights[j, i] = found
    # The draw of exhibits at one amount is not the truth: its neighbours say nearly the same.
    padded = np.pad(weights, 1, mode="edge")
    smooth = np.mean([padded[a : a + count, b : b + count] for a in range(3) for b in range(3)], axis=0)
    return BackEnd(plda, letters, np.array(LEVELS, float), smooth)


def _weight(plda: Plda, letters: LetterModel, chunks: Chunks, with_time: bool, levels: tuple[int, int]) -> float | None:
    """The weight of least Cllr min at these amounts; None for too few people."""
    alone = BackEnd(plda, letters)
    nobody = chunks.take(np.zeros(len(chunks.steps), bool))
    without, both = (
        form_pairs(Reference({with_time: back_end}, chunks, nobody, {}, {}), levels, with_time, SEEDS)
        for back_end in (alone, replace(alone, weights=np.ones((1, 1))))
    )
    if len(without.writers()) < ENOUGH or without.same.all():
        return None
    weights = pair_weights(without)
    of_letters = both.score - without.score
    costs = [cllr_min(without.score + weight * of_letters, without.same, weights) for weight in WEIGHTS]
    return WEIGHTS[int(np.argmin(costs))]
