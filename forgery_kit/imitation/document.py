"""A long text in a given hand, set on pages: paragraphs, even lines, one baseline a line.

The text is drawn in pieces of a line's length, each piece is parted into its words, and lines are broken by the widths
that the words turned out to have.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.ink import Ink, ink_from_strokes
from forgery_kit.identity import versions
from forgery_kit.imitation.drawn_words import left_end, right_end, word_strokes
from forgery_kit.imitation.imitate import BATCH, CANDIDATES, LINE
from forgery_kit.imitation.known_hand import Hand, known_hand
from gan.judging.style import weights_hash
from gan.writing.alphabet import encode
from gan.writing.loops import Generator
from gan.writing.sampling import WEIGHTS, check_bias, draw, load_generator
from gan.writing.styles import style_named
from reports.imitated import WrittenDocument, WrittenLine

Array = NDArray[np.float64]
#: Millimetres of a page, width and height.
PAGES = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "Letter": (215.9, 279.4)}
#: Least width and height of what is written on, mm: some four words, and four lines.
LEAST_WIDTH, LEAST_HEIGHT = 60.0, 40.0
#: Characters of a text at most, some twenty pages; and of a word, which has to fit in a line.
LONGEST_TEXT, LONGEST_WORD = 30_000, 40
#: Writing height in mm where the hand has none of its own, and the sizes of known ink that are kept.
SIZE, SIZES = 2.5, (1.5, 4.0)
#: From baseline to baseline, before a paragraph besides, and from the margin to the first baseline, in writing heights.
SPACING, PARAGRAPH, ASCENT = 3.6, 1.8, 2.6
#: Between two words that were not drawn beside one another, and the bounds of every gap, in writing heights.
WORD_GAP, GAPS = 1.3, (0.8, 2.2)
#: How often a piece is drawn in which a word is missing.
ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Document:
    """Pages of generated ink, x and y in mm from the page's upper left corner, with the record of how it was made."""

    pages: tuple[Ink, ...]
    texts: tuple[str, ...]
    size: tuple[float, float]
    record: WrittenDocument


@dataclass(frozen=True, eq=False)
class _Word:
    """Strokes in mm, left end at x = 0; ``gap`` (mm) to the word before, None where it was not drawn beside it."""

    text: str
    strokes: list[Array]
    width: float
    gap: float | None


