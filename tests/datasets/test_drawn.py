"""Strokes that are no writing, drawn by code around writing made by code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.ink.drawings import MAKERS, Place, Random, Strokes, hand
from datasets.drawn import drawn_strokes
from datasets.height import writing_height
from datasets.layout import lines, words
from datasets.synthetic import random_style, write_text

TEXT = "The garden was quiet after the rain, and nobody had closed the gate. We walked down to the river together."


@cache
def page(seed: int) -> tuple[tuple[NDArray[np.float64], ...], tuple[Place, ...]]:
    """Strokes of a page in writing heights, and the places of its wide words."""
    ink = write_text(TEXT, replace(random_style(seed), drift=0.0), 1)
    height = writing_height(list(ink.strokes()))
    ends = np.concatenate([[0], ink.stroke_ends])
    strokes = tuple(ink.xy[a:b] / height for a, b in pairwise(ends))
    found = []
    for line in lines(ink):
        for word in words(ink, line):
            points = np.concatenate([strokes[i] for i in word])
            left, right = points[:, 0].min(), points[:, 0].max()
            if right - left > 5:
                found.append((left, *np.quantile(points[:, 1], [0.05]), right, *np.quantile(points[:, 1], [0.95, 0.5])))
    return strokes, tuple(found)


@pytest.mark.parametrize("seed", range(12))
def test_ordinary_writing_stays(seed: int) -> None:
    strokes, _ = page(seed)
    assert drawn_strokes(strokes, 1.0) == [None] * len(strokes)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_drawings_are_found_and_the_writing_around_them_stays(maker: Callable[[Random, Place], Strokes]) -> None:
    whole = lost = written = 0
    for seed in range(12):
        strokes, around = page(seed)
        random = np.random.default_rng(seed)
        drawing = maker(random, around[random.integers(len(around))])
        found = drawn_strokes([*strokes, *drawing], 1.0)
        whole += all(found[len(strokes) :])
        lost += sum(one is not None for one in found[: len(strokes)])
        written += len(strokes)
    assert whole >= 9
    assert lost <= 0.005 * written


@pytest.mark.parametrize(
    ("corners", "what"),
    [
        ([[0, 0], [4, -0.2]], "a dash"),
        ([[0, 0], [2.5, -0.2]], "a short dash"),
        ([[0, 0], [0.6, -6]], "a tall stem"),
        ([[0, 0], [2, 3], [1.2, 4.5], [0, 3], [3.5, 0]], "a tail"),
    ],
)
def test_what_may_be_a_part_of_a_letter_stays(corners: list[list[float]], what: str) -> None:
    strokes, _ = page(1)
    apart = np.array(corners) + np.concatenate(strokes).max(axis=0) + np.array([5, 20])
    stroke = hand(np.random.default_rng(0), apart, 0.5)
    assert drawn_strokes([*strokes, stroke], 1.0)[-1] is None, what


def test_a_crossbar_over_a_word_stays_and_a_line_through_it_does_not() -> None:
    strokes, around = page(2)
    left, _, right, _, middle = max(around, key=lambda place: place[2] - place[0])
    random = np.random.default_rng(0)
    bar, through = (hand(random, [[left, y], [right, y]]) for y in (middle - 1.6, middle))
    assert drawn_strokes([*strokes, bar], 1.0)[-1] is None
    assert drawn_strokes([*strokes, through], 1.0)[-1] == "line"


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 11),
    st.sampled_from(range(len(MAKERS))),
    st.sampled_from([0.01, 0.5, 1.0, 37.0, 1e4]),
    st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)),
    st.randoms(use_true_random=False),
)
def test_shift_scale_and_the_order_of_strokes_do_not_matter(
    seed: int, maker: int, scale: float, shift: tuple[float, float], shuffle: np.random.Generator
) -> None:
    strokes, around = page(seed)
    every = [*strokes, *MAKERS[maker](np.random.default_rng(seed), around[0])]
    before = drawn_strokes(every, 1.0)
    order = list(range(len(every)))
    shuffle.shuffle(order)
    after = drawn_strokes([(every[i] + shift) * scale for i in order], scale)
    assert after == [before[i] for i in order]


def test_strokes_of_one_point_and_without_any_extent_are_writing() -> None:
    strokes, _ = page(3)
    odd = [np.zeros((1, 2)), np.zeros((5, 2))]
    assert drawn_strokes([*strokes, *odd], 1.0)[-2:] == [None, None]
    assert drawn_strokes([], 1.0) == []


def test_a_point_far_off_and_a_field_of_lines_are_looked_at_without_much_memory() -> None:
    strokes, _ = page(3)
    far = np.array([[0.0, 0.0], [1e12, 3e11]])
    field = [np.array([[x, 50.0], [x, 70.0]]) for x in np.arange(500) * 2.0]
    found = drawn_strokes([*strokes, far, *field], 1.0)
    assert found[: len(strokes)] == [None] * len(strokes)
    assert found[len(strokes) :] == ["line"] * 501
