"""How well a side agrees with itself: pieces of its ink against all the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.calibration import TooFewWritersError, likelihood_ratio
from forgery_kit.likelihood.judge import Judge
from gan.features import Trace
from gan.judging.style import sequence
from reports.findings import LikelihoodRatio

#: Least steps of a piece of ink that is compared with the rest of its side.
AGREEMENT_STEPS = 100
#: A side whose pieces speak against one writer by more than this (log10) is worth a warning.
DISAGREEMENT = -0.3


def agreement(
    judge: Judge,
    features: Sequence[NDArray[np.float32]],
    with_time: bool,
    vectors: NDArray[np.float64] | None = None,
) -> LikelihoodRatio | None:
    """Lowest LR of one piece of ink against all others, None where no piece has enough ink to tell."""
    found = [lr for lr in against_rest(judge, features, with_time, vectors) if lr]
    return min(found, key=lambda lr: lr.unbounded, default=None)


def against_rest(
    judge: Judge,
    features: Sequence[NDArray[np.float32]],
    with_time: bool,
    vectors: NDArray[np.float64] | None = None,
) -> list[LikelihoodRatio | None]:
    """LR of each piece of ink against all others together, None where it or they have too little ink.

    ``vectors`` (n, d) : of the pieces, where they are known already.
    """
    vectors = judge.embed(features) if vectors is None else vectors
    steps = np.array([len(f) for f in features])
    back_end = judge.reference.back_end[with_time]
    found: list[LikelihoodRatio | None] = [None] * len(features)
    for i in np.flatnonzero(steps >= AGREEMENT_STEPS):
        rest = np.delete(steps, i)
        if rest.sum() < AGREEMENT_STEPS:
            continue
        other = rest @ np.delete(vectors, i, axis=0) / rest.sum()
        value = score_pairs(back_end, vectors[i], steps[i], other, rest.sum())[0]
        try:
            calibrator, _ = judge.calibrations.at("timed" if with_time else "untimed", steps[i], rest.sum())
        except TooFewWritersError:
            continue
        found[i] = likelihood_ratio(calibrator, float(value))
    return found


def halves_agreement(judge: Judge, ink: Sequence[Trace], with_time: bool) -> LikelihoodRatio | None:
    """LR between the first and the second half of an exhibit's ink, None where it is too little to tell."""
    features = sequence(ink, with_time)
    middle = len(features) // 2
    return agreement(judge, [features[:middle], features[middle:]], with_time)


def disagrees(agreement: LikelihoodRatio | None, pieces: int) -> bool:
    """Whether the pieces of a side speak against one writer: below ``DISAGREEMENT``, lower with more pieces.

    The value before bounding counts: with many pieces, no bounded one is so low.
    """
    return agreement is not None and agreement.unbounded < DISAGREEMENT - np.log10(pieces if pieces > 2 else 1)
