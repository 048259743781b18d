"""The report of a search: an ``Identification`` in, a PDF out, nothing else read or computed."""

from __future__ import annotations

import numpy as np
from reportlab.graphics.shapes import Drawing, Line
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepInFrame, Spacer, Table

from reports.drawing import InkLine, InkStyle, break_line, common_scale
from reports.findings import Item
from reports.identification import wording
from reports.identification.findings import Hit, Identification
from reports.page import (
    ACCENT,
    BOTTOM,
    PAGE_HEIGHT,
    TINT,
    TOP,
    WIDTH,
    About,
    Heading,
    build,
    bullets,
    figure,
    markup_safe,
    paragraph,
    rich,
    section,
    subsection,
    table,
)
from reports.plots import DIFFERENT, MARK, Axes, span, ticks
from reports.saved import content_hash
from reports.scale import scale_from_setting
from reports.wording import GENERATED_LINE, log10_number

_GUTTER = 7 * mm
_COLUMN = (WIDTH - _GUTTER) / 2
#: Pieces of line that are drawn of each writer found, and of the questioned items.
_PIECES, _QUESTIONED_PIECES = 5, 17
#: Characters of a writer's name, and of a path, in the table of ranks.
_NAME, _PATH = 60, 300
#: Files of a writer that are listed.
_FILES = 20


def identification_pdf(found: Identification) -> bytes:
    """The report's bytes; the same finding gives the same bytes."""
    identity = content_hash(found)
    case = found.case.strip() or "without a case number"
    made = [item.label for item in found.items if item.origin == "generated"]
    story: list[Flowable] = [Heading(wording.TITLE, 0), _head(found, identity[:16])]
    if made:
        story.append(paragraph(GENERATED_LINE.format(labels=", ".join(made)), "warning"))
    story += [_warning(found), *_propositions(found), *_ranks(found), *_drawn(found), *_limits(found)]
    story += _provenance(found, identity)
    about = About(
        title=f"{wording.TITLE}, case {case}",
        subject="Writers of a gallery by likelihood ratio against questioned handwriting",
        author=found.examiner,
        running=f"{wording.TITLE} · case {case}",
        report_id=identity[:16],
        date=found.date,
    )
    return build(story, about)


def _head(found: Identification, report_id: str) -> Table:
    values = (found.case, found.examiner, found.date, report_id, f"{found.gallery.writers:,} writers")
    row = [paragraph(value.strip()[:120] or "not stated", "cell") for value in values]
    return table([["Case", "Examiner", "Date", "Report", "Gallery"], row], [30, 22, 14, 20, 14], rules=False)


def _warning(found: Identification) -> Table:
    """What a search is not, in a box, before anything that was found."""
    content = [paragraph(wording.WARNING, "bold"), *bullets(wording.search_paragraphs(found))]
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), TINT),
        ("LINEBEFORE", (0, 0), (0, -1), 3, ACCENT),
        ("LEFTPADDING", (0, 0), (-1, -1), 12),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return Table([[content]], [WIDTH], hAlign="LEFT", style=style, spaceAfter=4)


def _propositions(found: Identification) -> list[Flowable]:
    population = next((hit.calibration.population for hit in found.hits if hit.calibration), found.model.population)
    return [
        *subsection("Propositions"),
        rich(f"<b>H1:</b> {markup_safe(wording.H1)}"),
        rich(f"<b>H2:</b> {markup_safe(wording.H2.format(population=population), 700)}"),
        paragraph(wording.TAKEN, "note"),
    ]


def _ranks(found: Identification) -> list[Flowable]:
    rows: list[list[str | Flowable]] = [["", "Writer", "Ink, heights", "Score", "log10 LR", "As high by chance"]]
    for hit in found.hits:
        name = rich(f"<b>{markup_safe(hit.writer[:_NAME])}</b>", "cell")
        chance = [paragraph(line, style) for line, style in zip(_chance(hit, found), ("cell", "note"), strict=False)]
        value = [paragraph(wording.lr_text(hit), "cell")]
        if hit.lr is not None:
            value.append(paragraph(hit.lr.words, "note"))
        # Lists of flowables are cells, too.
        rows.append([str(hit.rank), name, f"{hit.amount:,.0f}", log10_number(hit.score), value, chance])  # type: ignore[list-item]
    some = f"{len(found.scores):,} writers" if len(found.scores) < found.gallery.writers else "all writers"
    plot = figure(scores_drawing(found, WIDTH, 42 * mm), wording.SCORES_CAPTION.format(of=some))
    return [
        *section(wording.RANKS),
        paragraph(f"{wording.RANKS_LEAD} {wording.how_searched(found.gallery)}"),
        table(rows, [4, 22, 12, 9, 33, 20], right=[2, 3], whole_rows=True),
        plot,
    ]


def _chance(hit: Hit, found: Identification) -> tuple[str, ...]:
    """Share of strangers that score as high, and how many of the gallery that would be."""
    if hit.by_chance is None:
        return ("–",)
    return wording.chance_text(hit.by_chance), wording.chance_of(hit.by_chance, found.gallery.writers)


