"""Ink as a table, in the form that ``datasets.readers.tables.csv_table`` describes and reads back unchanged."""

from __future__ import annotations

import math

from datasets.ink import Ink
from datasets.sample import Origin


def write_csv(ink: Ink, origin: Origin = "unknown") -> str:
    """The ink as CSV: one point a row, empty cells for missing values, `pen_down` only where some ink hovers.

    What a table cannot hold goes before it in lines with `#`, only where it is needed: ``mm_per_unit``, a
    ``time_source`` other than recorded, a known ``origin``.
    """
    settings = {
        "mm_per_unit": None if ink.mm_per_unit is None else repr(ink.mm_per_unit),
        "time_source": ink.time_source if ink.time_source == "constant rate" else None,
        "origin": None if origin == "unknown" else origin,
    }
    lines = [f"# {key}={value}" for key, value in settings.items() if value is not None]
    hover = not ink.pen_down.all()
    lines.append(",".join([*ink.channels, "stroke", *(["pen_down"] if hover else [])]))
    for number, (stroke, down) in enumerate(zip(ink.strokes(hover=True), ink.pen_down, strict=True)):
        tail = f",{number},{int(down)}" if hover else f",{number}"
        lines.extend(",".join(map(_number, row)) + tail for row in stroke.tolist())
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Shortest text that reads back as the same number; empty for NaN."""
    if math.isnan(value):
        return ""
    return repr(value).removesuffix(".0")
