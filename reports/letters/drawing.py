"""The letter chart's figures: a card for each letter, questioned above known, and all letters' scores at a glance.

Everything is drawn as shapes of one width, so that the same figure stands in a PDF and in an SVG. What matters is told
apart by position, words and outline, never by colour alone: it has to work in a grey print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from reportlab.graphics.shapes import Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from reports.findings import DrawnStroke, Item
from reports.fonts import BOLD, FONT, use_fonts
from reports.letters import wording
from reports.letters.findings import Letter, LetterInstance, LetterPlace
from reports.page import ACCENT, BODY, GREY, INK, LARGE, LIGHT, SMALL

#: Instances of a side in a card.
CELLS = 6
#: Points per writing height, unless a letter is too wide for its cell.
SCALE = 3.5 * mm
#: What a band shows above and below the baseline at least and at most, in writing heights.
LEAST_UP, MOST_UP, LEAST_DOWN, MOST_DOWN = 1.25, 2.4, 0.35, 1.4
#: Of the ink: neighbours, which must stay readable as such on a copy of a copy, and the letter itself.
PALE = HexColor("#b4b4b4")
PALE_WEIGHT, WEIGHT = 0.7, 1.05
#: Room at the left for the names of the rows, and between instances, in points.
_LEFT, _GAP = 15.0, 6.0
#: Bars of the overview are cut at so many times the 80 % quantile of their sizes.
_CUT = 2.5

Lines = dict[str, tuple[tuple[DrawnStroke, ...], ...]]


@dataclass(frozen=True)
class Ink:
    """What all cards of a chart share: the items' lines by label, points per writing height, which form of captions."""

    lines: Lines
    scale: float
    caption: int


def ink_of(items: Sequence[Item], letters: Sequence[Letter], width: float) -> Ink:
    """One scale for all cards of ``width`` points, at which nearly every letter fits into its cell."""
    use_fonts()
    lines = {item.label: item.lines for item in items}
    cell = _cell(width)
    widths, captions = [1.0], [0.0]
    for letter in letters:
        for one in (*letter.questioned, *letter.known):
            x, _ = _points(lines, one)
            widths.append(max(x) - min(x))
            captions.append(stringWidth(wording.place_captions(one.item, one.line)[0], FONT, SMALL))
    single = all(len(one) <= 1 for one in lines.values())
    form = 2 if single else int(max(captions) > cell - 1)
    return Ink(lines, min(SCALE, (cell - _GAP) / float(np.quantile(widths, 0.98))), form)


def card(letter: Letter, ink: Ink, width: float) -> Drawing:
    """One letter: what it says, up to six instances of either side on their baselines, its place among people."""
    use_fonts()
    up, down = _extent(letter, ink)
    band = (up + down) * ink.scale
    scored = letter.score is not None
    strip = 21.0 if letter.place else 0.0
    height = 24 + 2 * (band + 10) + strip + 6
    drawing = Drawing(width, height)
    y = height - 14
    drawing.add(_text(0, y, wording.glyph(letter.text), LARGE, BOLD))
    aside = max(stringWidth(wording.glyph(letter.text), BOLD, LARGE) + 7, 22)
    if scored:
        drawing.add(_text(aside, y + 4, wording.toward(letter), BODY, BOLD))
        drawing.add(_text(width, y + 4, wording.part(letter), SMALL, FONT, INK, "end"))
    drawing.add(_text(aside, y - 5.5, wording.read_counts(letter), SMALL, FONT, GREY))
    drawing.add(_text(width, y - 5.5, wording.forms_like(letter), SMALL, FONT, INK, "end"))
    y -= 9
    for name, instances in (("Q", letter.questioned), ("K", letter.known)):
        base = y - up * ink.scale
        drawing.add(Line(_LEFT, base, width, base, strokeColor=LIGHT, strokeWidth=0.4))
        drawing.add(_text(0, base, name, BODY, BOLD, GREY))
        for k, one in enumerate(instances[:CELLS]):
            left = _LEFT + k * _cell(width)
            _instance(drawing, one, ink, (left, left + _cell(width) - _GAP), base, (up, down))
            where = wording.place_captions(one.item, one.line)[ink.caption]
            drawing.add(_text(left + (_cell(width) - _GAP) / 2, y - band - 7, where, SMALL, FONT, GREY, "middle"))
        if not instances:
            drawing.add(_text(_LEFT + 2, base + 2, wording.NOT_DRAWN, SMALL, FONT, GREY))
        y -= band + 10
    if letter.place and letter.score is not None:
        _strip(drawing, letter.place, letter.score, width, y - 6)
    return drawing


