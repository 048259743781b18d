"""The vector index: every entry of a row as one of sixteen levels, searched by faiss as inner products.

A product quantiser whose every part is one direction's pair (z, z²) of ``inner_product.augmented`` has sixteen points
on a parabola for each, so that any quadratic form of a row becomes a sum of table look-ups, half a byte a direction
(fast scan, André et al. 2015). The levels are those of least error (Lloyd 1982, Max 1960) for the population that
the back end knows, so nothing is trained and adding rows changes nothing for the others. Rows of about one amount of
ink are one index each, since the question's vector is the same for all of them.

All rows are gone through, so that the only error is that of the levels; exact scores of the shortlist mend it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forgery_kit.gallery.inner_product import asked
from forgery_kit.gallery.layout import INDEX
from forgery_kit.gallery.stored import Gallery
from forgery_kit.likelihood.plda import Array, within_variance
from forgery_kit.outputs import write_file

#: Rows from which searching the index takes less time than going through them (``benchmarks.program.gallery``).
LEAST_ROWS = 20_000
#: Rows behind those of the index that are gone through one by one, at most this share of them; then it is made again.
MOST_BEHIND = 0.1
#: Classes of amounts of ink in an octave of the variance within writers.
CLASSES = 4
#: Rows that are turned into levels together.
CHUNK = 65_536
LEVELS = 16
#: Changes with whatever makes the same rows give other bytes.
VERSION = 1


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of about one amount of ink: their numbers (n,), the variance within writers that stands for them, codes."""

    numbers: NDArray[np.uint32]
    within: float
    codes: Any


@dataclass(frozen=True, eq=False)
class Index:
    """An index of the first ``count`` rows of a gallery."""

    count: int
    parts: tuple[Part, ...]

    def search(self, between: Array, vector: Array, within: float, wanted: int) -> tuple[NDArray[np.int64], Array]:
        """Numbers and scores, nearly, of at least the ``wanted`` rows that score highest, in no order."""
        weights, constants = asked(between, vector, within, [part.within for part in self.parts])
        found, scores = [np.zeros(0, np.int64)], [np.zeros(0)]
        for part, v, c in zip(self.parts, weights, constants, strict=True):
            turned = np.ascontiguousarray(v.reshape(2, -1).T, np.float32).reshape(1, -1)
            near, where = part.codes.search(turned, min(wanted, len(part.numbers)))
            there = where[0] >= 0
            found.append(part.numbers[where[0][there]].astype(np.int64))
            scores.append(near[0][there] + c)
        return np.concatenate(found), np.concatenate(scores)


@lru_cache(maxsize=1)
def _normal_levels() -> Array:
    """Sixteen levels of least squared error for a standard normal number (Lloyd's algorithm)."""
    levels = norm.ppf((np.arange(LEVELS) + 0.5) / LEVELS)
    for _ in range(2000):
        edges = np.concatenate([[-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]])
        levels = -np.diff(norm.pdf(edges)) / np.diff(norm.cdf(edges))
    return np.asarray(levels)


