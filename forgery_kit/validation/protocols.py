"""The validation protocols by corpus, and the files that a validation gives."""

from __future__ import annotations

from pathlib import Path

from forgery_kit.outputs import write_file
from forgery_kit.validation import iam_ondb, unipen
from reports.performance import Validation
from reports.saved import to_json
from reports.validation import validation_pdf, write_plots

PROTOCOLS = {"iam-ondb": iam_ondb.evaluate, "unipen": unipen.evaluate}


def write_validation(found: Validation, folder: Path) -> None:
    """Write ``validation.json``, the plots and ``validation.pdf`` into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / "validation.json", to_json(found).encode())
    write_plots(found, folder)
    write_file(folder / "validation.pdf", validation_pdf(found))
