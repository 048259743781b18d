"""Reader for ink as JSON: our own form, and those of browsers and inking libraries (see ``json_strokes``).

Our own: ``{"format": "forgery_kit ink", "schema_version": 1, "channels": [...], "mm_per_unit": …, "time_source": …,
"strokes": [{"pen_down": true, "points": [[x, y, …], …]}], …}`` with null for missing values.

The others state no units. Times are milliseconds, or the channel is missing; steps that are all equal come from a
program, not from a clock, and count as missing too; pressure and angles outside their range count as missing, as do
those that a browser fills in for a mouse.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import CHANNELS, Ink, TimeSource
from datasets.limits import MAX_CHANNELS, MAX_JSON_DEPTH, MAX_POINTS, MAX_STROKES
from datasets.readers.building import build_ink, check_amounts
from datasets.readers.json_ink.points import FOREIGN
from datasets.readers.json_ink.strokes import find_strokes
from datasets.readers.tables.columns import drop_out_of_range, is_synthetic, overlapping_strokes, seconds
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
_ARRAYS = [re.compile(rb'"[' + axes + rb']"\s*:\s*\[' + _NUMBER) for axes in (b"xX", b"yY")]
_LIST_OF_POINTS = re.compile(rb'\A\[|"(?:points|pointers|strokes|events|pointerEvents)"\s*:\s*\[')
#: Possessive, so that a string without an end costs no memory for ways back.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are JSON with points in a list, arrays of x and y, or lists of lists of numbers."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] not in (b"[", b"{") or b"\0" in head:
        return False
    if _OWN.search(text) or all(array.search(text) for array in _ARRAYS):
        return True
    if _LIST_OF_POINTS.search(text) and all(axis.search(text) for axis in _POINT):
        return True
    return _ROWS.match(text) is not None or _NAMED_ROWS.search(text) is not None


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """All strokes of the document as one sample. ``folder`` is not used.

    Raises
    ------
    UnreadableFileError : not JSON, no strokes, points without x or y, values that are no finite numbers.
    HostileFileError : nested too deep, more than the limits allow.
    """
    document = parse(data, name)
    try:
        if isinstance(document, dict) and document.get("format") == FORMAT:
            return (_own(document, name),)
        return (Sample(ink=_foreign(document, name)),)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UnreadableFileError(name, f"{str(error)[:160]}.", "Export the ink again.") from error


def parse(data: bytes, name: str) -> Any:
    """The document. Its depth is checked first, since the parser recurses; NaN and keys given twice are refused."""
    plain = np.frombuffer(_STRING.sub(b"", data), dtype=np.uint8)
    brackets = plain[(plain == ord("[")) | (plain == ord("]")) | (plain == ord("{")) | (plain == ord("}"))]
    opening = (brackets == ord("[")) | (brackets == ord("{"))
    lists = int(opening.sum())
    if lists > MAX_POINTS + MAX_STROKES:
        raise HostileFileError(name, f"its JSON holds {lists} lists and objects, more than ink needs.", "Split it.")
    if np.cumsum(np.where(opening, np.int8(1), np.int8(-1)), dtype=np.int32).max(initial=0) > MAX_JSON_DEPTH:
        raise HostileFileError(name, f"its JSON is nested more than {MAX_JSON_DEPTH} deep.", "Refused.")
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(name, f"this is not valid JSON ({error}).", "Export or copy it again.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Of a key given twice the parser would keep the last value and lose the ink in the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"an object has {key!a:.40} twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _foreign(document: Any, name: str) -> Ink:
    """Ink of a document that is not ours. Raises UnreadableFileError where something in it cannot be understood."""
    found = find_strokes(document, name)
    if not any(found.pen_down):
        raise UnreadableFileError(name, "this JSON holds no strokes.", "Known: " + SUMMARY + ".")
    lengths = [len(stroke) for stroke in found.strokes]
    check_amounts(name, len(lengths), sum(lengths))
    starts = np.cumsum([0, *lengths[:-1]])
    points = np.concatenate(found.strokes)
    columns = {c: points[:, i] for i, c in enumerate(FOREIGN) if c in ("x", "y") or not np.isnan(points[:, i]).all()}
    notes = found.notes
    milliseconds = columns.pop("t", None)
    t = None
    if milliseconds is not None:
        if is_synthetic(milliseconds, starts):
            notes["time steps are all equal, made by a program, counted as missing"] = 1
        else:
            t = seconds(milliseconds, starts, (1e3,), False, notes)
    if t is not None:
        columns["t"] = t
        notes["strokes that begin before the one before has ended"] = overlapping_strokes(t, starts)
    _drop_filled_in_angles(columns, notes)
    drop_out_of_range(columns, notes)
    channels = tuple(channel for channel in CHANNELS if channel in columns)
    table = np.stack([columns[channel] for channel in channels], axis=1)
    strokes = np.split(table, starts[1:])
    time_source: TimeSource | None = None if t is None else "recorded"
    return build_ink(name, strokes, channels, found.pen_down, time_source=time_source, notes=notes)


def _drop_filled_in_angles(columns: dict[str, NDArray[np.float64]], notes: Counter[str]) -> None:
    """Take out angles that never change: what a browser reports for a mouse, a finger, or a pen without tilt."""
    for channel in ("altitude", "azimuth"):
        if channel in columns and len(np.unique(columns[channel][~np.isnan(columns[channel])])) <= 1:
            del columns[channel]
            notes[f"{channel} never changes, counted as missing"] = 1


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
