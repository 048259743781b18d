"""Figures of a set of likelihood ratios as vector drawings: how the method does, and where this case lies.

All are drawn from a ``Performance`` alone. Log LRs are base 10. Lines differ by dash as well as by colour, so that they
can be told apart printed in grey.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from reportlab.graphics.shapes import Drawing, Group, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor

from reports.fonts import FONT, use_fonts
from reports.performance import Performance

Array = NDArray[np.float64]
LN10 = math.log(10)
SAME, DIFFERENT, MARK, AXIS, GRID = (HexColor(c) for c in ("#1f5fa8", "#c05a00", "#000000", "#444444", "#dddddd"))
SMALL = 7
DASH = [4, 2]


class Axes:
    """A frame with ticks and titles; maps data to points of the drawing."""

    def __init__(
        self,
        width: float,
        height: float,
        x: tuple[float, float],
        y: tuple[float, float],
        titles: tuple[str, str],
        x_ticks: Sequence[tuple[float, str]],
        y_ticks: Sequence[tuple[float, str]],
    ) -> None:
        use_fonts()
        self.drawing = Drawing(width, height)
        self.left, self.bottom, self.right, self.top = 36.0, 28.0, width - 8, height - 16
        self.x_range, self.y_range = x, y
        for value, label in x_ticks:
            at = self.x(value)
            self.drawing.add(Line(at, self.bottom, at, self.top, strokeColor=GRID, strokeWidth=0.4))
            self.drawing.add(_text(at, self.bottom - 9, label, "middle"))
        for value, label in y_ticks:
            at = self.y(value)
            self.drawing.add(Line(self.left, at, self.right, at, strokeColor=GRID, strokeWidth=0.4))
            self.drawing.add(_text(self.left - 3, at - 2.5, label, "end"))
        self.drawing.add(
            Rect(
                self.left,
                self.bottom,
                self.right - self.left,
                self.top - self.bottom,
                fillColor=None,
                strokeColor=AXIS,
                strokeWidth=0.6,
            )
        )
        self.drawing.add(_text((self.left + self.right) / 2, self.bottom - 20, titles[0], "middle"))
        turned = Group(_text(0, 0, titles[1], "middle"))
        turned.translate(9, (self.bottom + self.top) / 2)
        turned.rotate(90)
        self.drawing.add(turned)

    def x(self, value: float) -> float:
        """Point of a value on the x axis, cut at the frame."""
        low, high = self.x_range
        return self.left + (min(max(value, low), high) - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Point of a value on the y axis, cut at the frame."""
        low, high = self.y_range
        return self.bottom + (min(max(value, low), high) - low) / (high - low) * (self.top - self.bottom)

    def curve(self, xs: Array, ys: Array, color: Color, dashed: bool = False, width: float = 1.3) -> None:
        """A line through points."""
        points = [p for x, y in zip(xs, ys, strict=True) for p in (self.x(float(x)), self.y(float(y)))]
        if len(points) >= 4:
            self.drawing.add(
                PolyLine(points, strokeColor=color, strokeWidth=width, strokeDashArray=DASH if dashed else None)
            )

    def upright(self, value: float, label: str) -> None:
        """A vertical mark with its label above the frame."""
        at = self.x(value)
        self.drawing.add(Line(at, self.bottom, at, self.top, strokeColor=MARK, strokeWidth=1))
        self.drawing.add(_text(at, self.top + 3, label, "middle"))

    def legend(self, entries: Sequence[tuple[str, Color, bool]], at: tuple[float, float]) -> None:
        """Names of the lines, from the upper left corner ``at`` (shares of the frame)."""
        x = self.left + at[0] * (self.right - self.left)
        y = self.bottom + at[1] * (self.top - self.bottom)
        for name, color, dashed in entries:
            self.drawing.add(
                Line(x, y, x + 14, y, strokeColor=color, strokeWidth=1.3, strokeDashArray=DASH if dashed else None)
            )
            self.drawing.add(_text(x + 17, y - 2.5, name, "start"))
            y -= 9


