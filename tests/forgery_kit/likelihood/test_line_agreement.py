"""A line by another hand in an exhibit, and none in one of a single hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from datasets.ink import ink_from_strokes
from datasets.sample import Exhibit, Sample
from datasets.synthetic import random_style, write_text
from forgery_kit.examination.comparison import compare_exhibits
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.line_agreement import LIMIT, LowestLine, odd_line
from forgery_kit.likelihood.sides import prepare

LINES = (
    "the garden was quiet after the rain and cold",
    "nobody had closed the wooden gate before night",
    "we walked down to the river and sat on stones",
    "until the last boat came back under the bridge",
    "then all the lights went out along the shore",
)


def strokes(text: str, hand: int, occasion: int, row: int) -> list[np.ndarray]:
    """Strokes of a line of a page, x and y."""
    ink = write_text(text, replace(random_style(hand), drift=0.0), occasion, line_width=1000.0)
    return [stroke[:, :2] + [0.0, 3000.0 * row] for stroke in ink.strokes()]


def page(hands: tuple[int, ...], name: str = "page.csv", day: int = 1) -> Sample:
    """A page whose lines are of these hands."""
    rows = [strokes(text, hand, day + row, row) for row, (text, hand) in enumerate(zip(LINES, hands, strict=False))]
    return Sample(ink_from_strokes([s for row in rows for s in row]), file=name, sha256=name, format="csv")


def found_in(*pages: Sample) -> tuple[str, int] | None:
    (side,) = prepare([Exhibit("Q", pages)])
    return odd_line(default_judge(), side.exhibit.samples, side.traces, side.timed)


@pytest.mark.parametrize(("hand", "other"), [(7, 3), (5, 2)])
def test_a_line_by_another_hand_is_named_and_lines_of_one_hand_are_not(hand: int, other: int) -> None:
    assert found_in(page((hand, hand, other, hand, hand))) == ("page.csv", 3)
    assert found_in(page((hand,) * 5)) is None


def test_a_line_is_held_against_the_other_files_of_its_side_too() -> None:
    assert found_in(page((7, 7), "one.csv", day=10), page((7, 7, 7, 3), "two.csv")) == ("two.csv", 4)


def test_of_two_lines_none_is_named() -> None:
    assert found_in(page((7, 3))) is None


def test_more_lines_must_differ_more() -> None:
    assert LowestLine(0, LIMIT - 0.6, 3).odd
    assert not LowestLine(0, LIMIT - 0.6, 10).odd
    assert LowestLine(0, LIMIT - 1.1, 10).odd


@pytest.mark.slow
def test_a_comparison_says_which_line() -> None:
    mixed, known = Exhibit("Q", (page((7, 7, 3, 7, 7)),)), Exhibit("K", (page((7,) * 5, "known.csv", day=10),))
    found = {caution.code: caution.text for caution in compare_exhibits(mixed, known).warnings}
    assert found["line disagrees"].startswith("Line 3 of page.csv (questioned) speaks for another writer")
    found = {caution.code: caution.text for caution in compare_exhibits(known, mixed).warnings}
    assert found["line disagrees"].startswith("Line 3 of page.csv (known) speaks for another writer")
