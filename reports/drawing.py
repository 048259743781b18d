"""Ink as vectors: lines of strokes at one common scale, with speed as line weight or evidence as colour.

Coordinates of drawn strokes are writing heights, y down (``reports.findings.DrawnStroke``); points on the page are
``scale`` times that. Strokes of one weight and colour become one path, so that a page of ink is a few operators.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.pathobject import PDFPathObject
from reportlab.platypus import Flowable

from reports.findings import DrawnStroke, Interval, Item
from reports.page import GREY, INK, LIGHT

Line = tuple[DrawnStroke, ...]

#: Line weights in points from slow to fast, and the one for ink without speed.
WEIGHTS, PLAIN_WEIGHT = (1.25, 0.85, 0.55, 0.3), 0.7
#: From strong support for H2 over none to strong support for H1: orange–grey–blue, told apart with any colour vision.
DIVERGING = tuple(HexColor(h) for h in ("#9c3d00", "#d9711a", "#eda65f", "#9a9a9a", "#74a9d8", "#2c70b8", "#0b3a73"))
#: The grey in the middle, which ink has, too, whose contribution is not certain.
_NEITHER = len(DIVERGING) // 2
#: Length of path between drawn points in writing heights: finer than a printer's dot at any scale used here.
_STEP = 0.04
_STRIP = 12.0
#: Pieces that one line is broken into; far more than a report draws.
MOST_RANGES = 1000


@dataclass(frozen=True)
class InkStyle:
    """How strokes are drawn.

    Attributes
    ----------
    speed_edges : three speeds (writing heights per second) that part the four ``WEIGHTS``; None draws one weight.
    evidence_limit : contribution per writing height that has the strongest colour and a full bar; None draws ``plain``.
    """

    speed_edges: tuple[float, float, float] | None = None
    evidence_limit: float | None = None
    plain: Color = INK


def speed_edges(items: Sequence[Item]) -> tuple[float, float, float] | None:
    """Quartiles of the speed of all items that have it, to two figures; None where none has."""
    parts = [s.speed for item in items for line in item.lines for s in line if s.speed]
    if not parts:
        return None
    low, middle, high = np.quantile(np.concatenate(parts), [0.25, 0.5, 0.75])
    return float(f"{low:.1e}"), float(f"{middle:.1e}"), float(f"{high:.1e}")


def evidence_limit(items: Sequence[Item]) -> float | None:
    """The 98 % quantile of |evidence| over all drawn points, or None where there is no evidence."""
    parts = [s.evidence for item in items for line in item.lines for s in line if s.evidence]
    if not parts:
        return None
    limit = float(np.quantile(np.abs(np.concatenate(parts)), 0.98))
    return limit or None


def extent(line: Line) -> tuple[Interval, Interval]:
    """(x range, y range) of a line in writing heights; (0, 0) without points."""
    strokes = [s for s in line if s.x]
    if not strokes:
        return (0.0, 0.0), (0.0, 0.0)
    return (
        (min(min(s.x) for s in strokes), max(max(s.x) for s in strokes)),
        (min(min(s.y) for s in strokes), max(max(s.y) for s in strokes)),
    )


def common_scale(items: Sequence[Item], width: float) -> float:
    """Points per writing height: most lines fill the column of ``width`` points, none is taller than 5 cm.

    Held between 1.5 and 3 mm unless a line's height forces it below.
    """
    extents = [extent(line) for item in items for line in item.lines]
    if not extents:
        return 2 * mm
    widths = [x[1] - x[0] for x, _ in extents]
    tallest = max(y[1] - y[0] for _, y in extents)
    fitting = width / max(float(np.quantile(widths, 0.95)), 1.0)
    return min(max(fitting, 1.5 * mm), 3 * mm, 50 * mm / max(tallest, 1.0))


def break_line(line: Line, limit: float) -> list[Interval]:
    """x ranges of at most ``limit`` writing heights that cover the line, cut in gaps between strokes if any.

    What is left after ``MOST_RANGES`` of them is the last, however long: one stray point far off asks for millions.
    """
    spans = sorted((min(s.x), max(s.x)) for s in line if s.x)
    if not spans:
        return []
    start, end = spans[0][0], max(b for _, b in spans)
    gaps, reached = [], spans[0][1]
    for low, high in spans[1:]:
        if low > reached:
            gaps.append((low + reached) / 2)
        reached = max(reached, high)
    ranges: list[Interval] = []
    while end - start > limit and len(ranges) < MOST_RANGES:
        fitting = [g for g in gaps if start < g <= start + limit]
        cut = fitting[-1] if fitting else start + limit
        ranges.append((start, cut))
        start = cut
    return [*ranges, (start, end)]


class InkLine(Flowable):
    """One line of ink, or a part of one, optionally with its evidence strip below.

    Parameters
    ----------
    part : x range in writing heights; other ink is cut off, or drawn pale where ``context`` writing heights reach.
    scale : points per writing height.
    width : of the column in points.
    """

    def __init__(
        self,
        line: Line,
        part: Interval,
        scale: float,
        width: float,
        style: InkStyle,
        indent: float = 0.0,
        context: float = 0.0,
    ) -> None:
        super().__init__()
        self.part, self.scale, self.style, self.indent, self.context = part, scale, style, indent, context
        self.strokes = [s for s in line if s.x and max(s.x) >= part[0] - context and min(s.x) <= part[1] + context]
        (self.left, self.right), (self.top, self.bottom) = extent(tuple(self.strokes))
        self.strip = _STRIP if style.evidence_limit is not None and any(s.evidence for s in self.strokes) else 0.0
        self.width = width
        self.height = (self.bottom - self.top) * scale + self.strip + 6

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        low, high = self.part[0] - self.context, self.part[1] + self.context
        left = max(low, self.left)
        canvas.saveState()
        canvas.translate(self.indent, 0)
        if self.left < low or self.right > high:
            self._clip(left, high)
        canvas.setLineCap(1)
        canvas.setLineJoin(1)
        groups = _groups(self.strokes, self.style)
        base = 3 + self.strip + self.bottom * self.scale
        if self.context:
            canvas.setStrokeColor(LIGHT)
            canvas.setLineWidth(PLAIN_WEIGHT)
            self._stroke_path([piece for pieces in groups.values() for piece in pieces], left, base)
            self._clip(max(self.part[0], self.left), self.part[1], left)
        for (weight, colour), pieces in groups.items():
            canvas.setLineWidth(weight)
            canvas.setStrokeColor(DIVERGING[colour] if colour is not None else self.style.plain)
            self._stroke_path(pieces, left, base)
        if self.strip:
            self._draw_strip(left)
        canvas.restoreState()

    def _clip(self, low: float, high: float, origin: float | None = None) -> None:
        path = self.canv.beginPath()
        start = (low - (low if origin is None else origin)) * self.scale
        path.rect(start - 1, -1, (high - low) * self.scale + 2, self.height + 2)
        self.canv.clipPath(path, stroke=0, fill=0)

    def _stroke_path(
        self, pieces: list[tuple[NDArray[np.float64], NDArray[np.float64]]], left: float, base: float
    ) -> None:
        code: list[str] = []
        for x, y in pieces:
            points = [f"{a:.2f} {b:.2f}" for a, b in zip((x - left) * self.scale, base - y * self.scale, strict=True)]
            code.append(f"{points[0]} m")
            code.extend(f"{p} l" for p in (points[1:] or points))  # one point: a dot, by the round cap
        self.canv.drawPath(PDFPathObject(code=code), stroke=1, fill=0)

    def _draw_strip(self, left: float) -> None:
        """A bar per stroke: up for H1, down for H2."""
        canvas, limit, middle = self.canv, self.style.evidence_limit or 1.0, _STRIP / 2
        canvas.setStrokeColor(GREY)
        canvas.setLineWidth(0.3)
        canvas.line(0, middle, (min(self.right, self.part[1]) - left) * self.scale, middle)
        for stroke in self.strokes:
            if not stroke.evidence:
                continue
            colour = stroke_colour(stroke, limit)
            value = float(np.mean(stroke.evidence))
            size = max(min(value / limit, 1.0), -1.0) * (_STRIP / 2 - 0.5)
            x0, x1 = ((v - left) * self.scale for v in (min(stroke.x), max(stroke.x)))
            canvas.setFillColor(DIVERGING[_NEITHER if colour is None else colour])
            canvas.rect(x0, middle, max(x1 - x0, 0.6), size, stroke=0, fill=1)


def stroke_colour(stroke: DrawnStroke, limit: float | None) -> int | None:
    """Index into ``DIVERGING`` of a stroke's mean contribution, grey where not certain; None where there is none."""
    if limit is None or not stroke.evidence:
        return None
    return _colour(float(np.mean(stroke.evidence)), limit) if stroke.certain else _NEITHER


