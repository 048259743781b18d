"""Ink as our own JSON, in the form that ``datasets.readers.json_ink.document`` describes and reads back unchanged."""

from __future__ import annotations

import json
import math

from datasets.ink import Ink
from datasets.readers.json_ink.document import FORMAT, SCHEMA_VERSION
from datasets.sample import Origin


def write_json(
    ink: Ink, writer: str | None = None, text: str | None = None, device: str | None = None, origin: Origin = "unknown"
) -> str:
    """JSON text of one recording: a stroke a line, null for missing values, no number that JSON does not have.

    Parameters
    ----------
    writer, text, device, origin : as in ``Sample``; ``generated`` is kept, so that the ink is known again as such.
    """
    head = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "origin": origin,
        "writer": writer,
        "text": text,
        "device": device,
        "channels": list(ink.channels),
        "mm_per_unit": ink.mm_per_unit,
        "time_source": ink.time_source,
    }
    strokes = []
    for stroke, down in zip(ink.strokes(hover=True), ink.pen_down, strict=True):
        points = [[None if math.isnan(value) else value for value in row] for row in stroke.tolist()]
        strokes.append(json.dumps({"pen_down": bool(down), "points": points}, allow_nan=False))
    fields = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    return "{" + ",\n".join([*fields, '"strokes": [\n' + ",\n".join(strokes) + "\n]"]) + "}\n"
