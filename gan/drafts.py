"""A line that is being written: several drafts of each word, of which the best is kept, and all go on from there.

A draft that stands still, or wanders without making letters, can be as likely as any. What tells that it can be read is
its gain: how much likelier the network finds the ink with the word's letters than with others in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np
from numpy.typing import NDArray

from gan.alphabet import CHARACTERS, encode
from gan.priming import GAP

Array = NDArray[np.float64]
#: A line, or a word, that has not ended after so many points a character and ``SPARE`` more never will.
MOST_POINTS, SPARE = 60, 64
#: Points that a window can rest on one character; more is a pen that trembles on the spot. Real lines have up to 90.
STALL = 150
#: Of each letter's gain so many nats count: more does not make up for a letter that is missing. A word whose best draft
#: gains less of that a letter is drafted again, so many times in all. Chosen by eye on hands of ``testset_v``: words
#: with less often cannot be read; a third of all words are drafted more than once.
MOST_GAIN, ENOUGH, ROUNDS = 6.0, 5.5, 5
#: What the network is told to write after the text, so that it finishes the last word as any other, with the dots and
#: bars that come late; none of it is kept.
AFTER = "and"
#: A stroke that ends within so many points of the window's coming to a word is still of the word before.
NEAR = 6
#: Each character but the space → one that looks otherwise: letters and digits half-way round, a letter for signs.
_TURNED = {
    old: group[(place + len(group) // 2) % len(group)]
    for group in (ascii_lowercase, ascii_uppercase, digits)
    for place, old in enumerate(group)
}
_OTHERS = str.maketrans({c: _TURNED.get(c, "o") for c in CHARACTERS if c != " "})


@dataclass(frozen=True, eq=False)
class _Draft:
    """A draft of a word, and the state after it.

    Its merit: it came to the word's end; the fewer letters the window passed over, and steps it took back, the better;
    then what the letters gain, each no more than ``MOST_GAIN``. ``will_do``: no better one need be looked for.
    """

    merit: tuple[bool, int, float]
    will_do: bool
    gain: float
    ink: tuple[Array, ...]
    state: list[Array]


class Line:
    """The drafts of one line, side by side in a batch.

    Parameters
    ----------
    before, text : what is read, and what is then written. drafts : rows of the batch that write it.
    steps : points in all, where their number was asked for; else words end when the window has passed them.
    state : the network's state (…) from which all drafts begin.

    Attributes
    ----------
    done, ended : whether no more is to be written, and whether the text came to its end by itself.
    whole : what is read and written, and after it ``AFTER``; the text is from ``begin`` up to ``length``.
    points, parameters, seen : (n, 3), (n, k) and (n, length + 1) of what is settled; ``sampling.Drawn`` says more.
    gain : nats by which what is settled is likelier with its letters than with others.
    """

    def __init__(self, before: str, text: str, drafts: int, steps: int | None, state: list[Array]) -> None:
        self.whole, self.drafts, self.steps = before + text + GAP + AFTER, drafts, steps
        self.begin, self.length = len(before), len(before + text)
        self._coded = encode(self.whole)
        starts = [self.begin + i for i in range(1, len(text)) if text[i - 1] == " "] if drafts > 1 and not steps else []
        self._words = list(zip([self.begin, *starts], [*starts, self.length + len(GAP)], strict=True))
        self._settled: list[tuple[Array, ...]] = []
        self.done = self.ended = False
        self.gain = 0.0
        self._begin_word(state)

    def _begin_word(self, state: list[Array]) -> None:
        self._from = state
        self._best: _Draft | None = None
        self._rounds = 0
        self._begin_round()

    def _begin_round(self) -> None:
        self._chunks: list[tuple[Array, ...]] = []
        #: Row → points of its draft of this word, and whether it came to the word's end.
        self._outcomes: dict[int, tuple[int, bool]] = {}
        self._states: dict[int, list[Array]] = {}

    @property
    def other_letters(self) -> NDArray[np.int64]:
        """The text's characters by number, with others for those of the word at hand.

        And for the last one of the word before, which may still be under way.
        """
        start, end = self._words[0]
        start = max(start - 2, self.begin)
        return encode(self.whole[:start] + self.whole[start:end].translate(_OTHERS) + self.whole[end:])

    def add(
        self, points: Array, parameters: Array, seen: Array, gains: Array, states: Sequence[Array]
    ) -> list[Array] | None:
        """Take the next steps of all drafts: (steps, drafts, …), with the network's states after each step.

        Returns the state (…) from which all drafts go on, where the word is settled or drafted again; None where they
        just go on.
        """
        self._chunks.append((points, parameters, seen[..., : len(self.whole)], gains))
        here = [np.concatenate([chunk[k] for chunk in self._chunks]) for k in (0, 2)]
        for row in range(self.drafts):
            if row in self._outcomes:
                continue
            outcome = self._outcome(here[0][:, row], np.argmax(here[1][:, row], axis=1))
            if outcome is not None:
                self._outcomes[row] = outcome
                last = outcome[0] - 1 - (len(here[0]) - len(points))
                self._states[row] = [np.array(part[max(last, 0), row]) for part in states]
        return self._end_round() if len(self._outcomes) == self.drafts else None

    def _outcome(self, points: Array, rested: NDArray[np.int64]) -> tuple[int, bool] | None:
        """Points of a draft of the word at hand, and whether it came to the word's end; None while it is under way."""
        start, end = self._words[0]
        settled = sum(len(part[0]) for part in self._settled)
        if self.steps:
            left = self.steps - settled
            return (left, _end(points[:left], rested[:left], self.length)[1]) if len(points) >= left else None
        if len(self._words) > 1:
            there = np.flatnonzero(rested >= end)
            if len(there):
                return int(there[0]) + 1, True
            stalled = _stall(rested)
            found = len(points) if stalled is None else stalled, False
        else:
            points = np.concatenate([*(part[0] for part in self._settled), points])
            before = np.concatenate([*(np.argmax(part[2], axis=1) for part in self._settled), rested])
            count, ended = _end(points, before, self.length)
            found = count - settled, ended
        over = len(rested) >= MOST_POINTS * (end - start) + SPARE
        return found if found[1] or found[0] < len(rested) or over else None

    def _end_round(self) -> list[Array]:
        """Choose among the drafts, and keep the best if it will do or enough have been made."""
        start, end = self._words[0]
        points, parameters, seen, gains = (np.concatenate(part) for part in zip(*self._chunks, strict=True))
        characters = [place for place in range(start, end) if self.whole[place] != " "]
        changed = np.flatnonzero(self.other_letters != self._coded)
        own = changed >= start
        for row, (count, came) in self._outcomes.items():
            rested = np.argmax(seen[:count, row], axis=1)
            faults = len(set(characters) - set(rested.tolist())) + int((np.diff(rested) < 0).sum())
            by_place = np.bincount(rested, gains[:count, row], len(self.whole))
            counted = np.minimum(by_place[changed], MOST_GAIN)
            merit = (came, -faults, float(counted.sum()))
            will_do = came and not faults and bool(counted[own].sum() >= ENOUGH * own.sum())
            if self._best is None or merit > self._best.merit:
                # Copies, since a view would keep the whole batch in memory.
                ink = tuple(part[:count, row].copy() for part in (points, parameters, seen))
                self._best = _Draft(merit, will_do, float(gains[:count, row].sum()), ink, self._states[row])
        assert self._best is not None
        came = self._best.merit[0]
        self._rounds += 1
        if not self._best.will_do and self._rounds < ROUNDS and self.drafts > 1 and not self.steps:
            self._begin_round()
            return self._from
        self._words.pop(0)
        self._settled.append(self._best.ink)
        self.gain += self._best.gain
        self.done = not self._words or not came
        self.ended = self.done and came
        self._begin_word(self._best.state)
        return self._from

    @property
    def points(self) -> Array:
        return np.concatenate([part[0] for part in self._settled]).astype(float)

    @property
    def parameters(self) -> Array:
        return np.concatenate([part[1] for part in self._settled])

    @property
    def seen(self) -> Array:
        """Of what is read and written, and in the last column of what is after it."""
        seen = np.concatenate([part[2] for part in self._settled])
        return np.column_stack([seen[:, : self.length], seen[:, self.length :].max(axis=1)])


