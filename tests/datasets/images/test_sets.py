"""Folders of images of characters: IDX as MNIST's, and trajectories that are drawn."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import MissingResourceError, UnreadableFileError
from datasets.idx import pack_idx
from datasets.images.sets import TEST_PEOPLE, load_images
from datasets.images.trajectories import BOX, SIDE, draw

LETTERS = "Ab"


def write_set(folder: Path, count: int = 8, labels: np.ndarray | None = None, mapping: str | None = None) -> None:
    random = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for name in ("train", "t10k"):
        images = random.integers(0, 256, (count, SIDE, SIDE)).astype(np.uint8)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(pack_idx(images))
        told = (np.arange(count) % 2).astype(np.uint8) if labels is None else labels
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(pack_idx(told, ""))
    if mapping is not None:
        (folder / "mapping.txt").write_text(mapping)


def test_a_set_has_the_classes_of_its_mapping_else_the_digits(tmp_path: Path) -> None:
    write_set(tmp_path)
    assert load_images(tmp_path).characters == "0123456789"
    write_set(tmp_path, mapping="0 65\n1 98\n")
    found = load_images(tmp_path)
    assert found.characters == LETTERS
    assert len(found.train) == len(found.test) == 8
    assert found.train.labels.tolist() == [0, 1] * 4


@pytest.mark.parametrize(
    ("labels", "mapping", "message"),
    [
        (np.zeros(7, np.uint8), None, "one label for each of its 8"),
        (np.full(8, 2, np.uint8), "0 65\n1 98\n", "beyond its 2 classes"),
        (np.zeros(8, np.int16), None, "one label"),
        (None, "0 65\n2 98\n", "a class, from 0 on"),
        (None, "0 99999999999\n", "a class, from 0 on"),
        (None, "A\n", "a class, from 0 on"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path: Path, labels: np.ndarray | None, mapping: str | None, message: str
) -> None:
    write_set(tmp_path, labels=labels, mapping=mapping)
    with pytest.raises(UnreadableFileError, match=message):
        load_images(tmp_path)


def test_a_folder_without_a_set_is_a_missing_resource(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="train-images"):
        load_images(tmp_path)


def write_trajectories(folder: Path, people: int) -> None:
    random = np.random.default_rng(1)
    drawings = {
        letter: [[random.uniform(0, 300, (5, 2)).round().tolist(), [[9.0, 9.0]]] for _ in range(people)]
        for letter in reversed(LETTERS)
    }
    folder.joinpath("char74k.json.xz").write_bytes(lzma.compress(json.dumps(drawings).encode()))


def test_trajectories_are_split_by_people_and_varied_for_training_only(tmp_path: Path) -> None:
    write_trajectories(tmp_path, TEST_PEOPLE + 3)
    found, varied = load_images(tmp_path), load_images(tmp_path, 4)
    assert found.characters == LETTERS
    assert len(found.test) == len(varied.test) == 2 * TEST_PEOPLE
    assert (len(found.train), len(varied.train)) == (2 * 3, 2 * 3 * 5)
    # What each person drew is there unchanged beside its variants, which are all different.
    np.testing.assert_array_equal(varied.train.images[::5], found.train.images)
    assert len(np.unique(varied.train.images, axis=0)) == len(varied.train)
    np.testing.assert_array_equal(load_images(tmp_path, 4).train.images, varied.train.images)


def test_too_few_people_are_no_set(tmp_path: Path) -> None:
    write_trajectories(tmp_path, TEST_PEOPLE)
    with pytest.raises(UnreadableFileError, match="drawings of each"):
        load_images(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}x",
        '{"A": [[[[1, 2, 3]]]]}',
        '{"A": [[[[1e99, 2]]]]}',
        '{"AB": [[[[1, 2]]]]}',
        '{"A": [], "b": [[]]}',
        '{"A": [[]]}',
    ],
)
def test_other_json_is_no_set_of_trajectories(tmp_path: Path, text: str) -> None:
    (tmp_path / "char74k.json.xz").write_bytes(lzma.compress(text.encode()))
    with pytest.raises(UnreadableFileError):
        load_images(tmp_path)


def test_a_drawing_fills_its_box_in_the_middle_whatever_its_size_and_place() -> None:
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], float)
    images = [draw([square * size + place]) for size, place in ((1, 0), (70.0, -900.0))]
    np.testing.assert_array_equal(*images)
    inked = np.flatnonzero(images[0].max(axis=1) > 127)
    assert inked[-1] - inked[0] == pytest.approx(BOX + 1.4, abs=1)
    np.testing.assert_array_equal(images[0], images[0].T)
    assert images[0][SIDE // 2, SIDE // 2] == 0


def test_a_dot_is_drawn_as_a_dot() -> None:
    image = draw([np.array([[5.0, 5.0]])])
    assert image[SIDE // 2, SIDE // 2] > 250
    assert (image > 0).sum() <= 16
