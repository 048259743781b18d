"""From the recogniser's posteriors to text, and from a text to where its letters stand.

Posteriors are natural logarithms (frames, 1 + letters), class 0 the blank of CTC (Graves et al. 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.reading.language import Language

Array = NDArray[np.floating]
#: Beams of a search, and letters that each may go on with in a frame.
WIDTH, BRANCHES = 16, 8
#: Weight of the language model's log probability, and what each letter gains, since every letter costs some of it.
LANGUAGE_WEIGHT, LETTER_GAIN = 0.4, 0.8
_FAR = -1e30
#: Steps of features per frame of posteriors; the class of the blank.
RATE, BLANK = 4, 0
#: Frames times states of an alignment, a byte each: about five dense pages at once.
MOST_CELLS = 300_000_000
#: Of the hash that tells one beginning of a text from another (as in Knuth's generator MMIX).
_FACTOR = np.uint64(6364136223846793005)


def log_posteriors(logits: Array) -> NDArray[np.float32]:
    """Natural-log posteriors of logits (…, 1 + letters)."""
    found = logits.astype(np.float64)
    found -= found.max(axis=-1, keepdims=True)
    return (found - np.log(np.exp(found).sum(axis=-1, keepdims=True))).astype(np.float32)


def greedy(log_p: Array) -> NDArray[np.int64]:
    """Classes (letters,) of the likeliest path, repeats and blanks left out."""
    path = log_p.argmax(axis=-1)
    return path[np.append(True, path[1:] != path[:-1])[: len(path)] & (path > 0)]


def runs(log_p: Array) -> list[tuple[int, int, int, float]]:
    """(class, first frame, one past the last, posterior where it is highest) of the letters of the likeliest path."""
    return [(c, a, b, float(np.exp(log_p[a:b, c].max()))) for c, a, b in path_runs(log_p.argmax(axis=-1))]


def path_runs(path: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(class, first frame, one past the last) of the letters of a path of classes (frames,)."""
    edges = np.flatnonzero(np.append(True, path[1:] != path[:-1])[: len(path)])
    ends = np.append(edges[1:], len(path))
    return [(int(path[a]), int(a), int(b)) for a, b in zip(edges, ends, strict=True) if path[a] > 0]


