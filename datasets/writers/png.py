"""Ink as PNG (ISO/IEC 15948), 8-bit greyscale, dark on white, by NumPy and zlib alone.

A pixel's darkness is the part of it that the line covers, taken from the distance of its centre to the nearest
segment: full up to half a line width less half a pixel, none half a pixel further out.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.ink import Ink
from datasets.writers.frame import frame_of

#: Pixels along the longer side at most: a page of A4 at 1,000 dpi, 120 MB while drawing a square one.
MAX_SIDE = 11_700
#: Segments are drawn in pieces of at most so many pixels, so that a long diagonal costs its length, not its square.
PIECE = 24.0


def write_png(ink: Ink, height: int = 300, description: str = "") -> bytes:
    """The ink as a picture ``height`` pixels high, less where it would be wider than ``MAX_SIDE``.

    Parameters
    ----------
    description : goes into an `iTXt` chunk; say here that ink is generated, and how.

    Pixels per metre are stated where ``mm_per_unit`` is known. Raises ArgumentsError for a height outside
    8 … ``MAX_SIDE``, ValueError where there is no stroke to draw.
    """
    if not 8 <= height <= MAX_SIDE:
        raise ArgumentsError("height", f"{height} pixels cannot be drawn.", f"Give 8 to {MAX_SIDE}.")
    frame = frame_of(ink)
    scale = min(height / frame.height, MAX_SIDE / frame.width)
    shape = max(1, round(frame.height * scale)), max(1, round(frame.width * scale))
    darkness = np.zeros(shape, dtype=np.float32)
    radius = max(frame.line_width * scale, 1.0) / 2
    for stroke in ink.strokes():
        _draw(darkness, (stroke[:, :2] - (frame.left, frame.top)) * scale, radius)
    grey = np.round(255 * (1 - darkness)).astype(np.uint8)
    rows = np.concatenate([np.zeros((shape[0], 1), np.uint8), grey], axis=1)
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", shape[1], shape[0], 8, 0, 0, 0, 0))]
    if ink.mm_per_unit is not None:
        per_metre = min(2**31 - 1, round(1000 * scale / ink.mm_per_unit))
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)))
    if description:
        chunks.append(_chunk(b"iTXt", b"Description\0\0\0\0\0" + description.encode("utf-8", errors="replace")))
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _draw(darkness: NDArray[np.float32], xy: NDArray[np.float64], radius: float) -> None:
    """Draw a stroke (k, 2), in pixels, into ``darkness`` (rows, columns); crossing lines do not add up."""
    ends = xy[1:] if len(xy) > 1 else xy
    for start, end in zip(xy[: len(ends)].tolist(), ends.tolist(), strict=True):
        (x0, y0), (x1, y1) = start, end
        pieces = max(1, int(np.ceil(np.hypot(x1 - x0, y1 - y0) / PIECE)))
        for i in range(pieces):
            a, b = i / pieces, (i + 1) / pieces
            piece = (x0 + a * (x1 - x0), y0 + a * (y1 - y0), x0 + b * (x1 - x0), y0 + b * (y1 - y0))
            _draw_piece(darkness, piece, radius)


def _draw_piece(darkness: NDArray[np.float32], piece: tuple[float, float, float, float], radius: float) -> None:
    x0, y0, x1, y1 = piece
    reach = radius + 1
    top, bottom = max(0, int(min(y0, y1) - reach)), int(max(y0, y1) + reach) + 1
    left, right = max(0, int(min(x0, x1) - reach)), int(max(x0, x1) + reach) + 1
    patch = darkness[top:bottom, left:right]
    dx, dy = x1 - x0, y1 - y0
    x = np.arange(left, left + patch.shape[1]) + 0.5 - x0
    y = (np.arange(top, top + patch.shape[0]) + 0.5 - y0)[:, None]
    length = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / length, 0, 1) if length > 0 else 0.0
    distance = np.hypot(x - along * dx, y - along * dy)
    np.maximum(patch, np.clip(radius + 0.5 - distance, 0, 1), out=patch, casting="same_kind")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
