"""A result in lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gan.writing.rarity import rare_characters
from reports.findings import Comparison, Item, LikelihoodRatio, Simulation
from reports.imitated import Imitation, Retraining
from reports.method_text import LETTERS
from reports.occasions import OCCASIONS

#: Files of a side that are named one by one.
MOST_FILES = 20


def printable(text: str) -> str:
    """The text with signs that would disturb a terminal (control, direction, half a character) as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Both sides, then what was found: value, words, bounds, warnings."""
    for role in ("questioned", "known"):
        yield from _side(role, [item for item in found.items if item.role == role])
    if found.questioned_text or found.known_text:
        yield f"letters     {found.settings[LETTERS.lower()]}"
    if OCCASIONS in found.settings:
        yield f"occasions   {found.settings[OCCASIONS]}"
    yield from _value(found.lr)
    if found.authenticity is not None and found.authenticity.items:
        values = (f"{one.label} {one.log10_lr:+.2f}" for one in found.authenticity.items[:MOST_FILES])
        yield f"person      log10 LR of a person against a machine: {', '.join(values)}"
    if found.simulation is not None:
        yield from _simulated(found.simulation)
    for warning in found.warnings:
        yield f"warning     {printable(str(warning))}"


def _simulated(found: Simulation) -> Iterator[str]:
    """H1 against H3, and how the imitations of the known writer did."""
    yield f"H1 : H3     log10 LR {found.lr.log10_lr:+.2f}, {found.lr.words}; H3: a machine imitated the known writer"
    taken = sum(one.log10_lr > 0 for one in found.imitations)
    yield f"imitations  {len(found.imitations)}, of which {taken} are taken for the known writer's (LR above 1)"


def _side(role: str, items: Sequence[Item]) -> Iterator[str]:
    for number, item in enumerate(items[:MOST_FILES]):
        yield f"{'' if number else role:11} {item.label:4} {printable(item.file)}"
    if len(items) > MOST_FILES:
        yield f"{'':11} … and {len(items) - MOST_FILES} more, {len(items)} files in all"


def _value(lr: LikelihoodRatio) -> Iterator[str]:
    yield f"log10 LR    {lr.log10_lr:+.2f}{_interval(lr)}"
    if lr.bound_hit:
        end, by = lr.bound_hit.split(": ")
        least = "at least" if end == "upper" else "at most"
        cut = "" if lr.bound_share is None else f"; {lr.bound_share:.0%} of the redraws reach a limit"
        yield f"            {least} this: the {end} limit of what the calibration supports ({by}){cut}"
        known = lr.unbounded_low is not None and lr.unbounded_high is not None
        within = f" [{lr.unbounded_low:+.2f}, {lr.unbounded_high:+.2f}]" if known else ""
        yield f"            before the limit: {lr.unbounded:+.2f}{within}"
    yield f"            {lr.words}"
    yield f"limits      {lr.lower_bound:+.2f} to {lr.upper_bound:+.2f}"


def _interval(lr: LikelihoodRatio) -> str:
    """The interval of the stated value, but where the limit leaves nothing of it."""
    low, high = f"{lr.low:+.2f}", f"{lr.high:+.2f}"
    return "" if lr.bound_hit and low == high else f"   (95 % {low} to {high}, over calibration writers only)"


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
        not_used = "learnt from only" if item.learnt_from else "not used: the files before it are enough"
        used = "" if item.primed_with else f"   ({not_used})"
        yield f"{'' if number else 'known':9} {printable(item.file)}{used}"
    if len(first.known) > MOST_FILES:
        yield f"{'':9} … and {len(first.known) - MOST_FILES} more, {len(first.known)} recordings in all"
    if first.retraining:
        yield f"learnt    {_learnt(first.retraining)}"
    if first.prime_read is not None:
        yield f"read      {printable(first.prime_text)}"
        yield f"warning   this is read, {first.prime_read:.0%} sure, not stated: where it is wrong, give --known-text"
    if first.prime_gain < least_gain:
        yield f"warning   the known ink hardly reads as {first.prime_text!r}: check --known-text; the hand may be lost"
    for record in records:
        for line in record.lines:
            if not line.ended and all_points:
                yield f"warning   sample {record.number}: it did not come to the end of {line.text!r}"


def _learnt(found: Retraining) -> str:
    lines = f"{found.lines} known line{'s' * (found.lines != 1)}, {found.updates} updates"
    if found.nats_before is None or found.nats_after is None:
        return f"{lines}; too few lines to hold one out and see whether it helped"
    return f"{lines}; a line that was held out: {found.nats_before:+.3f} to {found.nats_after:+.3f} nats a point"


def written(files: Iterable[tuple[str, Path | None]]) -> Iterator[str]:
    """What was written where; None was not asked for."""
    for name, file in files:
        if file:
            yield f"{name:11} {printable(str(file))}"
