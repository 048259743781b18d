"""Interpolated Kneser-Ney n-gram (Chen and Goodman 1999, section 2.7) as a machine of states: many texts at once.

A state is a context that was seen, as long as there is one. The shortest, none, is interpolated with a uniform
distribution, so that no symbol is impossible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gan.writing.random_text import SYMBOLS

NEWLINE = SYMBOLS.index("\n")
Context = tuple[int, ...]
Counts = dict[Context, dict[int, int]]


class Ngram:
    """n-gram of symbols.

    Attributes
    ----------
    order : symbols of a whole n-gram, the one that is told included.
    p : (states, symbols) float32, what follows a state; after : (states, symbols), the states that it leads to.
    begin : the state before a text, as after ends of lines alone.
    """

    def __init__(self, texts: Sequence[NDArray[np.int64]], order: int, discount: float) -> None:
        self.order = order
        counts = _counts([(NEWLINE,) * (order - 1) + tuple(text.tolist()) for text in texts], order)
        contexts = sorted(counts, key=len)
        self._states = {context: number for number, context in enumerate(contexts)}
        self.p = np.zeros((len(contexts), len(SYMBOLS)), np.float32)
        self.after = np.zeros(self.p.shape, np.int32)
        for number, context in enumerate(contexts):
            found = counts[context]
            total = sum(found.values())
            shorter = self.p[self._state(context[1:])] if context else np.full(len(SYMBOLS), 1 / len(SYMBOLS))
            own = discount * len(found) / total * shorter.astype(np.float64)
            for symbol, count in found.items():
                own[symbol] += (count - discount) / total
            self.p[number] = own
            self.after[number] = [self._state((*context, s)[-(order - 1) :]) for s in range(len(SYMBOLS))]
        self.begin = self._state((NEWLINE,) * (order - 1))

    def _state(self, context: Context) -> int:
        while context not in self._states:
            context = context[1:]
        return self._states[context]

    def states(self, text: NDArray[np.int64]) -> NDArray[np.int32]:
        """State (n,) before each symbol of a text."""
        found, state = np.zeros(len(text), np.int32), self.begin
        for place, symbol in enumerate(text.tolist()):
            found[place] = state
            state = int(self.after[state, symbol])
        return found

    def bits(self, text: NDArray[np.int64]) -> float:
        """Bits of a whole text."""
        return float(-np.log2(self.p[self.states(text), text].astype(np.float64)).sum())


def _counts(texts: Sequence[Context], order: int) -> Counts:
    """Context → symbol → how often it came after it; below the highest order, after how many symbols before that."""
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for length in range(2, order + 1):
        seen = {text[end - length : end] for text in texts for end in range(length, len(text) + 1)}
        for gram in seen:
            counts[gram[1:-1]][gram[-1]] += 1
    for text in texts:
        for end in range(order, len(text) + 1):
            counts[text[end - order : end - 1]][text[end - 1]] += 1
    return counts
