"""Person or machine in the report: every item's value, what it rests on, and nothing that contradicts itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from datasets.errors import UnreadableFileError
from reports.authenticity import wording
from reports.authenticity.section import lines_drawing
from reports.comparison import comparison_pdf, report_id
from reports.findings import Comparison
from reports.saved import from_json, to_json
from tests.reports.example import authenticity, comparison, item
from tests.reports.letters.test_letters import text_of
from tests.reports.test_wording import forbidden_in

ITEMS = (item("Q1", 1, lines=1), item("Q2", 2, lines=1), item("K1", 3, lines=1))


def with_values(*values: float) -> Comparison:
    return comparison(items=ITEMS, authenticity=authenticity(*values))


def test_each_item_has_its_value_its_parts_and_its_words() -> None:
    text = text_of(comparison_pdf(with_values(0.4, -1.2)))
    for part in (
        "Q1 1 0.40 [0.20, 0.50] 0.20 0.10 weak support for P over M",
        "Q2 1 −1.20 [−1.40, −1.10] −0.60 −0.30 moderate support for M over P",
        "1500 lines of 120 people. With each collection of them left out of the scale that scores are set on, 0.4 %",
        "worst single collection of 30 or more 2.0 %",
        "plotter: a machine moves the pen along a path 160 0.93 [0.90, 0.95] 0.61 [0.55, 0.66]",
        "always among those seen",
    ):
        assert part in text
    assert all(limit in text for limit in wording.LIMITS)
    assert not forbidden_in(text)


def test_an_item_without_time_says_so() -> None:
    found = authenticity(0.1)
    untimed = dataclasses.replace(found, items=(dataclasses.replace(found.items[0], movement=None),))
    text = text_of(comparison_pdf(comparison(items=ITEMS, authenticity=untimed)))
    assert "Q1 by shape alone, which finds less (no time)" in text


def test_no_line_long_enough_is_said() -> None:
    text = text_of(comparison_pdf(comparison(items=ITEMS, authenticity=authenticity())))
    assert "so none was looked at" in text


def test_it_is_saved_and_read_again_and_results_of_before_have_none() -> None:
    found = with_values(0.4)
    again = from_json(to_json(found), Comparison)
    assert again == found
    assert report_id(again) == report_id(found)
    assert '"authenticity"' not in to_json(comparison())
    assert wording.AUTHENTICITY not in text_of(comparison_pdf(comparison()))


def test_a_value_for_a_machine_lies_left_of_one_for_a_person() -> None:
    drawn = lines_drawing(authenticity(-1.0, 0.5).items)
    large = [shape for shape in drawn.contents if getattr(shape, "r", 0) == 3.0]
    assert large[0].cx < large[1].cx


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": "weak support for M over P"}, "other words"),
        ({"label": "Q7"}, "not there"),
        ({"log10_lr": 3.0, "words": wording.in_words(3.0)}, "beyond its bounds"),
        ({"low": 0.5}, "beyond its bounds or its interval"),
        ({"n_lines": 2}, "not a value for each line"),
        ({"lines": (1e6,)}, "beyond all"),
    ],
)
def test_an_item_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    found = authenticity(0.4)
    wrong = dataclasses.replace(found, items=(dataclasses.replace(found.items[0], **changes),))
    with pytest.raises(UnreadableFileError, match=said):
        from_json(to_json(comparison(items=ITEMS, authenticity=wrong)), Comparison)
