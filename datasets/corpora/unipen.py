"""UNIPEN train_r01_v07 (Guyon et al. 1994): words and texts of many donors' writers, devices and rates.

Files are read as ``readers.unipen`` reads one; what is the release's own is here: where a word and a text hold the
same ink the word is left out, the same people under several donors are merged, and names become pseudonyms (donor
and a running number).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.cache import TICKS_PER_SECOND, TICKS_PER_UNIT, file_key, read_samples, write_samples
from datasets.corpora.unipen_recordings import Recording, Release, texts_first
from datasets.errors import MissingResourceError, UnreadableFileError
from datasets.ink import Ink
from datasets.limits import MIN_POINTS
from datasets.readers.unipen.document import components_ink
from datasets.sample import Sample

ARCHIVE = "train_r01_v07-words-and-text.tar.xz"
PARSER_VERSION = "3"
#: Donors that recorded the same people; only apb against apd and ape is a change of device and occasion.
SAME_PEOPLE = {"cee": "ced", "cec": "cea", "apd": "apb", "ape": "apb"}
TWO_DEVICE_DONORS = ("apb", "apd", "ape")
#: Signs in a donor's labels that nobody wrote: kai marks a ligature between letters (``\@`` in its files).
LIGATURES = {"kai": "@"}
#: Levels of segments that become samples, in this order.
LEVELS = ("TEXT", "WORD")


class Unipen:
    """The corpus under ``root``: a folder with its archive, or with ``data/`` and ``include/`` extracted.

    Attributes
    ----------
    samples : one Sample a word or text; ``writer`` is a pseudonym such as ced-007 (one person over all donors),
        ``device`` the donor whose tablet it was, ``form`` the ink file (numbered), ``line`` text or word.
    counts : what was found and what was wrong → how many.
    """

    def __init__(self, root: str | Path, cache: str | Path | None = None) -> None:
        """Raises MissingResourceError where the corpus is missing, UnreadableFileError for a damaged archive."""
        self.root = Path(root)
        if (self.root / "unipen").is_dir():
            self.root = self.root / "unipen"
        source = self.root if (self.root / "include").is_dir() else self.root / ARCHIVE
        if not source.exists():
            raise MissingResourceError(str(root), "there is no UNIPEN here.", f"Give the folder that holds {ARCHIVE}.")
        key = PARSER_VERSION + (file_key(source) if source.is_file() else "folder")
        packed = Path(cache) / "unipen.fkcache" if cache and source.is_file() else None
        cached = read_samples(packed, key) if packed else None
        if cached:
            self.samples, extra = cached
            self.counts, self.missing = extra["counts"], extra["missing"]
        else:
            self._parse(source)
            if packed:
                write_samples(packed, self.samples, key, {"counts": self.counts, "missing": self.missing})

    def _parse(self, source: Path) -> None:
        release = Release(source)
        found: list[tuple[str, str, Sample]] = []
        for recording in release.recordings():
            person = person_of(recording)
            for sample in recording_samples(recording, LEVELS, release.counts):
                found.append((SAME_PEOPLE.get(str(sample.device), str(sample.device)), person, sample))
        self.samples = pseudonymous(found)
        counts = release.counts
        counts["samples"] = len(self.samples)
        counts["points"] = sum(len(s.ink) for s in self.samples)
        counts["people"] = len({s.writer for s in self.samples})
        counts["donors"] = len({s.device for s in self.samples})
        self.counts = dict(counts)
        self.missing = {f"file {i}": target for i, target in enumerate(sorted(release.missing), 1)}

    def info(self) -> dict[str, int | str]:
        """What the corpus holds and what is wrong with it, for printing."""
        return {**self.counts, **{f"missing: {name}": target for name, target in self.missing.items()}}


def two_device_people(samples: list[Sample]) -> set[str]:
    """Writers recorded on the Wacom tablet (apb, 1992) and on the Newton (apd or ape, 1994)."""
    donors = defaultdict(set)
    for sample in samples:
        donors[sample.writer].add(sample.device)
    return {str(w) for w, d in donors.items() if "apb" in d and d & {"apd", "ape"}}


def recording_samples(recording: Recording, levels: Sequence[str], counts: Counter[str]) -> Iterator[Sample]:
    """Segments of a recording, each component in one of them only; what is left out is counted."""
    taken: set[int] = set()
    for file in recording.files:
        for segment in (s for level in levels for s in file.segments if s.level == level):
            try:
                pieces = recording.document.pieces(segment)
            except ValueError:
                counts["segments beyond the ink"] += 1
                continue
            numbers = {piece.number for piece in pieces}
            if taken & numbers:
                counts["segments whose ink is in another"] += 1
                continue
            taken |= numbers
            if sum(len(piece.points) for piece in pieces if piece.pen_down) < MIN_POINTS:
                counts["segments masked or empty"] += 1
                continue
            try:
                ink = components_ink(recording.document, pieces, file.name)
            except UnreadableFileError:
                counts["segments that cannot be read"] += 1
                continue
            yield Sample(
                ink=_as_cached(ink),
                text=_text(segment.label, file.donor),
                form=file.name,
                line=segment.level.lower(),
                device=file.donor,
                format="unipen",
                origin="genuine",
            )


def _text(label: str | None, donor: str) -> str | None:
    """What was written, without the signs that the donor's labels put between letters."""
    return label.replace(LIGATURES[donor], "") if label and donor in LIGATURES else label


def _as_cached(ink: Ink) -> Ink:
    """The ink as the cache keeps it, so that both give the same: x, y, t, without pressure, rounded."""
    channels = tuple(c for c in ink.channels if c in ("x", "y", "t"))
    ticks = np.array([TICKS_PER_UNIT, TICKS_PER_UNIT, TICKS_PER_SECOND])[: len(channels)]
    points = np.stack([ink.points[:, ink.channels.index(c)] for c in channels], axis=1)
    return replace(ink, points=np.rint(points * ticks) / ticks, channels=channels)


def person_of(recording: Recording) -> str:
    """The name that equals over a person's donors: case, spaces and a session suffix _1, _2 left out."""
    stated = recording.document.headers.get("WRITER_ID", "").strip().splitlines()
    writer = stated[0] if stated else recording.files[0].name
    return re.sub(r"_[12]$", "", writer.strip().lower())


def pseudonymous(found: list[tuple[str, str, Sample]]) -> list[Sample]:
    """Samples with writers renamed to group-001 … in the order of their names, and files numbered."""
    names: dict[str, set[str]] = defaultdict(set)
    for group, person, _ in found:
        names[group].add(person)
    writers = {(g, p): f"{g}-{i:03}" for g in names for i, p in enumerate(sorted(names[g]), 1)}
    forms: dict[str, str] = {}
    result = []
    for group, person, sample in sorted(found, key=lambda f: (writers[f[:2]], texts_first(str(f[2].form)))):
        form = forms.setdefault(str(sample.form), f"file-{len(forms) + 1:05}")
        result.append(replace(sample, writer=writers[group, person], form=form))
    return result
