"""Strokes in the JSON of browsers and inking libraries, found by their shape wherever they lie in the document.

Understood are

* MyScript: strokes with ``pointers`` [{x, y, t, p}, …], or with arrays ``x y t p`` (in JIIX ``X Y T F``);
* signature_pad: groups with ``points`` [{x, y, time, pressure}, …];
* perfect-freehand and the like: rows [x, y], [x, y, pressure] or [x, y, pressure, t];
* Quick Draw and handwriting.js: lists [[x, …], [y, …]] or [[x, …], [y, …], [t, …]];
* Excalidraw and tldraw: points counted from the x and y of the object that holds them;
* lists of points {x, y, …}, of events of pointer, mouse or touch, and points that say their stroke or the pen's state.

Times are milliseconds in all of them. What is no ink (``kinds``) is left out and counted. A list that holds points and
something else is refused: no stroke is left out in silence.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from datasets.errors import HostileFileError
from datasets.limits import MAX_JSON_VALUES, MAX_STROKES
from datasets.readers.building import check_amounts
from datasets.readers.json_ink.cutting import Cut, Unused, strokes_of_arrays, strokes_of_points
from datasets.readers.json_ink.lists import Layout, layout_of, strokes_of_numbers
from datasets.readers.json_ink.newest_first import oldest_first
from datasets.readers.json_ink.pages import is_page_key
from datasets.readers.json_ink.points import FOREIGN, Place, Stroke
from datasets.readers.json_ink.walk import Piece, Where, walk

#: A document that is one stroke of so many points must not jump so often: each step so many times the median step and
#: so large a part of the whole. No stroke of 85 real ones with 100 points jumps at all.
JUMPY_POINTS, JUMPS, JUMP_STEPS, JUMP_PART = 100, 3, 8.0, 0.02
#: Points from which on two strokes that agree in all values are one that was saved twice, not two dots.
FEWEST_SAME = 4
#: A position is that of the corner or the first point where it lies so near them, in parts of the extent.
NEAR = 1e-3
#: Points of one list times the keys that any of them has; more than the document has values where most lack most keys.
MAX_CELLS = 2 * MAX_JSON_VALUES
#: A frame has so few points, and lies around ink of so many.
FRAME_POINTS, FRAMED_POINTS = 5, 12

FRAME_NOTE = "lists of few points around all others (corners or ranges of a page), left out"
REPEATED_NOTE = "strokes given twice, left out"


@dataclass
class Found:
    """Strokes in the order of the document, (k, 6) in the columns ``FOREIGN``, NaN where a value is missing.

    ``pages`` holds what tells the page of each stroke from others, ``places`` the keys under which it lies.
    """

    strokes: list[Stroke] = field(default_factory=list)
    pen_down: list[bool] = field(default_factory=list)
    pages: list[tuple[str, ...]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)

    def without(self, left_out: set[int]) -> Found:
        """The strokes besides those at some places of the lists."""
        kept = [index for index in range(len(self.strokes)) if index not in left_out]
        return Found(
            [self.strokes[index] for index in kept],
            [self.pen_down[index] for index in kept],
            [self.pages[index] for index in kept],
            self.notes,
            [self.places[index] for index in kept],
        )


def find_strokes(document: Any, name: str) -> Found:
    """All strokes in a parsed JSON document of bounded depth.

    Raises UnreadableFileError where a point lacks x or y or holds something that is no number, where arrays differ
    in length, and where it cannot be told what is ink or where strokes begin and end.
    """
    found = Found()
    pieces: list[Piece] = []
    for piece in walk(document, Where(Place(name), found.notes)):
        pieces += _by_page(piece)
        if len(pieces) > MAX_STROKES:
            check_amounts(name, len(pieces), 0)
    pieces = oldest_first(pieces, found.notes)
    numbers = [piece for piece in pieces if piece.is_numbers]
    layout = layout_of([(p.content, p.place, p.is_points) for p in numbers])  # type: ignore[misc]
    unused = Unused()
    ids: dict[str, set[bytes]] = {}
    contents: set[tuple[tuple[str, ...], bytes]] = set()
    open_stroke, is_said = None, False
    for piece in pieces:
        strokes, said = _strokes(piece, layout, unused, found.notes)
        is_said |= said
        strokes = [(_moved(stroke, piece), down) for stroke, down in _with_beside(strokes, piece, found.notes)]
        if piece.identifier is not None and _is_known(strokes, ids.setdefault(piece.identifier, set()), found.notes):
            continue
        for stroke, down in strokes:
            if piece.stroke is not None and piece.stroke == open_stroke and down and found.pen_down[-1]:
                found.strokes[-1] = np.concatenate([found.strokes[-1], stroke])
                found.notes["pieces of strokes, put together"] += 1
                continue
            if _is_saved_again(stroke, piece.page, contents):
                found.notes[REPEATED_NOTE] += 1
                continue
            found.strokes.append(stroke)
            found.pen_down.append(down)
            found.pages.append(piece.page)
            found.places.append(re.sub(r"\[\d+\]", "", piece.place.path))
            open_stroke = piece.stroke
    unused.note(found.notes, found.strokes)
    if len(found.strokes) == 1 and not is_said:
        _refuse_jumps(found.strokes[0], pieces[0].place)
    frames = _frames(found)
    found.notes[FRAME_NOTE] += len(frames)
    return found.without(frames) if frames else found


def _frames(found: Found) -> set[int]:
    """Strokes under keys of their own, of few points that lie around all the rest: no writing does."""
    lengths = Counter[str]()
    for stroke, place in zip(found.strokes, found.places, strict=True):
        lengths[place] = max(lengths[place], len(stroke))
    frames = {index for index, place in enumerate(found.places) if lengths[place] <= FRAME_POINTS}
    rest = [stroke[:, :2] for index, stroke in enumerate(found.strokes) if index not in frames]
    if not frames or sum(map(len, rest)) < FRAMED_POINTS:
        return set()
    ink = np.concatenate(rest)
    low, high = ink.min(axis=0), ink.max(axis=0)
    around = {index: found.strokes[index][:, :2] for index in frames if len(found.strokes[index])}
    return {index for index, xy in around.items() if (xy.min(axis=0) <= low).all() and (xy.max(axis=0) >= high).all()}


def _strokes(piece: Piece, layout: Layout, unused: Unused, notes: Counter[str]) -> Cut:
    content, place = piece.content, piece.place
    if isinstance(content, dict):
        return strokes_of_arrays(content, place, unused, notes)
    if piece.is_numbers:
        return strokes_of_numbers(content, layout, place, notes)
    return strokes_of_points(content, place, unused, notes)


def _by_page(piece: Piece) -> list[Piece]:
    """The piece, or one for each page where its points name several; each in the order of the document."""
    items = piece.content
    if not isinstance(items, list) or not items or not isinstance(items[0], dict):
        return [piece]
    all_keys: set[str] = set().union(*items)
    if len(all_keys) * len(items) > MAX_CELLS:
        raise HostileFileError(piece.place.file, f"its points have {len(all_keys)} keys in all.", "Refused.")
    keys = sorted(filter(is_page_key, all_keys))
    named = [tuple(str(item.get(key)) for key in keys) for item in items] if keys else []
    pages = list(dict.fromkeys(named))
    if len(pages) < 2:
        return [piece]
    parts: dict[tuple[str, ...], list[Any]] = {page: [] for page in pages}
    for item, page in zip(items, named, strict=True):
        parts[page].append(item)
    return [replace(piece, content=part, page=(*piece.page, *page)) for page, part in parts.items()]


def _with_beside(
    strokes: Sequence[tuple[Stroke, bool]], piece: Piece, notes: Counter[str]
) -> list[tuple[Stroke, bool]]:
    """The strokes, with the values that stand beside their points where the points have none."""
    filled = list(strokes)
    for channel, values in piece.beside:
        column = FOREIGN.index(channel)
        if sum(len(stroke) for stroke, _ in filled) != len(values) or any(
            np.isfinite(stroke[:, column]).any() for stroke, _ in filled
        ):
            notes[f"values beside points that are not used ({channel})"] += 1
            continue
        parts = np.split(np.array(values, dtype=np.float64), np.cumsum([len(stroke) for stroke, _ in filled[:-1]]))
        for (stroke, _), part in zip(filled, parts, strict=True):
            stroke[:, column] = part
    return filled


def _moved(stroke: Stroke, piece: Piece) -> Stroke:
    """The stroke from the file's own origin."""
    if piece.origin == (0.0, 0.0) or len(stroke) == 0:
        return stroke
    xy = stroke[:, :2]
    near = NEAR * float(np.ptp(xy, axis=0).max())
    beginnings = (xy[0], xy.min(axis=0))
    if any(np.abs(place - piece.origin).max() <= near for place in beginnings) or (
        piece.is_position and not any(np.abs(place).max() <= near for place in beginnings)
    ):
        raise piece.place.refuse("whether these points are counted from the position of their object is unclear")
    moved = stroke.copy()
    moved[:, :2] += piece.origin
    return moved


