"""The section *Person or machine*."""

from __future__ import annotations

from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, String
from reportlab.platypus import Flowable, Spacer

from reports import wording as common
from reports.authenticity import wording
from reports.authenticity.findings import AuthenticityFound, ItemAuthenticity
from reports.fonts import FONT
from reports.page import (
    ACCENT,
    GREY,
    INK,
    LIGHT,
    SMALL,
    WIDTH,
    bullets,
    figure,
    markup_safe,
    paragraph,
    rich,
    section,
    table,
)
from reports.performance import Figure

#: Items in the figure and in the table; more are counted.
MOST = 24
_ROW, _LEFT = 13.0, 60.0


def authenticity(found: AuthenticityFound | None) -> list[Flowable]:
    """The whole section; empty in results that do not hold it."""
    if found is None:
        return []
    story = [*section(wording.AUTHENTICITY, room=300)]
    if not found.items:
        return [*story, paragraph(wording.NONE)]
    story += [rich(f"<b>P:</b> {markup_safe(wording.P)} <b>M:</b> {markup_safe(wording.M)}"), paragraph(wording.LEAD)]
    shown = found.items[:MOST]
    story += [figure(lines_drawing(shown), wording.FIGURE_CAPTION), _values(shown)]
    if len(found.items) > MOST:
        story.append(paragraph(f"{len(found.items) - MOST} more items stand in the result's JSON.", "note"))
    story += [Spacer(0, 4), paragraph(f"{wording.basis(found)} {wording.population(found.reference)}")]
    return [*story, *bullets(wording.LIMITS), _families(found), Spacer(0, 6)]


def _values(items: tuple[ItemAuthenticity, ...]) -> Flowable:
    rows: list[list[str | Flowable]] = [["Item", "Lines", "log10 LR, P : M", "Movement alone", "Shape alone", "Words"]]
    for item in items:
        value = f"{common.log10_number(item.log10_lr)} {common.interval_text(item.low, item.high)}"
        rows.append([item.label, str(item.n_lines), value, _part(item.movement), _part(item.shape), item.words])
    return table(rows, [8, 8, 24, 14, 12, 34])


def _part(value: float | None) -> str:
    return "no time" if value is None else common.log10_number(value)


def _families(found: AuthenticityFound) -> Flowable:
    """How well each family of machines is told from people by networks that never saw one of it."""
    rows: list[list[str | Flowable]] = [["Family of machines", "Lines", "Area, with time", "Area, shape alone"]]
    for family in sorted(found.reference.families, key=lambda one: -(one.both.value if one.both else 0.0)):
        does = wording.FAMILIES.get(family.name)
        name = f"{family.name}: {does}" if does else family.name
        rows.append([name, str(family.lines), _area(family.both), _area(family.shape)])
    return table(rows, [50, 8, 21, 21])


def _area(value: Figure | None) -> str:
    return "always among those seen" if value is None else f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"


def lines_drawing(items: tuple[ItemAuthenticity, ...]) -> Drawing:
    """A row an item: its lines as small circles, the item as a large one, from machine (left) to person (right)."""
    low = min(-1.0, *(item.lower_bound for item in items)) - 0.1
    high = max(1.0, *(item.upper_bound for item in items)) + 0.1
    height = _ROW * len(items) + 26
    drawing = Drawing(WIDTH, height)

    def x(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - 4)

    for tick in range(int(low), int(high) + 1):
        drawing.add(Line(x(tick), 18, x(tick), height, strokeColor=ACCENT if tick == 0 else LIGHT, strokeWidth=0.5))
        name = "1" if tick == 0 else f"10^{tick}".replace("10^1", "10").replace("10^-1", "1/10").replace("-", "−")
        drawing.add(_label(x(tick), 9, name, "middle"))
    drawing.add(_label(_LEFT, 1, "← machine", "start"))
    drawing.add(_label(WIDTH - 4, 1, "person →", "end"))
    for number, item in enumerate(items):
        y = height - _ROW * (number + 0.5)
        for a, b in ((low, item.lower_bound), (item.upper_bound, high)):
            drawing.add(Rect(x(a), y - _ROW / 2, x(b) - x(a), _ROW, fillColor=LIGHT, strokeColor=None))
        drawing.add(_label(0, y - 2.5, item.label, "start"))
        for value in item.lines:
            if value is not None:
                drawing.add(Circle(x(value), y, 1.6, fillColor=None, strokeColor=GREY, strokeWidth=0.6))
        drawing.add(Circle(x(item.log10_lr), y, 3.0, fillColor=INK, strokeColor=None))
    return drawing


def _label(x: float, y: float, text: str, anchor: str) -> String:
    return String(x, y, text, fontName=FONT, fontSize=SMALL, textAnchor=anchor, fillColor=GREY)
