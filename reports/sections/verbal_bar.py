"""The verbal scale as a bar in log units, with the value, its interval and the bounds on it."""

from __future__ import annotations

import math

from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from reports.findings import LikelihoodRatio
from reports.fonts import BOLD, FONT, use_fonts
from reports.page import ACCENT, GREY, LIGHT, SMALL, WIDTH, pale
from reports.scale import VerbalScale
from reports.wording import INTERVAL_LABEL, interval_text, log10_number


class VerbalBar(Flowable):
    """Bar from support for H2 (left) to support for H1 (right).

    Ranges grow darker with strength; what lies beyond the bounds is hatched grey; the whisker is the interval.
    """

    def __init__(self, lr: LikelihoodRatio, scale: VerbalScale, show_interval: bool) -> None:
        super().__init__()
        use_fonts()
        self.lr, self.scale, self.show_interval = lr, scale, show_interval
        reach = max(abs(lr.lower_bound), abs(lr.upper_bound), abs(lr.log10_lr))
        self.limit = min(max(math.ceil(reach + 0.5), 4), 12)
        self.width, self.height = WIDTH, 96.0

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def _x(self, log10_lr: float) -> float:
        held = min(max(log10_lr, -self.limit), self.limit)
        return (held + self.limit) / (2 * self.limit) * self.width

    def draw(self) -> None:
        bottom, top = 34.0, 51.0
        self._draw_ranges(bottom, top)
        self._draw_bounds(bottom, top)
        self._draw_axis(bottom)
        self._draw_value(bottom, top)

    def _draw_ranges(self, bottom: float, top: float) -> None:
        edges = [edge for edge, _ in self.scale.steps]
        for side in (-1, 1):
            for i, edge in enumerate(edges):
                if edge >= self.limit:
                    continue
                end = min(edges[i + 1] if i + 1 < len(edges) else self.limit, self.limit)
                x0, x1 = sorted((self._x(side * edge), self._x(side * end)))
                self.canv.setFillColor(pale(ACCENT, 0.08 + 0.5 * i / max(len(edges) - 1, 1)))
                self.canv.rect(x0, bottom, x1 - x0, top - bottom, stroke=0, fill=1)
                self._draw_words(self.scale.steps[i][1], (x0 + x1) / 2, x1 - x0)

    def _draw_words(self, text: str, middle: float, width: float) -> None:
        """Words of a range below it, on up to two lines; left out where they do not fit (the caption has all)."""
        rows = [text] if pdfmetrics.stringWidth(text, FONT, SMALL) < width else text.split(" ", 1)
        if max(pdfmetrics.stringWidth(row, FONT, SMALL) for row in rows) > width:
            return
        self.canv.setFont(FONT, SMALL)
        self.canv.setFillColor(GREY)
        for i, row in enumerate(rows):
            self.canv.drawCentredString(middle, 14 - 8 * i, row)

    def _draw_bounds(self, bottom: float, top: float) -> None:
        """Grey, hatched ends: values that the reference set cannot support."""
        canvas = self.canv
        for x0, x1 in ((0.0, self._x(self.lr.lower_bound)), (self._x(self.lr.upper_bound), self.width)):
            if x1 - x0 < 0.5:
                continue
            canvas.saveState()
            path = canvas.beginPath()
            path.rect(x0, bottom, x1 - x0, top - bottom)
            canvas.setFillColor(LIGHT)
            canvas.clipPath(path, stroke=0, fill=1)
            canvas.setStrokeColor(GREY)
            canvas.setLineWidth(0.3)
            x = x0 - (top - bottom)
            while x < x1:
                canvas.line(x, bottom, x + top - bottom, top)
                x += 4
            canvas.restoreState()

    def _draw_axis(self, bottom: float) -> None:
        canvas = self.canv
        canvas.setFont(FONT, SMALL)
        canvas.setFillColor(GREY)
        canvas.setStrokeColor(GREY)
        canvas.setLineWidth(0.4)
        every = 1 if self.limit <= 7 else 2
        for decade in range(-self.limit, self.limit + 1, every):
            x = self._x(decade)
            canvas.line(x, bottom, x, bottom - 3)
            label = "1" if decade == 0 else f"{10**decade:,}" if decade > 0 else f"1/{10**-decade:,}"
            place = canvas.drawString if decade == -self.limit else canvas.drawCentredString
            (canvas.drawRightString if decade == self.limit else place)(x, bottom - 10, label)

    def _draw_value(self, bottom: float, top: float) -> None:
        canvas, x, lr = self.canv, self._x(self.lr.log10_lr), self.lr
        canvas.setFillColor(ACCENT)
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(1.6)
        canvas.line(x, bottom, x, top + 5)
        path = canvas.beginPath()
        for i, (dx, dy) in enumerate(((0, top + 1), (-4, top + 9), (4, top + 9))):
            (path.lineTo if i else path.moveTo)(x + dx, dy)
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)
        label = f"log10 LR {log10_number(lr.log10_lr)}"
        self._draw_near(x, self.height - 10, label, BOLD)
        if self.show_interval:
            y = top + 15
            low, high = self._x(lr.low), self._x(lr.high)
            canvas.setLineWidth(0.9)
            for x0, y0, x1, y1 in ((low, y, high, y), (low, y - 3, low, y + 3), (high, y - 3, high, y + 3)):
                canvas.line(x0, y0, x1, y1)
            self._draw_near(x, self.height - 19, f"{interval_text(lr.low, lr.high)}: {INTERVAL_LABEL}", FONT)
        canvas.setFont(FONT, SMALL)
        canvas.setFillColor(GREY)
        canvas.drawString(0, self.height - 10, "← supports H2")
        canvas.drawRightString(self.width, self.height - 10, "supports H1 →")

    def _draw_near(self, x: float, y: float, text: str, font: str) -> None:
        """Text centred on ``x``, moved inward at the ends so that it clears the labels there."""
        half = pdfmetrics.stringWidth(text, font, SMALL) / 2
        edge = 62 if y > self.height - 15 else 0
        self.canv.setFont(font, SMALL)
        self.canv.setFillColor(ACCENT)
        self.canv.drawCentredString(min(max(x, half + edge), self.width - half - edge), y, text)