def scores_drawing(found: Identification, width: float, height: float) -> Drawing:
    """How the scores of the gallery spread, and where those of the writers found lie, numbered by rank."""
    scores, mine = np.array(found.scores), np.array([hit.score for hit in found.hits])
    low, high = span(np.concatenate([scores, mine]))
    edges = np.linspace(low, high, 61)
    counts = np.histogram(scores, edges)[0] * (found.gallery.writers / len(scores))
    top = float(counts.max()) * 1.15
    whole = [(value, label) for value, label in ticks(0, top) if value == int(value)]
    axes = Axes(width, height, (low, high), (0, top), ("score", "writers"), ticks(low, high), whole)
    axes.curve(np.repeat(edges, 2)[1:-1], np.repeat(counts, 2), DIFFERENT)
    for score in mine[::-1]:
        x = axes.x(float(score))
        axes.drawing.add(Line(x, axes.bottom, x, axes.bottom + 16, strokeColor=MARK, strokeWidth=0.8))
    axes.upright(float(mine[0]), "rank 1")
    return axes.drawing


def _drawn(found: Identification) -> list[Flowable]:
    """Questioned ink on the left, that of the first writers found on the right, one below the other."""
    scale = common_scale(found.items, _COLUMN)
    questioned = [item for item in found.items if item.role == "questioned"]
    left: list[Flowable] = [paragraph("Questioned", "bold"), *_lines(questioned, scale, _QUESTIONED_PIECES)]
    right: list[Flowable] = []
    for hit in found.hits:
        known = [item for item in found.items if item.role == "known" and item.label.startswith(f"{hit.rank}.")]
        if known or hit.not_drawn:
            right.append(paragraph(f"Rank {hit.rank}: {hit.writer[:_NAME]}", "bold"))
            right += [*_lines(known, scale, _PIECES), Spacer(0, 6)]
        if hit.not_drawn:
            right.append(paragraph(f"Not drawn: {hit.not_drawn[:_PATH]}", "note"))
    style: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    both = Table([[left, "", right]], [_COLUMN, _GUTTER, _COLUMN], style=style, hAlign="LEFT")
    # On one page, however tall lines are.
    fitting = KeepInFrame(WIDTH, PAGE_HEIGHT - TOP - BOTTOM - 30 * mm, [both], mode="shrink")
    return [*section(wording.DRAWN, room=PAGE_HEIGHT / 2), paragraph(wording.DRAWN_LEAD), fitting]


def _lines(items: list[Item], scale: float, most: int) -> list[Flowable]:
    """The first pieces of line of some items."""
    lines = [(line, part) for item in items for line in item.lines for part in break_line(line, _COLUMN / scale)]
    return [InkLine(line, part, scale, _COLUMN, InkStyle()) for line, part in lines[:most]]


def _limits(found: Identification) -> list[Flowable]:
    """Warnings of all rows, then of some, each once."""
    texts = [str(one) for one in found.warnings]
    texts += [f"{ranks}: {text}" for text, ranks in wording.own_warnings(found.hits).items()]
    return [*section("What limits these values"), *bullets(texts or ["No row has a warning."])]


def _provenance(found: Identification, identity: str) -> list[Flowable]:
    model, gallery = found.model, found.gallery
    questioned = [item for item in found.items if item.role == "questioned"]
    rows = [[item.label, item.file[-_PATH:], item.sha256] for item in questioned]
    files = [["", "File", "SHA-256"], *rows, *[row for hit in found.hits for row in _files(hit)]]
    scale = scale_from_setting(found.settings)
    named = (
        ("Report id", identity),
        ("Gallery", f"{gallery.folder}; {gallery.writers:,} writers; state {gallery.state}"),
        ("Model", f"{model.name}; weights {model.sha256}; calibration {model.calibration_sha256}"),
        ("Verbal scale", f"{scale.source}: {scale.in_full()}"),
        ("Command", found.command),
        ("Settings", "; ".join(f"{k} {v}" for k, v in sorted(found.settings.items()) if k != "verbal_scale")),
        ("Versions", "; ".join(f"{name} {version}" for name, version in sorted(found.versions.items()))),
    )
    return [
        *section(wording.PROVENANCE),
        table([[rich(f"<b>{n}</b>", "small"), paragraph(t, "small")] for n, t in named], [16, 84], header=False),
        *subsection("Files"),
        table([files[0], *([paragraph(cell, "note") for cell in row] for row in files[1:])], [4, 42, 54]),
        *subsection("Sources on searches"),
        *(paragraph(f"[{i}] {text}", "small") for i, text in enumerate(wording.SOURCES, 1)),
    ]


def _files(hit: Hit) -> list[list[str]]:
    listed = [[str(hit.rank), one.file[-_PATH:], one.sha256] for one in hit.files[:_FILES]]
    more = len(hit.files) - _FILES
    return listed if more <= 0 else [*listed, [str(hit.rank), f"and {more} more", ""]]
