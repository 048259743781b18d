"""The direction of lines, told from writing made by code and turned on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from datasets.height import writing_height
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from datasets.slope import ORDINARY, TURNED, line_direction, turn_to_level, turned
from datasets.synthetic import random_style, write_text

TEXT = "The garden was quiet after the rain, and nobody had closed the gate. We walked down to the river."


def direction(samples: Sequence[Sample]) -> float | None:
    return line_direction(samples, writing_height([stroke for sample in samples for stroke in sample.ink.strokes()]))


def page(seed: int) -> Sample:
    return Sample(write_text(TEXT, replace(random_style(seed), drift=0.0), 1))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("degrees", [-30.0, -15.0, 0.0, 8.0, 15.0, 40.0])
def test_the_direction_of_lines_is_found(seed: int, degrees: float) -> None:
    found = direction(turned([page(seed)], degrees))
    assert found is not None
    assert found == pytest.approx(degrees, abs=2.0)


def test_turning_by_the_answer_makes_lines_level() -> None:
    aslope = turned([page(3)], 20.0)
    level = direction(turned(aslope, turn_to_level(direction(aslope))))
    assert level == pytest.approx(0.0, abs=0.5)


def test_ordinary_lines_stay_and_nothing_jumps() -> None:
    assert turn_to_level(None) == 0.0
    assert turn_to_level(ORDINARY) == turn_to_level(-ORDINARY) == 0.0
    assert turn_to_level(TURNED) == -TURNED
    assert turn_to_level(-15.0) == 15.0
    steps = np.diff([turn_to_level(d) for d in np.arange(-20, 20, 0.1)])
    assert np.abs(steps).max() < 0.5


def test_turning_keeps_lengths_and_other_channels() -> None:
    before = page(1)
    (after,) = turned([before], 90.0)
    np.testing.assert_allclose(np.ptp(after.ink.xy, axis=0), np.ptp(before.ink.xy, axis=0)[::-1])
    np.testing.assert_array_equal(after.ink.points[:, 2:], before.ink.points[:, 2:])
    right = np.argmax(before.ink.xy[:, 0])
    assert after.ink.xy[right, 1] == pytest.approx(after.ink.xy[:, 1].max())  # to the right: clockwise, y down


def test_ink_without_lines_has_no_direction() -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(size=(3000, 2)), axis=0)
    assert direction([Sample(ink_from_strokes(np.split(walk, 100)))]) is None
    assert line_direction([Sample(ink_from_strokes([np.zeros((1, 2))]))], 1.0) is None
    assert direction([Sample(write_text("word", random_style(1), 1))]) is None
