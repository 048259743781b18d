"""The comparison report: a ``Comparison`` and its ink in, a PDF out, nothing else read or computed."""

from __future__ import annotations

from collections.abc import Mapping

from reports import wording
from reports.authenticity.section import authenticity
from reports.findings import Comparison
from reports.forger.section import forger
from reports.page import About, build
from reports.proof.archive import archival
from reports.proof.attachments import InkState, Recordings, attachments
from reports.saved import content_hash
from reports.sections.answer import answer
from reports.sections.exhibits import evidence, exhibits
from reports.sections.letters import letter_section
from reports.sections.measures import measures
from reports.sections.quality import quality
from reports.sections.text import limits, method, provenance


def report_id(comparison: Comparison) -> str:
    """The hash that the saved result carries, so that a page and its JSON are known to belong together."""
    return content_hash(comparison)


def comparison_pdf(
    comparison: Comparison,
    recordings: Recordings | None = None,
    ink: InkState = "not at hand",
    drawn_with: Mapping[str, str] | None = None,
) -> bytes:
    """The report as PDF/A-3b; the same comparison and ink give the same bytes on every machine with the same versions.

    Parameters
    ----------
    recordings : ink to embed. ink : why there is none where ``recordings`` is not given.
    drawn_with : as in ``attachments``.

    Raises ValueError where a number is not finite, MissingResourceError where the fonts are missing, and
    UnreadableFileError where ``settings["verbal_scale"]`` is broken.
    """
    identity = report_id(comparison)
    case = comparison.case.strip() or "without a case number"
    story = [
        *answer(comparison, identity[:16]),
        *exhibits(comparison),
        *letter_section(comparison.items, comparison.letters),
        *evidence(comparison),
        *measures(comparison),
        *quality(comparison),
        *authenticity(comparison.authenticity),
        *forger(comparison),
        *limits(comparison),
        *method(comparison.settings),
        *provenance(comparison, identity),
    ]
    about = About(
        title=f"{wording.TITLE}, case {case}",
        subject="Likelihood ratio for the writer of questioned handwriting",
        author=comparison.examiner,
        running=f"{wording.TITLE} · case {case}",
        report_id=identity[:16],
        date=comparison.date,
    )
    state: InkState = "embedded" if recordings else ink
    return archival(build(story, about), attachments(comparison, recordings or {}, state, drawn_with))
