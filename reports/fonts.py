"""The report's fonts, and text as they can show it: a wide font for Chinese, Japanese and Korean, and writing from
right to left.

A character is never left out or drawn as an empty box: what no font here can show rightly is printed as its code point,
``[U+0905]``. Controls and marks that change the direction are always printed so, and thus can turn nothing round.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import arabic_reshaper
from bidi import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from datasets.errors import MissingResourceError

#: The one family, and the font of the characters that it lacks.
FONT, BOLD, ITALIC, WIDE = "Report", "Report-Bold", "Report-Italic", "Report-Wide"
_FILES = {FONT: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf", ITALIC: "DejaVuSans-Oblique.ttf"}
#: Package and file of WenQuanYi Micro Hei (Apache License 2.0).
_WIDE_FILE = ("paperang_p2_fonts_cjk", "fonts/wqy-microhei.ttc")
#: Scripts that are looked for in the wide font, which takes a moment to read: ideographs, kana, hangul and their signs.
_WIDE_SCRIPTS = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_HEBREW, _ARABIC = "\u0590-\u05ff\ufb1d-\ufb4f", "\u0600-\u06ff"
#: What the Arabic letters become when they are joined.
_JOINED = "\ufb50-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT = re.compile(f"[{_HEBREW}{_ARABIC}{_JOINED}]")
#: Arabic letters, with the joiners among them, which are invisible: with the letters shaped, they have done their work.
_ARABIC_WORD = re.compile(f"[{_ARABIC}]+(?:[\u200c\u200d]+[{_ARABIC}]+)*")
_MIRROR = str.maketrans("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤")
_MIRRORED = re.compile("[][(){}<>«»‹›≤≥]")
#: A mark in no font here, set behind each bracket: it comes out before those that run from right to left, since
#: python-bidi puts characters in order and leaves it to others to turn brackets round.
_SIDE = "\U000e0100"
_SIDED = re.compile(f"{_SIDE}({_MIRRORED.pattern})|({_MIRRORED.pattern}){_SIDE}")
# Vowel signs are part of a name as written; the ligature of a whole word is in few fonts.
_SHAPER = arabic_reshaper.ArabicReshaper({"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})


@functools.cache
def use_fonts() -> None:
    """Register the report's family, once; called by everything here that sets text.

    Raises MissingResourceError where matplotlib, whose package brings the font files, is not installed.
    """
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(_file_of("matplotlib", f"mpl-data/fonts/ttf/{file}"))))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


def _file_of(package: str, file: str) -> Path:
    """A font that lies in a package; finds its folder only, since importing matplotlib would cost half a second."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise MissingResourceError(
            package, "it is not installed, and a font of the report comes with it.", "Install it."
        )
    path = Path(found.origin).parent / file
    if not path.is_file():
        raise MissingResourceError(str(path), "a font of the report is missing.", f"Reinstall {package}.")
    return path


@functools.cache
def _family_glyphs() -> frozenset[int]:
    """Characters that are in the upright and in the bold font."""
    use_fonts()
    return frozenset.intersection(*(frozenset(pdfmetrics.getFont(name).face.charToGlyph) for name in (FONT, BOLD)))


@functools.cache
def _wide_glyphs() -> frozenset[int]:
    pdfmetrics.registerFont(TTFont(WIDE, str(_file_of(*_WIDE_FILE)), subfontIndex=0))
    pdfmetrics.registerFontFamily(WIDE, normal=WIDE, bold=WIDE, italic=WIDE, boldItalic=WIDE)
    return frozenset(pdfmetrics.getFont(WIDE).face.charToGlyph)


def clean(text: str, limit: int = 4000) -> str:
    """Text for metadata and bookmarks, which viewers set in their own fonts: controls become their code points.

    White space runs become one space; past ``limit`` characters it is cut with "… [cut]".
    """
    return "".join(_code_point(c) if unicodedata.category(c)[0] == "C" else c for c in _clipped(text, limit))


def _clipped(text: str, limit: int) -> str:
    clipped = " ".join(unicodedata.normalize("NFC", text[: limit + 1]).split())
    return clipped[:limit] + "… [cut]" if len(text) > limit else clipped


def _code_point(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def shaped(text: str, limit: int = 4000, wide: bool = True) -> str:
    """Text that the fonts can show, in the order in which it is read, Arabic letters joined; cut as in ``clean``.

    What neither the family nor, if ``wide``, the wide font can show (emoji, most scripts of India …) becomes its code
    point.
    """
    use_fonts()
    joined = _ARABIC_WORD.sub(
        lambda word: re.sub("[\u200c\u200d]", "", _SHAPER.reshape(word[0])), _clipped(text, limit)
    )
    return "".join(c if font_of(c, wide) else _code_point(c) for c in joined)


def font_of(character: str, wide: bool = True) -> str:
    """Name of the font that shows a character of joined text rightly; empty where none does."""
    kind, code = unicodedata.category(character), ord(character)
    if kind[0] == "C":
        return ""
    if code in _family_glyphs():
        backwards = unicodedata.bidirectional(character) in ("R", "AL") or "\u0590" <= character <= "\u08ff"
        unjoined = "\u0600" <= character <= "\u08ff" and kind == "Lo"
        return FONT if not backwards or (_RIGHT_TO_LEFT.match(character) and not unjoined) else ""
    return WIDE if wide and _WIDE_SCRIPTS.match(character) and code in _wide_glyphs() else ""


def as_seen(line: str, from_right: bool = False) -> str:
    """One line of shaped text in the order in which it is drawn, left to right (Unicode bidirectional algorithm).

    ``from_right`` : whether the line as a whole runs from right to left.
    """
    if not _RIGHT_TO_LEFT.search(line):
        return line
    marked = _MIRRORED.sub(rf"\g<0>{_SIDE}", line)
    drawn = get_display(marked, base_dir="R" if from_right else "L")
    return _SIDED.sub(lambda found: (found[1] or "").translate(_MIRROR) or found[2], drawn)


def runs_from_right(text: str) -> bool:
    """Whether text is written from right to left and holds nothing that runs the other way."""
    return bool(_RIGHT_TO_LEFT.search(text)) and all(unicodedata.bidirectional(c) != "L" for c in text)


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Shaped text in pieces of one font: (font, piece); a space stays in the font before it."""
    for name, piece in groupby(text, lambda c: WIDE if font_of(c) == WIDE else FONT):
        yield name, "".join(piece)


def printable(text: str, limit: int = 4000) -> str:
    """One line as the family alone can show it, in the order in which it is drawn: for pictures and short labels."""
    line = shaped(text, limit, wide=False)
    return as_seen(line, runs_from_right(line))
