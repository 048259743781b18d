"""Plain shapes for what a hand lacks: all of them, as large and as steep as its letters, and readable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forgery_kit.fonts.choice import _read
from forgery_kit.fonts.letters import Letter
from forgery_kit.fonts.stand_ins import shape, slant_of, stand_ins
from gan.writing.alphabet import CHARACTERS
from tests.forgery_kit.fonts.skeleton_hand import letter


def hand(slant: float, size: float) -> dict[str, list[Letter]]:
    """Some letters of the skeletons, leaning and larger."""
    return {c: [leaning(letter(c, 0), slant, size)] for c in "abdefhilnopqtATHL"}


def leaning(one: Letter, slant: float, size: float) -> Letter:
    strokes = [size * np.column_stack([s[:, 0] + slant * s[:, 1], s[:, 1]]) for s in one.strokes]
    left = min(s[:, 0].min() for s in strokes)
    return replace(one, strokes=tuple(s - np.array([left, 0.0]) for s in strokes))


def test_every_character_that_is_lacking_has_a_shape_and_no_other() -> None:
    found = stand_ins(hand(0.0, 1.0), 1.0)
    assert set(found) == set(CHARACTERS) - set("abdefhilnopqtATHL ")
    for own in found.values():
        assert min(s[:, 0].min() for s in own[0].strokes) == pytest.approx(0, abs=1e-9)
        assert all(len(s) >= 2 and np.isfinite(s).all() for s in own[0].strokes)


@pytest.mark.parametrize("slant", [-0.3, 0.0, 0.5])
def test_the_slant_of_a_hand_is_found_and_its_stand_ins_lean_so(slant: float) -> None:
    letters = hand(slant, 0.8)
    strokes = [s for own in letters.values() for one in own for s in one.strokes]
    assert slant_of(strokes) == pytest.approx(slant, abs=0.12)
    (one,) = stand_ins(letters, 0.8)["["]
    upright = max(one.strokes, key=lambda s: float(np.ptp(s[:, 1])))
    assert np.ptp(upright[:, 0]) / np.ptp(upright[:, 1]) == pytest.approx(abs(slant), abs=0.12)


def test_capitals_and_small_letters_are_as_high_as_the_hands() -> None:
    found = stand_ins(hand(0.2, 0.6), 0.6)
    assert max(s[:, 1].max() for s in found["E"][0].strokes) == pytest.approx(0.6 * 1.75, rel=0.08)
    assert max(s[:, 1].max() for s in found["x"][0].strokes) == pytest.approx(0.6, rel=0.05)


def test_a_hand_without_capitals_or_strokes_that_go_down_has_stand_ins_all_the_same() -> None:
    flat = Letter("-", (np.array([[0.0, 0.5], [0.5, 0.5]]),), 1.0, None, None)
    found = stand_ins({"-": [flat]}, 1.0)
    assert len(found) == len(CHARACTERS) - 2


@pytest.mark.parametrize("text", ["10 27 38", "49 56 80", "25 31 47", "Quart", "Zoe", "(so!)"])
def test_the_shapes_are_legible(text: str) -> None:
    x, strokes = 0.0, []
    for c in text:
        own = shape(c) if c != " " else [np.zeros((0, 2))]
        strokes += [(s + np.array([x, 0.0])) * [1.0, -1.0] for s in own if len(s)]
        x += max((float(s[:, 0].max()) for s in own if len(s)), default=0.7) + 0.3
    sure = [_read([(strokes, text, place)])[0] for place, c in enumerate(text) if c != " "]
    assert np.median(sure) > 0.5
