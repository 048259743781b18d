"""The sentences that go elsewhere are those of the report."""

from __future__ import annotations

import dataclasses
import io

import pytest
from pypdf import PdfReader

from reports.comparison import comparison_pdf
from reports.findings import Comparison
from reports.sentences import sentences
from tests.reports.example import comparison, simulation


def printed(made: Comparison) -> str:
    """All text of the report, without spaces: lines are broken anywhere."""
    pages = PdfReader(io.BytesIO(comparison_pdf(made))).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def generated() -> Comparison:
    made = comparison()
    items = tuple(dataclasses.replace(item, origin="generated") for item in made.items)
    return dataclasses.replace(made, items=items)


@pytest.mark.parametrize(
    "made",
    [comparison(), comparison(simulation=simulation()), generated()],
    ids=["plain", "with imitations", "generated"],
)
def test_every_sentence_stands_in_the_report(made: Comparison) -> None:
    found = sentences(made)
    texts = [text for said in found.values() for text in ([said] if isinstance(said, str) else said)]
    report = printed(made)
    assert len([text for text in texts if text]) >= 12
    assert [text for text in texts if "".join(text.split()) not in report] == []


def test_what_the_report_hides_is_said_nowhere() -> None:
    made = comparison()
    hidden = sentences(dataclasses.replace(made, settings=made.settings | {"interval": "hidden"}))
    assert hidden["interval_label"] == ""
    assert "interval" not in str(hidden["log10"])
