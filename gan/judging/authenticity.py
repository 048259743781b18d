"""The authenticity head: did a person write this ink, or did a machine make it?

Two networks that find different things and are reported apart. *Movement* sees how the pen went on in time; *shape*
sees the path alone, half as fine as the style head does, since tremor and corners are small. Both see milled ink only
(``datasets.mill``). Each tells a person from families of machines; its score is the log odds of the person against all
of them. ``gan.training.authenticity`` trains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from datasets.ink import Ink
from datasets.mill import GRID, RATE, mill
from datasets.sample import Sample
from gan.cells import BidirectionalLstm
from gan.features import FEATURES, MAX_JUMP, MAX_LOG_SPEED, feature_sequence, trace
from gan.judging.discriminator import AttentiveStatistics, embed_windows
from gan.judging.style import WINDOW, embed_sequences

Part = Literal["movement", "shape"]
PARTS: tuple[Part, ...] = ("movement", "shape")
#: Writing heights of a step of the shape part.
STEP = 0.1
#: Velocities are cut here, in the ink's own median speed.
MAX_VELOCITY = 5.0
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class AuthenticityConfig:
    """Sizes of each part; ``classes`` are the person and the families of machines."""

    classes: int = 9
    convolutions: tuple[int, int, int] = (48, 64, 96)
    units: int = 64
    attention: int = 64
    dropout: float = 0.2


def build_parts(config: AuthenticityConfig = AuthenticityConfig()) -> keras.Model:
    """Both parts in one model, to be trained and kept together: four inputs, logits (batch, classes) of each part."""
    both = [_part(name, config) for name in PARTS]
    return keras.Model([*both[0].inputs, *both[1].inputs], [both[0].output, both[1].output], name="authenticity")


def part_of(parts: keras.Model, part: Part) -> keras.Model:
    """One part alone: features (batch, steps, FEATURES) and mask (batch, steps) → logits (batch, classes)."""
    number = PARTS.index(part)
    return keras.Model(parts.inputs[2 * number : 2 * number + 2], parts.outputs[number], name=part)


def _part(name: str, config: AuthenticityConfig) -> keras.Model:
    features = keras.Input((None, FEATURES), name=f"{name}_features")
    mask = keras.Input((None,), name=f"{name}_mask")
    x, kept = features, mask
    for index, (channels, stride) in enumerate(zip(config.convolutions, (1, 2, 2), strict=True)):
        x = keras.layers.Conv1D(channels, 5, strides=stride, padding="same", name=f"{name}_convolution_{index}")(x)
        x = keras.layers.LayerNormalization(epsilon=1e-3, name=f"{name}_norm_{index}")(x)
        kept = kept[:, ::stride]
        # Padding stays zero, as beyond the end of a whole window, so its length changes nothing.
        x = keras.layers.Activation("gelu")(x) * kept[:, :, None]
    x = keras.layers.Dropout(config.dropout)(x)
    x = BidirectionalLstm(config.units, name=f"{name}_lstm")(x, kept)
    x = AttentiveStatistics(config.attention, name=f"{name}_pooling", dtype="float32")(x, kept)
    x = keras.layers.LayerNormalization(epsilon=1e-3, name=f"{name}_norm_pooled", dtype="float32")(x)
    x = keras.layers.Dropout(config.dropout)(x)
    logits = keras.layers.Dense(config.classes, name=f"{name}_families", dtype="float32")(x)
    return keras.Model([features, mask], logits, name=name)


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


def scores(network: keras.Model, sequences: Sequence[Floats]) -> NDArray[np.float64]:
    """Log odds (n,), natural, of the person against all machines that a part was trained on; not calibrated."""
    if not sequences:
        return np.zeros(0)
    logits = embed_sequences(sequences, lambda pieces: embed_windows(network, pieces, WINDOW).astype(np.float64))
    odds: NDArray[np.float64] = logits[:, 0] - logsumexp(logits[:, 1:], axis=1)
    return odds
