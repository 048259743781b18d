"""The order of objects that lie side by side, where they say it and the document lists them otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from datasets.readers.json_ink.marks import plain
from datasets.readers.json_ink.points import is_number

#: Keys that tell when an object was begun, and its place among others; the first that all objects have counts.
_BEGUN = ("createdat", "created", "creationdate", "creationtime", "starttime", "startedat", "timestamp", "time")
_PLACE = (
    *("index", "childindex", "strokeindex", "order", "orderindex", "sequence", "seq", "sequencenumber", "strokeorder"),
    *("strokenumber", "strokeno", "strokenum", "number"),
)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?")

ORDER_NOTE = "objects listed in another order than they say ({}), put in theirs"


def order_of(items: Sequence[Any]) -> tuple[list[int], str] | None:
    """Where the objects stand in the order that they say, and by which key; None where they are in order or say none.

    A key counts where all have it, as numbers or all as texts, and no two of one parent share a value. Texts are in
    the order of their code points, as fractional indices ("a0", "aV", "b") are made for.
    """
    if len(items) < 2 or not all(isinstance(item, dict) for item in items):
        return None
    named = {plain(key): key for key in items[0]}
    for word in (*_BEGUN, *_PLACE):
        key = named.get(word)
        values = None if key is None else _comparable([item.get(key) for item in items], word in _BEGUN)
        if values is None:
            continue
        parents = [repr(item.get("parentId")) for item in items]
        if len(set(zip(parents, values, strict=True))) < len(items):
            continue
        first = {parent: place for place, parent in reversed(list(enumerate(parents)))}
        order = sorted(range(len(items)), key=lambda place: (first[parents[place]], values[place]))
        return None if order == list(range(len(items))) else (order, str(key))
    return None


def _comparable(values: list[Any], is_time: bool) -> list[Any] | None:
    if all(map(is_number, values)):
        return values
    if not all(isinstance(value, str) and value for value in values):
        return None
    if is_time:
        return values if all(map(_DATE.fullmatch, values)) else None
    return [int(value) for value in values] if all(v.isdecimal() and len(v) < 20 for v in values) else values
