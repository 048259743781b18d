"""How sure a reading is: a calibrated probability for each letter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan.reading.reader import card


def letter_confidence(
    log_p: NDArray[np.float32], letters: NDArray[np.int64], spans: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Probability (letters,) that each letter is what was written, calibrated on the calibration people.

    A logistic function of ``confidence_terms`` with the coefficients of the recogniser's card.
    """
    return 1 / (1 + np.exp(-confidence_terms(log_p, letters, spans) @ np.array(card()["confidence"])))


def confidence_terms(
    log_p: NDArray[np.float32], letters: NDArray[np.int64], spans: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What the confidence of a letter is told from, (letters, 4): 1; the log odds of the letter in its best frame; the
    same of the less sure of its neighbours; the log odds of the likeliest other letter in its frames, cut at ±8.
    """
    if len(letters) == 0:
        return np.zeros((0, 4))
    best, rival = np.zeros((2, len(letters)))
    for k, (letter, (a, b)) in enumerate(zip(letters, spans, strict=True)):
        mine = log_p[a : max(b, a + 1)]
        best[k] = mine[:, letter].max()
        others = np.delete(mine[:, 1:], letter - 1, axis=1)
        rival[k] = others.max()
    odds = _log_odds(best)
    beside = np.minimum(np.append(odds[1:], 8.0), np.insert(odds[:-1], 0, 8.0))
    return np.column_stack([np.ones(len(letters)), odds, beside, _log_odds(rival)])


def _log_odds(log_p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.exp(np.minimum(log_p, -1e-6))
    return np.clip(np.log(p) - np.log1p(-p), -8, 8)
