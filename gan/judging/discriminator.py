"""The discriminator's style head: an RNN encoder from pen features to an embedding of *who wrote this*.

Two strided convolutions, two bidirectional LSTM layers at quarter rate, attentive statistics pooling beside mean
and deviation (Okabe et al. 2018), one linear layer. ``gan.training.style.discriminator`` trains it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from gan import backend
from gan.batches import BATCH, padded_batches
from gan.cells import BidirectionalLstm
from gan.features import FEATURES
from gan.judging.trees import PREFIX

#: Steps of features per step of the recurrent layers.
RATE = 4


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of the network; ``dropout`` acts in training only."""

    convolutions: tuple[int, int] = (96, 192)
    units: int = 160
    attention: int = 128
    embedding: int = 256
    dropout: float = 0.25


def build_encoder(config: DiscriminatorConfig = DiscriminatorConfig()) -> keras.Model:
    """Encoder: features (batch, steps, FEATURES) and mask (batch, steps) → embedding (batch, config.embedding).

    ``steps`` must be a multiple of ``RATE``.
    """
    features = keras.Input((None, FEATURES), name="features")
    mask = keras.Input((None,), name="mask")
    x = features
    for index, channels in enumerate(config.convolutions):
        x = keras.layers.Conv1D(channels, 5, strides=2, padding="same", name=f"convolution_{index}")(x)
        x = keras.layers.LayerNormalization(epsilon=1e-3, name=f"norm_{index}")(x)
        # Padding stays zero, as beyond the end of a whole window, so its length changes nothing.
        x = keras.layers.Activation("gelu")(x) * mask[:, :: 2 ** (index + 1), None]
    quarter = mask[:, ::RATE]
    for index in range(2):
        x = keras.layers.Dropout(config.dropout)(x)
        x = BidirectionalLstm(config.units, name=f"lstm_{index}")(x, quarter)
    frames = x
    pooled = AttentiveStatistics(config.attention, name="pooling", dtype="float32")(frames, quarter)
    pooled = keras.layers.LayerNormalization(epsilon=1e-3, name="norm_pooled", dtype="float32")(pooled)
    pooled = keras.layers.Dropout(config.dropout)(pooled)
    embedding = keras.layers.Dense(config.embedding, name="embedding", dtype="float32")(pooled)
    return keras.Model([features, mask], embedding, name="style")


class AttentiveStatistics(keras.layers.Layer):
    """Mean and deviation over the steps, plain and weighted by a learned attention per channel.

    Call arguments: ``x`` (batch, steps, channels), ``mask`` (batch, steps). Result (batch, 4 · channels).
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, x_shape: tuple[int | None, ...], mask_shape: tuple[int | None, ...] | None = None) -> None:
        channels = x_shape[-1]
        self.inner = self.add_weight(shape=(channels, self.units), initializer="glorot_uniform", name="inner")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.outer = self.add_weight(shape=(self.units, channels), initializer="glorot_uniform", name="outer")

    def call(self, x: Any, mask: Any) -> Any:
        keep = mask[:, :, None]
        energy = ops.matmul(ops.tanh(ops.matmul(x, self.inner) + self.bias), self.outer) + (keep - 1) * 1e9
        plain = keep / ops.maximum(ops.sum(keep, axis=1, keepdims=True), 1.0)
        return ops.concatenate([*_moments(x, plain), *_moments(x, ops.softmax(energy, axis=1))], axis=-1)


def _moments(x: Any, weights: Any) -> tuple[Any, Any]:
    mean = ops.sum(weights * x, axis=1)
    variance = ops.sum(weights * ops.square(x - mean[:, None]), axis=1)
    return mean, ops.sqrt(ops.maximum(variance, 1e-5))


def padded_lengths(pieces: Sequence[NDArray[np.float32]], length: int) -> NDArray[np.int64]:
    """Steps (n,) that windows of at most ``length`` steps are padded to: quarters of it, so that few shapes occur."""
    block = max(length // 4, RATE)
    return np.array([min(-(-len(piece) // block) * block, length) for piece in pieces], np.int64)


def embed_windows(
    encoder: keras.Model,
    pieces: Sequence[NDArray[np.float32]],
    length: int,
    batch: int = BATCH,
    filled: bool = False,
) -> NDArray[np.float32]:
    """Embeddings (n, d) of windows of at most ``length`` steps, batched by like length for speed.

    Every window is computed at a padded length that depends on its own length only, so its embedding does not
    depend on its neighbours in the batch; with ``filled`` not even in its last bits (``padded_batches``).
    """
    if not pieces:
        return np.zeros((0, encoder.output_shape[-1]), np.float32)
    out = np.zeros((len(pieces), encoder.output_shape[-1]), np.float32)
    for chosen, x, mask in padded_batches(pieces, padded_lengths(pieces, length), batch, filled):
        out[chosen] = ops.convert_to_numpy(backend.forward(encoder, x, mask))[: len(chosen)]
    return out


def save_weights(encoder: keras.Model, path: Path, card: dict[str, Any] | None = None) -> None:
    """What was learnt as float16 safetensors by parameter name, with an optional card in the file's metadata."""
    from safetensors.numpy import save_file

    arrays = {v.path: np.asarray(ops.convert_to_numpy(v)).astype(np.float16) for v in _learnt(encoder)}
    partial = path.with_suffix(".partial")
    save_file(arrays, partial, metadata={"card": json.dumps(card or {}, sort_keys=True)})
    partial.replace(path)


def load_weights(encoder: keras.Model, path: Path) -> None:
    """Fill an encoder from safetensors. Raises KeyError or ValueError where names or shapes differ.

    Trees beside the weights are passed over.
    """
    from safetensors.numpy import load_file

    arrays = {name: array for name, array in load_file(path).items() if not name.startswith(PREFIX)}
    names = {v.path for v in _learnt(encoder)}
    if names != set(arrays):
        raise KeyError(f"{path}: parameters differ: {sorted(names ^ set(arrays))[:4]}")
    for variable in _learnt(encoder):
        variable.assign(arrays[variable.path].astype(np.float32))


def _learnt(encoder: keras.Model) -> list[Any]:
    """Weights and running statistics; not the state that a layer carries from batch to batch in training."""
    return [v for v in encoder.weights if v.trainable or not v.name.startswith("state_")]
