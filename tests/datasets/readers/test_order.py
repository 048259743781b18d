"""Ink comes in the order in which it was written, wherever its own clock tells it."""

from __future__ import annotations

from collections import Counter

import numpy as np

from datasets.readers.order import ROWS_NOTE, STROKES_NOTE, by_clock, runs_backwards


def strokes(*spans: tuple[int, int]):
    """Strokes of x, t with a point at each time from first up to last."""
    return [np.array([[10.0 * t, t] for t in range(first, last)]) for first, last in spans]


WRITTEN = strokes((0, 5), (8, 12), (20, 26))


def ordered(found):
    notes: Counter[str] = Counter()
    result, places = by_clock(found, 1, notes)
    return [stroke[:, 1].tolist() for stroke in result], places, +notes


def test_ink_in_order_stays_as_it_is():
    times, places, notes = ordered(WRITTEN)
    assert times == [stroke[:, 1].tolist() for stroke in WRITTEN]
    assert places == [0, 1, 2]
    assert not notes


def test_newest_first_is_turned_round():
    times, places, notes = ordered([stroke[::-1] for stroke in WRITTEN[::-1]])
    assert times == [stroke[:, 1].tolist() for stroke in WRITTEN]
    assert places == [2, 1, 0]
    assert notes == {ROWS_NOTE: 15, STROKES_NOTE: 2}


def test_strokes_in_any_order_are_put_in_that_of_their_clock():
    times, places, notes = ordered([WRITTEN[1], WRITTEN[2], WRITTEN[0]])
    assert times == [stroke[:, 1].tolist() for stroke in WRITTEN]
    assert places == [2, 0, 1]
    assert notes == {STROKES_NOTE: 3}


def test_a_clock_that_restarts_or_lacks_times_tells_no_order():
    restarting = strokes((3, 9), (0, 5), (1, 4))
    assert ordered(restarting)[1:] == ([0, 1, 2], {})
    partly = [WRITTEN[1], np.full((3, 2), np.nan), WRITTEN[0]]
    assert ordered(partly)[1:] == ([0, 1, 2], {})


def test_a_damaged_clock_does_not_run_backwards():
    assert runs_backwards(np.array([9.0, 8, 8, np.nan, 7, 6, 5]))
    assert not runs_backwards(np.array([9.0, 8, 7, 9, 8, 9, 10]))
    assert not runs_backwards(np.array([2.0, 1, 0]))
    assert runs_backwards(np.array([3.0, 2, 1, 3, 2, 1, 3, 2, 1]), np.array([0, 3, 6]))
