"""A line that is being written: several drafts of each piece, of which the best is kept, and all go on from there.

A draft that stands still, or wanders without making letters, can be as likely as any. What tells that it can be read is
its gain: how much likelier the network finds the ink with the piece's letters than with others in their place, once
with letters of another look and once with such as are taken for them in bad writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np
from numpy.typing import NDArray

from gan.writing.alphabet import CHARACTERS, encode
from gan.writing.priming import GAP

Array = NDArray[np.float64]
#: A piece is a word, or an even part of a longer one; its drafts are given up after so many points a character and
#: ``SPARE`` more.
PIECE, MOST_POINTS, SPARE = 5, 60, 64
#: Points that a window can rest on one character; more is a pen that trembles on the spot. Real lines have up to 90.
STALL = 150
#: A letter that gains so many nats against one of another look, and against one of a like look, may as well be either:
#: scribbles gain that much. Chosen by eye on hands of ``testset_v``, as is ``ENOUGH``: a piece whose letters are read
#: with a lower mean log probability is drafted once again, after which more rounds gain next to nothing; one that
#: passes over letters, steps back or never comes to its end, ``ROUNDS`` times in all.
DOUBT, ENOUGH, DOUBTFUL_ROUNDS, ROUNDS = (4.0, 3.0), -0.25, 2, 5
#: A round ends when this share of its drafts have come to the piece's end.
SHARE = 0.75
#: What the network is told to write after the text, so that it finishes the last word as any other, with the dots and
#: bars that come late; none of it is kept.
AFTER = "and"
#: A stroke that ends within so many points of the window's coming to a word is still of the word before.
NEAR = 6
#: A last stroke that begins so far right of all other ink, in deviations of x (about a writing height), with the window
#: past the text, is of the word after: mostly a dot.
STRAY = 2.5
#: Each character but the space → one that looks otherwise: letters and digits half-way round, a letter for signs. And
#: → one that looks alike.
_TURNED = {
    old: group[(place + len(group) // 2) % len(group)]
    for group in (ascii_lowercase, ascii_uppercase, digits)
    for place, old in enumerate(group)
}
_ALIKE = dict(
    zip(
        ascii_lowercase + ascii_uppercase + digits,
        "oheactyneghtnuaygvrlnrurgr" + "HRGOFTCATIRINMQROKGFVUMKVL" + "6735930134",
        strict=True,
    )
)
_OTHERS = [str.maketrans({c: group.get(c, "o") for c in CHARACTERS if c != " "}) for group in (_TURNED, _ALIKE)]


@dataclass(frozen=True, eq=False)
class _Draft:
    """A draft of a piece, and the state after it.

    Its merit: it came to the piece's end; the fewer letters the window passed over, and steps it took back, the better;
    then how well they can be read. ``will_do``: no better one need be looked for. ``gain``: against each other text.
    """

    merit: tuple[bool, int, float]
    will_do: bool
    gain: Array
    ink: tuple[Array, ...]
    state: list[Array]


class Round:
    """Drafts of a line's piece at hand, side by side in a batch, until enough of them have come to its end.

    Attributes
    ----------
    outcomes : row → points of its draft, and whether it came to the piece's end. states : row → the state there.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._chunks: list[tuple[Array, ...]] = []
        self.outcomes: dict[int, tuple[int, bool]] = {}
        self.states: dict[int, list[Array]] = {}

    def add(self, points: Array, parameters: Array, seen: Array, gains: Array, states: Sequence[Array]) -> bool:
        """Take the next steps of all drafts: (steps, drafts, …), with the network's states after each step.

        ``gains`` (steps, drafts, 2) are against ``Line.other_letters``. Returns whether the round has ended.
        """
        line = self._line
        self._chunks.append((points, parameters, seen[..., : len(line.whole)], gains))
        drafted, _, window, _ = self.drafted()
        for row in range(line.drafts):
            if row in self.outcomes:
                continue
            outcome = line.outcome(drafted[:, row], np.argmax(window[:, row], axis=1))
            if outcome is None:
                continue
            self.outcomes[row] = outcome
            if outcome[1] and not line.at_last_piece:
                last = outcome[0] - 1 - (len(drafted) - len(points))
                self.states[row] = [np.array(part[last, row]) for part in states]
        came = sum(came for _, came in self.outcomes.values())
        return len(self.outcomes) == line.drafts or came >= SHARE * line.drafts

    def drafted(self) -> tuple[Array, ...]:
        """Points, parameters, what was seen and gains (steps, drafts, …) so far."""
        return tuple(np.concatenate(part) for part in zip(*self._chunks, strict=True))


