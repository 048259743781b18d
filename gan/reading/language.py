"""A character language model: how probable is the next letter after those before it.

Witten-Bell interpolated n-grams (Witten & Bell 1991, method C), kept as an automaton: a state is the longest run of
last characters that was seen often enough, and every state has a row of log probabilities over the classes of the
recogniser. ``gan.training.language`` makes the shipped one from the transcriptions of training people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from gan.writing.alphabet import CHARACTERS

WEIGHTS = Path(__file__).parent.parent / "pretrained" / "language.safetensors"
#: Characters of a context at most.
ORDER = 5
#: Natural-log probabilities are kept in such steps, down to 255 of them.
STEP = 0.05


@dataclass(frozen=True, eq=False)
class Language:
    """The automaton; state 0 has seen nothing.

    Attributes
    ----------
    log_p : float32 (states, 1 + letters) natural-log probability of each class next; 0 for the blank.
    after : int32 (states, 1 + letters) the state after each class.
    """

    log_p: NDArray[np.float32]
    after: NDArray[np.int32]

    @property
    def start(self) -> int:
        """The state at the beginning of a line: as after a space."""
        return int(self.after[0, CHARACTERS.index(" ") + 1])

    def log_probability(self, text: str) -> float:
        """Natural-log probability of a text of the alphabet's characters, at the beginning of a line."""
        state, total = self.start, 0.0
        for character in text:
            letter = CHARACTERS.index(character) + 1
            total += float(self.log_p[state, letter])
            state = int(self.after[state, letter])
        return total


def fit(texts: Mapping[str, float], least: float = 3.0) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray]:
    """Parent, last letter and log probabilities in ``STEP`` (uint8, (states, letters)) of each state of the automaton.

    ``texts`` are texts with how often each counts; contexts that count less than ``least`` have no state.
    """
    counts: list[Counter[tuple[str, str]]] = [Counter() for _ in range(ORDER + 1)]
    for text, weight in texts.items():
        line = " " + text
        for place in range(1, len(line)):
            for order in range(min(ORDER, place) + 1):
                counts[order][line[place - order : place], line[place]] += weight  # type: ignore[assignment]
    states: dict[str, int] = {"": 0}
    parents, letters, rows = [0], [0], [_row(counts[0], np.full(len(CHARACTERS), 1 / len(CHARACTERS)))]
    for order in range(1, ORDER + 1):
        following: dict[str, dict[str, float]] = {}
        for (context, character), count in counts[order].items():
            following.setdefault(context, {})[character] = count
        for context in sorted(following):
            # Its beginning must be a state, so that the states make a tree; its end is one whenever it is.
            if sum(following[context].values()) < least or context[:-1] not in states or context[1:] not in states:
                continue
            shorter = rows[states[context[1:]]]
            found = Counter({(context, c): n for c, n in following[context].items()})
            states[context] = len(rows)
            parents.append(states[context[:-1]])
            letters.append(CHARACTERS.index(context[-1]) + 1)
            rows.append(_row(found, shorter))
    quantised = np.clip(np.rint(-np.log(np.stack(rows)) / STEP), 0, 255).astype(np.uint8)
    return np.array(parents, np.int32), np.array(letters, np.uint8), quantised


def _row(counts: Mapping[tuple[str, str], float], shorter: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities (letters,) after a context, its counts filled up by those after its end (Witten-Bell)."""
    row = np.zeros(len(CHARACTERS))
    for (_, character), count in counts.items():
        row[CHARACTERS.index(character)] = count
    kinds = np.count_nonzero(row)
    return (row + kinds * shorter) / (row.sum() + kinds)


def automaton(parents: NDArray[np.int32], letters: NDArray[np.uint8], log_p: NDArray[np.uint8]) -> Language:
    """The language model from what ``fit`` makes. States come after their parents and their shorter ends."""
    classes = len(CHARACTERS) + 1
    depth = np.zeros(len(parents), np.int32)
    for state in range(1, len(parents)):
        depth[state] = depth[parents[state]] + 1
    after = np.zeros((len(parents), classes), np.int32)
    shorter = np.zeros(len(parents), np.int32)
    for level in range(depth.max() + 1):
        here = np.flatnonzero(depth == level)
        if level:
            # The end of a state: what follows its parent's end by its letter (Aho & Corasick 1975).
            shorter[here] = after[shorter[parents[here]], letters[here]] if level > 1 else 0
            after[here] = after[shorter[here]]
        below = np.flatnonzero(depth == level + 1)
        after[parents[below], letters[below]] = below
    table = np.zeros((len(parents), classes), np.float32)
    table[:, 1:] = -STEP * log_p.astype(np.float32)
    after[:, 0] = np.arange(len(parents))
    return Language(table, after)


@lru_cache(maxsize=1)
def load_language(path: Path = WEIGHTS) -> Language:
    """The shipped model. Raises MissingResourceError where it is missing."""
    if not path.is_file():
        raise MissingResourceError(str(path), "the language model is missing.", "Make or fetch it.")
    from safetensors.numpy import load_file

    arrays = load_file(path)
    return automaton(arrays["parents"], arrays["letters"], arrays["log_p"])
