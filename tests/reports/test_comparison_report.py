"""The comparison report: same bytes, complete, and unharmed by what users and files put into it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

from reports import occasions, wording
from reports.comparison import comparison_pdf, report_id
from reports.findings import Caution, Comparison, DrawnStroke, LeftOut
from reports.fonts import printable
from reports.method_text import how_found
from reports.saved import from_json, to_json
from tests.reports.example import comparison, item, likelihood_ratio, performance, small, with_item
from tests.reports.test_wording import forbidden_in


def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All pages' text, white space made single."""
    return " ".join(" ".join(page.extract_text() for page in reader(pdf).pages).split())


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return comparison_pdf(comparison())


@pytest.fixture(scope="module")
def text(pdf: bytes) -> str:
    return text_of(pdf)


def test_same_comparison_same_bytes_also_from_saved_json_and_another_process(pdf: bytes) -> None:
    assert comparison_pdf(from_json(to_json(comparison()), Comparison)) == pdf
    script = (
        "import hashlib; from tests.reports.example import comparison; from reports.comparison import comparison_pdf; "
        "print(hashlib.sha256(comparison_pdf(comparison())).hexdigest())"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(root)}
    other = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == hashlib.sha256(pdf).hexdigest()


def test_another_comparison_has_another_id_and_other_bytes(pdf: bytes) -> None:
    other = comparison(case="2026-115")
    assert report_id(other) != report_id(comparison())
    assert comparison_pdf(other) != pdf


def test_every_section_is_there_on_outline_and_pages(pdf: bytes, text: str) -> None:
    titles = [entry.title for entry in reader(pdf).outline if not isinstance(entry, list)]
    assert titles == [wording.TITLE, *wording.SECTIONS]
    for title in titles:
        assert title in text


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("", ""), "A second network reads both sides, with no text given."),
        (("dear Anna", "more of it"), "The examiner stated what both sides say,"),
        (("dear Anna", ""), "it read the known side, with no text given."),
        (("", "more of it"), "it read the questioned side, with no text given."),
    ],
)
def test_the_method_says_whether_letters_were_read_or_stated(texts: tuple[str, str], said: str) -> None:
    settings = {"letters": how_found(*texts)}
    found = text_of(comparison_pdf(small(questioned_text=texts[0], known_text=texts[1], settings=settings)))
    assert said in found
    for role, stated in zip(("questioned", "known"), texts, strict=True):
        assert (f"What the {role} ink says, as stated: {stated}" in found) == bool(stated)


def test_a_result_from_before_letters_were_compared_has_no_such_step() -> None:
    assert "second network" not in text_of(comparison_pdf(small(settings={})))


def test_page_one_answers_alone(pdf: bytes) -> None:
    page = " ".join(reader(pdf).pages[0].extract_text().split())
    assert "The findings are about 14 times more probable if H1 is true than if H2 is true." in page
    assert "moderate support for H1 over H2" in page
    for part in ("H1:", "H2:", "LR 14", "[0.83, 1.39]", occasions.first_limit({}), wording.INTERVAL_LABEL, "2026-114"):
        assert part in page
    assert report_id(comparison())[:16] in page
    assert "Made by code" not in page


def test_pages_are_numbered_and_none_is_blank(pdf: bytes) -> None:
    pages = reader(pdf).pages
    assert 7 <= len(pages) <= 9
    for number, page in enumerate(pages, 1):
        flat = " ".join(page.extract_text().split())
        assert f"page {number} of {len(pages)}" in flat
        assert len(flat) > 150


def lowest_lines(pdf: bytes) -> list[float]:
    """Height of the lowest line of text above the foot of each page, as a share of the page's height."""
    lowest = []
    for page in reader(pdf).pages:
        heights: list[float] = []

        def visit(text: str, cm: Any, tm: Any, _font: Any, _size: Any, heights: list[float] = heights) -> None:
            if text.strip():
                heights.append(float(cm[5] + tm[5]))

        page.extract_text(visitor_text=visit)
        height = float(page.mediabox.height)
        lowest.append(min(y for y in heights if y > 0.07 * height) / height)
    return lowest


