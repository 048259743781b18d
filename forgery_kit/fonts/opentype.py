"""A hand's glyphs as an OpenType font: outlines, alternates that take turns, kerning, and where it comes from."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence

import pathops
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.otlLib.builder import buildLookup, buildPairPosClassesSubtable, buildValue
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.ttProgram import Program

from forgery_kit.fonts.curves import outline
from forgery_kit.fonts.glyphs import ALTERNATES, EM, GENERATED, Glyph, HandFont, by_character

#: Farthest that cubic curves may lie from the quadratic ones, in units.
CUBIC_ERROR = 0.6
#: Seconds from 1904 to 2026, the date in every font: the same hand gives the same bytes.
DATE = 3_850_070_400
#: TrueType's instructions that keep thin lines whole at small sizes: dropout control always on.
DROPOUT = bytes.fromhex("b801ff85b0048d")
#: Four letters for who made the font, as the vendor field wants them: it is generated.
VENDOR = "GNRT"
NO_BREAK_SPACE = 0xA0
SCRIPTS = "languagesystem DFLT dflt;\nlanguagesystem latn dflt;"
LICENCE = "Made with weights that learnt from IAM-OnDB: for non-commercial research only, as its terms say."
#: Letters after which the alternate is the next but one, others after which it is the next: were the turns a plain
#: count, a word that comes again would look the same each time that its length allows it.
_TWO_ON = set("aeiouAEIOU13579.,")


def font_bytes(hand: HandFont, kind: str) -> bytes:
    """The font as ``otf`` (cubic outlines, CFF) or ``ttf`` (quadratic ones, which reportlab embeds); the same bytes for
    the same hand.
    """
    builder = FontBuilder(EM, isTTF=kind == "ttf")
    paths = {glyph.name: outline(glyph.strokes, hand.pen) for glyph in hand.glyphs}
    paths |= {".notdef": _box(), "space": pathops.Path()}
    advances = {glyph.name: glyph.advance for glyph in hand.glyphs} | {".notdef": EM // 2, "space": hand.space}
    order = [".notdef", "space", *(glyph.name for glyph in hand.glyphs)]
    builder.setupGlyphOrder(order)
    characters = {ord(glyph.character): glyph.name for glyph in hand.glyphs if glyph.alternate == 0}
    builder.setupCharacterMap({32: "space", NO_BREAK_SPACE: "space"} | characters)
    bounds = [path.controlPointBounds for path in paths.values()]
    names = _names(hand)
    if kind == "ttf":
        builder.setupGlyf({name: _quadratic(paths[name]) for name in order})
    else:
        charstrings = {name: _cubic(paths[name], advances[name]) for name in order}
        information = {
            "version": "1.0",
            "FamilyName": names["familyName"],
            "FullName": names["fullName"],
            "Notice": names["copyright"],
        }
        builder.setupCFF(names["psName"], information, charstrings, {})
    left = {name: round(paths[name].controlPointBounds[0]) for name in order}
    builder.setupHorizontalMetrics({name: (advances[name], left[name]) for name in order})
    # A unit more on either side, since the outlines' points are rounded.
    top = math.ceil(max(box[3] for box in bounds)) + 1
    bottom = math.floor(min(box[1] for box in bounds)) - 1
    builder.setupHorizontalHeader(ascent=top, descent=bottom, lineGap=0)
    builder.setupNameTable(names, mac=False)
    builder.setupOS2(
        version=4,
        achVendID=VENDOR,
        fsType=0,
        fsSelection=0xC0,  # regular; line spacing from the typographic metrics
        sTypoAscender=top,
        sTypoDescender=bottom,
        sTypoLineGap=0,
        usWinAscent=top,
        usWinDescent=-bottom,
        sxHeight=hand.x_height,
        sCapHeight=hand.cap_height,
        usWeightClass=400,
        usDefaultChar=0,
        usBreakChar=32,
        ulUnicodeRange1=1,
        ulCodePageRange1=1,
    )
    font: TTFont = builder.font
    font["OS/2"].panose.bFamilyType = 3  # written by hand
    builder.setupPost(isFixedPitch=0, underlinePosition=-100, underlineThickness=round(hand.pen))
    if kind == "ttf":
        font["gasp"] = newTable("gasp")
        font["gasp"].version, font["gasp"].gaspRange = 1, {0xFFFF: 15}
        font["prep"] = newTable("prep")
        font["prep"].program = Program()
        font["prep"].program.fromBytecode(DROPOUT)
    # A pair for the language's sake: classes of pairs come faster in its place.
    kern = f"feature kern {{ pos space {order[-1]} 1; }} kern;" if hand.kerning else ""
    addOpenTypeFeaturesFromString(font, f"{SCRIPTS}\n{turns(hand.glyphs)}\n{kern}")
    if hand.kerning:
        _kern(font, hand.kerning)
    font["head"].created = font["head"].modified = DATE
    font["head"].fontRevision = 1.0
    font["head"].lowestRecPPEM = 9
    stored = io.BytesIO()
    font.save(stored)
    return stored.getvalue()


def turns(glyphs: Sequence[Glyph]) -> str:
    """Rules, in the language of feature files, by which the alternates of letters take turns (``calt``).

    Which alternate comes next is told from the one before: its number and one or two more, so that no letter that has
    alternates is the same twice on end; a space counts nothing, the turn goes on behind it.
    """
    groups = by_character(glyphs)
    after: dict[int, list[str]] = {number: [] for number in range(ALTERNATES)}
    for character, own in groups.items():
        for glyph in own:
            on = 2 if character in _TWO_ON and len(own) == ALTERNATES else 1
            after[(glyph.alternate + on) % ALTERNATES].append(glyph.name)
    lines = [f"@first = [{' '.join(own[0].name for own in groups.values())}];"]
    rules = []
    for number in range(1, ALTERNATES):
        if not after[number]:
            continue
        turned = [own[number % len(own)].name for own in groups.values()]
        lines += [
            f"@before{number} = [{' '.join(after[number])}];",
            f"@turned{number} = [{' '.join(turned)}];",
            f"lookup turn{number} {{ sub @first by @turned{number}; }} turn{number};",
        ]
        rules += [f"  sub @before{number} {between}@first' lookup turn{number};" for between in ("", "space ")]
    return "\n".join([*lines, "feature calt {", *rules, "} calt;"])


def _names(hand: HandFont) -> dict[str, str]:
    """The name table: every field that a reader might look at says that the font is generated."""
    postscript = "".join(hand.family.split())
    return {
        "copyright": GENERATED,
        "familyName": hand.family,
        "styleName": "Regular",
        "uniqueFontIdentifier": f"1.000;{VENDOR};{postscript}-Regular",
        "fullName": f"{hand.family} Regular",
        "version": "Version 1.000",
        "psName": f"{postscript}-Regular",
        "manufacturer": "forgery_kit (generated handwriting)",
        "designer": "No person: a handwriting generator",
        "description": hand.said,
        "licenseDescription": LICENCE,
    }


def _quadratic(path: pathops.Path) -> object:
    pen = TTGlyphPen(None)
    path.draw(pen)
    return pen.glyph()


def _cubic(path: pathops.Path, advance: int) -> object:
    pen = T2CharStringPen(advance, None)
    # Outer contours run the other way than in TrueType.
    path.draw(Qu2CuPen(pen, CUBIC_ERROR, all_cubic=True, reverse_direction=True))
    return pen.getCharString()


def _box() -> pathops.Path:
    """What stands for a character that is not there: an empty frame."""
    path = pathops.Path()
    for x, y, right, top in ((50, 0, 450, 700), (90, 40, 410, 660)):
        corners = [(x, y), (x, top), (right, top), (right, y)]
        path.moveTo(*corners[0])
        for corner in corners[1:] if x == 50 else corners[:0:-1]:
            path.lineTo(*corner)
        path.close()
    return path


def _kern(font: TTFont, pairs: Mapping[tuple[str, str], int]) -> None:
    """Put the pairs in the font's only positioning lookup, as classes of glyphs that move alike."""
    glyph_map = font.getReverseGlyphMap()
    firsts = sorted({first for first, _ in pairs}, key=lambda name: glyph_map[name])
    seconds = sorted({second for _, second in pairs}, key=lambda name: glyph_map[name])
    rows = _alike(firsts, {one: [pairs.get((one, two), 0) for two in seconds] for one in firsts})
    columns = _alike(seconds, {two: [pairs.get((one, two), 0) for one in firsts] for two in seconds})
    values = {
        (row, column): (buildValue({"XAdvance": pairs.get((row[0], column[0]), 0)}), None)
        for row in rows
        for column in columns
    }
    font["GPOS"].table.LookupList.Lookup[0] = buildLookup([buildPairPosClassesSubtable(values, glyph_map)])


def _alike(names: Sequence[str], rows: Mapping[str, Sequence[int]]) -> list[tuple[str, ...]]:
    """The names in groups of equal rows, in their order."""
    found: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        found.setdefault(tuple(rows[name]), []).append(name)
    return [tuple(group) for group in found.values()]
