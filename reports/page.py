"""The page that every report is printed on: fonts, styles, frame, outline, metadata, and the same bytes each time.

Text enters through ``paragraph``, ``table`` and ``section`` only; they escape it, so that nothing a user typed can
act as markup, and show characters that cannot be printed rightly as their code point. ``rich`` is for markup written
by this project.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepInFrame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from datasets.errors import MissingResourceError

#: The one family, and its three sizes in points.
FONT, BOLD, ITALIC = "Report", "Report-Bold", "Report-Italic"
SMALL, BODY, LARGE = 7.0, 8.5, 15.0

#: The one accent colour; greys; and the red that only a statement about made or generated ink may have.
ACCENT, INK, GREY, LIGHT, RED = (HexColor(h) for h in ("#1f4e79", "#1a1a1a", "#666666", "#d4d4d4", "#b00020"))
TINT = HexColor("#f2f5f8")

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN, TOP, BOTTOM = 22 * mm, 21 * mm, 21 * mm
#: Width that text and figures may take, in points.
WIDTH = PAGE_WIDTH - 2 * MARGIN

# Streams stay binary: a fifth smaller, and the encoder to ASCII takes a third of the time of a report.
rl_config.useA85 = 0

_FILES = {FONT: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf", ITALIC: "DejaVuSans-Oblique.ttf"}
_BODY = ParagraphStyle(
    "body",
    fontName=FONT,
    bulletFontName=FONT,
    fontSize=BODY,
    leading=12.2,
    textColor=INK,
    spaceAfter=5,
    splitLongWords=1,
    uriWasteReduce=0,
)
_LINE = {"spaceAfter": 0, "leading": 11.2}
STYLES = {
    "body": _BODY,
    "bold": ParagraphStyle("bold", _BODY, fontName=BOLD),
    "note": ParagraphStyle("note", _BODY, fontSize=SMALL, leading=9.6, textColor=GREY),
    "small": ParagraphStyle("small", _BODY, fontSize=SMALL, leading=10, spaceAfter=3.5),
    "caption": ParagraphStyle("caption", _BODY, fontSize=SMALL, leading=9.6, textColor=GREY, spaceAfter=8),
    "warning": ParagraphStyle("warning", _BODY, fontName=BOLD, textColor=RED),
    "item": ParagraphStyle("item", _BODY, leftIndent=12, bulletIndent=0, spaceAfter=3.5),
    "title": ParagraphStyle("title", _BODY, fontName=BOLD, fontSize=LARGE, leading=19, textColor=ACCENT, spaceAfter=3),
    "section": ParagraphStyle(
        "section", _BODY, fontName=BOLD, fontSize=LARGE, leading=19, textColor=ACCENT, spaceBefore=8, spaceAfter=7
    ),
    "subsection": ParagraphStyle("subsection", _BODY, fontName=BOLD, textColor=ACCENT, spaceBefore=7, spaceAfter=4),
    "cell": ParagraphStyle("cell", _BODY, **_LINE),
    "cell right": ParagraphStyle("cell right", _BODY, alignment=TA_RIGHT, **_LINE),
    "head": ParagraphStyle("head", _BODY, fontSize=SMALL, textColor=GREY, spaceAfter=0, leading=9.6),
    "head right": ParagraphStyle(
        "head right", _BODY, fontSize=SMALL, textColor=GREY, spaceAfter=0, leading=9.6, alignment=TA_RIGHT
    ),
}


@dataclass(frozen=True)
class About:
    """What stands on every page and in the document's metadata.

    Attributes
    ----------
    title : of the document. ``subject``, ``author`` : may be empty.
    running : short line at the head of every page but the first: what and which case.
    report_id : hash of the content, printed in the footer of every page.
    date : ISO date (YYYY-MM-DD) that the document carries as its own; anything else leaves the year 2000.
    """

    title: str
    subject: str
    author: str
    running: str
    report_id: str
    date: str


@functools.cache
def use_fonts() -> None:
    """Register the report's fonts, once; called by everything here that sets text.

    Raises MissingResourceError where matplotlib, whose package brings the font files, is not installed.
    """
    found = importlib.util.find_spec("matplotlib")  # finds the folder; importing matplotlib would cost half a second
    if found is None or found.origin is None:
        raise MissingResourceError(
            "matplotlib", "it is not installed, and the report's fonts come with it.", "Install it."
        )
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name, file in _FILES.items():
        if not (folder / file).is_file():
            raise MissingResourceError(
                str(folder / file), "the font of the report is missing.", "Reinstall matplotlib."
            )
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


def printable(text: str, limit: int = 4000) -> str:
    """Text that the fonts can show and that cannot disturb the page.

    White space runs become one space; control, direction-changing and unpaired characters, those that the font has no
    glyph for (emoji, Chinese …), and those written from right to left, which would stand in reversed order, become
    their code point, ``[U+4E2D]``; past ``limit`` characters it is cut with "… [cut]".
    """
    use_fonts()
    glyphs = pdfmetrics.getFont(FONT).face.charToGlyph
    clipped = " ".join(unicodedata.normalize("NFC", text[: limit + 1]).split())
    if len(text) > limit:
        clipped = clipped[:limit] + "… [cut]"
    return "".join(
        c if ord(c) in glyphs and unicodedata.category(c)[0] != "C" and not _right_to_left(c) else f"[U+{ord(c):04X}]"
        for c in clipped
    )


def _right_to_left(character: str) -> bool:
    """Letters from right to left, and their blocks' marks and digits, which mean nothing apart from them."""
    return unicodedata.bidirectional(character) in ("R", "AL") or "\u0590" <= character <= "\u08ff"


