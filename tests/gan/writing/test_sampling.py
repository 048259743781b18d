"""Sampling: the loop is the network, samples depend on their seed only, primes are read, ends are found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend

backend.choose()
from keras import ops  # noqa: E402

from gan.writing.alphabet import CHARACTERS, encode  # noqa: E402
from gan.writing.drafts import AFTER  # noqa: E402
from gan.writing.generator import GeneratorConfig, build_generator  # noqa: E402
from gan.writing.loops import (  # noqa: E402
    CHUNK,
    Generator,
    pick,
)
from gan.writing.mixture import log_likelihood, outputs  # noqa: E402
from gan.writing.priming import Hand  # noqa: E402
from gan.writing.sampling import Prime, draw, load_generator, text_gain  # noqa: E402
from gan.writing.styles import load_styles  # noqa: E402

CONFIG = GeneratorConfig(layers=3, units=12, bumps=3, components=4)


@pytest.fixture(scope="module")
def generator() -> Generator:
    """A small network that has learnt nothing, but whose peepholes and windows do something."""
    network = build_generator(CONFIG)
    random = np.random.default_rng(1)
    network.set_weights([w + 0.1 * random.normal(size=w.shape).astype(np.float32) for w in network.get_weights()])
    return Generator(network, CONFIG, Hand(30.0, 0.01, 0.2, (2.0, 3.0)))


def by_network(generator: Generator, points: np.ndarray, text: str) -> np.ndarray:
    """What the network puts out for each of these points, by its own layers; another word follows the text."""
    text += f" {AFTER}"
    letters = np.zeros((1, len(text) + 1, len(CHARACTERS)), np.float32)
    letters[0, np.arange(len(text)), encode(text)] = 1
    before = np.concatenate([np.zeros((1, 3)), points[:-1]]).astype(np.float32)
    return np.asarray(ops.convert_to_numpy(generator.network([before[None], letters])))[0]


def test_the_loop_computes_what_the_network_does(generator: Generator) -> None:
    drawn = draw(generator, ["quick fox"], [3], steps=90)[0]
    assert drawn.points.shape == (90, 3)
    assert np.allclose(drawn.parameters, by_network(generator, drawn.points, "quick fox"), atol=1e-4)


def test_a_sample_is_the_same_bit_for_bit_whatever_was_drawn_before() -> None:
    """A graph that is traced for the first shapes alone rounds otherwise than the one for all, and samples part."""
    config = GeneratorConfig(layers=3, units=12, bumps=3, components=4)

    network = build_generator(config)
    random = np.random.default_rng(5)
    weights = [w + 0.1 * random.normal(size=w.shape).astype(np.float32) for w in network.get_weights()]

    def fresh() -> Generator:
        own = build_generator(config)
        own.set_weights(weights)
        return Generator(own, config, Hand(30.0, 0.01, 0.2, (2.0, 3.0)))

    first, other = fresh(), fresh()
    draw(other, ["a", "bc"], [1, 2], steps=70)
    draw(other, ["a longer text"], [1], steps=70)
    one = draw(first, ["quick fox"], [3], steps=130)[0]
    two = draw(other, ["quick fox"], [3], steps=130)[0]
    np.testing.assert_array_equal(one.points, two.points)


@pytest.mark.parametrize(("prime", "exactly"), [("the", 1e-4), ("the quick brown fox jumps", 0.02)])
def test_a_primed_sample_goes_on_from_where_the_prime_ends(generator: Generator, prime: str, exactly: float) -> None:
    """Of a long prime most is read before the text is known, so the window's view of the text is a little off there."""
    random = np.random.default_rng(2)
    known = np.column_stack([random.normal(size=(50, 2)), random.random(50) < 0.1]).astype(float)
    drawn = draw(generator, ["fox", "dog"], [3, 4], prime=Prime(known, prime), steps=40)
    for sample, text in zip(drawn, ("fox", "dog"), strict=True):
        whole = by_network(generator, np.concatenate([known, sample.points]), f"{prime} {text}")
        assert np.allclose(sample.parameters, whole[50:], atol=exactly)
        assert sample.seen.shape == (40, len(text) + 1)


def test_a_sample_depends_on_its_seed_and_on_nothing_beside_it(generator: Generator) -> None:
    alone = draw(generator, ["abc"], [7], steps=CHUNK + 5)[0]
    together = draw(generator, ["a much longer text", "abc", "abc"], [1, 7, 8], steps=CHUNK + 5)
    assert np.allclose(alone.points, together[1].points, atol=1e-4)
    assert not np.allclose(alone.points, together[2].points, atol=1e-2)


def test_the_best_drafts_of_all_words_are_one_line_of_the_network(generator: Generator) -> None:
    """Wherever a draft went on from another, the network's state was that of the ink that was kept."""
    texts = ["a bc d", "ef"]
    for text, one in zip(texts, draw(generator, texts, [5, (6, 7)], drafts=3), strict=True):
        assert np.allclose(one.parameters, by_network(generator, one.points, text), atol=1e-3)
        assert one.seen.shape == (len(one.points), len(text) + 1)


