"""What a gallery keeps of a writer: facts of the files for every row, from which a side is made again without ink."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.ink import Ink
from datasets.sample import Exhibit, Origin, Sample
from forgery_kit.examination.copies import Files
from forgery_kit.examination.same_recording import Side
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.sides import Ready
from forgery_kit.likelihood.typicality import typicality
from reports.findings import LikelihoodRatio
from reports.saved import build

#: Stands for ink that a gallery does not keep; what compares sides looks at the notes of ink only.
_POINT = np.zeros((1, 2))
Half = NDArray[np.float16]


@dataclass(frozen=True)
class StoredSample:
    """One recording of a writer: its file and what a reader of a likelihood ratio must know of it."""

    path: str
    sha256: str
    format: str
    device: str | None
    form: str | None
    origin: Origin
    channels: tuple[str, ...]
    notes: dict[str, int]


@dataclass(frozen=True)
class Entry:
    """A writer of a gallery.

    Attributes
    ----------
    samples : the recordings, in the order of the files. sheets : names of the files or forms that are one trace each.
    faults, agreement : as in ``sides.Ready``.
    """

    writer: str
    samples: tuple[StoredSample, ...]
    sheets: tuple[str, ...]
    faults: int
    agreement: LikelihoodRatio | None

    @property
    def hashes(self) -> frozenset[str]:
        """SHA-256 of its files."""
        return frozenset(sample.sha256 for sample in self.samples)

    @property
    def files(self) -> dict[str, str]:
        """Path → SHA-256, in order."""
        return {sample.path: sample.sha256 for sample in self.samples}


@dataclass(frozen=True, eq=False)
class Row:
    """A writer as it is stored.

    Attributes
    ----------
    vector : (k,) embedding of all ink along the directions of the PLDA, without time. letters : (width,) what stands
        behind an embedding. steps : feature steps. amount : writing heights.
    """

    vector: Half
    letters: Half
    steps: int
    amount: float
    entry: Entry


def to_line(entry: Entry) -> bytes:
    """An entry as a line of JSON."""
    return json.dumps(asdict(entry), sort_keys=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Entry:
    """What ``to_line`` wrote. Raises TypeError or ValueError where it is no entry."""
    found: Entry = build(Entry, json.loads(line), "entry")
    if not found.samples or not found.sheets:
        raise ValueError("an entry has no file")
    return found


def row_of(writer: str, side: Ready, judge: Judge) -> Row:
    """The row of a side that was prepared without time. Raises ValueError where float16 cannot hold it."""
    back_end = judge.reference.back_end[False]
    embedding, letters = back_end.split(side.vectors[False])
    halves = [part[0].astype(np.float16) for part in (back_end.plda.transform(embedding), letters)]
    if not all(np.isfinite(part).all() for part in halves):
        raise ValueError("its embedding is beyond float16")
    samples = tuple(
        StoredSample(s.file, s.sha256, s.format, s.device, s.form, s.origin, s.ink.channels, dict(s.ink.notes))
        for s in side.exhibit.samples
    )
    entry = Entry(writer, samples, side.files.names, side.faults, side.agreement)
    return Row(halves[0], halves[1], side.steps, side.amount, entry)


def lifted(vectors: NDArray[np.float16], letters: NDArray[np.float16], judge: Judge) -> NDArray[np.float64]:
    """Vectors (n, d + width) that the back end takes for those that rows (n, k) and (n, width) were made of."""
    plda = judge.reference.back_end[False].plda
    # The directions are independent, so that what is projected comes out as it went in.
    back: NDArray[np.float64] = judge.once("gallery-lift", lambda: np.linalg.pinv(plda.project))
    return np.hstack([plda.mean + vectors.astype(np.float64) @ back, letters.astype(np.float64)])


def ready_of(row: Row, judge: Judge) -> Ready:
    """The side that a row was made of, for ``scoring.score``: with everything but its ink."""
    vector = lifted(row.vector[None], row.letters[None], judge)[0]
    samples = _samples(row.entry.samples)
    return Ready(
        exhibit=Exhibit(row.entry.writer, samples),
        traces=(),
        amount=row.amount,
        steps=row.steps,
        timed=False,
        hashes=row.entry.hashes,
        vectors={False: vector},
        faults=row.entry.faults,
        typicality=typicality(judge, vector, row.steps, False),
        agreement=row.entry.agreement,
        files=Files(row.entry.sheets, Side([])),
    )


def _samples(stored: Sequence[StoredSample]) -> tuple[Sample, ...]:
    return tuple(
        Sample(
            ink=Ink(_POINT, np.array([1]), np.array([True]), notes=one.notes),
            file=one.path,
            sha256=one.sha256,
            format=one.format,
            form=one.form,
            origin=one.origin,
            device=one.device,
        )
        for one in stored
    )
