"""The generator's alphabet, network and training in small."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from datasets.cache import write_samples
from datasets.errors import ArgumentsError
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from gan import backend

backend.choose()
from keras import ops  # noqa: E402

from gan.judging.discriminator import load_weights  # noqa: E402
from gan.training import generator as training  # noqa: E402
from gan.training.loop import load_checkpoint  # noqa: E402
from gan.writing.alphabet import CHARACTERS, encode, nearest  # noqa: E402
from gan.writing.generator import GeneratorConfig, build_generator, loss  # noqa: E402
from gan.writing.priming import offsets, side_by_side  # noqa: E402

SMALL = GeneratorConfig(layers=2, units=8, bumps=2, components=3)


def train(settings: training.Settings, cache: Path, out: Path) -> None:
    """Train by a clock that goes on by a second a step, so that no run depends on the machine's speed."""
    training.run(settings, cache, out, clock=count(0.0).__next__)


def test_every_character_of_the_alphabet_has_its_number() -> None:
    assert [CHARACTERS[i] for i in encode(CHARACTERS)] == list(CHARACTERS)
    assert len(set(CHARACTERS)) == len(CHARACTERS) == 82


def test_characters_that_cannot_be_written_are_named_with_the_nearest_text() -> None:
    with pytest.raises(ArgumentsError, match=r"'é', '–'.*'Cafe - two'"):
        encode("Café – two")
    with pytest.raises(ArgumentsError, match="empty"):
        encode("")
    with pytest.raises(ArgumentsError, match="English letters"):
        encode("日本")
    assert nearest("“don’t”…") == '"don\'t"...'


@pytest.mark.parametrize(("text", "normalised"), [(True, False), (False, False), (True, True)])
def test_what_a_step_puts_out_depends_on_no_later_point(text: bool, normalised: bool) -> None:
    network = build_generator(replace(SMALL, text=text, normalised=normalised))
    random = np.random.default_rng(1)
    points = random.normal(size=(2, 9, 3)).astype(np.float32)
    letters = np.eye(len(CHARACTERS), dtype=np.float32)[random.integers(0, 82, (2, 5))]
    changed = points.copy()
    changed[:, 6:] += 1
    before, after = (ops.convert_to_numpy(network([p, letters] if text else p)) for p in (points, changed))
    assert before.shape == (2, 9, replace(SMALL, text=text).outputs)
    assert np.allclose(before[:, :6], after[:, :6], atol=1e-6)
    assert not np.allclose(before[:, 6:], after[:, 6:], atol=1e-3)


def test_the_text_is_read_from_its_first_character_on() -> None:
    network = build_generator(SMALL)
    points = np.random.default_rng(1).normal(size=(1, 4, 3)).astype(np.float32)
    texts = [np.eye(len(CHARACTERS), dtype=np.float32)[None, encode(t)] for t in ("abc", "xbc", "abcd" * 20)]
    found = [ops.convert_to_numpy(network([points, t])) for t in texts]
    assert not np.allclose(found[0], found[1], atol=1e-4)
    # The window has hardly left the first character, so the far end changes nothing yet.
    assert np.allclose(found[0][:, 0], found[2][:, 0], atol=0.05)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """IAM-OnDB in small, with a line without text and one of the test writers."""
    folder = tmp_path_factory.mktemp("cache")
    lines = [
        Sample(synthetic_sample("five boxing wizards", n, 1).ink, text="five boxing wizards", form=f"f{n}", split=split)
        for n, split in enumerate(["trainset"] * 4 + ["testset_t", "testset_v", "testset_v", "testset_f"])
    ]
    lines.append(Sample(lines[0].ink, form="no-text", split="trainset"))
    write_samples(folder / "iam-ondb.fkcache", lines, "k")
    return folder


def test_lines_are_offsets_of_unit_deviation_with_stroke_ends(cache: Path) -> None:
    lines, validation, hand = training.load_lines(cache, training.Settings())
    assert (len(lines), len(validation)) == (5, 2)
    whole = np.concatenate([line.points for line in lines[:4]])
    assert whole[:, :2].std(axis=0) == pytest.approx((1, 1), abs=1e-3)
    first = synthetic_sample("five boxing wizards", 0, 1).ink
    strokes = list(first.strokes())
    assert lines[0].points[:, 2].sum() == len(strokes)
    path = np.cumsum(lines[0].points[:, :2] * hand.scale, axis=0)
    assert path[-1] == pytest.approx(strokes[-1][-1, :2] - strokes[0][0, :2], abs=1)


