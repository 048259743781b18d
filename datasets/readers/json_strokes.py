"""Strokes in the JSON of browsers and inking libraries, found by their shape wherever they lie in the document.

Understood are

* MyScript: strokes with ``pointers`` [{x, y, t, p}, …], or with arrays ``x y t p`` (in JIIX ``X Y T F``);
* signature_pad: groups with ``points`` [{x, y, time, pressure}, …];
* perfect-freehand and the like: rows [x, y], [x, y, pressure] or [x, y, pressure, t];
* lists of points {x, y, …}, and of browsers' PointerEvents.

Times are milliseconds in all of them. Objects that are drawn but not written (shapes, edges) are counted.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Columns of a foreign stroke; t in milliseconds.
FOREIGN = ("x", "y", "t", "pressure", "altitude", "azimuth")

#: Keys of a point → our channel; of several in one point the first counts.
POINT_KEYS = {
    "x": ("x", "clientX", "offsetX", "pageX", "X"),
    "y": ("y", "clientY", "offsetY", "pageY", "Y"),
    "t": ("t", "time", "timeStamp", "timestamp", "T"),
    "pressure": ("p", "pressure", "force", "F"),
    "altitude": ("altitudeAngle", "altitude"),
    "azimuth": ("azimuthAngle", "azimuth"),
}
#: Keys of a stroke that holds one array a channel.
ARRAY_KEYS = {"x": ("x", "X"), "y": ("y", "Y"), "t": ("t", "T"), "pressure": ("p", "F", "pressure")}

Stroke = NDArray[np.float64]


@dataclass
class Found:
    """Strokes in the order of the document, (k, 6) in the columns ``FOREIGN``, NaN where a value is missing."""

    strokes: list[Stroke] = field(default_factory=list)
    pen_down: list[bool] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    identifiers: set[str] = field(default_factory=set)

    def add(self, points: list[list[float]], pen_down: bool = True) -> None:
        if points:
            self.strokes.append(np.array(points, dtype=np.float64))
            self.pen_down.append(pen_down)
        else:
            self.notes["empty strokes"] += 1


def find_strokes(document: Any) -> Found:
    """All strokes in a parsed JSON document of bounded depth.

    Raises ValueError where a point lacks x or y, holds something that is no number, or arrays differ in length.
    """
    found = Found()
    _walk(document, found)
    return found


def _walk(node: Any, found: Found) -> None:
    if isinstance(node, dict):
        _walk_object(node, found)
    elif isinstance(node, list) and node:
        if all(_is_point(item) for item in node):
            if any(str(item.get("type", "")).startswith("pointer") for item in node):
                _pointer_events(node, found)
            else:
                found.add([_point(item) for item in node])
        elif all(_is_row(item) for item in node):
            found.add([_row(item) for item in node])
        else:
            for item in node:
                _walk(item, found)


def _walk_object(node: dict[str, Any], found: Found) -> None:
    kind = node.get("type")
    points = node.get("pointers", node.get("points"))
    arrays = any(isinstance(node.get(key), list) for key in ARRAY_KEYS["x"])
    if isinstance(kind, str) and kind in ("shape", "edge"):
        found.notes[f"objects that are no strokes ({kind}), left out"] += 1
    elif isinstance(points, list) or arrays:
        identifier = node.get("id")
        if isinstance(identifier, str) and identifier in found.identifiers:
            found.notes["strokes given twice, left out"] += 1
            return
        if isinstance(identifier, str):
            found.identifiers.add(identifier)
        if not isinstance(points, list):
            found.add(_arrays(node))
        elif not points or all(_is_point(item) for item in points):
            found.add([_point(item) for item in points])
        else:
            _walk(points, found)
    else:
        for value in node.values():
            if isinstance(value, dict | list):
                _walk(value, found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_point(item: Any) -> bool:
    """Whether an object is meant as a point: it names x or y and holds a number or nothing there."""
    if not isinstance(item, dict):
        return False
    values = [item[key] for axis in "xy" for key in POINT_KEYS[axis] if key in item]
    return bool(values) and not any(isinstance(value, list | dict) for value in values) and "width" not in item


def _is_row(item: Any) -> bool:
    return isinstance(item, list) and 2 <= len(item) <= 4 and all(_is_number(value) for value in item)


def _point(item: dict[str, Any]) -> list[float]:
    return [_first(item, keys, channel in "xy") for channel, keys in POINT_KEYS.items()]


def _first(item: dict[str, Any], keys: tuple[str, ...], needed: bool) -> float:
    for key in keys:
        if item.get(key) is not None:
            if not _is_number(item[key]):
                raise ValueError(f"{key} is {item[key]!r:.40}, which is no number")
            return float(item[key])
    if needed:
        raise ValueError(f"a point has no {keys[0]}")
    return math.nan


def _row(item: list[float]) -> list[float]:
    x, y, pressure, t = (*map(float, item), math.nan, math.nan)[:4]
    return [x, y, t, pressure, math.nan, math.nan]


def _arrays(node: dict[str, Any]) -> list[list[float]]:
    """Points of a stroke with one array a channel."""
    columns = {
        c: next((node[k] for k in keys if isinstance(node.get(k), list)), None) for c, keys in ARRAY_KEYS.items()
    }
    x = columns["x"] or []
    given = {channel: column for channel, column in columns.items() if column}
    if any(len(column) != len(x) for column in given.values()) or len(columns["y"] or []) != len(x):
        raise ValueError(f"the arrays of a stroke have {[len(column) for column in given.values()]} values")
    rows = []
    for index in range(len(x)):
        point = {channel: column[index] for channel, column in given.items()}
        rows.append([_first(point, (channel,), channel in "xy") for channel in FOREIGN])
    return rows


def _pointer_events(events: list[dict[str, Any]], found: Found) -> None:
    """PointerEvents (W3C Pointer Events, Level 3) → strokes; moves with the pen up are hover.

    Where a pen and something else (a finger, the palm, a mouse) report together, only the pen is kept. An event that
    ends a stroke has pressure 0 by the specification, so it is a missing value, not a measured one.
    """
    kinds = {event.get("pointerType") for event in events}
    if "pen" in kinds and len(kinds) > 1:
        kept = [event for event in events if event.get("pointerType") == "pen"]
        found.notes["events of touch or mouse beside a pen, left out"] += len(events) - len(kept)
        events = kept
    order = list(dict.fromkeys(str(event.get("pointerId")) for event in events))
    for pointer in order:
        _one_pointer([event for event in events if str(event.get("pointerId")) == pointer], found)


def _one_pointer(events: list[dict[str, Any]], found: Found) -> None:
    points: list[list[float]] = []
    down = False

    def close() -> None:
        if points:
            found.add(list(points), down)
            points.clear()

    for event in events:
        kind = event.get("type")
        if kind == "pointerdown":
            close()
            down = True
        if kind in ("pointerdown", "pointermove", "pointerrawupdate", "pointerup"):
            point = _point(event)
            if kind == "pointerup" or not down:
                point[FOREIGN.index("pressure")] = math.nan
            points.append(point)
        else:
            found.notes["events that hold no point of a stroke, left out"] += 1
        if kind in ("pointerup", "pointercancel", "pointerleave", "pointerout") and down:
            close()
            down = False
    if down and points:
        found.notes["strokes without an event that ends them"] += 1
    close()
