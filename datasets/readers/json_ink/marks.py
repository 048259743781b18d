"""Where strokes end within one list of points, by what each point says: its stroke's number, or the pen's state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.readers.json_ink.points import Place

_STROKE = re.compile(r"(?:stroke|trace|curve|segment|path|contour)(?:id|no|nr|num|number|index|idx)?")
_DOWN = re.compile(
    r"(?:is)?(?:pen(?:isdown|down|state|flag|status)?|state|status|down|contact|touching|drawing|pressed)|tip(?:switch|down)?|buttons"
)
_UP = re.compile(r"(?:is)?(?:pen)?(?:up|lifted|hover|hovering|inair)")
_START = re.compile(r"(?:is)?(?:start|begin|new|newstroke|first|strokestart|strokebegin|startofstroke|beginofstroke)")
_END = re.compile(r"(?:is)?(?:end|last|eos|strokeend|endofstroke|endstroke|penlift|lift)")
#: Whatever else seems to speak of strokes, events or the pen.
_SAYS = re.compile(
    r"(?:is)?(?:type|kind|phase|action|states?|status|button|(?:event|stroke|pen|tip|touch|trace|hover|contact)\w*)"
)
#: … but is about the look of the line or a channel of the pen.
_LOOKS = re.compile(
    r"\w*(?:colou?r|width|style|size|opacity|cap|join|pressure|force|tilt[xy]?|angle|azimuth|altitude|time|stamp)"
)

#: Points from which on a stroke's number that changes at each of them counts points (as in ``csv_table``).
COUNTER_POINTS = 20
_STATES = {"1": True, "true": True, "down": True, "0": False, "false": False, "up": False}

Run = tuple[int, int, bool]


@lru_cache(maxsize=1024)
def plain(key: str) -> str:
    """A key or word in small letters only: pen_down, penDown and "Pen Down" are the same."""
    return re.sub(r"[^a-z]", "", key.lower())


@lru_cache(maxsize=1024)
def says(key: str) -> bool:
    """Whether a key of points seems to say where strokes begin and end."""
    word = plain(key)
    known = any(pattern.fullmatch(word) for pattern in (_STROKE, _DOWN, _UP, _START, _END, _SAYS))
    return known and not _LOOKS.fullmatch(word)


def runs(columns: Mapping[str, Sequence[Any]], count: int, place: Place) -> tuple[list[Run], bool]:
    """(first, behind the last, pen down) of each stroke among ``count`` points, and whether the points said so.

    ``columns`` are the values of the keys that ``says`` names, None where a point lacks one. A key whose value never
    changes says nothing. Raises UnreadableFileError for values that are not understood.
    """
    starts, down = np.zeros(count, bool), np.ones(count, bool)
    said = False
    for key, values in columns.items():
        # The JSON types keep 1, true and "1" apart, and lists, which cannot be compared by hash, are texts here.
        if len({repr(value) for value in values}) <= 1:
            continue
        word, here = plain(key), place.inside(key)
        if _STROKE.fullmatch(word):
            starts[1:] |= _changes(values, here)
        elif _START.fullmatch(word):
            starts |= _flags(values, here)
        elif _END.fullmatch(word):
            starts[1:] |= _flags(values, here)[:-1]
        elif _DOWN.fullmatch(word) or _UP.fullmatch(word):
            states = _flags([_first_button(v) for v in values] if word == "buttons" else values, here, complete=True)
            states = ~states if _UP.fullmatch(word) else states
            if (states[1:] & states[:-1]).any():
                down &= states
            else:
                # Never two points on the surface in a row: not the state, but a mark of each stroke's end.
                starts[1:] |= end_marks(states, here)[:-1]
        else:
            raise here.refuse("its values differ from point to point, and what they say is not understood")
        said = True
    starts[0] = True
    starts[1:] |= down[1:] != down[:-1]
    edges = [*np.flatnonzero(starts).tolist(), count]
    return [(first, behind, bool(down[first])) for first, behind in pairwise(edges)], said


def end_marks(marks: NDArray[np.bool_], place: Place) -> NDArray[np.bool_]:
    """``marks`` where they can only mean the last point of a stroke: the last has one, the first and neighbours not."""
    if marks[0] or not marks[-1] or (marks[1:] & marks[:-1]).any():
        raise place.refuse("whether 0 and 1 mark the end of strokes or the state of the pen is unclear")
    return marks


def _changes(values: Sequence[Any], place: Place) -> NDArray[np.bool_]:
    if any(value is None or isinstance(value, list | dict) for value in values):
        raise place.refuse("some points do not say which stroke they belong to")
    changes = np.array([a != b for a, b in pairwise(values)], bool)
    if len(values) >= COUNTER_POINTS and changes.all():
        raise place.refuse("it changes at each point, so it counts points, not strokes")
    return changes


def _first_button(value: Any) -> Any:
    return value & 1 if isinstance(value, int) else value


def _flags(values: Sequence[Any], place: Place, complete: bool = False) -> NDArray[np.bool_]:
    """Yes or no of each point; a missing one is no, unless each has to be there."""
    found = [_STATES.get(str(value).lower(), None if value is not None or complete else False) for value in values]
    if None in found:
        raise place.refuse(f"{values[found.index(None)]!r:.30} is not understood, expected 0 or 1")
    return np.array(found, bool)
