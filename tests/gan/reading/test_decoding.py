"""Reading from posteriors: the beam against all texts written out, alignment against all paths."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from gan.reading import decoding, language
from gan.writing.alphabet import CHARACTERS

CLASSES = len(CHARACTERS) + 1


def some_log_p(frames: int, letters: tuple[int, ...], seed: int) -> np.ndarray:
    """Posteriors in which only the blank and some letters are likely."""
    scores = np.full((frames, CLASSES), -60.0)
    scores[:, [0, *letters]] = np.random.default_rng(seed).normal(0, 1.5, (frames, len(letters) + 1))
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    """The letters of a path: repeats are one, blanks are left out (Graves et al. 2006, equation 2)."""
    kept = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
    return tuple(c for c in kept if c)


def flat_language() -> language.Language:
    """A model to which all letters are alike."""
    rows = np.full((1, len(CHARACTERS)), round(np.log(len(CHARACTERS)) / language.STEP), np.uint8)
    return language.automaton(np.zeros(1, np.int32), np.zeros(1, np.uint8), rows)


@pytest.mark.parametrize("seed", range(8))
def test_the_beam_finds_the_text_with_the_most_probable_paths_together(seed: int) -> None:
    log_p = some_log_p(5, (3, 7), seed)
    total: dict[tuple[int, ...], float] = {}
    for path in product((0, 3, 7), repeat=5):
        text = collapsed(path)
        total[text] = total.get(text, 0.0) + float(np.exp(log_p[range(5), path].sum()))
    found = decoding.beam_search([log_p], flat_language(), weight=0.0, gain=0.0)[0]
    assert tuple(found) == max(total, key=lambda text: total[text])


@pytest.mark.parametrize("seed", range(8))
def test_the_beam_weighs_texts_by_the_language_model_and_by_their_length(seed: int) -> None:
    texts = {"abab": 50.0, "ab": 20.0, "b": 10.0}
    model = language.automaton(*language.fit(texts, least=1.0))
    a, b = (CHARACTERS.index(c) + 1 for c in "ab")
    log_p = some_log_p(4, (a, b), seed)
    total: dict[tuple[int, ...], float] = {}
    for path in product((0, a, b), repeat=4):
        text = collapsed(path)
        total[text] = total.get(text, 0.0) + float(np.exp(log_p[range(4), path].sum()))
    merit = {
        text: np.log(p) + 0.7 * model.log_probability("".join(CHARACTERS[c - 1] for c in text)) + 0.9 * len(text)
        for text, p in total.items()
    }
    found = decoding.beam_search([log_p], model, weight=0.7, gain=0.9, width=32)[0]
    assert tuple(found) == max(merit, key=lambda text: merit[text])


def test_a_line_is_read_alike_alone_and_beside_longer_ones() -> None:
    lines = [some_log_p(frames, (2, 5, 9), frames) for frames in (4, 17, 9)]
    together = decoding.beam_search(lines, flat_language())
    for line, found in zip(lines, together, strict=True):
        assert np.array_equal(found, decoding.beam_search([line], flat_language())[0])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("text", [(3,), (3, 7), (3, 3), (7, 3, 3)])
def test_an_alignment_is_the_likeliest_path_of_its_text(text: tuple[int, ...], seed: int) -> None:
    log_p = some_log_p(6, (3, 7), seed)
    best = max(
        (path for path in product((0, 3, 7), repeat=6) if collapsed(path) == text),
        key=lambda path: log_p[range(6), path].sum(),
    )
    spans = decoding.align(log_p, np.array(text))
    drawn = [0] * 6
    for letter, (first, end) in zip(text, spans, strict=True):
        drawn[first:end] = [letter] * (end - first)
    assert tuple(drawn) == best


def test_a_text_that_the_frames_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        decoding.align(some_log_p(2, (3,), 1), np.array([3, 3]))


def test_greedy_reading_collapses_the_likeliest_path() -> None:
    log_p = np.full((6, CLASSES), -9.0)
    log_p[range(6), [4, 4, 0, 4, 6, 0]] = 0.0
    assert decoding.greedy(log_p).tolist() == [4, 4, 6]


def test_the_language_model_is_witten_bell_and_its_rows_are_probabilities() -> None:
    model = language.automaton(*language.fit({"ab": 3.0, "ac": 1.0}, least=1.0))
    a, b = (CHARACTERS.index(c) + 1 for c in "ab")
    assert np.exp(model.log_p[:, 1:]).sum(axis=1) == pytest.approx(1, abs=0.06)
    # By hand: after nothing a 4, b 3, c 1 of 8, three kinds, the rest even; after "a" b 3 of 4, two kinds.
    nothing = (3 + 3 / len(CHARACTERS)) / (8 + 3)
    after_a = (3 + 2 * nothing) / (4 + 2)
    after_space_a = (3 + 2 * after_a) / (4 + 2)
    assert np.exp(model.log_p[0, b]) == pytest.approx(nothing, rel=0.03)
    assert np.exp(model.log_p[model.after[0, a], b]) == pytest.approx(after_a, rel=0.03)
    assert np.exp(model.log_p[model.after[model.start, a], b]) == pytest.approx(after_space_a, rel=0.03)


def test_a_state_is_the_longest_known_end_of_what_was_read() -> None:
    model = language.automaton(*language.fit({"abcabc": 5.0}, least=1.0))
    state = model.start
    for character in "abcabcab":
        state = int(model.after[state, CHARACTERS.index(character) + 1])
    again = model.start
    for character in "zab":
        again = int(model.after[again, CHARACTERS.index(character) + 1])
    assert state != again
    assert np.exp(model.log_p[again, CHARACTERS.index("c") + 1]) > 0.3
