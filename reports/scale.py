"""The verbal scale: words for ranges of the likelihood ratio, as data.

A result carries its own in ``settings["verbal_scale"]``, else ENFSI 2015 holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from datasets.errors import UnreadableFileError


@dataclass(frozen=True)
class VerbalScale:
    """Words for ranges of the likelihood ratio.

    Attributes
    ----------
    source : where the scale comes from, printed beside it.
    steps : (log10 of the lower edge, words), rising from 0; each range includes its lower edge. Below 1 the same
        edges hold for 1/LR.
    """

    source: str
    steps: tuple[tuple[float, str], ...]

    def __post_init__(self) -> None:
        edges = [edge for edge, _ in self.steps]
        if not edges or edges[0] != 0 or edges != sorted(set(edges)) or not all(map(math.isfinite, edges)):
            raise ValueError("a verbal scale needs rising, finite edges that begin at LR 1")

    def strength(self, log10_lr: float) -> str:
        """Words for the size of the support, whichever proposition it goes to; LR 1 has none of them."""
        return [name for edge, name in self.steps if edge <= abs(log10_lr)][-1]

    def as_setting(self) -> str:
        """One line that ``scale_from_setting`` reads back, edges as LR: ``source | 1 = weak | 10 = moderate``."""
        return " | ".join([self.source, *(f"{10**edge:.12g} = {name}" for edge, name in self.steps)])

    def in_full(self) -> str:
        """The whole scale in one sentence."""
        edges = [f"{10**edge:,.12g}" for edge, _ in self.steps]
        names = [name for _, name in self.steps]
        ranges = [f"{a}–{b} {name}" for a, b, name in zip(edges, edges[1:], names, strict=False)]
        return (
            f"1 no support either way; {'; '.join(ranges)}; from {edges[-1]} {names[-1]} support for H1 over H2. "
            "Lower edges belong to the range; below 1 the same holds of 1/LR for H2 over H1."
        )


#: ENFSI guideline for evaluative reporting in forensic science (2015), table of verbal equivalents.
ENFSI_2015 = VerbalScale(
    "ENFSI guideline for evaluative reporting, 2015",
    (
        (0.0, "weak (practically no)"),
        (math.log10(2), "weak"),
        (1.0, "moderate"),
        (2.0, "moderately strong"),
        (3.0, "strong"),
        (4.0, "very strong"),
        (6.0, "extremely strong"),
    ),
)


def scale_from_setting(settings: Mapping[str, str]) -> VerbalScale:
    """The scale in ``settings["verbal_scale"]``, or ENFSI 2015; raises UnreadableFileError for one that is broken."""
    text = settings.get("verbal_scale", "")
    if not text:
        return ENFSI_2015
    source, *parts = (part.strip() for part in text.split("|"))
    try:
        pairs = [part.split("=", 1) for part in parts]
        return VerbalScale(source, tuple((math.log10(float(edge)), name.strip()) for edge, name in pairs))
    except ValueError as error:
        advice = 'Write it as "source | 1 = weak | 10 = moderate".'
        raise UnreadableFileError("setting verbal_scale", f"{error}.", advice) from error


def words(log10_lr: float, scale: VerbalScale = ENFSI_2015) -> str:
    """Verbal equivalent of a log10 LR: "moderate support for H1 over H2"; exactly 1 is "no support either way"."""
    if log10_lr == 0:
        return "no support either way"
    return f"{scale.strength(log10_lr)} support for {'H1 over H2' if log10_lr > 0 else 'H2 over H1'}"
