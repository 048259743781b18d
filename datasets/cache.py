"""A packed file of samples: parsed once, reloaded in about a second, small enough to carry around.

Layout: an 8-byte magic, the length of a JSON header (8 bytes, little endian), the header, then LZMA blocks.
Coordinates are stored as integers (``scale`` units each), differenced along the pen's path and split into byte
planes, which is what makes them compress to about 2.5 bytes a point.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.ink import Ink
from datasets.sample import Sample

MAGIC = b"fkcache2"
#: Beginnings of earlier versions, whose caches are simply made again.
OLDER_MAGIC = (b"fkcache1",)
#: Ticks per second in which times are stored; corpora record 10 ms at best.
TICKS_PER_SECOND = 10_000
#: Ticks per device unit in which x and y are stored: UNIPEN has files with two decimals.
TICKS_PER_UNIT = 100
_TEXT_FIELDS = ("file", "writer", "text", "form", "line", "sitting", "device", "split", "origin", "format", "sha256")
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 22}]


def file_key(*paths: Path) -> str:
    """Key of a cache: SHA-256 over names, sizes and contents of the files, 64 hex digits."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}:{path.stat().st_size}\n".encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def write_samples(path: Path, samples: Sequence[Sample], key: str, extra: dict[str, Any] | None = None) -> None:
    """Pack samples (channels x, y and t where it exists) into one file, replaced atomically.

    Coordinates are rounded to 1/100 unit and times to 0.1 ms; other channels are not kept. Raises OSError, and
    ValueError where there is no sample, or a time is missing within a channel: the corpora have no such thing.
    """
    if not samples:
        raise ValueError("there is no sample to keep")
    points = np.concatenate([s.ink.xy for s in samples])
    times = [s.ink.channel("t") for s in samples]
    ticks = np.concatenate([np.zeros(len(s.ink)) if t is None else t for s, t in zip(samples, times, strict=True)])
    if np.isnan(ticks).any():
        raise ValueError("a time is missing within a channel")
    columns = [
        np.rint(points[:, 0] * TICKS_PER_UNIT),
        np.rint(points[:, 1] * TICKS_PER_UNIT),
        np.rint(ticks * TICKS_PER_SECOND),
    ]
    whole = all((c % TICKS_PER_UNIT == 0).all() for c in columns[:2])
    unit = TICKS_PER_UNIT if whole else 1
    blocks = [np.diff((c // u).astype(np.int64), prepend=0) for c, u in zip(columns, (unit, unit, 1), strict=True)]
    stroke_lengths = np.concatenate([np.diff(s.ink.stroke_ends, prepend=0) for s in samples])
    blocks += [
        stroke_lengths,
        np.concatenate([s.ink.pen_down for s in samples]).astype(np.int64),
        np.array([len(s.ink.stroke_ends) for s in samples], np.int64),
    ]
    packed = [_compress(b) for b in blocks]
    header = {
        "key": key,
        "unit": unit,
        "sizes": [len(p) for p in packed],
        "crc": zlib.crc32(b"".join(packed)),
        "extra": extra or {},
        "text": {name: [getattr(s, name) for s in samples] for name in _TEXT_FIELDS},
        "mm_per_unit": [s.ink.mm_per_unit for s in samples],
        "time_source": [s.ink.time_source for s in samples],
        "notes": [dict(s.ink.notes) for s in samples],
    }
    text = lzma.compress(json.dumps(header, ensure_ascii=False).encode(), lzma.FORMAT_RAW, filters=_FILTERS)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(MAGIC + struct.pack("<Q", len(text)) + text)
            for block in packed:
                stream.write(block)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_samples(path: Path, key: str | None = None) -> tuple[list[Sample], dict[str, Any]] | None:
    """Samples and the extra header of a cache; None where there is none, its key is another one, or
    an older version wrote it.

    Raises UnreadableFileError where the file is damaged.
    """
    if not path.is_file():
        return None
    data = path.read_bytes()
    if data[:8] in OLDER_MAGIC:
        return None
    try:
        if data[:8] != MAGIC:
            raise ValueError("wrong magic")
        (length,) = struct.unpack("<Q", data[8:16])
        header = json.loads(lzma.decompress(data[16 : 16 + length], lzma.FORMAT_RAW, filters=_FILTERS))
        if key is not None and header["key"] != key:
            return None
        offset, blocks = 16 + length, []
        if zlib.crc32(data[offset:]) != header["crc"]:
            raise ValueError("wrong checksum")
        for size in header["sizes"]:
            blocks.append(_decompress(data[offset : offset + size]))
            offset += size
        return _samples(header, blocks), header["extra"]
    except (ValueError, KeyError, IndexError, struct.error, lzma.LZMAError) as error:
        raise UnreadableFileError(str(path), "this cache is damaged.", "Delete it; it is made again.") from error


def _samples(header: dict[str, Any], blocks: list[NDArray[np.int64]]) -> list[Sample]:
    x, y, t, stroke_lengths, pen_down, strokes_per_sample = blocks
    points = np.stack([np.cumsum(c).astype(float) for c in (x, y, t)], axis=1)
    points[:, :2] *= header["unit"] / TICKS_PER_UNIT
    points[:, 2] /= TICKS_PER_SECOND
    samples, stroke, point = [], 0, 0
    for index, count in enumerate(strokes_per_sample):
        ends = np.cumsum(stroke_lengths[stroke : stroke + count])
        source = header["time_source"][index]
        ink = Ink(
            points=points[point : point + ends[-1], : 2 + (source is not None)],
            stroke_ends=ends,
            pen_down=pen_down[stroke : stroke + count] != 0,
            channels=("x", "y", "t") if source is not None else ("x", "y"),
            mm_per_unit=header["mm_per_unit"][index],
            time_source=source,
            notes=header["notes"][index],
        )
        samples.append(Sample(ink=ink, **{name: header["text"][name][index] for name in _TEXT_FIELDS}))
        stroke, point = stroke + count, point + int(ends[-1])
    return samples


def _compress(values: NDArray[np.int64]) -> bytes:
    """Byte planes of zig-zag coded integers (uint32), so that the high planes are nearly all zero."""
    if len(values) and np.abs(values).max() >= 2**31:
        raise ValueError("values do not fit into 32 bits")
    zigzag = ((values << 1) ^ (values >> 63)).astype("<u4")
    planes = zigzag.view(np.uint8).reshape(-1, 4).T.tobytes()
    return lzma.compress(planes, lzma.FORMAT_RAW, filters=_FILTERS)


def _decompress(data: bytes) -> NDArray[np.int64]:
    planes = np.frombuffer(lzma.decompress(data, lzma.FORMAT_RAW, filters=_FILTERS), np.uint8).reshape(4, -1)
    zigzag = np.ascontiguousarray(planes.T).view("<u4")[:, 0].astype(np.int64)
    return (zigzag >> 1) ^ -(zigzag & 1)
