"""The n-gram that the text network is measured against is NLTK's, only faster, and a distribution."""

from __future__ import annotations

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated
from nltk.util import everygrams

from benchmarks.writing.text_network import KneserNey, network_bits
from gan.training.text.ngram import Ngram
from gan.training.text.texts import numbers
from gan.writing.random_text import SYMBOLS
from tests.gan.unlearnt import unlearnt

TEXTS = ["the cat sat on the mat\nand that was that\n", "a hat on a cat\n"]


def test_scores_are_those_of_nltk_but_for_what_it_leaves_out_below_the_shortest_context() -> None:
    ours = KneserNey(TEXTS, 3, 0.7)
    theirs = KneserNeyInterpolated(3, discount=0.7)
    theirs.fit((everygrams("\n\n" + text, max_len=3) for text in TEXTS), list(SYMBOLS))
    for context, symbol in (("th", "e"), ("th", "a"), ("at", " "), ("n ", "t"), (" s", "x")):
        both = tuple(context)
        gamma = theirs.estimator.alpha_gamma(symbol, both)[1] * theirs.estimator.alpha_gamma(symbol, both[1:])[1]
        left_out = ours.score(symbol, ()) - theirs.unmasked_score(symbol)
        assert ours.score(symbol, both) == pytest.approx(theirs.unmasked_score(symbol, both) + gamma * left_out)


@pytest.mark.parametrize("context", ["th", "q!", "at", "e\n", "\n\n"])
def test_the_scores_after_any_context_add_up_to_one(context: str) -> None:
    model = KneserNey(TEXTS, 3, 0.8)
    assert sum(model.score(symbol, tuple(context)) for symbol in SYMBOLS) == pytest.approx(1, rel=1e-9)


def test_the_bits_of_the_network_are_those_of_each_text_by_itself() -> None:
    network = unlearnt(np.random.default_rng(1))
    found = network_bits(TEXTS, network)
    for text, stated in zip(TEXTS, found, strict=True):
        state, before, total = network.start(), SYMBOLS.index("\n"), 0.0
        for symbol in map(SYMBOLS.index, text):
            logits, state = network.step(np.array([before]), state)
            total -= float(np.log2(np.exp(logits[0]) / np.exp(logits[0]).sum())[symbol])
            before = symbol
        assert stated == pytest.approx(total)


def test_text_like_that_of_training_costs_fewer_bits_than_other_text() -> None:
    model = KneserNey(TEXTS, 4, 0.8)
    assert model.bits("the cat sat\n") / 12 < 2 < model.bits("zyxwvu 9876\n") / 12


@pytest.mark.parametrize("order", [3, 6])
def test_the_ngram_that_teaches_is_the_one_that_is_measured_against(order: int) -> None:
    measured = KneserNey(TEXTS, order, 0.8)
    teaches = Ngram([numbers(text) for text in TEXTS], order, 0.8)
    assert np.allclose(teaches.p.sum(axis=1), 1, atol=1e-5)
    for text in (*TEXTS, "the mat was a hat\n", "Zebra! 9876\n"):
        assert teaches.bits(numbers(text)) == pytest.approx(measured.bits(text), rel=1e-5)
