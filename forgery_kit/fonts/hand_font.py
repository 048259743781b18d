"""A hand → its font: words are drawn in it, cut into letters, the most legible ones chosen and spaced as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, OutOfScopeError
from forgery_kit import __version__
from forgery_kit.fonts.choice import candidates, chosen
from forgery_kit.fonts.curves import fitted
from forgery_kit.fonts.glyphs import HEIGHT, Glyph, HandFont
from forgery_kit.fonts.letters import Letter, Lettered, lettered
from forgery_kit.fonts.spacing import Spacing, distances, follows, measured, sides
from forgery_kit.fonts.stand_ins import stand_ins
from forgery_kit.fonts.texts import LINES
from forgery_kit.imitation.known_hand import Hand, known_hand
from forgery_kit.imitation.saved_styles import saved_names, saved_style
from gan.judging.style import weights_hash
from gan.writing.adaptation import with_top
from gan.writing.alphabet import CHARACTERS
from gan.writing.loops import Generator
from gan.writing.priming import strokes_of
from gan.writing.sampling import BLOCK, WEIGHTS, check_bias, draw, load_generator
from gan.writing.styles import style_named

Array = NDArray[np.float64]
#: Rounds of drawing: in the first every line this often, in each later one so many of those that hold characters of
#: which there are too few letters to choose from. No drafts are compared while they are written: choosing single
#: letters afterwards is finer, and a draft costs a third.
FIRST, LATER, ROUNDS = 2, BLOCK, 6
#: Letters of a character to choose from.
ENOUGH = 6
#: Width of the pen, in writing heights: as on the pages of ``document``, 0.35 mm at 2.5 mm.
PEN = 0.14
#: Kerning that moves less, in units, is none; and what it is rounded to.
LEAST_KERN, STEP = 8, 4
#: Fewer different characters than this are no font.
FEWEST = 26


def hand_font(
    style: str | None = None,
    known: Sequence[str | Path] = (),
    known_text: str | None = None,
    bias: float = 0.5,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> HandFont:
    """The font of a named style or of the hand of known writing.

    Parameters
    ----------
    known, known_text, bias, seed : as for ``imitate``. progress : called with (lines drawn, lines in all).

    Raises
    ------
    ArgumentsError : no hand or two, ink that hardly reads, a bad number. OutOfScopeError : known ink too short to prime
        or too few letters that can be read. UnreadableFileError, HostileFileError : from the readers.
    MissingResourceError : no weights.
    """
    check_bias(bias)
    if seed < 0:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give 0 or more.")
    hand = _hand(style, known, known_text)
    generator = load_generator()
    writer = with_top(generator, hand.weights) if hand.weights else generator
    lines: list[Lettered] = []
    wanted = list(range(len(LINES))) * FIRST
    drawn = [0] * len(LINES)
    for attempt in range(ROUNDS):
        lines += _drawn(writer, hand, wanted, drawn, bias, seed, progress)
        found = candidates(lines)
        # A sign that was not once written at first is not written by more tries; letters and digits mostly are.
        hopeless = {c for c in CHARACTERS if c not in found and not c.isalnum()} if attempt else set()
        wanted = covering({c for c in CHARACTERS if len(found.get(c, ())) < ENOUGH} - hopeless)
        if not wanted:
            break
        wanted = [wanted[k % len(wanted)] for k in range(LATER)]
    spacing = measured(lines)
    letters = chosen(found, spacing)
    if len(letters) < FEWEST:
        little = f"only {len(letters)} of its characters can be read in what the generator writes."
        raise OutOfScopeError(style or str(known[0]), little, "Give another hand, or a greater --bias.")
    x_height = float(np.median([line.x_height for line in lines if line.text.islower()]))
    others = stand_ins(letters, x_height)
    made = _made(style, hand, bias, seed)
    if others:
        made["plain shapes, not of this hand"] = " ".join(others)
    return assembled(letters | others, spacing, x_height, _family(style, hand, seed), made, tuple(others))


def covering(characters: set[str]) -> list[int]:
    """Few of ``LINES``, by number, that hold each of these characters that any line holds (but the space)."""
    left = characters - {" "}
    found: list[int] = []
    while left:
        best = max(range(len(LINES)), key=lambda k: len(left.intersection(LINES[k])))
        if not left.intersection(LINES[best]):
            break
        found.append(best)
        left -= set(LINES[best])
    return sorted(found)


def assembled(
    letters: Mapping[str, Sequence[Letter]],
    spacing: Spacing,
    x_height: float,
    family: str,
    made: Mapping[str, str],
    others: tuple[str, ...] = (),
) -> HandFont:
    """The font of chosen letters; ``x_height`` in writing heights, ``others``: those that are not of the hand."""
    placed = [(letter, k) for c in CHARACTERS for k, letter in enumerate(letters.get(c, ()))]
    glyphs = tuple(_glyph(letter, k, spacing) for letter, k in placed)
    tops = [max(float(s[:, 1].max()) for s in letter.strokes) for letter, _ in placed if letter.character.isupper()]
    return HandFont(
        glyphs=glyphs,
        space=round((spacing.space - spacing.usual) * HEIGHT),
        kerning=_kerning([letter for letter, _ in placed], glyphs, spacing),
        pen=PEN * HEIGHT,
        x_height=round(x_height * HEIGHT),
        cap_height=round(float(np.median(tops)) * HEIGHT) if tops else 0,
        stand_ins=others,
        family=family,
        made=made,
    )


def _hand(style: str | None, known: Sequence[str | Path], known_text: str | None) -> Hand:
    if bool(style) == bool(known):
        raise ArgumentsError("--style", "one hand is needed.", "Give --style NAME, or --known FILE.")
    if known_text is not None and not known:
        raise ArgumentsError("--known-text", "there is no known file that it belongs to.", "Give --known FILE.")
    if style:
        return saved_style(style) or Hand(style_named(style, saved_names()), style, (), 1.0, None)
    return known_hand(known, known_text)


def _drawn(
    writer: Generator,
    hand: Hand,
    wanted: Sequence[int],
    drawn: list[int],
    bias: float,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> list[Lettered]:
    """The letters of these of ``LINES``, drawn in the hand; ``drawn`` counts how often each line was."""
    found = []
    for start in range(0, len(wanted), BLOCK):
        some = wanted[start : start + BLOCK]
        seeds = []
        for k in some:
            seeds.append((seed, 0, k, drawn[k]))
            drawn[k] += 1
        for k, one in zip(some, draw(writer, [LINES[k] for k in some], seeds, bias, hand.prime), strict=True):
            strokes = strokes_of(one.points[one.first :], writer.hand.scale)
            line = lettered(strokes, LINES[k], writer.hand.height) if strokes else None
            if line is not None:
                found.append(line)
        if progress:
            progress(sum(drawn), max(sum(drawn), len(LINES) * FIRST))
    return found


def _bearing(letter: Letter, spacing: Spacing) -> float:
    """From a glyph's origin to its left edge, writing heights: half a gap, or where it joins."""
    return spacing.usual / 2 if letter.entry is None else -float(letter.strokes[letter.entry][0, 0])


