"""Text gains: what the network itself says of the ink with another text, prime or none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gan import backend

backend.choose()
from gan.alphabet import CHARACTERS, encode  # noqa: E402
from gan.generator import GeneratorConfig, build_generator  # noqa: E402
from gan.legibility import text_gains  # noqa: E402
from gan.mixture import log_likelihood  # noqa: E402
from gan.priming import Hand  # noqa: E402
from gan.sampling import Generator, Prime, draw  # noqa: E402

CONFIG = GeneratorConfig(layers=2, units=10, bumps=2, components=3)


@pytest.fixture(scope="module")
def generator() -> Generator:
    network = build_generator(CONFIG)
    random = np.random.default_rng(4)
    network.set_weights([w + 0.3 * random.normal(size=w.shape).astype(np.float32) for w in network.get_weights()])
    return Generator(network, CONFIG, Hand(30.0, 0.01, 0.2, (2.0, 3.0)))


def likelihood(generator: Generator, points: np.ndarray, text: str) -> np.ndarray:
    letters = np.zeros((1, len(text) + 1, len(CHARACTERS)), np.float32)
    letters[0, np.arange(len(text)), encode(text)] = 1
    before = np.concatenate([np.zeros((1, 3)), points[:-1]]).astype(np.float32)
    y = np.asarray(generator.network.predict_on_batch([before[None], letters]))
    return np.asarray(log_likelihood(y, points[None].astype(np.float32), CONFIG.components), float)[0]


@pytest.mark.parametrize("primed", [False, True])
def test_a_gain_is_what_a_rotated_text_makes_less_likely(generator: Generator, primed: bool) -> None:
    random = np.random.default_rng(2)
    known = np.column_stack([random.normal(size=(40, 2)), random.random(40) < 0.1]).astype(float)
    prime = Prime(known, "the") if primed else None
    texts = ["quick", "fox jumps"]
    drawn = draw(generator, texts, [1, 2], prime=prime, steps=70)
    found = text_gains(generator, texts, drawn, prime)
    for gain, text, wrong, one in zip(found, texts, ("ickqu", "jumpsfox "), drawn, strict=True):
        before = "the " if primed else ""
        points = np.concatenate([known, one.points]) if primed else one.points
        right, other = (likelihood(generator, points, before + said)[-70:].sum() for said in (text, wrong))
        assert gain == pytest.approx((right - other) / len(text), abs=2e-3)


def test_a_text_that_is_the_same_elsewhere_gains_nothing(generator: Generator) -> None:
    one = draw(generator, ["oo"], [1], steps=30)[0]
    assert text_gains(generator, ["oo"], [one], None)[0] == pytest.approx(0, abs=1e-4)
    likelier = replace(one, log_likelihood=one.log_likelihood + 1)
    assert text_gains(generator, ["oo"], [likelier], None)[0] == pytest.approx(15, abs=1e-4)
