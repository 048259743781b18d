"""What the style head sees of each letter: frames of its first recurrent layer where the recogniser reads one.

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
from gan.judging.discriminator import RATE, padded_lengths
from gan.judging.seen import NOTHING, SeenLetters
from gan.reading.decoding import log_posteriors, runs
from gan.reading.reader import recogniser

#: Letters read with less confidence than this are left out.
SURE = 0.5


@lru_cache(maxsize=4)
def _with_frames(network: Any) -> Any:
    """The encoder with the frames of its first recurrent layer beside the embedding."""
    return keras.Model(network.inputs, [network.get_layer("lstm_0").output, network.output])


def see_windows(
    network: Any, pieces: Sequence[NDArray[np.float32]], length: int
) -> tuple[NDArray[np.float32], list[SeenLetters]]:
    """Embeddings (n, d) of windows of at most ``length`` steps, and the letters that are read in each.

    As ``discriminator.embed_windows``: a window's padded length depends on its own length only.
    """
    both, reader = _with_frames(network), recogniser()
    vectors = np.zeros((len(pieces), network.output_shape[-1]), np.float32)
    letters: list[SeenLetters] = [NOTHING] * len(pieces)
    for chosen, x, mask in padded_batches(pieces, padded_lengths(pieces, length)):
        frames, vectors[chosen] = (ops.convert_to_numpy(out) for out in backend.forward(both, x, mask))
        log_p = log_posteriors(ops.convert_to_numpy(backend.forward(reader, x, mask)))
        for row, index in enumerate(chosen):
            count = -(-len(pieces[index]) // RATE)
            letters[index] = _seen(frames[row, :count], log_p[row, :count])
    return vectors, letters


def _seen(frames: NDArray[np.float32], log_p: NDArray[np.float32]) -> SeenLetters:
    """The letters of a window from its frames (t, channels) and the recogniser's posteriors (t, 1 + letters)."""
    found = [(c, a, b) for c, a, b, sure in runs(log_p) if sure >= SURE]
    means = [frames[a:b].mean(axis=0) for _, a, b in found]
    classes = np.array([c for c, _, _ in found], np.int64)
    return SeenLetters(classes, np.array(means, np.float32).reshape(len(found), frames.shape[-1]))
