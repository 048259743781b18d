"""Edits: what stays is the same ink, what is new stands among it and says that it is generated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datasets.baseline import line_geometry
from datasets.errors import ArgumentsError, GeneratedInkError
from datasets.ink import ink_from_strokes
from datasets.readers import read_file
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.imitation import edit as edits
from forgery_kit.imitation.drawn_words import left_end, level, right_end
from forgery_kit.imitation.edit import edit
from forgery_kit.imitation.edit_files import write_edit
from forgery_kit.imitation.page_words import PageLine, PageWord

LINES = ("five boxing wizards jump", "over nine quick rivers")
TEXT = " ".join(LINES)
HEIGHT = 20.0


def written(word: str, x: float, y: float) -> list[np.ndarray]:
    """A word with its left end at x on a baseline at y, ``HEIGHT`` writing heights tall."""
    strokes, height = level([s[:, :2] for s in synthetic_sample(word, 3, 1).ink.strokes()])
    made = [stroke * (HEIGHT / (height or 1.0)) for stroke in strokes]
    return [stroke + np.array([x - left_end(made), y]) for stroke in made]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of two lines; its words are known, and code writes what the generator would."""
    strokes, words, lines = [], [], []
    for number, text in enumerate(LINES):
        x, own = 0.0, []
        for word in text.split():
            made = written(word, x, 100.0 * number)
            words.append(PageWord(word, number, tuple(range(len(strokes), len(strokes) + len(made))), len(words)))
            strokes += made
            own += made
            x = right_end(made) + 1.2 * HEIGHT
        lines.append(PageLine(text, edits.line_geometry(own), left_end(own), right_end(own)))
    weights = tmp_path / "generator.safetensors"
    weights.write_bytes(b"weights")
    monkeypatch.setattr(edits, "WEIGHTS", weights)
    monkeypatch.setattr(edits, "page_words", lambda sample, text: (lines, words))

    def drawn(sample: object, text: str, wanted: list[PageWord], *_: object) -> list[list[np.ndarray]]:
        # Another size than the page's, which has to be brought to it.
        return [[stroke * 1.1 for stroke in written(word.text, 40, 0)] for word in wanted if not word.rows]

    monkeypatch.setattr(edits, "_drawn", drawn)
    file = tmp_path / "page.inkml"
    file.write_bytes(write_inkml(ink_from_strokes(strokes)))
    return file


def shapes(file: Path) -> dict[str, list[np.ndarray]]:
    """The strokes of each word of the page as it was."""
    ink, found = list(read_file(file)[0].ink.strokes()), {}
    for word in edits.page_words(None, "")[1]:
        found[word.text] = [ink[row] for row in word.rows]
    return found


def words_of(made: edits.Edited) -> list[np.ndarray]:
    return [stroke[:, :2] for stroke in made.sample.ink.strokes()]


def kept(made: edits.Edited, before: list[np.ndarray]) -> np.ndarray:
    """The shift (2,) of a word that stays; fails where its points are others."""
    strokes = words_of(made)
    for start in range(len(strokes) - len(before) + 1):
        part = strokes[start : start + len(before)]
        if all(len(a) == len(b) for a, b in zip(part, before, strict=True)):
            shifts = np.concatenate([a - b for a, b in zip(part, before, strict=True)])
            if np.ptp(shifts, axis=0).max() < 1e-9:
                return shifts[0]
    raise AssertionError("the word's points are not there any more")


def test_what_stays_is_the_same_points_and_only_the_changed_word_is_new(page: Path) -> None:
    before = shapes(page)
    made = edit(page, TEXT, TEXT.replace("wizards", "wizirds"))
    assert made.record.new_words == ("wizirds",)
    for word in ("five", "boxing", "over", "nine", "quick", "rivers"):
        np.testing.assert_array_equal(kept(made, before[word]), [0, 0])
    new = [words_of(made)[k] for k in made.generated]
    assert sum(map(len, new)) == sum(map(len, written("wizirds", 0, 0)))
    assert made.sample.text == "five boxing wizirds jump\nover nine quick rivers"


