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
from gan.batches import padded_batches
from gan.reading.decoding import RATE, log_posteriors

PRETRAINED = Path(__file__).parent.parent / "pretrained"
WEIGHTS, CARD = PRETRAINED / "recogniser.safetensors", PRETRAINED / "recogniser.json"
#: Padded lengths are multiples of this, so that few shapes occur.
BLOCK = 64


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
    padded = [-(-max(len(s), 1) // BLOCK) * BLOCK for s in sequences]
    for chosen, x, mask in padded_batches(sequences, padded):
        log_p = log_posteriors(ops.convert_to_numpy(backend.forward(network, x, mask)))
        for row, index in enumerate(chosen):
            out[index] = log_p[row, : -(-len(sequences[index]) // RATE)]
    return out
