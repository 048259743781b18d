"""Limits and assumptions, method, provenance: the pages that are mostly text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from reportlab.platypus import Flowable, KeepTogether, Spacer

from reports import occasions, wording
from reports.findings import Comparison, Item
from reports.method_text import (
    BEFORE_OCCASIONS,
    CALIBRATION,
    DEFINITIONS,
    HOW_FOUND,
    LETTERS,
    LIMITATIONS,
    METHOD_STEPS,
    REFERENCES,
    RUN_AGAIN,
    SECOND_REVIEWER,
    SIGNATURE_NOTE,
)
from reports.page import bullets, markup_safe, paragraph, rich, section, subsection, table
from reports.scale import scale_from_setting
from reports.sections.answer import channels_text, ink_text

#: Characters of a paragraph of user text; longer texts have several.
_PARAGRAPH = 3000
#: Points of height for a signature; characters of a name beside it, of which Provenance has all.
_SIGNED, _NAME = 30, 120


def limits(comparison: Comparison) -> list[Flowable]:
    """This case's warnings in full, then what holds for every report."""
    story = [*section(wording.LIMITS), *subsection("In this case")]
    story += bullets([str(warning) for warning in comparison.warnings] or ("This comparison gave no warning.",))
    story += subsection("In every case")
    before, after = LIMITATIONS[:BEFORE_OCCASIONS], LIMITATIONS[BEFORE_OCCASIONS:]
    return [*story, _named((*before, occasions.limitation(comparison.settings), *after))]


def method(settings: Mapping[str, str]) -> list[Flowable]:
    """One page: steps, definitions, references; ``settings`` of a comparison or a validation."""
    scale = scale_from_setting(settings)
    letters = HOW_FOUND.get(settings.get(LETTERS.lower(), ""))
    more = {CALIBRATION: occasions.of_calibration(settings)}
    steps = [
        (name, f"{letters}{text}" if name == LETTERS else text + more.get(name, "")) for name, text in METHOD_STEPS
    ]
    # Results before letters were compared do not have that step.
    steps = [step for step in steps if letters or step[0] != LETTERS]
    story = [*section(wording.METHOD)]
    story += [rich(f"<b>{name}.</b> {text}", "small") for name, text in steps]
    story.append(rich(f"<b>Verbal scale</b> ({markup_safe(scale.source)}). {markup_safe(scale.in_full())}", "small"))
    story += subsection("Definitions")
    story += [rich(f"<b>{name}</b>: {text}", "small") for name, text in DEFINITIONS]
    story += subsection("References")
    return [*story, *(paragraph(f"[{i}] {text}", "small") for i, text in enumerate(REFERENCES, 1))]


def provenance(comparison: Comparison, report_id: str) -> list[Flowable]:
    """Everything that a reader needs to check the files and to run it again."""
    model = comparison.model
    story = [*section(wording.PROVENANCE), *subsection("Case"), *_in_full("Case", comparison.case)]
    story += [*_in_full("Examiner", comparison.examiner), *_in_full("Mandate", comparison.mandate)]
    story += _in_full("Receipt and custody of the items", comparison.custody)
    story += _in_full("As told to the examiner", comparison.notes)
    for role, text in (("questioned", comparison.questioned_text), ("known", comparison.known_text)):
        story += _in_full(f"What the {role} ink says, as stated", " ".join(text.split())) if text else []
    story += subsection("Items")
    items = sorted(comparison.items, key=lambda one: one.role != "questioned")
    story.append(table([_item(item) for item in items], [15, 85], header=False, whole_rows=True))
    story += [
        *subsection("Model"),
        _named(
            (
                ("Name", model.name),
                ("SHA-256 of the weights", model.sha256),
                ("SHA-256 of the calibration", model.calibration_sha256),
                ("Writers", _writers(comparison)),
                ("Reference population", model.population),
                ("Licence of the weights", model.licence),
            )
        ),
    ]
    # The last page has more than the signatures.
    return [*story, KeepTogether([*_run(comparison, report_id), paragraph(RUN_AGAIN), *_signatures(comparison)])]