def test_a_longer_word_moves_the_words_after_it_as_a_whole_along_the_baseline(page: Path) -> None:
    before = shapes(page)
    made = edit(page, TEXT, TEXT.replace("nine", "ninetynine"))
    shift = kept(made, before["quick"])
    assert shift[0] > HEIGHT
    assert abs(shift[1]) < 0.05 * HEIGHT
    np.testing.assert_array_equal(kept(made, before["over"]), [0, 0])
    np.testing.assert_array_equal(kept(made, before["jump"]), [0, 0])


def test_words_that_no_longer_fit_go_to_the_next_line(page: Path) -> None:
    before = shapes(page)
    made = edit(page, TEXT, TEXT.replace("boxing", "boxing and wrestling"))
    first, second = made.sample.text.split("\n")[:2]
    assert second.startswith("jump") or second.startswith("wizards")
    assert first.startswith("five boxing and wrestling")
    assert kept(made, before["jump"])[1] == pytest.approx(100, abs=0.1 * HEIGHT)
    assert " ".join(made.sample.text.split()) == made.record.to
    widest = max(stroke[:, 0].max() for line in shapes(page).values() for stroke in line)
    assert max(stroke[:, 0].max() for stroke in words_of(made)) <= widest + edits.BEYOND * HEIGHT + 1e-6


def test_a_new_word_has_the_height_and_baseline_of_its_neighbours(page: Path) -> None:
    made = edit(page, TEXT, TEXT.replace("over", "never"))
    new = [words_of(made)[k] for k in made.generated]
    own, line = line_geometry(new), edits.page_words(None, "")[0][1].geometry
    # It was drawn 1.4 times as tall.
    assert own.x_height == pytest.approx(line.x_height, rel=0.07)
    middle = float(np.concatenate(new)[:, 0].mean())
    assert abs(own.intercept + own.slope * middle - line.intercept - line.slope * middle) < 0.07 * HEIGHT


def test_a_word_can_go_and_the_rest_closes_up(page: Path) -> None:
    before = shapes(page)
    made = edit(page, TEXT, TEXT.replace("boxing ", ""))
    assert made.generated == ()
    assert kept(made, before["wizards"])[0] < -HEIGHT


def test_the_whole_file_and_each_new_stroke_say_generated_and_it_is_no_exhibit(page: Path, tmp_path: Path) -> None:
    made = edit(page, TEXT, TEXT.replace("nine", "seven"))
    out = tmp_path / "out"
    out.mkdir()
    write_edit(made, out, colour=True)
    text = (out / "edited.inkml").read_text(encoding="utf-8")
    assert text.count("<traceGroup>") == len(made.generated) > 0
    back = read_file(out / "edited.inkml")[0]
    assert back.origin == "generated"
    assert back.ink == made.sample.ink
    with pytest.raises(GeneratedInkError):
        load_exhibit("Q", [out / "edited.inkml"])
    assert load_exhibit("Q", [out / "edited.inkml"], allow_generated=True)
    # A stroke's own mark is enough where the file's is gone.
    bare = tmp_path / "bare.inkml"
    bare.write_text(text.replace('<annotation type="forgery_kit:origin">generated</annotation>\n', "", 1))
    assert read_file(bare)[0].origin == "generated"
    svg = (out / "edited.svg").read_text(encoding="utf-8")
    assert svg.count('stroke="#d9711a"') == len(made.generated)
    assert "GENERATED" in svg
    write_edit(made, out)
    assert "#d9711a" not in (out / "edited.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(("to", "said"), [(TEXT, "already"), ("", "empty"), ("naïve", "cannot be written")])
def test_what_cannot_be_done_is_refused(page: Path, to: str, said: str) -> None:
    with pytest.raises(ArgumentsError, match=said):
        edit(page, TEXT, to)
