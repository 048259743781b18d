"""Reading of the bundled exhibits, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.readers import read_file
from datasets.writers.inkml import write_inkml
from forgery_kit.reading.pictures import reading_svg
from forgery_kit.reading.read import ReadInk, read, to_json
from gan.reading.decoding import edit_distance
from gan.reading.reader import card

Q1 = Path(cli.ROOT) / "datasets" / "exhibits" / "q1.inkml"


@pytest.fixture(scope="module")
def found() -> list[ReadInk]:
    return read([Q1])


def said() -> list[str]:
    """The lines of text that the exhibit says it holds."""
    return str(read_file(Q1)[0].text).splitlines()


def test_the_bundled_exhibit_is_read_nearly_as_it_was_written(found: list[ReadInk]) -> None:
    lines = said()
    assert len(found) == len(lines)
    edits = sum(edit_distance(list(one.text), list(line)) for one, line in zip(found, lines, strict=True))
    assert edits <= 0.05 * sum(len(line) for line in lines)
    assert all(one.legible for one in found)


def test_letters_follow_one_another_and_cover_the_line(found: list[ReadInk]) -> None:
    for one in found:
        assert one.letters[0].first_point == 0
        assert one.letters[-1].end_point == len(one.line.line.ink)
        for before, after in zip(one.letters, one.letters[1:], strict=False):
            assert before.end_point == after.first_point
        assert sorted(one.strokes) == list(one.strokes)


def test_letters_stand_from_left_to_right(found: list[ReadInk]) -> None:
    for one in found:
        x = [
            float(np.median(one.line.line.ink.xy[k.first_point : k.end_point, 0]))
            for k in one.letters
            if k.end_point > k.first_point and k.character != " "
        ]
        assert np.mean(np.diff(x) > 0) > 0.85


def test_a_stated_text_is_set_where_it_was_read(found: list[ReadInk]) -> None:
    stated = read([Q1], text=" ".join(said()))
    assert [one.text.strip() for one in stated] == said()
    assert all(one.stated for one in stated)


def test_a_stated_text_that_is_not_there_is_not_sure() -> None:
    wrong = read([Q1], text=" ".join("zoo quiz jazz fox" for _ in said()))
    assert np.mean([one.confidence for one in wrong]) < 0.6


def test_a_scribble_is_not_taken_for_writing(tmp_path: Path) -> None:
    angle = np.linspace(0, 60, 900)
    strokes = [np.column_stack([400 * np.cos(angle * k), 300 * np.sin(angle * 1.3 * k)]) for k in (1.0, 0.37)]
    from datasets.ink import ink_from_strokes

    file = tmp_path / "scribble.inkml"
    file.write_bytes(write_inkml(ink_from_strokes(strokes)))
    assert not any(one.legible for one in read([file]))


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(ArgumentsError):
        read([Q1], text=text)


def test_a_text_that_the_ink_cannot_hold_is_refused() -> None:
    with pytest.raises(ArgumentsError, match="cannot hold"):
        read([Q1], text="too much " * 200)


def test_dots_alone_are_out_of_scope(tmp_path: Path) -> None:
    file = tmp_path / "dots.csv"
    file.write_text("x,y,stroke\n" + "".join(f"{10 * k},5,{k}\n" for k in range(9)))
    with pytest.raises(OutOfScopeError):
        read([file])


def test_the_saved_reading_names_file_hash_and_weights(found: list[ReadInk]) -> None:
    saved = json.loads(to_json(found, "command"))
    assert saved["lines"][0]["sha256"] == read_file(Q1)[0].sha256
    assert len(saved["model_sha256"]) == 64
    assert "".join(x["character"] for x in saved["lines"][0]["letters"]) == saved["lines"][0]["text"]


def test_the_picture_names_every_letter_and_escapes_file_names(found: list[ReadInk]) -> None:
    from dataclasses import replace

    svg = reading_svg([replace(found[0], file="<script>&.inkml")])
    assert "<script>" not in svg
    assert svg.count("<text") == 1 + sum(x.character != " " and x.end_point > x.first_point for x in found[0].letters)


def test_confidence_is_calibrated_on_the_calibration_people() -> None:
    for said_, right, letters in card()["reliability"]:
        assert abs(said_ - right) < 0.03
        assert letters > 1000
