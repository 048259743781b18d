"""Drafts of a line: when one has ended, which is kept, where all go on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.writing import drafts as drafts_module
from gan.writing.alphabet import CHARACTERS
from gan.writing.drafts import DOUBT, MOST_POINTS, NEAR, PIECE, SPARE, STALL, STRAY, Line, Round, _end, _read, _starts

#: State from which a line begins.
START = [np.array([-1.0, -1.0])]


@pytest.fixture(autouse=True)
def one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of drafts a word, but where a test wants more."""
    monkeypatch.setattr(drafts_module, "ROUNDS", 1)
    monkeypatch.setattr(drafts_module, "DOUBTFUL_ROUNDS", 1)


def places(*runs: tuple[int, int]) -> np.ndarray:
    """Places of the window, as (place, points) one after the other."""
    return np.concatenate([np.full(count, place) for place, count in runs])


def test_a_text_ends_with_the_last_stroke_before_the_window_comes_to_the_word_after() -> None:
    """Dots and bars that come late, with the window on the space already, are of the text."""
    points = np.zeros((30, 3))
    points[[5, 11, 25], 2] = 1
    rested = places((0, 3), (1, 4), (2, 8), (3, 15))
    assert _end(points, rested, 15, 2, 0) == 12
    assert _end(points[:18], rested[:18], 15, 2, 0) is None


def test_a_stroke_that_is_nearly_done_when_the_window_comes_to_the_word_after_is_finished() -> None:
    points = np.zeros((30, 3))
    points[[5, 15 + NEAR - 1], 2] = 1
    rested = places((0, 3), (1, 6), (2, 6), (3, 15))
    assert _end(points, rested, 15, 2, 0) == 15 + NEAR
    assert _end(points[: 15 + NEAR], rested[: 15 + NEAR], 15, 2, 0) == 15 + NEAR


def test_a_stroke_that_runs_on_into_the_word_after_is_cut_there() -> None:
    """The letters before are kept, though they are of the same stroke; it may have begun before this piece."""
    points = np.zeros((60, 3))
    assert _end(points, places((0, 30), (2, 30)), 30, 1, 0) == 30
    assert _end(points, places((1, 20), (2, 40)), 20, 1, NEAR + 1) == 20
    points[9, 2] = 1
    assert _end(points, places((0, 8), (1, 20), (2, 2), (3, 30)), 30, 2, 0) == 30


def test_a_text_whose_stroke_has_just_ended_ends_there() -> None:
    points = np.zeros((30, 3))
    points[[9, 12], 2] = 1
    assert _end(points, places((0, 6), (1, 4), (3, 20)), 10, 2, 0) == 10


def write(line: Line, *drafts: np.ndarray, gains: tuple[float, ...] = (), mark: float = 0.0) -> list[np.ndarray] | None:
    """Let drafts write at once, each given by the places of its window; its state at step t is (row, t + mark).

    The ``gains`` are of each draft's points, against letters of both kinds. Returns the state from which all go on,
    where the round has ended.
    """
    steps, rows = len(drafts[0]), len(drafts)
    seen = np.stack([np.eye(len(line.whole) + 3)[d] for d in drafts], axis=1)
    points = np.zeros((steps, rows, 3))
    points[..., 2] = 1
    points[..., 0] = np.arange(rows)
    states = np.stack([np.stack([np.full(steps, float(r)), np.arange(steps) + mark], axis=1) for r in range(rows)], 1)
    each = np.ones((steps, 1, 1)) * np.array(gains or [0.0] * rows)[:, None] * np.ones(len(DOUBT))
    at_work = vars(line).setdefault("round at work", Round(line))
    if not at_work.add(points, np.zeros((steps, rows, 4)), seen, each, [states]):
        return None
    line.take(vars(line).pop("round at work"))
    return line.begun


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
    assert line.gain.tolist() == [2 * 8 + 1 * 4] * 2
    assert np.argmax(line.seen, axis=1).tolist() == [0] * 4 + [1] * 2 + [2, 3] + [3] * 3 + [4]


def test_a_draft_that_came_to_the_words_end_is_continued_as_it_was_there() -> None:
    """It may have waited for the others for a while."""
    line = Line("", "ab cd", 2, None, START)
    assert write(line, places((0, 1), (1, 1), (3, 6)), places((0, 8)), gains=(1, 0)) is None
    after = write(line, places((3, 8)), places((1, 2), (3, 6)), gains=(1, 0), mark=8)
    assert after is not None
    assert after[0].tolist() == [0, 2]
    assert line.gain.tolist() == [3, 3]


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
    after = write(line, uneven, even, gains=(2.0, 1.0))
    assert after is not None
    assert after[0].tolist() == [1, 10]


