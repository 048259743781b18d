"""The validation report: a ``Validation`` in, a PDF (and the plots as files) out."""

from __future__ import annotations

import re
from pathlib import Path

from reportlab.graphics import renderPDF, renderSVG
from reportlab.platypus import Flowable, PageBreak

from reports import wording
from reports.page import WIDTH, About, build, figure, paragraph, section, side_by_side, subsection, table
from reports.performance import Performance, Validation, ValidationSection
from reports.plots import PLOTS
from reports.saved import content_hash
from reports.sections.text import method

_HALF, _HEIGHT = (WIDTH - 12) / 2, 150.0
CAPTIONS = {
    "tippett": "Tippett plot: share of pairs with a log10 LR above x.",
    "scores": "Scores of pairs by one writer and by different writers.",
    "pav": "Calibration: log10 LR as reported against the best that PAV makes of it.",
    "ece": "Empirical cross-entropy against the prior odds.",
    "det": "Detection error trade-off; both axes in %.",
}
LEAD = (
    "Test writers were in no other set. The two sides of a pair share no ink: forms of IAM-OnDB are never paired with "
    "themselves, runs of words of UNIPEN may follow one another. Writers weigh equally. Likelihood ratios were "
    "calibrated on other people at the amounts of ink of the pair, as in a case."
)
LIMITS = (
    "Natural writing on tablets, by one writer mostly within one sitting. Disguise and imitation are not represented, "
    "nor are other occasions and devices unless a section says so. These are rates on these writers, not of any case."
)


def validation_pdf(validation: Validation) -> bytes:
    """The validation report; the same validation gives the same bytes."""
    identity = content_hash(validation)
    title = f"Validation on {validation.corpus}, {validation.split}"
    story: list[Flowable] = [*section(title), paragraph(LEAD), _summary(validation)]
    if validation.table:
        story += [*subsection("By donor"), table([list(row) for row in validation.table.items()], [1, 2], header=False)]
    story += [paragraph(LIMITS, "small")]
    story += [paragraph(text, "small", "•") for text in validation.warnings]
    for part in validation.sections:
        story += _section(part)
    story += [PageBreak(), *method(validation.settings), *_provenance(validation, identity)]
    about = About(
        title=title,
        subject="How good the method is on writers it has never seen",
        author="",
        running=title,
        report_id=identity[:16],
        date=validation.date,
    )
    return build(story, about)


def write_plots(validation: Validation, folder: Path) -> list[Path]:
    """Each plot of each section as PDF and SVG under ``folder/plots``; returns the files."""
    target = folder / "plots"
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for part in validation.sections:
        stem = re.sub(r"\W+", "-", part.title.lower()).strip("-")
        for name, draw in PLOTS.items():
            drawing = draw(part.performance, 320.0, 220.0)
            for suffix, renderer in ((".pdf", renderPDF), (".svg", renderSVG)):
                written.append(target / f"{stem}-{name}{suffix}")
                renderer.drawToFile(drawing, str(written[-1]))
    return written


def _summary(validation: Validation) -> Flowable:
    rows = [["Condition", "EER (%)", "Cllr", "Cllr min", "Floor", "Misleading writers: same / different", "Identified"]]
    for part in validation.sections:
        p = part.performance
        found = f"{part.identification.count} of {part.identification.of}" if part.identification else "–"
        rows.append(
            [
                part.title,
                wording.percent_figure(p.eer),
                wording.plain_figure(p.cllr),
                f"{p.cllr_min.value:.3f}",
                f"{p.cllr_floor:.3f}",
                " / ".join(f"{rate.count} of {rate.of}" for rate in (p.misleading_same, p.misleading_different)),
                found,
            ]
        )
    return table(rows, [3, 2, 2.2, 1, 0.9, 2, 1.7])


def _section(part: ValidationSection) -> list[Flowable]:
    story = [*section(part.title, new_page=True), *_numbers(part.performance)]
    if part.remark:
        story.append(paragraph(part.remark))
    drawn = [figure(draw(part.performance, _HALF, _HEIGHT), CAPTIONS[name]) for name, draw in PLOTS.items()]
    story += [side_by_side(drawn[i], drawn[i + 1]) for i in range(0, len(drawn) - 1, 2)]
    return [*story, drawn[-1]] if len(drawn) % 2 else story


def _numbers(p: Performance) -> list[Flowable]:
    pairs = f"{p.n_writers} writers, {p.n_same:,} same-writer and {p.n_different:,} different-writer pairs"
    least = f"least the bounds allow {p.cllr_floor:.3f}; before bounding {p.cllr_unbounded:.3f}"
    same = wording.rate_text(p.misleading_same), wording.rate_text(p.strongly_misleading_same)
    different = wording.rate_text(p.misleading_different), wording.rate_text(p.strongly_misleading_different)
    rows = [
        ["Writers and pairs", pairs],
        ["Ink", f"{p.amount_questioned:.0f} and {p.amount_known:.0f} writing heights; {', '.join(p.channels)}"],
        ["EER", wording.percent_figure(p.eer)],
        ["Cllr", f"{wording.plain_figure(p.cllr)}; {least}"],
        ["Cllr min", wording.plain_figure(p.cllr_min)],
        ["Misleading, same writer", f"log10 LR < 0: {same[0]}; below −1: {same[1]}"],
        ["Misleading, different", f"log10 LR > 0: {different[0]}; above 1: {different[1]}"],
    ]
    return [table(rows, [1, 4], header=False)]


def _provenance(validation: Validation, identity: str) -> list[Flowable]:
    rows = [
        ["Report id", identity],
        ["Model", f"{validation.model.name}, SHA-256 {validation.model.sha256}"],
        ["Command", validation.command or "–"],
        ["Seed", str(validation.seed)],
        ["Versions", ", ".join(f"{k} {v}" for k, v in sorted(validation.versions.items()))],
        ["Settings", ", ".join(f"{k} {v}" for k, v in sorted(validation.settings.items()))],
    ]
    return [*subsection("Provenance"), table(rows, [1, 4], header=False)]
