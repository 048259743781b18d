"""IAM-OnDB XML (Liwicki & Bunke 2005): one line, or a whole form with writer and transcription.

The recorder (eBeam) gives x to the right, y down, in units of its own, and seconds. There is no pressure and no
path above the surface. The corpus as a whole is read by ``datasets.corpora.iam_ondb``.
"""

from __future__ import annotations

import html
from array import array
from pathlib import Path

import numpy as np

from datasets.errors import UnreadableFileError
from datasets.limits import MAX_XML_ELEMENTS
from datasets.readers.building import build_ink, check_amounts
from datasets.readers.safe_xml import root_of, scan
from datasets.sample import Sample

NAME = "iam-ondb"
SUMMARY = "IAM-OnDB XML: whiteboard recordings, a line or a form a file"
DEVICE = "whiteboard, infrared pen (eBeam)"


def looks_like(head: bytes) -> bool:
    """True where the root element is a whiteboard session."""
    root = root_of(head)
    return root is not None and root.name == "WhiteboardCaptureSession"


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """The one recording of a file; ``form``, ``writer``, ``text`` and ``sitting`` where its header states them.

    ``sitting`` is the time of capture in ISO form. ``form`` is the id inside the file, which the corpus is known
    to have wrong in nine places.

    Raises
    ------
    UnreadableFileError : cut off, not well-formed, no ink, or a value that is not a number.
    HostileFileError : more than ``limits`` allow.
    """
    strokes: list[array[float]] = []  # x, y, time one after the other, as bare numbers to bound memory
    header: dict[str, dict[str, str]] = {}
    lines: list[str] = []
    points = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal points
        if tag == "Point":
            if not strokes:
                raise UnreadableFileError(name, "a point stands outside any stroke.", "Export the file again.")
            try:
                point = (float(attributes["x"]), float(attributes["y"]), float(attributes.get("time", "nan")))
            except (KeyError, ValueError) as error:
                raise UnreadableFileError(
                    name,
                    f"stroke {len(strokes)} has a point whose x, y or time is missing or not a number.",
                    "Export the file again.",
                ) from error
            strokes[-1].extend(point)
            points += 1
            check_amounts(name, 0, points)
        elif tag == "Stroke":
            strokes.append(array("d"))
            check_amounts(name, len(strokes), 0)
        elif tag == "TextLine":
            lines.append(attributes.get("text", ""))
        elif tag in ("Form", "CaptureTime"):
            header[tag] = attributes

    scan(data, name, start, lambda _: None, None, MAX_XML_ELEMENTS)
    arrays = [np.array(stroke).reshape(-1, 3) for stroke in strokes]
    timed = any(np.isfinite(stroke[:, 2]).any() for stroke in arrays)
    ink = build_ink(
        name,
        arrays if timed else [stroke[:, :2] for stroke in arrays],
        ("x", "y", "t") if timed else ("x", "y"),
        [True] * len(arrays),
        time_source="recorded" if timed else None,
    )
    # The corpus escapes its entities twice (&amp;quot;).
    text = "\n".join(html.unescape(html.unescape(line)) for line in lines)
    return (
        Sample(
            ink=ink,
            writer=header.get("Form", {}).get("writerID"),
            text=text or None,
            form=header.get("Form", {}).get("id"),
            sitting=_capture_time(header.get("CaptureTime", {})),
            device=DEVICE,
        ),
    )


def _capture_time(attributes: dict[str, str]) -> str | None:
    """ISO form of ``<CaptureTime time year month dayOfMonth>``, None where it is missing or not a date."""
    try:
        year, month, day = (int(attributes[key]) for key in ("year", "month", "dayOfMonth"))
        return f"{year:04}-{month:02}-{day:02}T{attributes['time']}"
    except (KeyError, ValueError):
        return None