def test_a_letter_is_read_as_surely_as_both_its_doubles_allow() -> None:
    none, alike, unlike, both = _read(np.array([[9.0, 9.0], [9.0, 0.0], [0.0, 9.0], [0.0, 0.0]]))
    assert none == pytest.approx(-np.log(1 + np.exp(-5) + np.exp(-6)))
    assert alike == pytest.approx(-np.log(1 + np.exp(-5) + np.exp(3)))
    assert both < unlike < alike < none < 0


def test_a_round_ends_when_all_but_the_slowest_drafts_have() -> None:
    line = Line("", "ab cd", 4, None, START)
    quick, slow = places((0, 2), (1, 2), (3, 4)), places((0, 8))
    assert write(line, quick, quick, slow, slow) is None
    after = write(line, places((3, 8)), places((3, 8)), places((0, 2), (1, 2), (3, 4)), slow, mark=8)
    assert after is not None
    assert len(line.points) in (5, 13)


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
    assert len(line.points) == MOST_POINTS * 3 + SPARE


def test_a_word_whose_drafts_gain_little_is_drafted_again_and_the_best_of_all_rounds_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drafts_module, "DOUBTFUL_ROUNDS", 3)
    line = Line("", "ab cd", 2, None, START)
    little = 0.2
    draft, unread = places((0, 3), (1, 3), (3, 2)), places((0, 6), (3, 2))
    assert write(line, unread, draft, gains=(9, little)) is START
    assert not line.done
    assert write(line, draft, draft, gains=(little, 2 * little), mark=100) is START
    after = write(line, unread, draft, gains=(9, little), mark=200)
    assert after is not None
    assert after[0].tolist() == [1, 106]
    assert line.gain == pytest.approx([2 * little * 7] * 2)
    last = places((3, 4), (4, 4), (6, 4))
    write(line, last, last, gains=(9, 0))
    assert (line.done, line.ended) == (True, True)


def test_a_word_with_a_fault_is_drafted_more_often_than_a_doubtful_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts_module, "ROUNDS", 3)
    monkeypatch.setattr(drafts_module, "DOUBTFUL_ROUNDS", 2)
    doubtful, faulty = places((0, 3), (1, 3), (3, 2)), places((0, 6), (3, 2))
    for draft, rounds in ((doubtful, 2), (faulty, 3)):
        line = Line("", "ab cd", 2, None, START)
        for number in range(rounds):
            assert line.tried == (0, number)
            write(line, draft, draft, gains=(0.1, 0.1))
        assert line.tried == (1, 0)


def test_a_line_has_no_more_points_than_were_asked_for() -> None:
    line = Line("", "ab cd", 2, 6, START)
    write(line, places((0, 2), (1, 1), (3, 1)), places((0, 1), (1, 2), (3, 1)))
    assert not line.done
    assert write(line, places((3, 2)), places((3, 2))) is not None
    assert (line.done, line.ended, len(line.points)) == (True, False, 6)


def test_a_line_that_ends_before_the_points_that_were_asked_for_ends_there() -> None:
    line = Line("", "ab", 2, 50, START)
    draft = places((0, 3), (1, 3), (3, 20))
    write(line, draft, draft)
    assert (line.done, line.ended, len(line.points)) == (True, True, 6)


def test_a_last_word_without_ink_of_its_own_is_no_end() -> None:
    """Its draft would have ended within the ink that is settled already."""
    line = Line("", "ab .", 2, None, START)
    write(line, places((0, 3), (1, 3), (3, 2)), places((0, 3), (1, 3), (3, 2)))
    write(line, places((5, 20)), places((5, 20)))
    assert (line.done, line.ended, len(line.points)) == (True, False, 8)
    assert line.passed_over == (2,)


def test_spaces_at_the_end_of_a_text_need_no_ink() -> None:
    line = Line("", "ab  ", 2, None, START)
    write(line, places((0, 3), (1, 3), (3, 1)), places((0, 3), (1, 3), (3, 1)))
    write(line, places((5, 20)), places((5, 20)))
    assert (line.done, line.ended, len(line.points)) == (True, True, 7)


