"""The text network of Graves (2013, section 3): a stack of LSTMs with a softmax over characters, in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from gan.cells import Lstm
from gan.writing.random_text import SYMBOLS


@dataclass(frozen=True)
class TextConfig:
    """What the network is."""

    layers: int = 1
    units: int = 256


def build_text_network(config: TextConfig = TextConfig(), dropout: float = 0.0) -> keras.Model:
    """Text network: symbols (batch, steps, n), one-hot → logits of the next symbol (batch, steps, n).

    Every layer sees the symbol and the layer below, all layers feed the output (equations 1 to 3), as in the generator;
    but the cells have no peepholes, so that they train on PyTorch's fused layer. ``dropout`` drops, in training, the
    same outputs of a layer in all steps (Gal & Ghahramani 2016, arXiv 1512.05287).
    """
    symbols = keras.Input((None, len(SYMBOLS)), name="symbols")
    below, states = [symbols], []
    for number in range(config.layers):
        seen = ops.concatenate(below, axis=-1) if len(below) > 1 else symbols
        state = Lstm(config.units, name=f"lstm_{number}")(seen)
        if dropout:
            state = keras.layers.Dropout(dropout, noise_shape=(None, 1, config.units), name=f"dropout_{number}")(state)
        states.append(state)
        below = [symbols, state]
    whole = ops.concatenate(states, axis=-1) if len(states) > 1 else states[0]
    logits = keras.layers.Dense(len(SYMBOLS), dtype="float32", name="output")(whole)
    return keras.Model(symbols, logits, name="text_network")


def padded(texts: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Texts side by side: what each step sees, what comes next, both (batch, steps), and 1 where there is a next.

    Every text begins after the end of a line.
    """
    steps = max(map(len, texts))
    after = np.zeros((len(texts), steps), np.int64)
    mask = np.zeros((len(texts), steps), np.float32)
    for row, text in enumerate(texts):
        after[row, : len(text)] = text
        mask[row, : len(text)] = 1
    first = np.full((len(texts), 1), SYMBOLS.index("\n"))
    return np.concatenate([first, after[:, :-1]], axis=1), after, mask


def one_hot(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    """Numbers (…) as vectors (…, symbols)."""
    found: NDArray[np.float32] = np.eye(len(SYMBOLS), dtype=np.float32)[numbers]
    return found


def cross_entropy(target: Any, logits: Any) -> Any:
    """Nats (…) that the next symbols, one-hot (…, symbols), cost."""
    return ops.logsumexp(logits, axis=-1) - ops.sum(target * logits, axis=-1)


def bits(network: Any, texts: Sequence[NDArray[np.int64]], size: int = 64) -> NDArray[np.float64]:
    """Bits (n,) that each text costs as a whole."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    found = np.zeros(len(texts))
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        seen, after, mask = padded([texts[i] for i in chosen])
        logits = ops.convert_to_tensor(network.predict_on_batch(one_hot(seen)))
        nats = ops.convert_to_numpy(cross_entropy(ops.convert_to_tensor(one_hot(after)), logits))
        found[chosen] = (nats * mask).sum(axis=1, dtype=np.float64) / np.log(2)
    return found
