"""The pen's path as curves, and its outline, against an independent geometry library."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from datasets.forgers.strokes import curve
from forgery_kit.fonts.curves import SMOOTHING, TOLERANCE, fitted, outline
from tests.forgery_kit.fonts.outlines import PointPen, signed_area

HEIGHT, PEN = 420.0, 59.0


def sampled(beziers: list[np.ndarray]) -> np.ndarray:
    t = np.linspace(0, 1, 40)[:, None]
    parts = [(1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d for a, b, c, d in beziers]
    return np.concatenate(parts)


def wave(seed: int, points: int) -> np.ndarray:
    """A smooth stroke with a point each twentieth of a writing height or so."""
    random = np.random.default_rng(seed)
    t = np.linspace(0, 1, points)[:, None]
    turns = random.uniform(0.3, 2.0, (4, 2)) * 2 * np.pi
    return (np.sin(t * turns[:, None, :] + random.uniform(0, 6, (4, 1, 2))) * random.uniform(20, 200, (4, 1, 2))).sum(0)


def area(strokes: list[list[np.ndarray]]) -> tuple[float, list[np.ndarray]]:
    pen = PointPen()
    outline(strokes, PEN).draw(pen)
    found = [np.concatenate(contour) for contour in pen.contours]
    return -sum(signed_area(contour) for contour in found), found


@given(seed=st.integers(0, 10_000), points=st.integers(30, 90))
@settings(max_examples=25, deadline=None)
def test_curves_stay_on_the_path_and_keep_its_ends(seed: int, points: int) -> None:
    stroke = wave(seed, points)
    beziers = fitted(stroke, HEIGHT)
    np.testing.assert_allclose(beziers[0][0], stroke[0], atol=1e-6)
    np.testing.assert_allclose(beziers[-1][-1], stroke[-1], atol=1e-6)
    for before, after in itertools.pairwise(beziers):
        np.testing.assert_array_equal(before[-1], after[0])
    way = LineString(sampled(beziers))
    assert max(way.distance(Point(p)) for p in curve(stroke, HEIGHT, SMOOTHING)) < 1.1 * TOLERANCE * HEIGHT
    # A hairpin is cut by what is smoothed.
    assert max(way.distance(Point(p)) for p in stroke) < (SMOOTHING + 2 * TOLERANCE) * HEIGHT


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_outline_is_the_area_that_a_round_pen_covers(seed: int) -> None:
    strokes = [fitted(wave(seed + k, 40), HEIGHT) for k in range(2)]
    covered = Polygon()
    for stroke in strokes:
        covered = covered.union(LineString(sampled(stroke)).buffer(PEN / 2))
    assert area(strokes)[0] == pytest.approx(covered.area, rel=0.01)


def test_a_dot_is_a_disc_as_wide_as_the_pen() -> None:
    found, parts = area([fitted(np.array([[10.0, 20.0]]), HEIGHT)])
    assert found == pytest.approx(np.pi * PEN**2 / 4, rel=0.03)
    assert len(parts) == 1
    assert np.ptp(parts[0], axis=0) == pytest.approx([PEN, PEN], abs=2)


def test_a_ring_is_one_contour_around_and_one_hole() -> None:
    t = np.linspace(0, 2 * np.pi, 60)
    parts = area([fitted(np.column_stack([200 * np.cos(t), 200 * np.sin(t)]), HEIGHT)])[1]
    areas = sorted(signed_area(part) for part in parts)
    assert len(areas) == 2
    assert areas[0] < 0 < areas[1]


def test_a_corner_stays_a_corner() -> None:
    stroke = np.array([[0.0, 0.0], [200.0, 400.0], [400.0, 0.0]])
    assert LineString(sampled(fitted(stroke, HEIGHT))).distance(Point(200, 400)) < 0.06 * HEIGHT