def test_a_long_rest_in_a_word_before_does_not_end_the_line() -> None:
    monkey = places((0, STALL), (1, STALL), (3, 4))
    line = Line("", "ab cd", 2, None, START)
    write(line, monkey, monkey)
    last = places((3, 5), (4, 5), (6, 5))
    write(line, last, last)
    assert (line.done, line.ended) == (True, True)


def test_a_word_that_was_jumped_over_is_a_fault() -> None:
    line = Line("", "ab cd ef", 2, None, START)
    jumps, goes_on = places((0, 4), (1, 4), (6, 4)), places((0, 4), (1, 4), (3, 4))
    write(line, jumps, goes_on, gains=(9, 1))
    assert line.points[-1, 0] == 1


def test_a_round_waits_for_good_drafts_where_others_stall() -> None:
    line = Line("", "wonder ful", 4, None, START)
    stalled, good = places((0, 210)), places((0, 70), (1, 70), (2, 70))
    assert write(line, stalled, stalled, good, good) is None
    there = places((2, 20), (3, 10))
    assert write(line, stalled[:30], stalled[:30], there, there) is not None
    assert not line.done


def test_a_letter_that_the_window_jumps_to_from_a_prime_is_passed_over() -> None:
    line = Line("ab ", "cd", 2, None, START)
    draft = places((2, 5), (4, 5), (6, 10))
    write(line, draft, draft)
    assert line.passed_over == (0,)


def test_a_dot_far_right_of_the_text_is_of_the_word_after_and_a_bar_over_its_end_is_not() -> None:
    """With the window past the text; a sign of the text's own, as far off, is kept."""
    rested = places((0, 4), (1, 4), (2, 6), (3, 10))
    points = np.zeros((24, 3))
    points[:8, 0] = 1
    points[[7, 10, 13], 2] = 1
    bar, dot, sign = points.copy(), points.copy(), points.copy()
    bar[8, 0], bar[11, 0], dot[11, 0], sign[11, 0] = -3, 1, STRAY + 0.1, STRAY + 0.1
    for ink, text, kept in ((bar, "ab", 14), (dot, "ab", 11), (sign, "ab.", 14)):
        line = Line("", text, 1, None, START)
        seen = np.eye(len(line.whole) + 3)[rested + (rested == 3) * (len(text) - 2)][:, None]
        at_work = Round(line)
        assert at_work.add(
            ink[:, None], np.zeros((24, 1, 4)), seen, np.zeros((24, 1, len(DOUBT))), [np.zeros((24, 1, 2))]
        )
        line.take(at_work)
        assert (line.ended, len(line.points)) == (True, kept)


def test_long_words_are_written_in_even_pieces() -> None:
    assert _starts("a wonderful day") == [0, 2, 6, 12]
    assert _starts("extraordinarily!") == [0, 4, 8, 12]
    assert _starts("a  b ") == [0, 2, 3]


@given(st.text(alphabet="ab .", min_size=1, max_size=40))
def test_the_pieces_of_a_text_are_whole_and_short(text: str) -> None:
    starts = _starts(text)
    assert starts[0] == 0
    pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(pieces) == text
    assert all(0 < len(piece.rstrip(" ")) <= PIECE or piece in (" ", "") for piece in pieces)


def test_other_letters_stand_in_the_place_of_the_word_at_hand_only() -> None:
    def said(line: Line) -> list[str]:
        return ["".join(CHARACTERS[i] for i in codes) for codes in line.other_letters]

    line = Line("The prime ", "Was it, 12", 2, None, START)
    assert said(line) == ["The prime Jnf it, 12 and", "The prime Mor it, 12 and"]
    write(line, places((10, 2), (11, 2), (12, 2), (14, 2)), places((14, 8)))
    assert said(line) == ["The prime Waf vgo 12 and", "The prime War elo 12 and"]
    write(line, places((14, 2), (15, 2), (16, 2), (18, 2)), places((18, 8)))
    assert said(line) == ["The prime Was ito 67 and", "The prime Was ito 73 and"]


def test_no_letter_stands_in_its_own_place() -> None:
    text = "".join(c for c in CHARACTERS if c != " ")
    for codes in Line("", text, 1, None, START).other_letters:
        same = [c for c, code in zip(text, codes, strict=False) if CHARACTERS[code] == c]
        assert not same


def test_a_single_draft_is_not_cut_into_pieces() -> None:
    line = Line("the ", "one two", 1, None, START)
    assert "".join(CHARACTERS[i] for i in line.other_letters[0]) == "the bar gjb and"
