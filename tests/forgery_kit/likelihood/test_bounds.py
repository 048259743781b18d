"""Bounds: lir's on one draw, averaged over many, redrawn with the writers, never falling with more ink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.isotonic import isotonic_regression

from forgery_kit.likelihood.bounds import _rising_rows, elub, redrawn_bounds, rising
from forgery_kit.likelihood.metrics import ScorePairs, drawn_writers


@pytest.mark.parametrize(("writers", "gap"), [(5, 3.0), (30, 4.0), (100, 8.0), (60, 400.0), (60, 0.1)])
def test_each_row_has_the_bounds_that_lir_computes(writers: int, gap: float) -> None:
    from lir.algorithms.bayeserror import elub as of_lir

    random = np.random.default_rng(3)
    same = random.normal(gap / 4, np.sqrt(gap / 2), (8, writers))
    different = random.normal(-gap / 4, np.sqrt(gap / 2), (8, writers + 3))
    found = elub(same, different, np.ones_like(same), np.ones_like(different))
    labels = np.repeat([1, 0], [writers, writers + 3])
    assert found == pytest.approx(np.array([of_lir(np.r_[a, b], labels) for a, b in zip(same, different, strict=True)]))


def test_a_weight_counts_as_so_many_copies_and_none_as_absence() -> None:
    random = np.random.default_rng(5)
    same, different = random.normal(1, 1, (1, 30)), random.normal(-1, 1, (1, 30))
    times = random.poisson(1.0, (1, 30)).astype(float)
    copied = np.repeat(same, times[0].astype(int), axis=1)
    found = elub(same, different, times, np.ones((1, 30)))
    assert found == pytest.approx(elub(copied, different, np.ones_like(copied), np.ones((1, 30))))


def pairs_of(writers: int, each: int = 8, seed: int = 2) -> ScorePairs:
    random = np.random.default_rng(seed)
    same = np.repeat(np.arange(writers), each)
    other = (same + 1 + random.integers(0, writers - 1, len(same))) % writers
    score = np.concatenate([random.normal(2, 2, len(same)), random.normal(-2, 2, len(same))])
    return ScorePairs(score, np.r_[same, same], np.r_[same, other], np.zeros(len(score), np.int64))


def test_the_mean_over_many_draws_hardly_depends_on_the_draw() -> None:
    pairs = pairs_of(80)
    lines, everybody = np.array([[0.0, 0.43]]), np.ones((1, 80), np.int64)
    found = np.array([redrawn_bounds(pairs, lines, everybody, seed)[0] for seed in range(6)])
    assert np.ptp(found, axis=0).max() < 0.15


def test_the_bound_is_drawn_again_with_the_writers() -> None:
    pairs = pairs_of(40)
    times = drawn_writers(pairs, 50, 1)
    found = redrawn_bounds(pairs, np.tile([0.0, 0.43], (50, 1)), times)
    assert found[:, 1].std() > 0.02
    # A writer who is not drawn has no part in it.
    without = times.copy()
    without[:, 7] = 0
    other = ScorePairs(np.where((pairs.a == 7) | (pairs.b == 7), 99.0, pairs.score), pairs.a, pairs.b, pairs.donor)
    there, moved = (redrawn_bounds(p, np.tile([0.0, 0.43], (50, 1)), without) for p in (pairs, other))
    assert there == pytest.approx(moved)


def test_rows_are_those_of_isotonic_regression() -> None:
    values = np.random.default_rng(1).normal(size=(5, 8))
    assert _rising_rows(values) == pytest.approx(np.array([isotonic_regression(row) for row in values]))


@given(arrays(np.float64, (2, 5, 5), elements=st.floats(0, 3)))
def test_bounds_never_fall_with_more_ink_on_either_side(values: np.ndarray) -> None:
    found = rising(values)
    assert (np.diff(found, axis=-1) >= 0).all()
    assert (np.diff(found, axis=-2) >= 0).all()
    assert found.min() >= values.min() - 1e-9
    assert found.max() <= values.max() + 1e-9


def test_bounds_that_rise_already_stay() -> None:
    values = np.add.outer(np.arange(4.0), np.arange(4.0))[None]
    assert rising(values) == pytest.approx(values)
