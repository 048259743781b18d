"""What shapes a pair of networks; apart from them, since it is read before Keras is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PairConfig:
    """What shapes a pair; stored with its weights. ``characters`` are its classes, in order."""

    characters: str
    kind: Literal["plain", "conditional"] = "conditional"
    noise: int = 32
    #: Channels of the generator at 7 and at 14 pixels, and of the discriminator at 14, 7 and 7.
    drawn: tuple[int, int] = (64, 48)
    seen: tuple[int, int, int] = (32, 64, 96)
