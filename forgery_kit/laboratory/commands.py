"""What `reference build` does once the people are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from datasets.errors import ForgeryKitError, UnreadableFileError
from forgery_kit.laboratory.build import build_reference
from forgery_kit.laboratory.people import Writer
from forgery_kit.laboratory.reference import save_laboratory
from forgery_kit.laboratory.told import reference_lines
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.reference import file_hash


def build_file(
    source: Path,
    people: Sequence[Writer],
    wrong: Sequence[ForgeryKitError],
    out: Path,
    name: str,
    judge: Judge | None = None,
) -> list[str]:
    """Build the reference of these people, write it, and return what it supports, a line each.

    Raises UnreadableFileError where any file of theirs is wrong: a reference must not shrink in silence.
    """
    if wrong:
        count = len(wrong)
        raise UnreadableFileError(
            str(source), f"{count} file{'s' * (count != 1)} of its writers cannot be used (above).", "Mend or remove."
        )
    made = build_reference(people, judge or default_judge(), name)
    save_laboratory(made, out)
    return list(reference_lines(replace(made, reference=replace(made.reference, sha256=file_hash(out)))))
