"""How unusual ink is among that of the reference people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood.amounts import LEVELS, level_of
from forgery_kit.likelihood.back_end import BackEnd
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.pairs import exhibits_of
from forgery_kit.likelihood.plda import within_variance
from forgery_kit.likelihood.reference import CHUNK_STEPS


def typicality(judge: Judge, vector: NDArray[np.float64], steps: int, with_time: bool) -> float:
    """Share of reference exhibits of about this amount that lie nearer to the middle of the reference, 0..1."""
    level = level_of(steps)
    of_reference = judge.once(f"distances-{with_time}-{level}", lambda: _distances(judge, with_time, level))
    found = _distance(judge.reference.back_end[with_time], vector[None], steps)[0]
    return float(np.searchsorted(of_reference, found) / len(of_reference))


def _distance(back_end: BackEnd, vectors: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Squared distances (n,) of embeddings (n, d) of so much ink from the average hand, in deviations of hands."""
    return np.asarray(
        np.sum(back_end.transform(vectors) ** 2 / (within_variance(steps) + back_end.plda.between), axis=1)
    )


def _distances(judge: Judge, with_time: bool, steps: int) -> NDArray[np.float64]:
    """Sorted distances of reference exhibits of this amount, or of the largest below it that there is."""
    found = exhibits_of(judge.reference.chunks, (steps, CHUNK_STEPS[0]), with_time, seed=1).values()
    vectors = [first for first, _ in found if len(first)]
    if len(vectors) < 5 and steps > LEVELS[0]:
        return _distances(judge, with_time, steps // 2)
    return np.sort(_distance(judge.reference.back_end[with_time], np.concatenate(vectors), steps))