def _advance(letter: Letter, spacing: Spacing) -> float:
    """From its left edge to the next glyph's origin."""
    return letter.width + spacing.usual / 2 if letter.exit is None else float(letter.strokes[letter.exit][-1, 0])


def _glyph(letter: Letter, alternate: int, spacing: Spacing) -> Glyph:
    left = _bearing(letter, spacing)
    strokes = tuple(tuple(fitted((stroke + np.array([left, 0.0])) * HEIGHT, HEIGHT)) for stroke in letter.strokes)
    advance = max(round((left + _advance(letter, spacing)) * HEIGHT), 1)
    return Glyph(letter.character, alternate, strokes, advance, round(letter.confidence, 3))


def _kerning(letters: Sequence[Letter], glyphs: Sequence[Glyph], spacing: Spacing) -> dict[tuple[str, str], int]:
    """Units by which the second of two glyphs stands elsewhere than advance and bearing put it."""
    shapes = [sides(letter.strokes) for letter in letters]
    apart = distances(np.array([right for _, right in shapes]), np.array([left for left, _ in shapes]))
    found: dict[tuple[str, str], int] = {}
    for one, glyph in zip(letters, glyphs, strict=True):
        # Beside a space a joint is an end as any other.
        half = spacing.usual / 2
        found[glyph.name, "space"] = _units(one.width + half - _advance(one, spacing))
        found["space", glyph.name] = _units(half - _bearing(one, spacing))
    for row, (one, first) in enumerate(zip(letters, glyphs, strict=True)):
        for column, (other, second) in enumerate(zip(letters, glyphs, strict=True)):
            set_at = (
                follows(one, other, spacing, apart[row, column]) - _advance(one, spacing) - _bearing(other, spacing)
            )
            found[first.name, second.name] = _units(set_at)
    return {pair: units for pair, units in found.items() if abs(units) >= LEAST_KERN}


def _units(heights: float) -> int:
    """Writing heights as units of kerning."""
    return round(heights * HEIGHT / STEP) * STEP


def _family(style: str | None, hand: Hand, seed: int) -> str:
    """At most 27 characters, as some programs want."""
    own = style.title() if style else hashlib.sha256("".join(k.sha256 for k in hand.known).encode()).hexdigest()[:8]
    return f"Generated {own[:10]} {seed % 100_000}"


def _made(style: str | None, hand: Hand, bias: float, seed: int) -> dict[str, str]:
    source = {"style": style} if style else {"known files (SHA-256)": ", ".join(k.sha256 for k in hand.known)}
    return source | {
        "model": f"generator (Graves 2013), SHA-256 {weights_hash(WEIGHTS)}",
        "bias": f"{bias:g}",
        "seed": str(seed),
        "program": f"forgery_kit {__version__}",
    }
