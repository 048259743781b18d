"""What the measurements of widened sets rest on."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.writing.widening import deformed, share, summary
from gan.images.likeness import coverage, frechet_distance, nearest


def test_deformed_images_keep_their_ink_about_where_it_was_and_all_differ() -> None:
    images = np.zeros((40, 28, 28), np.uint8)
    images[:, 8:20, 10:18] = 200
    bent = deformed(images, np.random.default_rng(0))
    assert bent.dtype == np.uint8
    assert len(np.unique(bent, axis=0)) == 40
    rows = (bent.sum(axis=2) * np.arange(28)).sum(axis=1) / bent.sum(axis=(1, 2))
    assert abs(rows.mean() - 13.5) < 0.7
    assert 0.7 < bent.mean() / images.mean() < 1.3


def test_an_interval_over_people_is_wider_where_they_differ() -> None:
    right = np.repeat([True, False], 200)
    alone, people = share(right), share(right, np.arange(400) // 50)
    assert alone[0] == people[0] == 0.5
    assert alone[1] < 0.5 < alone[2]
    assert people[2] - people[1] > 3 * (alone[2] - alone[1])


def test_the_summary_pairs_the_arms_seed_by_seed() -> None:
    found = {
        f"10 real, seed {seed}": {"real": 0.5 + seed / 10, "generated": 0.6 + seed / 10, "augmented": 0.6, "both": 0.7}
        for seed in (1, 2, 3)
    }
    lines = list(summary(found))
    assert "10 real a class, 3 seeds, generated − real: 10.00 ± 0.00 %" in lines
    assert "10 real a class, 3 seeds, real: 70.00 ± 24.84 %" in lines


def test_frechet_distance_is_that_of_two_normal_distributions() -> None:
    random = np.random.default_rng(1)
    one = random.normal(0, 1, (4000, 3))
    other = random.normal(0, 2, (4000, 3)) + np.array([3, 0, 0])
    # |Δμ|² + Σ (σ₁ − σ₂)² for diagonal covariances.
    assert frechet_distance(one, other) == pytest.approx(9 + 3, rel=0.06)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-6)


def test_coverage_is_whole_for_the_same_images_and_half_where_half_is_left_out() -> None:
    random = np.random.default_rng(2)
    real = np.concatenate([random.normal(0, 1, (300, 4)), random.normal(50, 1, (300, 4))])
    assert coverage(real, real) == 1
    assert coverage(real, real[:300]) == pytest.approx(0.5, abs=0.01)


def test_nearest_neighbours_are_those_of_all_distances() -> None:
    random = np.random.default_rng(3)
    rows, among = random.normal(size=(700, 5)), random.normal(size=(90, 5))
    all_distances = np.linalg.norm(rows[:, None] - among, axis=2)
    places, distances = nearest(rows, among, 3)
    np.testing.assert_array_equal(places, np.argsort(all_distances, axis=1)[:, :3])
    np.testing.assert_allclose(distances, np.sort(all_distances, axis=1)[:, :3], rtol=1e-6)
