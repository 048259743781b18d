"""What was found on whether a person or a machine made the ink. Log-likelihood ratios are base 10, person : machine."""

from __future__ import annotations

from dataclasses import dataclass

from reports.performance import Figure, Rate
from reports.schema import make_displayable


@dataclass(frozen=True)
class MachineFamily:
    """A family of machines that a reference holds, and how well lines of it are told from people's by networks that
    never saw a machine of the family: area under the ROC curve, 0.5 by chance, 1 always.

    Attributes
    ----------
    both : with time, movement and shape together. shape : without time. None where no network was kept from it.
    """

    name: str
    lines: int
    both: Figure | None
    shape: Figure | None


@dataclass(frozen=True)
class MachineReference:
    """The people and machines behind the values.

    Attributes
    ----------
    people, lines : whose real lines, and how many. alarms : people with a line of LR 1/10 or less (a machine's, it
        says), of all; share_of_lines : of all lines; worst_donor : the greatest such share of one donor's lines, of
        those with 30 or more. Each donor's lines are placed among the other donors' alone.
    weights_sha256 : of the networks.
    """

    people: int
    lines: int
    families: tuple[MachineFamily, ...]
    alarms: Rate
    share_of_lines: float
    worst_donor: float
    weights_sha256: str


@dataclass(frozen=True)
class ItemAuthenticity:
    """Person against machine, of one item.

    Attributes
    ----------
    label : of the item. n_lines : lines that were long and fine enough to be looked at.
    log10_lr, low, high : of the mean over its lines, and the middle 95 % over drawings of people and machines.
    lower_bound, upper_bound : what these people and machines can support. words : verbal equivalent.
    movement, shape : the value of that part alone; None where there is no time.
    lines : value of each line of the item, in the order they are drawn in; None where it is too short or too coarse.
    """

    label: str
    n_lines: int
    log10_lr: float
    low: float
    high: float
    lower_bound: float
    upper_bound: float
    words: str
    movement: float | None
    shape: float | None
    lines: tuple[float | None, ...]

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class AuthenticityFound:
    """Person against machine in a case: the items that have a line long enough, and what the values rest on."""

    items: tuple[ItemAuthenticity, ...]
    reference: MachineReference
    reference_sha256: str
