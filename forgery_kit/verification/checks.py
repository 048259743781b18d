"""What a verification says: a line for each thing that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["agrees", "differs", "not checked"]


@dataclass(frozen=True)
class Check:
    """``name`` : what was looked at. ``text`` : what was found, a sentence without its full stop."""

    name: str
    outcome: Outcome
    text: str


def check_lines(checks: Sequence[Check]) -> list[str]:
    """A line each, for a terminal."""
    return [f"{one.outcome:12} {one.name:11} {one.text}" for one in checks]


#: What a report that agrees throughout proves, by whether it is signed.
SIGNED = (
    "The signature shows that whoever holds the key of its certificate signed these very bytes. Whether that is who "
    "the certificate names, compare its SHA-256 with one that you have from that person."
)
UNSIGNED = (
    "Without a signature this shows that the numbers and pages follow from the ink and the settings that stand in the "
    "file. It does not show who made it, that the ink is that of the files it names, nor that names, dates and notes "
    "are as they were written: who replaces the ink, or rewrites those, and computes every hash again is not found out."
)
