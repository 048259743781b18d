"""The letter chart: what an examiner makes by hand, letter by letter."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from reports.findings import Item
from reports.letters import wording
from reports.letters.drawing import card, ink_of, overview
from reports.letters.findings import Letter, LetterChart
from reports.page import WIDTH, figure, paragraph, section, subsection

_GUTTER = 7 * mm
#: Of a card, in points.
CARD = (WIDTH - _GUTTER) / 2


def letter_section(items: Sequence[Item], chart: LetterChart | None) -> list[Flowable]:
    """Heading and chart, or why there is none."""
    if chart is None:
        return [*section(wording.LETTERS), paragraph(wording.NO_CHART)]
    return [*section(wording.LETTERS, new_page=True), *letters(items, chart)]


def letters(items: Sequence[Item], chart: LetterChart) -> list[Flowable]:
    """The chart itself, or why there is none."""
    lacking = wording.missing(chart)
    if lacking:
        return [paragraph(lacking)]
    story: list[Flowable] = [paragraph(wording.summary(chart))]
    story += [figure(overview(chart.letters, WIDTH), wording.OVERVIEW_CAPTION), Spacer(0, 6), paragraph(wording.LEAD)]
    story.append(paragraph(wording.key(chart), "note"))
    drawn = [letter for letter in chart.letters if letter.text != " "]
    story.append(_cards(items, drawn, [*drawn, *chart.groups]))
    if chart.groups:
        story += [*subsection("Groups of letters"), paragraph(wording.GROUPS_LEAD)]
        story.append(_cards(items, chart.groups, [*drawn, *chart.groups]))
    if len(drawn) < len(chart.letters):
        story.append(paragraph(wording.SPACE_NOTE, "small"))
    return [*story, *(paragraph(text, "small") for text in wording.listed(chart))]


def _cards(items: Sequence[Item], shown: Sequence[Letter], all_letters: Sequence[Letter]) -> Table:
    """Two cards a row, the first at the left."""
    ink = ink_of(items, all_letters, CARD)
    cards: list[Flowable] = [card(letter, ink, CARD) for letter in shown]
    cards += [Spacer(0, 0)] * (len(cards) % 2)
    rows = [[cards[k], "", cards[k + 1]] for k in range(0, len(cards), 2)]
    style: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "BOTTOM")]
    style += [("TOPPADDING", (0, 0), (-1, -1), 3)]
    return Table(rows, [CARD, _GUTTER, CARD], style=style, hAlign="LEFT")
