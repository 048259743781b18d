"""What a search in a gallery found: frozen and complete, as ``reports.findings`` has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reports.findings import Calibration, Caution, Item, LikelihoodRatio
from reports.performance import ModelIdentity
from reports.schema import SCHEMA_VERSION, make_displayable


@dataclass(frozen=True)
class GalleryFile:
    """A file of a writer of the gallery, as it was when it was added."""

    file: str
    sha256: str

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class Chance:
    """Share of different-writer pairs of the reference people, at the amounts of ink of a hit, that score as high.

    ``low``, ``high`` : 95 % interval as if each of so many ``people`` had given one pair, so wide rather than narrow.
    """

    share: float
    low: float
    high: float
    people: int


@dataclass(frozen=True)
class Hit:
    """A writer of the gallery that was found.

    Attributes
    ----------
    amount : writing heights of ink in the gallery. score : natural-log LR of the back end, by which writers are ranked.
    lr, calibration : as a comparison with the same files states them; None where it states none, for the reason in
        ``refused``.
    by_chance : how many strangers would score as high; None where there is no calibration.
    not_drawn : why the ink is not among the items; empty where it is.
    """

    rank: int
    writer: str
    files: tuple[GalleryFile, ...]
    amount: float
    score: float
    lr: LikelihoodRatio | None
    calibration: Calibration | None
    by_chance: Chance | None
    warnings: tuple[Caution, ...] = ()
    refused: str = ""
    not_drawn: str = ""

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class SearchedGallery:
    """The gallery that was searched.

    Attributes
    ----------
    state : names the content of all its rows, 32 hex digits.
    how : whether all rows got the full score, or those of a shortlist, by a scan or by an index; ``shortlist`` is how
        many did.
    """

    folder: str
    writers: int
    state: str
    how: Literal["all rows", "scan", "index"]
    shortlist: int

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class Identification:
    """Questioned items against the writers of a gallery.

    Attributes
    ----------
    items : the questioned items, Q1, Q2 …, then those of the first few writers found, labelled with their rank.
    hits : by falling score. scores : rising, of all writers of the gallery or of some drawn at random.
    warnings : what holds for every one of the hits.
    """

    case: str
    examiner: str
    date: str
    items: tuple[Item, ...]
    gallery: SearchedGallery
    hits: tuple[Hit, ...]
    scores: tuple[float, ...]
    warnings: tuple[Caution, ...]
    model: ModelIdentity
    versions: dict[str, str]
    settings: dict[str, str]
    command: str
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)
