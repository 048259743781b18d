"""The files of a document: each page as SVG and InkML, all of them as one PDF, and the record."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, replace
from pathlib import Path

from datasets.errors import ArgumentsError
from datasets.readers import file_bytes
from datasets.writers.inkml import write_inkml
from forgery_kit.imitation.document import Document
from forgery_kit.imitation.files import check_leftovers
from forgery_kit.imitation.imitate import DEVICE
from forgery_kit.outputs import write_file
from reports.saved import to_json
from reports.written_pages import page_svg, pages_pdf

RECORD, PDF = "document.json", "document.pdf"
#: Names that the files of a document have.
OURS = re.compile(r"page-\d+\.(svg|inkml)|document\.(pdf|json)")


def text_of(path: Path) -> str:
    """The text of a file. Raises ArgumentsError where it is no UTF-8, HostileFileError where it is too large."""
    try:
        return file_bytes(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentsError(str(path), "it is not UTF-8 text.", "Save it as UTF-8.") from error


def write_document(made: Document, folder: Path) -> None:
    """Write all files; the record, which names their hashes, comes last.

    Raises ArgumentsError where pages of another document would stay beside these or a file cannot be written,
    MissingResourceError where the disk is full.
    """
    provenance = {k: v for k, v in asdict(made.record).items() if k not in ("files", "lines")}
    margin = made.record.margin_mm
    files: dict[str, bytes] = {}
    for number, (ink, text) in enumerate(zip(made.pages, made.texts, strict=True), 1):
        files[f"page-{number}.svg"] = page_svg(ink, made.size, margin, provenance).encode()
        files[f"page-{number}.inkml"] = write_inkml(ink, text=text, device=DEVICE, origin="generated")
    files[PDF] = pages_pdf(made.pages, made.size, margin, provenance, "Generated writing")
    check_leftovers(folder, [*files, RECORD], OURS)
    # A record of an earlier run must not stand beside the files of this one.
    (folder / RECORD).unlink(missing_ok=True)
    for name, data in files.items():
        write_file(folder / name, data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    write_file(folder / RECORD, to_json(replace(made.record, files=hashes)).encode())
