"""The style head put to use: exhibits → embeddings, with the shipped weights, loaded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from datasets.sample import Sample
from gan import backend
from gan.features import Trace, amount, feature_sequence, trace

PRETRAINED = Path(__file__).parent.parent / "pretrained"
WEIGHTS = PRETRAINED / "discriminator.safetensors"
#: Steps of the windows that exhibits are cut into; as long as the longest crops of the training.
WINDOW = 480


def sheets(samples: Sequence[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """Samples by file; those with a form (lines of one sheet read from separate files) by form."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        key = ("form", sample.form) if sample.format == "iam-ondb" and sample.form else ("file", sample.file)
        groups.setdefault(key, []).append(sample)
    return groups


def traces(samples: Sequence[Sample]) -> list[Trace]:
    """One trace per file or form (``sheets``), with one writing height; no trace where it has none."""
    found = []
    for group in sheets(samples).values():
        try:
            found.append(trace(group))
        except ValueError:
            # Dots or level lines only: no writing height, so nothing to compare; other files may have ink.
            continue
    return found


def has_time(ink: Sequence[Trace]) -> bool:
    """Whether at least nine tenths of the points have a time: below that the channel counts as missing."""
    times = np.concatenate([t.t for t in ink]) if ink else np.zeros(0)
    return bool(len(times)) and float(np.isfinite(times).mean()) >= 0.9


def sequence(ink: Sequence[Trace], with_time: bool) -> NDArray[np.float32]:
    """Features (steps, FEATURES) of traces one after another."""
    return np.concatenate([feature_sequence(t, with_time) for t in ink])


def total_amount(ink: Sequence[Trace]) -> float:
    """Pen-down length of traces in writing heights."""
    return sum(amount(t) for t in ink)


@lru_cache(maxsize=1)
def encoder(weights: Path = WEIGHTS) -> Any:
    """The Keras encoder with the shipped weights. Raises MissingResourceError where they are missing."""
    if not weights.is_file():
        raise MissingResourceError(str(weights), "the discriminator's weights are missing.", "Train or fetch them.")
    backend.choose()
    from gan.judging.discriminator import DiscriminatorConfig, build_encoder, load_weights

    network = build_encoder(DiscriminatorConfig())
    load_weights(network, weights)
    return network


@lru_cache(maxsize=2)
def weights_hash(weights: Path = WEIGHTS) -> str:
    """SHA-256 of a file of weights, the discriminator's unless another is named; 64 hex digits."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def card() -> dict[str, Any]:
    """The model card that ships beside the weights."""
    return json.loads((PRETRAINED / "discriminator.json").read_text(encoding="utf-8"))


def windows(features: NDArray[np.float32], length: int, full: bool = False) -> list[NDArray[np.float32]]:
    """Windows of at most ``length`` steps that cover the sequence, see ``bounds``."""
    return [features[a:b] for a, b in bounds(len(features), length, full)]


def bounds(steps: int, length: int, full: bool = False) -> list[tuple[int, int]]:
    """First step, and one past the last, of windows of at most ``length`` that cover so many steps, as equal as can be.

    ``full`` : all of ``length`` steps, overlapping alike; one shorter window where there are fewer steps.
    """
    count = max(-(-steps // length), 1)
    if full and count > 1:
        return [(int(start), int(start) + length) for start in np.linspace(0, steps - length, count).round()]
    edges = np.linspace(0, steps, count + 1).round().astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def embed_sequences(
    sequences: Sequence[NDArray[np.float32]], embed: Callable[[list[NDArray[np.float32]]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Vectors (n, d) of feature sequences, from their windows, see ``embed_pieces``."""
    return embed_pieces([windows(s, WINDOW) for s in sequences], embed)


def embed_pieces(
    pieces: Sequence[Sequence[NDArray[np.float32]]],
    embed: Callable[[list[NDArray[np.float32]]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Vectors (n, d) of feature sequences that are cut into windows: mean over these, weighted by steps.

    ``embed`` : windows of at most ``WINDOW`` steps → vectors.
    """
    vectors = embed([p for group in pieces for p in group])
    out, start = [], 0
    for group in pieces:
        steps = np.array([len(p) for p in group], float)
        out.append(steps @ vectors[start : start + len(group)] / steps.sum())
        start += len(group)
    return np.stack(out) if out else np.zeros((0, vectors.shape[1]))