def paragraph(text: str, style: str = "body", bullet: str | None = None) -> Paragraph:
    """User or program text, escaped, in one of ``STYLES``; long words are broken."""
    return rich(escape(printable(text)), style, bullet)


def rich(markup: str, style: str = "body", bullet: str | None = None) -> Paragraph:
    """Markup that this project wrote (``<b>``, ``<i>``, links). What a user typed must pass ``markup_safe`` first."""
    use_fonts()
    return Paragraph(markup, STYLES[style], bulletText=bullet)


def markup_safe(text: str, limit: int = 4000) -> str:
    """User text for use inside ``rich``: printable and escaped."""
    return escape(printable(text, limit))


def link(text: str, title: str) -> str:
    """Markup of a link to the section of that title, for use inside ``rich``."""
    return f'<a href="#{_key(title)}" color="#{ACCENT.hexval()[2:]}">{markup_safe(text)}</a>'


class Heading(Paragraph):
    """A heading that is also a bookmark, an entry of the outline and the aim of ``link``."""

    def __init__(self, text: str, level: int) -> None:
        use_fonts()
        self.outline, self.level = printable(text, 200), level
        super().__init__(escape(self.outline), STYLES["section" if level == 0 else "subsection"])

    def draw(self) -> None:
        key = _key(self.outline)
        place = f"{key}-{self.canv.getPageNumber()}-{self.canv.absolutePosition(0, 0)[1]:.0f}"  # titles may repeat
        for name in (key, place):
            self.canv.bookmarkHorizontal(name, 0, self.height + 4)
        self.canv.addOutlineEntry(self.outline, place, self.level, closed=0)
        super().draw()


def section(title: str, new_page: bool = False, room: float = PAGE_HEIGHT / 5) -> list[Flowable]:
    """Heading of a section, at the top of a page or where at least ``room`` points of a page are left."""
    return [PageBreak() if new_page else CondPageBreak(room), Heading(title, 0)]


def subsection(title: str) -> list[Flowable]:
    """Heading within a section, kept on the page of what follows it."""
    return [CondPageBreak(30 * mm), Heading(title, 1)]


def bullets(texts: Sequence[str]) -> list[Flowable]:
    """A paragraph with a dash each."""
    return [paragraph(text, "item", "–") for text in texts]


def table(
    rows: Sequence[Sequence[str | Flowable]],
    widths: Sequence[float],
    right: Sequence[int] = (),
    header: bool = True,
    rules: bool = True,
    total: float = WIDTH,
    whole_rows: bool = False,
) -> Table:
    """A table without boxes: small grey heads, a hair line under each row.

    Parameters
    ----------
    rows : text (escaped) or flowables; the first row is the head if ``header``, repeated on each page.
    widths : shares of the ``total`` width (points), scaled so that they fill it.
    right : columns set flush right.
    whole_rows : no page ends within a row; each must be lower than a page.
    """
    whole = sum(widths)

    def cell(value: str | Flowable, row: int, column: int) -> Flowable:
        if not isinstance(value, str):
            return value
        kind = "head" if header and row == 0 else "cell"
        return paragraph(value, kind + (" right" if column in right else ""))

    style: list[tuple[object, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("LEFTPADDING", (1, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-2, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if rules:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.25, LIGHT))
    if header:
        style.append(("LINEBELOW", (0, 0), (-1, 0), 0.6, GREY))
    cells = [[cell(value, r, c) for c, value in enumerate(row)] for r, row in enumerate(rows)]
    return Table(
        cells,
        [total * w / whole for w in widths],
        repeatRows=int(header),
        style=style,
        spaceAfter=8,
        hAlign="LEFT",
        splitInRow=int(not whole_rows),
    )


def figure(drawing: Drawing, caption: str) -> Table:
    """A figure with its caption below, never parted by a page's end."""
    content = [drawing, Spacer(0, 3), paragraph(caption, "caption")]
    style = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    return Table([[content]], [drawing.width], style=style, hAlign="LEFT")


def one_page(story: list[Flowable]) -> Flowable:
    """The story on a page of its own, made smaller where it would not fit."""
    return KeepInFrame(WIDTH, PAGE_HEIGHT - TOP - BOTTOM, story, mode="shrink")


def side_by_side(left: Flowable, right: Flowable) -> Table:
    """Two figures beside each other, half the text width each, less a gutter of 4 mm."""
    gap = 4 * mm
    half = (WIDTH - gap) / 2
    style = [("VALIGN", (0, 0), (-1, -1), "TOP")] + [(f"{s}PADDING", (0, 0), (-1, -1), 0) for s in ("LEFT", "RIGHT")]
    return Table([[left, "", right]], [half, gap, half], style=style, hAlign="LEFT")


def two_columns(paragraphs: Sequence[Flowable]) -> Table:
    """Short paragraphs in two columns, down the left one first; a page may end between any two rows."""
    half = (len(paragraphs) + 1) // 2
    rows = list(zip_longest(paragraphs[:half], paragraphs[half:], fillvalue=""))
    style: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "TOP", "BOTTOM")]
    style += [("RIGHTPADDING", (0, 0), (-1, -1), 4 * mm)]
    return Table(rows, [WIDTH / 2, WIDTH / 2], style=style, hAlign="LEFT", splitInRow=1, spaceAfter=8)


