"""Distances between letters: by their shapes, as they were drawn, and where the font puts them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.writing.shaped import single_lines
from forgery_kit.fonts.choice import bent
from forgery_kit.fonts.glyphs import HEIGHT
from forgery_kit.fonts.letters import Letter, Lettered
from forgery_kit.fonts.spacing import Spacing, distances, follows, measured, sides
from forgery_kit.fonts.svg_font import svg_font
from tests.forgery_kit.fonts.skeleton_hand import letter, skeleton_font

STEM = np.array([[0.0, 1.0], [0.0, 0.0]])


def apart(first: Letter, second: Letter) -> float:
    return float(distances(sides(first.strokes)[1][None], sides(second.strokes)[0][None])[0, 0])


def plain(character: str, *strokes: np.ndarray) -> Letter:
    return Letter(character, strokes, 0.9, None, None)


def test_two_stems_are_as_far_apart_as_their_boxes() -> None:
    assert apart(plain("l", STEM), plain("l", STEM)) == pytest.approx(0.0)


def test_slants_that_run_alongside_are_nearer_than_their_boxes() -> None:
    up, down = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([[0.0, 2.0], [1.0, 0.0]])
    away = apart(plain("/", up), plain("/", up))
    # The right one's box begins a box's width further left than the left one's ends.
    assert -0.35 < away < 0.0
    assert apart(plain("/", up), plain("/", down)) < -0.9


def test_shapes_that_share_no_height_are_measured_by_their_boxes() -> None:
    high, low = STEM * 0.2 + [0.0, 2.5], STEM * 0.2 - [0.0, 1.5]
    assert apart(plain("'", high), plain(",", low)) == pytest.approx(0.0)


@given(gap=st.floats(0.1, 0.9), seed=st.integers(0, 2), text=st.sampled_from(["hat", "mine", "Good", "very"]))
@settings(max_examples=20, deadline=None)
def test_the_gap_that_letters_were_set_with_is_the_gap_that_is_measured(gap: float, seed: int, text: str) -> None:
    letters = [letter(c, seed) for c in text]
    letters = [Letter(x.character, x.strokes, 0.9, None, None) for x in letters]
    places, x = [0.0], 0.0
    for one, other in itertools.pairwise(letters):
        x += gap - apart(one, other)
        places.append(x)
    found = measured([Lettered(text, tuple(letters), tuple(places), 1.0)])
    assert found.usual == pytest.approx(gap)
    for one, other in itertools.pairwise(letters):
        set_at = follows(one, other, Spacing(gap, {}, 1.0), apart(one, other))
        assert set_at + apart(one, other) >= gap - 1e-9


def test_a_pair_that_was_seen_often_has_its_own_gap() -> None:
    letters = (plain("l", STEM), plain("i", STEM), None, plain("o", STEM), plain("o", STEM))
    lines = [Lettered("li oo", letters, (0.0, 0.9, 0.0, 3.0, 3.2), 1.0)] * 30
    found = measured(lines)
    assert found.between("l", "i") == pytest.approx(0.9, abs=0.05)
    assert found.between("o", "o") == pytest.approx(0.2, abs=0.05)
    assert found.space == pytest.approx(2.0)


@given(level=st.floats(0.1, 0.4), seed=st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_bent_joints_meet_at_one_height_and_leave_the_rest_of_the_letter(level: float, seed: int) -> None:
    before = letter("n", seed)
    after = bent(before, level)
    assert after.exit is not None
    assert after.strokes[after.exit][-1, 1] == pytest.approx(level)
    np.testing.assert_array_equal(after.strokes[0], before.strokes[0])


def test_a_joint_that_is_too_far_from_the_others_is_none() -> None:
    assert bent(letter("n", 1), 2.0).exit is None


def test_letters_that_join_meet_in_the_font() -> None:
    hand = skeleton_font()
    glyphs = {glyph.name: glyph for glyph in hand.glyphs}
    first, second = glyphs["n"], glyphs["a.alt1"]
    end = first.strokes[-1][-1][-1]
    start = second.strokes[0][0][0] + [first.advance + hand.kerning.get((first.name, second.name), 0), 0]
    # Half a step of kerning, and half a unit of the advance.
    assert abs(end[0] - start[0]) <= 8.5


def test_words_stand_as_far_apart_as_in_the_hand_whatever_they_end_in() -> None:
    hand = skeleton_font()
    glyphs, lines = {glyph.name: glyph for glyph in hand.glyphs}, single_lines(svg_font(hand))

    def edges(name: str) -> tuple[float, float]:
        x = np.concatenate(lines[name])[:, 0]
        return float(x.min()), float(x.max())

    for first, second in (("n", "a.alt1"), ("o", "T"), ("n", "T")):
        kerns = hand.kerning.get((first, "space"), 0) + hand.kerning.get(("space", second), 0)
        gap = glyphs[first].advance + hand.space + kerns + edges(second)[0] - edges(first)[1]
        assert gap == pytest.approx(1.2 * HEIGHT, abs=20)