def _stall(rested: NDArray[np.int64]) -> int | None:
    """Points up to where the window has rested on one character for too long; None where it never does."""
    moves = np.flatnonzero(np.diff(rested, prepend=-1, append=-1))
    stalls = np.flatnonzero(np.diff(moves) > STALL)
    return int(moves[stalls[0]]) + STALL if len(stalls) else None


def _end(points: Array, rested: NDArray[np.int64], length: int) -> tuple[int, bool]:
    """Points of a draft up to where its text of that length ends, and whether it came there; all where it did not.

    That is the last end of a stroke before the window comes to the word after; a stroke that runs on into that word is
    cut there. A draft that stalls is given up.
    """
    passed = np.flatnonzero(rested > length)
    stalled = _stall(rested[: passed[0]] if len(passed) else rested)
    if stalled is not None:
        return stalled, False
    if not len(passed):
        return len(points), False
    there = int(passed[0])
    soon = np.flatnonzero(points[there : there + NEAR, 2])
    if not len(soon) and len(points) < there + NEAR:
        return len(points), False
    before = np.flatnonzero(points[:there, 2])
    begin = int(before[-1]) + 1 if len(before) else 0
    if begin == there:
        return there, True
    if len(soon):
        return there + int(soon[0]) + 1, True
    return (there if (rested[begin:there] < length).sum() > NEAR else begin), True