def test_the_network_sees_the_point_before_the_one_it_tells(cache: Path) -> None:
    lines, _, _ = training.load_lines(cache, training.Settings())
    points, text, target, mask = training.padded(lines[:2])
    assert not points[:, 0].any()
    assert np.array_equal(points[:, 1:], target[:, :-1])
    assert mask.sum() == sum(len(line.points) for line in lines[:2])
    assert text.sum() == 2 * len("five boxing wizards")


def test_noise_dropout_and_limits_act_in_training_only(cache: Path, tmp_path: Path) -> None:
    settings = training.Settings(
        minutes=0.05,
        batch=2,
        layers=2,
        units=8,
        dropout=0.3,
        input_noise=0.1,
        weight_noise=0.05,
        limit_derivatives=True,
        clip_norm=0.0,
        truncate=40,
    )
    train(settings, cache, tmp_path)
    config = GeneratorConfig(layers=2, units=8)
    network = build_generator(config)
    load_weights(network, tmp_path / "generator.safetensors")
    # Had noise stayed in the weights, or dropout in the network, two looks would differ.
    _, validation, _ = training.load_lines(cache, settings)
    with (tmp_path / "log.csv").open(newline="") as stream:
        stated = float(list(csv.DictReader(stream))[-1]["nats_a_line"])
    assert training.log_loss(network, validation, config) == pytest.approx(stated, rel=0.01)


def test_a_training_on_starts_of_lines_sees_no_more_of_them(cache: Path) -> None:
    whole, unseen, _ = training.load_lines(cache, training.Settings())
    starts, same, _ = training.load_lines(cache, training.Settings(first_points=50))
    for one, other in zip(whole, starts, strict=True):
        assert np.array_equal(one.points[:50], other.points)
        assert np.array_equal(one.text, other.text)
    assert [len(line.points) for line in unseen] == [len(line.points) for line in same]


def test_joined_lines_are_two_of_one_hand_as_a_prime_sets_them_side_by_side(tmp_path: Path) -> None:
    text = "five boxing wizards"
    inks = [synthetic_sample(text, writer, number).ink for writer in (1, 2) for number in (1, 2)]
    who = ["a", "a", None, None]
    samples = [
        Sample(ink, text=f"{text}{n}", writer=w, form="f", split="trainset")
        for n, (ink, w) in enumerate(zip(inks, who, strict=True))
    ]
    write_samples(tmp_path / "iam-ondb.fkcache", samples, "k")
    settings = training.Settings(joined=1.0, batch=4)
    lines, _, hand = training.load_lines(tmp_path, settings)
    found = next(training.batches(lines, settings, 1))
    assert len(found) == 4
    strokes = [[s[:, :2] for s in ink.strokes()] for ink in inks]
    pairs = {f"{text}{a} {text}{b}": (a, b) for a, b in ((0, 1), (1, 0), (2, 3), (3, 2))}
    for line in found:
        a, b = pairs.pop("".join(CHARACTERS[i] for i in line.text))
        assert np.allclose(line.points, offsets(side_by_side([strokes[a], strokes[b]]), hand.scale), atol=1e-3)


def test_lines_too_long_together_stay_alone(cache: Path) -> None:
    settings = training.Settings(joined=1.0, most_joined=100, batch=2)
    lines, _, _ = training.load_lines(cache, settings)
    assert all(len(line.text) == len("five boxing wizards") for line in next(training.batches(lines, settings, 1)))


def test_stretched_lines_are_sheared_and_sized_at_random(cache: Path) -> None:
    line = training.load_lines(cache, training.Settings())[0][0]
    random = np.random.default_rng(1)
    seen = []
    for _ in range(400):
        points = training.stretched(line, random, 0.1).points
        assert np.array_equal(points[:, 2], line.points[:, 2])
        matrix, rest, *_ = np.linalg.lstsq(line.points[:, :2], points[:, :2], rcond=None)
        assert np.allclose(rest, 0, atol=1e-3)
        assert matrix[0, 1] == pytest.approx(0, abs=1e-4)
        seen.append((np.log(matrix[0, 0]), matrix[1, 0], np.log(matrix[1, 1])))
    assert np.std(seen, axis=0) == pytest.approx(0.1, abs=0.015)
    assert np.array_equal(training.stretched(line, random, 0.0).points, line.points)