def test_the_gain_of_a_text_is_what_other_letters_make_less_likely(generator: Generator) -> None:
    random = np.random.default_rng(2)
    known = np.column_stack([random.normal(size=(40, 2)), random.random(40) < 0.1]).astype(float)
    for prime in (None, Prime(known, "the")):
        before, ink = ("the ", known) if prime else ("", np.zeros((0, 3)))
        one = draw(generator, ["fox jumps"], [1], prime=prime, steps=CHUNK + 6, drafts=2)[0]
        assert len(one.points) == CHUNK + 6
        whole = np.concatenate([ink, one.points])
        of_letters, *of_others = (
            np.asarray(log_likelihood(by_network(generator, whole, before + said), np.float32(whole), 4))[len(ink) :]
            for said in ("fox jumps", "sbk jumps", "tar jumps")
        )
        assert one.log_likelihood == pytest.approx(float(of_letters.mean()), abs=1e-3)
        assert one.text_gain == pytest.approx(of_letters.sum() / 9 - max(o.sum() for o in of_others) / 9, abs=1e-2)


def test_points_come_from_the_mixture_that_the_network_states() -> None:
    y = np.random.default_rng(1).normal(size=(1, outputs(3))).astype(np.float32)
    random = np.random.default_rng(2)
    n = 40_000
    noise = np.column_stack([random.random(n), random.normal(size=(n, 2)), random.random(n)]).astype(np.float32)
    found = np.asarray(pick(np.repeat(y, n, axis=0), noise, 3, 0.0))
    weights = np.exp(y[0, 1:4]) / np.exp(y[0, 1:4]).sum()
    means, sigmas = (y[0, start : start + 6].reshape(2, 3) for start in (4, 10))
    assert found[:, :2].mean(axis=0) == pytest.approx(means @ weights, abs=0.03)
    assert found[:, 2].mean() == pytest.approx(1 / (1 + np.exp(-y[0, 0])), abs=0.01)
    for axis in range(2):
        spread = np.exp(sigmas[axis])

        def below(value: np.ndarray, axis: int = axis, spread: np.ndarray = spread) -> np.ndarray:
            return stats.norm.cdf((value[:, None] - means[axis]) / spread) @ weights

        assert stats.kstest(found[:, axis], below).pvalue > 1e-4
    rho = np.tanh(y[0, 16:19])
    expected = weights @ (rho * np.exp(sigmas[0]) * np.exp(sigmas[1]) + means[0] * means[1])
    assert (found[:, 0] * found[:, 1]).mean() == pytest.approx(expected, abs=0.06)


def test_bias_makes_samples_keep_to_the_likeliest_point() -> None:
    y = np.random.default_rng(1).normal(size=(1, outputs(3))).astype(np.float32)
    noise = np.random.default_rng(2).random((500, 4)).astype(np.float32)
    spreads = [np.std(np.asarray(pick(np.repeat(y, 500, axis=0), noise, 3, b))[:, :2]) for b in (0.0, 1.0, 4.0)]
    assert spreads[0] > spreads[1] > spreads[2]


def test_a_sample_that_was_stopped_early_has_not_ended(generator: Generator) -> None:
    """And steps are the most: a sample that comes to its end before them ends there."""
    whole = draw(generator, ["a"], [1])[0]
    assert whole.ended
    assert not draw(generator, ["a"], [1], steps=len(whole.points) - 1)[0].ended
    assert np.array_equal(draw(generator, ["a"], [1], steps=2000)[0].points, whole.points)


def test_a_text_needs_its_seed(generator: Generator) -> None:
    with pytest.raises(ValueError, match="shorter"):
        draw(generator, ["a", "b"], [1])


def test_what_cannot_be_drawn_is_refused(generator: Generator) -> None:
    with pytest.raises(ArgumentsError, match="bias"):
        draw(generator, ["a"], [1], bias=-1)
    with pytest.raises(ArgumentsError, match="points cannot be drawn"):
        draw(generator, ["a"], [1], steps=0)
    with pytest.raises(ArgumentsError, match="empty"):
        draw(generator, [""], [1])


def test_missing_weights_say_so(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(MissingResourceError, match="weights are missing"):
        load_generator(tmp_path / "none.safetensors")


def test_the_shipped_generator_writes_in_every_shipped_style() -> None:
    shipped, styles = load_generator(), load_styles()
    assert len(styles) >= 8
    for prime in styles.values():
        assert 100 <= len(prime.points) <= 1200
        assert prime.text.isascii()
    names = list(styles)[:2]
    drawn = [draw(shipped, ["one two"] * 4, range(4), 0.5, styles[name]) for name in names]
    assert sum(one.ended for group in drawn for one in group) >= 6
    assert not np.allclose(drawn[0][0].points[:20], drawn[1][0].points[:20], atol=0.1)


def test_ink_gains_by_its_own_text_and_not_by_another(generator: Generator) -> None:
    prime = next(iter(load_styles().values()))
    wrong = Prime(prime.points, prime.text[::-1])
    assert text_gain(load_generator(), prime) > 1.5
    assert text_gain(load_generator(), wrong) < 1
    known = Prime(prime.points[:50], "the fox")
    of_letters, of_others = (
        np.asarray(log_likelihood(by_network(generator, known.points, said), np.float32(known.points), 4)).sum()
        for said in ("the fox", "gur sbk")
    )
    assert text_gain(generator, known) == pytest.approx((of_letters - of_others) / 7, abs=1e-3)


def test_the_shipped_generator_ends_short_texts_and_signs_by_itself() -> None:
    """With drafts, whose last piece may be a single dot; after it comes a word that must not be written."""
    texts = [".", "I", "Plan .", "- . -."]
    prime = next(iter(load_styles().values()))
    drawn = draw(load_generator(), texts, range(4), 0.5, prime, drafts=8)
    assert all(one.ended for one in drawn)
    for text, one in zip(texts, drawn, strict=True):
        assert [place for place in one.passed_over if text[place] != " "] == []
        past = np.argmax(one.seen, axis=1) == len(text)
        assert past[:-40].sum() == 0
