"""What drew an InkML trace: whether the pen touched (the trace's ``type``), and with which brush.

The Recommendation has ``penDown``, ``penUp`` and ``indeterminate`` (section 3.2.1); writers spell them in other ways.
Brushes have properties that it leaves to programs (section 4.6); those of Office say ``rasterOp``, ``transparency``.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from datasets.limits import MAX_XML_DEPTH

_DOWN = {"pendown", "down", "tipdown", "pencontact", "contact", "touch", "touching", "onsurface", "surface"}
_UP = {"penup", "up", "tipup", "hover", "hovering", "penhover", "inair", "air", "airborne", "nocontact", "notouch"}
_UNSURE = {"indeterminate", "unknown", "undefined", ""}
#: Names of channels that hold what ``S`` of the Recommendation (section 3.1.4) does, and its contrary.
_TIP_SWITCH = {"tip", "tipswitch", "tipdown", "pendown", "pencontact", "contact", "touch", "touching", "isdown"}
_LIFTED = {"penup", "tipup", "hover", "hovering", "inair", "isup", "penstate", "pointtype", "dottype"}
_TRUE = {"true", "1", "yes", "on"}
_ERASERS = {"eraser", "erase", "erasing", "rubber"}
_HIGHLIGHTERS = {"highlighter", "highlight", "highlighting", "textmarker", "highlightpen", "maskpen"}
_POINTERS = {"laser", "laserpointer"}
#: Properties that name the tool; those of the width or the colour may hold words that mean something else.
_NAMING = {"tool", "type", "name", "brush", "brushtype", "pentype", "pen", "kind", "style", "mode", "rasterop"}
_NAMING |= {"inkeffects", "inktool", "drawingtool"}
#: Share of what lies below that shines through a highlighter; a pen's ink covers it, but for its soft edge.
_SEE_THROUGH = 0.1


def pen_state(word: str | None) -> str | None:
    """``down``, ``up`` or ``indeterminate`` for the ``type`` of a trace, None for a word that is not understood."""
    if word is None:
        return "down"
    plain = _plain(word)
    known = {"down": _DOWN, "up": _UP, "indeterminate": _UNSURE}
    return next((state for state, words in known.items() if plain in words), None)


def is_tip_switch(channel: str) -> bool:
    """Whether a channel of another name tells that the pen touches, as ``S`` does."""
    return _plain(channel) in _TIP_SWITCH


def tells_lifts(channel: str) -> bool:
    """Whether a channel tells by its name where the pen was lifted, in values that no Recommendation explains."""
    return _plain(channel) in _LIFTED


def tool_of(reference: str, brushes: dict[str, Element], depth: int = 0) -> str | None:
    """``eraser``, ``highlighter`` or ``laser pointer`` where the brush that ``reference`` names is one, else None.

    A brush that is not in the file has only its name; one may refer to another whose properties it inherits.
    """
    key = reference.strip().rpartition("#")[2]
    brush = brushes.get(key)
    found = _tool_named(key)
    if brush is None or found or depth > MAX_XML_DEPTH:
        return found
    return tool_of_brush(brush, brushes, depth)


def tool_of_brush(brush: Element, brushes: dict[str, Element], depth: int = 0) -> str | None:
    """Like ``tool_of``, for a ``<brush>``."""
    for item in brush.iter("brushProperty"):
        name, value = item.get("name", ""), (item.get("value") or item.text or "").strip()
        tool = _tool_named(name) if value.lower() in _TRUE else _tool_named(value) if _plain(name) in _NAMING else None
        if tool:
            return tool
        if _see_through(_plain(name), value) >= _SEE_THROUGH:
            return "highlighter"
    inherited = brush.get("brushRef")
    return tool_of(inherited, brushes, depth + 1) if inherited else None


def _tool_named(text: str) -> str | None:
    words = {_plain(word) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)} | {_plain(text)}
    kinds = {"eraser": _ERASERS, "highlighter": _HIGHLIGHTERS, "laser pointer": _POINTERS}
    return next((tool for tool, names in kinds.items() if words & names), None)


def _see_through(name: str, value: str) -> float:
    """Share of what lies below that shines through: ``transparency`` or its contrary, of 1, of 100 % or of 255."""
    if name not in ("transparency", "opacity", "alpha"):
        return 0.0
    try:
        number = float(value.rstrip("% "))
    except ValueError:
        return 0.0
    percent = "%" in value or (name == "opacity" and 1 < number <= 100)
    share = number / 100 if percent else number if number <= 1 else number / 255
    return share if name == "transparency" else 1 - share


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
