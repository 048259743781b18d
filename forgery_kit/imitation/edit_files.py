"""The files of an edit: the ink as InkML, a picture, and the record."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path

from datasets.writers.inkml import write_inkml
from datasets.writers.svg import write_svg
from forgery_kit.imitation.edit import Edited
from forgery_kit.outputs import write_file
from reports.imitation import MARK, provenance_text
from reports.saved import to_json

INKML, SVG, RECORD = "edited.inkml", "edited.svg", "edited.json"


def write_edit(made: Edited, folder: Path, colour: bool = False) -> None:
    """Write all files, the record last; with ``colour`` the picture shows the new strokes in orange.

    Raises MissingResourceError where the disk is full, ArgumentsError where a file cannot be written.
    """
    sample = made.sample
    record = {k: v for k, v in asdict(made.record).items() if k != "files"}
    picture = write_svg(
        sample.ink,
        description=f"{MARK}, in part. How it was made: see the metadata.",
        metadata=provenance_text(record),
        mark=f"{MARK}, in part",
        coloured=made.generated if colour else (),
    )
    files = {
        INKML: write_inkml(
            sample.ink, text=sample.text, device=sample.device, origin="generated", generated=made.generated
        ),
        SVG: picture.encode(),
    }
    (folder / RECORD).unlink(missing_ok=True)
    for name, data in files.items():
        write_file(folder / name, data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    write_file(folder / RECORD, to_json(replace(made.record, files=hashes)).encode())
