"""The index of a batch: sorted, linked to reports beside it, and the same bytes each time."""

from __future__ import annotations

import io

from pypdf import PdfReader

from reports.batch_index import index_pdf
from tests.reports.example import performance


def line(case: str, value: str, error: str = "") -> dict[str, str]:
    facts = {"log10_lr": value, "log10_lr_low": "-0.5", "log10_lr_high": "3", "words": "some support", "warning": ""}
    return {"case": case, "report": "" if error else f"{case}.pdf", "error": error} | facts


ROWS = [
    line("low", "-1.5"),
    line("high & <mighty>", "2.25"),
    line("bad", "", "there is too little ink."),
    line("证", "1"),
]


def test_rows_stand_by_value_and_lead_to_their_reports() -> None:
    data = index_pdf("manifest.csv", ROWS, [(performance(), 3)], "2026-11-28")
    assert data == index_pdf("manifest.csv", ROWS, [(performance(), 3)], "2026-11-28")
    pages = PdfReader(io.BytesIO(data)).pages
    text = "".join(page.extract_text() for page in pages)
    places = [text.index(word) for word in ("high & <mighty>", "low", "Rows without a value", "too little ink")]
    assert places == sorted(places)
    actions = [note.get_object()["/A"] for page in pages for note in page.get("/Annots", [])]
    linked = [action["/F"] for action in actions if action["/S"] == "/GoToR"]
    assert linked == ["high & <mighty>.pdf", "证.pdf", "low.pdf"]
    assert not [action for action in actions if action["/S"] == "/URI"]


def test_an_index_of_failures_alone_has_no_plot_and_a_long_one_many_pages() -> None:
    assert index_pdf("m.csv", [line("bad", "", "no such file.")], [], "2026-11-28").startswith(b"%PDF")
    rows = [line(f"case {number}", f"{number / 100:g}") for number in range(300)]
    assert len(PdfReader(io.BytesIO(index_pdf("m.csv", rows, [(performance(), 300)], "2026-11-28"))).pages) > 5
