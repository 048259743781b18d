"""What a forger could do: the report says it, a result holds it, and nothing of it can contradict itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from datasets.errors import UnreadableFileError
from reports.comparison import comparison_pdf, report_id
from reports.findings import Comparison
from reports.forger import wording
from reports.forger.drawing import scores_drawing
from reports.plots import MARK
from reports.saved import from_json, to_json
from tests.reports.example import comparison, simulation, small
from tests.reports.letters.test_letters import text_of
from tests.reports.test_wording import forbidden_in


def test_page_one_and_the_section_state_all_three_propositions_and_both_values() -> None:
    text = text_of(comparison_pdf(comparison(simulation=simulation())))
    for part in (
        "H3: a machine made the questioned items in imitation of the writer of the known ones",
        "H1 against H3: the findings are about 4.0 times more probable if H3 is true than if H1 is true. "
        "This is weak support for H3 over H1.",
        "imitation 1 of 5 by nearness: log10 LR 0.70 (H1 : H2), 0.10 (H1 : H3); 20 % of its characters misread",
        "imitation 5 of 5 by nearness: log10 LR −0.90 (H1 : H2), −1.10 (H1 : H3); 0 % of its characters misread",
        "(LR above 1) 2 of 5",
        "Text (as read, 93 % sure): “the questioned text”. Known ink shown to the generator (as stated): “what",
        "imitations of 80 people",
    ):
        assert part in text
    assert all(limit in text for limit in wording.LIMITS)
    assert not forbidden_in(text)


def test_a_result_without_imitations_has_no_word_of_them() -> None:
    text = text_of(comparison_pdf(comparison()))
    assert wording.FORGER not in text
    assert "H3" not in text


def test_a_result_with_imitations_is_saved_and_read_again() -> None:
    found = comparison(simulation=simulation())
    again = from_json(to_json(found), Comparison)
    assert again == found
    assert report_id(again) == report_id(found)


def test_a_result_of_before_keeps_its_id() -> None:
    assert "simulation" not in to_json(comparison())


@pytest.mark.parametrize("count", [1, 2, 8, 30])
def test_any_number_of_imitations_is_drawn_and_none_twice(count: int) -> None:
    few = simulation().imitations
    made = tuple(dataclasses.replace(few[k % 5], score=float(k)) for k in range(count))
    text = text_of(comparison_pdf(small(simulation=simulation(imitations=made))))
    drawn = [k for k in range(1, count + 1) if f"imitation {k} of {count} by nearness" in text]
    assert len(drawn) == min(count, 8)
    assert {1, count} <= set(drawn)


def test_the_figure_marks_the_questioned_score_at_its_place() -> None:
    marks = []
    for score in (-2.0, 2.0):
        drawn = scores_drawing(simulation(score=score), 400, 200)
        marks.append(next(s.x1 for s in drawn.contents if getattr(s, "strokeColor", None) == MARK))
    assert marks[0] < marks[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"score": 5.0}, "lr.unbounded is not what calibration makes of score"),
        ({"imitations": ()}, "simulation has no imitation"),
        ({"others": (2.0, 1.0)}, "simulation.others do not rise"),
        ({"text_read": 1.5}, "confidence is none"),
    ],
)
def test_a_simulation_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        from_json(to_json(comparison(simulation=simulation(**changes))), Comparison)


def test_words_of_h2_beside_a_value_against_h3_are_refused() -> None:
    found = simulation()
    other = dataclasses.replace(found, lr=dataclasses.replace(found.lr, words="weak support for H2 over H1"))
    with pytest.raises(UnreadableFileError, match=r"simulation\.lr\.words"):
        from_json(to_json(comparison(simulation=other)), Comparison)


def test_an_imitation_of_ink_beyond_the_page_is_refused() -> None:
    found = simulation()
    stroke = dataclasses.replace(found.imitations[0].lines[0][0], x=(1e9,), y=(0.0,), speed=None, evidence=None)
    far = dataclasses.replace(found.imitations[0], lines=((stroke,),))
    with pytest.raises(UnreadableFileError, match="is drawn beyond"):
        from_json(to_json(comparison(simulation=simulation(imitations=(far,)))), Comparison)
