"""Where strokes lie in a document: a walk through its objects and lists that passes nothing over in silence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from datasets.readers.json_ink.beside import beside_points, channel_beside
from datasets.readers.json_ink.events import is_event
from datasets.readers.json_ink.kinds import (
    HIGHLIGHTER_NOTE,
    WRITTEN,
    is_eraser,
    is_highlighter,
    key_left_out_as,
    left_out_as,
)
from datasets.readers.json_ink.marks import plain
from datasets.readers.json_ink.pages import page_below, page_of
from datasets.readers.json_ink.points import (
    POINT_KEYS,
    Place,
    is_number,
    is_numbers,
    is_row,
    names_xy,
    resembles_row,
)
from datasets.readers.json_ink.siblings import ORDER_NOTE, order_of

#: Keys of where the points of an object are counted from, besides x and y: a list [x, y] or an object; ``plain``.
_POSITIONS = ("point", "origin", "position", "pos", "offset", "translation", "translate", "location", "topleft")
#: Where the pieces of one stroke lie in its object.
_SEGMENTS = re.compile(r"\.(?:segments|pieces|parts|chunks)\[\d+\]")
#: Matrices and transforms that change nothing.
_IDENTITIES = (
    *(
        [1, 0, 0, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    ),
    *([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 0]]),
)

EVENT_WITH_POINTS = "an event that holds points itself"


@dataclass(frozen=True)
class Where:
    """Where the walk is: the place, what coordinates are counted from there, the page; ``notes`` is that of all."""

    place: Place
    notes: Counter[str]
    origin: tuple[float, float] = (0.0, 0.0)
    is_position: bool = False
    page: tuple[str, ...] = ()

    def inside(self, key: str | int) -> Where:
        return replace(self, place=self.place.inside(key))


@dataclass(frozen=True)
class Piece:
    """A list of points, a list of lists of numbers, or an object with one array a channel: one stroke or more.

    Attributes
    ----------
    origin : where its coordinates are counted from; ``is_position`` where its object only says a position, so that
        the points have to show that they are counted from it.
    identifier : the id of its object.
    page : what tells its page from others.
    stroke : the place of an object whose pieces are one stroke.
    beside : (channel, values) of lists that hold a value for each point.
    """

    content: list[Any] | dict[str, Any]
    place: Place
    origin: tuple[float, float] = (0.0, 0.0)
    is_position: bool = False
    identifier: str | None = None
    is_points: bool = False
    page: tuple[str, ...] = ()
    stroke: str | None = None
    beside: tuple[tuple[str, list[Any]], ...] = ()

    @property
    def is_numbers(self) -> bool:
        return isinstance(self.content, list) and bool(self.content) and isinstance(self.content[0], list)


def walk(node: Any, where: Where) -> Iterator[Piece]:
    """Every list of points, list of numbers and object with arrays below ``node``, in the order of the document, or
    that which objects beside each other say.

    ``where.notes`` counts what is left out. Raises UnreadableFileError where a list holds points and something else.
    """
    if isinstance(node, dict):
        yield from _walk_object(node, where)
    elif isinstance(node, list) and node:
        yield from _walk_list(node, where)


def _piece(content: list[Any] | dict[str, Any], where: Where, **more: Any) -> Piece:
    return Piece(content, where.place, where.origin, where.is_position, page=where.page, **more)


def _walk_list(node: list[Any], where: Where) -> Iterator[Piece]:
    if _is_points(node, where) or _is_numbers(node, where.place):
        yield _piece(node, where)
        return
    yield from _in_order([(item, list(walk(item, where.inside(i)))) for i, item in enumerate(node)], where.notes)


def _in_order(found: list[tuple[Any, list[Piece]]], notes: Counter[str]) -> Iterator[Piece]:
    """The pieces of objects beside each other, in the order that these say."""
    found = [(item, pieces) for item, pieces in found if pieces]
    told = order_of([item for item, _ in found])
    if told is not None:
        order, key = told
        notes[ORDER_NOTE.format(key)] += sum(place != index for index, place in enumerate(order))
        found = [found[place] for place in order]
    for _, pieces in found:
        yield from pieces


def _is_points(node: list[Any], where: Where) -> bool:
    """Whether a list is one of points and events. Raises where it holds points and something else."""
    points = [names_xy(item) and not _holds_lists(item) and not _is_box(item) for item in node]
    if not any(points):
        boxes = sum(isinstance(item, dict) and _is_box(item) and not _holds_lists(item) for item in node)
        where.notes["rectangles and texts, left out"] += boxes
        return False
    others = [index for index, is_one in enumerate(points) if not is_one]
    if any(isinstance(node[index], dict) and _holds_lists(node[index]) for index in others):
        # A list of objects, such as all that a page holds: one without points is no ink where it says what it is.
        for index, is_one in enumerate(points):
            if is_one and not any(isinstance(node[index].get(key), str) for key in ("type", "typeName")):
                raise where.place.inside(index).refuse("a point among objects that hold points themselves")
        where.notes["objects with a position and no points, left out"] += sum(points)
        return False
    for index in others:
        if not (isinstance(node[index], dict) and is_event(node[index])):
            raise where.place.inside(index).refuse(f"{node[index]!r:.40} among points")
    for index, item in enumerate(node):
        if any(names_xy(value[0]) or is_row(value[0]) for value in _lists(item)):
            raise where.place.inside(index).refuse(EVENT_WITH_POINTS, "Export one event a point.")
    return True


def _is_box(item: dict[str, Any]) -> bool:
    """Whether an object with x and y is a rectangle. PointerEvents have width and height too: those of the contact."""
    if not (names_xy(item) and "width" in item and "height" in item):
        return False
    keys = (*POINT_KEYS["t"], *POINT_KEYS["pressure"], "pointerId", "pointerType")
    return not any(key in item for key in keys) and not is_event(item)


def _lists(item: dict[str, Any]) -> list[list[Any]]:
    """The lists of lists or objects within an object."""
    return [v for v in item.values() if isinstance(v, list) and v and isinstance(v[0], list | dict)]


def _holds_lists(item: dict[str, Any]) -> bool:
    """Whether an object holds lists or properties, so that it is more than a point; events hold many things."""
    return (isinstance(item.get("props"), dict) or bool(_lists(item))) and not is_event(item)


def _is_numbers(node: list[Any], place: Place) -> bool:
    """Whether a list is one of rows or arrays of numbers. Raises where it holds rows and something else."""
    if all(is_row(item) for item in node) or (2 <= len(node) <= 3 and all(is_numbers(item) for item in node)):
        return True
    if any(is_row(item) for item in node) or all(resembles_row(item) for item in node):
        index = next(i for i, item in enumerate(node) if not is_row(item))
        raise place.inside(index).refuse(f"{node[index]!r:.40} is no point [x, y], [x, y, pressure] or with t")
    return False


def _walk_object(node: dict[str, Any], where: Where) -> Iterator[Piece]:
    _refuse_our_own(node, where.place)
    note = left_out_as(node)
    if note is not None:
        # An object of another kind counts even where it holds no points.
        where.notes[note] += 1 if "no strokes" in note else min(_count(node), 1)
        return
    kind, notes = node.get("type"), where.notes
    counted = notes.total()
    where = replace(where, page=page_of(node, where.page))
    position = _position(node)
    if position is None:
        inner = list(_inside(node, where))
    else:
        key, x, y = position
        moved = (where.origin[0] + x, where.origin[1] + y)
        inner = list(_inside(node, replace(where, origin=moved, is_position=where.is_position or key != "x and y")))
        if inner:
            _refuse_unplaced(node, where.place)
            notes[f"objects whose points are counted from their {key}"] += 1
    if not inner and kind in WRITTEN and notes.total() == counted:
        raise where.place.refuse(_not_understood(str(kind), node))
    if inner:
        _refuse_transformed(node, where.place)
    if inner and kind == "straight":
        notes["straight pieces of strokes, drawn with a ruler"] += 1
    yield from _joined(inner, where.place) if kind in WRITTEN else inner


def _joined(pieces: list[Piece], place: Place) -> list[Piece]:
    """Pieces of one object; those that lie under a key for segments are one stroke."""
    if len(pieces) < 2 or not all(_SEGMENTS.search(piece.place.path, len(place.path)) for piece in pieces):
        return pieces
    return [replace(piece, stroke=place.path) for piece in pieces]


def _position(node: Mapping[str, Any]) -> tuple[str, float, float] | None:
    """(key, x, y) of where the points of an object are counted from, None where it does not say."""
    if is_number(node.get("x")) and is_number(node.get("y")):
        return "x and y", node["x"], node["y"]
    if is_number(node.get("left")) and is_number(node.get("top")):
        return "left and top", node["left"], node["top"]
    for key, value in node.items():
        if plain(key) not in _POSITIONS:
            continue
        if isinstance(value, dict):
            value = [value.get("x"), value.get("y")]
        if isinstance(value, list) and len(value) in (2, 3) and all(map(is_number, value)) and any(value[:2]):
            return f"{key!a:.20}", value[0], value[1]
    return None


def _inside(node: dict[str, Any], where: Where) -> Iterator[Piece]:
    """The pieces of an object: its own points or arrays, else whatever lies below it."""
    key = next((key for key in ("pointers", "points") if isinstance(node.get(key), list)), None)
    has_arrays = any(isinstance(node.get(key), list) for key in POINT_KEYS["x"])
    others = [(k, value) for k, value in node.items() if k != key and isinstance(value, dict | list)]
    for name, value in others:
        note = key_left_out_as(name)
        if note is not None:
            where.notes[note] += _count(value)
    others = [(name, value) for name, value in others if key_left_out_as(name) is None]
    if key is None and not has_arrays:
        yield from _in_order([(value, list(_below(node, name, value, where))) for name, value in others], where.notes)
        return
    for is_other, note in ((is_eraser, "strokes of an eraser, left out"), (is_highlighter, HIGHLIGHTER_NOTE)):
        if is_other(node):
            where.notes[note] += 1
            return
    beside = {} if key is None else beside_points(node, node[key], key)
    # Such as the outline that a program made of the points.
    left = [(name, value) for name, value in others if name not in beside]
    count = sum(len(list(walk(value, Where(where.place.inside(name), Counter())))) for name, value in left)
    where.notes["lists of points beside those of a stroke, left out"] += count
    identifier = node["id"] if isinstance(node.get("id"), str) else None
    if key is None:
        yield _piece(node, where, identifier=identifier)
        return
    channels = {name: channel_beside(name, node) for name in beside}
    for name in (name for name, channel in channels.items() if channel is None):
        where.notes[f"values beside points that are not used ({name!a:.30})"] += 1
    values = [(channel, beside[name]) for name, channel in channels.items() if channel is not None]
    yield from _points(node[key], where.inside(key), identifier, values)


def _points(
    points: list[Any], where: Where, identifier: str | None, beside: list[tuple[str, list[Any]]]
) -> Iterator[Piece]:
    """The pieces of the list under a key for points: itself, or what lies in it; each with the values beside it."""
    counted = where.notes.total()
    pieces = list(_walk_list(points, where))
    if not points:
        where.notes["empty strokes"] += 1
    elif not pieces and (where.notes.total() == counted or names_xy(points[0])):
        raise where.place.refuse(f"{points!r:.40} are no points that are understood")
    if len(pieces) == 1 and pieces[0].content is points:
        yield _piece(points, where, identifier=identifier, is_points=True, beside=tuple(beside))
        return
    nested = [(channel, values) for channel, values in beside if len(values) == len(pieces)]
    for index, piece in enumerate(pieces):
        yield replace(piece, beside=tuple((channel, values[index]) for channel, values in nested))


def _below(node: dict[str, Any], name: str, value: Any, where: Where) -> Iterator[Piece]:
    """The pieces under a key of an object that holds no points itself."""
    here = where.inside(name)
    if page_below(name):
        pieces = _pages(value, here)
    else:
        pieces = list(_each(value, here) if name == "strokes" else walk(value, here))
    if pieces and is_event(node):
        raise here.place.refuse(EVENT_WITH_POINTS, "Export one event a point.")
    for is_other, what in ((is_eraser, "an eraser"), (is_highlighter, "a highlighter")):
        if pieces and is_other(node):
            raise here.place.refuse(f"whether these strokes are ink or those of {what} is unclear")
    return iter(pieces)


def _pages(value: Any, where: Where) -> list[Piece]:
    """The pieces of a list or an object of pages, one after the other."""
    if isinstance(value, list) and any(isinstance(page, dict) for page in value):
        pages: list[tuple[str | int, Any]] = list(enumerate(value))
    elif isinstance(value, dict):
        pages = list(value.items())
    else:
        return list(walk(value, where))
    found = [(page, list(walk(page, replace(where.inside(key), page=(*where.page, str(key)))))) for key, page in pages]
    return list(_in_order(found, where.notes))


def _each(node: Any, where: Where) -> Iterator[Piece]:
    """The pieces of a list that is called strokes: each object in it has to be one that is understood."""
    if not isinstance(node, list) or not all(isinstance(item, dict) for item in node) or any(map(names_xy, node)):
        yield from walk(node, where)
        return
    found = []
    for index, item in enumerate(node):
        counted, here = where.notes.total(), where.inside(index)
        pieces = list(_walk_object(item, here))
        if not pieces and where.notes.total() == counted:
            raise here.place.refuse("a stroke that holds no points that are understood")
        found.append((item, _joined(pieces, here.place)))
    yield from _in_order(found, where.notes)


def _count(node: Any) -> int:
    """Lists of points below what is left out anyway, told by their shape only."""
    if isinstance(node, dict):
        if any(isinstance(node.get(key), list) for key in ("points", "pointers", *POINT_KEYS["x"])):
            return 1
        return sum(map(_count, node.values()))
    if not isinstance(node, list) or not node:
        return 0
    return 1 if is_row(node[0]) or is_numbers(node[0]) or names_xy(node[0]) else sum(map(_count, node))


def _refuse_our_own(node: dict[str, Any], place: Place) -> None:
    if "schema_version" in node and ("sections" in node or {"lr", "items"} <= node.keys()):
        raise place.refuse("this is a result of forgery_kit, not ink", "Give the recordings that it was made from.")
    if node.get("format") == "forgery_kit ink":
        raise place.refuse("ink of forgery_kit within another object", "Give each recording as a file of its own.")


def _not_understood(kind: str, node: Mapping[str, Any]) -> str:
    """What is wrong with an object of ink without points; programs may pack them into a text."""
    parts = [node]
    for part in parts:
        if any(isinstance(part.get(key), str) and part[key] for key in ("points", "path")):
            return f"a {kind} whose points are packed into a text, which is not read"
        inner = [value for value in part.values() if isinstance(value, dict | list)]
        parts += [item for v in inner for item in (v if isinstance(v, list) else [v]) if isinstance(item, dict)]
    return f"a {kind} that holds no points that are understood"


def _refuse_transformed(node: Mapping[str, Any], place: Place) -> None:
    """Raise where an object says that its points are moved, turned or scaled by a matrix."""
    for key, value in node.items():
        if plain(key) not in ("transform", "matrix", "transformmatrix", "transformation", "affine") or not value:
            continue
        numbers = list(value.values()) if isinstance(value, dict) else value
        if not isinstance(numbers, list) or numbers not in _IDENTITIES:
            raise place.inside(key).refuse("a drawing with a transform", "Apply it, then export again.")


def _refuse_unplaced(node: dict[str, Any], place: Place) -> None:
    """Raise where the x and y of an object do not suffice to say where its points lie."""
    if any(is_number(node.get(key)) and node[key] for key in ("rotation", "angle")):
        raise place.refuse("a drawing that was turned", "Turn it back, then export again.")
    props = node["props"] if isinstance(node.get("props"), dict) else node
    if any(
        is_number(part.get(key)) and part[key] != 1 for part in (node, props) for key in ("scale", "scaleX", "scaleY")
    ):
        raise place.refuse("a drawing that was scaled", "Set its scale to 1, then export again.")
    if str(node.get("parentId", "")).startswith("shape:"):
        raise place.refuse("a drawing within a group", "Ungroup it, then export again.")
