"""What objects and keys of a document say that they are: ink, or what programs keep beside it.

Left out and counted are what takes ink away or marks it (erasers, highlighters), what was drawn and not written
(shapes), what is hidden or deleted, earlier and undone states, and value ranges, corners and boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from datasets.readers.json_ink.marks import plain

#: Kinds of objects that must hold points.
WRITTEN = ("stroke", "freedraw", "draw")

#: Keys by which an object says its kind, and its tool; ``plain``.
_KIND_KEYS = {"type", "kind", "subtype", "shapetype", "annotationtype", "objecttype"}
_TOOL_KEYS = {
    *(
        "tool",
        "tooltype",
        "toolname",
        "mode",
        "brush",
        "brushtype",
        "pen",
        "pentype",
        "penname",
        "inktype",
        "inputtype",
    ),
    *("pointertype", "style", "drawingattributes", "attributes"),
}
#: Words of kinds that are drawn, are charts or maps; "line" is one only beside "shape" (others call strokes so).
_DRAWN = re.compile(
    r"shape|edge|arrow|polygon|rectangle|rect|square|ellipse|circle|underline|strikeout|strikethrough|squiggly|"
    r"redact|stamp|scatter|scattergl|histogram|heatmap|linestring|multilinestring|multipoint|multipolygon|"
    r"featurecollection"
)
_DELETED = {"deleted", "isdeleted", "removed", "isremoved", "undone", "isundone", "erased", "iserased", "istrashed"}
_ERASES = {"eraser", "iseraser", "erase", "iserasing", "erasing"}
_HIGHLIGHTS = {"highlighter", "ishighlighter", "highlight", "ishighlight"}
#: The button of Pointer Events that erases.
_ERASER_BUTTON = 32

#: Words of keys under which earlier, undone or deleted states lie.
_EARLIER = re.compile(
    r"history|undo|redo|undone|redone|undos|redos|removed|deleted|erased|trash|snapshot|snapshots|versions|"
    r"revisions|backup|backups|past|future|clipboard|discarded"
)
#: Words of keys under which numbers lie that are no path of a pen.
_BESIDE = re.compile(
    r"range|ranges|limit|limits|bounds|bound|extent|extents|domain|viewport|viewbox|bbox|bounding|box|boxes|"
    r"rect|rects|quad|quads|corner|corners|crop|margin|margins|grid|guides|calibration|datasets|minmax"
)

HIGHLIGHTER_NOTE = "strokes of a highlighter, left out"


@lru_cache(maxsize=1024)
def words(text: str) -> frozenset[str]:
    """The words of a key or name, in small letters: redoStack, redo_stack and "redo stack" have the same two."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)
    return frozenset(part.lower() for part in parts)


def left_out_as(node: Mapping[str, Any]) -> str | None:
    """Why an object and all below it is no ink, as a note; None for others. Erasers are not among them."""
    for key, value in node.items():
        word = plain(key)
        if value is True and word in _DELETED:
            return "objects marked as deleted, left out"
        if _is_hidden(word, value):
            return "objects or layers that are hidden, left out"
    if _is_flagged(node, _HIGHLIGHTS) or _marks(_kinds(node)):
        return HIGHLIGHTER_NOTE
    kind = node.get("type")
    if kind in WRITTEN:
        return None
    # Excalidraw calls its straight lines "line"; only its own can be bound to shapes.
    if kind == "line" and "startBinding" in node:
        return "objects that are no strokes (line), left out"
    drawn = next(filter(_is_drawn, _kinds(node)), None)
    return None if drawn is None else f"objects that are no strokes ({drawn!s:.30}), left out"


@lru_cache(maxsize=1024)
def key_left_out_as(key: str) -> str | None:
    """Why what lies under a key is no ink, as a note; None for others."""
    if any(map(_EARLIER.fullmatch, words(key))):
        return f"lists of points of earlier or undone states ({key!a:.30}), left out"
    if any(map(_BESIDE.fullmatch, words(key))):
        return f"lists of numbers that are no path of a pen ({key!a:.30}), left out"
    return None


def is_eraser(node: Mapping[str, Any]) -> bool:
    """Whether an object or event says that it takes ink away: by a text, true, or the button of Pointer Events."""
    if "destination-out" in (node.get("compositeOperation"), node.get("globalCompositeOperation")):
        return True
    buttons = node.get("buttons")
    if isinstance(buttons, int) and buttons & _ERASER_BUTTON:
        return True
    return _is_flagged(node, _ERASES) or any("eras" in text.lower() for text in (*_kinds(node), *_tools(node)))


def is_highlighter(node: Mapping[str, Any]) -> bool:
    """Whether an object or event says that it was made by a highlighter or a laser pointer."""
    return _is_flagged(node, _HIGHLIGHTS) or _marks((*_kinds(node), *_tools(node)))


def may_say_tool(key: str) -> bool:
    """Whether a key of points may tell an eraser or a highlighter."""
    word = plain(key)
    tells = word in _KIND_KEYS | _TOOL_KEYS | _ERASES | _HIGHLIGHTS
    return tells or key in ("buttons", "compositeOperation", "globalCompositeOperation")


def _marks(texts: Iterable[str]) -> bool:
    return any("highlight" in text.lower() or "laser" in text.lower() for text in texts)


def _is_flagged(node: Mapping[str, Any], flags: set[str]) -> bool:
    return any(value is True and plain(key) in flags for key, value in node.items())


def _kinds(node: Mapping[str, Any]) -> list[str]:
    """What an object says of its kind."""
    return [value for key, value in node.items() if isinstance(value, str) and plain(key) in _KIND_KEYS]


def _tools(node: Mapping[str, Any]) -> Iterator[str]:
    """What an object says of its tool: a name, or an object that has one, such as {"brush": {"type": …}}."""
    for key, value in node.items():
        if plain(key) not in _TOOL_KEYS:
            continue
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (k for k, v in value.items() if v is True)
            yield from (
                v for k, v in value.items() if isinstance(v, str) and plain(k) in {"name", *_KIND_KEYS, *_TOOL_KEYS}
            )


def _is_hidden(word: str, value: Any) -> bool:
    if word in ("visible", "isvisible", "shown", "isshown"):
        return value is False
    if word in ("hidden", "ishidden", "invisible"):
        return value is True
    return (word, value) in (("visibility", "hidden"), ("display", "none"))


@lru_cache(maxsize=1024)
def _is_drawn(kind: str) -> bool:
    return any(map(_DRAWN.fullmatch, words(kind) | {plain(kind)}))
