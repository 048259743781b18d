"""The report of a search: it says first what a search is not, shows all that was found, and draws the first three."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import pytest
from pypdf import PdfReader

from reports.findings import Calibration, Caution
from reports.identification.checks import check_identification
from reports.identification.document import identification_pdf
from reports.identification.findings import Chance, GalleryFile, Hit, Identification, SearchedGallery
from reports.identification.wording import (
    chance_of,
    chance_text,
    expected,
    how_searched,
    own_warnings,
    search_paragraphs,
)
from reports.saved import from_json, to_json
from reports.scale import words
from tests.reports.example import comparison, item, likelihood_ratio

SCORES = (36.0, 24.0, 22.5, 11.0, 9.0)


def hit(rank: int, score: float) -> Hit:
    value = 0.05 * score
    lr = likelihood_ratio(value, elub_high=1.72, writers_bound=math.log10(53))
    lr = replace(lr, words=words(lr.log10_lr), bound_hit="upper: ELUB" if lr.bound_hit else "")
    used = Calibration(0.0, 0.05, -1.48, 1.72, 53, (100.0, 200.0), ("x", "y"), "like and unlike", "53 writers")
    warning = (Caution("little ink", "Little ink on one side."),) if rank in (2, 4) else ()
    files = (GalleryFile(f"/ink/w{rank}.inkml", f"{rank}" * 64),)
    return Hit(rank, f"Writer {rank}", files, 120.0 * rank, score, lr, used, Chance(0.01, 0.0, 0.1, 37), warning)


@pytest.fixture(scope="module")
def found() -> Identification:
    case = comparison()
    items = [item("Q1", 1), *(item(f"{rank}.1", rank + 1, role="known") for rank in (1, 2, 3))]
    return Identification(
        case="2026/11",
        examiner="An Examiner",
        date="2026-11-28",
        items=tuple(items),
        gallery=SearchedGallery("/galleries/city", 1200, "ab" * 16, "index", 1000),
        hits=tuple(hit(rank, score) for rank, score in enumerate(SCORES, 1)),
        scores=tuple(float(k) / 10 - 60 for k in range(900)),
        warnings=(),
        model=case.model,
        versions=case.versions,
        settings={},
        command="python cli.py identify",
    )


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_example_holds_and_comes_back(found: Identification) -> None:
    check_identification(found)
    assert from_json(to_json(found), Identification) == found


def test_the_report_says_what_a_search_is_not_before_it_says_what_was_found(found: Identification) -> None:
    pdf = identification_pdf(found)
    text = text_of(pdf)
    assert text.index("A search is not a comparison") < text.index("Writer 1")
    for part in (
        "1,200 writers",
        "Balding, D. J. & Donnelly, P. (1996)",
        "Stockmarr",
        "Ranks 2, 4: Little ink",
        "1.72",
    ):
        assert part in text, part
    for rank in range(1, 6):
        assert f"Writer {rank}" in text
    assert "Rank 3: Writer 3" in text
    assert pdf == identification_pdf(found)


def test_what_is_not_drawn_or_has_no_value_is_said(found: Identification) -> None:
    first, second, *rest = found.hits
    bare = replace(first, lr=None, calibration=None, by_chance=None, refused="the same recording is on both sides.")
    gone = replace(second, not_drawn="/ink/w2.inkml: there is no such file any more.")
    items = tuple(one for one in found.items if not one.label.startswith("2."))
    other = replace(found, hits=(bare, gone, *rest), items=items)
    check_identification(other)
    text = text_of(identification_pdf(other))
    assert "no LR: the same recording is on both sides." in text
    assert "Not drawn: /ink/w2.inkml: there is no such file any more." in text


def test_names_from_a_gallery_cannot_act_as_markup(found: Identification) -> None:
    name = "<b>x</b>&<font size='99'>\u202e<a href='file:///etc/passwd'>y</a>"
    hits = tuple(replace(one, writer=name, files=(GalleryFile(name * 20, "0" * 64),)) for one in found.hits)
    text = text_of(identification_pdf(replace(found, hits=hits, case=name)))
    assert "<b>x</b>&<font size='99'>" in text
    assert b"/URI" not in identification_pdf(replace(found, hits=hits))


def test_a_hundred_found_and_long_lines_still_make_a_report(found: Identification) -> None:
    many = tuple(replace(hit(rank, 30.0 - rank / 10), writer="W" * 500) for rank in range(1, 101))
    assert len(PdfReader(io.BytesIO(identification_pdf(replace(found, hits=many)))).pages) < 30


def test_the_words_of_chance_and_search(found: Identification) -> None:
    chance = Chance(0.012, 0.003, 0.095, 37)
    assert chance_text(chance) == "1.2 % [0.3, 9.5]"
    assert chance_of(chance, 1000) == "3 to 95 of 1,000"
    assert expected(chance, 1000) == "12 (interval 3 to 95)"
    paragraphs = search_paragraphs(found)
    assert "12 (interval 0 to 120) of 1,200 strangers" in paragraphs[0]
    assert "divided by 1,200 [2]" in paragraphs[2]
    assert own_warnings(found.hits) == {"Little ink on one side.": "Ranks 2, 4"}
    assert "index" in how_searched(found.gallery)
    assert "Every writer got the full score" in how_searched(replace(found.gallery, how="all rows"))


def test_no_sentence_says_how_probable_it_is_that_somebody_wrote_it(found: Identification) -> None:
    text = text_of(identification_pdf(found)).lower()
    for phrase in ("probably wrote", "probability that", "likely wrote", "is the writer", "identified as"):
        assert phrase not in text
