"""Training of the recogniser: who is in it, what fits, and how errors are counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.reading.decoding import edit_distance
from gan.training.confidence import correct, fitted
from gan.training.recogniser import fits


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "abc", 3), ("kitten", "sitting", 3), ("abc", "abc", 0), ("abc", "", 3), ("ab", "ba", 2)],
)
def test_edits_are_counted_as_levenshtein_has_them(a: str, b: str, distance: int) -> None:
    assert edit_distance([ord(c) for c in a], [ord(c) for c in b]) == distance


@given(st.lists(st.integers(1, 3), max_size=7), st.lists(st.integers(1, 3), max_size=7))
def test_letters_that_stand_right_and_edits_fit_together(read: list[int], text: list[int]) -> None:
    right = correct(np.array(read, int), np.array(text, int))
    # What is not right was inserted or substituted; each letter of the text is right, substituted or missing.
    assert len(read) - right.sum() <= edit_distance(read, text)
    assert len(text) - right.sum() <= edit_distance(read, text)


def test_a_text_fits_where_there_is_a_frame_for_each_letter_and_between_equal_ones() -> None:
    assert fits(12, np.array([1, 2, 3]))
    assert not fits(12, np.array([1, 1, 3]))
    assert fits(13, np.array([1, 1, 3]))


def test_the_fit_of_confidence_finds_the_coefficients_that_made_the_data() -> None:
    generator = np.random.default_rng(3)
    terms = np.column_stack([np.ones(20_000), generator.normal(0, 2, 20_000)])
    right = generator.random(20_000) < 1 / (1 + np.exp(-(0.5 + 1.2 * terms[:, 1])))
    assert fitted(terms, right) == pytest.approx([0.5, 1.2], abs=0.08)
