"""Pictures of styles: the first words of their line, so that they are seen in a small place."""

from __future__ import annotations

import numpy as np
import pytest

from gan.writing.styles import load_styles
from web.styles import SHOWN, _first_words, style_svg


def line(*places: tuple[float, float]) -> list[np.ndarray]:
    return [np.array([[a, 0.0], [b, 1.0]]) for a, b in places]


def test_a_line_ends_at_its_widest_gap_about_the_middle_and_no_stroke_is_cut() -> None:
    # The bar of a t comes late and lies over what was written before.
    strokes = line((0, 10), (11, 20), (21, 48), (60, 70), (72, 100), (25, 30))
    assert [stroke[0, 0] for stroke in _first_words(strokes)] == [0, 11, 21, 25]


def test_ink_without_a_place_to_end_is_shown_whole() -> None:
    strokes = line((0, 100), (20, 30))
    assert len(_first_words(strokes)) == 2


@pytest.mark.parametrize("name", sorted(load_styles()))
def test_every_style_that_ships_is_shown_about_half(name: str) -> None:
    assert style_svg(name).count("<path") > 5
    assert 0 < SHOWN[0] < SHOWN[1] < 1
