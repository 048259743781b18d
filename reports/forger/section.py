"""The section *What a forger could do*, and its lines on page one."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from reports import wording
from reports.drawing import InkLine, InkStyle, Line, break_line, extent
from reports.findings import CaseImitation, Comparison, Simulation
from reports.forger import wording as words
from reports.forger.drawing import scores_drawing
from reports.page import PAGE_HEIGHT, WIDTH, bullets, figure, markup_safe, paragraph, rich, section, subsection, table
from reports.scale import VerbalScale, scale_from_setting

#: Imitations that are drawn, and lines of questioned ink above them.
DRAWN, QUESTIONED_LINES = 8, 3
_HEIGHT = 190.0
_SCALE = (1.6 * mm, 2.6 * mm)


def on_page_one(found: Simulation | None, scale: VerbalScale) -> list[Flowable]:
    """H1 against H3 in a line, with a link to the section."""
    if found is None:
        return []
    number = wording.lr_number(abs(found.lr.log10_lr), scale)
    value = f"{wording.log10_line(found.lr, True)}."
    return [paragraph(f"{words.finding(found, number)} {value} See “{words.FORGER}”.")]


def forger(comparison: Comparison) -> list[Flowable]:
    """The whole section; empty where no imitations were asked for."""
    found = comparison.simulation
    if found is None:
        return []
    scale = scale_from_setting(comparison.settings)
    p = found.performance
    rows = [[what, count] for what, count in words.counted(found.imitations)]
    rows += [
        ["Reference people, EER of H1 against H3", wording.percent_figure(p.eer)],
        ["Reference people whose imitation is taken for them (LR above 1)", wording.rate_text(p.misleading_different)],
        ["the same by LR above 10", wording.rate_text(p.strongly_misleading_different)],
        ["Reference people taken for a machine (LR below 1)", wording.rate_text(p.misleading_same)],
        ["the same by LR below 1/10", wording.rate_text(p.strongly_misleading_same)],
        ["Cllr, and the least that is possible", f"{wording.plain_figure(p.cllr)}; {p.cllr_min.value:.3f}"],
    ]
    story = [
        *section(words.FORGER, new_page=True),
        rich(f"<b>H3:</b> {markup_safe(words.H3)}"),
        paragraph(words.finding(found, wording.lr_number(abs(found.lr.log10_lr), scale)), "bold"),
        paragraph(
            f"{wording.log10_line(found.lr, True)}; limits {wording.log10_number(found.lr.lower_bound)} to "
            f"{wording.log10_number(found.lr.upper_bound)}; {words.population(found)}; "
            f"{found.amount:.0f} writing heights of questioned ink at a time."
        ),
    ]
    if found.lr.bound_hit:
        story.append(paragraph(wording.bound_sentence(found.lr, found.calibration.limited_by)))
    story += [paragraph(words.LEAD), figure(scores_drawing(found, WIDTH, _HEIGHT), words.FIGURE_CAPTION)]
    story += [table(rows, [64, 36], header=False), Spacer(0, 4), *bullets(words.LIMITS)]
    story += [*subsection("Questioned ink and imitations"), paragraph(words.DRAWN_LEAD), *_drawings(comparison, found)]
    return [*story, paragraph(words.how_made(found), "small")]


def _drawings(comparison: Comparison, found: Simulation) -> list[Flowable]:
    """The first questioned lines, then imitations at even ranks of nearness, all at one scale."""
    questioned = [line for item in comparison.items if item.role == "questioned" for line in item.lines]
    ranked = sorted(found.imitations, key=lambda one: -one.score)
    places = sorted({round(k * (len(ranked) - 1) / (DRAWN - 1)) for k in range(DRAWN)})
    blocks = [("questioned", questioned[:QUESTIONED_LINES])]
    blocks += [(_named(place, ranked[place], len(ranked)), list(ranked[place].lines)) for place in places]
    ranges = [extent(line)[0] for _, lines in blocks for line in lines]
    longest = max((high - low for low, high in ranges), default=1.0)
    scale = min(max(WIDTH / max(longest, 1.0), _SCALE[0]), _SCALE[1])
    return [flowable for title, lines in blocks for flowable in _block(title, lines, scale)]


def _named(place: int, one: CaseImitation, count: int) -> str:
    return (
        f"imitation {place + 1} of {count} by nearness: log10 LR {wording.log10_number(one.log10_lr)} (H1 : H2), "
        f"{wording.log10_number(one.log10_lr_machine)} (H1 : H3); {100 * one.misread:.0f} % of its characters misread"
    )


def _block(title: str, lines: list[Line], scale: float) -> list[Flowable]:
    """A title and its lines, kept together where they are no more than half a page."""
    drawn: list[Flowable] = [
        InkLine(line, part, scale, WIDTH, InkStyle()) for line in lines for part in break_line(line, WIDTH / scale)
    ]
    block = [paragraph(title, "note"), *drawn, Spacer(0, 3)]
    height = sum(one.wrap(WIDTH, PAGE_HEIGHT)[1] for one in drawn)
    return [KeepTogether(block)] if height < PAGE_HEIGHT / 2 else block
