"""How ink stands: writing made by code, as it is and turned on purpose; ink that says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from datasets.ink import Ink, ink_from_strokes
from datasets.orientation import UNDO, Way, standing
from datasets.sample import Sample
from datasets.shape import figures_turned, pen_path, shape_figures
from datasets.synthetic import random_style, write_text

TEXT = "The garden was quiet after the rain, and nobody had closed the gate."


def page(seed: int = 7, text: str = TEXT) -> Ink:
    return write_text(text, random_style(seed), 1)


def with_points(ink: Ink, points: np.ndarray) -> Ink:
    return replace(ink, points=np.column_stack([points, ink.points[:, 2:]]))


def backwards(ink: Ink) -> Ink:
    strokes = [stroke[::-1, :2] for stroke in ink.strokes()]
    return ink_from_strokes(strokes[::-1])


#: Way of standing → what makes it of upright ink; positions (n, 2), y down.
STANDS: dict[Way, Callable[[np.ndarray], np.ndarray]] = {
    "turned by 90° to the left": lambda xy: np.column_stack([xy[:, 1], -xy[:, 0]]),
    "upside down": lambda xy: -xy,
    "turned by 90° to the right": lambda xy: np.column_stack([-xy[:, 1], xy[:, 0]]),
    "mirrored left to right": lambda xy: xy * [-1, 1],
    "with x and y exchanged and turned by 180°": lambda xy: -xy[:, ::-1],
    "mirrored top to bottom": lambda xy: xy * [1, -1],
    "with x and y exchanged": lambda xy: xy[:, ::-1],
}


@pytest.mark.parametrize("seed", range(6))
def test_upright_writing_is_left_alone(seed: int) -> None:
    assert standing(pen_path([Sample(page(seed))])) == ("upright", False)


@pytest.mark.parametrize("way", STANDS)
def test_ink_that_stands_wrong_is_told(way: Way) -> None:
    ink = page()
    found, certain = standing(pen_path([Sample(with_points(ink, STANDS[way](ink.xy)))]))
    assert found == way
    assert certain == (way != "mirrored left to right")  # a script may run so


def test_ink_that_runs_backwards_is_told_but_never_certain() -> None:
    assert standing(pen_path([Sample(backwards(page()))])) == ("backwards", False)


def test_every_way_is_undone_by_what_stands_beside_it() -> None:
    ink = page()
    upright = shape_figures(pen_path([Sample(ink)]))
    for way, stand in STANDS.items():
        path = pen_path([Sample(with_points(ink, stand(ink.xy)))])
        assert np.abs(figures_turned(shape_figures(path), *UNDO[way]) - upright).max() < 0.005
    path = pen_path([Sample(backwards(ink))])
    assert np.abs(figures_turned(shape_figures(path), *UNDO["backwards"]) - upright).max() < 0.02


def test_size_rate_and_place_do_not_matter() -> None:
    ink = page()
    moved = with_points(ink, ink.xy * 37.0 + [1e4, -5e3])
    thinned = ink_from_strokes([np.vstack([s[:-1:2], s[-1:]])[:, :2] for s in ink.strokes()])
    of_page = shape_figures(pen_path([Sample(ink)]))
    assert np.abs(shape_figures(pen_path([Sample(moved)])) - of_page).max() < 1e-6
    assert np.abs(shape_figures(pen_path([Sample(thinned)])) - of_page).max() < 0.02


def test_ink_that_says_nothing_stands_upright() -> None:
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = ink_from_strokes([np.column_stack([np.cos(angle), np.sin(angle)])])
    assert standing(pen_path([Sample(ring)])) == ("upright", False)
    with pytest.raises(ValueError, match="vertical extent"):
        pen_path([Sample(ink_from_strokes([np.zeros((1, 2))]))])
