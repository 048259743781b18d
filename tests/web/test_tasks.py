"""What the page is given to draw."""

from __future__ import annotations

import numpy as np

from datasets.ink import ink_from_strokes
from web.tasks import drawing


def test_recordings_are_drawn_below_one_another_from_a_corner() -> None:
    one = ink_from_strokes([np.array([[100.0, 200.0], [110.0, 205.0], [120.0, 200.0]])])
    shown = drawing([one, one])
    first, second = (np.array(line) for line in shown["polylines"])
    np.testing.assert_allclose(first.min(axis=0), 0)
    assert second[:, 1].min() > first[:, 1].max()
    assert shown["width"] == 20
    assert shown["height"] >= second[:, 1].max()


def test_long_strokes_are_thinned_but_keep_their_ends() -> None:
    along = np.linspace(0, 1, 50_000)
    line = np.column_stack([along, np.sin(9 * along)])
    shown = drawing([ink_from_strokes([line])])
    drawn = np.array(shown["polylines"][0])
    assert len(drawn) < 20_000
    np.testing.assert_allclose(drawn[[0, -1], 0], [0, 1], atol=1e-3)


def test_ink_without_pen_down_strokes_is_drawn_as_nothing() -> None:
    hover = ink_from_strokes([np.array([[0.0, 0.0], [1.0, 1.0]])], pen_down=[False])
    assert drawing([hover])["polylines"] == []
