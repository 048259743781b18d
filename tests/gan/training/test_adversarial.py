"""The game: who plays, what each side learns from, and that both move."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from datasets import protocol
from datasets.corpora.iam_ondb import IamOnDb
from gan import backend

backend.choose()

from gan.training.adversarial.imitations import LONGEST, Imitation, Row  # noqa: E402
from gan.training.adversarial.players import cut, snippet, text_of  # noqa: E402
from gan.training.adversarial.preference import LEAST, Learner, Settings, merits, pairs  # noqa: E402
from gan.training.adversarial.verdicts import Discriminator, Seen, beside, losses  # noqa: E402
from gan.training.style.second_judge import not_in_the_game  # noqa: E402
from gan.writing.alphabet import encode  # noqa: E402
from gan.writing.generator import GeneratorConfig, build_generator, loss  # noqa: E402
from gan.writing.loops import Generator  # noqa: E402
from gan.writing.priming import Hand  # noqa: E402
from gan.writing.sampling import Prime, read_prime, read_primes  # noqa: E402

CONFIG = GeneratorConfig(layers=3, units=10, bumps=3, components=4)


def small_generator() -> Generator:
    network = build_generator(CONFIG)
    random = np.random.default_rng(1)
    network.set_weights([w + 0.1 * random.normal(size=w.shape).astype(np.float32) for w in network.get_weights()])
    return Generator(network, CONFIG, Hand(30.0, 0.01, 0.2, (2.0, 3.0)))


def some_prime(seed: int, points: int, text: str) -> Prime:
    random = np.random.default_rng(seed)
    return Prime(np.column_stack([random.normal(size=(points, 2)), random.random(points) < 0.1]).astype(float), text)


def some_rows(generator: Generator, count: int, seed: int) -> list[Row]:
    random = np.random.default_rng(seed)
    prime = some_prime(seed, 30, "the cat")
    letters, state = read_prime(generator, ["dog"] * count, prime)
    rows = []
    for row in range(count):
        length = int(random.integers(20, 40))
        points = np.column_stack([random.normal(size=(length, 2)), random.random(length) < 0.2])
        rows.append(Row(letters[row], tuple(part[row] for part in state), points, float(random.normal(-80, 1))))
    return rows


def by_network(generator: Generator, prime: Prime, row: Row) -> float:
    """Log-likelihood of a row's points after the prime, by the whole network at once."""
    from keras import ops

    points = np.concatenate([prime.points, row.points])
    before = np.concatenate([np.zeros((1, 3)), points[:-1]]).astype(np.float32)
    y = generator.network([before[None], row.letters[None]])
    found = -loss(CONFIG, y, ops.convert_to_tensor(points[None].astype(np.float32)))
    return float(np.asarray(ops.convert_to_numpy(found))[0, len(prime.points) :].sum())


def test_what_it_costs_is_that_of_the_paper_on_whole_sequences() -> None:
    generator = small_generator()
    settings = Settings(pairs=2, real=1, rate=0.0, beta=0.3, likelihood=0.7)
    learner = Learner(CONFIG, settings)
    learner.take(generator)
    rows = some_rows(generator, 5, 4)
    prime = some_prime(4, 30, "the cat")
    cost = learner.update([(rows[0], rows[1]), (rows[2], rows[3])], rows[4:])
    gains = np.array([by_network(generator, prime, row) - row.log_likelihood for row in rows[:4]])
    ahead = 0.3 * (gains[0::2] - gains[1::2])
    expected = np.log1p(np.exp(-ahead)).mean() - 0.7 * by_network(generator, prime, rows[4]) / len(rows[4].points)
    assert cost == pytest.approx(expected, rel=2e-4)


def test_a_step_moves_every_layer_of_the_generator_towards_the_better_draft() -> None:
    generator = small_generator()
    before = generator.network.get_weights()
    prime, rows = some_prime(4, 30, "the cat"), some_rows(generator, 3, 4)
    settings = Settings(pairs=1, real=1, rate=1e-3, beta=0.1, likelihood=0.0)
    learner = Learner(CONFIG, settings)
    learner.take(generator)
    ahead = by_network(generator, prime, rows[0]) - by_network(generator, prime, rows[1])
    for _ in range(5):
        learner.update([(rows[0], rows[1])], rows[2:])
    learner.give(generator)
    for variable, old in zip(generator.network.weights, before, strict=True):
        assert not np.allclose(np.asarray(variable), old, atol=1e-7), variable.path
    assert by_network(generator, prime, rows[0]) - by_network(generator, prime, rows[1]) > ahead + 0.5


def imitation(row: Row) -> Imitation:
    return Imitation(None, "a", None, row)  # type: ignore[arg-type]  # what a pair takes of it is the row


