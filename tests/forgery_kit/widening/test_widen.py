"""`widen`: marked as generated wherever it can be, the same for the same seed; bad input ends in one line."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets.errors import ArgumentsError, ForgeryKitError, MissingResourceError
from datasets.idx import pack_idx, read_idx
from datasets.images.trajectories import SIDE
from forgery_kit.widening.widen import checked_set, names, widen, write_widened
from gan.images.drawing import PRETRAINED

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    images = np.random.default_rng(0).integers(0, 256, (20, SIDE, SIDE)).astype(np.uint8)
    for name in ("train", "t10k"):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(pack_idx(images))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(pack_idx((np.arange(20) % 10).astype(np.uint8)))
    return folder


def made(digits: Path, folder: Path, n: int = 12, seed: int = 3) -> list[Path]:
    found = checked_set(digits, "4", n, seed, folder)
    return write_widened(widen(found, "4", n, seed), folder)


def test_every_file_says_that_it_is_generated(digits: Path, tmp_path: Path) -> None:
    images, labels, sheet, record = made(digits, tmp_path)
    assert read_idx(images).shape == (12, SIDE, SIDE)
    np.testing.assert_array_equal(read_idx(labels), np.full(12, 4))
    assert all(path.name.startswith("generated-U+0034") for path in (images, labels, sheet, record))
    for path in (images, labels):
        assert b"GENERATED" in path.read_bytes()[:40]
    text = Image.open(sheet).text  # type: ignore[attr-defined]
    assert text["forgery_kit:origin"] == "generated"
    assert text["Description"].startswith("GENERATED")
    told = json.loads(record.read_text())
    assert (told["origin"], told["seed"], told["class"]) == ("generated", 3, "4")
    assert told["nearest_real"]["copies"] == 0
    for name, sha256 in told["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == sha256


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(digits: Path, tmp_path: Path) -> None:
    first, again, other = (made(digits, tmp_path / name, seed=seed) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert gzip.decompress(first[0].read_bytes()) != gzip.decompress(other[0].read_bytes())


def test_images_look_like_ink_on_paper_and_differ(digits: Path, tmp_path: Path) -> None:
    images = read_idx(made(digits, tmp_path, 30)[0]).astype(float)
    assert len(np.unique(images, axis=0)) == 30
    # Paper at the edges, ink in the middle.
    assert images[:, [0, -1]].mean() < 12
    assert images[:, 8:20, 8:20].max(axis=(1, 2)).min() > 150


@pytest.mark.parametrize(
    ("character", "n", "seed", "message"),
    [
        ("A", 5, 1, "no class"),
        ("44", 5, 1, "no class"),
        ("4", 0, 1, "0 images"),
        ("4", 10**9, 1, "images"),
        ("4", 5, -1, "seed"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_written(
    digits: Path, tmp_path: Path, character: str, n: int, seed: int, message: str
) -> None:
    with pytest.raises(ArgumentsError, match=message):
        checked_set(digits, character, n, seed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_folder_of_the_set_is_not_written_to(digits: Path) -> None:
    with pytest.raises(ArgumentsError, match="folder of exhibits"):
        checked_set(digits, "4", 5, 1, digits)


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_weights_that_are_none_end_in_one_line(digits: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "weights.safetensors"
    if content is None:
        path.write_bytes((PRETRAINED / "recogniser.safetensors").read_bytes())
    else:
        path.write_bytes(content)
    with pytest.raises(MissingResourceError) as raised:
        widen(checked_set(digits, "4", 5, 1, tmp_path), "4", 5, 1, path)
    assert isinstance(raised.value, ForgeryKitError)
    assert "\n" not in str(raised.value)


def test_upper_and_lower_case_never_share_a_file() -> None:
    assert not {name.lower() for name in names("A")} & {name.lower() for name in names("a")}


def test_a_hostile_set_ends_in_one_line_and_its_code(digits: Path, tmp_path: Path) -> None:
    for path in digits.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + b"\xff" * 12)
    command = [sys.executable, "cli.py", "widen", "--data", str(tmp_path), "--class", "4", "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")
    assert not (tmp_path / "out").exists()
