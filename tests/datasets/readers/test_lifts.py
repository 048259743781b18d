"""Points where the pen is out of reach are no ink, and points of writing are never taken for such."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from datasets.errors import UnreadableFileError
from datasets.readers.lifts import AWAY_NOTE, away_points, without_away_points


def waves(count: int = 4, pressure: float = 0.5):
    """Strokes (12, 3) of x, y, pressure beside each other, far from the origin."""
    k = np.arange(12.0)
    return [np.stack([100 + 20 * s + k, 90 + 4 * np.sin(k), np.full(12, pressure)], axis=1) for s in range(count)]


def read(strokes, pressure: int | None = 2):
    notes: Counter[str] = Counter()
    found, down = without_away_points(strokes, [True] * len(strokes), pressure, "f", notes)
    assert len(down) == len(found)
    return found, notes[AWAY_NOTE]


@pytest.mark.parametrize("place", [(0, 0), (-1, -1), (65535, 65535)])
@pytest.mark.parametrize("pressure", [0.0, np.nan])
def test_the_same_far_point_without_pressure_at_every_end_is_left_out(place, pressure):
    found, count = read([np.vstack([stroke, [*place, pressure]]) for stroke in waves()])
    assert count == 4
    np.testing.assert_array_equal(np.concatenate(found), np.concatenate(waves()))


def test_some_strokes_or_one_suffice_where_there_is_pressure():
    away = np.array([[0.0, 0.0, 0.0]])
    first, *others = waves()
    found, count = read([np.vstack([away, first, away, away]), *others])
    assert count == 3
    np.testing.assert_array_equal(found[0], first)
    found, count = read([first, away, *others])
    assert count == 1
    assert len(found) == 4


def test_a_stroke_ends_where_the_pen_was_away_within_it():
    a, b = waves(2)
    found, count = read([np.vstack([a, [0, 0, 0], b])])
    assert count == 1
    assert [len(stroke) for stroke in found] == [12, 12]


def test_without_pressure_several_strokes_have_to_agree():
    ended = [np.vstack([stroke, [0, 0, 0]]) for stroke in waves()]
    assert read(ended, None)[1] == 4
    assert read([ended[0], *waves()[1:]], None)[1] == 0


def test_writing_through_the_origin_is_kept():
    """Coordinates counted from the first point begin at 0,0 and go on from there."""
    moved = [stroke - [*waves()[0][0, :2], 0] for stroke in waves()]
    moved[0][0, 2] = 0
    assert read(moved)[1] == 0
    assert read([stroke - [*stroke[0, :2], 0] for stroke in waves()])[1] == 0


def test_a_place_that_is_pressed_is_not_left_out_but_refused_where_all_strokes_end_there():
    pressed = [np.vstack([stroke, [0, 0, 0.5]]) for stroke in waves()]
    assert read([pressed[0], *waves()[1:]])[1] == 0
    with pytest.raises(UnreadableFileError, match=r"^f: 4 strokes begin or end at 0,0, far from all writing"):
        read(pressed)


def test_letters_that_begin_at_one_point_are_kept():
    """A star drawn from its middle: all strokes begin at one place, which is no leg away."""
    rays = [np.stack([50 + np.cos(a) * np.arange(9), 50 + np.sin(a) * np.arange(9)], axis=1) for a in range(5)]
    assert not away_points(np.concatenate(rays), None, np.arange(0, 45, 9), "f").any()
