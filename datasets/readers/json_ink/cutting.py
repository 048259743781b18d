"""From a list of points, or arrays of their values, to strokes: by their events, or by what each point says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datasets.readers.json_ink.events import event_key, strokes_of_events
from datasets.readers.json_ink.kinds import HIGHLIGHTER_NOTE, is_eraser, is_highlighter, may_say_tool
from datasets.readers.json_ink.marks import is_about_looks, runs, says, three_steps
from datasets.readers.json_ink.pages import is_page_key
from datasets.readers.json_ink.points import FOREIGN, POINT_KEYS, Place, Stroke, point, table

#: Strokes with the pen down or up, and whether the file says where they end.
Cut = tuple[list[tuple[Stroke, bool]], bool]

#: A key with so few values among so many points in all may be a mark; a channel has more.
FEW_VALUES, MARKED_POINTS = 4, 12
#: Keys named in a note.
NAMED = 6

#: Keys of events that their reader uses.
_OF_EVENTS = {"pointerId", "identifier", "pointerType", "button", "buttons"}
_KNOWN = {key for keys in POINT_KEYS.values() for key in keys}
_PRESSURE = FOREIGN.index("pressure")


@dataclass
class Unused:
    """Keys of points that are not used although their values differ: noted, or refused where they may be marks."""

    values: dict[str, set[str]] = field(default_factory=dict)
    unsaid: dict[str, Place] = field(default_factory=dict)

    def add(self, columns: Mapping[str, Sequence[Any]], place: Place, said: bool) -> None:
        """Take in the values of unused keys of one list of points; whether something else said where strokes end."""
        for key, column in columns.items():
            seen = self.values.setdefault(key, set())
            here = {repr(value) for value in column}
            if len(seen) <= FEW_VALUES:
                seen |= here
            if len(here) > 1 and not said and not is_about_looks(key):
                self.unsaid.setdefault(key, place)

    def note(self, notes: Counter[str], strokes: Sequence[Stroke]) -> None:
        """Note the keys. Raises UnreadableFileError where one may tell strokes apart."""
        differing = sorted(key for key, values in self.values.items() if len(values) > 1)
        for key in differing:
            if key in self.unsaid and len(self.values[key]) <= FEW_VALUES and sum(map(len, strokes)) >= MARKED_POINTS:
                raise (
                    self.unsaid[key]
                    .inside(key)
                    .refuse("its values differ from point to point, and what they say is not understood")
                )
        if differing:
            names = ", ".join(f"{key!a:.24}".strip("'") for key in differing[:NAMED])
            more = ", …" if len(differing) > NAMED else ""
            notes[f"keys of points that are not used ({names}{more})"] = len(differing)


def strokes_of_points(items: list[dict[str, Any]], place: Place, unused: Unused, notes: Counter[str]) -> Cut:
    """Strokes of a list of points or events. Raises UnreadableFileError where they are not understood."""
    keys: set[str] = set().union(*items)
    kept = items
    if any(map(may_say_tool, keys)):
        for is_other, note in ((is_eraser, "points of an eraser, left out"), (is_highlighter, HIGHLIGHTER_NOTE)):
            ink = [item for item in kept if not is_other(item)]
            notes[note] += len(kept) - len(ink)
            kept = ink
    event = event_key(kept, keys)
    others = {key for key in keys if key not in _KNOWN and key != event and not is_page_key(key)}
    if event is not None:
        unused.add({key: column for key in others - _OF_EVENTS if (column := _scalars(kept, key))}, place, said=True)
        return strokes_of_events(kept, event, place, notes), True
    points = table(kept, point, place)
    return _cut(points, {key: [item.get(key) for item in kept] for key in others}, place, unused)


def strokes_of_arrays(node: dict[str, Any], place: Place, unused: Unused, notes: Counter[str]) -> Cut:
    """A stroke with one array a channel, or all strokes so, with an array that says which stroke each point is of."""
    given = {key: value for key, value in node.items() if key in _KNOWN and isinstance(value, list) and value}
    lengths = {len(value) for value in given.values()}
    if not lengths:
        notes["empty strokes"] += 1
        return [], True
    if len(lengths) > 1:
        raise place.refuse(f"the arrays of a stroke have {[len(value) for value in given.values()]} values")
    (count,) = lengths
    others = {k: v for k, v in node.items() if k not in _KNOWN and isinstance(v, list) and len(v) == count}
    says_so = {key: value for key, value in others.items() if says(key)}
    if event_key([{k: value} for k, v in says_so.items() for value in v], set(says_so)):
        columns = given | says_so
        items = [dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)]
        return strokes_of_points(items, place, unused, notes)
    points = table(list(zip(*given.values(), strict=True)), lambda r: point(dict(zip(given, r, strict=True))), place)
    return _cut(points, others, place, unused)


def _cut(points: Stroke, columns: Mapping[str, list[Any]], place: Place, unused: Unused) -> Cut:
    """Strokes by the columns that say where they end; the others are unused."""
    if len(points) == 0:
        return [], True
    telling = {key: values for key, values in columns.items() if says(key) or three_steps(values) is not None}
    if "buttons" in telling:
        # Which button changed at an event; which are down is told beside it.
        telling.pop("button", None)
        columns = {key: values for key, values in columns.items() if key != "button"}
    parts, said = runs(telling, len(points), place)
    rest = {key: values for key, values in columns.items() if key not in telling and _are_scalars(values)}
    unused.add(rest, place, said)
    last = [behind - 1 for _, behind, _ in parts]
    if said and len(parts) > 1 and (points[last, _PRESSURE] == 0).all():
        # The pen has left already: no pressure of the stroke, as in events that end one.
        points[last, _PRESSURE] = np.nan
    return [(points[first:behind], down) for first, behind, down in parts], said


def _scalars(items: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
    values = [item.get(key) for item in items]
    return values if _are_scalars(values) else []


def _are_scalars(values: Sequence[Any]) -> bool:
    return not any(isinstance(value, list | dict) for value in values)
