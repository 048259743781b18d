"""Every sentence of the letter chart, beside ``wording``."""

from __future__ import annotations

from collections.abc import Sequence

from reports.letters.findings import Letter, LetterChart

LETTERS = "Letter by letter"
OVERVIEW_CAPTION = (
    "Score of each letter: natural-log LR of the letter by itself, neither weighed nor calibrated. Above 0 its two "
    "forms are more like those of one writer than of two."
)
LEAD = (
    "Each letter that both sides have, questioned (Q) above known (K), at one common writing height on its baseline, "
    "neighbours in grey, its item and line below; the strongest first, whichever way they point. A program found the "
    "letters. Of more than six, six are shown: the one read most surely in each sixth of the writing."
)
KEY = (
    "“Adds”: the score as it is weighed and calibrated with all others; it means nothing alone. “Forms like this”: "
    "reference people whose letter, against the questioned one, has a score above 0."
)
STRIP_KEY = (
    " Strip: where the letter’s score (arrow) lies among its scores in pairs of reference people, by two writers and "
    "by one; thin line 5 to 95 %, thick 25 to 75 %, tick median, and how many of 100 are lower."
)
SPACE_NOTE = "␣ stands for the gap between words, which counts as a letter and is not drawn."
NO_VALUE = "What the whole comparison is worth is not said here: `compare` states it, with its limits and warnings."
NO_CHART = (
    "There is no letter chart in this result: it was saved by a version that made none, or its reference compares all "
    "ink at once and no letters."
)
NO_LETTERS = "This reference compares all ink at once and no letters: there is no chart."
NOT_DRAWN = "none of them on a line that is drawn"
GROUPS_LEAD = "Groups of letters, for the eye only; their letters are counted above, one by one."
_NAMES = {".": "full stop", ",": "comma", '"': "quote mark"}


def glyph(text: str) -> str:
    """What stands for a letter: itself, or a sign for the gap between words."""
    return "␣" if text == " " else text


def number(value: float, digits: int = 2) -> str:
    """With its sign, a true minus, and no sign where it is shown as nothing."""
    shown = f"{value:+.{digits}f}".replace("-", "−")
    return shown[1:] if not shown.strip("+−0.") else shown


def toward(letter: Letter) -> str:
    """Which proposition a letter's score speaks for."""
    if letter.score is None or letter.score == 0:
        return "neither way"
    return "for H1" if letter.score > 0 else "for H2"


def part(letter: Letter) -> str:
    """A letter's score and its part of the value."""
    return f"score {number(letter.score or 0.0, 1)} · adds {number(letter.log10_lr or 0.0, 3)} to log10 LR"


def read_counts(letter: Letter) -> str:
    """How often it was read, and its name where the sign alone is easily overlooked."""
    if letter.text in _NAMES:
        return f"{_NAMES[letter.text]}: {letter.questioned_count} Q, {letter.known_count} K"
    return f"{letter.questioned_count} in Q, {letter.known_count} in K"


def key(chart: LetterChart) -> str:
    """What stands on the cards."""
    return KEY + (STRIP_KEY if any(letter.place for letter in chart.letters) else "")


def place_captions(item: str, line: int) -> tuple[str, str, str]:
    """Where an instance stands, from long to short, the last for items of one line; ``line`` from 0."""
    return f"{item} line {line + 1}", f"{item}, {line + 1}", item


def forms_like(letter: Letter) -> str:
    """How many reference people write it like the questioned writing; empty where it is not scored."""
    return f"forms like this: {letter.like} of {letter.people} people" if letter.people else ""


def share_below(share: float) -> str:
    """How much of one kind of pairs lies below."""
    return f"{_whole(share)} lower"


def _whole(share: float) -> str:
    """Whole percent, but 0 and 100 only where they are exact."""
    return f"{100 * share:.0f} %" if share in (0, 1) else f"{min(max(round(100 * share), 1), 99)} %"


def summary(chart: LetterChart) -> str:
    """What the letters say together."""
    for_h1 = sum((x.score or 0.0) > 0 for x in chart.letters)
    against = sum((x.score or 0.0) < 0 for x in chart.letters)
    text = (
        f"{len(chart.letters)} letters stand on both sides and are compared: {for_h1} speak for H1, {against} for H2. "
    )
    if abs(chart.log10_lr) >= 0.005:
        text += (
            f"Together they add {number(chart.log10_lr)} to the log10 LR before its limits; the rest comes from the "
            "measure of all ink at once. "
        )
    else:
        text += (
            f"Together they add next to nothing to the log10 LR ({number(chart.log10_lr, 3)}): at these amounts of ink "
            f"letters have the weight {chart.weight:.3f}, since the measure of all ink holds by then what they say. "
        )
    return text + "Computed from the same ink; not additional evidence."


def missing(chart: LetterChart) -> str:
    """Why there is no chart; empty where there is one."""
    read, legible = (chart.questioned_read, chart.known_read), (chart.questioned_legible, chart.known_legible)
    sides = ("questioned", "known")
    unread = [side for side, count in zip(sides, read, strict=True) if count == 0]
    doubtful = [side for side, count, sure in zip(sides, read, legible, strict=True) if count and not sure]
    if not unread and not doubtful:
        drawn = any(letter.text != " " for letter in chart.letters)
        both = f"{read[0]} letters were read in the questioned and {read[1]} in the known writing"
        return "" if drawn else f"{both}, but none that both have and that can be compared: there is no chart."
    parts = []
    if unread:
        parts.append(f"No letter was read in the {' and the '.join(unread)} writing")
    if doubtful:
        parts.append(
            f"{'What' if not parts else 'what'} stands in the {' and the '.join(doubtful)} writing is hardly legible "
            "to the program (another script, drawings, or a hand that it cannot read)"
        )
    text = "; ".join(parts) + ": no letters are shown."
    if chart.letters and abs(chart.log10_lr) >= 0.005:
        text += f" What it took for letters adds {number(chart.log10_lr)} to the log10 LR before its limits."
    return text


def listed(chart: LetterChart) -> list[str]:
    """The letters that are not on the chart, a sentence a kind."""
    kinds = (
        ("Only in the questioned writing", chart.questioned_only),
        ("Only in the known writing", chart.known_only),
        ("On both sides, but not compared, since too few people wrote them for a measure", chart.not_compared),
    )
    return [f"{said}: {_list(found)}." for said, found in kinds if found]


def _list(found: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{glyph(text)} ({count})" for text, count in found)