def tippett(performance: Performance, width: float, height: float, mark: float | None = None) -> Drawing:
    """Share of same-writer and of different-writer pairs with a log10 LR above x; ends where the data end."""
    same, different = np.array(performance.same), np.array(performance.different)
    low, high = span(np.concatenate([same, different, [0.0] if mark is None else [0.0, mark]]))
    axes = Axes(
        width, height, (low, high), (0, 1), ("log10 LR greater than", "share of pairs"), ticks(low, high), _shares()
    )
    for values, color, dashed in ((same, SAME, False), (different, DIFFERENT, True)):
        ordered = np.sort(values)
        above = 1 - np.arange(len(ordered) + 1) / len(ordered)
        xs = np.repeat(ordered, 2)
        ys = np.column_stack([above[:-1], above[1:]]).ravel()
        axes.curve(xs, ys, color, dashed)
    axes.drawing.add(Line(axes.x(0), axes.bottom, axes.x(0), axes.top, strokeColor=AXIS, strokeWidth=0.4))
    axes.legend((("same writer", SAME, False), ("different writers", DIFFERENT, True)), (0.04, 0.2))
    if mark is not None:
        axes.upright(mark, "this case")
    return axes.drawing


def score_histogram(performance: Performance, width: float, height: float, mark: float | None = None) -> Drawing:
    """How the scores of same-writer and of different-writer pairs spread, each with area one."""
    same, different = np.array(performance.same_scores), np.array(performance.different_scores)
    both = np.concatenate([same, different, [] if mark is None else [mark]])
    low, high = span(both)
    edges = np.linspace(low, high, 41)
    heights = [np.histogram(v, edges, density=True)[0] for v in (same, different)]
    top = float(max(h.max() for h in heights)) * 1.08
    axes = Axes(
        width, height, (low, high), (0, top), ("score (nats, before calibration)", "density"), ticks(low, high), ()
    )
    for values, color, dashed in ((heights[0], SAME, False), (heights[1], DIFFERENT, True)):
        axes.curve(np.repeat(edges, 2)[1:-1], np.repeat(values, 2), color, dashed)
    axes.legend((("same writer", SAME, False), ("different writers", DIFFERENT, True)), (0.04, 0.93))
    if mark is not None:
        axes.upright(mark, "this case")
    return axes.drawing


def pav(performance: Performance, width: float, height: float) -> Drawing:
    """Log10 LR as reported against the best that pool-adjacent-violators makes of it; on the diagonal is calibrated."""
    values, fitted = pool_adjacent_violators(performance.same, performance.different)
    finite = np.isfinite(fitted)
    low, high = span(np.concatenate([values, fitted[finite]]))
    axes = Axes(
        width,
        height,
        (low, high),
        (low, high),
        ("log10 LR as reported", "log10 LR after PAV"),
        ticks(low, high),
        ticks(low, high),
    )
    axes.curve(np.array([low, high]), np.array([low, high]), AXIS, True, 0.6)
    axes.curve(values[finite], fitted[finite], SAME)
    return axes.drawing


def ece(performance: Performance, width: float, height: float) -> Drawing:
    """Empirical cross-entropy against prior log10 odds (Ramos & Gonzalez-Rodriguez 2013), after PAV, and for LR = 1."""
    same, different = np.array(performance.same), np.array(performance.different)
    values, fitted = pool_adjacent_violators(performance.same, performance.different)
    best_same, best_different = (fitted[np.searchsorted(values, v)] for v in (same, different))
    odds = np.linspace(-3, 3, 121)
    curves = [
        cross_entropy(same, different, odds),
        cross_entropy(best_same, best_different, odds),
        cross_entropy(np.zeros(1), np.zeros(1), odds),
    ]
    top = float(max(c.max() for c in curves)) * 1.05
    costs = [(t, f"{t:.1f}") for t in np.arange(0, top, 0.2)]
    axes = Axes(width, height, (-3, 3), (0, top), ("prior log10 odds", "cross-entropy (bits)"), ticks(-3, 3), costs)
    for values_, color, dashed in zip(curves, (SAME, DIFFERENT, AXIS), (False, True, True), strict=True):
        axes.curve(odds, values_, color, dashed)
    axes.legend(
        (("as reported", SAME, False), ("after PAV", DIFFERENT, True), ("no evidence", AXIS, True)), (0.04, 0.95)
    )
    return axes.drawing


