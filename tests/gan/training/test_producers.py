"""Batches made beside a training."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from gan.training.producers import beside


def three(random: np.random.Generator) -> list[int]:
    return random.integers(1000, size=3).tolist()


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_the_same_seed_gives_the_same_batches_in_the_same_order(workers: int) -> None:
    first, second = (list(islice(beside(three, 7, workers), 12)) for _ in range(2))
    assert first == second
    assert len({tuple(batch) for batch in first}) == 12


def test_another_seed_gives_other_batches() -> None:
    assert list(islice(beside(three, 1, 2), 4)) != list(islice(beside(three, 2, 2), 4))
