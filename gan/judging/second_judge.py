"""The second judge: another encoder of *who wrote this*, for honest figures of the generator, and for nothing else.

Convolutions and self-attention in place of recurrent layers, another seed, without time, and of IAM-OnDB only training
writers whom the game of generator and discriminator never imitates. It sees no generated ink in training, and nothing
that trains, chooses or ranks generated ink may use it. ``gan.training.style.second_judge`` trains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from datasets.sample import Sample
from gan import backend
from gan.judging.style import WINDOW, embed_sequences, sequence, traces

if TYPE_CHECKING:
    import keras

#: Beside the trainings' starts: it is no part of what ships.
WEIGHTS = Path(__file__).parent.parent / "training" / "starts" / "second-judge.safetensors"


@dataclass(frozen=True)
class JudgeConfig:
    """Sizes of the network; ``dilations`` has one for each residual block of convolutions."""

    convolutions: tuple[int, int] = (64, 128)
    dilations: tuple[int, ...] = (1, 2, 4)
    attention_blocks: int = 2
    heads: int = 4
    attention: int = 96
    embedding: int = 128
    dropout: float = 0.2


def build_judge(config: JudgeConfig = JudgeConfig()) -> keras.Model:
    """Encoder: features (batch, steps, FEATURES) and mask (batch, steps) → embedding (batch, config.embedding).

    ``steps`` must be a multiple of four.
    """
    import keras

    from gan.features import FEATURES
    from gan.judging.discriminator import RATE, AttentiveStatistics

    features = keras.Input((None, FEATURES), name="features")
    mask = keras.Input((None,), name="mask")
    quarter = mask[:, ::RATE]
    keep = quarter[:, :, None]
    x = features
    for index, channels in enumerate(config.convolutions):
        x = keras.layers.Conv1D(channels, 5, strides=2, padding="same", name=f"convolution_{index}")(x)
        x = keras.layers.LayerNormalization(epsilon=1e-3, name=f"norm_{index}")(x)
        x = keras.layers.Activation("gelu")(x) * mask[:, :: 2 ** (index + 1), None]
    width = config.convolutions[-1]
    for index, dilation in enumerate(config.dilations):
        y = keras.layers.LayerNormalization(epsilon=1e-3, name=f"block_{index}_norm")(x) * keep
        y = keras.layers.Conv1D(width, 3, dilation_rate=dilation, padding="same", name=f"block_{index}_wide")(y)
        y = keras.layers.Dropout(config.dropout)(keras.layers.Activation("gelu")(y))
        x = x + keras.layers.Dense(width, name=f"block_{index}_mixed")(y) * keep
    there = keras.ops.cast(quarter[:, None, :], "bool")
    for index in range(config.attention_blocks):
        y = keras.layers.LayerNormalization(epsilon=1e-3, name=f"attention_{index}_norm")(x)
        attention = keras.layers.MultiHeadAttention(config.heads, width // config.heads, name=f"attention_{index}")
        x = x + keras.layers.Dropout(config.dropout)(attention(y, y, attention_mask=there))
        y = keras.layers.LayerNormalization(epsilon=1e-3, name=f"wide_{index}_norm")(x)
        y = keras.layers.Dense(2 * width, activation="gelu", name=f"wide_{index}_in")(y)
        x = (x + keras.layers.Dense(width, name=f"wide_{index}_out")(y)) * keep
    pooled = AttentiveStatistics(config.attention, name="pooling", dtype="float32")(x, quarter)
    pooled = keras.layers.LayerNormalization(epsilon=1e-3, name="norm_pooled", dtype="float32")(pooled)
    pooled = keras.layers.Dropout(config.dropout)(pooled)
    embedding = keras.layers.Dense(config.embedding, name="embedding", dtype="float32")(pooled)
    return keras.Model([features, mask], embedding, name="second_judge")


@lru_cache(maxsize=1)
def load_judge(weights: Path = WEIGHTS) -> keras.Model:
    """The second judge with its weights. Raises MissingResourceError where they are missing."""
    if not weights.is_file():
        raise MissingResourceError(str(weights), "the second judge's weights are missing.", "Train or fetch them.")
    backend.choose()
    from gan.judging.discriminator import load_weights

    judge = build_judge()
    load_weights(judge, weights)
    return judge


def embeddings(sides: Sequence[Sequence[Sample]], judge: keras.Model | None = None) -> NDArray[np.float64]:
    """Unit vectors (sides, d) of sides of ink, without time; two are compared by their cosine, less a mean of people.

    Raises ValueError for a side without a writing height.
    """
    from gan.judging.discriminator import embed_windows

    network = judge or load_judge()
    sequences = [sequence(traces(list(side)), False) for side in sides]
    return embed_sequences(sequences, lambda pieces: embed_windows(network, pieces, WINDOW).astype(np.float64))
