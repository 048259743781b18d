"""The sentences of a comparison's first page, ready to print, for what shows a result elsewhere than in the PDF."""

from __future__ import annotations

from reports import wording
from reports.findings import Comparison
from reports.forger import wording as forger_wording
from reports.scale import scale_from_setting


def sentences(comparison: Comparison) -> dict[str, str | list[str]]:
    """Each as the report has it; empty where the report has none.

    ``lr``, ``log10``, ``interval_label``, ``finding``, ``bound``, ``forger`` : the value. ``h1``, ``h2``, ``taken`` :
    the propositions. ``generated``, ``limits`` : what limits it. ``told`` : what was received and told.
    ``evidence_lead``, ``fragments_lead``, ``measures_lead`` : the leads of its sections.
    """
    lr, scale = comparison.lr, scale_from_setting(comparison.settings)
    interval = comparison.settings.get("interval", "shown") != "hidden"
    limited_by = comparison.calibration.limited_by if comparison.calibration is not None else ""
    h1, h2, taken = wording.propositions(comparison)
    made = [item.label for item in comparison.items if item.origin == "generated"]
    has_evidence = any(stroke.evidence for item in comparison.items for line in item.lines for stroke in line)
    return {
        "generated": wording.GENERATED_LINE.format(labels=", ".join(made)) if made else "",
        "lr": wording.lr_line(lr.log10_lr, scale),
        "log10": wording.log10_line(lr, interval),
        "interval_label": wording.INTERVAL_LABEL if interval else "",
        "finding": wording.finding_sentence(lr.log10_lr, scale),
        "bound": wording.bound_sentence(lr, limited_by, interval),
        "forger": _forger(comparison),
        "limits": wording.limiting_lines(tuple(map(str, comparison.warnings)), comparison.settings),
        "h1": h1,
        "h2": h2,
        "taken": f"{taken} {wording.agreement_sentence(comparison.agreement)}",
        "told": [
            wording.received_sentence(comparison.mandate, comparison.custody),
            wording.told_sentence(comparison.notes),
        ],
        "evidence_lead": wording.EVIDENCE_LEAD if has_evidence else wording.NO_EVIDENCE,
        "fragments_lead": wording.FRAGMENTS_LEAD if comparison.fragments else wording.NO_FRAGMENTS,
        "measures_lead": wording.MEASURES_LEAD if comparison.measures else wording.NO_MEASURES,
    }


def _forger(comparison: Comparison) -> str:
    """H1 against H3 in a line; empty where no imitations were asked for."""
    found = comparison.simulation
    if found is None:
        return ""
    number = wording.lr_number(abs(found.lr.log10_lr), scale_from_setting(comparison.settings))
    return f"{forger_wording.finding(found, number)} {wording.log10_line(found.lr, True)}."
