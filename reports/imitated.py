"""How a sample of generated handwriting was made: frozen, written as JSON beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from reports.schema import SCHEMA_VERSION, make_displayable


@dataclass(frozen=True)
class KnownItem:
    """A file of known writing that was imitated; whether the generator was primed with it, or learnt from it.

    The line that is held out to tell when to stop counts as learnt from.
    """

    file: str
    sha256: str
    device: str | None
    origin: str
    primed_with: bool
    learnt_from: bool = False

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class ImitatedLine:
    """One line of generated writing.

    Attributes
    ----------
    text, points : what it is to say, and how many points it has.
    ended : whether it ended by itself when its text was written.
    passed_over : characters that the generator's window never rested on; they may be missing or badly formed.
    log_likelihood : mean over its points, nats.
    text_gain : nats a character by which its ink is likelier as its text than as another; near 0 it cannot be read.
    """

    text: str
    points: int
    ended: bool
    passed_over: tuple[str, ...]
    log_likelihood: float
    text_gain: float


@dataclass(frozen=True)
class Retraining:
    """How the generator's top layer learnt a hand.

    Attributes
    ----------
    lines, updates : known lines that it learnt from, and how often its weights were moved.
    nats_before, nats_after : nats a point of a known line that was held out, by the shipped weights and by those that
        were learnt; None where there were too few lines to hold one out.
    settings : how it learnt. weights_sha256 : hash of what it learnt.
    """

    lines: int
    updates: int
    nats_before: float | None
    nats_after: float | None
    settings: dict[str, Any]
    weights_sha256: str


@dataclass(frozen=True)
class RandomText:
    """How a text came about that nobody chose: so many lines drawn from the text network, from a seed."""

    lines: int
    seed: int
    temperature: float
    model: str
    model_sha256: str


@dataclass(frozen=True)
class Imitation:
    """How one sample of generated handwriting was made: goes beside it, names all that made it.

    Attributes
    ----------
    style, known : the named style, or the known files, that it is in the hand of.
    prime_text, prime_sha256 : what the ink that the generator was primed with says, and the hash of its points.
    prime_gain : nats a character by which that ink is likelier as its text than as another; near 0 it is not its text.
    prime_read : how sure the recogniser is of that text, 0..1, where it was read; None where it was stated.
    bias, steps, seed, number : as asked for; ``number`` of this sample, from 1; steps None for no limit.
    candidates : drafts of each piece of a word, of which the best is kept.
    random_text : how the text was drawn, where nobody chose it.
    method, retraining : whether the generator was primed only, or its top layer learnt the hand before, and how.
    files : names of the files that hold the sample → their SHA-256.
    """

    text: str
    style: str
    known: tuple[KnownItem, ...]
    prime_text: str
    prime_sha256: str
    prime_gain: float
    bias: float
    steps: int | None
    seed: int
    number: int
    candidates: int
    lines: tuple[ImitatedLine, ...]
    model: str
    model_sha256: str
    versions: dict[str, str]
    command: str
    files: dict[str, str] = field(default_factory=dict)
    prime_read: float | None = None
    method: Literal["prime", "retrain"] = "prime"
    retraining: Retraining | None = None
    random_text: RandomText | None = None
    origin: Literal["generated"] = "generated"
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class Scribble:
    """How a sample of the prediction network was made, which writes no text; fields as in ``Imitation``.

    ``points`` : how many it has.
    """

    points: int
    bias: float
    seed: int
    number: int
    model: str
    model_sha256: str
    versions: dict[str, str]
    command: str
    files: dict[str, str] = field(default_factory=dict)
    origin: Literal["generated"] = "generated"
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class WrittenLine:
    """A line of a document: its page (from 1), and its baseline from the page's upper edge and its width in mm."""

    text: str
    page: int
    baseline_mm: float
    width_mm: float


@dataclass(frozen=True)
class WrittenDocument:
    """How a document of generated handwriting was made; fields as in ``Imitation``.

    Attributes
    ----------
    page, margin_mm, writing_height_mm : the page, and how large it is written on.
    missing : words that the generator left out, however often they were drawn.
    """

    text: str
    style: str
    known: tuple[KnownItem, ...]
    prime_text: str
    prime_sha256: str
    prime_read: float | None
    bias: float
    seed: int
    candidates: int
    page: str
    margin_mm: float
    writing_height_mm: float
    lines: tuple[WrittenLine, ...]
    missing: tuple[str, ...]
    model: str
    model_sha256: str
    versions: dict[str, str]
    command: str
    files: dict[str, str] = field(default_factory=dict)
    origin: Literal["generated"] = "generated"
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class EditedText:
    """How a recording was changed; fields as in ``Imitation``.

    Attributes
    ----------
    file, sha256 : the recording that was edited. text, to : what it said, and what it says now.
    new_words : those that were drawn anew, in order.
    """

    file: str
    sha256: str
    text: str
    to: str
    new_words: tuple[str, ...]
    bias: float
    seed: int
    candidates: int
    model: str
    model_sha256: str
    versions: dict[str, str]
    command: str
    files: dict[str, str] = field(default_factory=dict)
    origin: Literal["generated"] = "generated"
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)
