"""Training of the text network: whose text it sees, how it is cut, and that it learns and goes on."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from datasets.cache import write_samples
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from gan import backend

backend.choose()
from gan.judging.discriminator import load_weights  # noqa: E402
from gan.text_network import TextConfig, bits, build_text_network  # noqa: E402
from gan.training.generator import Settings as GeneratorSettings  # noqa: E402
from gan.training.presets import PRESETS  # noqa: E402
from gan.training.text import network, teaching  # noqa: E402
from gan.training.text.ngram import Ngram  # noqa: E402
from gan.training.text.texts import load_texts, numbers  # noqa: E402
from gan.writing.random_text import SYMBOLS  # noqa: E402
from tests.gan.unlearnt import unlearnt  # noqa: E402

LONG = "it was the best of times, it was the worst of times"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forms of two lines; one of training has a line of the test part in it, one of selection a line of training."""
    folder = tmp_path_factory.mktemp("cache")
    ink = synthetic_sample("a", 1, 1).ink
    lines = {
        ("trainset", "t1"): ["a cat sat on the mat", "and so  did the dog"],
        ("trainset", "t2"): ["something else was said", f"but {LONG}"],
        ("trainset", "t3"): ["a man came in at the front door", "and sat down at once"],
        ("testset_v", "v1"): ["the dog ate the food", "and the cat did not"],
        ("testset_t", "v2"): ["A man came in at the front door!", "who was he"],
        ("testset_f", "f1"): [LONG.upper(), "we had everything before us"],
    }
    samples = [
        Sample(ink, text=text, form=form, line=f"{i + 1:02}", split=split)
        for (split, form), texts in lines.items()
        for i, text in enumerate(texts)
    ]
    write_samples(folder / "iam-ondb.fkcache", samples, "k")
    return folder


def test_text_of_the_test_part_is_left_out_of_training_and_both_out_of_selection(cache: Path) -> None:
    texts, left_out = load_texts(cache)
    assert texts["training"] == [
        "a cat sat on the mat\nand so did the dog\n",
        "a man came in at the front door\nand sat down at once\n",
    ]
    assert texts["selection"] == ["the dog ate the food\nand the cat did not\n"]
    assert left_out == {"training": 1, "selection": 1, "test": 0}


def test_pieces_are_all_of_a_text_in_lines_that_follow_one_another() -> None:
    text = "".join(f"line {i}\n" for i in range(8))
    random = np.random.default_rng(1)
    for _ in range(20):
        pieces = network._pieces(text, 3, random)
        assert "".join(pieces) == text
        assert all(1 <= piece.count("\n") <= 3 for piece in pieces)
    assert network._pieces(text, 0, random) == [text]


SHORT = network.Settings(0.3, 0.02, 0, batch=2, units=12, dropout=0.1, past=0.8)


def test_it_learns_and_goes_on_from_its_checkpoint(cache: Path, tmp_path: Path) -> None:
    network.run(SHORT, cache, tmp_path, clock=count(0.0).__next__)
    network.run(replace(SHORT, minutes=0.6), cache, tmp_path, clock=count(0.0).__next__)
    steps, bits = _log(tmp_path)
    assert steps[0] > 5
    assert steps[-1] > steps[0]
    assert bits[-1] < bits[0] < np.log2(83) + 0.1
    assert (tmp_path / "text-network.safetensors").stat().st_size < 2_000_000


def test_a_network_that_is_taught_begins_as_the_first_teacher_and_learns_from_the_ngram(
    cache: Path, tmp_path: Path
) -> None:
    network.run(SHORT, cache, tmp_path / "own", clock=count(0.0).__next__)
    settings = teaching.Settings(0.4, 0.02, 0, batch=4, past=0.8, steps=30, networks=0.1, order=3)
    own = tmp_path / "own" / "text-network.safetensors"
    teaching.run(settings, cache, tmp_path / "taught", [own], clock=count(0.0).__next__)
    (*_, before), (*_, after) = _log(tmp_path / "own")[1], _log(tmp_path / "taught")[1]
    assert after < before


def test_a_network_that_is_too_unsure_is_sharpened(cache: Path, tmp_path: Path) -> None:
    network.run(replace(SHORT, minutes=1.0), cache, tmp_path, clock=count(0.0).__next__)
    flat = build_text_network(TextConfig(1, 12))
    load_weights(flat, tmp_path / "text-network.safetensors")
    output = flat.get_layer("output")
    own = output.get_weights()
    texts = [numbers(text) for text in load_texts(cache)[0]["training"]]
    best = teaching.sharpen(flat, texts)
    output.set_weights([w / 1.2 for w in own])
    assert teaching.sharpen(flat, texts)["sharpened"] == pytest.approx(min(1.2 * best["sharpened"], 1.3), abs=0.021)
    told = sum(bits(flat, texts)) / sum(map(len, texts))
    assert told == pytest.approx(teaching.sharpen(flat, texts)["bits"], rel=1e-5)


def _log(folder: Path) -> tuple[list[float], list[float]]:
    """Steps and bits of the selection part."""
    with (folder / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [float(row["step"]) for row in rows], [float(row["selection"]) for row in rows]


def test_a_teacher_draws_what_it_expects() -> None:
    random = np.random.default_rng(1)
    one = unlearnt(random)
    ngram = Ngram([numbers("the cat sat on the mat\nand that was that\n")], 3, 0.7)
    found = teaching.Teacher(ngram, [one], 0.25).draw(3, 40, random)
    assert np.allclose(found.after.sum(axis=-1), 1, atol=1e-6)
    assert (found.seen[:, 0] == SYMBOLS.index("\n")).all()
    # A row told once more, symbol by symbol: a quarter is the network's share, the rest the n-gram's.
    row, state = found.seen[1], one.start()
    states = ngram.states(row[1:])
    for place, symbol in enumerate(row[:-1]):
        logits, state = one.step(np.array([symbol]), state)
        expected = 0.25 * np.exp(logits[0]) / np.exp(logits[0]).sum() + 0.75 * ngram.p[states[place]]
        assert np.allclose(found.after[1, place], expected, atol=1e-6)


def test_draws_come_as_often_as_they_are_expected() -> None:
    shares = np.tile(np.array([0.5, 0.0, 0.2, 0.3], np.float32), (20_000, 1))
    drawn = np.bincount(teaching._drawn(shares, np.random.default_rng(1)), minlength=4) / len(shares)
    assert drawn == pytest.approx(shares[0], abs=0.015)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_changes_settings_that_there_are(name: str) -> None:
    settings = GeneratorSettings(**PRESETS[name])
    assert (settings.head == "point") == (name == "point")
