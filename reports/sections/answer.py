"""Page 1: the answer."""

from __future__ import annotations

from reportlab.platypus import Flowable, Spacer, Table

from reports import wording
from reports.authenticity.wording import AUTHENTICITY
from reports.findings import Comparison, Item
from reports.forger import wording as forger_wording
from reports.forger.section import on_page_one
from reports.page import (
    ACCENT,
    TINT,
    WIDTH,
    Heading,
    bullets,
    link,
    markup_safe,
    one_page,
    paragraph,
    rich,
    subsection,
    table,
)
from reports.scale import scale_from_setting
from reports.sections.verbal_bar import VerbalBar

#: Items on page 1: all if no more than this, else the first two a side; all are under Provenance.
_MOST_ITEMS, _FIRST = 5, 2
#: Characters of a limiting line on page 1 (three lines of print); the whole text stands under Limits.
_LINE = 270
#: Characters of the case and of the examiner, and of what the examiner was told; Provenance has all of them.
_HEAD, _TOLD = 120, 500
_CHANNELS = {"t": "time"}


def answer(comparison: Comparison, report_id: str) -> list[Flowable]:
    """Head, items, propositions, finding, scale and what limits it."""
    made = [item.label for item in comparison.items if item.origin == "generated"]
    story: list[Flowable] = [Heading(wording.TITLE, 0), _head(comparison, report_id)]
    if made:
        story.append(paragraph(wording.GENERATED_LINE.format(labels=", ".join(made)), "warning"))
    story += [_items(comparison.items), *_propositions(comparison), *_finding(comparison)]
    lines = wording.limiting_lines(tuple(str(warning) for warning in comparison.warnings), comparison.settings)
    story += [*subsection("What limits this finding"), *bullets([_beginning(line) for line in lines])]
    pages: tuple[str, ...] = (
        wording.EXHIBITS,
        wording.LETTERS,
        wording.EVIDENCE,
        wording.MEASURES,
        wording.QUALITY,
        wording.LIMITS,
        wording.METHOD,
        wording.PROVENANCE,
    )
    if comparison.simulation is not None:
        pages = (*pages[:5], forger_wording.FORGER, *pages[5:])
    if comparison.authenticity is not None:
        pages = (*pages[:5], AUTHENTICITY, *pages[5:])
    story.append(rich("See: " + " · ".join(link(title, title) for title in pages), "note"))
    return [one_page(story)]


def _beginning(line: str) -> str:
    """A limiting line, cut between sentences, or else between words, where it is too long for page 1."""
    if len(line) <= _LINE:
        return line
    sentences = line[:_LINE].rsplit(". ", 1)[0] + "."
    return (sentences if _LINE / 2 < len(sentences) < _LINE else line[:_LINE].rsplit(" ", 1)[0]) + " …"


def ink_text(item: Item) -> str:
    """Amount of ink: "4 lines, 84 strokes, 106 cm of ink"."""
    lines = f"{item.n_lines} line{'s' * (item.n_lines != 1)}, {item.n_strokes} strokes"
    if item.length_mm is None:
        return f"{lines}, {item.amount:,.0f} writing heights of ink"
    return f"{lines}, {item.length_mm / 10:,.0f} cm of ink"


def _short_ink(item: Item) -> Flowable:
    strokes, ink = ink_text(item).rsplit(", ", 1)
    return rich(f"{strokes}<br/>{ink}", "cell")


def channels_text(channels: tuple[str, ...]) -> str:
    """ "x, y, time"."""
    return ", ".join(_CHANNELS.get(channel, channel) for channel in channels)


def _head(comparison: Comparison, report_id: str) -> Table:
    head = ["Case", "Examiner", "Date", "Report"]
    values = [comparison.case, comparison.examiner, comparison.date]
    row = [paragraph(_fit(value.strip(), _HEAD) or "not stated", "cell") for value in (*values, report_id)]
    return table([head, row], [36, 26, 16, 22], rules=False)