def overview(letters: Sequence[Letter], width: float) -> Drawing:
    """A bar for each letter's score, the most for H1 at the left; what speaks for H2 is hollow and hangs down."""
    use_fonts()
    height, left = 96.0, 62.0
    shown = sorted((x for x in letters if x.score is not None), key=lambda x: -(x.score or 0.0))
    scores = np.array([x.score for x in shown], float)
    drawing = Drawing(width, height)
    sizes = np.abs(scores)
    limit = max(min(float(sizes.max()), _CUT * float(np.quantile(sizes, 0.8))), 1e-6)
    room = height - 30
    above, below = (min(float(s.max(initial=0.0)), limit) for s in (scores, -scores))
    per_unit = room / max(above + below, 1e-6)
    axis = 15 + below * per_unit
    step = min((width - left) / max(len(shown), 1), 26.0)
    for k, (letter, score) in enumerate(zip(shown, scores, strict=True)):
        x, size = left + k * step, min(abs(score), limit) * per_unit
        low = axis if score > 0 else axis - size
        fill = ACCENT if score > 0 else white
        drawing.add(Rect(x + 0.15 * step, low, 0.7 * step, size, fillColor=fill, strokeColor=ACCENT, strokeWidth=0.7))
        at = axis - 8.5 if score > 0 else axis + 3
        drawing.add(_text(x + step / 2, at, wording.glyph(letter.text), BODY, BOLD, INK, "middle"))
        if abs(score) > limit:
            end = axis + size + 2 if score > 0 else axis - size - 7.5
            drawing.add(_text(x + step / 2, end, f"{abs(score):.0f}", SMALL, FONT, GREY, "middle"))
    drawing.add(Line(left, axis, left + step * len(shown), axis, strokeColor=INK, strokeWidth=0.6))
    if above > 0:
        drawing.add(_text(0, axis + above * per_unit - 7, "for H1", SMALL, BOLD))
    if below > 0:
        drawing.add(_text(0, axis - below * per_unit, "for H2", SMALL, BOLD))
    value = _round(limit / 2)
    for sign, reach in ((1, above), (-1, below)):
        if reach >= value:
            y = axis + sign * value * per_unit
            drawing.add(Line(left - 3, y, left, y, strokeColor=GREY, strokeWidth=0.5))
            drawing.add(_text(left - 5, y - 2.5, f"{sign * value:+g}".replace("-", "−"), SMALL, FONT, GREY, "end"))
    return drawing


def _cell(width: float) -> float:
    return (width - _LEFT) / CELLS


def _points(lines: Lines, one: LetterInstance) -> tuple[list[float], list[float]]:
    """All points of a letter's ink."""
    strokes = lines[one.item][one.line]
    x = [v for number, a, b in one.parts for v in strokes[number].x[a:b]]
    y = [v for number, a, b in one.parts for v in strokes[number].y[a:b]]
    return x, y


def _extent(letter: Letter, ink: Ink) -> tuple[float, float]:
    """Writing heights above and below the baseline that the letter's bands show: those of all its instances."""
    up, down = LEAST_UP, LEAST_DOWN
    for one in (*letter.questioned[:CELLS], *letter.known[:CELLS]):
        _, y = _points(ink.lines, one)
        up, down = max(up, one.baseline - min(y)), max(down, max(y) - one.baseline)
    return min(up, MOST_UP) + 0.1, min(down, MOST_DOWN) + 0.1


