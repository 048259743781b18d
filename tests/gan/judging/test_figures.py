"""Figures of a line: finite for any ink, and they find what they are named for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.ink import Ink, ink_from_strokes
from gan.judging.figures import _alike, _between_halts, _innovations, _power_law, figures
from gan.judging.machine_features import PARTS, Part, features_of
from tests.datasets.forgers.lines import lines_of


def seen(ink: Ink, part: Part) -> np.ndarray:
    return features_of(ink, part, np.random.default_rng(0))


@pytest.mark.parametrize("part", PARTS)
def test_they_are_the_same_at_every_size_and_place(part: Part) -> None:
    ink = lines_of(1)[0].ink
    points = ink.points.copy()
    points[:, :2] = points[:, :2] / 64 - [2048, 512]
    moved = Ink(points, ink.stroke_ends, ink.pen_down, ink.channels, None, ink.time_source)
    one, other = figures(seen(ink, part), part), figures(seen(moved, part), part)
    # Rounding to the mill's grid is all that differs.
    assert float(np.median(np.abs(one - other))) < 0.05
    assert np.isfinite(one).all()
    assert one.dtype == np.float32


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(0, 99), st.floats(0, 5))
def test_they_are_finite_and_as_many_for_any_features(strokes: list[int], seed: int, size: float) -> None:
    features = size * np.random.default_rng(seed).standard_normal((sum(strokes), 8))
    features[:, 2] = 0.0
    features[np.cumsum([0, *strokes[:-1]]), 2] = 1.0
    for part in PARTS:
        found = figures(features, part)
        assert np.isfinite(found).all()
        assert found.shape == figures(np.zeros((1, 8)), part).shape


def test_a_pen_that_stands_still_has_figures() -> None:
    dot = ink_from_strokes([np.array([[0.0, 0, 0], [0, 0, 1]])] * 2, ("x", "y", "t"), None, None, "recorded")
    row = np.zeros((len(dot), 8))
    assert all(np.isfinite(figures(row, part)).all() for part in PARTS)


def test_a_linear_prediction_finds_the_weights_of_a_series() -> None:
    generator = np.random.default_rng(0)
    series = np.zeros(4000)
    for step in range(2, len(series)):
        series[step] = 1.2 * series[step - 1] - 0.5 * series[step - 2] + 0.1 * generator.standard_normal()
    one, two, deviation, *_ = _innovations([series], 2)
    # The nearest value stands last.
    assert (two, one) == pytest.approx((1.2, -0.5), abs=0.05)
    assert deviation == pytest.approx(np.log(0.1), abs=0.05)


def test_an_ellipse_at_the_power_of_a_third_has_that_slope() -> None:
    """Affine harmonic motion obeys speed ∝ curvature^(-1/3) exactly (Lacquaniti et al. 1983)."""
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    velocity = np.column_stack([-2 * np.sin(angle), np.cos(angle)])
    slope, _, related, *_ = _power_law([velocity], [np.hypot(*velocity.T)])
    assert slope == pytest.approx(-1 / 3, abs=0.02)
    assert related < -0.99


def test_halts_at_one_distance_are_even() -> None:
    speed = 1 + np.cos(np.arange(200) * 2 * np.pi / 20)
    count, *rest = _between_halts([speed])
    assert count == pytest.approx(0.05)
    assert rest[6:9] == pytest.approx([20, 20, 20])
    assert rest[12] == pytest.approx(0.0)


def test_likeness_of_neighbours_is_their_correlation() -> None:
    series = np.random.default_rng(0).standard_normal(5000).cumsum()
    rest = series - series.mean()
    assert _alike(series, (1, 5))[1] == pytest.approx(np.corrcoef(rest[:-5], rest[5:])[0, 1], abs=0.02)
    assert _alike(np.ones(50), (1,)) == [0.0]
