"""The letter chart: it says what was found, draws only what is there, and reads in grey."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any
from xml.etree import ElementTree

import pypdf
import pytest

from reports.comparison import comparison_pdf, report_id
from reports.findings import Comparison
from reports.letters import wording
from reports.letters.document import LettersFound, letters_pdf, letters_svg
from reports.letters.drawing import _inside, card, ink_of
from reports.letters.findings import LetterChart
from reports.saved import from_json, to_json
from tests.reports.example import comparison, item, letter, letter_chart, model, small
from tests.reports.test_wording import forbidden_in


def found(chart: LetterChart | None = None, **changes: Any) -> LettersFound:
    values: dict[str, Any] = {
        "date": "2026-11-26",
        "items": (item("Q1", 1, lines=2), item("K1", 3, lines=2)),
        "chart": chart or letter_chart(),
        "model": model(),
        "versions": {},
        "command": "cli.py letters",
    }
    return LettersFound(**{**values, **changes})


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def svg_text(one: LettersFound) -> str:
    root = ElementTree.fromstring(letters_svg(one))
    return " ".join(" ".join(root.itertext()).split())


@pytest.mark.parametrize("drawn", [lambda one: text_of(letters_pdf(one)), svg_text])
def test_a_chart_says_of_each_letter_what_it_adds_how_common_it_is_and_where_it_stands(drawn: Any) -> None:
    text = drawn(found())
    for part in (
        "score +6.5 · adds +0.065 to log10 LR",
        "score −4.0 · adds −0.040 to log10 LR",
        "forms like this: 7 of 143 people",
        "96 % lower",
        "for H1",
        "for H2",
        "Q1 line 1",
        "Together they add +0.04 to the log10 LR before its limits",
        "not additional evidence",
        "Only in the questioned writing: q (2).",
        "Only in the known writing: K (1), z (1).",
        "not compared, since too few people wrote them for a measure: W (4).",
        "␣ stands for the gap between words",
        "made-by-code-q1.inkml",
    ):
        assert part in text
    assert not forbidden_in(text)


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert letters_pdf(found()) == letters_pdf(found())
    assert letters_svg(found()) == letters_svg(found())


def test_an_svg_is_sound_and_uses_fonts_that_others_have() -> None:
    text = letters_svg(found())
    assert "Report-" not in text
    assert "DejaVu Sans" in text
    ElementTree.fromstring(text)


def test_names_of_files_cannot_act_as_markup() -> None:
    items = (item("Q1", 1, lines=1, file="<b>&x.inkml"), item("K1", 3, lines=1))
    assert "<b>" not in letters_svg(found(items=items))
    assert "<b>&x.inkml" in text_of(letters_pdf(found(items=items)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"letters": (), "groups": (), "log10_lr": 0.0, "questioned_read": 0}, "No letter was read in the questioned"),
        ({"known_legible": False}, "What stands in the known writing is hardly legible"),
        ({"known_legible": False}, "What it took for letters adds +0.04 to the log10 LR"),
        ({"letters": (letter(" ", 2.0),), "log10_lr": 0.02}, "none that both have and that can be compared"),
    ],
)
def test_without_letters_that_both_have_the_chart_says_why_it_is_none(changes: dict[str, Any], said: str) -> None:
    one = found(letter_chart(**changes))
    for text in (text_of(letters_pdf(one)), svg_text(one)):
        assert said in text
        assert "forms like this" not in text


def test_letters_that_weigh_nothing_are_said_to_add_nothing() -> None:
    letters = tuple(dataclasses.replace(one, log10_lr=0.0) for one in letter_chart().letters)
    text = wording.summary(letter_chart(letters=letters, log10_lr=0.0, weight=0.0))
    assert "add next to nothing to the log10 LR (0.000)" in text


def test_the_report_has_the_chart_and_an_older_result_draws_without_keeping_its_id() -> None:
    with_chart, without = comparison(), comparison(letters=None)
    assert "adds +0.065 to log10 LR" in text_of(comparison_pdf(with_chart))
    assert wording.NO_CHART in text_of(comparison_pdf(without))
    assert '"letters"' not in to_json(small())
    assert report_id(from_json(to_json(without), Comparison)) == report_id(without)
    assert from_json(to_json(with_chart), Comparison) == with_chart


def test_a_letter_is_black_and_its_neighbours_are_pale_within_its_cell() -> None:
    items = (item("Q1", 1, lines=1), item("K1", 3, lines=1))
    one = letter("a", 3.0, 6)
    drawing = card(one, ink_of(items, [one], 230.0), 230.0)
    lines = [shape for shape in drawing.contents if type(shape).__name__ == "PolyLine"]
    greys = {round(shape.strokeColor.red, 2) for shape in lines}
    assert len(greys) == 2
    assert max(greys) - min(greys) > 0.5
    assert all(0 <= x <= 230 for shape in lines for x in shape.points[::2])


def test_a_path_is_cut_where_it_leaves_the_window() -> None:
    window = (0.0, 1.0, -1.0, 1.0)
    assert _inside((-1.0, 0.5, 2.0), (0.0, 0.0, 0.0), window) == [[(0.0, 0.0), (0.5, 0.0), (1.0, 0.0)]]
    assert _inside((0.5, 0.5, 0.7, 0.7), (0.0, 3.0, 3.0, 0.0), window) == [
        [(0.5, 0.0), (0.5, 1.0)],
        [(0.7, 1.0), (0.7, 0.0)],
    ]
    assert _inside((2.0, 3.0), (0.0, 0.0), window) == []
    assert _inside((0.5,), (0.5,), window) == [[(0.5, 0.5)]]


def test_a_wide_letter_lowers_the_scale_of_all() -> None:
    items = (item("Q1", 1, lines=1), item("K1", 3, lines=1))
    narrow = letter("a", 3.0)
    whole = tuple((k, 0, len(s.x)) for k, s in enumerate(items[0].lines[0][:2]))
    wide = letter("m", 3.0, questioned=(dataclasses.replace(narrow.questioned[0], parts=whole),) * 6)
    assert ink_of(items, [narrow, wide], 230.0).scale < ink_of(items, [narrow], 230.0).scale


def test_numbers_have_true_signs_and_nothing_has_none() -> None:
    assert wording.number(-0.004) == "0.00"
    assert wording.number(-1.5, 1) == "−1.5"
    assert wording.number(0.25) == "+0.25"
    assert not re.search("-", wording.part(letter("a", -3.0)))
