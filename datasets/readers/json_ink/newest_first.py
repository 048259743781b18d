"""Lists of points and events that name the newest first, as logs are shown, put in the order of their clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from datasets.readers.json_ink.points import POINT_KEYS, is_number
from datasets.readers.json_ink.walk import Piece
from datasets.readers.order import ROWS_NOTE, runs_backwards


def oldest_first(pieces: Sequence[Piece], notes: Counter[str]) -> list[Piece]:
    """The pieces; with each list of points turned round where the clock falls in all of them together.

    Lists of numbers, in which nothing but their order can tell ends of strokes, are turned later (``order``).
    """
    turned = [(index, piece, _times(piece)) for index, piece in enumerate(pieces) if not piece.is_numbers]
    turned = [(index, piece, times) for index, piece, times in turned if times]
    found = list(pieces)
    if not turned:
        return found
    starts = np.cumsum([0, *(len(times) for _, _, times in turned[:-1])])
    if not runs_backwards(np.concatenate([np.array(times, float) for _, _, times in turned]), starts):
        return found
    for index, piece, times in turned:
        beside = tuple((channel, values[::-1]) for channel, values in piece.beside)
        found[index] = replace(piece, content=_turned(piece.content, len(times)), beside=beside)
        notes[ROWS_NOTE] += len(times)
    return found


def _turned(content: list[Any] | dict[str, Any], count: int) -> list[Any] | dict[str, Any]:
    if isinstance(content, list):
        return content[::-1]
    return {k: v[::-1] if isinstance(v, list) and len(v) == count else v for k, v in content.items()}


def _times(piece: Piece) -> list[float]:
    """The times of a list of points or of arrays, NaN where one is missing; none where all are."""
    if isinstance(piece.content, dict):
        arrays = [piece.content[key] for key in POINT_KEYS["t"] if isinstance(piece.content.get(key), list)]
        values = arrays[0] if arrays else []
    else:
        keys = [key for key in POINT_KEYS["t"] if any(key in item for item in piece.content)]
        values = [next((item[key] for key in keys if item.get(key) is not None), None) for item in piece.content]
    times = [float(value) if is_number(value) else float("nan") for value in values]
    return times if any(time == time for time in times) else []
