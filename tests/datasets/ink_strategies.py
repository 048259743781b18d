"""Ink for property tests: any that a reader could have made."""

from __future__ import annotations

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from datasets.ink import Ink, device_oddities, ink_from_strokes

#: Nothing so small that readers refuse the ink as too small to compute with.
COORDINATES = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: value if abs(value) > 1e-9 else 0.0)
COORDINATES |= st.integers(-5000, 5000).map(float)


@st.composite
def inks(draw) -> Ink:
    """Ink with any channels, missing values in them, hover, one-point strokes and repeated points."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    down = [True, *draw(st.lists(st.booleans(), min_size=len(lengths) - 1, max_size=len(lengths) - 1))]
    count = sum(lengths)
    columns = {axis: draw(st.lists(COORDINATES, min_size=count, max_size=count)) for axis in "xy"}
    if draw(st.booleans()):
        steps = draw(st.lists(st.just(0) | st.integers(200, 40_000), min_size=count - 1, max_size=count - 1))
        columns["t"] = np.concatenate([[0], np.cumsum(steps)]) / 1e6
    for channel, high in (("pressure", 1.0), ("altitude", np.pi / 2), ("azimuth", 2 * np.pi)):
        if draw(st.booleans()):
            values = st.floats(0, high) | st.just(float("nan"))
            columns[channel] = draw(st.lists(values, min_size=count, max_size=count))
    strokes = np.split(np.stack([np.array(c, float) for c in columns.values()], axis=1), np.cumsum(lengths)[:-1])
    source = draw(st.sampled_from(["recorded", "constant rate"])) if "t" in columns else None
    scale = draw(st.none() | st.floats(1e-6, 1e3))
    ink = device_oddities(ink_from_strokes(strokes, tuple(columns), down, scale, source))
    assume(len(ink.points[np.repeat(ink.pen_down, lengths)]) >= 2)
    return ink
