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
    r"(?:is)?(?:\w*(?:type|kind|phase|action|states?|status)|button|"
    r"(?:event|stroke|pen|tip|touch|trace|hover|contact)\w*)"
)
#: … but is about the look of the line or a channel of the pen.
_LOOKS = re.compile(
    r"\w*(?:colou?r|width|style|size|opacity|cap|join|pressure|force|tilt[xy]?|angle|azimuth|altitude|time|stamp)"
)
#: What programs say of a point that is no mark either.
_ASIDE = re.compile(
    r"\w*(?:key|primary|trusted|cancell?able|bubbles|composed|predicted|coalesced|estimated|quality|confidence)"
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


def is_about_looks(key: str) -> bool:
    """Whether a key of points that is not understood is no mark: it is about the look of the line, or an aside."""
    word = plain(key)
    return bool(_LOOKS.fullmatch(word) or _ASIDE.fullmatch(word))


def three_steps(values: Sequence[Any]) -> NDArray[np.bool_] | None:
    """Where strokes begin, told by three values of which one stands at each beginning only and one at each end only.

    Such are numbers for down, move and up. None where values are not so for two strokes at least.
    """
    kinds = list(dict.fromkeys(map(repr, values)))
    if len(kinds) != 3:
        return None
    names = [kinds.index(repr(value)) for value in values]
    begin, end = names[0], names[-1]
    if begin == end:
        return None
    begins = np.array(names) == begin
    ends = np.array(names) == end
    follows = np.append(True, ends[:-1])
    return begins if begins.sum() > 1 and (begins == follows).all() else None


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
        steps = None if _is_flag(word) else three_steps(values)
        if steps is not None:
            starts |= steps
        elif _STROKE.fullmatch(word):
            starts[1:] |= _changes(values, here)
        elif _START.fullmatch(word):
            starts |= _flags(values, here)
        elif _END.fullmatch(word):
            starts[1:] |= _flags(values, here)[:-1]
        elif _DOWN.fullmatch(word) or _UP.fullmatch(word):
            states = _flags([_first_button(v) for v in values] if word == "buttons" else values, here, complete=True)
            states = ~states if _UP.fullmatch(word) else states
            if _are_single_ends(states):
                starts[1:] |= ~states[:-1]
            elif (states[1:] & states[:-1]).any():
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


def _is_flag(word: str) -> bool:
    return any(pattern.fullmatch(word) for pattern in (_STROKE, _START, _END, _UP))


def _are_single_ends(down: NDArray[np.bool_]) -> bool:
    """Whether the pen is up at single points only, and at the last one: each is the end of a stroke, where it lifts."""
    up = ~down
    return bool(down[0] and up[-1] and up.sum() > 1 and not (up[1:] & up[:-1]).any())


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