def document(
    text: str,
    style: str | None = None,
    known: Sequence[str | Path] = (),
    known_text: str | None = None,
    page: str = "A4",
    margin: float = 20.0,
    bias: float = 0.5,
    seed: int = 7,
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Document:
    """``text`` on pages in a named style or in the hand of known writing; an empty line parts paragraphs.

    Parameters
    ----------
    known, known_text, bias, seed : as for ``imitate``. margin : mm on all four sides.
    progress : called with (pieces drawn, pieces in all).

    Raises
    ------
    ArgumentsError : nothing or unknown characters to write, a text, word, page or margin out of range, no hand or two,
        ink that hardly reads. OutOfScopeError : known ink too short to prime. MissingResourceError : no weights.
    """
    check_bias(bias)
    if seed < 0:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give 0 or more.")
    width, height = page_size(page, margin)
    parts = paragraphs(text)
    if bool(style) == bool(known):
        raise ArgumentsError("--style", "one hand is needed.", "Give --style NAME, or --known FILE.")
    if known_text is not None and not known:
        raise ArgumentsError("--known-text", "there is no known file that it belongs to.", "Give --known FILE.")
    hand = Hand(style_named(style), style, (), 1.0, None) if style else known_hand(known, known_text)
    generator = load_generator()
    unit = generator.hand.height
    own = unit * hand.factor * hand.mm_per_unit if hand.mm_per_unit else 0.0
    size = own if SIZES[0] <= own <= SIZES[1] else SIZE
    pieces = [(k, piece) for k, part in enumerate(parts) for piece in textwrap.wrap(part, LINE, break_on_hyphens=False)]
    drawn = _drawn(generator, hand, [piece for _, piece in pieces], bias, seed, progress)
    words: list[list[_Word]] = [[] for _ in parts]
    for (part_number, piece), strokes in zip(pieces, drawn, strict=True):
        words[part_number] += _measured(piece.split(" "), strokes, size / unit, size)
    missing = [word.text for part in words for word in part if not word.strokes]
    lines = _set(words, width - 2 * margin, size, page)
    pages, texts, placed = _on_pages(lines, margin, height, size)
    record = WrittenDocument(
        text=text,
        style=hand.style,
        known=hand.known,
        prime_text=hand.prime.text,
        prime_sha256=hashlib.sha256(np.ascontiguousarray(hand.prime.points).tobytes()).hexdigest(),
        prime_read=hand.read,
        bias=bias,
        seed=seed,
        candidates=CANDIDATES,
        page=page,
        margin_mm=margin,
        writing_height_mm=round(size, 3),
        lines=placed,
        missing=tuple(missing),
        model="generator (Graves 2013)",
        model_sha256=weights_hash(WEIGHTS),
        versions=versions(),
        command=command,
    )
    return Document(tuple(pages), tuple(texts), (width, height), record)


def page_size(page: str, margin: float) -> tuple[float, float]:
    """Width and height of a page, mm. Raises ArgumentsError for an unknown page, or a margin that leaves no room."""
    if page not in PAGES:
        raise ArgumentsError("--page", f"{page!r} is no page.", f"Give {', '.join(PAGES)}.")
    width, height = PAGES[page]
    most = min((width - LEAST_WIDTH) / 2, (height - LEAST_HEIGHT) / 2)
    if not 5 <= margin <= most:
        raise ArgumentsError("--margin", f"{margin:g} mm leaves no page of {page}.", f"Give 5mm to {most:g}mm.")
    return width, height


def margin_mm(text: str) -> float:
    """ "20mm", "2cm" or "20" in mm. Raises ArgumentsError for anything else."""
    found = re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?) ?(mm|cm)?", text.strip())
    if not found:
        raise ArgumentsError("--margin", f"{text[:40]!r} is no length.", "Give millimetres, e.g. 20mm.")
    return float(found[1]) * (10 if found[2] == "cm" else 1)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, their line ends as spaces.

    Raises ArgumentsError where there is nothing to write, a character that cannot be written, or too much.
    """
    encode(" ".join(text.split()))
    if len(text) > LONGEST_TEXT:
        found = f"it has {len(text)} characters."
        raise ArgumentsError("the text", found, f"Write documents of at most {LONGEST_TEXT}, one after another.")
    longest = max(text.split(), key=len)
    if len(longest) > LONGEST_WORD:
        found = f"the word {longest[:20]!r}… has {len(longest)} characters."
        raise ArgumentsError("the text", found, f"Write words of at most {LONGEST_WORD}.")
    return [" ".join(part.split()) for part in re.split(r"\n[ \t\r]*\n", text) if part.strip()]


def _drawn(
    generator: Generator,
    hand: Hand,
    pieces: Sequence[str],
    bias: float,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> list[list[list[Array]]]:
    """The strokes of each word of each piece; a piece in which a word is missing is drawn again."""
    found: list[list[list[Array]]] = [[] for _ in pieces]
    for attempt in range(ROUNDS):
        left = [k for k, words in enumerate(found) if not words or not all(words)]
        for start in range(0, len(left), BATCH):
            batch = left[start : start + BATCH]
            seeds = [(seed, 0, k, attempt) for k in batch]
            made = draw(generator, [pieces[k] for k in batch], seeds, bias, hand.prime, None, CANDIDATES)
            for k, one in zip(batch, made, strict=True):
                words = word_strokes(one, pieces[k], generator.hand.scale)
                if sum(map(bool, words)) >= sum(map(bool, found[k])):
                    found[k] = words
            if progress:
                progress(len(pieces) - len(left) + start + len(batch), len(pieces))
    return found


def _measured(texts: Sequence[str], words: Sequence[list[Array]], factor: float, size: float) -> list[_Word]:
    """The words of one piece in mm, with the gaps that they were drawn with."""
    found: list[_Word] = []
    last: float | None = None
    for text, strokes in zip(texts, words, strict=True):
        if not strokes:
            found.append(_Word(text, [], 0.0, None))
            continue
        left, right = left_end(strokes) * factor, right_end(strokes) * factor
        gap = None if last is None else min(max(left - last, GAPS[0] * size), GAPS[1] * size)
        found.append(_Word(text, [stroke * factor - np.array([left, 0.0]) for stroke in strokes], right - left, gap))
        last = right
    return found


def _set(parts: Sequence[Sequence[_Word]], width: float, size: float, page: str) -> list[tuple[bool, list[_Word]]]:
    """Lines of words no wider than ``width`` mm, each with whether a paragraph begins there."""
    lines: list[tuple[bool, list[_Word]]] = []
    for part in parts:
        end = np.inf
        for number, word in enumerate(part):
            if word.width > width:
                found = f"the word {word.text!r} is {word.width:.0f} mm wide, the lines of the page {width:.0f} mm."
                raise ArgumentsError("--margin", found, f"Give a narrower margin, or a larger page than {page}.")
            end += _gap(word, size) + word.width
            if end > width:
                lines.append((number == 0, []))
                end = word.width
            lines[-1][1].append(word)
    return lines


def _gap(word: _Word, size: float) -> float:
    return word.gap if word.gap is not None else WORD_GAP * size


def _on_pages(
    lines: Sequence[tuple[bool, list[_Word]]], margin: float, height: float, size: float
) -> tuple[list[Ink], list[str], tuple[WrittenLine, ...]]:
    """The ink and the text of each page, and where each line stands."""
    strokes: list[list[Array]] = [[]]
    placed: list[WrittenLine] = []
    y = margin + ASCENT * size
    for number, (begins, words) in enumerate(lines):
        if number:
            y += (SPACING + PARAGRAPH * begins) * size
        if y > height - margin:
            strokes.append([])
            y = margin + ASCENT * size
        x = margin
        for k, word in enumerate(words):
            x += _gap(word, size) if k else 0.0
            strokes[-1] += [stroke + np.array([x, y]) for stroke in word.strokes]
            x += word.width
        placed.append(WrittenLine(" ".join(w.text for w in words), len(strokes), round(y, 2), round(x - margin, 2)))
    texts = ["\n".join(line.text for line in placed if line.page == k) for k in range(1, len(strokes) + 1)]
    # Hundredths of a millimetre: finer than any pen.
    inks = [ink_from_strokes([np.round(s, 3) for s in page], mm_per_unit=1.0) for page in strokes]
    return inks, texts, tuple(placed)
