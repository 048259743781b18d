"""Names of columns in tables of points, and what cells under them mean."""

from __future__ import annotations

import re
from typing import Literal

#: What says where strokes end.
MarkKind = Literal["stroke", "maybe stroke", "pen_down", "pen_up", "maybe pen"]
#: What says whose or which ink a row is: people, recordings with coordinates of their own, words, letters.
LabelKind = Literal["person", "sheet", "word", "letter", "count", "map", "origin"]

#: Names after lower case, `_` for what separates words. The order within "maybe stroke" is that of trust.
_MARKS: dict[MarkKind, str] = {
    "stroke": "stroke stroke_id strokeid stroke_number strokenumber stroke_no strokeno stroke_nr strokenr stroke_num "
    "strokenum stroke_index strokeindex stroke_idx strokeidx trace_id traceid",
    "maybe stroke": "idx trace curve curve_id segment segment_id path path_id component line line_id",
    "pen_down": "pen_down pendown pen_is_down down is_down isdown tip tip_switch tipswitch tip_down contact in_contact "
    "touch touching is_touching on_paper on_surface",
    "pen_up": "pen_up penup pen_is_up up is_up isup air in_air inair hover hovering is_hover is_hovering",
    "maybe pen": "pen pen_state penstate pen_status penstatus state status button buttons event event_type eventtype "
    "type action",
}
MARKS: dict[str, MarkKind] = {name: kind for kind, names in _MARKS.items() for name in names.split()}
#: Names of "maybe stroke" in the order of trust; lines of writing also divide strokes that are numbered in them.
MAYBE_STROKES = tuple(_MARKS["maybe stroke"].split())
LINES = ("line", "line_id")

_LABELS: dict[LabelKind, str] = {
    "person": "writer user subject participant person author scribe scriptor",
    "sheet": "page sheet form document doc file recording session trial task sample",
    "word": "word paragraph sentence text_line textline",
    "letter": "letter char character glyph symbol grapheme",
    "count": "index point points seq sequence order frame packet counter",
    "map": "lat latitude lon lng longitude ele hdop satellites easting northing",
    "origin": "origin provenance",
}
_ENDINGS = ("id", "no", "nr", "num", "number", "index", "idx", "name", "label")
LABELS: dict[str, LabelKind] = {
    name + ending: kind
    for kind, names in _LABELS.items()
    for name in names.split()
    for ending in ("", *_ENDINGS, *(f"_{ending}" for ending in _ENDINGS))
    if name + ending not in MARKS
}

#: Between "down" and "up": the pen stays as it was.
MOVE = 0.5
_WORDS = {
    1.0: "true down start begin press pressed contact touch paper onpaper draw drawing",
    0.0: "false up end release released cancel leave air inair hover hovering",
    MOVE: "move moved drag",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split()}


def mark_cell(text: str, kind: MarkKind) -> float:
    """The number in a cell of a mark, 1 or 0 for words such as "down" and "false"; NaN where it is neither."""
    if kind not in ("stroke", "maybe stroke"):
        word = re.sub(r"[^a-z]", "", text.lower())
        word = re.sub(r"^(?:pointer|mouse|touch|pen|stylus)(?=.)", "", word)
        if word in _STATES:
            return _STATES[word]
    try:
        value = float(text) if "_" not in text else float("nan")
    except ValueError:
        return float("nan")
    return value if abs(value) < float("inf") else float("nan")
