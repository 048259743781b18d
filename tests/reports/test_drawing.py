"""Ink drawing: every point of a line ends up in a piece, breaks fall into gaps, colours are told apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.drawing import (
    DIVERGING,
    InkStyle,
    _colour,
    _groups,
    break_line,
    common_scale,
    evidence_limit,
    extent,
    speed_edges,
)
from reports.findings import DrawnStroke
from reports.legends import ScaleBar
from tests.reports.example import item, written_line


@given(st.integers(0, 30), st.floats(3, 60))
def test_parts_of_a_line_are_short_enough_and_cover_it_without_overlap(seed: int, limit: float) -> None:
    line = written_line(seed)
    parts = break_line(line, limit)
    (low, high), _ = extent(line)
    assert parts[0][0] == low
    assert parts[-1][1] == high
    assert all(b - a <= limit + 1e-9 for a, b in parts)
    assert all(first[1] == second[0] for first, second in pairwise(parts))


def test_lines_break_between_words_where_there_is_room() -> None:
    line = written_line(3)
    cut = break_line(line, 30.0)[0][1]
    assert all(max(s.x) <= cut or min(s.x) >= cut for s in line)


def test_drawn_pieces_keep_the_ends_and_join_without_gaps() -> None:
    line = written_line(1)
    style = InkStyle(speed_edges=speed_edges([item("Q1", 1)]))
    for stroke in line:
        pieces = [piece for group in _groups([stroke], style).values() for piece in group]
        corners = {(x[i], y[i]) for x, y in pieces for i in (0, -1)}
        assert (stroke.x[0], stroke.y[0]) in corners
        assert (stroke.x[-1], stroke.y[-1]) in corners
        starts = sorted((x[0], y[0]) for x, y in pieces)
        ends = sorted((x[-1], y[-1]) for x, y in pieces)
        assert len(set(starts) - set(ends)) <= 1


def test_speed_and_evidence_decide_weight_and_colour() -> None:
    stroke = DrawnStroke((0.0, 1.0, 2.0), (0.0,) * 3, (1.0, 1.0, 9.0), (-1.0, -1.0, 1.0))
    groups = _groups([stroke], InkStyle(speed_edges=(2.0, 4.0, 6.0), evidence_limit=1.0))
    assert {colour for _, colour in groups} == {0, len(DIVERGING) - 1}
    assert len({weight for weight, _ in groups}) == 2


def test_colours_are_symmetric_and_the_middle_is_neutral() -> None:
    assert _colour(0.0, 1.0) == len(DIVERGING) // 2
    assert (_colour(-5.0, 1.0), _colour(5.0, 1.0)) == (0, len(DIVERGING) - 1)
    for value in np.linspace(0.01, 0.99, 23):
        assert _colour(value, 1.0) + _colour(-value, 1.0) == len(DIVERGING) - 1
    brightness = [0.299 * c.red + 0.587 * c.green + 0.114 * c.blue for c in DIVERGING]
    assert brightness[0] < brightness[1] < brightness[2]
    assert brightness[4] > brightness[5] > brightness[6]


def test_without_time_or_evidence_there_is_no_legend_to_draw() -> None:
    bare = item("Q1", 1, lines=0)
    assert speed_edges([bare]) is None
    assert evidence_limit([bare]) is None


@pytest.mark.parametrize("mm_per_unit", [0.01, 1.0, 25.4 / 72, 1e-5, None])
def test_scale_bar_has_the_length_it_says(mm_per_unit: float | None) -> None:
    one = item("Q1", 1, scale=mm_per_unit)
    scale = common_scale([one], 230.0)
    bar = ScaleBar(one, scale)
    said = float(bar.label.split()[0].replace(",", ""))
    assert bar.length / scale * one.writing_height * (mm_per_unit or 1.0) == pytest.approx(said, rel=1e-3)
    assert 20 < bar.length < 75
    assert ("mm" in bar.label.split()) == (mm_per_unit is not None)