class Line:
    """A line that is written piece by piece: what is settled, and what is still to be written.

    Parameters
    ----------
    before, text : what is read, and what is then written. drafts : rows of the batch that write it.
    steps : points at most, where asked for.
    state : the network's state (…) from which all drafts begin.

    Attributes
    ----------
    passed_over : places in the text that the window never rested on.
    done, ended : whether no more is to be written, and whether the text came to its end by itself.
    begun : the state from which drafts of the piece at hand begin.
    whole : what is read and written, and after it ``AFTER``; the text is from ``begin`` up to ``length``.
    points, parameters, seen : (n, 3), (n, k) and (n, length + 1) of what is settled; ``sampling.Drawn`` says more.
    gain : nats by which what is settled is likelier with its letters than with others, of another look or alike.
    """

    def __init__(self, before: str, text: str, drafts: int, steps: int | None, state: list[Array]) -> None:
        self.whole, self.drafts, self.steps = before + text + GAP + AFTER, drafts, steps
        self.begin, self.length = len(before), len(before + text)
        self._coded = encode(self.whole)
        starts = [self.begin + start for start in (_starts(text) if drafts > 1 else [0])]
        self._pieces = list(zip(starts, [*starts[1:], self.length + len(GAP)], strict=True))
        self._settled: list[tuple[Array, ...]] = []
        #: Points that are settled, and those of them in a stroke under way; where they end, and reach to, in x.
        self._count = self._under_way = 0
        self._x, self._right = 0.0, -np.inf
        self.done = self.ended = False
        self.gain = np.zeros(len(DOUBT))
        self._begin_piece(state)

    def _begin_piece(self, state: list[Array]) -> None:
        self.begun = state
        self._best: _Draft | None = None
        self._rounds = 0

    @property
    def tried(self) -> tuple[int, int]:
        """Numbers of the piece at hand and of its next round of drafts."""
        return len(self._settled), self._rounds

    @property
    def at_last_piece(self) -> bool:
        """Whether no piece comes after the one at hand."""
        return len(self._pieces) == 1

    @property
    def other_letters(self) -> list[NDArray[np.int64]]:
        """The text's characters by number, with others for those of the piece at hand: of another look, and alike.

        And for the two before it (a space, at a word), which may still be under way.
        """
        start, end = self._pieces[0]
        start = max(start - 2, self.begin)
        before, piece, after = self.whole[:start], self.whole[start:end], self.whole[end:]
        return [encode(before + others + after) for others in with_others(piece)]

    def outcome(self, points: Array, rested: NDArray[np.int64]) -> tuple[int, bool] | None:
        """Points of a draft of the piece at hand, and whether it came to its end; None while it is under way."""
        start, end = self._pieces[0]
        most = MOST_POINTS * (end - start) + SPARE
        most = min(most, self.steps - self._count) if self.steps else most
        reached = np.flatnonzero(rested >= end)
        there = int(reached[0]) if len(reached) else None
        stalled = _stall(rested[:there])
        count: int | None = None
        if stalled is not None:
            count = stalled
        elif there is not None:
            count = there + 1
            if self.at_last_piece:
                count = _end(points, rested, there, self.length, self._under_way)
            if self.at_last_piece and count:
                count = self._without_stray(points[:count], rested)
        if count is None or count > most:
            return (most, False) if len(points) >= most else None
        # An end before the first point is none, unless there is nothing to write.
        return (count, stalled is None) if count or not self.whole[start:end].strip() else (1, False)

    def _without_stray(self, points: Array, rested: NDArray[np.int64]) -> int:
        """Points of the last piece without strokes at its end that are of the word after."""
        x = self._x + np.cumsum(points[:, 0])
        count = len(points)
        for begin in (np.flatnonzero(points[:, 2]) + 1)[::-1].tolist():
            if begin == count:
                continue
            right = max(float(x[:begin].max()), self._right)
            if (rested[begin:count] < self.length).any() or x[begin:count].min() <= right + STRAY:
                break
            count = begin
        return count

    def take(self, ended: Round) -> None:
        """Choose among the drafts of a round, and keep the best if it will do or enough have been made."""
        start, end = self._pieces[0]
        points, parameters, seen, gains = ended.drafted()
        characters = [place for place in range(start, end) if self.whole[place] != " "]
        changed = np.flatnonzero(self.other_letters[0] != self._coded)
        own = changed >= start
        for row, (count, came) in ended.outcomes.items():
            rested = np.argmax(seen[:count, row], axis=1)
            faults = len(set(characters) - set(rested.tolist())) + int((np.diff(rested) < 0).sum())
            # At a piece's end the window is on the next one's first character, or has jumped over it.
            faults += int(came and len(self._pieces) > 1 and rested[-1] > end)
            by_place = [np.bincount(rested, part, len(self.whole))[changed] for part in gains[:count, row].T]
            read = _read(np.stack(by_place, axis=1))
            merit = (came, -faults, float(read.sum()))
            will_do = came and not faults and bool(read[own].sum() >= ENOUGH * own.sum())
            if self._best is None or merit > self._best.merit:
                # Copies, since a view would keep the whole batch in memory.
                ink = tuple(part[:count, row].copy() for part in (points, parameters, seen))
                gain, state = gains[:count, row].sum(axis=0), ended.states.get(row, self.begun)
                self._best = _Draft(merit, will_do, gain, ink, state)
        assert self._best is not None
        (came, right, _), kept = self._best.merit, self._best.ink[0]
        full = self.steps is not None and self._count + len(kept) >= self.steps
        self._rounds += 1
        most = DOUBTFUL_ROUNDS if came and right == 0 else ROUNDS
        if not self._best.will_do and self._rounds < most and self.drafts > 1 and not full:
            return
        self._pieces.pop(0)
        self._settled.append(self._best.ink)
        self._count += len(kept)
        ends = np.flatnonzero(kept[:, 2])
        x = self._x + np.cumsum(kept[:, 0])
        self._x, self._right = self._x + float(kept[:, 0].sum()), float(x.max(initial=self._right))
        self._under_way = len(kept) - 1 - int(ends[-1]) if len(ends) else self._under_way + len(kept)
        self.gain += self._best.gain
        self.ended = came and not self._pieces
        self.done = self.ended or full or not came
        self._begin_piece(self._best.state)

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

    @property
    def passed_over(self) -> tuple[int, ...]:
        rested = set(np.argmax(self.seen, axis=1).tolist())
        return tuple(place - self.begin for place in range(self.begin, self.length) if place not in rested)


