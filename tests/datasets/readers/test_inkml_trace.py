"""The value syntax of InkML traces, against the examples of the Recommendation and of real exporters."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.readers.inkml.trace import decode, decode_plain


def points(text: str, regular: int = 2, total: int | None = None, states: tuple[int, ...] = ()) -> list[list[float]]:
    total = total or regular
    return list(decode(text, regular, [i in states for i in range(total)]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2,3 4", [[1, 2], [3, 4]]),
        (" 1 2 ,\r\n 3 4,\n", [[1, 2], [3, 4]]),
        ("10-2,-3-4", [[10, -2], [-3, -4]]),
        (".5-.25,1.5.25", [[0.5, -0.25], [1.5, 0.25]]),
        ("1e2 2E-1", [[100, 0.2]]),
        ("#A -#1f", [[10, -31]]),
        ("1 2,'3'4,5 6", [[1, 2], [4, 6], [9, 12]]),
        ("1 2,'3'4,!5!6,7 8", [[1, 2], [4, 6], [5, 6], [7, 8]]),
        ("5 5,* 6,7 *", [[5, 5], [5, 6], [7, 6]]),
    ],
)
def test_values(text, expected):
    assert points(text) == expected


def test_second_differences_as_the_recommendation_explains_them():
    # Section 3.2.1's example: explicit, then velocity, then acceleration for every later point.
    text = "1125 18432,'23'43,\"7\"-8,3-5,7 -3,6 2,6 8,3 6,2 4"
    xs, ys = [1125, 23, 7, 3, 7, 6, 6, 3, 2], [18432, 43, -8, -5, -3, 2, 8, 6, 4]
    expected = [[v[0] + sum(np.cumsum(v[1:])[:i]) for v in (xs, ys)] for i in range(len(xs))]
    assert points(text) == expected


def test_prefixes_hold_for_their_channel_only():
    assert points("1 10,'2 20,3 30") == [[1, 10], [3, 20], [6, 30]]


def test_missing_values_are_nan_and_do_not_move_the_differences():
    np.testing.assert_array_equal(points("1 1,'1 ?,1 3"), [[1, 1], [2, nan], [3, 3]])


def test_intermittent_channels_may_be_left_out():
    np.testing.assert_array_equal(points("1 2,3 4 5,6 7 ?", 2, 3), [[1, 2, nan], [3, 4, 5], [6, 7, nan]])


def test_states_are_read_in_channels_of_states_only():
    assert points("1 2 T,3 4F", 3, states=(2,)) == [[1, 2, 1], [3, 4, 0]]
    with pytest.raises(ValueError, match="channel of numbers"):
        points("T F")


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1 2 3",
        "1 2,3",
        "nan 1",
        "inf 1",
        "1_0 2",
        "1 x",
        "'1 2",
        '"1 2',
        '1 2,"3 4',
        "* 2",
        "0x10 1",
        "#G 1",
        "१ 2",
    ],
)
def test_what_is_no_point_raises_with_its_number(text):
    with pytest.raises(ValueError, match=r"point \d"):
        points(text)


def test_a_point_without_end_is_refused_before_it_is_taken_apart():
    with pytest.raises(ValueError, match="characters long"):
        points("1 " * 10**6)


numbers = st.integers(-(10**6), 10**6)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=30), st.sampled_from(["'", '"']))
def test_differences_of_any_order_give_back_the_points(rows, prefix):
    first = np.diff(rows, axis=0)
    text = "{} {},'{}'{}".format(*rows[0], *first[0])
    steps = first[1:] if prefix == "'" else np.diff(first, axis=0)
    text += "".join(f",{prefix}{a}{prefix}{b}" for a, b in steps)
    assert points(text) == [list(map(float, row)) for row in rows]


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789-+.eE, \n", max_size=40), st.integers(1, 3))
def test_the_fast_way_agrees_with_the_slow_one_or_leaves_the_trace_to_it(text, channels):
    found = decode_plain(text, channels)
    if found is not None:
        assert found == [value for row in points(text, channels) for value in row]


def test_plain_traces_take_the_fast_way_and_others_do_not():
    assert decode_plain("1 2, 3.5 -4e1 ,\n5 6,", 2) == [1, 2, 3.5, -40, 5, 6]
    for text in ("1 2, 3", "1 2,, 3 4", "1 2, '3 4", "1 -.5.5", "1 2, nan 4", "1 2, 3 _4", "1 2 " * 400_000):
        assert decode_plain(text, 2) is None, text[:20]
