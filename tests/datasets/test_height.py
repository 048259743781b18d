"""The writing height and the turning points behind it, on shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import height
from datasets.height import half_waves, turning_points, writing_height


def wave(points: int = 600, waves: float = 10.0, amplitude: float = 50.0) -> np.ndarray:
    """A cosine from its top, its half-waves 2 * amplitude high, two amplitudes apart."""
    phase = np.linspace(0, 2 * np.pi * waves, points)
    return np.column_stack([amplitude * phase / np.pi * 2, -amplitude * np.cos(phase)])


def test_half_wave_of_a_cosine():
    assert writing_height([wave()]) == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("points", [250, 1000, 20000])
def test_sampling_rate_does_not_matter(points):
    assert writing_height([wave(points)]) == pytest.approx(100, rel=0.02)


def test_repeated_points_do_not_matter():
    assert writing_height([np.repeat(wave(), 3, axis=0)]) == writing_height([wave()])


@pytest.mark.parametrize("grid", [1.0, 5.0, 10.0])
def test_resolution_does_not_matter(grid):
    assert writing_height([np.round(wave() / grid) * grid]) == pytest.approx(100, rel=0.03)


def test_jitter_adds_no_half_waves():
    jitter = np.random.default_rng(0).normal(0, 2, (5000, 2))
    assert writing_height([wave(5000) + jitter]) == pytest.approx(100, rel=0.15)


def test_dots_bars_and_a_far_jump_do_not_matter():
    rng = np.random.default_rng(1)
    letters = [np.add(wave(60, 1.5), (300 * i, 0)) for i in range(12)]
    dots = [np.add(rng.normal(0, 1, (4, 2)), (300 * i, -150)) for i in range(8)]
    bars = [np.column_stack([np.linspace(0, 80, 20), rng.normal(-60, 1, 20)]) for _ in range(5)]
    jump = np.concatenate([wave(20, 0.5), [[9000.0, 9000.0]], wave(20, 0.5)])
    assert writing_height([*letters, *dots, *bars, jump]) == pytest.approx(100, rel=0.02)


def test_one_long_stroke_on_a_steep_baseline():
    stroke = wave(3000, 40)
    stroke[:, 1] += 0.2 * stroke[:, 0]
    assert writing_height([stroke]) == pytest.approx(100, rel=0.3)


@given(st.floats(1e-3, 1e4), st.floats(-1e5, 1e5))
def test_scales_with_the_ink_and_forgets_its_place(scale, shift):
    assert writing_height([wave() * scale + shift]) == pytest.approx(scale * writing_height([wave()]), rel=1e-4)


@pytest.mark.parametrize(
    "strokes",
    [[], [np.zeros((1, 2))], [np.zeros((0, 2))], [np.array([[0.0, 5], [9, 5]])], [np.zeros((1, 2)), np.ones((1, 2))]],
    ids=["nothing", "a dot", "an empty stroke", "a level line", "two dots"],
)
def test_ink_without_vertical_extent_is_refused(strokes):
    with pytest.raises(ValueError, match="vertical extent"):
        writing_height(strokes)


def test_the_slow_loop_sees_turns_only_however_many_points_there_are(monkeypatch):
    seen = []

    def counting(ys: list[float], floor: float, loop=height._hysteresis) -> list[int]:
        seen.append(len(ys))
        return loop(ys, floor)

    monkeypatch.setattr(height, "_hysteresis", counting)
    for points in (600, 60_000):
        seen.clear()
        writing_height(np.array_split(wave(points, 25), 20))
        assert 0 < sum(seen) <= height.PASSES * (51 + 2 * 20)


def test_turning_points_alternate_and_keep_the_ends():
    stroke = np.column_stack([np.arange(9.0), [0, 1, 10, 9.5, 10.5, 3, 2, 2, 8]])
    assert turning_points(stroke, 2.0).tolist() == [0, 4, 6, 8]
    assert turning_points(stroke, 50.0).tolist() == []


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=60), st.integers(1, 15))
def test_turning_points_are_at_least_the_floor_apart(ys, floor):
    rows = turning_points(np.column_stack([np.arange(len(ys)), ys]).astype(float), float(floor))
    steps = np.diff(np.array(ys, float)[rows])
    assert (np.abs(steps) >= floor).all()
    assert (steps[1:] * steps[:-1] < 0).all()
    assert bool(len(rows)) == (max(ys) - min(ys) >= floor)


@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=20), min_size=1, max_size=6), st.integers(1, 5))
def test_half_waves_of_many_strokes_are_those_of_each(many, floor):
    strokes = [np.column_stack([np.arange(len(ys)), ys]).astype(float) for ys in many]
    each = [np.abs(np.diff(s[turning_points(s, float(floor)), 1])) for s in strokes]
    assert half_waves(strokes, float(floor)).tolist() == np.concatenate(each).tolist()
