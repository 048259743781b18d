"""The text network: its cell is an LSTM, it sees no later symbol, its bits add up, and NumPy computes the same."""

from __future__ import annotations

import numpy as np
import pytest

from gan import backend

backend.choose()
import keras  # noqa: E402
from keras import ops  # noqa: E402

from gan.cells import Lstm  # noqa: E402
from gan.text_network import TextConfig, bits, build_text_network, one_hot, padded  # noqa: E402
from gan.writing.random_text import SYMBOLS, TextNetwork  # noqa: E402


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """Two layers with weights that do something."""
    made = build_text_network(TextConfig(layers=2, units=6))
    random = np.random.default_rng(1)
    made.set_weights([w + 0.3 * random.normal(size=w.shape).astype(np.float32) for w in made.get_weights()])
    return made


def test_the_cell_is_the_lstm_of_keras() -> None:
    x = np.random.default_rng(2).normal(size=(3, 11, 5)).astype(np.float32)
    ours, theirs = Lstm(7), keras.layers.LSTM(7, return_sequences=True)
    ours(x)
    theirs(x)
    random = np.random.default_rng(3)
    weights = [random.normal(size=w.shape).astype(np.float32) for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    assert np.allclose(ops.convert_to_numpy(ours(x)), ops.convert_to_numpy(theirs(x)), atol=1e-5)


def test_what_is_expected_depends_on_no_later_symbol(network: keras.Model) -> None:
    seen = np.random.default_rng(4).integers(0, len(SYMBOLS), (2, 9))
    changed = seen.copy()
    changed[:, 5:] = (changed[:, 5:] + 1) % len(SYMBOLS)
    one, other = (network.predict_on_batch(one_hot(part)) for part in (seen, changed))
    assert np.allclose(one[:, :5], other[:, :5], atol=1e-6)
    assert not np.allclose(one[:, 5:], other[:, 5:], atol=1e-3)


def test_bits_of_a_text_are_those_of_its_symbols_one_after_another(network: keras.Model) -> None:
    texts = [np.array([SYMBOLS.index(c) for c in text]) for text in ("a line\n", "another, longer\nof two\n")]
    found = bits(network, texts)
    for text, stated in zip(texts, found, strict=True):
        before = np.concatenate([[SYMBOLS.index("\n")], text[:-1]])
        logits = network.predict_on_batch(one_hot(before)[None])[0].astype(np.float64)
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        assert stated == pytest.approx(-np.log2(p[np.arange(len(text)), text]).sum(), rel=1e-4)


def test_texts_begin_after_the_end_of_a_line_and_padding_does_not_count() -> None:
    seen, after, mask = padded([np.array([3, 4, 5]), np.array([6])])
    assert seen[:, 0].tolist() == [SYMBOLS.index("\n")] * 2
    assert (seen[0, 1:].tolist(), after[0].tolist()) == ([3, 4], [3, 4, 5])
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_numpy_step_by_step_computes_what_the_network_does(network: keras.Model) -> None:
    weights = {v.path: np.asarray(ops.convert_to_numpy(v), np.float64) for v in network.weights}
    symbols = np.random.default_rng(5).integers(0, len(SYMBOLS), 20)
    by_keras = network.predict_on_batch(one_hot(symbols)[None])[0]
    stepped = TextNetwork(weights, 2)
    state = stepped.start()
    for symbol, expected in zip(symbols, by_keras, strict=True):
        logits, state = stepped.step(np.array([symbol]), state)
        assert np.allclose(logits[0], expected, atol=1e-4)
