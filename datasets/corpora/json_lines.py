"""Corpora as JSON Lines: one sample a line, ``strokes`` as channels of differences.

A stroke is a list of channels, each its first value and then differences. ``writer`` and ``sample`` are pseudonyms,
``y`` says which way y counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.corpora.archive import lines
from datasets.corpora.packed import as_cached
from datasets.ink import device_oddities, ink_from_strokes
from datasets.limits import MIN_POINTS
from datasets.sample import Sample

#: Decimals that sums of differences are rounded to: no corpus has more.
DECIMALS = 4
#: Where y of a row says that it counts upwards, and downwards.
UPWARDS = {"up": -1.0, "down": 1.0}


def samples_of(
    source: Path, counts: Counter[str], to_sample: Callable[[dict[str, Any]], dict[str, Any]], finer: float = 1.0
) -> Iterator[tuple[dict[str, Any], Sample]]:
    """Each row that can be read, and its sample with x and y; the others are counted.

    Parameters
    ----------
    to_sample : the fields of the sample that a row states (writer, text …). Raises KeyError, TypeError or ValueError
        where the row lacks one.
    finer : x and y of ink whose values are no whole numbers are given in units so many times smaller.
    """
    for line in lines(source, ".jsonl"):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            strokes = [xy_of(stroke) for stroke in row["strokes"]]
            turn = UPWARDS[row["y"]]
            fields = to_sample(row)
        except (KeyError, TypeError, ValueError, RecursionError):
            counts["lines that cannot be read"] += 1
            continue
        kept = [stroke * [1.0, turn] for stroke in strokes if len(stroke)]
        if sum(map(len, kept)) < MIN_POINTS:
            counts["samples without ink"] += 1
            continue
        if finer != 1.0 and any((stroke % 1 != 0).any() for stroke in kept):
            kept = [stroke * finer for stroke in kept]
            counts["samples with fractions, given in smaller units"] += 1
        ink = ink_from_strokes(kept, notes={"empty strokes": len(strokes) - len(kept)})
        corpus = source.name.removesuffix(".tar.xz")
        yield row, Sample(as_cached(device_oddities(ink)), format=corpus, origin="genuine", **fields)


def xy_of(stroke: Any) -> NDArray[np.float64]:
    """Positions (n, 2) of a stroke. Raises ValueError or TypeError where its x and y are no finite numbers, as many."""
    x, y = (np.asarray(channel, np.float64) for channel in stroke[:2])
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError("x and y differ in length")
    points = np.round(np.stack([np.cumsum(x), np.cumsum(y)], axis=1), DECIMALS)
    if not np.isfinite(points).all():
        raise ValueError("a position is not finite")
    # Minus zero is zero.
    return np.asarray(points + 0.0, np.float64)


def words_stated(value: Any, otherwise: str) -> str:
    """A field that is text, or what is said otherwise where it is missing."""
    return str(value) if value not in (None, "") else otherwise
