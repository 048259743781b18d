"""Sequences of features put side by side for a network, so that none depends on its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gan.features import FEATURES

#: Sequences that are computed together.
BATCH = 32
#: The size of batches that are filled up.
FILLED = 16


def padded_batches(
    pieces: Sequence[NDArray[np.float32]],
    lengths: Sequence[int] | NDArray[np.int64],
    batch: int = BATCH,
    filled: bool = False,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]]:
    """Batches of pieces (steps, FEATURES) of one padded length each.

    Columns beyond ``FEATURES`` are left out. ``lengths`` (n,) are the steps that each piece is padded to. Where they
    hang on the piece alone, so does what a network makes of it. Yields the pieces' indices (b,), features (b, length,
    FEATURES) and mask (b, length).

    ``filled`` : every batch is filled up with empty rows to ``FILLED``, beyond the b that are asked for. How a product
    of matrices is cut up, and so how it rounds, hangs on their sizes: with one size, what a network makes of a piece
    is the same to the last bit whatever it is computed beside.
    """
    wanted = np.asarray(lengths, np.int64)
    for size in np.unique(wanted):
        rows = np.flatnonzero(wanted == size)
        together = FILLED if filled else batch
        for start in range(0, len(rows), together):
            chosen = rows[start : start + together]
            count = together if filled else len(chosen)
            x = np.zeros((count, size, FEATURES), np.float32)
            mask = np.zeros((count, size), np.float32)
            for row, index in enumerate(chosen):
                x[row, : len(pieces[index])] = pieces[index][:, :FEATURES]
                mask[row, : len(pieces[index])] = 1
            yield chosen, x, mask
