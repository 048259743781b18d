"""The font in its formats: outlines, turns of alternates, kerning, and what it says of itself."""

from __future__ import annotations

import io
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import ots
import pytest
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont
from reportlab.pdfgen.canvas import Canvas
from shapely.geometry import LineString, Polygon
from shapely.ops import unary_union

from benchmarks.writing.shaped import shaped, single_lines
from forgery_kit.fonts.glyphs import GENERATED
from forgery_kit.fonts.opentype import VENDOR, font_bytes
from forgery_kit.fonts.svg_font import svg_font
from tests.forgery_kit.fonts.outlines import contours, signed_area
from tests.forgery_kit.fonts.skeleton_hand import skeleton_font

KINDS = ("otf", "ttf")


@lru_cache
def made(kind: str) -> bytes:
    return font_bytes(skeleton_font(), kind)


@pytest.fixture(params=KINDS)
def font(request: pytest.FixtureRequest) -> TTFont:
    return TTFont(io.BytesIO(made(request.param)))


def test_no_contour_crosses_itself_or_another(font: TTFont) -> None:
    for name in font.getGlyphOrder():
        lines = [LineString(np.append(contour, contour[:1], axis=0)) for contour in contours(font, name)]
        assert all(line.is_simple for line in lines), name
        assert not any(a.crosses(b) for k, a in enumerate(lines) for b in lines[:k]), name


def test_outer_contours_run_as_the_format_wants_and_holes_the_other_way(font: TTFont) -> None:
    outer = -1 if "glyf" in font else 1
    for name in font.getGlyphOrder()[2:]:
        parts = [Polygon(contour) for contour in contours(font, name)]
        for part, contour in zip(parts, contours(font, name), strict=True):
            inside = sum(other.contains(part) for other in parts if other is not part)
            assert np.sign(signed_area(contour)) == (outer if inside % 2 == 0 else -outer), name


def test_both_kinds_of_outlines_cover_the_same(font: TTFont) -> None:
    other = TTFont(io.BytesIO(made("ttf" if "CFF " in font else "otf")))
    for name in ("a", "B", "s.alt1", "i"):
        ours, theirs = (abs(sum(signed_area(c) for c in contours(f, name))) for f in (font, other))
        assert ours == pytest.approx(theirs, rel=0.02)


def test_the_single_line_runs_inside_the_outline(font: TTFont) -> None:
    lines = single_lines(svg_font(skeleton_font()))
    pen = skeleton_font().pen
    for name in ("a", "d", "i", "m.alt2", "S"):
        ink = unary_union([LineString(stroke).buffer(pen / 2) for stroke in lines[name]])
        drawn = abs(sum(signed_area(c) for c in contours(font, name)))
        assert drawn == pytest.approx(ink.area, rel=0.02)
        box = np.concatenate(contours(font, name))
        np.testing.assert_allclose([*box.min(0), *box.max(0)], ink.bounds, atol=2)


def test_every_glyph_has_a_width_and_what_has_no_ink_has_the_right_one(font: TTFont) -> None:
    widths = {name: font["hmtx"][name][0] for name in font.getGlyphOrder()}
    assert all(width > 0 for width in widths.values())
    assert font.getBestCmap()[0x20] == font.getBestCmap()[0xA0] == "space"
    assert widths["space"] == skeleton_font().space


def test_a_character_that_is_not_given_has_no_glyph(font: TTFont) -> None:
    assert not {ord(c) for c in "0&[#"} & set(font.getBestCmap())


@pytest.mark.parametrize("text", ["aaaaaa", "little letters, all of them", "Success is seldom assessed", "oo ee ss tt"])
def test_alternates_take_turns_so_that_no_letter_is_the_same_twice_on_end(text: str) -> None:
    names = [name for name, _ in shaped(made("otf"), text)]
    assert len(names) == len(text)
    letters = [name for name in names if name != "space"]
    assert all(one != other for one, other in pairwise(letters))
    assert {name.partition(".")[2] for name in letters} == {"", "alt1", "alt2"}


def test_a_word_that_comes_again_mostly_has_other_letters() -> None:
    names = [name for name, _ in shaped(made("otf"), "the cat the dog the cow the hen the sow the ewe")]
    words = " ".join(names).split(" space ")[::2]
    assert len(set(words)) > 1


def test_without_contextual_alternates_each_letter_is_its_first_glyph() -> None:
    assert [name for name, _ in shaped(made("otf"), "aabb", {"calt": False})] == ["a", "a", "b", "b"]


@pytest.mark.parametrize("kind", KINDS)
def test_letters_stand_where_advance_and_kerning_put_them(kind: str) -> None:
    hand = skeleton_font()
    advances = {glyph.name: glyph.advance for glyph in hand.glyphs} | {"space": hand.space}
    placed = shaped(made(kind), "AVATAR To waves")
    assert any((one, two) in hand.kerning for (one, _), (two, _) in pairwise(placed))
    for (one, x), (two, next_x) in pairwise(placed):
        assert next_x - x == advances[one] + hand.kerning.get((one, two), 0)


def test_the_font_says_that_it_is_generated_and_from_what(font: TTFont) -> None:
    names = {record.nameID: record.toUnicode() for record in font["name"].names}
    assert font["OS/2"].achVendID == VENDOR
    assert names[0] == GENERATED
    assert "generated" in names[8]
    for part in ("style: skeleton", "seed: 7", GENERATED):
        assert part in names[10]
    assert "Generated" in names[1]
    assert len(names[1]) <= 31


@pytest.mark.parametrize("kind", KINDS)
def test_a_sanitizer_as_browsers_use_it_finds_nothing_wrong(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"hand.{kind}"
    file.write_bytes(made(kind))
    done = ots.sanitize(str(file), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_hand_gives_the_same_bytes(kind: str) -> None:
    assert font_bytes(skeleton_font(), kind) == made(kind)


def test_lines_keep_clear_of_one_another(font: TTFont) -> None:
    points = np.concatenate([part for name in font.getGlyphOrder() for part in contours(font, name)])
    assert font["hhea"].ascent >= points[:, 1].max()
    assert font["hhea"].descent <= points[:, 1].min()


def test_reportlab_embeds_the_quadratic_kind() -> None:
    pdfmetrics.registerFont(EmbeddedFont("hand", io.BytesIO(made("ttf"))))
    stored = io.BytesIO()
    canvas = Canvas(stored, invariant=True, pageCompression=0)
    canvas.setFont("hand", 20)
    canvas.drawString(50, 500, "a hand of a machine")
    canvas.save()
    assert b"/FontFile2" in stored.getvalue()
    assert b"GeneratedSkeleton7" in stored.getvalue()


def test_left_bearings_are_where_the_outlines_begin() -> None:
    # Else TrueType moves the glyph.
    font = TTFont(io.BytesIO(made("ttf")))
    for name in font.getGlyphOrder():
        glyph = font["glyf"][name]
        assert font["hmtx"][name][1] == (glyph.xMin if glyph.numberOfContours else 0)
