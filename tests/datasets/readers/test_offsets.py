"""Offsets are told from positions by what their sums draw, wherever the positions lie."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.readers.offsets import are_offsets

#: Loops that advance, as a line of writing does, 24 points each; a lift to the next word after every fourth.
TURN = np.arange(240) / 24 * 2 * np.pi
WRITTEN = np.column_stack([20 * np.sin(TURN) + 5 * TURN + 60 * (TURN // (8 * np.pi)), 25 * np.cos(TURN)])


@pytest.mark.parametrize("per_loop", [12, 8])
def test_offsets_are_told_whatever_their_rate_and_unit(per_loop):
    thinned = WRITTEN[:: 24 // per_loop]
    offsets = np.diff(thinned, axis=0, prepend=thinned[:1])
    assert are_offsets(offsets)
    assert are_offsets(offsets / offsets.std())


@pytest.mark.parametrize("origin", [(0, 0), (1000, 500), tuple(WRITTEN.mean(axis=0))])
def test_positions_are_none_wherever_the_origin_is(origin):
    assert not are_offsets(WRITTEN - origin)
    assert not are_offsets(WRITTEN[::4] - origin)


def test_little_ink_and_scatter_are_not_called_offsets():
    scatter = np.random.default_rng(1).normal(3, 1, (200, 2))
    assert not are_offsets(scatter)
    assert not are_offsets(np.diff(WRITTEN[:20], axis=0))
    assert not are_offsets(np.zeros((50, 2)))
