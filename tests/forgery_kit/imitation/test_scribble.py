"""`scribble` and `imitate --text-random`: marked files, the same for a seed, and one line for what cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.errors import ArgumentsError
from datasets.readers import read_file
from forgery_kit.imitation import random_text, scribble
from gan import backend

backend.choose()
from gan.writing.generator import GeneratorConfig, build_generator  # noqa: E402
from gan.writing.loops import Generator  # noqa: E402
from gan.writing.priming import Hand  # noqa: E402

CONFIG = GeneratorConfig(layers=2, units=8, components=3, text=False)


@pytest.fixture(scope="module")
def network() -> Generator:
    """A small network that has learnt nothing."""
    return Generator(build_generator(CONFIG), CONFIG, Hand(100.0, 0.02, 0.17, (40.0, 35.0)))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, network: Generator) -> None:
    monkeypatch.setattr(scribble, "load_free", lambda: network)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr("sys.argv", ["cli.py", *map(str, arguments)])
    return cli.main()


def test_the_command_writes_marked_files_as_imitate_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(monkeypatch, "scribble", "-n", "2", "--points", "80", "-o", out) == 0
    kinds = {f"sample-{i}.{kind}" for i in (1, 2) for kind in ("svg", "png", "inkml", "json")}
    assert {path.name for path in out.iterdir()} == kinds | {"contact-sheet.png"}
    record = json.loads((out / "sample-2.json").read_text())
    assert (record["origin"], record["points"], record["number"]) == ("generated", 80, 2)
    assert set(record["files"]) == {"sample-2.svg", "sample-2.png", "sample-2.inkml"}
    (sample,) = read_file(out / "sample-2.inkml")
    assert sample.origin == "generated"
    assert len(sample.ink) == 80
    for name in ("sample-1.svg", "sample-1.png", "contact-sheet.png"):
        assert b"GENERATED" in (out / name).read_bytes() or name.endswith(".png")
        assert b"generated" in (out / name).read_bytes()


def test_the_same_seed_gives_the_same_ink_however_many_there_are() -> None:
    one, many = scribble.scribble(1, 70, seed=5), scribble.scribble(6, 70, seed=5)
    np.testing.assert_array_equal(one[0].ink.points, many[0].ink.points)
    assert [made.record.number for made in many] == [1, 2, 3, 4, 5, 6]
    assert len({made.ink.points.tobytes() for made in many}) == 6


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["-n", "0"], "-n"),
        (["-n", "1001"], "-n"),
        (["--points", "1"], "--points"),
        (["--points", "5001"], "--points"),
        (["--bias", "-1"], "--bias"),
        (["--bias", "nan"], "--bias"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_what_cannot_be_scribbled_is_refused_in_one_line_and_nothing_is_written(
    arguments: list[str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "scribble", *arguments, "-o", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {named}")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_samples_of_another_run_are_not_left_beside_the_new_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sample-3.json").write_text("{}")
    assert run(monkeypatch, "scribble", "-n", "2", "-o", tmp_path) == 2
    assert "sample-3.json" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert run(monkeypatch, "scribble", "-o", tmp_path / "file") == 2


def test_a_random_text_says_how_it_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_text, "random_lines", lambda count, seed: [f"line {i} of {seed}" for i in range(count)])
    monkeypatch.setattr(random_text, "weights_hash", lambda path: "0" * 64)
    text, drawn = random_text.text_or_random(None, 2, 9)
    assert text == "line 0 of 9\nline 1 of 9"
    assert drawn is not None
    assert (drawn.lines, drawn.seed, drawn.model_sha256) == (2, 9, "0" * 64)
    assert random_text.text_or_random("mine", None, 9) == ("mine", None)


@pytest.mark.parametrize(("text", "lines"), [(None, None), ("mine", 1)])
def test_a_text_is_either_given_or_drawn(text: str | None, lines: int | None) -> None:
    with pytest.raises(ArgumentsError, match="--text-random LINES"):
        random_text.text_or_random(text, lines, 1)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "nothing to write"),
        (["--text", "a", "--text-random", "1"], "there is a text already"),
        (["--text-random", "0"], "0 lines"),
        (["--text-random", "1", "--seed", "-4"], "-4 is no seed"),
    ],
)
def test_imitate_refuses_no_text_two_texts_and_numbers_out_of_range(
    arguments: list[str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "imitate", *arguments, "--style", "cedar", "-o", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert named in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
