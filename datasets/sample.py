"""Sample: ink with where it came from. Exhibit: samples said to be by one hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datasets.ink import Ink

Origin = Literal["genuine", "forgery", "generated", "unknown"]


@dataclass(frozen=True)
class Sample:
    """One recording and its origin; None where it is not known.

    Attributes
    ----------
    ink : the recording.
    file, sha256, format : path as given, SHA-256 (64 hex digits) of the file's bytes, name of the reader.
    writer, text, form, line, sitting, device : identity as the file or corpus states it.
    split : the corpus's own split, where it has one.
    origin : genuine, forgery, generated or unknown.
    left_out : strokes that were taken out of ``ink`` as no writing; None where none were.
    """

    ink: Ink
    file: str = ""
    sha256: str = ""
    format: str = ""
    writer: str | None = None
    text: str | None = None
    form: str | None = None
    line: str | None = None
    sitting: str | None = None
    device: str | None = None
    split: str | None = None
    origin: Origin = "unknown"
    left_out: Ink | None = None


@dataclass(frozen=True)
class Exhibit:
    """Samples said to be by one hand, with the label they carry in the case (Q1, K1 …).

    ``text`` : what all of its ink says, in the order of the samples, where the examiner states it; else empty. What
    files say of themselves counts for nothing here. Raises ValueError where there is no sample.
    """

    label: str
    samples: tuple[Sample, ...]
    text: str = ""

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError(f"exhibit {self.label} has no sample")
