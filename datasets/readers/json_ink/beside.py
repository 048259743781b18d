"""Values that stand beside a list of points or lists of points, one for each point: pressures, times and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets.readers.json_ink.marks import plain
from datasets.readers.json_ink.points import is_number

#: Keys of such lists → our channel; ``plain``.
_CHANNELS = {
    **dict.fromkeys(("p", "f", "pressure", "pressures", "force", "forces", "intensity", "intensities"), "pressure"),
    **dict.fromkeys(("t", "time", "times", "timestamp", "timestamps"), "t"),
}

#: Values of one list of points by key, and those of several lists.
Beside = dict[str, list[Any]]


def beside_points(node: Mapping[str, Any], points: list[Any], key: str) -> Beside:
    """The lists in an object that hold one value (or null) for each of the ``points`` under ``key``.

    Where ``points`` holds lists of points, those that hold a list of as many values for each of them.
    """
    found: Beside = {}
    for name, values in node.items():
        if name == key or not isinstance(values, list) or len(values) != len(points) or not points:
            continue
        if all(map(_is_value, values)):
            if not isinstance(points[0], list) or (points[0] and is_number(points[0][0])):
                found[name] = values
        elif all(
            isinstance(inner, list)
            and isinstance(stroke, list)
            and len(inner) == len(stroke)
            and all(map(_is_value, inner))
            for inner, stroke in zip(values, points, strict=True)
        ):
            found[name] = values
    return found


def channel_beside(key: str, node: Mapping[str, Any]) -> str | None:
    """The channel that values under a key are, None for others and for pressures that a program made up."""
    channel = _CHANNELS.get(plain(key))
    return None if channel == "pressure" and node.get("simulatePressure") is True else channel


def _is_value(value: Any) -> bool:
    return value is None or is_number(value)