def _writers(comparison: Comparison) -> str:
    model, used = comparison.model, comparison.calibration
    text = f"{model.training_writers} trained on, {model.calibration_writers} others for calibration"
    if used is None:
        return text
    return f"{text}, of whom {used.writers} wrote enough for same-writer pairs at the amounts of ink of this case"


def _run(comparison: Comparison, report_id: str) -> list[Flowable]:
    """How the value was computed, and with what."""
    return [
        *subsection("Run"),
        _named(
            (
                ("Report id", report_id),
                ("Score", f"{comparison.score:.4f}"),
                ("Bounds of log10 LR", _bounds(comparison)),
                ("Command", comparison.command),
                ("Seed", str(comparison.seed)),
                ("Settings", _pairs({k: v for k, v in comparison.settings.items() if k != "verbal_scale"})),
                ("Versions", _pairs(comparison.versions)),
                ("Verbal scale", scale_from_setting(comparison.settings).as_setting()),
            )
        ),
    ]


def _signatures(comparison: Comparison) -> list[Flowable]:
    """Room for the names, dates and signatures of the examiner and of a second reviewer."""
    examiner = comparison.examiner.strip()[:_NAME] or "not stated"
    rows: list[list[str | Flowable]] = [["Signed by", "Name", "Date", "Signature"]]
    rows += [[who, Spacer(0, _SIGNED), "", ""] for who in ("Examiner", SECOND_REVIEWER)]
    rows[1][1] = examiner
    rows[1][3] = Spacer(0, _SIGNED)
    return [*subsection("Signatures"), table(rows, [28, 28, 14, 30]), paragraph(SIGNATURE_NOTE, "note")]


def _in_full(name: str, text: str) -> list[Flowable]:
    """The whole of a text that page 1 may cut, in paragraphs that fit on a page."""
    parts = textwrap.wrap(text, _PARAGRAPH) or ["not stated"]
    first = rich(f"<b>{name}</b>: {markup_safe(parts[0])}", "small")
    return [first, *(paragraph(part, "small") for part in parts[1:])]


def _item(item: Item) -> list[Flowable]:
    scale = "not known" if item.mm_per_unit is None else f"{item.mm_per_unit:.6g} mm per unit"
    notes = ", ".join(f"{name} {count}" for name, count in sorted(item.notes.items())) or "nothing odd"
    time = f"; time {item.time_source}" if item.time_source else ""
    label = rich(f"<b>{markup_safe(item.label, 40)}</b><br/>{item.role}", "cell")
    lines = (
        markup_safe(item.file, 1000),
        f"SHA-256 {markup_safe(item.sha256)}",
        markup_safe(f"{item.format}; device {item.device or 'not stated'}; origin {item.origin}; scale {scale}", 600),
        markup_safe(
            f"{ink_text(item)}, {item.n_points:,} points; writing height {item.writing_height:.4g} units; "
            f"channels {channels_text(item.channels)}{time}"
        ),
        markup_safe(f"Counted on reading: {notes}", 1000),
    )
    return [label, rich("<br/>".join(lines), "small")]


def _bounds(comparison: Comparison) -> str:
    lr = comparison.lr
    number = wording.log10_number
    return (
        f"{number(lr.lower_bound)} to {number(lr.upper_bound)}; by writers ±{number(lr.writers_bound)}; "
        f"ELUB {number(lr.elub_low)} to {number(lr.elub_high)}; unbounded value {number(lr.unbounded)}"
    )


def _named(rows: tuple[tuple[str, str], ...]) -> Flowable:
    """Rows of a bold name and its text."""
    return table(
        [[rich(f"<b>{markup_safe(n)}</b>", "cell"), paragraph(t, "cell")] for n, t in rows], [24, 76], header=False
    )


def _pairs(values: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in sorted(values.items())) or "none recorded"
