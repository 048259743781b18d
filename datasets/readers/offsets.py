"""Offsets from point to point, as models of handwriting use them, where positions are expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Fewer points tell nothing.
FEWEST = 30
#: Offsets scatter about 0 no further than this many steps from one to the next. With what follows, of 4,000 samples
#: each the offsets of 99 % (IAM-OnDB) and 79 % (UNIPEN) are told, and no positions, even when set about 0.
SPREAD = 3.0
#: Their sums draw lines: they spread, in their own steps, so many times further than the offsets do.
DRAWN = 3.0
#: The mean of either axis lies within this share of the larger deviation from 0.
CENTRED = 0.5

FOUND = "x and y scatter about 0 as offsets from point to point do, not as positions."
ADVICE = "Add them up to positions first, and say where strokes end."


def are_offsets(xy: NDArray[np.float64]) -> bool:
    """Whether x and y (n, 2) of a recording are offsets: values scatter about 0, and only their sums draw lines."""
    if len(xy) < FEWEST:
        return False
    deviation = float(xy.std(axis=0).max())
    if deviation == 0 or np.abs(xy.mean(axis=0)).max() > CENTRED * deviation:
        return False
    spread = _spread(xy, np.diff(xy, axis=0))
    return spread < SPREAD and _spread(np.cumsum(xy, axis=0), xy) > DRAWN * spread


def _spread(xy: NDArray[np.float64], steps: NDArray[np.float64]) -> float:
    """Median distance from the middle of points (n, 2), in median lengths of ``steps`` (those that are not 0)."""
    lengths = np.hypot(*steps.T)
    lengths = lengths[lengths > 0]
    if len(lengths) == 0:
        return np.inf
    return float(np.median(np.hypot(*(xy - np.median(xy, axis=0)).T)) / np.median(lengths))
