"""Sequences of features put side by side for a network, so that none depends on its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gan.features import FEATURES

#: Sequences that are computed together.
BATCH = 32


def padded_batches(
    pieces: Sequence[NDArray[np.float32]], lengths: Sequence[int] | NDArray[np.int64], batch: int = BATCH
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]]:
    """Batches of pieces (steps, FEATURES) of one padded length each.

    Columns beyond ``FEATURES`` are left out. ``lengths`` (n,) are the steps that each piece is padded to. Where they
    hang on the piece alone, so does what a network makes of it. Yields the pieces' indices (b,), features (b, length,
    FEATURES) and mask (b, length).
    """
    wanted = np.asarray(lengths, np.int64)
    for size in np.unique(wanted):
        rows = np.flatnonzero(wanted == size)
        for start in range(0, len(rows), batch):
            chosen = rows[start : start + batch]
            x = np.zeros((len(chosen), size, FEATURES), np.float32)
            mask = np.zeros((len(chosen), size), np.float32)
            for row, index in enumerate(chosen):
                x[row, : len(pieces[index])] = pieces[index][:, :FEATURES]
                mask[row, : len(pieces[index])] = 1
            yield chosen, x, mask
