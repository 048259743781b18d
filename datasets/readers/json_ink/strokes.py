"""Strokes in the JSON of browsers and inking libraries, found by their shape wherever they lie in the document.

Understood are

* MyScript: strokes with ``pointers`` [{x, y, t, p}, …], or with arrays ``x y t p`` (in JIIX ``X Y T F``);
* signature_pad: groups with ``points`` [{x, y, time, pressure}, …];
* perfect-freehand and the like: rows [x, y], [x, y, pressure] or [x, y, pressure, t];
* Quick Draw and handwriting.js: lists [[x, …], [y, …]] or [[x, …], [y, …], [t, …]];
* Excalidraw and tldraw: points counted from the x and y of the object that holds them;
* lists of points {x, y, …}, of events of pointer, mouse or touch, and points that say their stroke or the pen's state.

Times are milliseconds in all of them. Objects that are drawn but not written (shapes, edges), erasers and what is
marked as deleted are counted. A list that holds points and something else is refused: no stroke is left out in silence.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datasets.limits import MAX_STROKES
from datasets.readers.building import check_amounts
from datasets.readers.json_ink.events import ERASER_KEYS, event_key, is_eraser, strokes_of_events
from datasets.readers.json_ink.lists import Layout, layout_of, strokes_of_numbers
from datasets.readers.json_ink.marks import runs, says
from datasets.readers.json_ink.points import POINT_KEYS, Place, Stroke, point, table
from datasets.readers.json_ink.walk import Piece, walk

#: A document that is one stroke of so many points must not jump so often: each step so many times the median step and
#: so large a part of the whole. No stroke of 85 real ones with 100 points jumps at all.
JUMPY_POINTS, JUMPS, JUMP_STEPS, JUMP_PART = 100, 3, 8.0, 0.02

#: Strokes with the pen down or up, and whether the file says where they end.
Cut = tuple[list[tuple[Stroke, bool]], bool]


@dataclass
class Found:
    """Strokes in the order of the document, (k, 6) in the columns ``FOREIGN``, NaN where a value is missing."""

    strokes: list[Stroke] = field(default_factory=list)
    pen_down: list[bool] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def find_strokes(document: Any, name: str) -> Found:
    """All strokes in a parsed JSON document of bounded depth.

    Raises UnreadableFileError where a point lacks x or y or holds something that is no number, where arrays differ
    in length, and where it cannot be told what is ink or where strokes begin and end.
    """
    found = Found()
    pieces: list[Piece] = []
    for piece in walk(document, Place(name), (0.0, 0.0), found.notes):
        pieces.append(piece)
        if len(pieces) > MAX_STROKES:
            check_amounts(name, len(pieces), 0)
    numbers = [piece for piece in pieces if piece.is_numbers]
    layout = layout_of([(p.content, p.place, p.is_points) for p in numbers])  # type: ignore[misc]
    seen: dict[str, set[bytes]] = {}
    is_said = False
    for piece in pieces:
        strokes, said = _strokes(piece, layout, found.notes)
        is_said |= said
        strokes = [(_moved(stroke, piece), down) for stroke, down in strokes]
        if piece.identifier is not None and _is_repeated(
            strokes, seen.setdefault(piece.identifier, set()), found.notes
        ):
            continue
        for stroke, down in strokes:
            found.strokes.append(stroke)
            found.pen_down.append(down)
    if len(found.strokes) == 1 and not is_said:
        _refuse_jumps(found.strokes[0], pieces[0].place)
    return found


def _strokes(piece: Piece, layout: Layout, notes: Counter[str]) -> Cut:
    content, place = piece.content, piece.place
    if isinstance(content, dict):
        return _strokes_of_arrays(content, place, notes)
    if piece.is_numbers:
        return strokes_of_numbers(content, layout, place, notes)
    return _strokes_of_points(content, place, notes)


def _strokes_of_points(items: list[dict[str, Any]], place: Place, notes: Counter[str]) -> Cut:
    keys = set().union(*items)
    kept = [item for item in items if not is_eraser(item)] if keys & ERASER_KEYS else items
    notes["points of an eraser, left out"] += len(items) - len(kept)
    event = event_key(kept, keys)
    if event is not None:
        return strokes_of_events(kept, event, place, notes), True
    points = table(kept, point, place)
    return _cut(points, {key: [item.get(key) for item in kept] for key in keys if says(key)}, place)


def _cut(points: Stroke, columns: dict[str, list[Any]], place: Place) -> Cut:
    if len(points) == 0:
        return [], True
    parts, said = runs(columns, len(points), place)
    return [(points[first:behind], down) for first, behind, down in parts], said


def _strokes_of_arrays(node: dict[str, Any], place: Place, notes: Counter[str]) -> Cut:
    """A stroke with one array a channel, or all strokes so, with an array that says which stroke each point is of."""
    known = {key for keys in POINT_KEYS.values() for key in keys}
    given = {key: value for key, value in node.items() if key in known and isinstance(value, list) and value}
    lengths = {len(value) for value in given.values()}
    if not lengths:
        notes["empty strokes"] += 1
        return [], True
    if len(lengths) > 1:
        raise place.refuse(f"the arrays of a stroke have {[len(value) for value in given.values()]} values")
    (count,) = lengths
    says_so = {k: v for k, v in node.items() if k not in known and isinstance(v, list) and len(v) == count and says(k)}
    if event_key([{k: value} for k, v in says_so.items() for value in v], set(says_so)):
        columns = given | says_so
        return _strokes_of_points(
            [dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)], place, notes
        )
    points = table(list(zip(*given.values(), strict=True)), lambda r: point(dict(zip(given, r, strict=True))), place)
    return _cut(points, says_so, place)


def _moved(stroke: Stroke, piece: Piece) -> Stroke:
    """The stroke from the file's own origin."""
    if piece.origin == (0.0, 0.0) or len(stroke) == 0:
        return stroke
    if tuple(stroke[0, :2]) == piece.origin:
        raise piece.place.refuse("whether these points are counted from the x and y of their object is unclear")
    moved = stroke.copy()
    moved[:, :2] += piece.origin
    return moved


def _is_repeated(strokes: list[tuple[Stroke, bool]], seen: set[bytes], notes: Counter[str]) -> bool:
    """Whether an object with this id and this content was there before; pages that number anew share ids only."""
    content = hashlib.sha256(b"".join(stroke.tobytes() for stroke, _ in strokes)).digest()
    if content in seen:
        notes["strokes given twice, left out"] += 1
        return True
    if seen:
        notes["strokes with the id of another one"] += 1
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
