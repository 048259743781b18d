"""The networks of the authenticity head: movement and shape, each on which family of machine wrote a crop, if any."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from gan.cells import BidirectionalLstm
from gan.features import FEATURES
from gan.judging.discriminator import AttentiveStatistics
from gan.judging.machine_features import PARTS


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
