"""The letter chart of a comparison: what each letter that both sides have says, and where it stands.

A letter's part of the log10 LR is its score (the natural-log LR of its own PLDA, ``likelihood.letters``) times the
weight of letters in the fused score at these amounts of ink times the slope of the calibration. It is not a likelihood
ratio of the letter's own: the parts of all letters add up to what letters add to the log10 LR before bounding, no more.
With much ink that weight is small or nothing, since the measure of all ink knows by then what the letters say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from forgery_kit.examination.letter_people import forms_like, letter_scores
from forgery_kit.examination.placed_letters import PlacedLetter, placed_letters
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.scoring import Scored
from forgery_kit.likelihood.sides import Ready
from gan.judging.seen import SURE
from gan.writing.alphabet import CHARACTERS
from reports.findings import Item
from reports.letters.findings import Letter, LetterChart, LetterInstance

#: Instances of a letter that are shown of each side.
SHOWN = 6
#: Groups of letters that are shown too; their letters are scored one by one.
GROUPS = ("th", "er", "ing")
#: Mean confidence of what is read below which a side is not taken for writing that was read. The lowest of 20 pieces
#: of selection people's writing was 0.94 (IAM-OnDB), 0.82 (UNIPEN), and 0.87 of notes (IBM-UB); the highest of 20
#: pieces of Persian, which cannot be read, 0.61.
LEGIBLE = 0.7


def letter_chart(
    judge: Judge, sides: tuple[Ready, Ready], found: Scored, items: tuple[Sequence[Item], Sequence[Item]]
) -> LetterChart | None:
    """The letters of two sides that were scored; None for a reference without letters.

    ``sides`` questioned and known, ready for each other (``sides.comparable``). ``items`` as they are drawn.
    """
    q, k = sides
    back_end = judge.reference.back_end[found.with_time]
    model = back_end.letters
    if model is None:
        return None
    read = [placed_letters(judge, side, shown, found.with_time) for side, shown in zip(sides, items, strict=True)]
    legible = [_legible(one) for one in read]
    of_side = [_by_letter([x for x in one if x.confidence >= SURE]) for one in read]
    held = [back_end.split(side.vectors[found.with_time])[1] for side in sides]
    counts = [model.counts(one, side.steps)[0] for one, side in zip(held, sides, strict=True)]
    scores = model.by_letter(held[0], q.steps, held[1], k.steps)[0]
    weight = float(back_end.weight(q.steps, k.steps))
    parts = scores * weight * found.calibration.slope
    like, people = forms_like(judge, q.vectors[found.with_time], q.steps, found.with_time)
    among = None if found.kind == "unlike" else letter_scores(judge, found.levels, found.kind)
    letters = []
    for row in np.argsort(-np.abs(scores), kind="stable"):
        if min(one[row] for one in counts) <= 0:
            continue
        character = CHARACTERS[model.classes[row] - 1]
        shown = [_some(one.get(character, [])) if all(legible) else () for one in of_side]
        letters.append(
            Letter(
                text=character,
                questioned_count=max(round(float(counts[0][row])), 1),
                known_count=max(round(float(counts[1][row])), 1),
                score=float(scores[row]),
                log10_lr=float(parts[row]),
                like=int(like[row]),
                people=int(people[row]),
                place=None if among is None else among.place(int(row), float(scores[row])),
                questioned=shown[0],
                known=shown[1],
            )
        )
    compared = {CHARACTERS[c - 1] for c in model.classes}
    seen = [{c: len(x) for c, x in one.items() if c != " "} for one in of_side]
    both = seen[0].keys() & seen[1].keys()
    return LetterChart(
        letters=tuple(letters),
        groups=tuple(_groups(read)) if all(legible) else (),
        log10_lr=float(parts.sum()),
        weight=weight,
        questioned_only=_counted({c: n for c, n in seen[0].items() if c not in seen[1]}),
        known_only=_counted({c: n for c, n in seen[1].items() if c not in seen[0]}),
        not_compared=_counted({c: seen[0][c] + seen[1][c] for c in both - compared}),
        questioned_read=sum(seen[0].values()),
        known_read=sum(seen[1].values()),
        questioned_legible=legible[0],
        known_legible=legible[1],
    )


def _legible(read: Sequence[PlacedLetter]) -> bool:
    """Whether a side is sure enough to be taken for writing that was read."""
    found = [one.confidence for one in read if one.character != " "]
    return bool(found) and float(np.mean(found)) >= LEGIBLE


def _by_letter(read: Sequence[PlacedLetter]) -> dict[str, list[PlacedLetter]]:
    found: dict[str, list[PlacedLetter]] = {}
    for one in read:
        found.setdefault(one.character, []).append(one)
    return found


def _some(letters: Sequence[PlacedLetter]) -> tuple[LetterInstance, ...]:
    """Up to ``SHOWN`` of the instances that are drawn, from all parts of the writing: of as many equal stretches of
    them, in the order of writing, the one that was read most surely. Their likeness to others plays no part."""
    drawn = [(one.confidence, one.instance) for one in letters if one.instance is not None]
    edges = np.linspace(0, len(drawn), min(len(drawn), SHOWN) + 1).round().astype(int)
    chosen = (max(drawn[a:b], key=lambda pair: pair[0]) for a, b in pairwise(edges))
    return tuple(instance for _, instance in chosen)


def _groups(read: Sequence[Sequence[PlacedLetter]]) -> list[Letter]:
    """Groups that both sides have, for the eye only."""
    found = []
    for text in GROUPS:
        sides = [_group(text, one) for one in read]
        if all(sides):
            q, k = sides
            found.append(Letter(text, len(q), len(k), None, None, None, None, None, _some(q), _some(k)))
    return found


def _group(text: str, read: Sequence[PlacedLetter]) -> list[PlacedLetter]:
    """Where letters that are sure stand behind one another as in ``text``, each group as one."""
    found = []
    for start in range(len(read) - len(text) + 1):
        letters = read[start : start + len(text)]
        if "".join(one.character for one in letters) != text or min(one.confidence for one in letters) < SURE:
            continue
        drawn = [one.instance for one in letters if one.instance is not None]
        if len(drawn) == len(text) and all(one.follows for one in letters[1:]):
            parts = tuple(part for one in drawn for part in one.parts)
            whole = LetterInstance(drawn[0].item, drawn[0].line, parts, drawn[0].baseline)
            found.append(PlacedLetter(text, min(one.confidence for one in letters), whole, follows=False))
    return found


def _counted(found: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Letters with their counts, the most frequent first."""
    return tuple(sorted(Counter(found).items(), key=lambda pair: (-pair[1], pair[0])))
