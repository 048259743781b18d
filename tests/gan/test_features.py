"""What the networks read does not depend on where, how large or how densely the ink was recorded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import HostileFileError
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from gan.features import (
    FEATURES,
    MAX_JUMP,
    MAX_STEPS,
    STEPS_PER_HEIGHT,
    amount,
    far_jumps,
    feature_sequence,
    features_with_positions,
    mirror,
    trace,
    warp,
)

SAMPLE = synthetic_sample("five boxing wizards jump", 3, 1)


def moved(scale: float, dx: float, dy: float) -> Sample:
    strokes = [np.column_stack([s[:, :2] * scale + (dx, dy), s[:, 2]]) for s in SAMPLE.ink.strokes()]
    return Sample(ink_from_strokes(strokes, ("x", "y", "t"), time_source="recorded"))


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 100), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_scale_and_place_change_nothing(scale: float, dx: float, dy: float) -> None:
    own, other = feature_sequence(trace([SAMPLE])), feature_sequence(trace([moved(scale, dx, dy)]))
    assert own.shape == other.shape
    assert np.quantile(np.abs(own - other), 0.99) < 1e-2


def test_denser_sampling_changes_little() -> None:
    strokes = []
    for s in SAMPLE.ink.strokes():
        ticks = np.arange(len(s))
        fine = np.linspace(0, len(s) - 1, 3 * len(s))
        strokes.append(np.column_stack([np.interp(fine, ticks, s[:, c]) for c in range(3)]))
    dense = feature_sequence(trace([Sample(ink_from_strokes(strokes, ("x", "y", "t"), time_source="recorded"))]))
    own = feature_sequence(trace([SAMPLE]))
    assert len(dense) == pytest.approx(len(own), rel=0.02)
    count = min(len(own), len(dense)) // 20
    # The first steps, before strokes of a step more or less move the two apart.
    assert np.median(np.abs(own[:count, :2] - dense[:count, :2])) < 0.05


def test_each_step_is_a_unit_direction_and_the_number_of_steps_is_the_length() -> None:
    ink = trace([SAMPLE])
    features = feature_sequence(ink)
    length = np.hypot(features[:, 0], features[:, 1])
    assert np.all((np.abs(length - 1) < 1e-5) | (length == 0))
    assert len(features) == pytest.approx(amount(ink) * STEPS_PER_HEIGHT, rel=0.05)
    assert features.shape[1] == FEATURES


def test_pen_lifts_are_marked_once_a_stroke() -> None:
    ink = trace([SAMPLE])
    features = feature_sequence(ink)
    assert features[:, 2].sum() == len(ink.starts)
    assert features[0, 5] == 1
    assert features[:, 5].sum() == 1


def test_without_time_there_is_no_speed() -> None:
    ink = trace([SAMPLE])
    assert not feature_sequence(ink, with_time=False)[:, 6:].any()
    assert feature_sequence(ink)[:, 7].mean() > 0.9


def test_speed_does_not_depend_on_the_clocks_unit() -> None:
    strokes = [s[:, :3] * (1, 1, 1000) for s in SAMPLE.ink.strokes()]
    slow = trace([Sample(ink_from_strokes(strokes, ("x", "y", "t"), time_source="recorded"))])
    assert np.allclose(feature_sequence(slow), feature_sequence(trace([SAMPLE])), atol=1e-4)


def test_positions_point_into_the_ink_in_order() -> None:
    ink = trace([SAMPLE])
    features, position = features_with_positions(ink)
    assert len(position) == len(features)
    assert position.min() >= 0
    assert position.max() <= len(ink.xy) - 1
    assert np.all(np.diff(position) >= -1e-9)


def test_a_warp_slants_and_stretches() -> None:
    ink = trace([SAMPLE])
    warped = warp(ink, 1.5, 0.3)
    assert np.allclose(warped.xy[:, 0], 1.5 * ink.xy[:, 0] - 0.3 * ink.xy[:, 1])
    assert np.allclose(warped.xy[:, 1], ink.xy[:, 1])


def test_ink_without_extent_is_refused() -> None:
    dot = Sample(ink_from_strokes([np.zeros((3, 2))], ("x", "y")))
    with pytest.raises(ValueError, match=r"extent|height"):
        trace([dot])


def timed(strokes: list[np.ndarray]) -> np.ndarray:
    """Features of strokes with columns x, y, t."""
    return feature_sequence(trace([Sample(ink_from_strokes(strokes, ("x", "y", "t"), time_source="recorded"))]))


@pytest.mark.parametrize("times", [2, 3, 7])
def test_points_added_on_the_path_change_nothing(times: int) -> None:
    strokes = []
    for s in SAMPLE.ink.strokes():
        ticks = np.arange(len(s))
        fine = np.linspace(0, len(s) - 1, times * (len(s) - 1) + 1)
        strokes.append(np.column_stack([np.interp(fine, ticks, s[:, c]) for c in range(3)]))
    dense, own = timed(strokes), feature_sequence(trace([SAMPLE]))
    assert dense.shape == own.shape
    assert np.allclose(dense, own, atol=2e-3)


def test_a_pen_that_rests_changes_nothing_but_the_speed() -> None:
    rested = timed([np.repeat(s[:, :3], 3, axis=0) for s in SAMPLE.ink.strokes()])
    assert np.allclose(rested[:, :6], feature_sequence(trace([SAMPLE]))[:, :6], atol=1e-3)


def test_ink_without_a_time_channel_has_no_speed() -> None:
    plain = Sample(ink_from_strokes([s[:, :2] for s in SAMPLE.ink.strokes()]))
    features = feature_sequence(trace([plain]), with_time=True)
    assert not features[:, 6:].any()
    assert np.array_equal(features, feature_sequence(trace([SAMPLE]), with_time=False))


def test_where_times_are_missing_there_is_no_speed_and_nothing_else_changes() -> None:
    strokes = [s[:, :3].copy() for s in SAMPLE.ink.strokes()]
    for s in strokes[len(strokes) // 2 :]:
        s[:, 2] = np.nan
    features = timed(strokes)
    assert np.isfinite(features).all()
    assert 0.2 < features[:, 7].mean() < 0.8
    assert not features[features[:, 7] == 0, 6].any()
    assert np.array_equal(features[:, :6], feature_sequence(trace([SAMPLE]))[:, :6])


def test_every_step_of_a_moving_pen_has_a_direction_of_unit_norm() -> None:
    for seed in range(4):
        features = feature_sequence(trace([synthetic_sample("quartz jugs", seed, 1)]))
        assert np.allclose(np.hypot(features[:, 0], features[:, 1]), 1, atol=1e-5)


@pytest.mark.parametrize("rests", [1, 5])
def test_a_dot_has_no_direction(rests: int) -> None:
    wave = np.column_stack([np.linspace(0, 200, 60), 50 * np.sin(np.linspace(0, 12, 60))])
    dot = np.repeat([[20.0, -80.0]], rests, axis=0)
    features = feature_sequence(trace([Sample(ink_from_strokes([wave, dot]))]))
    assert features[-1, 2] == 1
    assert not features[-1, :2].any()


def test_mirrored_ink_runs_backwards_with_left_and_right_exchanged() -> None:
    ink = trace([SAMPLE, SAMPLE])
    found = mirror(ink)
    own, other = feature_sequence(ink), feature_sequence(found)
    assert len(own) == len(other)
    assert found.fresh.sum() == 2
    assert np.all(np.diff(found.starts) > 0)
    lifted, mirrored = own[own[:, 2] == 1], other[other[:, 2] == 1]
    assert np.allclose(mirrored[1:, 3:5], lifted[:0:-1, 3:5] * [1, -1], atol=1e-6)
    assert np.array_equal(mirrored[1:, 5], lifted[:0:-1, 5])
    again = mirror(found)
    for field in ("xy", "t", "starts", "fresh"):
        assert np.array_equal(getattr(again, field), getattr(ink, field)), field


def test_far_jumps_are_cut_and_first_strokes_have_none() -> None:
    wave = np.column_stack([np.linspace(0, 200, 60), 50 * np.sin(np.linspace(0, 12, 60))])
    ink = ink_from_strokes([wave, wave + np.array([90000, -90000])])
    features = feature_sequence(trace([Sample(ink), Sample(ink)]))
    lifted = features[features[:, 2] == 1]
    assert np.array_equal(lifted[:, 3:5], [[0, 0], [MAX_JUMP, -MAX_JUMP]] * 2)
    assert np.array_equal(lifted[:, 5], [1, 0, 1, 0])


def test_hover_strokes_are_not_read() -> None:
    strokes = [s[:, :3] for s in SAMPLE.ink.strokes()]
    hovering = [np.array([[0.0, 0.0, -1.0], [900.0, 900.0, -0.5]]), *strokes]
    ink = ink_from_strokes(hovering, ("x", "y", "t"), [False] + [True] * len(strokes), None, "recorded")
    assert np.array_equal(feature_sequence(trace([Sample(ink)])), timed(strokes))


def test_a_stray_point_far_away_changes_little_and_is_counted() -> None:
    strokes = [stroke[:, :3] for stroke in SAMPLE.ink.strokes()]
    longest = int(np.argmax([len(s) for s in strokes]))
    middle = len(strokes[longest]) // 2
    far = np.insert(strokes[longest], middle, strokes[longest][middle] + [1e9, 1e9, 0], axis=0)
    spoilt = [far if i == longest else s for i, s in enumerate(strokes)]
    inks = [ink_from_strokes(s, ("x", "y", "t"), time_source="recorded") for s in (strokes, spoilt)]
    clean, faulty = (trace([Sample(ink)]) for ink in inks)
    assert (far_jumps(clean), far_jumps(faulty)) == (0, 2)
    assert amount(faulty) == pytest.approx(amount(clean), rel=0.05)
    own, other = feature_sequence(clean), feature_sequence(faulty)
    assert abs(len(own) - len(other)) <= 2
    assert np.abs(own[: len(own) // 3] - other[: len(own) // 3]).max() < 0.2


def legs(count: int) -> Sample:
    """A stroke of so many level legs of 17 writing heights, after one that sets the height to 1."""
    level = np.column_stack([np.arange(count + 1) % 2 * 17.0, np.arange(count + 1) * 1e-6])
    return Sample(ink_from_strokes([np.array([[0, 0], [0, 1.0]]), level], ("x", "y")), file="legs.csv")


def test_few_points_with_long_legs_are_refused_before_they_become_steps() -> None:
    most = MAX_STEPS // (17 * STEPS_PER_HEIGHT)
    assert amount(trace([legs(most - 10)])) == pytest.approx(17 * (most - 10) + 1, rel=1e-3)
    with pytest.raises(HostileFileError, match=r"^legs\.csv: the pen's path is 80,\d\d\d writing heights long"):
        trace([legs(most + 10)])
