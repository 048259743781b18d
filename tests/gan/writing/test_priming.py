"""Known ink in the corpus's terms: size, sampling rate, lines side by side; nothing of the hand is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.baseline import line_geometry
from datasets.errors import ArgumentsError, MissingResourceError
from datasets.height import writing_height
from datasets.synthetic import synthetic_sample
from gan.writing.priming import LONGEST_WAIT, Hand, in_corpus_terms, offsets, side_by_side, strokes_of, typical_hand
from gan.writing.sampling import Prime
from gan.writing.styles import load_styles, save_styles, style_named

HAND = Hand(height=117.0, interval=0.02, step=0.17, scale=(42.0, 36.0))


def ink(text: str = "five boxing wizards") -> list[np.ndarray]:
    return list(synthetic_sample(text, 3, 1).ink.strokes())


def test_offsets_lead_back_to_the_strokes() -> None:
    strokes = [s[:, :2] for s in ink()]
    points = offsets(strokes, HAND.scale)
    assert not points[0, :2].any()
    assert points[:, 2].sum() == len(strokes)
    found = strokes_of(points, HAND.scale)
    assert [len(s) for s in found] == [len(s) for s in strokes]
    assert np.allclose(np.concatenate(found) + strokes[0][0], np.concatenate(strokes))


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.booleans())
def test_points_after_the_last_end_are_a_stroke_of_their_own(lengths: list[int], ends: bool) -> None:
    points = np.ones((sum(lengths), 3))
    points[:, 2] = 0
    points[np.cumsum(lengths) - 1, 2] = 1
    points[-1, 2] = ends
    assert [len(s) for s in strokes_of(points, (1.0, 1.0))] == lengths


@pytest.mark.parametrize("size", [0.01, 1.0, 300.0])
@pytest.mark.parametrize("every", [1, 2, 5])
def test_ink_of_any_device_gets_the_corpus_size_and_rate(size: float, every: int) -> None:
    strokes = [s[::every] for s in ink()]
    times = [s[:, 2] for s in strokes]
    found = in_corpus_terms([s[:, :2] * size for s in strokes], times, HAND)
    assert writing_height(found) == pytest.approx(HAND.height, rel=0.1)
    long = [(f, t) for f, t in zip(found, times, strict=True) if t[-1] - t[0] > 0.3]
    assert all((t[-1] - t[0]) / (len(f) - 1) == pytest.approx(HAND.interval, rel=0.25) for f, t in long)


def test_ink_without_time_gets_points_at_the_usual_distance() -> None:
    found = in_corpus_terms([s[:, :2] for s in ink()], None, HAND)
    moves = np.concatenate([np.hypot(*np.diff(s, axis=0).T) for s in found if len(s) > 2])
    assert moves.mean() / HAND.height == pytest.approx(HAND.step, rel=0.1)


def test_ink_at_the_corpus_rate_is_left_as_it_was_recorded() -> None:
    strokes = [s[:, :2] for s in ink()]
    times = [np.arange(len(s)) * 0.022 for s in strokes]
    found = in_corpus_terms(strokes, times, HAND)
    assert all(len(a) == len(b) for a, b in zip(found, strokes, strict=True))


def test_the_ends_of_strokes_and_dots_stay() -> None:
    strokes = [s[:, :2] for s in ink()]
    dot = strokes[0][:1]
    found = in_corpus_terms([*strokes, dot], None, HAND)
    factor = HAND.height / writing_height([*strokes, dot])
    for before, after in zip([*strokes, dot], found, strict=True):
        assert np.allclose(after[[0, -1]], before[[0, -1]] * factor)


def test_lines_side_by_side_stand_on_one_baseline() -> None:
    first, second = ([s[:, :2] for s in ink("minimum anne")] for _ in range(2))
    together = side_by_side([first, [s + np.array([50.0, 900.0]) for s in second]])
    geometry = line_geometry(together)
    assert abs(geometry.slope) < 0.02
    left, right = together[: len(first)], together[len(first) :]
    gap = min(s[:, 0].min() for s in right) - max(s[:, 0].max() for s in left)
    assert gap == pytest.approx(1.2 * geometry.writing_height, rel=0.1)


def test_a_line_goes_on_where_the_baseline_before_it_ends() -> None:
    falling = [s[:, :2] + 0.2 * np.column_stack([0 * s[:, 0], s[:, 0]]) for s in ink("minimum anne")]
    together = side_by_side([falling, falling])
    geometry = line_geometry(together)
    assert geometry.slope == pytest.approx(line_geometry(falling).slope, abs=0.02)


def test_the_typical_hand_is_that_of_most_lines() -> None:
    lines = [ink(), ink("quick brown fox"), [9 * s for s in ink()]]
    found = typical_hand(lines, (1.0, 2.0))
    assert found.height == pytest.approx(np.median([writing_height(line) for line in lines]))
    assert found.scale == (1.0, 2.0)


def test_styles_come_back_as_they_were(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    points = np.random.default_rng(1).normal(size=(30, 3)).astype(np.float16).astype(float)
    save_styles({"b": Prime(points, "two"), "a": Prime(points[:9], "one")}, tmp_path / "s.safetensors")
    found = load_styles(tmp_path / "s.safetensors")
    assert list(found) == ["a", "b"]
    assert found["b"].text == "two"
    assert np.array_equal(found["b"].points, points)
    monkeypatch.setattr("gan.writing.styles.load_styles", lambda: found)
    assert style_named("a").text == "one"
    with pytest.raises(ArgumentsError, match=r"'c' is no style. Styles: a, b\."):
        style_named("c")


def test_missing_styles_say_so(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(MissingResourceError, match="styles are missing"):
        load_styles(tmp_path / "none")


def test_a_wait_inside_a_stroke_does_not_become_endless_points() -> None:
    """A clock that jumps by years within a stroke."""
    strokes = ink()
    times = [np.arange(len(s)) * 0.01 for s in strokes]
    plain = in_corpus_terms([s[:, :2] for s in strokes], times, HAND)
    times[0][len(times[0]) // 2 :] += 1e9
    found = in_corpus_terms([s[:, :2] for s in strokes], times, HAND)
    assert 0 < len(found[0]) - len(plain[0]) <= LONGEST_WAIT / HAND.interval + 1
