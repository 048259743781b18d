"""Reader for ink as JSON: our own form, and those of browsers and inking libraries (see ``json_strokes``).

Our own: ``{"format": "forgery_kit ink", "schema_version": 1, "channels": [...], "mm_per_unit": …, "time_source": …,
"strokes": [{"pen_down": true, "points": [[x, y, …], …]}], …}`` with null for missing values.

The others state no units: what is believed of them, ``foreign`` says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.ink import CHANNELS, Ink, TimeSource
from datasets.limits import HEAD_BYTES, MAX_CHANNELS
from datasets.readers.building import build_ink
from datasets.readers.json_ink.foreign import foreign_ink
from datasets.readers.json_ink.parsing import parse
from datasets.readers.json_ink.strokes import find_strokes
from datasets.sample import Origin, Sample

NAME = "json"
SUMMARY = "JSON of forgery_kit, browsers (PointerEvents), signature_pad, MyScript, perfect-freehand"

#: How our own JSON says what it is.
FORMAT = "forgery_kit ink"
SCHEMA_VERSION = 1

_OWN = re.compile(rb'"format"\s*:\s*"forgery_kit ink"')
_NUMBER = rb"\s*-?\d"
_ROWS = re.compile(rb"(?:\[\s*){2,3}" + _NUMBER)
_NAMED_ROWS = re.compile(rb'"(?:points|strokes|drawing)"\s*:\s*(?:\[\s*){2,3}"?' + _NUMBER)
_POINT = [re.compile(rb'"(?:%s|[a-z]+%s)"\s*:\s*-?\d' % (axis, axis.upper())) for axis in (b"x", b"y")]
#: Points that tldraw packs into a text: recognised, so that the refusal can say so.
_PACKED = re.compile(rb'"segments"\s*:\s*\[\s*\{[^{}]*"(?:points|path)"\s*:\s*"[A-Za-z0-9+/=]{4}')
_ARRAYS = [re.compile(rb'"[' + axes + rb']"\s*:\s*\[' + _NUMBER) for axes in (b"xX", b"yY")]
#: An array of one axis that does not end within what a detector sees.
_LONG_ARRAY = re.compile(rb'"[xXyY]"\s*:\s*\[' + _NUMBER + rb"[\s\d.,eE+-]*\Z")
_LIST_OF_POINTS = re.compile(rb'\A\[|"(?:points|pointers|strokes|events|pointerEvents)"\s*:\s*\[')


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are JSON with points in a list, arrays of x and y, or lists of lists of numbers."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] not in (b"[", b"{") or b"\0" in head:
        return False
    if _OWN.search(text) or all(array.search(text) for array in _ARRAYS):
        return True
    if _LIST_OF_POINTS.search(text) and all(axis.search(text) for axis in _POINT):
        return True
    if len(head) >= HEAD_BYTES and _LONG_ARRAY.search(text):
        return True
    return any((_ROWS.match(text), _NAMED_ROWS.search(text), _PACKED.search(text)))


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """All strokes of the document as one sample, or one a page. ``folder`` is not used.

    Raises
    ------
    UnreadableFileError : not JSON, no strokes, points without x or y, values that are no finite numbers.
    HostileFileError : nested too deep, more than the limits allow.
    """
    document = parse(data, name)
    try:
        if isinstance(document, dict) and document.get("format") == FORMAT:
            return (_own(document, name),)
        return tuple(Sample(ink=ink) for ink in _foreign(document, name))
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UnreadableFileError(name, f"{str(error)[:160]}.", "Export the ink again.") from error


def _foreign(document: Any, name: str) -> tuple[Ink, ...]:
    """Ink of a document that is not ours, one a page. Raises UnreadableFileError where something is not understood."""
    found = find_strokes(document, name)
    if not any(found.pen_down):
        left = ", ".join(note for note, count in found.notes.items() if count)
        what = f"nothing in this JSON is ink that can be read ({left:.120})" if left else "this JSON holds no strokes"
        raise UnreadableFileError(name, f"{what}.", "Known: " + SUMMARY + ".")
    pages: dict[tuple[str, ...], list[int]] = {}
    for index, page in enumerate(found.pages):
        pages.setdefault(page, []).append(index)
    inks: list[Ink] = []
    for of_page in pages.values():
        strokes, down = [found.strokes[i] for i in of_page], [found.pen_down[i] for i in of_page]
        if any(down):
            # What was left out is counted for the document, once.
            inks.append(foreign_ink(strokes, down, Counter() if inks else found.notes, name))
    if len(inks) > 1:
        inks[0] = inks[0].with_notes({"recordings told apart by their page": len(inks)})
    return tuple(inks)


def _own(document: Mapping[str, Any], name: str) -> Sample:
    """Sample of our own form. Raises TypeError, ValueError or KeyError where a field is missing or wrong."""
    if document.get("schema_version") != SCHEMA_VERSION:
        found = document.get("schema_version")
        raise ValueError(f"schema_version is {found!r:.20}, this program reads {SCHEMA_VERSION}")
    channels = tuple(document["channels"])
    if len(channels) > MAX_CHANNELS or not set(channels) <= set(CHANNELS):
        raise ValueError(f"channels are {channels!r:.60}, expected some of {CHANNELS}")
    strokes: list[NDArray[np.float64]] = []
    pen_down: list[bool] = []
    for stroke in document["strokes"]:
        rows = [[_value(value) for value in row] for row in stroke["points"]]
        if any(len(row) != len(channels) for row in rows):
            raise ValueError(f"a point of stroke {len(strokes)} has not {len(channels)} values")
        if not isinstance(stroke["pen_down"], bool):
            raise TypeError(f"pen_down of stroke {len(strokes)} is not true or false")
        strokes.append(np.array(rows, dtype=np.float64).reshape(-1, len(channels)))
        pen_down.append(stroke["pen_down"])
    time_source, origin = document.get("time_source"), document.get("origin", "unknown")
    if origin not in get_args(Origin) or time_source not in (None, *get_args(TimeSource)):
        raise ValueError(f"origin {origin!r:.20} or time_source {time_source!r:.20} is not known")
    mm_per_unit = document.get("mm_per_unit")
    scale = None if mm_per_unit is None else _value(mm_per_unit)
    ink = build_ink(name, strokes, channels, pen_down, mm_per_unit=scale, time_source=time_source)
    writer, text, device = (document.get(key) for key in ("writer", "text", "device"))
    if not all(value is None or isinstance(value, str) for value in (writer, text, device)):
        raise TypeError("writer, text and device are texts or null")
    return Sample(ink=ink, origin=origin, writer=writer, text=text, device=device)


def _value(value: Any) -> float:
    """A number, NaN for null."""
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} is no number")
    return float(value)