def _colour(value: float, limit: float) -> int:
    """Index into ``DIVERGING``: seven equal classes over [−limit, limit]."""
    half = len(DIVERGING) / 2
    return int(min(max(math.floor(half + value / limit * half), 0), len(DIVERGING) - 1))


def _groups(
    strokes: Sequence[DrawnStroke], style: InkStyle
) -> dict[tuple[float, int | None], list[tuple[NDArray[np.float64], NDArray[np.float64]]]]:
    """Pieces of stroke by (line weight, colour class), thinned; neighbouring pieces share their end point."""
    groups: dict[tuple[float, int | None], list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for stroke in strokes:
        x, y = np.asarray(stroke.x), np.asarray(stroke.y)
        path = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        keep = np.flatnonzero(np.diff(np.floor(path / _STEP), prepend=-1.0, append=-1.0)[:-1] != 0)
        keep = np.unique(np.append(keep, len(x) - 1))
        weight = np.zeros(len(keep), int)
        colour = np.full(len(keep), -1)
        if style.speed_edges and stroke.speed:
            weight = np.searchsorted(style.speed_edges, np.asarray(stroke.speed)[keep], "right")
        if style.evidence_limit and stroke.evidence:
            half = len(DIVERGING) / 2
            level = np.floor(half + np.asarray(stroke.evidence)[keep] / style.evidence_limit * half)
            colour = np.clip(level, 0, len(DIVERGING) - 1).astype(int)
            if not stroke.certain:
                colour[:] = _NEITHER
        with_speed = bool(style.speed_edges and stroke.speed)
        cuts = np.flatnonzero((np.diff(weight) != 0) | (np.diff(colour) != 0)) + 1
        for a, b in zip([0, *cuts], [*cuts, len(keep)], strict=True):
            chosen = keep[a : min(b + 1, len(keep))]
            key = (
                WEIGHTS[weight[a]] if with_speed else PLAIN_WEIGHT,
                int(colour[a]) if colour[a] >= 0 else None,
            )
            groups.setdefault(key, []).append((x[chosen], y[chosen]))
    return dict(sorted(groups.items(), key=lambda entry: (entry[0][1] is not None, entry[0][1] or 0, entry[0][0])))
