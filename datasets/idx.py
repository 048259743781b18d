"""IDX, the format of MNIST (LeCun, Cortes & Burges): arrays of numbers, packed by gzip or not.

Two zero bytes, a byte for the type of number, a byte for the number of axes; each axis's length as four bytes, high
byte first; then the numbers, high byte first, last axis fastest. Every length is checked before anything is made of it.
"""

from __future__ import annotations

import gzip
import math
import stat
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_IDX_AXES, MAX_IDX_BYTES

#: Code of a type of number → how NumPy writes it.
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"


def read_idx(path: Path) -> NDArray[np.generic]:
    """The array in an IDX file, in the machine's own byte order; packed or not is told by content, not by name.

    Raises UnreadableFileError where the file is missing, no IDX, cut off or longer than it says, HostileFileError
    where it asks for more than ``MAX_IDX_BYTES`` or ``MAX_IDX_AXES``.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError(str(path), "it is no regular file.", "Give an IDX file.")
        if status.st_size > MAX_IDX_BYTES:
            raise HostileFileError(str(path), f"{status.st_size:,} bytes are more than {MAX_IDX_BYTES:,}.")
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=file) as stream:
                    return _array(cast(BinaryIO, stream), str(path))
            return _array(file, str(path))
    except (OSError, EOFError, zlib.error) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise UnreadableFileError(str(path), f"it cannot be read ({what}).", "Give an IDX file.") from error


def _array(stream: BinaryIO, where: str) -> NDArray[np.generic]:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES:
        raise UnreadableFileError(where, "it is no IDX file: its first four bytes are not those of one.")
    kind, axes = np.dtype(TYPES[head[2]]), head[3]
    if axes > MAX_IDX_AXES:
        raise HostileFileError(where, f"it states {axes} axes; at most {MAX_IDX_AXES} are read.")
    lengths = stream.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise UnreadableFileError(where, "it ends within the lengths of its axes.")
    shape = struct.unpack(f">{axes}I", lengths)
    # Also of the axes without the empty ones, which NumPy multiplies too.
    if kind.itemsize * math.prod(max(length, 1) for length in shape) > MAX_IDX_BYTES:
        stated = " × ".join(f"{length:,}" for length in shape)
        raise HostileFileError(where, f"it states {stated} numbers, more than {MAX_IDX_BYTES:,} bytes.")
    size = kind.itemsize * math.prod(shape)
    data = stream.read(size)
    if len(data) < size:
        raise UnreadableFileError(where, f"it ends after {len(data):,} of the {size:,} bytes that it states.")
    if stream.read(1):
        raise UnreadableFileError(where, f"it goes on after the {size:,} bytes that it states.")
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))


def pack_idx(array: NDArray[np.generic], comment: str | None = None) -> bytes:
    """An array as the bytes of an IDX file; with a comment packed by gzip, whose header holds the comment.

    The same array and comment give the same bytes. Raises ValueError for a type of number or a number of axes that
    IDX or our reader does not have, and for a comment beyond Latin-1 or with a zero byte.
    """
    codes = {np.dtype(name): code for code, name in TYPES.items()}
    kind = array.dtype.newbyteorder(">")
    if kind not in codes or array.ndim > MAX_IDX_AXES:
        raise ValueError(f"{array.dtype} with {array.ndim} axes is not of IDX")
    head = struct.pack(f">HBB{array.ndim}I", 0, codes[kind], array.ndim, *array.shape)
    data = head + array.astype(kind).tobytes()
    if comment is None:
        return data
    text = comment.encode("latin-1")
    if b"\0" in text:
        raise ValueError("a comment of gzip holds no zero byte")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    # RFC 1952: magic, deflate, a comment follows, no time, best compression, unknown system; at the end CRC and length.
    start = GZIP + struct.pack("<BBIBB", 8, 0x10, 0, 2, 255) + text + b"\0"
    return start + body + struct.pack("<II", zlib.crc32(data), len(data) % 2**32)
