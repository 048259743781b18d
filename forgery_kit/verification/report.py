"""The PDF of a comparison with its ink in it, wherever the ink is in reach."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from forgery_kit.verification.recordings import recordings_at
from reports.comparison import comparison_pdf
from reports.findings import Comparison
from reports.proof.attachments import ink_hashes


def report_of(comparison: Comparison, paths: Iterable[str | Path], without_ink: bool = False) -> tuple[bytes, str]:
    """The report, and why its ink is not in it; empty where it is.

    ``paths`` : files and folders among which those of the items are looked for, by their SHA-256. All are embedded or
    none.
    """
    if without_ink:
        return comparison_pdf(comparison, ink="left out"), "left out, as --without-ink says"
    if not comparison.ink:
        return comparison_pdf(comparison), "the result is of a version that did not state it"
    recordings, missing = recordings_at(comparison, paths)
    if missing:
        first = missing[0]
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return comparison_pdf(comparison), f"{first.file}{more}: not there, or changed since it was compared"
    if ink_hashes(recordings) != comparison.ink:
        return comparison_pdf(comparison), "this version reads other ink from the same files"
    return comparison_pdf(comparison, recordings), ""
