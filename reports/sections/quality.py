"""How good the method is at the amounts of ink and channels of the case."""

from __future__ import annotations

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, String
from reportlab.platypus import Flowable, Table

from reports import wording
from reports.findings import Comparison, LikelihoodRatio
from reports.fonts import FONT
from reports.page import (
    ACCENT,
    GREY,
    LIGHT,
    PAGE_HEIGHT,
    SMALL,
    WIDTH,
    figure,
    paragraph,
    section,
    side_by_side,
    subsection,
    table,
)
from reports.performance import Growth, Performance
from reports.plots import score_histogram, tippett
from reports.sections.answer import channels_text

_HALF, _HEIGHT = (WIDTH - 12) / 2, 165.0


def quality(comparison: Comparison) -> list[Flowable]:
    """Figures as counts of writers with intervals, where this score lies, and what more writing would bring."""
    performance = comparison.performance
    story = [
        *section(wording.QUALITY, room=PAGE_HEIGHT / 3),
        paragraph(wording.QUALITY_LEAD, "bold"),
        _figures(performance),
    ]
    figures: list[Flowable] = []
    if performance.same_scores and performance.different_scores:
        figures.append(
            figure(score_histogram(performance, _HALF, _HEIGHT, comparison.score), wording.HISTOGRAM_CAPTION)
        )
    if performance.same and performance.different:
        figures.append(figure(tippett(performance, _HALF, _HEIGHT, comparison.lr.log10_lr), wording.TIPPETT_CAPTION))
    if len(figures) == 2:
        story.append(side_by_side(*figures))
    else:
        story += figures or [paragraph(wording.NO_PLOT)]
    story += subsection("More known writing")
    growth = comparison.growth
    if growth is None or not growth.amounts:
        return [*story, paragraph(wording.NO_GROWTH)]
    story.append(paragraph(wording.GROWTH_LEAD))
    left: Flowable = _growth_table(growth)
    story.append(side_by_side(left, figure(growth_drawing(growth, comparison.lr), wording.GROWTH_CAPTION)))
    return story


def _figures(p: Performance) -> Table:
    rows = [
        [
            "Reference set",
            f"{p.name}: {_pairs(p)}",
        ],
        [
            "At the conditions of",
            f"questioned {p.amount_questioned:,.0f} and known {p.amount_known:,.0f} writing heights of ink; "
            f"channels {channels_text(p.channels)}",
        ],
        ["Misleading, same writer", f"log10 LR below 0: {wording.rate_text(p.misleading_same)}"],
        ["", f"below −1: {wording.rate_text(p.strongly_misleading_same)}"],
        ["Misleading, different writers", f"log10 LR above 0: {wording.rate_text(p.misleading_different)}"],
        ["", f"above 1: {wording.rate_text(p.strongly_misleading_different)}"],
        ["EER", wording.percent_figure(p.eer)],
        [
            "Cllr",
            f"{wording.plain_figure(p.cllr)}; least the bounds allow {p.cllr_floor:.3f}; "
            f"before bounding {p.cllr_unbounded:.3f}",
        ],
        ["Cllr min", wording.plain_figure(p.cllr_min)],
    ]
    return table(rows, [27, 73], header=False)


def _pairs(p: Performance) -> str:
    if p.n_writers_different is None:
        return f"{p.n_writers} writers, {p.n_same:,} same-writer and {p.n_different:,} different-writer pairs"
    return (
        f"{p.n_same:,} same-writer pairs of {p.n_writers} writers, {p.n_different:,} different-writer pairs of "
        f"{p.n_writers_different} writers"
    )


def _growth_table(growth: Growth) -> Table:
    rows = [["Known ink, writing heights", "if H1 is true", "if H2 is true"]]
    for amount, h1, h2 in zip(growth.amounts, growth.h1, growth.h2, strict=True):
        rows.append([f"{amount:,.0f}", wording.log10_number(h1), wording.log10_number(h2)])
    return table(rows, [4, 3, 3], right=[0, 1, 2], total=_HALF)


def growth_drawing(growth: Growth, lr: LikelihoodRatio, width: float = _HALF, height: float = 120.0) -> Drawing:
    """Mean log10 LR under H1 (filled) and H2 (open) by amount of known ink, evenly spaced, with the bounds dashed."""
    drawing = Drawing(width, height)
    left, right, bottom, top = 34.0, width - 30, 26.0, height - 14
    limit = 1.1 * max(1.0, abs(lr.lower_bound), abs(lr.upper_bound), *map(abs, growth.h1), *map(abs, growth.h2))

    def x(i: int) -> float:
        return left + (right - left) * (i + 0.5) / len(growth.amounts)

    def y(value: float) -> float:
        return bottom + (value + limit) / (2 * limit) * (top - bottom)

    for value, dashed in ((0.0, False), (lr.lower_bound, True), (lr.upper_bound, True)):
        line = Line(left, y(value), right, y(value), strokeColor=GREY if dashed else LIGHT, strokeWidth=0.6)
        line.strokeDashArray = [3, 2] if dashed else None
        drawing.add(line)
        drawing.add(_label(left - 4, y(value) - 2.5, wording.log10_number(value), "end"))
    for name, values, fill in (("H1", growth.h1, ACCENT), ("H2", growth.h2, None)):
        points = [number for i, v in enumerate(values) for number in (x(i), y(v))]
        if len(values) > 1:
            drawing.add(PolyLine(points, strokeColor=ACCENT, strokeWidth=1))
        for i, value in enumerate(values):
            drawing.add(Circle(x(i), y(value), 2.4, strokeColor=ACCENT, fillColor=fill or "white", strokeWidth=1))
        drawing.add(_label(x(len(values) - 1) + 8, y(values[-1]) - 2.5, name))
    for i, amount in enumerate(growth.amounts):
        drawing.add(_label(x(i), bottom - 9, f"{amount:,.0f}", "middle"))
    drawing.add(_label((left + right) / 2, 3, "known ink, writing heights", "middle"))
    drawing.add(_label(0, height - 7, "log10 LR"))
    return drawing


def _label(x: float, y: float, text: str, anchor: str = "start") -> String:
    return String(x, y, text, fontName=FONT, fontSize=SMALL, fillColor=GREY, textAnchor=anchor)
