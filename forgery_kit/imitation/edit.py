"""A recording whose text is changed: only the changed words are drawn anew, in the hand of the recording itself.

New words stand on the baseline of their line, between those that stay. What stays keeps its points; where it has to
make room it is moved as whole words, along its baseline or to the next line.
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import line_geometry
from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.ink import Ink, ink_from_strokes
from datasets.readers import read_file
from datasets.sample import Sample
from forgery_kit.identity import versions
from forgery_kit.imitation.drawn_words import left_end, right_end, word_strokes
from forgery_kit.imitation.imitate import CANDIDATES, LINE
from forgery_kit.imitation.known_hand import hand_of
from forgery_kit.imitation.page_words import PageLine, PageWord, box, page_words
from gan.judging.style import weights_hash
from gan.writing.alphabet import encode
from gan.writing.sampling import WEIGHTS, check_bias, draw, load_generator
from reports.imitated import EditedText

Array = NDArray[np.float64]
#: Gap between words where a recording has none, and the bounds of its own, in writing heights.
WORD_GAP, GAPS = 1.2, (0.6, 2.5)
#: Words after a new one stay where they are while the gap is between these shares of the usual one.
STAYS = (0.6, 1.8)
#: How far a line may reach beyond the longest one of before, in writing heights.
BEYOND = 3.0
#: From baseline to baseline below a recording of one line, in writing heights.
SPACING = 4.0
#: How far a new word's size is brought to that of its line, as a factor; letters that have the height of small ones.
SIZES, SMALL = (0.7, 1.4), set("acemnorsuvwxz")
#: How often words are drawn of which one is missing.
ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Edited:
    """The recording after the edit: ``generated`` are the indices of its new strokes, ``text`` what it says now."""

    sample: Sample
    generated: tuple[int, ...]
    record: EditedText


@dataclass(frozen=True, eq=False)
class _Placed:
    """A word to be set: strokes (k, ≥ 2) where they stand, level at y = 0 where new; ``number`` as in ``PageWord``."""

    text: str
    strokes: list[Array]
    line: int
    new: bool
    left: float
    right: float
    number: int = -1


def edit(path: str | Path, text: str, to: str, bias: float = 0.5, seed: int = 7, command: str = "") -> Edited:
    """The ink of a file that says ``text``, so that it says ``to``.

    Raises
    ------
    ArgumentsError : a text that hardly fits the ink, nothing to change or to keep, characters that cannot be written.
    OutOfScopeError : too little ink to show a hand. UnreadableFileError, HostileFileError : from the readers.
    """
    check_bias(bias)
    if seed < 0:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give 0 or more.")
    for said, name in ((text, "--text"), (to, "--to")):
        try:
            encode(" ".join(said.split()))
        except ArgumentsError as error:
            raise ArgumentsError(name, error.found, error.advice) from error
    if text.split() == to.split():
        raise ArgumentsError("--to", "it says what the ink says already.", "Give the changed text.")
    samples = read_file(path)
    if len(samples) != 1:
        raise OutOfScopeError(str(path), f"it holds {len(samples)} recordings.", "Give a file with one.")
    sample = samples[0]
    lines, words = page_words(sample, text)
    wanted = _wanted(words, to.split())
    hand_text = "\n".join(line.text for line in lines)
    new = _drawn(sample, hand_text, wanted, bias, seed)
    placed = _laid_out(sample.ink, lines, wanted, new)
    strokes = [stroke for word in placed for stroke in word.strokes]
    made = [word.new for word in placed for _ in word.strokes]
    ink = ink_from_strokes(
        strokes, sample.ink.channels, mm_per_unit=sample.ink.mm_per_unit, time_source=sample.ink.time_source
    )
    rows = _by_line(placed)
    record = EditedText(
        file=sample.file,
        sha256=sample.sha256,
        text=text,
        to=to,
        new_words=tuple(word.text for word in placed if word.new),
        bias=bias,
        seed=seed,
        candidates=CANDIDATES,
        model="generator (Graves 2013)",
        model_sha256=weights_hash(WEIGHTS),
        versions=versions(),
        command=command,
    )
    said = "\n".join(" ".join(word.text for word in row) for row in rows)
    edited = Sample(ink, text=said, device=sample.device, origin="generated")
    return Edited(edited, tuple(int(k) for k in np.flatnonzero(made)), record)


def _wanted(words: Sequence[PageWord], to: Sequence[str]) -> list[PageWord]:
    """The words of the new text in order: those that stay with their strokes, new ones without, on a line each."""
    found: list[PageWord] = []
    matcher = difflib.SequenceMatcher(a=[word.text for word in words], b=list(to), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found += words[a:b]
        else:
            # A new word has the line of the one that it replaces, else of the one before it.
            near = words[a:b] or words[max(a - 1, 0) : max(a, 1)]
            found += [PageWord(one, near[min(k, len(near) - 1)].line, ()) for k, one in enumerate(to[c:d])]
    if not found:
        raise ArgumentsError("--to", "nothing would be left.", "Give the changed text.")
    return found


def _drawn(sample: Sample, text: str, wanted: Sequence[PageWord], bias: float, seed: int) -> list[list[Array]]:
    """Strokes (k, 2) in device units, level at y = 0, of each new word, in order; those beside one another together."""
    runs: list[list[str]] = []
    for before, word in zip([None, *wanted[:-1]], wanted, strict=True):
        if not word.rows:
            if before is None or before.rows:
                runs.append([])
            runs[-1].append(word.text)
    if not runs:
        return []
    hand, generator = hand_of([sample], text), load_generator()
    pieces = [piece for run in runs for piece in textwrap.wrap(" ".join(run), LINE, break_on_hyphens=False)]
    found: list[list[list[Array]]] = [[] for _ in pieces]
    for attempt in range(ROUNDS):
        left = [k for k, words in enumerate(found) if not words or not all(words)]
        if not left:
            break
        seeds = [(seed, 0, k, attempt) for k in left]
        made = draw(generator, [pieces[k] for k in left], seeds, bias, hand.prime, None, CANDIDATES)
        for k, one in zip(left, made, strict=True):
            found[k] = word_strokes(one, pieces[k], generator.hand.scale)
    strokes = [[stroke * hand.factor for stroke in word] for words in found for word in words]
    texts = [one for piece in pieces for one in piece.split(" ")]
    missing = [one for one, word in zip(texts, strokes, strict=True) if not word]
    if missing:
        raise ArgumentsError("--to", f"the generator left out {missing[0]!r}.", "Try another --seed.")
    return strokes


def _sized(text: str, strokes: Sequence[Array], line: PageLine) -> list[Array]:
    """A new word with the size of its line's small letters, its left end at x = 0, standing on y = 0."""
    try:
        own = line_geometry(strokes)
    except ValueError:
        return [stroke - np.array([left_end(strokes), 0.0]) for stroke in strokes]
    # By small letters where the word has some, since capitals and long letters make it tall rightly.
    small = len(SMALL.intersection(text)) > 1
    ratio = line.geometry.x_height / own.x_height if small else line.geometry.writing_height / own.writing_height
    factor = float(np.clip(ratio, *SIZES))
    rise = own.intercept if small and abs(own.slope) < 0.2 and abs(own.intercept) < own.x_height else 0.0
    return [(stroke - np.array([left_end(strokes), rise])) * factor for stroke in strokes]


