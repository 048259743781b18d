"""What the authenticity head sees of a line of ink: milled movement, and milled shape."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.ink import Ink
from datasets.mill import GRID, RATE, mill
from datasets.sample import Sample
from gan.features import FEATURES, MAX_JUMP, MAX_LOG_SPEED, feature_sequence, trace

Part = Literal["movement", "shape"]
PARTS: tuple[Part, ...] = ("movement", "shape")
#: Writing heights of a step of the shape part.
STEP = 0.1
#: Velocities are cut here, in the ink's own median speed.
MAX_VELOCITY = 5.0
Floats = NDArray[np.float32]


def features_of(ink: Ink, part: Part, generator: np.random.Generator) -> Floats:
    """What a part sees of a line of ink, milled: (steps, FEATURES).

    Raises ValueError where the ink has no writing height, or the movement part is asked about ink without time.
    """
    milled = mill(ink, generator, with_time=part == "movement")
    if part == "shape":
        return feature_sequence(trace([Sample(milled)]), with_time=False, step=STEP)
    if "t" not in milled.channels:
        raise ValueError("this ink has no time")
    return movement_features(milled)


def movement_features(milled: Ink) -> Floats:
    """A row for each point of milled ink with time.

    Columns: 0–1 velocity over the ink's median speed; 2 one at the first point of a stroke; 3–4 the jump of the lifted
    pen there, writing heights; 5 log speed over the median; 6 log median speed, writing heights a second; 7 log of one
    and the change of velocity.
    """
    xy = milled.xy / GRID
    starts = np.concatenate([[0], milled.stroke_ends[:-1]])
    move = np.diff(xy, axis=0, prepend=xy[:1])
    out = np.zeros((len(xy), FEATURES), np.float32)
    out[starts, 2] = 1
    out[starts[1:], 3:5] = np.clip(move[starts[1:]], -MAX_JUMP, MAX_JUMP)
    move[starts] = 0
    speed = np.hypot(*move.T) * RATE
    inside = np.ones(len(xy), bool)
    inside[starts] = False
    usual = max(float(np.median(speed[inside])), 0.1) if inside.any() else 1.0
    velocity = np.clip(move * RATE / usual, -MAX_VELOCITY, MAX_VELOCITY)
    out[:, :2] = velocity
    out[inside, 5] = np.clip(np.log(np.maximum(speed[inside], 1e-3) / usual), -MAX_LOG_SPEED, MAX_LOG_SPEED)
    out[:, 6] = np.log(usual) - 2
    change = np.diff(velocity, axis=0, prepend=velocity[:1])
    change[starts] = 0
    out[:, 7] = np.log1p(np.hypot(*change.T))
    return out