@pytest.mark.parametrize("lines", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("fragments_shown", [0, 2, 5])
def test_no_page_of_a_short_case_is_nearly_empty(lines: int, fragments_shown: int) -> None:
    one = comparison(items=(item("Q1", 1, lines=lines), item("K1", 3, lines=lines)))
    pdf = comparison_pdf(dataclasses.replace(one, fragments=one.fragments[:fragments_shown]))
    # Less than half of a page is white below its last line; the last page holds a third at least.
    *before, last = lowest_lines(pdf)[2:]
    assert max(before) < 0.5
    assert last < 0.7


def test_a_heading_stands_on_the_page_of_what_follows_it(pdf: bytes) -> None:
    for page in reader(pdf).pages:
        lines = [line for line in page.extract_text().splitlines() if line.strip()]
        assert not {lines[-1], lines[-2], lines[-3]} & {*wording.SECTIONS, "Definitions", "Strongest fragments"}


def test_mandate_custody_and_room_for_signatures_are_printed() -> None:
    stated = small(mandate="Request 7 of the court, 2026-09-01", custody="By courier, sealed, on 2026-09-03")
    pdf = comparison_pdf(stated)
    first = " ".join(reader(pdf).pages[0].extract_text().split())
    assert "Mandate: Request 7 of the court, 2026-09-01." in first
    assert "Receipt and custody of the items: By courier, sealed, on 2026-09-03." in first
    last = " ".join(reader(pdf).pages[-1].extract_text().split())
    assert "Signed by Name Date Signature Examiner A. Examiner" in last
    assert "Second reviewer" in last
    assert "Mandate: not stated. Receipt and custody of the items: not stated." in text_of(comparison_pdf(small()))


def test_a_result_saved_before_mandate_and_custody_keeps_its_id() -> None:
    text = to_json(small())
    assert "mandate" not in text
    read = from_json(text, Comparison)
    assert (read.mandate, read.custody) == ("", "")
    assert report_id(read) == json.loads(text)["content_sha256"]
    stated = small(mandate="m", custody="c")
    assert from_json(to_json(stated), Comparison) == stated
    assert len({report_id(one) for one in (small(), stated, small(mandate="m"), small(custody="m"))}) == 4


def test_no_page_says_how_probable_a_proposition_is(text: str) -> None:
    assert forbidden_in(text) == []


def test_full_hashes_command_and_id_are_on_the_provenance_page(text: str) -> None:
    one = comparison()
    for needed in (*(i.sha256 for i in one.items), one.model.sha256, one.command, report_id(one)):
        assert needed in text


def test_metadata_carry_title_author_language_and_the_reports_date(pdf: bytes) -> None:
    document = reader(pdf)
    assert document.metadata is not None
    assert document.metadata.title == "Comparison of handwriting, case 2026-114"
    assert document.metadata.author == "A. Examiner"
    assert document.metadata["/CreationDate"].startswith("D:20261121")
    assert document.trailer["/Root"]["/Lang"] == "en-GB"


def test_fonts_are_embedded(pdf: bytes) -> None:
    for page in reader(pdf).pages:
        for font in page["/Resources"]["/Font"].values():
            entry = font.get_object()
            if entry["/BaseFont"] not in ("/Helvetica", "/Times-Roman"):
                assert "/FontFile2" in entry["/FontDescriptor"]


def test_text_uses_only_the_embedded_family(pdf: bytes) -> None:
    used: set[str] = set()

    def visit(text: str, _cm: Any, _tm: Any, font: Any, _size: Any) -> None:
        if text.strip() and font:
            used.add(str(font["/BaseFont"]))

    for page in reader(pdf).pages:
        page.extract_text(visitor_text=visit)
    assert used
    assert all("DejaVuSans" in name for name in used)


def test_generated_ink_is_said_on_page_one() -> None:
    page = reader(comparison_pdf(with_item(origin="generated"))).pages[0].extract_text()
    assert "Made by code: Q1" in " ".join(page.split())


def test_a_hit_bound_and_support_for_h2_are_said() -> None:
    upper = text_of(comparison_pdf(small(lr=likelihood_ratio(4.0))))
    assert "At the limit of what this reference set can support" in upper
    lower = text_of(comparison_pdf(small(lr=likelihood_ratio(-1.0))))
    assert "LR 0.10 (1/10)" in lower
    assert "about 10 times more probable if H2 is true than if H1 is true" in lower


def test_interval_can_be_hidden_and_the_scale_replaced_by_settings() -> None:
    hidden = text_of(comparison_pdf(small(settings={"interval": "hidden"})))
    assert wording.INTERVAL_LABEL not in hidden
    own = text_of(comparison_pdf(small(settings={"verbal_scale": "laboratory 7 | 1 = slight | 12 = fair"})))
    assert "This is fair support for H1 over H2." in own
    assert "laboratory 7" in own


def test_sections_without_data_say_why() -> None:
    bare = dataclasses.replace(
        comparison(
            items=tuple(item(label, 1, lines=1, channels=("x", "y")) for label in ("Q1", "K1")),
            growth=None,
            measures=(),
            fragments=(),
            faithfulness=None,
            agreement=(),
            warnings=(),
            notes="",
            performance=performance(same=(), different=(), same_scores=(), different_scores=()),
        )
    )
    plain = tuple(
        dataclasses.replace(
            one, lines=tuple(tuple(DrawnStroke(s.x, s.y) for s in line) for line in one.lines), time_source=None
        )
        for one in bare.items
    )
    text = text_of(comparison_pdf(dataclasses.replace(bare, items=plain)))
    for sentence in (
        wording.NO_EVIDENCE,
        wording.NO_FRAGMENTS,
        wording.NO_MEASURES,
        wording.NO_GROWTH,
        wording.NO_PLOT,
        wording.NO_SPEED,
        "Not stated: what the examiner was told",
        "Agreement of each side with itself was not computed",
    ):
        assert sentence in text
    for title in wording.SECTIONS:
        assert title in text


HOSTILE = "<b>x</b> & <a href='file:///etc/passwd'>y</a> %s {0} \\ \x00\x07\u202e\u200b अ 中文 🙂 " + "W" * 500


def test_markup_in_user_text_prints_as_text_and_never_acts() -> None:
    one = small(
        case=HOSTILE,
        examiner=HOSTILE,
        notes=HOSTILE * 40,
        warnings=(HOSTILE,) * 9,
        command=HOSTILE * 10,
        versions={HOSTILE: HOSTILE},
        settings={HOSTILE: HOSTILE},
        date="today <i>",
    )
    changed = dataclasses.replace(one.items[0], file=HOSTILE, device=HOSTILE, notes={HOSTILE: 3}, sha256="<br/>")
    pdf = comparison_pdf(dataclasses.replace(one, items=(changed, one.items[1])))
    text = text_of(pdf)
    assert "<b>x</b> &" in text
    assert "[U+0905]" in text
    assert "中文" in text
    assert "[U+202E]" in text
    for page in reader(pdf).pages:
        links = [note.get_object() for note in page.get("/Annots", [])]
        assert not any("/URI" in str(note) or "passwd" in str(note) for note in links)


@pytest.mark.parametrize("label", ["Q" * 400, "", "<para>", "\ud800"])
def test_labels_of_any_kind_are_drawn(label: str) -> None:
    one = small()
    changed = dataclasses.replace(
        one, items=(dataclasses.replace(one.items[0], label=label.replace("\ud800", "?")), one.items[1])
    )
    assert comparison_pdf(changed).startswith(b"%PDF")


def test_printable_shows_every_character_or_its_code_point() -> None:
    assert printable("Žižka  Ωμέγα\n≥ 2") == "Žižka Ωμέγα ≥ 2"
    assert printable("a\x00b\u202ec") == "a[U+0000]b[U+202E]c"
    assert printable("🙂") == "[U+1F642]"
    assert printable("e\u0301") == "é"
    assert printable("x" * 50, 10) == "x" * 10 + "… [cut]"
    assert printable("\ud800") == "[U+D800]"


def test_what_page_one_cuts_is_marked_there_and_whole_under_provenance() -> None:
    told = "The known items were vouched for by the office. " * 200 + "The date of K1 is disputed."
    pages = reader(comparison_pdf(small(notes=told, case="7" * 150 + "-B", examiner="N" * 150 + "-Z"))).pages
    first, whole = pages[0].extract_text(), "".join("".join(page.extract_text().split()) for page in pages)
    assert first.count("…") >= 3
    assert "disputed" not in first
    for text in ("ThedateofK1isdisputed.", "7" * 150 + "-B", "N" * 150 + "-Z"):
        assert text in whole


@pytest.mark.parametrize(
    "strokes",
    [
        (),
        (DrawnStroke((), ()),),
        (DrawnStroke((0.0,), (0.0,)),),
        (DrawnStroke((0.0, 900.0), (0.0, 1.0)),),
        (DrawnStroke((0.0, 1.0), (-4000.0, 4000.0)),),
        (DrawnStroke((5.0,) * 30, (1.0,) * 30, (0.0,) * 30, (0.0,) * 30),),
    ],
    ids=["no stroke", "no point", "one point", "very long", "very tall", "pen held still"],
)
def test_odd_ink_is_drawn_within_the_page(strokes: tuple[DrawnStroke, ...]) -> None:
    pdf = comparison_pdf(with_item(lines=(strokes,)))
    assert 7 <= len(reader(pdf).pages) <= 30


def test_long_warnings_are_cut_between_sentences_on_page_one_and_whole_under_limits() -> None:
    first = "This writing is unlike the reference, for a reason that is told here at some length, and so on and on. "
    warning = first + "The second sentence says more, and then some. " * 4
    pages = reader(comparison_pdf(small(warnings=(Caution("", warning),)))).pages
    one = " ".join(pages[0].extract_text().split())
    assert "and then some. …" in one
    assert one.count("The second sentence") == 3
    assert sum(" ".join(p.extract_text().split()).count("The second sentence") for p in pages[1:]) == 4


def test_page_one_holds_the_whole_answer_in_a_crowded_case() -> None:
    one = comparison(
        case="Public prosecutor against a person unknown, file 2026-114-B, second submission of the northern office",
        items=tuple(item(label, 1, lines=1, device="a tablet of a make with a long name") for label in "ABCDE"),
        lr=likelihood_ratio(4.0),
        warnings=("A warning that takes the whole of its two lines on this page. " * 3,) * 7,
        notes="What the submitting office said of the items, at some length. " * 4,
    )
    crowded = dataclasses.replace(
        one, model=dataclasses.replace(one.model, population="who, where, when, device; " * 6)
    )
    page = " ".join(reader(comparison_pdf(crowded)).pages[0].extract_text().split())
    assert "4 more warnings stand under" in page
    assert "See: The exhibits" in page


@pytest.mark.slow
def test_many_items_and_lines_are_listed_and_cut_with_a_word() -> None:
    many = tuple(item(f"{'QK'[i % 2]}{i}", i % 7, lines=12) for i in range(24))
    pdf = comparison_pdf(comparison(items=many))
    text = text_of(pdf)
    assert "and 20 more, listed under" in text
    assert "more pieces of line are not drawn" in text
    assert all(one.sha256 in text for one in many)
    assert "What limits this finding" in reader(pdf).pages[0].extract_text()


def test_what_was_left_out_is_drawn_and_counted_and_results_without_it_keep_their_id() -> None:
    line = DrawnStroke(x=(0.0, 300.0), y=(0.0, 400.0))
    left_out = (LeftOut("Q1", 3, (line,)),)
    text = text_of(comparison_pdf(small(left_out=left_out)))
    assert "Left out as no writing, 3 strokes:" in text
    assert "Left out" not in text_of(comparison_pdf(small()))
    assert from_json(to_json(small(left_out=left_out)), Comparison).left_out == left_out
    assert "left_out" not in json.loads(to_json(small()))
