"""One point of foreign JSON ink, as an object {x, y, …} or a row [x, y, …], and the place of it for errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError

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
_XY_KEYS = (*POINT_KEYS["x"], *POINT_KEYS["y"])

EXPORT_STROKES = "Export the ink with one list of points a stroke."

Stroke = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where in a file something lies, such as ``strokes[3].points[5]``."""

    file: str
    path: str = ""

    def inside(self, key: str | int) -> Place:
        if isinstance(key, int):
            return Place(self.file, f"{self.path}[{key}]")
        word = key if key.isidentifier() and len(key) <= 40 else f"{key!a:.40}"
        return Place(self.file, f"{self.path}.{word}" if self.path else word)

    def refuse(self, found: str, advice: str = EXPORT_STROKES) -> UnreadableFileError:
        """The error to raise: ``found`` is what is wrong here."""
        path = self.path if len(self.path) <= 80 else "…" + self.path[-80:]
        return UnreadableFileError(self.file, f"at {path}: {found}." if path else f"{found}.", advice)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def names_xy(item: Any) -> bool:
    """Whether an object has x or y as a number, or nothing there; a list or object there is no point."""
    if not isinstance(item, dict):
        return False
    values = [item[key] for key in _XY_KEYS if key in item]
    return bool(values) and not any(isinstance(value, list | dict) for value in values)


def is_row(item: Any) -> bool:
    """Whether a list is a point: x, y and up to two more values, of which those may be missing (null)."""
    return (
        isinstance(item, list)
        and 2 <= len(item) <= 4
        and all(map(is_number, item[:2]))
        and all(value is None or is_number(value) for value in item[2:])
    )


def is_numbers(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(map(is_number, item))


def resembles_row(item: Any) -> bool:
    """Whether a list holds what could be meant as numbers and nothing else: also null, or numbers as text."""
    return isinstance(item, list) and bool(item) and all(map(_resembles_number, item)) and item.count(None) < len(item)


def _resembles_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lstrip("+-").replace(".", "", 1).isdigit()
    return value is None or is_number(value)


def table(items: Sequence[Any], convert: Callable[[Any], list[float]], place: Place) -> Stroke:
    """(k, 6) of points or rows; see ``converted``."""
    rows = [converted(item, convert, place, index) for index, item in enumerate(items)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(FOREIGN))


def converted(item: Any, convert: Callable[[Any], list[float]], place: Place, index: int) -> list[float]:
    """One point or row as numbers. Raises UnreadableFileError with its place where it cannot be converted."""
    try:
        return convert(item)
    except (ValueError, OverflowError) as error:
        raise place.inside(index).refuse(f"{error!s:.100}", "Export the ink again.") from error


def point(item: dict[str, Any]) -> list[float]:
    """The values of an object in the order of ``FOREIGN``. Raises ValueError where x or y is missing."""
    return [_first(item, keys, channel in "xy") for channel, keys in POINT_KEYS.items()]


def _first(item: dict[str, Any], keys: tuple[str, ...], needed: bool) -> float:
    for key in keys:
        if item.get(key) is not None:
            if not is_number(item[key]):
                raise ValueError(f"{key} is {item[key]!r:.40}, which is no number")
            return float(item[key])
    if needed:
        raise ValueError(f"a point has no {keys[0]}")
    return math.nan


def row(item: list[float | None]) -> list[float]:
    """The values of [x, y, pressure, t] in the order of ``FOREIGN``."""
    x, y, pressure, t = (*(math.nan if value is None else float(value) for value in item), math.nan, math.nan)[:4]
    return [x, y, t, pressure, math.nan, math.nan]
