"""Curves from a score to the log10 likelihood ratio of *a person wrote this* against *a machine made it*."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Least and greatest place among people's lines, as a deviate: one line in a thousand.
REACH = 3.1


@dataclass(frozen=True, eq=False)
class Curve:
    """log10 LR (person : machine) at scores ``at`` (k,): the first row of ``values`` (1 + drawings, k) is the
    mean over the drawings, the others are theirs. Between points it is linear, beyond them constant."""

    at: Array
    values: Array

    def of(self, score: float) -> tuple[float, float, float]:
        """log10 LR of a score, and the ends of the middle 95 % of the drawings."""
        drawn = [float(np.interp(score, self.at, row)) for row in self.values]
        low, high = np.quantile(drawn[1:], [0.025, 0.975])
        return drawn[0], min(float(low), drawn[0]), max(float(high), drawn[0])

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest log10 LR that it can state."""
        return float(self.values[0, 0]), float(self.values[0, -1])
