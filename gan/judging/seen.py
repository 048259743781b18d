"""The letters of a window of ink, as the style head sees them (``letters.see_windows``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Letters of less confidence than this are left out.
SURE = 0.5


@dataclass(frozen=True, eq=False)
class SeenLetters:
    """The letters of one window.

    Attributes
    ----------
    classes, frames : recogniser's classes (m,) and mean frames (m, channels) of those that are sure.
    runs : all that was read or stated, also spaces and what is not sure: class, first frame, end, posterior.
    """

    classes: NDArray[np.int64]
    frames: NDArray[np.float32]
    runs: tuple[tuple[int, int, int, float], ...] = ()


#: Of a window without letters.
NOTHING = SeenLetters(np.zeros(0, np.int64), np.zeros((0, 1), np.float32))