def _class_of(steps: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Class of the amount of each row (n,)."""
    return np.floor(CLASSES * np.log2(within_variance(steps))).astype(np.int64)


def _empty(between: Array, within: float) -> Any:
    """A faiss index without rows, for rows of this variance within writers."""
    import faiss

    spread = np.sqrt(between + within)
    points = spread[:, None] * _normal_levels()
    made = faiss.IndexPQ(2 * len(between), len(between), 4, faiss.METRIC_INNER_PRODUCT)
    # Points of each direction: (k, 16, 2).
    faiss.copy_array_to_vector(np.stack([points, points**2], axis=-1).astype(np.float32).ravel(), made.pq.centroids)
    made.is_trained = True
    return made


def _codes(vectors: NDArray[np.float16], between: Array, within: float) -> NDArray[np.uint8]:
    """Levels of rows (n, k), two to a byte: (n, ⌈k/2⌉), the lower half first."""
    edges = (_normal_levels()[1:] + _normal_levels()[:-1]) / 2
    scaled = vectors.astype(np.float32) / np.sqrt(between + within).astype(np.float32)
    level = np.zeros((len(scaled), scaled.shape[1] + scaled.shape[1] % 2), np.uint8)
    level[:, : scaled.shape[1]] = np.searchsorted(edges.astype(np.float32), scaled)
    return level[:, ::2] | (level[:, 1::2] << 4)


def make_index(gallery: Gallery, between: Array) -> Index:
    """The index of all rows of a gallery."""
    import faiss

    classes = _class_of(gallery.rows["steps"])
    parts = []
    for one in np.unique(classes):
        numbers = np.flatnonzero(classes == one).astype(np.uint32)
        within = float(2.0 ** ((one + 0.5) / CLASSES))
        flat = _empty(between, within)
        codes = [
            _codes(gallery.rows["vector"][numbers[start : start + CHUNK]], between, within)
            for start in range(0, len(numbers), CHUNK)
        ]
        faiss.copy_array_to_vector(np.concatenate(codes).ravel(), flat.codes)
        flat.ntotal = len(numbers)
        parts.append(Part(numbers, within, faiss.IndexPQFastScan(flat)))
    return Index(len(gallery), tuple(parts))


def save_index(gallery: Gallery, index: Index) -> None:
    """Write ``index.bin`` beside the rows: a line of JSON, then for each part its numbers and faiss's codes.

    The line binds it to the rows: it holds the check of the last of them, which names all (``stored.check_of``).
    """
    payload = b"".join(part.numbers.tobytes() + _packed(part.codes).tobytes() for part in index.parts)
    head = {
        **_bound_to(gallery, index.count),
        "parts": [[len(part.numbers), part.within] for part in index.parts],
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    write_file(gallery.place / INDEX, json.dumps(head).encode() + b"\n" + payload)


def load_index(gallery: Gallery, between: Array) -> Index | None:
    """The index in ``index.bin``; None where there is none, it is of other rows, damaged, or of another faiss."""
    file = gallery.place / INDEX
    try:
        with file.open("rb") as stream:
            head = json.loads(stream.readline(65_536))
            count, sizes = int(head["count"]), [(int(n), float(within)) for n, within in head["parts"]]
            bound = {name: head[name] for name in _bound_to(gallery, 0)}
            if not 0 < count <= len(gallery) or bound != _bound_to(gallery, count):
                return None
            if min(n for n, _ in sizes) < 1 or sum(n for n, _ in sizes) != count:
                return None
            payload = stream.read(count * (4 + len(between)) + len(sizes) * 64 * len(between))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if hashlib.sha256(payload).hexdigest() != head["sha256"]:
        return None
    parts = list(_parts(payload, sizes, between))
    times = np.bincount(np.concatenate([np.zeros(0, np.uint32), *(part.numbers for part in parts)]), minlength=count)
    return Index(count, tuple(parts)) if (times == 1).all() else None


def _parts(payload: bytes, sizes: list[tuple[int, float]], between: Array) -> Iterator[Part]:
    """Parts as they were saved, up to the first that is not whole."""
    import faiss

    at = 0
    total = sum(n for n, _ in sizes)
    for n, within in sizes:
        codes: Any = faiss.IndexPQFastScan(_empty(between, within))
        codes.ntotal = codes.ntotal2 = 0
        size = -(-n // codes.bbs) * codes.bbs * codes.M2 // 2
        if len(payload) < at + 4 * n + size:
            return
        numbers = np.frombuffer(payload, np.uint32, n, at)
        if numbers.max() >= total:
            return
        packed = np.frombuffer(payload, np.uint8, size, at + 4 * n)
        codes.codes.resize(size)
        faiss.memcpy(codes.codes.get(), faiss.swig_ptr(packed), size)
        codes.ntotal, codes.ntotal2 = n, -(-n // codes.bbs) * codes.bbs
        at += 4 * n + size
        yield Part(numbers, within, codes)


def _packed(codes: Any) -> NDArray[np.uint8]:
    import faiss

    size = codes.codes.size()
    out = np.empty(size, np.uint8)
    faiss.memcpy(faiss.swig_ptr(out), codes.codes.get(), size)
    return out


def _bound_to(gallery: Gallery, count: int) -> dict[str, Any]:
    """What an index of the first ``count`` rows must say of them, and of what made it."""
    import faiss

    return {
        "version": VERSION,
        "faiss": faiss.__version__,
        "count": count,
        "check": gallery.check(count).hex(),
    }
