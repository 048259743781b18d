"""The authenticity head: did a person write this ink, or did a machine make it?

Two networks that find different things and are reported apart. *Movement* sees how the pen went on in time; *shape*
sees the path alone, half as fine as the style head does, since tremor and corners are small. Both see milled ink only
(``datasets.mill``). Each tells a person from families of machines; its score is the log odds of the person against all
of them. Beside each network stand boosted trees that see figures of the whole line. ``gan.training.authenticity``
trains them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from datasets.errors import MissingResourceError
from gan import backend
from gan.judging.figures import figures
from gan.judging.machine_features import PARTS, Floats, Part
from gan.judging.style import PRETRAINED, WINDOW, embed_sequences
from gan.judging.trees import Trees, load_trees

if TYPE_CHECKING:
    import keras

WEIGHTS = PRETRAINED / "authenticity.safetensors"
#: What the log odds of trees count beside those of a network.
TREES = 1.0


@lru_cache(maxsize=1)
def load_parts(weights: Path = WEIGHTS) -> keras.Model:
    """Both parts with the weights of a training, the shipped ones unless others are named.

    Raises MissingResourceError where they are missing.
    """
    backend.choose()
    from safetensors import safe_open

    from gan.judging.authenticity_network import AuthenticityConfig, build_parts
    from gan.judging.discriminator import load_weights

    if not weights.is_file():
        raise MissingResourceError(
            str(weights), "the weights of person or machine are missing.", "Train or fetch them."
        )
    with safe_open(weights, framework="np") as stored:
        card = json.loads(stored.metadata()["card"])
    parts = build_parts(AuthenticityConfig(**card["config"]))
    load_weights(parts, weights)
    return parts


@dataclass(frozen=True, eq=False)
class Head:
    """A part of the head: its network, and its trees, which see figures of the whole line (``judging.figures``)."""

    part: Part
    network: keras.Model
    trees: Trees

    def scores(self, sequences: Sequence[Floats], filled: bool = False) -> NDArray[np.float64]:
        """Log odds (n,), natural, of the person against all machines; not calibrated. ``filled`` : ``gan.batches``."""
        if not sequences:
            return np.zeros(0)
        figured = np.array([figures(sequence, self.part) for sequence in sequences])
        odds: NDArray[np.float64] = scores(self.network, sequences, filled) + TREES * self.trees.log_odds(figured)
        return odds


def load_heads(weights: Path = WEIGHTS) -> dict[Part, Head]:
    """Both parts with their trees. Raises MissingResourceError without weights, KeyError without trees in them."""
    parts, trees = load_parts(weights), load_trees(weights, PARTS)
    return {part: Head(part, part_of(parts, part), trees[part]) for part in PARTS}


@lru_cache(maxsize=1)
def shipped_heads() -> dict[Part, Head]:
    """The shipped parts, made once. Raises MissingResourceError as ``load_parts`` does."""
    return load_heads()


def part_of(parts: keras.Model, part: Part) -> keras.Model:
    """One part alone: features (batch, steps, FEATURES) and mask (batch, steps) → logits (batch, classes)."""
    import keras

    number = PARTS.index(part)
    return keras.Model(parts.inputs[2 * number : 2 * number + 2], parts.outputs[number], name=part)


def scores(network: keras.Model, sequences: Sequence[Floats], filled: bool = False) -> NDArray[np.float64]:
    """Log odds (n,), natural, of the person against all machines that a part was trained on; not calibrated.

    ``filled`` : see ``gan.batches``.
    """
    from gan.judging.discriminator import embed_windows

    if not sequences:
        return np.zeros(0)

    def embed(pieces: list[Floats]) -> NDArray[np.float64]:
        return embed_windows(network, pieces, WINDOW, filled=filled).astype(np.float64)

    logits = embed_sequences(sequences, embed)
    odds: NDArray[np.float64] = logits[:, 0] - logsumexp(logits[:, 1:], axis=1)
    return odds
