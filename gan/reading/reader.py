"""The recogniser put to use: features → posteriors of letters, with the shipped weights, loaded once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from gan import backend
from gan.features import FEATURES
from gan.reading.decoding import RATE

PRETRAINED = Path(__file__).parent.parent / "pretrained"
WEIGHTS, CARD = PRETRAINED / "recogniser.safetensors", PRETRAINED / "recogniser.json"
#: Lines read together; padded lengths are multiples of this, so that few shapes occur.
BATCH, BLOCK = 32, 64


@lru_cache(maxsize=1)
def recogniser(weights: Path = WEIGHTS) -> Any:
    """The Keras recogniser with the shipped weights. Raises MissingResourceError where they are missing."""
    if not weights.is_file():
        raise MissingResourceError(str(weights), "the recogniser's weights are missing.", "Train or fetch them.")
    backend.choose()
    from gan.judging.discriminator import load_weights
    from gan.reading.recogniser import build_recogniser

    network = build_recogniser()
    load_weights(network, weights)
    return network


@lru_cache(maxsize=1)
def card() -> dict[str, Any]:
    """The recogniser's card: what it was trained on, its figures, and the calibration of its confidences.

    Raises MissingResourceError where it is missing.
    """
    if not CARD.is_file():
        raise MissingResourceError(str(CARD), "the recogniser's card is missing.", "Train or fetch it.")
    return json.loads(CARD.read_text(encoding="utf-8"))


def posteriors(sequences: Sequence[NDArray[np.float32]], network: Any = None) -> list[NDArray[np.float32]]:
    """Natural-log posteriors (frames, 1 + letters) of each line's features (steps, FEATURES), a frame four steps.

    Each line is computed at a padded length that depends on its own only, so its neighbours change nothing.
    """
    # Keras is loaded by then, with the backend that was chosen.
    network = recogniser() if network is None else network
    from keras import ops

    out: list[Any] = [None] * len(sequences)
    padded = np.array([-(-max(len(s), 1) // BLOCK) * BLOCK for s in sequences], int)
    for size in np.unique(padded):
        rows = np.flatnonzero(padded == size)
        for start in range(0, len(rows), BATCH):
            chosen = rows[start : start + BATCH]
            x = np.zeros((len(chosen), size, FEATURES), np.float32)
            mask = np.zeros((len(chosen), size), np.float32)
            for row, index in enumerate(chosen):
                x[row, : len(sequences[index])] = sequences[index]
                mask[row, : len(sequences[index])] = 1
            logits = ops.convert_to_numpy(backend.forward(network, x, mask))
            for row, index in enumerate(chosen):
                mine = logits[row, : -(-len(sequences[index]) // RATE)].astype(np.float64)
                mine -= mine.max(axis=1, keepdims=True)
                out[index] = (mine - np.log(np.exp(mine).sum(axis=1, keepdims=True))).astype(np.float32)
    return out
