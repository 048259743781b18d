"""A small text network that has learnt nothing."""

from __future__ import annotations

import numpy as np

from gan.writing.random_text import SYMBOLS, TextNetwork

UNITS = 4


def unlearnt(random: np.random.Generator) -> TextNetwork:
    """One layer of random weights."""
    shapes = {
        "lstm_0/kernel": (len(SYMBOLS), 4 * UNITS),
        "lstm_0/recurrent": (UNITS, 4 * UNITS),
        "lstm_0/bias": (4 * UNITS,),
        "output/kernel": (UNITS, len(SYMBOLS)),
        "output/bias": (len(SYMBOLS),),
    }
    return TextNetwork({name: random.normal(size=shape) for name, shape in shapes.items()}, 1)
