"""A result in lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gan.writing.rarity import rare_characters
from reports.findings import Comparison, Item, LikelihoodRatio
from reports.imitated import Imitation

#: Files of a side that are named one by one.
MOST_FILES = 20


def printable(text: str) -> str:
    """The text with signs that would disturb a terminal (control, direction, half a character) as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Both sides, then what was found: value, words, bounds, warnings."""
    for role in ("questioned", "known"):
        yield from _side(role, [item for item in found.items if item.role == role])
    yield from _value(found.lr)
    for warning in found.warnings:
        yield f"warning     {printable(str(warning))}"


def _side(role: str, items: Sequence[Item]) -> Iterator[str]:
    for number, item in enumerate(items[:MOST_FILES]):
        yield f"{'' if number else role:11} {item.label:4} {printable(item.file)}"
    if len(items) > MOST_FILES:
        yield f"{'':11} … and {len(items) - MOST_FILES} more, {len(items)} files in all"


def _value(lr: LikelihoodRatio) -> Iterator[str]:
    yield f"log10 LR    {lr.log10_lr:+.2f}   (95 % {lr.low:+.2f} to {lr.high:+.2f}, over calibration writers only)"
    yield f"            {lr.words}"
    hit = f", hit: {lr.bound_hit}" if lr.bound_hit else ""
    yield f"bounds      {lr.lower_bound:+.2f} to {lr.upper_bound:+.2f}{hit}"


def seldom_lines(text: str) -> Iterator[str]:
    """What is said before a text is written: its characters that the generator has seldom seen, the rarest first."""
    rare = rare_characters(text)
    if rare:
        named = ", ".join(f"{character} ({count})" for character, count in rare.items())
        yield f"note      seldom in the text that the generator learnt from, so wrong more often: {named}"


def imitation_lines(records: Sequence[Imitation], least_gain: float, all_points: bool) -> Iterator[str]:
    """The known files and which of them were primed with, then what went wrong.

    ``least_gain`` : nats a character below which known ink hardly reads as its text. ``all_points`` : the number of
    points was not limited, so that a line that did not end is worth a warning.
    """
    first = records[0]
    for number, item in enumerate(first.known[:MOST_FILES]):
        used = "" if item.primed_with else "   (not used: the files before it are enough)"
        yield f"{'' if number else 'known':9} {printable(item.file)}{used}"
    if len(first.known) > MOST_FILES:
        yield f"{'':9} … and {len(first.known) - MOST_FILES} more, {len(first.known)} recordings in all"
    if first.prime_gain < least_gain:
        yield f"warning   the known ink hardly reads as {first.prime_text!r}: check --known-text; the hand may be lost"
    for record in records:
        for line in record.lines:
            if not line.ended and all_points:
                yield f"warning   sample {record.number}: it did not come to the end of {line.text!r}"


def written(files: Iterable[tuple[str, Path | None]]) -> Iterator[str]:
    """What was written where; None was not asked for."""
    for name, file in files:
        if file:
            yield f"{name:11} {printable(str(file))}"