def _laid_out(
    ink: Ink, lines: Sequence[PageLine], wanted: Sequence[PageWord], new: Sequence[list[Array]]
) -> list[_Placed]:
    """The words where they stand after the edit, in reading order."""
    original, drawn = list(ink.strokes(hover=True)), iter(new)
    gap = _usual_gap(ink, wanted, lines)
    most = max(line.right for line in lines) + BEYOND * lines[0].geometry.writing_height
    waiting: list[_Placed] = []
    for wish in wanted:
        if wish.rows:
            left, right = box(ink, wish.rows)
            waiting.append(
                _Placed(wish.text, [original[row] for row in wish.rows], wish.line, False, left, right, wish.number)
            )
        else:
            strokes = _sized(wish.text, next(drawn), lines[wish.line])
            waiting.append(_Placed(wish.text, strokes, wish.line, True, 0.0, right_end(strokes)))
    found: list[_Placed] = []
    line, end, moved, last = waiting[0].line, -np.inf, False, -1
    for word in waiting:
        if word.line > line:
            line, end, moved = word.line, -np.inf, False
        first = end == -np.inf
        own = not word.new and word.line == line
        start = _begin(lines, line) if first else end + gap
        # A word stays where the one before it stays, or where the gap to what is new or moved is as gaps are.
        follows = not moved and word.number == last + 1
        if own and (abs(word.left - start) < gap if first else follows or _near(word.left - end, gap)):
            start = word.left
        stays = own and start == word.left
        if not first and not stays and start + word.right - word.left > most:
            line, stays = line + 1, False
            start = _begin(lines, line)
        found.append(word if stays else _moved(word, start, lines, line, len(ink.channels)))
        moved, end, last = not stays, found[-1].right, word.number
    return found


def _near(found: float, gap: float) -> bool:
    return STAYS[0] * gap <= found <= STAYS[1] * gap


def _usual_gap(ink: Ink, wanted: Sequence[PageWord], lines: Sequence[PageLine]) -> float:
    """The median gap between words that stay beside one another on a line, within bounds; device units."""
    height = float(np.median([line.geometry.writing_height for line in lines]))
    gaps = [
        box(ink, b.rows)[0] - box(ink, a.rows)[1] for a, b in pairwise(wanted) if a.rows and b.rows and a.line == b.line
    ]
    usual = float(np.median(gaps)) if gaps else WORD_GAP * height
    return float(np.clip(usual, GAPS[0] * height, GAPS[1] * height))


def _begin(lines: Sequence[PageLine], line: int) -> float:
    return lines[line].left if line < len(lines) else min(one.left for one in lines)


def _baseline(lines: Sequence[PageLine], line: int, x: float) -> float:
    """y of a line's baseline at x; lines below the last one follow at its distance."""
    last = len(lines) - 1
    one = lines[min(line, last)].geometry
    y = one.intercept + one.slope * x
    if line > last:
        before = lines[last - 1].geometry
        spacing = y - (before.intercept + before.slope * x) if last else SPACING * one.writing_height
        y += (line - last) * spacing
    return float(y)


def _moved(word: _Placed, start: float, lines: Sequence[PageLine], line: int, channels: int) -> _Placed:
    """The word with its left end at ``start``, on that line's baseline as on its own; new points have x and y only."""
    before = 0.0 if word.new else _baseline(lines, word.line, word.left)
    shift = np.array([start - word.left, _baseline(lines, line, start) - before])
    slope = lines[min(line, len(lines) - 1)].geometry.slope if word.new else 0.0
    strokes = []
    for stroke in word.strokes:
        full = np.full((len(stroke), channels), np.nan)
        full[:, : stroke.shape[1]] = stroke
        full[:, 1] += slope * full[:, 0]
        full[:, :2] += shift
        strokes.append(full)
    return _Placed(word.text, strokes, line, word.new, start, word.right + float(shift[0]))


def _by_line(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    rows: dict[int, list[_Placed]] = {}
    for word in placed:
        rows.setdefault(word.line, []).append(word)
    return [rows[line] for line in sorted(rows)]