def test_pairs_are_the_best_against_the_worst_where_they_differ_enough_and_are_short() -> None:
    row = Row(np.zeros((1, 1)), (), np.zeros((10, 3)), 0.0)
    drafts = [imitation(row) for _ in range(5)]
    merit = {id(one): value for one, value in zip(drafts, [0.0, 3.0, 1.0, 1.2, -2.0], strict=True)}
    found = pairs([drafts], merit)
    assert len(found) == 2
    assert found[0][0] is drafts[1].row
    assert found[0][1] is drafts[4].row
    assert pairs([drafts], dict.fromkeys(merit, 1.0)) == []
    nearly = {id(one): LEAST * 0.4 * k for k, one in enumerate(drafts[:2])}
    assert pairs([drafts[:2]], nearly) == []
    long = imitation(Row(np.zeros((1, 1)), (), np.zeros((LONGEST + 1, 3)), 0.0))
    assert pairs([[drafts[0], long]], {id(drafts[0]): 0.0, id(long): 9.0}) == []


def test_a_draft_that_is_misread_has_less_merit() -> None:
    verdicts = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    found = merits(verdicts, np.array([0.0, 0.5, 0.0]))
    assert found[0] > found[1]
    assert found[0] > found[2]


def test_the_discriminator_learns_to_refuse_what_it_was_shown() -> None:
    random = np.random.default_rng(3)

    def seen(middle: float, count: int) -> Seen:
        return Seen(random.normal(middle, 1, (count, 8)), [], np.zeros(count))

    judge = Discriminator(None)
    own, others, fakes = seen(1.5, 60), seen(-1.5, 60), seen(0.9, 60)
    judge.learn(own, others, None, 0, random)
    before = (judge.model.decision_function(fakes.style) > 0).mean()
    judge.learn(own, others, fakes, 0, random)
    after = (judge.model.decision_function(fakes.style) > 0).mean()
    assert after < before - 0.2
    assert len(judge.styles) == 2


def test_losses_weigh_both_kinds_alike() -> None:
    verdicts = np.array([[2.0, 0.0], [-1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    style, authenticity = losses(verdicts, np.array([1, 0, 0, 0]))
    assert style == pytest.approx((np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2)
    assert authenticity == pytest.approx(np.log(2))


def test_likeness_is_a_cosine_from_the_middle_of_people() -> None:
    random = np.random.default_rng(0)
    lines, known, centre = random.normal(size=(3, 16)), random.normal(size=(3, 16)), random.normal(size=16)
    found = beside(lines, known, centre).sum(axis=1) / 4
    expected = [
        (a - centre) @ (b - centre) / np.linalg.norm(a - centre) / np.linalg.norm(b - centre)
        for a, b in zip(lines, known, strict=True)
    ]
    np.testing.assert_allclose(found, expected)


def test_primes_that_are_read_side_by_side_are_read_as_each_alone() -> None:
    generator = small_generator()
    primes = [some_prime(1, 50, "the quick brown fox jumps"), some_prime(2, 35, "the cat")]
    texts, whose = ["dog", "bird", "dog"], [primes[0], primes[1], primes[1]]
    letters, state = read_primes(generator, texts, whose)
    for row, (text, prime) in enumerate(zip(texts, whose, strict=True)):
        own_letters, own_state = read_prime(generator, [text], prime)
        np.testing.assert_array_equal(letters[row, : own_letters.shape[1]], own_letters[0])
        for part, own in zip(state, own_state, strict=True):
            np.testing.assert_allclose(part[row], own[0], atol=1e-5)


def test_a_snippet_is_whole_words_of_the_text() -> None:
    random = np.random.default_rng(0)
    texts = ["it was a bright cold day in April", "and the clocks were striking thirteen"]
    for _ in range(50):
        found = snippet(texts, random)
        assert 8 <= len(found) <= 15
        assert any(f" {found} " in f" {text} " for text in texts)
        assert len(encode(found)) == len(found)


def test_of_a_line_as_many_points_are_kept_as_are_asked_for(iam_ondb: IamOnDb) -> None:
    sample = next(s for s in iam_ondb.samples if s.text and len(s.ink.points) > 400)
    found = cut(sample, 200)
    assert 200 <= len(found.ink.points) < len(sample.ink.points)
    assert found.ink.channels == ("x", "y")
    assert text_of(sample) == " ".join(str(sample.text).split())


def test_nobody_of_a_test_selection_or_calibration_set_is_imitated_or_trains_the_second_judge(
    iam_ondb: IamOnDb,
) -> None:
    """The game takes writers of ``trainset`` alone, and the second judge the others of them."""
    parts = protocol.iam_parts(iam_ondb.samples)
    training = [writer for writer, part in parts.items() if part == "training"]
    playing = {writer for writer in training if protocol.in_the_game(writer)}
    judging = {writer for writer in training if not_in_the_game(writer)}
    assert not playing & judging
    assert playing | judging == set(training)
    assert min(len(playing), len(judging)) > 35
    splits = Counter(s.split for s in iam_ondb.samples if s.writer in playing)
    assert set(splits) == {"trainset"}
