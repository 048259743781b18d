"""Names in every script: as written, right to left where they run so, or as code points; never boxes."""

from __future__ import annotations

import dataclasses
import io

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.textobject import PDFTextObject

from datasets.errors import MissingResourceError
from reports import fonts
from reports.comparison import comparison_pdf
from reports.fonts import FONT, WIDE, as_seen, clean, font_of, printable, runs, runs_from_right, shaped
from reports.page import About, build, paragraph
from tests.reports.example import small

SHALOM, OLAM = "\u05e9\u05dc\u05d5\u05dd", "\u05e2\u05d5\u05dc\u05dd"


def drawn_lines(text: str) -> list[str]:
    """What a paragraph draws, each line from left to right; a reader of PDF turns Hebrew and Arabic back."""
    lines: list[str] = []

    with pytest.MonkeyPatch.context() as patch:
        out = PDFTextObject._textOut

        def record(self: PDFTextObject, piece: str, end_of_line: int = 0) -> None:
            if not lines or lines[-1].endswith("\n"):
                lines.append("")
            lines[-1] += piece + "\n" * bool(end_of_line)
            out(self, piece, end_of_line)

        patch.setattr(PDFTextObject, "_textOut", record)
        build([paragraph(text)], About("t", "", "", "", "id", "2026-01-01"))
    return [" ".join(line.split()) for line in lines]


def drawn(text: str) -> str:
    return " ".join(drawn_lines(text))


@pytest.mark.parametrize("name", ["王小明", "東京地方検察庁", "ひらがな カタカナ", "김민준", "Ан 王 б"])
def test_chinese_japanese_and_korean_print_as_written(name: str) -> None:
    assert shaped(name) == name
    assert drawn(name) == name


def test_only_characters_that_the_family_lacks_are_in_the_wide_font() -> None:
    assert list(runs("Ann 王小明, 7")) == [(FONT, "Ann "), (WIDE, "王小明"), (FONT, ", 7")]


def test_hebrew_runs_from_right_to_left() -> None:
    assert drawn(SHALOM) == SHALOM[::-1]
    assert drawn(f"Case {SHALOM} x") == f"Case {SHALOM[::-1]} x"
    assert drawn(f"{SHALOM} {OLAM}") == f"{OLAM[::-1]} {SHALOM[::-1]}"


def test_numbers_within_hebrew_keep_their_digits_in_order() -> None:
    assert as_seen(f"a {SHALOM} 12 {OLAM} b") == f"a {OLAM[::-1]} 12 {SHALOM[::-1]} b"


def test_brackets_open_towards_what_they_hold() -> None:
    assert as_seen(f"a {SHALOM} (12) {OLAM} b") == f"a {OLAM[::-1]} (12) {SHALOM[::-1]} b"
    assert as_seen(f"a ({SHALOM}) b") == f"a ({SHALOM[::-1]}) b"
    assert as_seen(f"({SHALOM}) [b] \u00ab{OLAM}\u00bb") == f"({SHALOM[::-1]}) [b] \u00ab{OLAM[::-1]}\u00bb"
    assert as_seen(f"({SHALOM})", from_right=True) == f"({SHALOM[::-1]})"


def test_arabic_letters_are_joined_and_run_from_right_to_left() -> None:
    # meem, hah, meem, dal: initial, medial, medial, final form.
    assert shaped("\u0645\u062d\u0645\u062f") == "\ufee3\ufea4\ufee4\ufeaa"
    assert drawn("\u0645\u062d\u0645\u062f") == "\ufeaa\ufee4\ufea4\ufee3"
    # lam and alef are one sign; vowel signs stay; the joiner of Persian words parts letters and is not printed.
    assert shaped("\u0644\u0627") == "\ufefb"
    assert "\u064f" in shaped("\u0645\u064f\u062d")
    assert shaped("\u0645\u06cc\u200c\u062e") == "\ufee3\ufbfd\ufea5"


def test_lines_that_break_are_read_from_above() -> None:
    words = [f"{SHALOM[: 1 + i % 4]}{OLAM[i % 4 :]}" for i in range(60)]
    lines = drawn_lines(" ".join(words))
    assert len(lines) > 2
    assert [word[::-1] for line in lines for word in reversed(line.split())] == words


@pytest.mark.parametrize(
    ("text", "code_point"),
    [
        ("\u0905", "[U+0905]"),
        ("\U00020000", "[U+20000]"),
        ("\U0001f642", "[U+1F642]"),
        ("\u0710", "[U+0710]"),
        ("\u0750", "[U+0750]"),
    ],
    ids=["Devanagari", "rare ideograph", "emoji", "Syriac", "rare Arabic letter"],
)
def test_what_no_font_shows_rightly_is_a_code_point(text: str, code_point: str) -> None:
    assert shaped(text) == printable(text) == code_point


@pytest.mark.parametrize("mark", ["\u202e", "\u202b", "\u2067", "\u200f", "\u061c", "\u200d"])
def test_marks_that_change_the_direction_are_code_points_and_turn_nothing(mark: str) -> None:
    assert drawn(f"LR 14{mark} and 41") == f"LR 14[U+{ord(mark):04X}] and 41"
    assert clean(f"a{mark}b") == f"a[U+{ord(mark):04X}]b"


@given(st.text(max_size=60))
def test_every_character_that_is_drawn_is_in_its_font(text: str) -> None:
    assert all(font_of(c) for c in shaped(text))
    assert all(font_of(c, wide=False) == FONT for c in printable(text))
    line = shaped(text)
    assert sorted(as_seen(line).translate(fonts._MIRROR)) != [] or line == ""
    assert len(as_seen(line)) == len(line)


def test_a_line_runs_from_the_right_where_nothing_in_it_runs_the_other_way() -> None:
    assert runs_from_right(f"{SHALOM}, 12.")
    assert not runs_from_right(f"{SHALOM} a")
    assert not runs_from_right("12")
    assert drawn(f"{SHALOM}.") == f".{SHALOM[::-1]}"


def test_names_are_in_head_metadata_and_running_title() -> None:
    pdf = comparison_pdf(small(case="案件 7", examiner=f"王 {SHALOM}"))
    read = pypdf.PdfReader(io.BytesIO(pdf))
    assert read.metadata is not None
    assert (read.metadata.title, read.metadata.author) == ("Comparison of handwriting, case 案件 7", f"王 {SHALOM}")
    first, second = (" ".join(page.extract_text().split()) for page in read.pages[:2])
    assert "案件 7" in first
    assert f"王 {SHALOM}" in first
    assert "case 案件 7" in second


def test_names_of_files_too() -> None:
    one = small()
    named = dataclasses.replace(one.items[0], file="证据/一.inkml", device="手写板")
    text = pypdf.PdfReader(io.BytesIO(comparison_pdf(dataclasses.replace(one, items=(named, one.items[1])))))
    assert "证据/一.inkml" in text.pages[0].extract_text()


def test_a_font_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_WIDE_FILE", ("no_such_package", "a.ttf"))
    fonts._wide_glyphs.cache_clear()
    assert shaped("Ann") == "Ann"
    with pytest.raises(MissingResourceError, match="no_such_package"):
        shaped("王")
