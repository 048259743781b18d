"""The table of measures, each with both sides on the reference population's distribution."""

from __future__ import annotations

import math

import numpy as np
from reportlab.platypus import Flowable

from reports import wording
from reports.findings import Comparison, MeasureRow
from reports.fonts import FONT
from reports.page import (
    ACCENT,
    GREY,
    LIGHT,
    PAGE_HEIGHT,
    SMALL,
    markup_safe,
    paragraph,
    rich,
    section,
    subsection,
    table,
    two_columns,
)


def measures(comparison: Comparison) -> list[Flowable]:
    """Measured rows, those that could not be taken and why, and every definition."""
    story = [*section(wording.MEASURES, room=PAGE_HEIGHT / 3), paragraph(wording.MEASURES_LEAD)]
    taken = [row for row in comparison.measures if row.questioned is not None and row.known is not None]
    missing = [row for row in comparison.measures if row.questioned is None or row.known is None]
    if not comparison.measures:
        return [*story, paragraph(wording.NO_MEASURES)]
    if taken:
        rows: list[list[str | Flowable]] = [["Measure", "Questioned", "Known", "Difference", "Place in the reference"]]
        story += [table([*rows, *map(_row, taken)], [32, 17, 17, 13, 28], right=[1, 2, 3])]
        story.append(paragraph(wording.MEASURES_KEY, "caption"))
    if missing:
        story += subsection(wording.NOT_MEASURABLE)
        story.append(
            table([[row.name, row.missing or "reason not recorded"] for row in missing], [1, 2.2], header=False)
        )
    story += subsection("Definitions")
    definitions = [f"<b>{markup_safe(r.name)}</b>: {markup_safe(r.definition)}" for r in comparison.measures]
    return [*story, two_columns([rich(definition, "small") for definition in definitions])]


def _row(row: MeasureRow) -> list[str | Flowable]:
    questioned, known = row.questioned or 0.0, row.known or 0.0
    digits = _decimals(row)
    name = rich(
        f"{markup_safe(row.name)}<br/><font size='{SMALL}' color='#666666'>{markup_safe(row.unit)}</font>", "cell"
    )
    difference = f"{questioned - known:+.{digits}f}".replace("-", "−")
    return [
        name,
        _value(questioned, row.questioned_spread, digits),
        _value(known, row.known_spread, digits),
        difference,
        DotPlot(row),
    ]


def _decimals(row: MeasureRow) -> int:
    """Decimals so that the smaller spread keeps one figure, two if that begins with 1 or 2."""
    spreads = [s for s in (row.questioned_spread, row.known_spread) if s]
    size = min(spreads) if spreads else max(abs(row.questioned or 0), abs(row.known or 0)) / 20
    return min(max(-math.floor(math.log10(size / 3)), 0), 4) if size > 0 else 2


def _value(value: float, spread: float | None, digits: int) -> str:
    text = f"{value:.{digits}f}".replace("-", "−")
    return text if spread is None else f"{text} ± {spread:.{digits}f}"


class DotPlot(Flowable):
    """Reference quantiles as a line, the questioned value as a filled and the known as an open dot."""

    def __init__(self, row: MeasureRow) -> None:
        super().__init__()
        self.row = row
        self.width, self.height = 120.0, 20.0

    def wrap(self, available: float, _: float) -> tuple[float, float]:
        self.width = available
        return self.width, self.height

    def draw(self) -> None:
        row, canvas, y = self.row, self.canv, 12.0
        if not row.reference:
            canvas.setFont(FONT, SMALL)
            canvas.setFillColor(GREY)
            canvas.drawString(5, y - 3, wording.NO_REFERENCE)
            return
        values = [v for v in (*row.reference, row.questioned, row.known) if v is not None]
        low, high = min(values), max(values)
        room = (high - low) or 1.0

        def place(value: float) -> float:
            return 5 + (value - low) / room * (self.width - 10)

        canvas.setFont(FONT, SMALL)
        canvas.setFillColor(GREY)
        grid = np.linspace(1, 99, len(row.reference))
        low_quarter, median, high_quarter = np.interp([25, 50, 75], grid, row.reference)
        canvas.setStrokeColor(LIGHT)
        canvas.setLineWidth(1)
        canvas.line(place(row.reference[0]), y, place(row.reference[-1]), y)
        canvas.setLineWidth(4)
        canvas.line(place(low_quarter), y, place(high_quarter), y)
        canvas.setStrokeColor(GREY)
        canvas.setLineWidth(0.8)
        canvas.line(place(median), y - 4, place(median), y + 4)
        canvas.drawString(5, 0, f"{row.reference[0]:.3g}".replace("-", "−"))
        canvas.drawRightString(self.width - 5, 0, f"{row.reference[-1]:.3g}".replace("-", "−"))
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.circle(place(row.known or 0.0), y, 3.1, stroke=1, fill=1)
        canvas.setFillColor(ACCENT)
        canvas.circle(place(row.questioned or 0.0), y, 2.2, stroke=0, fill=1)
