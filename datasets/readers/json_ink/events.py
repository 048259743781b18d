"""Events of a pointer, mouse, touch or pen ("pointerdown", "touchmove", "up" …) → strokes.

PointerEvents are read as W3C Pointer Events, Level 3, says: moves with the pen up are hover, and an event that ends a
stroke has pressure 0, which is a missing value, not a measured one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from datasets.readers.json_ink.marks import plain
from datasets.readers.json_ink.points import FOREIGN, Place, Stroke, converted, names_xy, point

_KEY = re.compile(
    r"type|kind|phase|action|states?|status|event\w*|(?:pen|touch|stroke)(?:state|event|phase|action)?|pointerevent"
)
_WORD = re.compile(
    r"(?:on)?(pointer|mouse|touch|pen|stylus|stroke)?(?:"
    r"(?P<down>down|start|begin|began|press|pressed)|(?P<move>move|moved|drag|rawupdate)|"
    r"(?P<up>up|end|ended|release|released|lift|lifted)|(?P<cancel>cancel|canceled|cancelled|leave|out)|"
    r"(?P<none>enter|over))|(?:got|lost)pointercapture"
)
#: Events that follow one another as in strokes that run backwards, from which on they are taken for such.
BACKWARD_WAYS = 4

Strokes = list[tuple[Stroke, bool]]
Event = tuple[int, dict[str, Any]]


@lru_cache(maxsize=1024)
def word(value: str) -> tuple[str, str] | None:
    """(who, step) of an event's name: ("pointer", "down"); who is "" where it does not say. None for other texts."""
    match = _WORD.fullmatch(plain(value))
    return (match[1] or "", match.lastgroup or "none") if match else None


@lru_cache(maxsize=1024)
def _is_event_key(key: str) -> bool:
    return _KEY.fullmatch(plain(key)) is not None


def is_event(item: dict[str, Any]) -> bool:
    return any(_is_event_key(key) and isinstance(value, str) and word(value) for key, value in item.items())


def event_key(items: Sequence[dict[str, Any]], keys: set[str]) -> str | None:
    """The key by which points say what happens at them, ``type`` before others; None where there is none."""
    for key in sorted(filter(_is_event_key, keys), key=lambda key: (key != "type", key)):
        found = [word(value) if isinstance(value := item.get(key), str) else None for item in items]
        steps = [known[1] if known else None for known in found]
        # "down" at one point after the other is the state of the pen: see ``json_marks``.
        is_state = "move" not in steps and ("down", "down") in pairwise(steps)
        if any(steps) and not is_state:
            return key
    return None


def strokes_of_events(items: Sequence[dict[str, Any]], key: str, place: Place, notes: Counter[str]) -> Strokes:
    """Strokes of each pointer, one after the other; hover has False beside it.

    Where a pen and something else (a finger, the palm, a mouse) report together, only the pen is kept.
    """
    events = _of_one_family(_of_the_pen(list(enumerate(items)), notes), key, place, notes)
    pointers = [item.get("pointerId", item.get("identifier")) for _, item in events]
    known = list(dict.fromkeys(str(pointer) for pointer in pointers if pointer is not None))
    # A cancel without an id speaks of the only pointer there is.
    names = [known[0] if pointer is None and len(known) == 1 else str(pointer) for pointer in pointers]
    by_pointer: dict[str, list[Event]] = {}
    for event, name in zip(events, names, strict=True):
        by_pointer.setdefault(name, []).append(event)
    _refuse_newest_first(list(by_pointer.values()), key, place)
    return [stroke for of_one in by_pointer.values() for stroke in _of_one_pointer(of_one, key, place, notes)]


def _refuse_newest_first(by_pointer: Sequence[Sequence[Event]], key: str, place: Place) -> None:
    """Raise where strokes run from their end to their beginning; with a clock, lists are turned round before."""
    ways: Counter[tuple[str, str]] = Counter()
    for events in by_pointer:
        names = [word(value) if isinstance(value := item.get(key), str) else None for _, item in events]
        ways.update(pairwise(name[1] if name else "surface" for name in names))
    forwards = ways["down", "move"] + ways["move", "up"]
    backwards = ways["up", "move"] + ways["move", "down"]
    if backwards >= BACKWARD_WAYS and backwards > 2 * forwards:
        raise place.refuse("its events seem to be listed newest first", "Export them in the order of writing.")


def _of_the_pen(events: list[Event], notes: Counter[str]) -> list[Event]:
    kinds = {str(item["pointerType"]).lower() for _, item in events if item.get("pointerType") is not None}
    if kinds == {"mouse"}:
        notes["events of a mouse, not of a pen"] = len(events)
    if "pen" not in kinds or len(kinds) == 1:
        return events
    kept = [event for event in events if str(event[1].get("pointerType") or "pen").lower() == "pen"]
    notes["events of touch or mouse beside a pen, left out"] += len(events) - len(kept)
    return kept


def _of_one_family(events: list[Event], key: str, place: Place, notes: Counter[str]) -> list[Event]:
    """Browsers report one contact as pointer, touch and mouse events: those of pointers are complete."""
    found = [word(value) if isinstance(value := item.get(key), str) else None for _, item in events]
    families = {who for who, _ in filter(None, found)} - {""}
    if "pointer" in families:
        kept = [e for e, w in zip(events, found, strict=True) if w and w[0] in ("pointer", "")]
        nameless = [index for index, item in events if item.get(key) is None and names_xy(item)]
        if nameless:
            raise place.inside(nameless[0]).refuse(f"a point without {key!r:.30} among events")
        notes["events that hold no point of a stroke, left out"] += len(events) - len(kept)
        return kept
    if {"mouse", "touch"} <= families:
        raise place.refuse("events of mouse and touch are mixed", "Record pointer events, or one of the two.")
    for (index, item), known in zip(events, found, strict=True):
        if known is None and item.get(key) is not None:
            raise place.inside(index).refuse(f"{key!r:.30} is {item[key]!r:.30}, which is not understood")
    return events


def _of_one_pointer(events: list[Event], key: str, place: Place, notes: Counter[str]) -> Strokes:
    strokes: Strokes = []
    points: list[list[float]] = []
    down = False
    # Buttons tell a contact from hover where an event got lost, unless a program filled in 0 everywhere.
    has_buttons = any(item.get("buttons") for _, item in events)

    def close() -> None:
        if points:
            strokes.append((np.array(points, dtype=np.float64), down))
            points.clear()

    for index, item in events:
        name = item.get(key)
        _, step = (word(name) if isinstance(name, str) else None) or ("", "surface")
        pressed = item.get("buttons") if has_buttons and step == "move" else None
        if step == "down" or (step == "surface" and not down):
            close()
            down = True
        elif pressed is not None and bool(pressed) != down:
            close()
            lost = "strokes without an event that ends them" if down else "strokes without an event that begins them"
            notes[lost] += 1
            down = not down
        if step in ("cancel", "none") or (step in ("down", "up") and not names_xy(item)):
            notes["events that hold no point of a stroke, left out"] += 1
        else:
            values = converted(item, point, place, index)
            if step == "up" or not down:
                values[FOREIGN.index("pressure")] = math.nan
            points.append(values)
        if step in ("up", "cancel") and down:
            close()
            down = False
    if down and points:
        notes["strokes without an event that ends them"] += 1
    close()
    return strokes
