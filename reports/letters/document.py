"""The letter chart as a document of its own: a ``LettersFound`` in, PDF or SVG out, nothing else read or computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, Group, String
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit

from reports.findings import Item
from reports.fonts import BOLD, FONT, ITALIC, printable, use_fonts
from reports.letters import wording
from reports.letters.drawing import card, ink_of, overview
from reports.letters.findings import LetterChart
from reports.page import BODY, GREY, INK, LARGE, SMALL, WIDTH, About, Heading, build, paragraph, subsection, table
from reports.performance import ModelIdentity
from reports.saved import content_hash
from reports.schema import SCHEMA_VERSION, make_displayable
from reports.sections.letters import CARD, letters

TITLE = "Letter chart"
#: Room around an SVG, in points, and of a line of text in it.
_EDGE, _LEADING = 8 * mm, 11.5


@dataclass(frozen=True)
class LettersFound:
    """The letters of questioned and known items, without a value of the whole comparison.

    Attributes
    ----------
    chart : None where the reference has no letters. date : ISO.
    """

    date: str
    items: tuple[Item, ...]
    chart: LetterChart | None
    model: ModelIdentity
    versions: dict[str, str]
    command: str
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)


def letters_pdf(found: LettersFound) -> bytes:
    """The chart on pages of its own; the same finding gives the same bytes."""
    identity = content_hash(found)[:16]
    story = [Heading(TITLE, 0)]
    story += letters(found.items, found.chart) if found.chart else [paragraph(wording.NO_LETTERS)]
    rows = [["Item", "Side", "File", "SHA-256"]]
    rows += [[item.label, item.role, item.file, item.sha256[:12]] for item in found.items]
    story += [*subsection("Items"), table(rows, (8, 16, 60, 24)), paragraph(wording.NO_VALUE)]
    about = About(TITLE, "Letters of questioned and known handwriting", "", TITLE, identity, found.date)
    return build(story, about)


def letters_svg(found: LettersFound) -> str:
    """The same as one picture: cards two in a row, below one another."""
    use_fonts()
    blocks = [_lines([TITLE], LARGE, BOLD)]
    named = _lines([*map(_item, found.items), wording.NO_VALUE], SMALL)
    chart = found.chart
    lacking = wording.missing(chart) if chart else wording.NO_LETTERS
    if chart is None or lacking:
        return _document([*blocks, _lines([lacking], BODY), named])
    drawn = [letter for letter in chart.letters if letter.text != " "]
    shown = [*drawn, *chart.groups]
    ink = ink_of(found.items, shown, CARD)
    blocks += [_lines([wording.summary(chart)], BODY), overview(chart.letters, WIDTH)]
    blocks += [_lines([wording.OVERVIEW_CAPTION], SMALL), _lines([wording.LEAD], BODY)]
    blocks.append(_lines([wording.key(chart)], SMALL))
    cards = [card(letter, ink, CARD) for letter in shown]
    blocks += [_side_by_side(cards[k : k + 2]) for k in range(0, len(cards), 2)]
    blocks.append(_lines([wording.SPACE_NOTE, *wording.listed(chart)], SMALL))
    return _document([*blocks, named])


def _item(item: Item) -> str:
    return f"{item.label} {item.role}: {item.file} (SHA-256 {item.sha256[:12]})"


def _lines(texts: Sequence[str], size: float, font: str = FONT) -> Drawing:
    """Paragraphs of the text's width, one below the other."""
    leading = size * _LEADING / BODY
    lines = [line for text in texts for line in simpleSplit(printable(text), font, size, WIDTH)]
    drawing = Drawing(WIDTH, leading * len(lines) + 4)
    for k, line in enumerate(lines):
        y = drawing.height - leading * (k + 1) + 2
        drawing.add(String(0, y, line, fontName=font, fontSize=size, fillColor=GREY if size == SMALL else INK))
    return drawing


def _side_by_side(cards: Sequence[Drawing]) -> Drawing:
    height = max(one.height for one in cards)
    both = Drawing(WIDTH, height)
    for k, one in enumerate(cards):
        both.add(Group(*one.contents, transform=(1, 0, 0, 1, k * (WIDTH - CARD), height - one.height)))
    return both


def _document(blocks: Sequence[Drawing]) -> str:
    """Blocks below one another on white, with fonts that a browser has."""
    whole = Drawing(WIDTH + 2 * _EDGE, sum(block.height + 4 for block in blocks) + 2 * _EDGE)
    top = whole.height - _EDGE
    for block in blocks:
        top -= block.height + 4
        whole.add(Group(*block.contents, transform=(1, 0, 0, 1, _EDGE, top)))
    text = str(renderSVG.drawToString(whole)).replace("<title>...</title>", f"<title>{TITLE}</title>")
    family = "font-family: 'DejaVu Sans', Verdana, sans-serif"
    for name, style in ((BOLD, "; font-weight: bold"), (ITALIC, "; font-style: italic"), (FONT, "")):
        text = text.replace(f"font-family: {name};", f"{family}{style};")
    start = text.index("<g ")
    return f'{text[:start]}<rect width="100%" height="100%" fill="white"/>\n{text[start:]}'
