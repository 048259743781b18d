"""Files that a report carries: the result as JSON, the ink of its items as InkML, and the settings.

``result.json`` is what ``compare --json`` writes. Each recording is a file of InkML, ``Q1.inkml``, or ``Q1-1.inkml``
and so on where one file holds several; the result states its SHA-256, so that the report's id covers all ink.
``settings.json`` repeats what the result was made with, and says of each recording what InkML has no place for.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import pikepdf

from datasets.sample import Sample
from datasets.writers.inkml import write_inkml
from reports.findings import Comparison
from reports.saved import content_hash, to_json

RESULT, SETTINGS = "result.json", "settings.json"
#: Of ``settings.json``; another one is not read.
SETTINGS_VERSION = 1
#: What became of the ink: it is in the report, was left out on request, or could not be read when the report was drawn.
InkState = Literal["embedded", "left out", "not at hand"]
#: Label of an item → its recordings, as they were read from its file.
Recordings = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True)
class Attachment:
    """A file to embed. ``relationship`` : what it is to the pages (ISO 19005-3, 6.8)."""

    name: str
    mime: str
    relationship: Literal["Source", "Data", "Supplement"]
    description: str
    data: bytes


def ink_names(recordings: Recordings) -> dict[str, Sample]:
    """Name of the embedded file → its recording, in the order of the items."""
    return {
        f"{label}{f'-{number}' if len(samples) > 1 else ''}.inkml": sample
        for label, samples in recordings.items()
        for number, sample in enumerate(samples, 1)
    }


def ink_data(sample: Sample) -> bytes:
    """A recording as it is embedded. What its file says of a writer or a text is left out: no value depends on it."""
    return write_inkml(sample.ink, device=sample.device, origin=sample.origin)


def ink_hashes(recordings: Recordings) -> dict[str, str]:
    """Name of the embedded file → SHA-256 of its bytes, 64 hex digits."""
    return {name: _sha256(ink_data(sample)) for name, sample in ink_names(recordings).items()}


def attachments(
    comparison: Comparison, recordings: Recordings, state: InkState, drawn_with: Mapping[str, str] | None = None
) -> tuple[Attachment, ...]:
    """What a report carries; ``recordings`` is empty unless ``state`` is embedded.

    ``drawn_with`` : versions of what draws, where not those that are installed.
    """
    named = ink_names(recordings)
    files = [Attachment(RESULT, "application/json", "Data", "The result, as JSON", to_json(comparison).encode())]
    files += [
        Attachment(name, "application/inkml+xml", "Source", f"Ink of {label_of(name)}", ink_data(sample))
        for name, sample in named.items()
    ]
    stated = settings(comparison, named, state, drawn_with or drawing_versions())
    stated["files"] = {file.name: _sha256(file.data) for file in files}
    text = json.dumps(stated, sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    return (*files, Attachment(SETTINGS, "application/json", "Supplement", "How it was made", text.encode()))


def label_of(name: str) -> str:
    """Label of the item that an embedded file of ink belongs to."""
    return name.removesuffix(".inkml").partition("-")[0]


def settings(
    comparison: Comparison, named: Mapping[str, Sample], state: InkState, drawn_with: Mapping[str, str]
) -> dict[str, Any]:
    """What ``settings.json`` says, without the hashes of the other files."""
    return {
        "format": "forgery_kit settings",
        "schema_version": SETTINGS_VERSION,
        "report_id": content_hash(comparison),
        "settings": comparison.settings,
        "versions": comparison.versions,
        "command": comparison.command,
        "seed": comparison.seed,
        "weights_sha256": comparison.model.sha256,
        "calibration_sha256": comparison.model.calibration_sha256,
        "imitations": len(comparison.simulation.imitations) if comparison.simulation else 0,
        "drawn_with": dict(drawn_with),
        "ink": state,
        "recordings": {
            name: {
                "device": sample.device,
                "origin": sample.origin,
                "form": sample.form,
                "notes": dict(sample.ink.notes),
            }
            for name, sample in named.items()
        },
    }


def drawing_versions() -> dict[str, str]:
    """Versions of what the bytes of a report depend on, given its result and ink."""
    return {
        "reportlab": version("reportlab"),
        "pikepdf": pikepdf.__version__,
        "qpdf": pikepdf.__libqpdf_version__,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
