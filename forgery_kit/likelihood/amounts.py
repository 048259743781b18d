"""Amounts of ink that are calibrated, and where others lie between them. In feature steps, five a writing height."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forgery_kit.likelihood.reference import CHUNK_STEPS

#: Amounts that are calibrated: chunk lengths, then multiples of the longest.
LEVELS = (*CHUNK_STEPS, 960, 1920, 3840, 7680)
#: Below this there is no statement: a word or so.
FLOOR_STEPS = 45


def level_of(steps: float) -> int:
    """The calibrated amount nearest to ``steps`` of ink, on a log scale."""
    return min(LEVELS, key=lambda level: abs(np.log(level / max(steps, 1))))


def neighbours(steps: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Index (n,) of the calibrated amount at or below ``steps`` (n,), and the share (n,) of the next one above it.

    Shares are linear in the logarithm of the amount; amounts beyond the calibrated ones count as the last.
    """
    levels = np.log(np.array(LEVELS, np.float64))
    place = np.clip(np.log(np.maximum(np.asarray(steps, np.float64), 1.0)), levels[0], levels[-1])
    below = np.clip(np.searchsorted(levels, place, "right") - 1, 0, len(LEVELS) - 2)
    return below, (place - levels[below]) / (levels[below + 1] - levels[below])
