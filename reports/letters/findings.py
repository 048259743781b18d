"""What the letters of a comparison say, one by one: frozen, part of a result, drawn without any model."""

from __future__ import annotations

from dataclasses import dataclass

Quantiles = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class LetterInstance:
    """A letter where it stands in an item.

    Attributes
    ----------
    item : label. line : index of the line among the item's drawn ones.
    parts : (stroke of the line, first and one past the last of its drawn points) of the letter's ink.
    baseline : y on which it stands, writing heights, as the line is drawn.
    """

    item: str
    line: int
    parts: tuple[tuple[int, int, int], ...]
    baseline: float


@dataclass(frozen=True)
class LetterPlace:
    """Where a letter's score lies among those of reference people, at amounts of ink near those of the case.

    Attributes
    ----------
    same, different : 5, 25, 50, 75 and 95 % quantiles of the letter's score in pairs of one writer and of two.
    same_below, different_below : shares of these pairs in which the letter says less for one writer, 0..1.
    writers : people whose pairs these are.
    """

    same: Quantiles
    different: Quantiles
    same_below: float
    different_below: float
    writers: int


@dataclass(frozen=True)
class Letter:
    """A letter that both sides have.

    Attributes
    ----------
    text : the letter; several for a pair that is only shown.
    questioned_count, known_count : how often it was read.
    score : natural-log LR of the letter taken by itself, before it is weighed and calibrated; None where only shown.
    log10_lr : its part of the comparison's log10 LR before bounding; None as above.
    like, people : of so many reference people who wrote the letter, those whose form is like the questioned one: the
        letter alone would speak for one writer, by a score above 0. None as above.
    place : None where too few people have it.
    questioned, known : some of its instances, as they follow in the items.
    """

    text: str
    questioned_count: int
    known_count: int
    score: float | None
    log10_lr: float | None
    like: int | None
    people: int | None
    place: LetterPlace | None
    questioned: tuple[LetterInstance, ...]
    known: tuple[LetterInstance, ...]


@dataclass(frozen=True)
class LetterChart:
    """The letters of two sides.

    Attributes
    ----------
    letters : that both have and that are compared, the strongest first. groups : pairs and such, shown only.
    log10_lr : what all letters together add to the log10 LR before bounding; the sum of theirs.
    weight : what the letters' scores count in the score at these amounts of ink.
    questioned_only, known_only : letters of one side with their counts. not_compared : those of both that too few
        people wrote when the letters' measure was made.
    questioned_read, known_read : letters that were read on either side.
    questioned_legible, known_legible : whether the side is sure enough to be taken for writing that was read.
    """

    letters: tuple[Letter, ...]
    groups: tuple[Letter, ...]
    log10_lr: float
    weight: float
    questioned_only: tuple[tuple[str, int], ...]
    known_only: tuple[tuple[str, int], ...]
    not_compared: tuple[tuple[str, int], ...]
    questioned_read: int
    known_read: int
    questioned_legible: bool
    known_legible: bool
