"""The page that every report is printed on: fonts, styles, frame, outline, metadata, and the same bytes each time.

Text enters through ``paragraph``, ``table`` and ``section`` only; they escape it, so that nothing a user typed can
act as markup, and show it in the fonts that can (``reports/fonts.py``). ``rich`` is for markup written by this project.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.graphics.shapes import STATE_DEFAULTS, Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
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
from reportlab.platypus.tables import CellStyle

from reports.fonts import BOLD, FONT, WIDE, as_seen, clean, runs, runs_from_right, shaped, use_fonts

#: The three sizes in points.
SMALL, BODY, LARGE = 7.0, 8.5, 15.0

#: The one accent colour; greys; and the red that only a statement about made or generated ink may have.
ACCENT, INK, GREY, LIGHT, RED = (HexColor(h) for h in ("#1f4e79", "#1a1a1a", "#666666", "#d4d4d4", "#b00020"))
TINT = HexColor("#f2f5f8")

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN, TOP, BOTTOM = 22 * mm, 21 * mm, 21 * mm
#: Width that text and figures may take, in points.
WIDTH = PAGE_WIDTH - 2 * MARGIN

# Cells and figures name a font before their texts name their own; the default is one that no file of ours embeds.
CellStyle.fontname = STATE_DEFAULTS["fontName"] = FONT
# Streams stay binary: a fifth smaller, and the encoder to ASCII takes a third of the time of a report.
rl_config.useA85 = 0

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


def paragraph(text: str, style: str = "body", bullet: str | None = None) -> Paragraph:
    """User or program text, escaped, in one of ``STYLES``; long words are broken."""
    return rich(markup_safe(text), style, bullet)


def rich(markup: str, style: str = "body", bullet: str | None = None) -> Paragraph:
    """Markup that this project wrote (``<b>``, ``<i>``, links). What a user typed must pass ``markup_safe`` first."""
    use_fonts()
    return _Lettered(markup, STYLES[style], bulletText=bullet)


class _Lettered(Paragraph):
    """A paragraph whose lines, once broken, are put in the order in which they are drawn.

    A piece of one font is turned by itself: pieces of the wide font run from left to right and part them anyway.
    """

    def drawPara(self, debug: int = 0) -> None:  # noqa: N802  # reportlab's name
        logical = vars(self)["blPara"]
        from_right = runs_from_right("".join(map(_text_of, logical.lines)))
        self.blPara = copy.copy(logical)
        self.blPara.lines = [_line_as_seen(line, from_right) for line in logical.lines]
        super().drawPara(debug)
        self.blPara = logical


def _text_of(line: Any) -> str:
    return " ".join(line[1]) if isinstance(line, tuple) else "".join(word.text for word in line.words)


def _line_as_seen(line: Any, from_right: bool) -> Any:
    """A broken line of reportlab: (room left, words), or an object with ``words`` that have a font and text each."""
    if isinstance(line, tuple):
        return (line[0], as_seen(_text_of(line), from_right).split(" "), *line[2:])
    seen = copy.copy(line)
    seen.words = [copy.copy(word) for word in line.words]
    for word in seen.words:
        word.text = as_seen(word.text, from_right)
    return seen


def markup_safe(text: str, limit: int = 4000) -> str:
    """User text for use inside ``rich``: as the fonts can show it, and escaped."""
    pieces = runs(shaped(text, limit))
    return "".join(f'<font name="{WIDE}">{escape(t)}</font>' if name == WIDE else escape(t) for name, t in pieces)


def link(text: str, title: str) -> str:
    """Markup of a link to the section of that title, for use inside ``rich``."""
    return f'<a href="#{_key(title)}" color="#{ACCENT.hexval()[2:]}">{markup_safe(text)}</a>'


class Heading(_Lettered):
    """A heading that is also a bookmark, an entry of the outline and the aim of ``link``."""

    def __init__(self, text: str, level: int) -> None:
        use_fonts()
        self.outline, self.level = clean(text, 200), level
        super().__init__(markup_safe(text, 200), STYLES["section" if level == 0 else "subsection"])

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
        title=clean(about.title, 300),
        subject=clean(about.subject, 300),
        author=clean(about.author, 300),
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
        _draw_line(canvas, MARGIN, PAGE_HEIGHT - 13 * mm, _fitting(shaped(about.running, 300), WIDTH))
    canvas.setStrokeColor(LIGHT)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, 17 * mm, PAGE_WIDTH - MARGIN, 17 * mm)
    canvas.drawString(MARGIN, 13 * mm, f"forgery_kit · report {clean(about.report_id, 64)}")
    here = f"page {canvas.getPageNumber()} of "
    left = PAGE_WIDTH - MARGIN - pdfmetrics.stringWidth(here + "00", FONT, SMALL)
    canvas.drawString(left, 13 * mm, here)
    canvas.translate(left + pdfmetrics.stringWidth(here, FONT, SMALL), 13 * mm)
    canvas.doForm(_COUNT)
    canvas.restoreState()


def _draw_line(canvas: Canvas, x: float, y: float, text: str) -> None:
    """One line of shaped text in the small size, from x (points)."""
    for name, piece in runs(as_seen(text)):
        canvas.setFont(name, SMALL)
        canvas.drawString(x, y, piece)
        x += pdfmetrics.stringWidth(piece, name, SMALL)
    canvas.setFont(FONT, SMALL)


def _fitting(text: str, width: float) -> str:
    """Shaped text, cut with an ellipsis where it is wider than ``width`` points in the small size."""

    def wide(shown: str) -> bool:
        return sum(pdfmetrics.stringWidth(piece, name, SMALL) for name, piece in runs(shown)) > width

    if not wide(text):
        return text
    while text and wide(text + "…"):
        text = text[:-1]
    return text + "…"


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def pale(color: Color, share: float) -> Color:
    """The colour mixed with white: 1 keeps it, 0 is white."""
    return Color(*(1 - share * (1 - channel) for channel in (color.red, color.green, color.blue)))
