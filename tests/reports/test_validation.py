"""The validation report and its plots: complete, repeatable, with user text as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from datasets.errors import UnreadableFileError
from reports.performance import Rate, Validation, ValidationSection
from reports.plots import PLOTS
from reports.saved import from_json, to_json
from reports.validation import validation_pdf, write_plots
from tests.reports.example import comparison, performance

MADE = Validation(
    corpus="Corpus <b>&amp;",
    split="test",
    date="2026-01-02",
    sections=(
        ValidationSection("One line against one line", performance(), Rate(9, 10, 0.5, 1.0), "A remark & more."),
        ValidationSection("One form against one form", performance(20)),
    ),
    model=comparison().model,
    versions={"numpy": "2"},
    settings={},
    command="python cli.py evaluate x -o y",
    seed=1,
    table={"donor abc": "EER 3.0 %, 4 people"},
)


def text_of(pdf: bytes, path: Path) -> str:
    path.write_bytes(pdf)
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def test_every_section_figure_and_the_command_are_on_its_pages(tmp_path: Path) -> None:
    text = text_of(validation_pdf(MADE), tmp_path / "v.pdf")
    for part in (
        "Corpus <b>&amp;",
        "One line against one line",
        "A remark & more.",
        "9 of 10",
        "donor abc",
        "evaluate x",
    ):
        assert part in text


def test_the_same_validation_gives_the_same_bytes() -> None:
    assert validation_pdf(MADE) == validation_pdf(MADE)


def test_plots_are_written_for_every_section(tmp_path: Path) -> None:
    files = write_plots(MADE, tmp_path)
    assert len(files) == 2 * len(PLOTS) * 2
    for file in files:
        head = file.read_bytes()[:200]
        assert head.startswith(b"%PDF") or b"<svg" in head or head.startswith(b"<?xml")


def test_json_comes_back_as_it_was() -> None:
    assert from_json(to_json(MADE), Validation) == MADE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"schema_version": 2', '"schema_version": 1'),
        ('"seed": 1', '"seed": "one"'),
        ('"command"', '"comand"'),
        ('"cllr_floor": 0', '"cllr_floor": null, "x": 0'),
    ],
)
def test_json_that_is_not_ours_is_refused_with_the_field(old: str, new: str) -> None:
    text = to_json(MADE)
    assert old in text
    with pytest.raises(UnreadableFileError):
        from_json(text.replace(old, new), Validation)
