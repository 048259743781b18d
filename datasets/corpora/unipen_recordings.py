"""Recordings of the UNIPEN release: its files found, includes resolved within it, ink read once.

A file of ``data/`` holds the segments of one category and includes header and ink from ``include/``. Up to three
categories name the same ink: such files are one recording.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.corpora.archive import members
from datasets.errors import UnreadableFileError
from datasets.readers.unipen.components import UnipenDocument, parse_unipen
from datasets.readers.unipen.document import decode
from datasets.readers.unipen.segments import Segment

#: data/<category>/<donor>/…, the category with a letter where there are several of single characters.
_SEGMENT_FILE = re.compile(r"data/\d{1,9}[a-z]?/[^/]+/.+")
#: Lists of words that are included for recognisers; they hold no ink and nothing is said about it.
_LEXICA = (".lex", ".freq")
#: Headers: where one is missing, the ink is x and y of unknown resolution and rate.
_HEADER = ".doc"


@dataclass(frozen=True)
class SegmentFile:
    """A file of ``data/``: its path in the release, the donor in it, and its segments as they stand."""

    name: str
    donor: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Recording:
    """Ink with its header, and the files whose segments number its components: texts first, then words."""

    document: UnipenDocument
    files: tuple[SegmentFile, ...]


class Release:
    """The files under ``source``: an archive (below ``top``) or a folder that holds ``data/`` and ``include/``.

    Attributes
    ----------
    counts : what was found and what was wrong → how many; complete after ``recordings``.
    missing : included files that the release lacks.

    Raises UnreadableFileError for a damaged archive.
    """

    def __init__(self, source: Path, top: str = "") -> None:
        self._files = {name.removeprefix(f"{top}/"): data for name, data in members(source, ("",))}
        self.counts: Counter[str] = Counter()
        self.missing: set[str] = set()

    def recordings(self) -> Iterator[Recording]:
        """Recordings one by one; files whose ink is not all there or cannot be read are counted and left out."""
        for files in self._by_ink():
            first = files[0].name
            try:
                document = parse_unipen(self._text(first), first, self._include)
            except UnreadableFileError:
                self.counts["files that cannot be read"] += len(files)
                continue
            absent = document.missing_includes
            self.missing.update(absent)
            self.counts["included files missing"] += len(absent) * len(files)
            # Where the ink has a gap, its components have other numbers than the segments mean.
            if not document.components or not all(target.endswith(_HEADER) for target in absent):
                self.counts["files without ink"] += len(files)
                continue
            self.counts["files without header"] += len(files) if absent else 0
            yield Recording(document, files)

    def _by_ink(self) -> list[tuple[SegmentFile, ...]]:
        """Files of ``data/`` that include the same, put together."""
        groups: dict[tuple[str, ...], list[SegmentFile]] = defaultdict(list)
        for name in sorted(filter(_SEGMENT_FILE.fullmatch, self._files), key=texts_first):
            self.counts["ink files"] += 1
            try:
                outline, included = _outline(self._text(name), name)
            except UnreadableFileError:
                self.counts["files that cannot be read"] += 1
                continue
            # Headers first: one donor's stands before the ink in one category and behind it in another.
            key = (*sorted(included, key=self._holds_ink), name if outline.components else "")
            groups[key].append(SegmentFile(name, name.split("/")[2], outline.segments))
        return [tuple(files) for files in groups.values()]

    def _holds_ink(self, target: str) -> bool:
        return b".PEN_DOWN" in self._files.get(f"include/{target}", b"")

    def _text(self, path: str) -> str:
        return decode(self._files[path])

    def _include(self, target: str) -> str | None:
        """Text of an included file, empty for a lexicon, None where the release lacks it."""
        if target.endswith(_LEXICA):
            return ""
        path = f"include/{target}"
        return self._text(path) if path in self._files else None


def texts_first(name: str) -> tuple[int, str]:
    """Sort key of a file of ``data/``: the categories of texts have the higher numbers."""
    return -int(re.sub(r"\D", "", name.split("/")[1])), name


def _outline(text: str, name: str) -> tuple[UnipenDocument, list[str]]:
    """A file of segments without what it includes, and the names of that, lexica left out."""
    included: list[str] = []

    def note(target: str) -> str:
        if not target.endswith(_LEXICA):
            included.append(target)
        return ""

    return parse_unipen(text, name, note), included