def with_others(text: str) -> list[str]:
    """The text with other letters: of another look, and of a like look."""
    return [text.translate(others) for others in _OTHERS]


def _starts(text: str) -> list[int]:
    """Where the pieces of a text begin."""
    words = [0, *(place for place in range(1, len(text)) if text[place - 1] == " "), len(text) + len(GAP)]
    found = []
    for start, end in pairwise(words):
        letters = end - len(GAP) - start
        parts = max(-(-letters // PIECE), 1)
        found += [start + letters * part // parts for part in range(parts)]
    return found


def _read(gains: Array) -> Array:
    """Log probability (n,) that each letter is read as itself, not as one of the others, from its gains (n, 2)."""
    found: Array = -np.logaddexp.reduce(np.column_stack([np.zeros(len(gains)), DOUBT - gains]), axis=1)
    return found


def _stall(rested: NDArray[np.int64]) -> int | None:
    """Points up to where the window has rested on one character for too long; None where it never does."""
    moves = np.flatnonzero(np.diff(rested, prepend=-1, append=-1))
    stalls = np.flatnonzero(np.diff(moves) > STALL)
    return int(moves[stalls[0]]) + STALL if len(stalls) else None


def _end(points: Array, rested: NDArray[np.int64], there: int, length: int, under_way: int) -> int | None:
    """Points of the last piece up to where the text of that length ends; None while that cannot be told.

    That is the last end of a stroke before the window comes to the word after, which is ``there``. A stroke that ends
    soon after is finished; another is cut there, or left out if next to nothing of it is of the text. ``under_way`` are
    points of a stroke that began before this piece.
    """
    before, soon = np.flatnonzero(points[:there, 2]), np.flatnonzero(points[there : there + NEAR, 2])
    begin = int(before[-1]) + 1 if len(before) else 0
    own = (rested[begin:there] < length).sum() + (0 if len(before) else under_way)
    if begin == there and not own:
        return there
    if len(soon):
        return there + int(soon[0]) + 1
    if len(points) < there + NEAR:
        return None
    return there if own > NEAR else begin
