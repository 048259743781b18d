"""Where strokes lie in a document: a walk through its objects and lists that passes nothing over in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datasets.readers.json_ink.events import is_eraser, is_event
from datasets.readers.json_ink.points import (
    POINT_KEYS,
    Place,
    is_number,
    is_numbers,
    is_row,
    names_xy,
    resembles_row,
)

#: Kinds of objects that programs draw, and of those that hold ink and so must hold points.
DRAWN = ("shape", "edge", "arrow")
WRITTEN = ("stroke", "freedraw", "draw")
DELETED = ("isDeleted", "deleted", "is_deleted")

EVENT_WITH_POINTS = "an event that holds points itself"


@dataclass(frozen=True)
class Piece:
    """A list of points, a list of lists of numbers, or an object with one array a channel: one stroke or more.

    ``origin`` is where its coordinates are counted from, ``identifier`` the id of its object.
    """

    content: list[Any] | dict[str, Any]
    place: Place
    origin: tuple[float, float] = (0.0, 0.0)
    identifier: str | None = None
    is_points: bool = False

    @property
    def is_numbers(self) -> bool:
        return isinstance(self.content, list) and bool(self.content) and isinstance(self.content[0], list)


def walk(node: Any, place: Place, origin: tuple[float, float], notes: Counter[str]) -> Iterator[Piece]:
    """Every list of points, list of numbers and object with arrays below ``node``, in the order of the document.

    ``notes`` counts what is left out. Raises UnreadableFileError where a list holds points and something else.
    """
    if isinstance(node, dict):
        yield from _walk_object(node, place, origin, notes)
    elif isinstance(node, list) and node:
        yield from _walk_list(node, place, origin, notes)


def _walk_list(node: list[Any], place: Place, origin: tuple[float, float], notes: Counter[str]) -> Iterator[Piece]:
    if _is_points(node, place, notes) or _is_numbers(node, place):
        yield Piece(node, place, origin)
        return
    for index, item in enumerate(node):
        yield from walk(item, place.inside(index), origin, notes)


def _is_points(node: list[Any], place: Place, notes: Counter[str]) -> bool:
    """Whether a list is one of points and events. Raises where it holds points and something else."""
    points = [names_xy(item) and not _holds_lists(item) and not _is_box(item) for item in node]
    if not any(points):
        boxes = sum(isinstance(item, dict) and _is_box(item) and not _holds_lists(item) for item in node)
        notes["rectangles and texts, left out"] += boxes
        return False
    others = [index for index, is_one in enumerate(points) if not is_one]
    if any(isinstance(node[index], dict) and _holds_lists(node[index]) for index in others):
        # A list of objects, such as all that a page holds: one without points is no ink where it says what it is.
        for index, is_one in enumerate(points):
            if is_one and not any(isinstance(node[index].get(key), str) for key in ("type", "typeName")):
                raise place.inside(index).refuse("a point among objects that hold points themselves")
        notes["objects with a position and no points, left out"] += sum(points)
        return False
    for index in others:
        if not (isinstance(node[index], dict) and is_event(node[index])):
            raise place.inside(index).refuse(f"{node[index]!r:.40} among points")
    for index, item in enumerate(node):
        if any(names_xy(value[0]) or is_row(value[0]) for value in _lists(item)):
            raise place.inside(index).refuse(EVENT_WITH_POINTS, "Export one event a point.")
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


def _walk_object(
    node: dict[str, Any], place: Place, origin: tuple[float, float], notes: Counter[str]
) -> Iterator[Piece]:
    _refuse_our_own(node, place)
    kind = node.get("type")
    # Excalidraw calls its straight lines "line", as others call strokes; only its own can be bound to shapes.
    if kind in DRAWN or (kind == "line" and "startBinding" in node):
        notes[f"objects that are no strokes ({kind}), left out"] += 1
        return
    if any(node.get(key) is True for key in DELETED):
        notes["objects marked as deleted, left out"] += 1
        return
    counted = notes.total()
    if is_number(node.get("x")) and is_number(node.get("y")):
        inner = list(_inside(node, place, (origin[0] + node["x"], origin[1] + node["y"]), notes))
        if inner:
            _refuse_unplaced(node, place)
            notes["objects whose points are counted from their x and y"] += 1
    else:
        inner = list(_inside(node, place, origin, notes))
    if not inner and kind in WRITTEN and notes.total() == counted:
        raise place.refuse(f"a {kind} that holds no points that are understood")
    yield from inner


def _inside(node: dict[str, Any], place: Place, origin: tuple[float, float], notes: Counter[str]) -> Iterator[Piece]:
    """The pieces of an object: its own points or arrays, else whatever lies below it."""
    key = next((key for key in ("pointers", "points") if isinstance(node.get(key), list)), None)
    has_arrays = any(isinstance(node.get(key), list) for key in POINT_KEYS["x"])
    others = [(k, value) for k, value in node.items() if k != key and isinstance(value, dict | list)]
    if key is None and not has_arrays:
        for name, value in others:
            here = place.inside(name)
            pieces = list(_each(value, here, origin, notes) if name == "strokes" else walk(value, here, origin, notes))
            if pieces and is_event(node):
                raise here.refuse(EVENT_WITH_POINTS, "Export one event a point.")
            if pieces and is_eraser(node):
                raise here.refuse("whether these strokes are ink or those of an eraser is unclear")
            yield from pieces
        return
    if is_eraser(node):
        notes["strokes of an eraser, left out"] += 1
        return
    # Such as the outline that a program made of the points.
    beside = sum(len(list(walk(value, place.inside(name), origin, Counter()))) for name, value in others)
    notes["lists of points beside those of a stroke, left out"] += beside
    identifier = node["id"] if isinstance(node.get("id"), str) else None
    if key is None:
        yield Piece(node, place, origin, identifier)
        return
    points, here, counted = node[key], place.inside(key), notes.total()
    pieces = list(_walk_list(points, here, origin, notes))
    if not points:
        notes["empty strokes"] += 1
    elif not pieces and (notes.total() == counted or names_xy(points[0])):
        raise here.refuse(f"{points!r:.40} are no points that are understood")
    direct = len(pieces) == 1 and pieces[0].content is points
    yield from [Piece(points, here, origin, identifier, True)] if direct else pieces


def _each(node: Any, place: Place, origin: tuple[float, float], notes: Counter[str]) -> Iterator[Piece]:
    """The pieces of a list that is called strokes: each object in it has to be one that is understood."""
    if not isinstance(node, list) or not all(isinstance(item, dict) for item in node) or any(map(names_xy, node)):
        yield from walk(node, place, origin, notes)
        return
    for index, item in enumerate(node):
        counted, here = notes.total(), place.inside(index)
        pieces = list(_walk_object(item, here, origin, notes))
        if not pieces and notes.total() == counted:
            raise here.refuse("a stroke that holds no points that are understood")
        yield from pieces


def _refuse_our_own(node: dict[str, Any], place: Place) -> None:
    if "schema_version" in node and ("sections" in node or {"lr", "items"} <= node.keys()):
        raise place.refuse("this is a result of forgery_kit, not ink", "Give the recordings that it was made from.")
    if node.get("format") == "forgery_kit ink":
        raise place.refuse("ink of forgery_kit within another object", "Give each recording as a file of its own.")


def _refuse_unplaced(node: dict[str, Any], place: Place) -> None:
    """Raise where the x and y of an object do not suffice to say where its points lie."""
    if any(is_number(node.get(key)) and node[key] for key in ("rotation", "angle")):
        raise place.refuse("a drawing that was turned", "Turn it back, then export again.")
    if str(node.get("parentId", "")).startswith("shape:"):
        raise place.refuse("a drawing within a group", "Ungroup it, then export again.")