def det(performance: Performance, width: float, height: float) -> Drawing:
    """Rates of misses and false alarms on normal-deviate axes (Martin et al. 1997), with the EER."""
    miss, false = error_rates(np.array(performance.same_scores), np.array(performance.different_scores))
    shares = (0.001, 0.01, 0.05, 0.2, 0.4)
    rates = [(probit(p), f"{100 * p:g}") for p in shares]
    ends = (probit(0.0005), probit(0.5))
    axes = Axes(width, height, ends, ends, ("false alarms (%)", "misses (%)"), rates, rates)
    axes.curve(np.array([probit(p) for p in false]), np.array([probit(p) for p in miss]), SAME)
    point = probit(performance.eer.value)
    axes.drawing.add(Rect(axes.x(point) - 2, axes.y(point) - 2, 4, 4, fillColor=MARK, strokeColor=MARK))
    axes.drawing.add(_text(axes.x(point) + 6, axes.y(point) + 3, f"EER {100 * performance.eer.value:.2g} %", "start"))
    return axes.drawing


PLOTS: dict[str, Callable[[Performance, float, float], Drawing]] = {
    "tippett": tippett,
    "scores": score_histogram,
    "pav": pav,
    "ece": ece,
    "det": det,
}


def pool_adjacent_violators(same: Sequence[float], different: Sequence[float]) -> tuple[Array, Array]:
    """Distinct log10 LRs (m,), rising, and what PAV makes of each at equal priors; infinite at pure ends."""
    scores = np.concatenate([same, different])
    weights = np.concatenate([np.full(len(same), 1 / len(same)), np.full(len(different), 1 / len(different))])
    hits = np.concatenate([np.full(len(same), 1 / len(same)), np.zeros(len(different))])
    values, which = np.unique(scores, return_inverse=True)
    totals, wins = np.bincount(which, weights), np.bincount(which, hits)
    blocks: list[list[float]] = []
    for total, win in zip(totals, wins, strict=True):
        blocks.append([win, total, 1])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    share = np.concatenate([np.full(int(n), win / total) for win, total, n in blocks])
    with np.errstate(divide="ignore"):
        return values, (np.log(share) - np.log1p(-np.minimum(share, 1.0))) / LN10


def cross_entropy(same: Array, different: Array, prior_log10_odds: Array) -> Array:
    """Empirical cross-entropy in bits at each prior, (k,)."""
    prior = 1 / (1 + 10.0**-prior_log10_odds)
    logit = (prior_log10_odds * LN10)[:, None]
    miss = np.logaddexp(0, -(same * LN10)[None] - logit).mean(axis=1)
    false = np.logaddexp(0, (different * LN10)[None] + logit).mean(axis=1)
    return (prior * miss + (1 - prior) * false) / math.log(2)


def error_rates(same: Array, different: Array) -> tuple[Array, Array]:
    """Misses and false alarms (k,) at every threshold, thresholds rising."""
    thresholds = np.unique(np.concatenate([same, different]))
    miss = np.searchsorted(np.sort(same), thresholds) / len(same)
    false = 1 - np.searchsorted(np.sort(different), thresholds) / len(different)
    return miss, false


def probit(share: float) -> float:
    """Standard normal deviate of a share, held within 0.0001 … 0.9999."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(min(max(share, 1e-4), 1 - 1e-4))


def span(values: Array) -> tuple[float, float]:
    """Ends of an axis that holds the values, with a margin."""
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers within a span, with their names."""
    raw = (high - low) / 6
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw)
    return [(step * k, f"{step * k:g}") for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _shares() -> list[tuple[float, str]]:
    return [(s, f"{100 * s:.0f} %") for s in (0, 0.25, 0.5, 0.75, 1)]


def _text(x: float, y: float, text: str, anchor: str) -> String:
    return String(x, y, text, fontName=FONT, fontSize=SMALL, textAnchor=anchor, fillColor=AXIS)
