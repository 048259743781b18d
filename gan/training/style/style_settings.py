"""What shapes a training of the style head, besides the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 40.0
    peak_rate: float = 1.5e-3
    warm_up: float = 0.03
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    average: float = 0.998
    scale: float = 24.0
    margin: float = 0.2
    #: Steps of a crop, with the number of crops per batch that costs about the same.
    crops: tuple[tuple[int, int], ...] = ((160, 192), (240, 128), (320, 96), (480, 64))
    #: Chance that a crop comes from a corpus; within it, from any of its people alike.
    shares: tuple[tuple[str, float], ...] = (
        ("iam-ondb", 0.52),
        ("unipen", 0.3),
        ("ibm-ub-1", 0.08),
        ("digilets", 0.04),
        ("unipen-isolated", 0.06),
    )
    #: Weight of the loss on letters beside that on all of a crop, and the groups that a crop's letters are dealt to.
    letter_weight: float = 0.5
    letter_groups: int = 3
    #: Chance that a crop loses its time channel.
    without_time: float = 0.4
    #: Chance that a crop is seen as by a coarse or slow device.
    coarse: float = 0.3
    #: Chance that a crop is mirrored, which makes it the ink of other virtual writers.
    mirrored: float = 0.35
    #: Deviation of the log size: the writing height of a single line differs by 14 % from that of its sheet.
    size: float = 0.13
    #: Deviations of the log stretch and the slant of a whole crop, as one hand differs from day to day.
    stretch: float = 0.08
    slant: float = 0.1
    #: A crop comes from at most so many places of a writer's ink.
    places: int = 4
    #: How much ink wanders from place to place, see ``augmentation.wandered``.
    wander: float = 0.04
    #: Share of the steps that are blanked.
    blanked: float = 0.1
    training_parts: tuple[str, ...] = ("training",)
    #: Chance that a crop is smoothed and loses the ends of its strokes, as some devices make it.
    dulled: float = 0.25
    #: Donors whose people are left out; "iam" is IAM-OnDB.
    without: tuple[str, ...] = ()
    #: Sizes of the network that differ from those of ``DiscriminatorConfig``.
    sizes: dict[str, Any] = field(default_factory=dict)
    #: Processes that make crops, for a training on an accelerator; 0 makes them in a thread beside it.
    workers: int = 0
    seed: int = 1
