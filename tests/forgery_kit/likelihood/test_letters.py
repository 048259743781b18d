"""Letters: what each says is a likelihood ratio of its own, and sides are averaged as embeddings are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from forgery_kit.likelihood import letters as module
from forgery_kit.likelihood.back_end import BackEnd, score_matrix, score_pairs
from forgery_kit.likelihood.letters import LetterModel, fit_letters, letter_arrays, letters_from
from forgery_kit.likelihood.plda import Plda
from gan.judging.seen import SeenLetters

CHANNELS, KEPT = 6, 3


def model(seed: int = 1) -> LetterModel:
    random = np.random.default_rng(seed)
    return LetterModel(
        np.array([3, 7]),
        random.normal(size=(2, CHANNELS)),
        random.normal(size=(2, CHANNELS, KEPT)),
        random.uniform(0.5, 3, (2, KEPT)),
    )


def seen(classes: list[int], seed: int) -> SeenLetters:
    return SeenLetters(
        np.array(classes, np.int64),
        np.random.default_rng(seed).normal(size=(len(classes), CHANNELS)).astype(np.float32),
    )


def test_a_letters_score_is_the_log_ratio_of_two_normal_densities() -> None:
    fitted = model()
    a, b = seen([3, 3, 3], 1), seen([3], 2)
    one, other = fitted.held(a, 60)[None], fitted.held(b, 30)[None]
    found = fitted.by_letter(one, 60, other, 30)[0]
    expected = 0.0
    for k in range(KEPT):
        x = float(((a.frames - fitted.means[0]) @ fitted.project[0])[:, k].mean())
        y = float(((b.frames - fitted.means[0]) @ fitted.project[0])[:, k].mean())
        between = fitted.between[0, k]
        wa, wb = (module.LASTING + (1 - module.LASTING) / n for n in (3, 1))
        both = multivariate_normal([0, 0], [[between + wa, between], [between, between + wb]])
        alone = multivariate_normal([0, 0], [[between + wa, 0], [0, between + wb]])
        expected += both.logpdf([x, y]) - alone.logpdf([x, y])
    assert found[0] == pytest.approx(expected)
    assert found[1] == 0


def test_the_vector_of_two_pieces_is_their_mean_by_steps_of_ink() -> None:
    fitted = model()
    a, b = seen([3, 7, 7], 1), seen([7, 3], 2)
    together = SeenLetters(np.concatenate([a.classes, b.classes]), np.concatenate([a.frames, b.frames]))
    mean = (40 * fitted.held(a, 40) + 120 * fitted.held(b, 120)) / 160
    assert np.allclose(mean, fitted.held(together, 160))


def test_a_letter_that_one_side_lacks_says_nothing() -> None:
    fitted = model()
    one, other = fitted.held(seen([3, 3], 1), 50)[None], fitted.held(seen([7], 2), 50)[None]
    assert fitted.score_pairs(one, 50, other, 50)[0] == 0
    assert fitted.score_matrix(one, 50, other, 50)[0, 0] == 0


def test_a_matrix_of_scores_is_symmetric_and_agrees_with_pairs() -> None:
    fitted = model()
    sides = np.stack([fitted.held(seen([3] * (1 + i) + [7] * (i % 4), i), 100) for i in range(12)])
    embeddings = np.random.default_rng(3).normal(size=(12, 4))
    vectors = np.hstack([embeddings, sides])
    plda = Plda(np.zeros(4), np.eye(4), np.full(4, 2.0))
    back_end = BackEnd(plda, fitted, np.array([60.0, 480.0]), np.array([[0.2, 0.4], [0.4, 0.9]]))
    steps = np.linspace(50, 900, 12)
    there = score_matrix(back_end, vectors[:6], steps[:6], vectors[6:], steps[6:])
    assert np.allclose(there, score_matrix(back_end, vectors[6:], steps[6:], vectors[:6], steps[:6]).T)
    assert np.allclose(np.diag(there), score_pairs(back_end, vectors[:6], steps[:6], vectors[6:], steps[6:]), atol=0.03)


def test_the_weight_is_interpolated_between_amounts_and_held_beyond_them() -> None:
    back_end = BackEnd(
        Plda(np.zeros(1), np.eye(1), np.ones(1)), None, np.array([100.0, 400.0]), np.array([[0, 1], [1, 2.0]])
    )
    assert back_end.weight(100, 400) == 1
    assert back_end.weight(200, 200) == pytest.approx(1.0)
    assert back_end.weight(10, 10) == 0
    assert back_end.weight(9000, 9000) == 2
    assert back_end.weight(np.array([[100.0], [400.0]]), np.array([[400.0, 100.0]])).shape == (2, 2)


def test_fitted_letters_tell_writers_apart_and_come_back_from_their_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_PEOPLE", 10)
    monkeypatch.setattr(module, "ALL_DIMENSIONS", CHANNELS)
    monkeypatch.setattr(module, "DIMENSIONS", KEPT)
    random = np.random.default_rng(5)
    hands = 2 * random.normal(size=(30, CHANNELS))
    windows, writers = [], []
    for writer in range(30):
        for _ in range(4):
            frames = hands[writer] + random.normal(size=(5, CHANNELS))
            windows.append(SeenLetters(np.array([3, 3, 3, 3, 9]), frames.astype(np.float32)))
            writers.append(writer)
    fitted = fit_letters(windows[:80], np.array(writers[:80]), np.zeros(80, np.int64))
    assert fitted.classes.tolist() == [3, 9]
    vectors = np.stack([fitted.held(one, 60) for one in windows[80:]])
    scores = fitted.score_matrix(vectors, 60, vectors, 60)
    who = np.array(writers[80:])
    same = (who[:, None] == who[None]) & ~np.eye(len(who), dtype=bool)
    assert scores[same].mean() > 1
    assert scores[who[:, None] != who[None]].mean() < -1
    again = letters_from(letter_arrays(fitted))
    assert np.allclose(again.score_matrix(vectors, 60, vectors, 60), scores, atol=0.05)


def test_without_a_letter_that_enough_people_wrote_there_is_no_model() -> None:
    with pytest.raises(ValueError, match="no letter"):
        fit_letters([seen([3, 3, 3], i) for i in range(5)], np.arange(5), np.zeros(5, np.int64))


def windows_of(frames: np.ndarray, letter: int) -> SeenLetters:
    return SeenLetters(np.full(len(frames), letter), frames.astype(np.float32))


def test_a_vector_has_as_many_entries_as_the_model_says() -> None:
    assert model().width == len(model().held(seen([3, 7], 1), 60))


def test_kept_directions_are_those_in_which_one_letter_varies_not_those_that_tell_letters_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("LEAST_PEOPLE", 10), ("ALL_DIMENSIONS", 1), ("DIMENSIONS", 1)):
        monkeypatch.setattr(module, name, value)
    random = np.random.default_rng(7)
    made = []
    for writer, hand in enumerate(4 * random.normal(size=30)):
        for letter, place in ((3, 100.0), (9, -100.0)):
            frames = 0.5 * random.normal(size=(8, CHANNELS)) + np.array([place, hand, 0, 0, 0, 0])
            made.append((windows_of(frames, letter), writer))
    writers = np.array([writer for _, writer in made])
    fitted = fit_letters([one for one, _ in made], writers, np.zeros(len(made), np.int64))
    assert fitted.classes.tolist() == [3, 9]
    assert (np.abs(fitted.project[:, 1, 0]) > 10 * np.abs(fitted.project[:, 0, 0])).all()
    assert (fitted.between > 1).all()


def test_the_mean_of_a_letter_is_that_of_its_writers_whatever_each_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_PEOPLE", 3)
    monkeypatch.setattr(module, "DIMENSIONS", KEPT)
    random = np.random.default_rng(8)
    hands = [random.normal(size=(count, CHANNELS)) + 5 * who for who, count in enumerate((3, 4, 30))]
    fitted = fit_letters([windows_of(frames, 3) for frames in hands], np.arange(3), np.zeros(3, np.int64))
    assert np.allclose(fitted.means[0], np.mean([frames.mean(axis=0) for frames in hands], axis=0), atol=1e-5)


def test_a_letter_counts_from_so_many_people_who_wrote_it_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_PEOPLE", 4)
    monkeypatch.setattr(module, "DIMENSIONS", KEPT)
    random = np.random.default_rng(9)
    people = [windows_of(random.normal(size=(module.LEAST_TIMES, CHANNELS)) + who, 3) for who in range(4)]
    who, donors = np.arange(4), np.zeros(4, np.int64)
    assert fit_letters(people, who, donors).classes.tolist() == [3]
    fewer = windows_of(random.normal(size=(module.LEAST_TIMES - 1, CHANNELS)), 3)
    with pytest.raises(ValueError, match="no letter"):
        fit_letters([*people[:3], fewer], who, donors)


def test_of_one_person_only_so_many_instances_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LEAST_PEOPLE", 3), ("DIMENSIONS", KEPT), ("MOST_TIMES", 5)):
        monkeypatch.setattr(module, name, value)
    used: list[np.ndarray] = []
    fit = module.fit_plda
    monkeypatch.setattr(module, "fit_plda", lambda x, writers, *rest: used.append(writers) or fit(x, writers, *rest))
    random = np.random.default_rng(10)
    people = [windows_of(random.normal(size=(count, CHANNELS)) + count, 3) for count in (4, 5, 6, 50)]
    fit_letters(people, np.arange(4), np.zeros(4, np.int64))
    assert np.bincount(used[0]).tolist() == [4, 5, 5, 5]
