"""Keys beside drawn ink: the scale bar, and what line weights and colours stand for."""

from __future__ import annotations

import math

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from reports.drawing import DIVERGING, WEIGHTS
from reports.findings import Item
from reports.fonts import FONT, printable, use_fonts
from reports.page import GREY, INK, SMALL


class ScaleBar(Flowable):
    """A bar of a round length in mm, or in device units where the device's scale is not known."""

    def __init__(self, item: Item, scale: float) -> None:
        super().__init__()
        use_fonts()
        known = item.mm_per_unit is not None
        per_height = item.writing_height * (item.mm_per_unit or 1.0)
        per_point = per_height / scale
        self.length = _round_length(per_point * 25 * mm) / per_point if per_point > 0 else 0.0
        unit = "mm" if known else "device units (scale not known)"
        self.label = f"{self.length * per_point:,.4g} {unit}" if self.length else ""
        self.width, self.height = 80.0, 12.0

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        if not self.length:
            return
        canvas = self.canv
        canvas.setStrokeColor(GREY)
        canvas.setLineWidth(0.6)
        for x0, y0, x1, y1 in ((0, 6, self.length, 6), (0, 4, 0, 8), (self.length, 4, self.length, 8)):
            canvas.line(x0, y0, x1, y1)
        _text(canvas, self.length + 5, 3.5, self.label)


def _round_length(value: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not above ``value`` (> 0)."""
    power = 10.0 ** math.floor(math.log10(value))
    return power * max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9))


class SpeedLegend(Flowable):
    """The four line weights with the speeds they stand for."""

    def __init__(self, edges: tuple[float, float, float], title: str) -> None:
        super().__init__()
        use_fonts()
        low, middle, high = (f"{e:g}" for e in edges)
        self.labels = (f"below {low}", f"{low} to {middle}", f"{middle} to {high}", f"above {high} writing heights/s")
        self.title = title
        self.width, self.height = 400.0, 25.0

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        _text(self.canv, 0, 16, self.title)
        for i, (weight, label) in enumerate(zip(WEIGHTS, self.labels, strict=True)):
            self.canv.setStrokeColor(INK)
            self.canv.setLineWidth(weight)
            self.canv.line(i * 85, 6, i * 85 + 16, 6)
            _text(self.canv, i * 85 + 20, 3.5, label)


class EvidenceLegend(Flowable):
    """The seven colours with their range in score units per writing height."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        use_fonts()
        self.limit = limit
        self.width, self.height = 400.0, 28.0

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        cell, left = 26.0, 70.0
        _text(self.canv, 0, 15, "speaks for H2")
        for i, colour in enumerate(DIVERGING):
            self.canv.setFillColor(colour)
            self.canv.rect(left + i * cell, 13, cell - 1, 9, stroke=0, fill=1)
        _text(self.canv, left + 7 * cell + 6, 15, "speaks for H1")
        for share in (-1.0, 0.0, 1.0):
            x = left + (share + 1) / 2 * 7 * cell
            text = "0" if share == 0 else f"{share * self.limit:+.2g}".replace("-", "−")
            _text(self.canv, x, 3, text, centred=True)
        _text(self.canv, left + 7 * cell + 20, 3, "score units per writing height of ink")


def _text(canvas: Canvas, x: float, y: float, text: str, centred: bool = False) -> None:
    canvas.setFont(FONT, SMALL)
    canvas.setFillColor(GREY)
    (canvas.drawCentredString if centred else canvas.drawString)(x, y, printable(text))
