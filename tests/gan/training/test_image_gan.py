"""Training of the pairs that draw characters: both sides move, and an interrupted run goes on as if it had not been."""

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import ArgumentsError
from datasets.images.sets import CharacterSet, Images
from datasets.images.trajectories import SIDE
from gan import backend
from gan.images.configuration import PairConfig
from gan.images.drawing import load_generator
from gan.images.weights import read_weights, save_weights
from gan.training import image_gan
from gan.training.image_gan import Pair, Settings, run, start_from
from gan.training.loop import load_checkpoint

backend.choose()
from gan.images.networks import build_discriminator, build_generator  # noqa: E402

CONFIG = PairConfig("Ab", noise=4, drawn=(4, 3), seen=(3, 4, 4))


def tiny_set() -> CharacterSet:
    random = np.random.default_rng(0)
    images = Images(random.integers(0, 256, (40, SIDE, SIDE)).astype(np.uint8), np.arange(40) % 2)
    return CharacterSet("Ab", images, images)


def write_pair(config: PairConfig, folder: Path) -> None:
    """A pair with random weights, as a run leaves it."""
    random = np.random.default_rng(5)
    for network in (build_generator(config), build_discriminator(config)):
        for variable in network.weights:
            variable.assign(random.uniform(0.1, 0.6, variable.shape))
        save_weights(network, folder / f"{network.name}.safetensors", {"config": asdict(config), "step": 1})


def test_a_few_steps_move_both_sides_and_are_gone_on_with_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_gan, "LOGGED", 1)
    begun = Pair(CONFIG, Settings(batch=8))
    weights = {v.path for v in (*begun.generator.weights, *begun.discriminator.weights)}
    start = {i: np.array(v) for i, v in enumerate(begun.variables()) if v.path in weights}
    for folder, stops in (("whole", (3,)), ("parts", (1, 3))):
        for steps in stops:
            run(CONFIG, Settings(steps=steps, batch=8), tiny_set(), tmp_path / folder)
    whole, parts = (load_checkpoint(tmp_path / folder / "checkpoint") for folder in ("whole", "parts"))
    assert whole is not None
    assert parts is not None
    assert whole[1] == parts[1] == {"step": 3}
    assert set(whole[0]) == set(parts[0])
    for name, array in whole[0].items():
        np.testing.assert_allclose(parts[0][name], array, rtol=1e-4, atol=1e-6, err_msg=name)
    assert len(start) == len(weights)
    assert all(np.any(whole[0][f"v{i}"] != array) for i, array in start.items())
    with (tmp_path / "parts" / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["step"] for row in rows] == ["1", "2", "3"]
    assert all(0 <= float(row[name]) <= 1 for row in rows for name in ("hits_real", "hits_generated", "fooled"))
    # What a user draws with are the averages of the checkpoint.
    arrays, card = read_weights(tmp_path / "whole" / "generator.safetensors")
    assert card["step"] == 3
    for i, variable in enumerate(begun.generator.weights):
        np.testing.assert_allclose(arrays[variable.path], whole[0][f"a{i}"], rtol=1e-3, atol=1e-4)


def test_a_class_without_images_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArgumentsError, match="no image of 'c'"):
        run(replace(CONFIG, characters="Abc"), Settings(steps=1), tiny_set(), tmp_path)


def test_the_plain_pair_takes_steps_and_draws_without_classes(tmp_path: Path) -> None:
    run(PairConfig("Ab", "plain", 4), Settings(steps=1, batch=4), tiny_set(), tmp_path)
    images = load_generator(tmp_path / "generator.safetensors").draw(np.array([0, 1, 0]), (1,))
    assert images.shape == (3, SIDE, SIDE)
    assert np.any(images[0] != images[2])


def test_the_loss_is_cross_entropy_of_both_heads_and_classes_count_for_real_images_alone() -> None:
    odds = np.array([[2.0, 1.0, -1.0], [-0.5, 3.0, 0.0]], np.float32)
    truth = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]], np.float32)
    sides = (np.log1p(np.exp(-2.0)) + np.log1p(np.exp(-0.5))) / 2
    classes = np.log(np.exp(1.0) + np.exp(-1.0)) + 1.0
    found = float(backend.as_numpy(image_gan._loss(0.5)(truth, odds)))
    assert found == pytest.approx(sides + 0.5 * classes, rel=1e-5)
    alone = float(backend.as_numpy(image_gan._loss(0.5)(truth[:, :1], odds[:, :1])))
    assert alone == pytest.approx(sides, rel=1e-5)


def test_the_same_image_is_drawn_however_many_are_asked_for(tmp_path: Path) -> None:
    write_pair(CONFIG, tmp_path)
    generator = load_generator(tmp_path / "generator.safetensors")
    many = generator.draw(np.zeros(120, np.int64), (3,))
    np.testing.assert_array_equal(generator.draw(np.zeros(5, np.int64), (3,)), many[:5])
    assert np.any(generator.draw(np.zeros(5, np.int64), (4,)) != many[:5])
    assert np.any(generator.draw(np.ones(5, np.int64), (3,)) != many[:5])


def test_a_class_starts_from_its_own_weights_or_from_the_other_case(tmp_path: Path) -> None:
    write_pair(CONFIG, tmp_path)
    pair = Pair(replace(CONFIG, characters="bAaZ"), Settings())
    networks = {"generator": pair.generator, "discriminator": pair.discriminator}
    before = {name: {v.path: np.array(v) for v in network.weights} for name, network in networks.items()}
    start_from(pair, tmp_path)
    by_class = 0
    for name, network in networks.items():
        arrays, _ = read_weights(tmp_path / f"{name}.safetensors")
        for variable in network.weights:
            now, theirs, own = np.array(variable), arrays[variable.path], before[name][variable.path]
            if now.shape == theirs.shape:
                np.testing.assert_allclose(now, theirs)
                continue
            by_class += 1
            axis = int(np.flatnonzero(np.array(now.shape) != theirs.shape)[0])
            np.testing.assert_allclose(np.take(now, [0, 1, 2], axis), np.take(theirs, [1, 0, 0], axis))
            np.testing.assert_allclose(np.take(now, 3, axis), np.take(own, 3, axis))
    # Two scales, two shifts; the product, and what is shown.
    assert by_class == 7
