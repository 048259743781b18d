"""InkML that ``writers.inkml`` wrote, back to the very same ink, bit for bit.

``document`` reads what other programs write and has to make out what they mean: an angle that never changes counts as
missing, a unit is guessed. Here nothing is made out. Whether the writer would have written the very same bytes is for
the caller to see, who has to write them again.
"""

from __future__ import annotations

from array import array
from decimal import Decimal, InvalidOperation, localcontext

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.ink import CHANNELS, Ink, TimeSource
from datasets.readers.building import check_amounts
from datasets.readers.inkml.document import TIME_SOURCE
from datasets.readers.safe_xml import tree

#: Names of channels in InkML → ours.
NAMES = {"X": "x", "Y": "y", "T": "t", "F": "pressure", "OE": "altitude", "OA": "azimuth"}


def read_exactly(data: bytes, name: str) -> Ink:
    """The ink that was written; its notes are not in the file.

    Raises UnreadableFileError where the bytes are no such file, HostileFileError beyond the limits.
    """
    # Commas stand between points and hardly anywhere else: what is too much is refused before it is taken apart.
    check_amounts(name, 0, data.count(b","))
    root = tree(data, name, text_of=("trace", "annotation"))
    try:
        written = [NAMES[channel.get("name", "")] for channel in root.iter("channel")]
        channels = tuple(channel for channel in CHANNELS if channel in written)
        traces = list(root.iter("trace"))
        check_amounts(name, len(traces), 0)
        strokes = [_points(trace.text or "", len(written)) for trace in traces]
        scales = [one.get("value", "") for one in root.iter("channelProperty") if one.get("channel") == "X"]
        sources = [one.text for one in root.iter("annotation") if one.get("type") == TIME_SOURCE]
        return Ink(
            points=np.concatenate(strokes)[:, [written.index(channel) for channel in channels]],
            stroke_ends=np.cumsum([len(stroke) for stroke in strokes]),
            pen_down=np.array([trace.get("type") != "penUp" for trace in traces]),
            channels=channels,
            mm_per_unit=_inverse(scales[0]) if scales else None,
            time_source=_source(sources),
        )
    except (KeyError, ValueError, InvalidOperation, ZeroDivisionError) as error:
        raise UnreadableFileError(
            name, "this is no ink that forgery_kit wrote.", "Use it as it was written."
        ) from error


def _points(text: str, channels: int) -> NDArray[np.float64]:
    values = array("d")
    for point in text.replace("?", "nan").split(","):
        # Looked at before it is taken apart: a point of millions of values would take all memory.
        if point.count(" ") != channels - 1:
            raise ValueError("a point without the values of its channels")
        values.extend(map(float, point.split(" ")))
    return np.array(values).reshape(-1, channels)


def _source(found: list[str | None]) -> TimeSource | None:
    return {None: None, "recorded": "recorded", "constant rate": "constant rate"}[found[0] if found else None]


def _inverse(value: str) -> float:
    with localcontext() as context:
        context.prec = 30
        return float(1 / Decimal(value))
