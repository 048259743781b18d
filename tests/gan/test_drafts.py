"""Drafts of a line: when one has ended, which is kept, where all go on."""

from __future__ import annotations

import numpy as np
import pytest

from gan import drafts as drafts_module
from gan.alphabet import CHARACTERS
from gan.drafts import ENOUGH, MOST_GAIN, MOST_POINTS, NEAR, SPARE, STALL, Line, _end

#: State from which a line begins.
START = [np.array([-1.0, -1.0])]


@pytest.fixture(autouse=True)
def one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of drafts a word, but where a test wants more."""
    monkeypatch.setattr(drafts_module, "ROUNDS", 1)


def places(*runs: tuple[int, int]) -> np.ndarray:
    """Places of the window, as (place, points) one after the other."""
    return np.concatenate([np.full(count, place) for place, count in runs])


def test_a_sample_ends_with_the_last_stroke_before_the_window_comes_to_the_word_after() -> None:
    """Dots and bars that come late, with the window on the space already, are of the text."""
    points = np.zeros((30, 3))
    points[[5, 11, 25], 2] = 1
    rested = places((0, 3), (1, 4), (2, 8), (3, 15))
    assert _end(points, rested, 2) == (12, True)
    assert _end(points[:15], rested[:15], 2) == (15, False)
    assert _end(points[:18], rested[:18], 2) == (18, False)


def test_a_stroke_that_is_nearly_done_when_the_window_comes_to_the_word_after_is_finished() -> None:
    points = np.zeros((30, 3))
    points[[5, 15 + NEAR - 1], 2] = 1
    rested = places((0, 3), (1, 6), (2, 6), (3, 15))
    assert _end(points, rested, 2) == (15 + NEAR, True)
    assert _end(points[: 15 + NEAR], rested[: 15 + NEAR], 2) == (15 + NEAR, True)


def test_a_stroke_that_runs_on_into_the_word_after_is_cut_there() -> None:
    """The letters before are kept, though they are of the same stroke."""
    points = np.zeros((60, 3))
    points[9, 2] = 1
    assert _end(points, places((0, 8), (1, 20), (2, 2), (3, 30)), 2) == (30, True)
    assert _end(points, places((0, 30), (2, 30)), 1) == (30, True)


def test_a_sample_whose_stroke_has_just_ended_ends_there() -> None:
    points = np.zeros((30, 3))
    points[[9, 12], 2] = 1
    assert _end(points, places((0, 6), (1, 4), (3, 20)), 2) == (10, True)


def test_a_draft_that_stalls_is_given_up_and_one_that_takes_its_time_is_not() -> None:
    points = np.zeros((400, 3))
    assert _end(points, places((0, 20), (1, 380)), 2) == (20 + STALL, False)
    assert _end(points[: 2 * STALL], places((0, STALL), (1, STALL)), 2) == (2 * STALL, False)
    points[299, 2] = 1
    assert _end(points, places((0, STALL), (1, STALL), (3, 400 - 2 * STALL)), 2) == (300, True)


def write(line: Line, *drafts: np.ndarray, gains: tuple[float, ...] = (), mark: float = 0.0) -> list[np.ndarray] | None:
    """Let drafts write at once, each given by the places of its window; its state at step t is (row, t + mark)."""
    steps, rows = len(drafts[0]), len(drafts)
    seen = np.stack([np.eye(len(line.whole) + 3)[d] for d in drafts], axis=1)
    points = np.zeros((steps, rows, 3))
    points[..., 2] = 1
    points[..., 0] = np.arange(rows)
    states = np.stack([np.stack([np.full(steps, float(r)), np.arange(steps) + mark], axis=1) for r in range(rows)], 1)
    each = np.ones((steps, 1)) * np.array(gains or [0.0] * rows)
    return line.add(points, np.zeros((steps, rows, 4)), seen, each, [states])


def test_all_drafts_go_on_from_the_best_one_of_each_word() -> None:
    line = Line("", "ab cd", 2, None, START)
    after = write(line, places((0, 3), (1, 3), (2, 2), (3, 2)), places((0, 4), (1, 2), (2, 1), (3, 3)), gains=(1, 2))
    assert after is not None
    assert after[0].tolist() == [1, 7]
    assert not line.done
    assert write(line, places((3, 3), (4, 1)), places((3, 2), (4, 2)), gains=(1, 0.5)) is None
    assert write(line, places((6, 3)), places((4, 1), (6, 2)), gains=(1, 0.5)) is not None
    assert (line.done, line.ended) == (True, True)
    assert line.points[:, 0].tolist() == [1] * 8 + [0] * 4
    assert line.gain == 2 * 8 + 1 * 4
    assert np.argmax(line.seen, axis=1).tolist() == [0] * 4 + [1] * 2 + [2, 3] + [3] * 3 + [4]


def test_a_draft_that_came_to_the_words_end_is_continued_as_it_was_there() -> None:
    """It may have waited for the others for a while."""
    line = Line("", "ab cd", 2, None, START)
    assert write(line, places((0, 1), (1, 1), (3, 6)), places((0, 8)), gains=(1, 0)) is None
    after = write(line, places((3, 8)), places((1, 2), (3, 6)), gains=(1, 0), mark=8)
    assert after is not None
    assert after[0].tolist() == [0, 2]
    assert line.gain == 3


def test_a_draft_that_passes_over_a_letter_or_never_comes_is_kept_last() -> None:
    line = Line("", "ab cd", 3, None, START)
    count = MOST_POINTS * 3 + SPARE
    whole = places((0, 2), (1, 2), (3, count - 4))
    left_out = places((0, 4), (3, count - 4))
    never = places((0, count // 2), (1, count - count // 2))
    after = write(line, never, left_out, whole, gains=(9, 5, 1))
    assert after is not None
    assert after[0].tolist() == [2, 4]


def test_a_draft_whose_window_goes_back_is_kept_after_one_that_goes_on() -> None:
    line = Line("", "ab cd", 2, None, START)
    back = places((0, 2), (1, 2), (0, 1), (1, 1), (3, 2))
    after = write(line, back, places((0, 3), (1, 3), (3, 2)), gains=(9, 1))
    assert after is not None
    assert after[0].tolist() == [1, 6]


def test_a_letter_that_gains_much_does_not_make_up_for_one_that_is_missing() -> None:
    line = Line("", "ab cd", 2, None, START)
    uneven, even = places((0, 1), (1, 9), (3, 2)), places((0, 5), (1, 5), (3, 2))
    after = write(line, uneven, even, gains=(MOST_GAIN / 2, MOST_GAIN / 5))
    assert after is not None
    assert after[0].tolist() == [1, 10]


def test_the_end_of_the_letter_before_counts_too() -> None:
    line = Line("", "ab cd", 2, None, START)
    write(line, places((0, 3), (1, 1), (3, 2)), places((0, 3), (1, 1), (3, 2)))
    without, with_end = places((3, 2), (4, 2), (6, 2)), places((1, 1), (3, 1), (4, 2), (6, 2))
    write(line, without, with_end, gains=(1, 1.2))
    assert line.points[-1, 0] == 1


def test_a_line_of_which_no_draft_comes_to_the_end_of_a_word_is_given_up() -> None:
    line = Line("", "ab cd", 2, None, START)
    assert write(line, places((0, 200)), places((0, 100), (1, 100)), gains=(1, 1)) is None
    assert write(line, places((0, 200)), places((1, 200)), gains=(1, 1)) is not None
    assert (line.done, line.ended) == (True, False)
    assert len(line.points) == 100 + STALL


def test_a_word_whose_drafts_gain_little_is_drafted_again_and_the_best_of_all_rounds_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drafts_module, "ROUNDS", 3)
    line = Line("", "ab cd", 2, None, START)
    little = ENOUGH / 8
    draft, unread = places((0, 3), (1, 3), (3, 2)), places((0, 6), (3, 2))
    assert write(line, unread, draft, gains=(9 * ENOUGH, little)) is START
    assert not line.done
    assert write(line, draft, draft, gains=(little, 2 * little), mark=100) is START
    after = write(line, unread, draft, gains=(9 * ENOUGH, little), mark=200)
    assert after is not None
    assert after[0].tolist() == [1, 106]
    assert line.gain == pytest.approx(2 * little * 7)
    last = places((3, 4), (4, 4), (6, 4))
    write(line, last, last, gains=(ENOUGH, 0))
    assert (line.done, line.ended) == (True, True)


def test_a_counted_number_of_points_is_drawn_whatever_the_window_does() -> None:
    line = Line("", "ab cd", 2, 12, START)
    assert write(line, places((0, 8)), places((0, 4), (1, 4)), gains=(1, 0)) is None
    write(line, places((3, 8)), places((6, 8)), gains=(1, 0))
    assert (line.done, line.ended) == (True, True)
    assert line.points[:, 0].tolist() == [1] * 12


def test_other_letters_stand_in_the_place_of_the_word_at_hand_only() -> None:
    def said(line: Line) -> str:
        return "".join(CHARACTERS[i] for i in line.other_letters)

    line = Line("The prime ", "Was it, 12", 2, None, START)
    assert said(line) == "The prime Jnf it, 12 and"
    write(line, places((10, 2), (11, 2), (12, 2), (14, 2)), places((14, 8)))
    assert said(line) == "The prime Waf vgo 12 and"
    write(line, places((14, 2), (15, 2), (16, 2), (18, 2)), places((18, 8)))
    assert said(line) == "The prime Was ito 67 and"


@pytest.mark.parametrize(("drafts", "steps"), [(1, None), (4, 100)])
def test_one_draft_or_a_counted_line_is_not_cut_into_words(drafts: int, steps: int | None) -> None:
    line = Line("the ", "one two", drafts, steps, START)
    assert "".join(CHARACTERS[i] for i in line.other_letters) == "the bar gjb and"
