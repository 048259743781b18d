"""Amounts of ink and the calibrated ones beside them."""

from __future__ import annotations

import numpy as np
import pytest

from forgery_kit.likelihood.amounts import LEVELS, level_of, neighbours


def test_amounts_go_to_the_nearest_level_by_ratio() -> None:
    assert [level_of(s) for s in (1, 60, 80, 90, 700, 1e9)] == [60, 60, 60, 120, 960, LEVELS[-1]]


def test_shares_run_from_one_level_to_the_next_in_the_logarithm() -> None:
    below, share = neighbours([60, 60 * 2**0.5, 120, 480, 1e9, 1])
    place = below + share
    assert place == pytest.approx([0, 0.5, 1, 3, len(LEVELS) - 1, 0])
    steps = np.geomspace(20, 20_000, 3000)
    below, share = neighbours(steps)
    assert np.diff(below + share).min() >= 0
    assert np.diff(below + share).max() < 0.01
