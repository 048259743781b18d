"""Baseline and x-height on drawn letters whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.baseline import line_geometry


def arches(slope: float, x_height: float = 20.0) -> list[np.ndarray]:
    """Letters of two arches on y = 100 + slope x; some with an ascender twice as high, some with a descender."""
    strokes = []
    for i in range(20):
        phase = np.linspace(0, 4 * np.pi, 60)
        x = 40 * i + 30 * phase / (4 * np.pi)
        up = x_height / 2 * (1 - np.cos(phase))
        if i % 6 == 1:
            up[phase < 2 * np.pi] *= 2
        if i % 6 == 3:
            up[phase > 3 * np.pi] -= np.linspace(0, x_height, (phase > 3 * np.pi).sum())
        strokes.append(np.column_stack([x, 100 + slope * x - up]))
    return strokes


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.25])
@pytest.mark.parametrize("scale", [0.05, 1.0, 40.0])
def test_baseline_and_x_height_despite_ascenders_and_descenders(slope, scale):
    geometry = line_geometry([stroke * scale for stroke in arches(slope)])
    assert geometry.slope == pytest.approx(slope, abs=0.015)
    at_middle = geometry.intercept + geometry.slope * 400 * scale
    assert at_middle == pytest.approx((100 + slope * 400) * scale, abs=2 * scale)
    assert geometry.x_height == pytest.approx(20 * scale, rel=0.1)


def test_a_single_letter_has_a_level_baseline():
    geometry = line_geometry(arches(0.3)[:1])
    assert geometry.slope == 0
    assert 10 < geometry.x_height < 30


def test_a_bare_bar_stands_on_its_foot():
    geometry = line_geometry([np.array([[0.0, 0.0], [0.0, 8.0]])])
    assert geometry.intercept == pytest.approx(8)
    assert geometry.x_height == pytest.approx(8)


def test_level_ink_is_refused():
    with pytest.raises(ValueError, match="vertical extent"):
        line_geometry([np.array([[0.0, 0.0], [9.0, 0.0]])])
