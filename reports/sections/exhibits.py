"""The exhibits, and where they differ and agree: ink drawn questioned beside known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table

from reports import wording
from reports.drawing import (
    InkLine,
    InkStyle,
    break_line,
    common_scale,
    evidence_limit,
    extent,
    speed_edges,
)
from reports.findings import Comparison, Fragment, Item, LeftOut
from reports.legends import EvidenceLegend, ScaleBar, SpeedLegend
from reports.page import GREY, PAGE_HEIGHT, WIDTH, markup_safe, paragraph, rich, section, subsection
from reports.sections.answer import ink_text

_GUTTER = 7 * mm
_COLUMN = (WIDTH - _GUTTER) / 2
#: Drawn pieces of line a side, so that a book of known writing does not become a book of report.
_MOST_PARTS = 80
_INDENT = 5 * mm
#: What was left out of an item is drawn no taller than this.
_TALLEST = 50 * mm
#: Pale ink drawn on both sides of a fragment, in writing heights.
_CONTEXT = 2.0


def exhibits(comparison: Comparison) -> list[Flowable]:
    """All ink, with speed as line weight where time exists."""
    edges = speed_edges(comparison.items)
    legend: Flowable = SpeedLegend(edges, wording.SPEED_LEGEND) if edges else paragraph(wording.NO_SPEED, "note")
    story = [*section(wording.EXHIBITS, new_page=True), paragraph(wording.EXHIBITS_LEAD), legend]
    return [*story, Spacer(0, 6), _columns(comparison, InkStyle(speed_edges=edges), with_bars=True)]


def evidence(comparison: Comparison) -> list[Flowable]:
    """Ink coloured by its contribution, how faithful that is, and the strongest fragments."""
    story = section(wording.EVIDENCE, room=PAGE_HEIGHT / 3)
    limit = evidence_limit(comparison.items)
    if limit is None:
        story.append(paragraph(wording.NO_EVIDENCE))
    else:
        if comparison.faithfulness is not None:
            faithful = wording.faithfulness_sentence(comparison.faithfulness)
        elif comparison.earlier_faithfulness is not None:
            faithful = wording.earlier_faithfulness_sentence(comparison.earlier_faithfulness)
        else:
            faithful = wording.NO_FAITHFULNESS
        story += [paragraph(wording.EVIDENCE_LEAD), EvidenceLegend(limit), Spacer(0, 6), paragraph(faithful)]
        story.append(_columns(comparison, InkStyle(evidence_limit=limit), with_bars=False))
    return [*story, *_fragments(comparison)]


def _columns(comparison: Comparison, style: InkStyle, with_bars: bool) -> Table:
    """Questioned ink in the left column, known in the right, at one scale."""
    scale = common_scale(comparison.items, _COLUMN - _INDENT)
    sides = [
        _blocks(comparison, [item for item in comparison.items if item.role == role], scale, style, with_bars)
        for role in ("questioned", "known")
    ]
    rows = [[left, "", right] for left, right in zip_longest(*sides, fillvalue="")]
    return _grid(rows)


def _grid(rows: Sequence[Sequence[object]]) -> Table:
    style: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT")]
    style += [(f"{side}PADDING", (0, 0), (-1, -1), 2) for side in ("TOP", "BOTTOM")]
    return Table(rows, [_COLUMN, _GUTTER, _COLUMN], style=style, hAlign="LEFT")


def _blocks(
    comparison: Comparison, items: Sequence[Item], scale: float, style: InkStyle, with_bars: bool
) -> list[Flowable]:
    """One side from top to bottom: for each item its name, its lines, its scale bar."""
    blocks: list[Flowable] = []
    drawn = left_out = 0
    for item in items:
        amount = f": {markup_safe(ink_text(item))}" if with_bars else ""
        blocks.append(rich(f"<b>{markup_safe(item.label, 40)}</b> {item.role}{amount}", "cell"))
        if not any(stroke.x for line in item.lines for stroke in line):
            blocks.append(paragraph("No drawing of this item is in the result.", "note"))
            continue
        for line in item.lines:
            for number, part in enumerate(break_line(line, (_COLUMN - _INDENT) / scale)):
                if drawn >= _MOST_PARTS:
                    left_out += 1
                    continue
                drawn += 1
                blocks.append(InkLine(line, part, scale, _COLUMN, style, _INDENT if number else 0.0))
        if with_bars:
            blocks.append(ScaleBar(item, scale))
            blocks += [part for one in comparison.left_out if one.item == item.label for part in _left_out(one, scale)]
    if left_out:
        blocks.append(paragraph(f"{left_out} more pieces of line are not drawn; the score includes them.", "note"))
    return blocks


def _left_out(found: LeftOut, scale: float) -> list[Flowable]:
    """In grey, what was left out of an item as no writing, at the scale of the rest where it fits."""
    (left, right), (top, bottom) = extent(found.drawn)
    fitting = min(scale, _COLUMN / max(right - left, 1.0), _TALLEST / max(bottom - top, 1.0))
    drawn = InkLine(found.drawn, (left, right), fitting, _COLUMN, InkStyle(plain=GREY))
    return [paragraph(wording.left_out_sentence(found.strokes), "note"), drawn]


def _fragments(comparison: Comparison) -> list[Flowable]:
    # The heading stays with its first fragments, not only with its lead.
    story = [CondPageBreak(70 * mm), *subsection("Strongest fragments")]
    items = {item.label: item for item in comparison.items}
    known = [f for f in comparison.fragments if _drawable(items, f)]
    if not known:
        return [*story, paragraph(wording.NO_FRAGMENTS)]
    story.append(paragraph(wording.FRAGMENTS_LEAD))
    widest = max(b - a for f in known for a, b in (f.questioned_x, f.known_x)) + 2 * _CONTEXT
    scale = min(_COLUMN / max(widest, 1.0), 4.5 * mm, 1.8 * common_scale(comparison.items, _COLUMN))
    rows: list[list[list[Flowable] | str]] = []
    for fragment in sorted(known, key=lambda f: (f.evidence <= 0, -abs(f.evidence))):
        toward = "H1" if fragment.evidence > 0 else "H2"
        value = f"{fragment.evidence:+.3f}".replace("-", "−")
        left = f"for <b>{toward}</b>, {value} score units per writing height: "
        left += f"{markup_safe(fragment.questioned_item, 40)}, line {fragment.questioned_line + 1}"
        right = f"nearest: {markup_safe(fragment.known_item, 40)}, line {fragment.known_line + 1}"
        pieces = (
            _piece(items[fragment.questioned_item], fragment.questioned_line, fragment.questioned_x, scale),
            _piece(items[fragment.known_item], fragment.known_line, fragment.known_x, scale),
        )
        rows.append([[rich(left, "note"), pieces[0]], "", [rich(right, "note"), pieces[1]]])
    return [*story, _grid(rows)]


def _drawable(items: dict[str, Item], fragment: Fragment) -> bool:
    return all(
        label in items and 0 <= line < len(items[label].lines)
        for label, line in (
            (fragment.questioned_item, fragment.questioned_line),
            (fragment.known_item, fragment.known_line),
        )
    )


def _piece(item: Item, line: int, part: tuple[float, float], scale: float) -> InkLine:
    return InkLine(item.lines[line], part, scale, _COLUMN, InkStyle(), context=_CONTEXT)