def test_pieces_of_lines_hold_all_of_them_in_order(cache: Path) -> None:
    lines, _, _ = training.load_lines(cache, training.Settings())
    found = list(training.pieces(iter([lines[:2], lines[2:4]]), 50))
    starts = [i for i, (begins, _) in enumerate(found) if begins] + [len(found)]
    assert len(starts) == 3
    for group, a, b in zip((lines[:2], lines[2:4]), starts[:-1], starts[1:], strict=True):
        whole = training.padded(group)
        for k in (0, 2, 3):
            assert np.array_equal(np.concatenate([parts[k] for _, parts in found[a:b]], axis=1), whole[k])
        assert all(parts[0].shape[1] <= 50 and np.array_equal(parts[1], whole[1]) for _, parts in found[a:b])


def test_a_network_that_carries_its_state_reads_pieces_as_the_whole() -> None:
    whole, carrying = build_generator(SMALL), build_generator(SMALL, carried=2)
    drawn = np.random.default_rng(1)
    for one, other in zip(whole.trainable_weights, carrying.trainable_weights, strict=True):
        one.assign(drawn.normal(0, 0.3, one.shape))
        other.assign(np.array(one))
    points = drawn.normal(size=(2, 30, 3)).astype(np.float32)
    letters = np.eye(len(CHARACTERS), dtype=np.float32)[drawn.integers(0, 82, (2, 5))]
    expected = ops.convert_to_numpy(whole([points, letters]))
    parts = [ops.convert_to_numpy(carrying([points[:, a:b], letters], training=True)) for a, b in ((0, 11), (11, 30))]
    assert np.allclose(np.concatenate(parts, axis=1), expected, atol=1e-4)


def test_a_training_writes_its_files_and_goes_on_where_it_was(cache: Path, tmp_path: Path) -> None:
    train(training.Settings(minutes=0.05, batch=2, layers=1, units=8), cache, tmp_path)
    found = load_checkpoint(tmp_path / "checkpoint")
    assert found is not None
    more = found[1]["seconds"] / 60 + 0.05
    train(training.Settings(minutes=more, batch=2, layers=1, units=8), cache, tmp_path)
    with (tmp_path / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert int(rows[-1]["step"]) > int(rows[0]["step"]) == found[1]["step"] > 0
    assert np.isfinite(float(rows[-1]["nats_a_line"]))
    with safe_open(tmp_path / "generator.safetensors", "np") as stored:
        assert all(np.isfinite(stored.get_tensor(name)).all() for name in stored.keys())  # noqa: SIM118


def test_the_point_head_costs_squared_error_and_cross_entropy() -> None:
    config, random = replace(SMALL, head="point"), np.random.default_rng(1)
    y, points = random.normal(size=(4, config.outputs)), random.normal(size=(4, 3))
    points[:, 2] = [0, 1, 1, 0]
    likely = 1 / (1 + np.exp(-y[:, 0]))
    expected = np.sum((y[:, 1:] - points[:, :2]) ** 2, axis=1) - np.log(np.where(points[:, 2], likely, 1 - likely))
    assert np.allclose(ops.convert_to_numpy(loss(config, *map(ops.convert_to_tensor, (y, points)))), expected)


@pytest.mark.parametrize(
    "changes", [{"head": "point"}, {"text": False}, {"normalised": True, "truncate": 40}, {"normalised": True}]
)
def test_every_kind_of_network_is_trained_and_read_back(
    changes: dict[str, object], cache: Path, tmp_path: Path
) -> None:
    settings = training.Settings(minutes=0.05, batch=2, layers=2, units=8, **changes)  # type: ignore[arg-type]
    train(settings, cache, tmp_path)
    with safe_open(tmp_path / "generator.safetensors", "np") as stored:
        config = GeneratorConfig(**json.loads(stored.metadata()["card"])["config"])
    network = build_generator(config)
    _, validation, _ = training.load_lines(cache, settings)
    load_weights(network, tmp_path / "generator.safetensors")
    with (tmp_path / "log.csv").open(newline="") as stream:
        stated = float(list(csv.DictReader(stream))[-1]["nats_a_line"])
    assert training.log_loss(network, validation, config) == pytest.approx(stated, rel=0.01)