def _instance(
    drawing: Drawing,
    one: LetterInstance,
    ink: Ink,
    across: tuple[float, float],
    base: float,
    reach: tuple[float, float],
) -> None:
    """A letter in the middle of its cell, its neighbours pale as far as the cell goes."""
    line = ink.lines[one.item][one.line]
    x, _ = _points(ink.lines, one)
    middle, centre = (min(x) + max(x)) / 2, (across[0] + across[1]) / 2
    half = (across[1] - across[0]) / 2 / ink.scale
    window = (middle - half, middle + half, one.baseline - reach[0], one.baseline + reach[1])

    def put(stroke: DrawnStroke, a: int, b: int, colour: Color, weight: float) -> None:
        for piece in _inside(stroke.x[a:b], stroke.y[a:b], window):
            flat = [v for px, py in piece for v in _at(px, py)]
            if len(piece) == 1:
                flat = [*flat, flat[0] + 0.01, flat[1]]
            drawing.add(PolyLine(flat, strokeColor=colour, strokeWidth=weight, strokeLineCap=1, strokeLineJoin=1))

    def _at(px: float, py: float) -> tuple[float, float]:
        shown = centre + (px - middle) * ink.scale, base - (py - one.baseline) * ink.scale
        return round(shown[0], 2), round(shown[1], 2)

    for stroke in line:
        put(stroke, 0, len(stroke.x), PALE, PALE_WEIGHT)
    for number, a, b in one.parts:
        put(line[number], a, b, INK, WEIGHT)


def _inside(
    x: Sequence[float], y: Sequence[float], window: tuple[float, float, float, float]
) -> list[list[tuple[float, float]]]:
    """The pieces of a path that lie in a window (left, right, top, bottom), cut where they leave it."""
    left, right, top, bottom = window
    if len(x) == 1:
        return [[(x[0], y[0])]] if left <= x[0] <= right and top <= y[0] <= bottom else []
    if not x or max(x) < left or min(x) > right:
        return []
    pieces: list[list[tuple[float, float]]] = []
    open_end = False
    for p, q in pairwise(zip(x, y, strict=True)):
        # Liang and Barsky (1984): the part of the leg that lies inside.
        enter, leave = 0.0, 1.0
        for start, step, low, high in ((p[0], q[0] - p[0], left, right), (p[1], q[1] - p[1], top, bottom)):
            if step == 0:
                if not low <= start <= high:
                    enter, leave = 1.0, 0.0
                continue
            ends = sorted(((low - start) / step, (high - start) / step))
            enter, leave = max(enter, ends[0]), min(leave, ends[1])
        if enter > leave:
            open_end = False
            continue
        first, last = ((p[0] + s * (q[0] - p[0]), p[1] + s * (q[1] - p[1])) for s in (enter, leave))
        if open_end and enter == 0:
            pieces[-1].append(last)
        else:
            pieces.append([first, last])
        open_end = leave == 1
    return pieces


def _strip(drawing: Drawing, place: LetterPlace, score: float, width: float, top: float) -> None:
    """The letter's score in pairs of two writers and of one: 5 to 95 % thin, 25 to 75 % thick, the median a tick."""
    left, right = 48.0, width - 52.0
    low, high = min(place.same[0], place.different[0]), max(place.same[4], place.different[4])
    margin = 0.12 * max(high - low, 1e-6)
    low, high = low - margin, high + margin

    def at(value: float) -> float:
        return left + (min(max(value, low), high) - low) / (high - low) * (right - left)

    kinds = (("two writers", place.different, place.different_below), ("one writer", place.same, place.same_below))
    for row, (name, values, below) in enumerate(kinds):
        y = top - 3.5 - 8.5 * row
        drawing.add(_text(0, y - 2.5, name, SMALL, FONT, GREY))
        drawing.add(_text(width, y - 2.5, wording.share_below(below), SMALL, FONT, INK, "end"))
        drawing.add(Line(at(values[0]), y, at(values[4]), y, strokeColor=GREY, strokeWidth=0.5))
        drawing.add(Line(at(values[1]), y, at(values[3]), y, strokeColor=GREY, strokeWidth=3))
        drawing.add(Line(at(values[2]), y - 3, at(values[2]), y + 3, strokeColor=INK, strokeWidth=0.8))
    x = at(score)
    drawing.add(Line(x, top + 2, x, top - 17, strokeColor=INK, strokeWidth=1.1))
    head = [x - 2.6, top + 4.5, x + 2.6, top + 4.5, x, top + 0.5]
    if score > high:
        head = [x - 4.5, top + 5, x - 4.5, top, x, top + 2.5]
    elif score < low:
        head = [x + 4.5, top + 5, x + 4.5, top, x, top + 2.5]
    drawing.add(Polygon(head, fillColor=INK, strokeColor=None))


def _round(value: float) -> float:
    """A value near this one that reads well: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)))


def _text(
    x: float, y: float, text: str, size: float, font: str = FONT, colour: Color = INK, anchor: str = "start"
) -> String:
    return String(x, y, text, fontName=font, fontSize=size, fillColor=colour, textAnchor=anchor)
