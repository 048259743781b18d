"""The recogniser: an RNN from pen features to letters, trained by CTC (Graves et al. 2006).

Two strided convolutions, three bidirectional LSTM layers at quarter rate, one linear layer. It reads the arc-length
features of ``gan.features``, so neither device nor sampling rate matters. ``gan.training.recogniser`` trains it.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from gan.cells import BidirectionalLstm
from gan.features import FEATURES
from gan.reading.decoding import RATE
from gan.writing.alphabet import CHARACTERS

#: Classes: the blank, which is class ``BLANK``, and the characters; ``c`` is class ``CHARACTERS.index(c) + 1``.
CLASSES = len(CHARACTERS) + 1


@dataclass(frozen=True)
class RecogniserConfig:
    """Sizes of the network; ``dropout`` acts in training only."""

    convolutions: tuple[int, int] = (96, 192)
    units: int = 160
    layers: int = 3
    dropout: float = 0.3


def build_recogniser(config: RecogniserConfig = RecogniserConfig()) -> keras.Model:
    """Recogniser: features (batch, steps, FEATURES) and mask (batch, steps) → logits (batch, steps / 4, CLASSES).

    ``steps`` must be a multiple of ``RATE``.
    """
    features = keras.Input((None, FEATURES), name="features")
    mask = keras.Input((None,), name="mask")
    x = features
    for index, channels in enumerate(config.convolutions):
        x = keras.layers.Conv1D(channels, 5, strides=2, padding="same", name=f"convolution_{index}")(x)
        x = keras.layers.LayerNormalization(epsilon=1e-3, name=f"norm_{index}")(x)
        # Padding stays zero, as beyond the end of a whole line, so its length changes nothing.
        x = keras.layers.Activation("gelu")(x) * mask[:, :: 2 ** (index + 1), None]
    quarter = mask[:, ::RATE]
    for index in range(config.layers):
        x = keras.layers.Dropout(config.dropout)(x)
        x = BidirectionalLstm(config.units, name=f"lstm_{index}")(x, quarter)
    x = keras.layers.Dropout(config.dropout)(x)
    logits = keras.layers.Dense(CLASSES, name="letters", dtype="float32")(x)
    return keras.Model([features, mask], logits, name="recogniser")
