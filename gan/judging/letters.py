"""What the style head sees of each letter: frames of its first recurrent layer where one is read or stated.

Comparing *a* with *a* tells strangers apart better than comparing all with all; the lowest recurrent layer, which knows
its training people least by heart, carries over best.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from gan import backend
from gan.batches import padded_batches
from gan.features import FEATURES
from gan.judging.discriminator import RATE, padded_lengths
from gan.judging.seen import NOTHING, SURE, SeenLetters
from gan.reading.decoding import log_posteriors, path_runs, runs
from gan.reading.reader import recogniser


@lru_cache(maxsize=4)
def _with_frames(network: Any) -> Any:
    """The encoder with the frames of its first recurrent layer beside the embedding."""
    return keras.Model(network.inputs, [network.get_layer("lstm_0").output, network.output])


def see_windows(
    network: Any, pieces: Sequence[NDArray[np.float32]], length: int, filled: bool = False
) -> tuple[NDArray[np.float32], list[SeenLetters]]:
    """Embeddings (n, d) of windows of at most ``length`` steps, and the letters of each: those that its last column
    states where it has one more than ``FEATURES``, else those that are read.

    As ``discriminator.embed_windows``: a window's padded length depends on its own length only, and ``filled``.
    """
    both = _with_frames(network)
    vectors = np.zeros((len(pieces), network.output_shape[-1]), np.float32)
    letters: list[SeenLetters] = [NOTHING] * len(pieces)
    for chosen, x, mask in padded_batches(pieces, padded_lengths(pieces, length), filled=filled):
        frames, embedded = (ops.convert_to_numpy(out) for out in backend.forward(both, x, mask))
        vectors[chosen] = embedded[: len(chosen)]
        stated = all(pieces[index].shape[1] > FEATURES for index in chosen)
        log_p = None if stated else log_posteriors(ops.convert_to_numpy(backend.forward(recogniser(), x, mask)))
        for row, index in enumerate(chosen):
            piece = pieces[index]
            count = -(-len(piece) // RATE)
            if log_p is None or piece.shape[1] > FEATURES:
                # A stated letter is as sure as the statement.
                found = [(*run, 1.0) for run in path_runs(_stated(piece[:, FEATURES]))]
            else:
                found = runs(log_p[row, :count])
            letters[index] = _seen(frames[row, :count], found)
    return vectors, letters


def with_letters(pieces: Sequence[NDArray[np.float32]], length: int) -> list[NDArray[np.float32]]:
    """Windows of at most ``length`` steps with the letters that are surely read in them in one more column, as those of
    a stated text: whatever is cut out of the ink then, the rest of it reads the same."""
    found: list[NDArray[np.float32]] = list(pieces)
    for chosen, x, mask in padded_batches(pieces, padded_lengths(pieces, length)):
        log_p = log_posteriors(ops.convert_to_numpy(backend.forward(recogniser(), x, mask)))
        for row, index in enumerate(chosen):
            classes = np.zeros(len(pieces[index]), np.float32)
            for letter, a, b, sure in runs(log_p[row, : -(-len(classes) // RATE)]):
                if sure >= SURE:
                    classes[a * RATE : b * RATE] = letter
            found[index] = np.column_stack([pieces[index], classes])
    return found


def _stated(classes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Class of each frame (t,) from those of its steps (steps,): that of the step in its middle."""
    middles = np.arange(0, len(classes), RATE) + RATE // 2
    return classes[np.minimum(middles, len(classes) - 1)].astype(np.int64)


def _seen(frames: NDArray[np.float32], found: Sequence[tuple[int, int, int, float]]) -> SeenLetters:
    """The letters of a window from its frames (t, channels) and runs of all that was read or stated in it."""
    sure = [run[:3] for run in found if run[3] >= SURE]
    means = [frames[a:b].mean(axis=0) for _, a, b in sure]
    classes = np.array([c for c, _, _ in sure], np.int64)
    return SeenLetters(classes, np.array(means, np.float32).reshape(len(sure), frames.shape[-1]), tuple(found))