def _is_known(strokes: list[tuple[Stroke, bool]], seen: set[bytes], notes: Counter[str]) -> bool:
    """Whether an object with this id and this content was there before; pages that number anew share ids only."""
    content = hashlib.sha256(b"".join(stroke.tobytes() for stroke, _ in strokes)).digest()
    if content in seen:
        notes[REPEATED_NOTE] += 1
        return True
    if seen:
        notes["strokes with the id of another one"] += 1
    seen.add(content)
    return False


def _is_saved_again(stroke: Stroke, page: tuple[str, ...], seen: set[tuple[tuple[str, ...], bytes]]) -> bool:
    """Whether a stroke with the same points was there before, with the same times or at least on the same page."""
    if len(stroke) < FEWEST_SAME:
        return False
    has_times = np.isfinite(stroke[:, FOREIGN.index("t")]).any()
    content = (() if has_times else page, hashlib.sha256(stroke.tobytes()).digest())
    if content in seen:
        return True
    seen.add(content)
    return False


def _refuse_jumps(stroke: Stroke, place: Place) -> None:
    """Raise where the only stroke of a document jumps, as strokes do that were written one after the other."""
    xy = stroke[:, :2]
    if len(xy) < JUMPY_POINTS or not np.isfinite(xy).all():
        return
    steps = np.hypot(*np.diff(xy, axis=0).T)
    steps = steps[steps > 0]
    whole = float(np.hypot(*np.ptp(xy, axis=0)))
    jumps = int(((steps > JUMP_STEPS * np.median(steps)) & (steps > JUMP_PART * whole)).sum()) if len(steps) else 0
    if jumps >= JUMPS:
        raise place.refuse(
            f"all {len(xy)} points are one stroke that jumps {jumps} times; nothing says where strokes end"
        )