def build(story: Sequence[Flowable], about: About) -> bytes:
    """The PDF's bytes; the same story and ``about`` give the same bytes."""
    use_fonts()
    buffer = io.BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=printable(about.title, 300),
        subject=printable(about.subject, 300),
        author=printable(about.author, 300),
        creator="forgery_kit",
        lang="en-GB",
        invariant=1,
        pageCompression=1,
        initialFontName=FONT,
        initialFontSize=BODY,
    )
    frame = Frame(MARGIN, BOTTOM, WIDTH, PAGE_HEIGHT - TOP - BOTTOM, 0, 0, 0, 0)

    def start(canvas: Canvas, _: BaseDocTemplate) -> None:
        _furniture(canvas, about)

    document.addPageTemplates(PageTemplate("page", [frame], onPage=start))
    document.build([*story, _PageCount()])
    return buffer.getvalue()


_COUNT = "number_of_pages"


class _PageCount(Flowable):
    """Takes no room; writes the number of its page into the form that every footer shows. It must come last."""

    width = height = 0.0

    def wrap(self, *_: float) -> tuple[float, float]:
        return 0.0, 0.0

    def draw(self) -> None:
        canvas = self.canv
        canvas.beginForm(_COUNT, 0, -3, 40, 12)
        canvas.setFont(FONT, SMALL)
        canvas.setFillColor(GREY)
        canvas.drawString(0, 0, str(canvas.getPageNumber()))
        canvas.endForm()


def _furniture(canvas: Canvas, about: About) -> None:
    """Running head (not on page 1) and footer."""
    canvas.saveState()
    canvas.setFont(FONT, SMALL)
    canvas.setFillColor(GREY)
    if canvas.getPageNumber() == 1:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", about.date):
            day = about.date.replace("-", "")
            canvas.setDateFormatter(lambda *_: f"D:{day}000000+00'00'")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.showOutline()
    else:
        canvas.drawString(MARGIN, PAGE_HEIGHT - 13 * mm, _fitting(printable(about.running, 300), WIDTH))
    canvas.setStrokeColor(LIGHT)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, 17 * mm, PAGE_WIDTH - MARGIN, 17 * mm)
    canvas.drawString(MARGIN, 13 * mm, f"forgery_kit · report {printable(about.report_id, 64)}")
    here = f"page {canvas.getPageNumber()} of "
    left = PAGE_WIDTH - MARGIN - pdfmetrics.stringWidth(here + "00", FONT, SMALL)
    canvas.drawString(left, 13 * mm, here)
    canvas.translate(left + pdfmetrics.stringWidth(here, FONT, SMALL), 13 * mm)
    canvas.doForm(_COUNT)
    canvas.restoreState()


def _fitting(text: str, width: float) -> str:
    """The text, cut with an ellipsis where it is wider than ``width`` points in the small size."""
    if pdfmetrics.stringWidth(text, FONT, SMALL) <= width:
        return text
    while text and pdfmetrics.stringWidth(text + "…", FONT, SMALL) > width:
        text = text[:-1]
    return text + "…"


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def pale(color: Color, share: float) -> Color:
    """The colour mixed with white: 1 keeps it, 0 is white."""
    return Color(*(1 - share * (1 - channel) for channel in (color.red, color.green, color.blue)))
