"""What the corpora of ``more-writers`` share: found by name under a folder, parsed once, kept in a cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from datasets.cache import TICKS_PER_SECOND, TICKS_PER_UNIT, file_key, read_samples, write_samples
from datasets.corpora.archive import find_source
from datasets.errors import MissingResourceError
from datasets.ink import Ink
from datasets.sample import Sample

#: Folder of these corpora beside those of the others.
FOLDER = "more-writers"


class PackedCorpus:
    """A corpus under ``root``: a folder with its archive ``NAME.tar.xz``, or with that extracted to ``NAME/``.

    Attributes
    ----------
    samples : with pseudonyms as writers, in an order that does not change.
    counts : what was found and what was wrong → how many.
    more : what the corpus keeps beside its samples; goes through JSON.
    """

    NAME: ClassVar[str]
    #: Version of what the class makes of the archive; part of the cache's key.
    VERSION: ClassVar[str]

    def __init__(self, root: str | Path, cache: str | Path | None = None) -> None:
        """Raises MissingResourceError where the corpus is missing, UnreadableFileError for a damaged archive."""
        folder = Path(root) / FOLDER if (Path(root) / FOLDER).is_dir() else Path(root)
        source = find_source(folder, f"{self.NAME}.tar.xz", self.NAME)
        if source is None:
            raise MissingResourceError(
                str(root), f"there is no {self.NAME} here.", f"Give the folder that holds {self.NAME}.tar.xz."
            )
        key = self.VERSION + (file_key(source) if source.is_file() else "folder")
        packed = Path(cache) / f"{self.NAME}.fkcache" if cache and source.is_file() else None
        self.samples: list[Sample]
        self.counts: dict[str, int]
        self.more: dict[str, Any]
        cached = read_samples(packed, key) if packed else None
        if cached:
            self.samples, extra = cached
            self.counts, self.more = extra["counts"], extra["more"]
            return
        found: Counter[str] = Counter()
        self.samples, self.more = self._parse(source, found)
        self.counts = {
            "samples": len(self.samples),
            "people": len({s.writer for s in self.samples}),
            "strokes": sum(len(s.ink.stroke_ends) for s in self.samples),
            "points": sum(len(s.ink) for s in self.samples),
            **{name: count for name, count in sorted(found.items()) if count},
        }
        if packed:
            write_samples(packed, self.samples, key, {"counts": self.counts, "more": self.more})

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        """Samples, and what goes into ``more``; what is odd is added to the counts."""
        # Every corpus has its own; the class is never built by itself, so no more than this is asked of it.
        raise NotImplementedError

    def info(self) -> dict[str, int | str]:
        """What the corpus holds and what is wrong with it, for printing."""
        return dict(self.counts)


def as_cached(ink: Ink) -> Ink:
    """The ink as the cache keeps it, so that both give the same: x, y, t, without pressure, rounded."""
    channels = tuple(c for c in ink.channels if c in ("x", "y", "t"))
    points = np.stack([ink.points[:, ink.channels.index(c)] for c in channels], axis=1)
    # To the last bit as ``cache`` reads it: positions times a hundredth, times divided.
    points[:, :2] = np.rint(points[:, :2] * TICKS_PER_UNIT) * (1 / TICKS_PER_UNIT)
    points[:, 2:] = np.rint(points[:, 2:] * TICKS_PER_SECOND) / TICKS_PER_SECOND
    return replace(ink, points=points, channels=channels)


def count_notes(samples: Iterable[Sample], counts: Counter[str]) -> None:
    """Add the notes of all ink to the counts."""
    for sample in samples:
        counts.update(sample.ink.notes)
