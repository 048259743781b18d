"""The index of a batch: every row with its value, linked to its report, and all values beside the reference people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from reportlab.graphics.shapes import Drawing, Line
from reportlab.platypus import Flowable, Paragraph

from reports.page import ACCENT, WIDTH, About, build, figure, markup_safe, paragraph, rich, section, table
from reports.performance import Performance
from reports.plots import AXIS, DIFFERENT, MARK, SAME, Array, Axes, span, ticks

#: Rows of one table: a page can only be broken in time where tables are short.
ROWS = 40
#: Values that curves are drawn through.
GRID_POINTS = 241
HEADS, WIDTHS = ("Case", "log10 LR", "95 % interval", "In words", "Warnings"), (2.4, 0.9, 1.4, 3.2, 0.8)
LEAD = (
    "One row for each comparison of the batch, the highest value first. The name of a case leads to its report, which "
    "lies beside this file and says what its value rests on; a value without it is worth nothing."
)
CAPTION = (
    "Share of rows with a log10 LR above x (black; each row is a mark at the foot), beside the pairs of reference "
    "people at the amounts of ink, channels and occasions of these rows, each weighted by its number of rows. Rows are "
    "no sample of anything: a curve between the two others says nothing about the method."
)


def index_pdf(
    title: str, rows: Sequence[Mapping[str, str]], references: Sequence[tuple[Performance, int]], date: str
) -> bytes:
    """The index as PDF; the same rows give the same bytes.

    Parameters
    ----------
    rows : lines of the summary: ``case``, ``report`` (file beside the index), ``log10_lr`` and its interval, ``words``,
        ``warning``, ``error``.
    references : figures of the reference people, and how many rows belong to each.
    """
    done = sorted((row for row in rows if not row["error"]), key=lambda row: (-float(row["log10_lr"]), row["case"]))
    failed = [row for row in rows if row["error"]]
    identity = hashlib.sha256(json.dumps([list(map(dict, rows)), date]).encode()).hexdigest()
    heading = f"Index of {title}"
    story: list[Flowable] = [*section(heading), paragraph(LEAD), paragraph(_counted(len(done), len(failed)))]
    if done and references:
        values = np.array([float(row["log10_lr"]) for row in done])
        story.append(figure(values_plot(values, references, WIDTH, 210.0), CAPTION))
    for start in range(0, len(done), ROWS):
        story.append(table([HEADS, *map(_row, done[start : start + ROWS])], WIDTHS, right=(1, 2, 4)))
    if failed:
        story += section("Rows without a value")
        for start in range(0, len(failed), ROWS):
            told = [(row["case"], row["error"]) for row in failed[start : start + ROWS]]
            story.append(table([("Case", "Why"), *told], (1, 3)))
    about = About(
        title=heading, subject="All rows of a batch", author="", running=heading, report_id=identity[:16], date=date
    )
    return build(story, about)


def values_plot(values: Array, references: Sequence[tuple[Performance, int]], width: float, height: float) -> Drawing:
    """Share of ``values`` (n,), log10 LRs, above x, and of the same-writer and different-writer pairs behind them."""
    ends = [(min(one), max(one)) for p, _ in references for one in (p.same, p.different) if one]
    low, high = span(np.array([*np.ravel(ends), *values, 0.0]))
    places = np.linspace(low, high, GRID_POINTS)
    shares = [(k / 4, f"{k / 4:g}") for k in range(5)]
    axes = Axes(width, height, (low, high), (0, 1), ("log10 LR greater than", "share"), ticks(low, high), shares)
    weights = np.array([count for _, count in references], float) / sum(count for _, count in references)
    for name, color, dashed in (("same", SAME, False), ("different", DIFFERENT, True)):
        curves = [_above(np.array(getattr(p, name)), places) for p, _ in references]
        axes.curve(places, weights @ np.stack(curves), color, dashed)
    axes.curve(places, _above(values, places), MARK)
    for value in np.unique(np.round(values, 2)):
        at = axes.x(float(value))
        axes.drawing.add(Line(at, axes.bottom, at, axes.bottom + 5, strokeColor=MARK, strokeWidth=0.5))
    axes.drawing.add(Line(axes.x(0), axes.bottom, axes.x(0), axes.top, strokeColor=AXIS, strokeWidth=0.4))
    names = (("same writer", SAME, False), ("different writers", DIFFERENT, True), ("this batch", MARK, False))
    axes.legend(names, (0.04, 0.3))
    return axes.drawing


def _above(values: Array, places: Array) -> Array:
    """Share of values above each place."""
    return 1 - np.searchsorted(np.sort(values), places, side="right") / max(len(values), 1)


def _counted(done: int, failed: int) -> str:
    return f"{done} row{'s' * (done != 1)} with a value, {failed} without."


def _row(row: Mapping[str, str]) -> tuple[str | Paragraph, ...]:
    low, high = (f"{float(row[f'log10_lr_{end}']):.2f}" for end in ("low", "high"))
    # The scheme makes it a link to a document, not to an address on a network.
    case = f'<a href="pdf:{escape(row["report"])}" color="#{ACCENT.hexval()[2:]}">{markup_safe(row["case"], 200)}</a>'
    warnings = "yes" if row["warning"] else ""
    return rich(case, "cell"), f"{float(row['log10_lr']):.2f}", f"{low} to {high}", row["words"], warnings
