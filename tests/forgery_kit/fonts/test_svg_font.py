"""The single-line font as a plotter's program reads it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

from forgery_kit.fonts.svg_font import svg_font
from tests.forgery_kit.fonts.skeleton_hand import skeleton_font

SPACE = "{http://www.w3.org/2000/svg}"


def test_each_character_has_one_glyph_and_alternates_have_none_of_their_own() -> None:
    hand = skeleton_font()
    glyphs = list(ET.fromstring(svg_font(hand)).iter(f"{SPACE}glyph"))
    characters = [glyph.get("unicode") for glyph in glyphs if glyph.get("unicode")]
    assert len(characters) == len(set(characters))
    assert set(characters) == {glyph.character for glyph in hand.glyphs} | {" "}
    assert {glyph.get("glyph-name") for glyph in glyphs} == {glyph.name for glyph in hand.glyphs} | {"space"}


def test_a_glyph_has_a_path_for_each_stroke_and_the_advance_of_the_font() -> None:
    hand = skeleton_font()
    glyphs = {g.get("glyph-name"): g for g in ET.fromstring(svg_font(hand)).iter(f"{SPACE}glyph")}
    for glyph in hand.glyphs:
        assert str(glyphs[glyph.name].get("d")).count("M") == len(glyph.strokes)
        assert int(str(glyphs[glyph.name].get("horiz-adv-x"))) == glyph.advance


def test_kerning_is_what_is_taken_away() -> None:
    hand = skeleton_font()
    pairs = {
        (k.get("g1"), k.get("g2")): int(str(k.get("k"))) for k in ET.fromstring(svg_font(hand)).iter(f"{SPACE}hkern")
    }
    assert pairs
    assert all(hand.kerning[one, two] == -taken for (one, two), taken in pairs.items())


def test_it_says_that_it_is_generated_and_from_what() -> None:
    root = ET.fromstring(svg_font(skeleton_font()))
    assert "Generated" in str(root.findtext(f"{SPACE}desc"))
    assert json.loads(str(root.findtext(f"{SPACE}metadata"))) == {"style": "skeleton", "seed": "7"}