def beam_search(
    lines: Sequence[Array],
    language: Language,
    weight: float = LANGUAGE_WEIGHT,
    gain: float = LETTER_GAIN,
    width: int = WIDTH,
) -> list[NDArray[np.int64]]:
    """Classes (letters,) of each line's likeliest text under recogniser and language model.

    A search over prefixes (Graves & Jaitly 2014, Hannun et al. 2014), all lines at once: a prefix's score is the sum
    over its paths, times the language model's probability to the power ``weight``, times exp(``gain``) a letter.
    """
    if not lines:
        return []
    count, longest = len(lines), max(len(line) for line in lines)
    classes = lines[0].shape[1]
    log_p = np.full((count, longest, classes), _FAR)
    # Past its end a line stays as it is: blanks for nothing.
    log_p[:, :, 0] = 0.0
    for row, line in enumerate(lines):
        log_p[row, : len(line)] = line
    rows = np.arange(count)[:, None]
    blank, voiced = np.full((2, count, width), _FAR)
    blank[:, 0] = 0.0
    last = np.zeros((count, width), np.int64)
    state = np.full((count, width), language.start)
    name = np.zeros((count, width), np.uint64)
    parents = np.zeros((longest, count, width), np.int32)
    added = np.zeros((longest, count, width), np.uint8)
    branches = min(BRANCHES, classes - 1)
    for t in range(longest):
        now = log_p[:, t]
        total = np.logaddexp(blank, voiced)
        stay_blank = total + now[:, :1]
        stay_voiced = voiced + np.where(last > 0, np.take_along_axis(now, last, axis=1), _FAR)
        letters = np.argpartition(-now[:, 1:], branches - 1, axis=1)[:, :branches] + 1
        read = np.take_along_axis(now, letters, axis=1)[:, None]
        said = language.log_p[state[:, :, None], letters[:, None]]
        # A letter after itself needs a blank between.
        before = np.where(letters[:, None] == last[:, :, None], blank[:, :, None], total[:, :, None])
        grown = before + read + weight * said + gain
        with np.errstate(over="ignore"):
            names = name[:, :, None] * _FACTOR + letters[:, None].astype(np.uint64) + np.uint64(1)
        # A prefix that grows into one that is there already is that one.
        same = names.reshape(count, -1, 1) == name[:, None]
        flat = grown.reshape(count, -1)
        joined = np.where(same, flat[:, :, None], _FAR).max(axis=1)
        stay_voiced = np.logaddexp(stay_voiced, joined)
        flat = np.where(same.any(axis=2), _FAR, flat)
        everything = np.concatenate([np.logaddexp(stay_blank, stay_voiced), flat], axis=1)
        best = np.argpartition(-everything, width - 1, axis=1)[:, :width]
        stays = best < width
        kept, new = np.where(stays, best, 0), np.where(stays, 0, best - width)
        parent = np.where(stays, kept, new // branches)
        letter = np.where(stays, 0, letters[rows, new % branches])
        blank = np.where(stays, stay_blank[rows, kept], _FAR)
        voiced = np.where(stays, stay_voiced[rows, kept], flat[rows, new])
        name = np.where(stays, name[rows, kept], names.reshape(count, -1)[rows, new])
        state = np.where(stays, state[rows, parent], language.after[state[rows, parent], letter])
        last = np.where(stays, last[rows, parent], letter)
        parents[t], added[t] = parent, letter
    return [_text(row, parents, added, int(np.logaddexp(blank, voiced)[row].argmax())) for row in range(count)]


def _text(row: int, parents: NDArray[np.int32], added: NDArray[np.uint8], beam: int) -> NDArray[np.int64]:
    """The letters of a beam, followed back from the last frame."""
    found = []
    for t in range(len(parents) - 1, -1, -1):
        if added[t, row, beam]:
            found.append(int(added[t, row, beam]))
        beam = int(parents[t, row, beam])
    return np.array(found[::-1], np.int64)


def align(log_p: Array, letters: NDArray[np.int64]) -> NDArray[np.int64]:
    """First and one past the last frame (letters, 2) of each letter on the likeliest path of a text (Viterbi).

    Raises ValueError where there are fewer frames than the text needs (one a letter, and one between equal letters),
    and where both are so long that ``MOST_CELLS`` do not suffice.
    """
    needed = len(letters) + int(np.sum(letters[1:] == letters[:-1]))
    if needed > len(log_p):
        raise ValueError(f"{len(log_p)} frames cannot hold {len(letters)} letters")
    if len(letters) == 0:
        return np.zeros((0, 2), np.int64)
    if len(log_p) * (2 * len(letters) + 1) > MOST_CELLS:
        raise ValueError(f"{len(letters)} letters are too many to be found in {len(log_p)} frames at once")
    states = np.zeros(2 * len(letters) + 1, np.int64)
    states[1::2] = letters
    # Where a state may be reached from two before: a letter from another letter, over the blank between.
    leap = np.zeros(len(states), bool)
    leap[3::2] = states[3::2] != states[1:-2:2]
    score = np.full(len(states), _FAR)
    score[:2] = log_p[0, states[:2]]
    moves = np.zeros((len(log_p), len(states)), np.int8)
    for t in range(1, len(log_p)):
        ways = np.full((3, len(states)), _FAR)
        ways[0] = score
        ways[1, 1:] = score[:-1]
        ways[2, 2:] = np.where(leap[2:], score[:-2], _FAR)
        moves[t] = ways.argmax(axis=0)
        score = ways[moves[t], np.arange(len(states))] + log_p[t, states]
    at = len(states) - 1 if score[-1] >= score[-2] else len(states) - 2
    spans = np.zeros((len(letters), 2), np.int64)
    for t in range(len(log_p) - 1, -1, -1):
        if at % 2:
            spans[at // 2, 0] = t
            spans[at // 2, 1] = max(spans[at // 2, 1], t + 1)
        at -= int(moves[t, at])
    return spans


def edit_distance(a: Sequence[Any] | np.ndarray, b: Sequence[Any] | np.ndarray) -> int:
    """Levenshtein distance: fewest insertions, deletions and substitutions."""
    b = np.asarray(b)
    ticks = np.arange(len(b) + 1)
    row = ticks
    for letter in a:
        ahead = np.append(row[0] + 1, np.minimum(row[1:] + 1, row[:-1] + (b != letter)))
        row = np.minimum.accumulate(ahead - ticks) + ticks
    return int(row[-1])