def _items(items: tuple[Item, ...]) -> Table:
    sides = [[item for item in items if item.role == role] for role in ("questioned", "known")]
    shown = [item for side in sides for item in (side if len(items) <= _MOST_ITEMS else side[:_FIRST])]
    rows: list[list[str | Flowable]] = [["Item", "File", "SHA-256, first 12", "Ink", "Channels"]]
    for item in shown:
        label = rich(f"<b>{markup_safe(item.label, 12)}</b><br/>{item.role}", "cell")
        made = ", made by code" if item.origin == "generated" else ""
        kind = ", ".join(part for part in (item.format, item.device) if part)
        file = f"{markup_safe(_end_of(item.file))}<br/><font color='#666666'>{markup_safe(_fit(kind))}{made}</font>"
        rows.append([label, rich(file, "cell"), item.sha256[:12], _short_ink(item), channels_text(item.channels)])
    if len(items) > len(shown):
        more = len(items) - len(shown)
        rows.append(["", f"and {more} more, listed under “{wording.PROVENANCE}”", "", "", ""])
    return table(rows, [13, 30, 18, 27, 12])


def _end_of(path: str, most: int = 27) -> str:
    """The end of a path, which tells files apart, where it is too long for a line; Provenance has all of it."""
    return path if len(path) <= most else "…" + path[1 - most :]


def _fit(text: str, most: int = 27) -> str:
    """The beginning of a text where it is too long for a line; Provenance has all of it."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _propositions(comparison: Comparison) -> list[Flowable]:
    h1, h2, taken = wording.propositions(comparison)
    return [
        *subsection("Propositions"),
        rich(f"<b>H1:</b> {markup_safe(h1)}"),
        rich(f"<b>H2:</b> {markup_safe(h2, 700)}"),
        *([rich(f"<b>H3:</b> {markup_safe(forger_wording.H3)}")] if comparison.simulation is not None else []),
        paragraph(f"{taken} {wording.agreement_sentence(comparison.agreement)}", "note"),
        paragraph(_fit(wording.received_sentence(comparison.mandate, comparison.custody), _TOLD), "note"),
        paragraph(_fit(wording.told_sentence(comparison.notes), _TOLD), "note"),
    ]


def _finding(comparison: Comparison) -> list[Flowable]:
    lr, scale = comparison.lr, scale_from_setting(comparison.settings)
    interval = comparison.settings.get("interval", "shown") != "hidden"
    log_line = wording.log10_line(lr, interval)
    limited_by = comparison.calibration.limited_by if comparison.calibration is not None else ""
    content: list[Flowable] = [
        Table(
            [[paragraph(wording.lr_line(lr.log10_lr, scale), "title"), paragraph(log_line, "cell right")]],
            [(WIDTH - 20) * 0.5, (WIDTH - 20) * 0.5],
            style=[("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
            + [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("RIGHT", "TOP", "BOTTOM")],
        ),
        paragraph(wording.finding_sentence(lr.log10_lr, scale), "bold"),
    ]
    if lr.bound_hit:
        content.append(paragraph(wording.bound_sentence(lr, limited_by, interval)))
    box = Table(
        [[content]],
        [WIDTH],
        hAlign="LEFT",
        style=[
            ("BACKGROUND", (0, 0), (-1, -1), TINT),
            ("LINEBEFORE", (0, 0), (0, -1), 3, ACCENT),
            ("LEFTPADDING", (0, 0), (-1, -1), 12),
            ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 7),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )
    source = (
        f"Hatched: beyond what this reference set can support. Scale: {scale.source}, in full under “{wording.METHOD}”."
    )
    return [
        *subsection("Finding"),
        box,
        Spacer(0, 6),
        VerbalBar(lr, scale, interval),
        paragraph(source, "caption"),
        *on_page_one(comparison.simulation, scale),
    ]
