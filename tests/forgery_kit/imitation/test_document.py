"""Documents: paragraphs, lines broken by measured widths, pages, and what each file says of itself."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.errors import ArgumentsError, GeneratedInkError
from datasets.readers import read_file
from datasets.synthetic import synthetic_sample
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.imitation import document as documents
from forgery_kit.imitation.document import PAGES, SIZE, SPACING, document, margin_mm, page_size, paragraphs
from forgery_kit.imitation.document_files import text_of
from forgery_kit.imitation.drawn_words import level, right_end, word_strokes
from gan.writing.priming import Hand, offsets
from gan.writing.sampling import Drawn, Prime

HAND = Hand(20.0, 0.02, 0.17, (5.0, 4.0))
WORDS = "the quick brown fox jumps over the lazy dog and runs away"


class Pen:
    """Stands in for the generator: writes each line as code does, and knows which character each point is of."""

    hand = HAND

    def __init__(self, leaves_out: str = "", until: int = 0) -> None:
        self.leaves_out, self.until, self.seeds = leaves_out, until, []

    def draw(self, _: object, texts: list[str], seeds: list[tuple[int, ...]], *__: object) -> list[Drawn]:
        self.seeds += seeds
        return [self.line(text, seed) for text, seed in zip(texts, seeds, strict=True)]

    def line(self, text: str, seed: tuple[int, ...]) -> Drawn:
        strokes, of, x, place = [], [], 0.0, 0
        for word in text.split(" "):
            if word != self.leaves_out or seed[-1] >= self.until:
                ink = synthetic_sample(word, 3, 1).ink
                height = level([s[:, :2] for s in ink.strokes()])[1] or 1.0
                made = [s[:, :2] * (HAND.height / height) for s in ink.strokes()]
                shift = x - min(s[:, 0].min() for s in made)
                made = [s + np.array([shift, 0.05 * shift]) for s in made]
                strokes += made
                of += [place] * sum(map(len, made))
                x = right_end(made) + 1.2 * HAND.height
            place += len(word) + 1
        points = offsets(strokes, HAND.scale)
        return Drawn(points, np.eye(len(text) + 1)[of], np.zeros((0, 0)), 0, (), 0.0, 5.0, True)


@pytest.fixture
def pen(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Pen:
    made = Pen()
    weights = tmp_path_factory.mktemp("weights") / "generator.safetensors"
    weights.write_bytes(b"weights")
    monkeypatch.setattr(documents, "load_generator", lambda: made)
    monkeypatch.setattr(documents, "draw", lambda *given: made.draw(*given))
    monkeypatch.setattr(documents, "WEIGHTS", weights)
    monkeypatch.setattr(documents, "style_named", lambda name: Prime(np.zeros((80, 3)), "known words"))
    return made


def test_lines_are_no_wider_than_the_page_and_hold_all_words_in_order(pen: Pen) -> None:
    text = f"{WORDS}\n{WORDS}\n\n{WORDS}"
    made = document(text, "cedar", page="A5", margin=20)
    assert " ".join(line.text for line in made.record.lines).split() == text.split()
    width = PAGES["A5"][0] - 40
    assert all(line.width_mm <= width for line in made.record.lines)
    xy = np.concatenate([ink.xy for ink in made.pages])
    assert xy[:, 0].min() >= 20 - 0.01
    assert xy[:, 0].max() <= PAGES["A5"][0] - 20 + 0.01
    # A word goes to the next line only where it does not fit.
    first, second = made.record.lines[:2]
    assert first.width_mm > 0.6 * width
    assert second.baseline_mm - first.baseline_mm == pytest.approx(SPACING * SIZE, abs=0.02)


def test_an_empty_line_parts_paragraphs_and_a_line_end_does_not(pen: Pen) -> None:
    made = document("one two\nthree\n \t\nfour", "cedar")
    assert [line.text for line in made.record.lines] == ["one two three", "four"]
    gap = made.record.lines[1].baseline_mm - made.record.lines[0].baseline_mm
    assert gap > 1.3 * SPACING * SIZE


def test_what_does_not_fit_a_page_goes_to_the_next(pen: Pen) -> None:
    made = document("\n\n".join([WORDS] * 12), "cedar", page="A5", margin=15)
    assert len(made.pages) > 1
    assert {line.page for line in made.record.lines} == set(range(1, len(made.pages) + 1))
    for number, (ink, text) in enumerate(zip(made.pages, made.texts, strict=True), 1):
        assert text == "\n".join(line.text for line in made.record.lines if line.page == number)
        assert ink.mm_per_unit == 1
        assert ink.xy[:, 1].max() < PAGES["A5"][1]
        assert ink.xy[:, 1].min() > 0


def test_lines_stand_level_whatever_slope_they_were_drawn_with(pen: Pen) -> None:
    # The pen's lines fall by 0.05, which is 8 mm over the width of a page.
    made = document(WORDS, "cedar")
    _, height = level([s[:, :2] for s in made.pages[0].strokes()])
    assert height == pytest.approx(SIZE, rel=0.3)
    slope = np.polyfit(*made.pages[0].xy[made.pages[0].xy[:, 1] < 35].T, 1)[0]
    assert abs(slope) < 0.02


def test_a_piece_without_a_word_is_drawn_again_and_what_stays_missing_is_said(pen: Pen) -> None:
    pen.leaves_out, pen.until = "two", 1
    assert document("one two three", "cedar").record.missing == ()
    assert [seed[-1] for seed in pen.seeds] == [0, 1]
    pen.until = 99
    assert document("one two three", "cedar").record.missing == ("two",)


def test_late_dots_belong_to_the_word_that_they_stand_over() -> None:
    first, second = np.array([[0, 0], [30, -20], [30, 0]]), np.array([[60, 0], [90, -20], [90, 0]])
    dot = np.array([[10, -40], [11, -39]])
    strokes = [first, dot, second]
    seen = np.eye(4)[[0] * 3 + [2] * 2 + [2] * 3]
    drawn = Drawn(offsets(strokes, HAND.scale), seen, np.zeros((0, 0)), 0, (), 0.0, 0.0, True)
    assert [len(word) for word in word_strokes(drawn, "a b", HAND.scale)] == [2, 1]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("  \n ", {}, "empty"),
        ("naïve", {}, "cannot be written"),
        ("x" * 41, {}, "characters"),
        ("word " * 7000, {}, "at most"),
        ("word", {"page": "A3"}, "no page"),
        ("word", {"margin": 90.0}, "margin"),
        ("word", {"margin": -1.0}, "margin"),
        ("word", {"style": None}, "one hand"),
        ("word", {"seed": -1}, "seed"),
        ("word", {"bias": 11.0}, "bias"),
        ("word", {"known_text": "known"}, "known"),
    ],
)
def test_what_cannot_be_written_is_refused(pen: Pen, text: str, options: dict, said: str) -> None:
    with pytest.raises(ArgumentsError, match=said):
        document(text, **{"style": "cedar", **options})
    assert not pen.seeds


def test_a_word_wider_than_the_lines_is_refused(pen: Pen) -> None:
    with pytest.raises(ArgumentsError, match="mm wide"):
        document("w" * 40, "cedar", page="A5", margin=40)


@pytest.mark.parametrize(("text", "mm"), [("20mm", 20), ("20", 20), ("1.5 cm", 15), (" 7.25mm", 7.25)])
def test_margins_are_lengths(text: str, mm: float) -> None:
    assert margin_mm(text) == mm


@pytest.mark.parametrize("text", ["", "-3mm", "wide", "20 inch", "nan", "1e3mm"])
def test_other_margins_are_refused(text: str) -> None:
    with pytest.raises(ArgumentsError, match="no length"):
        margin_mm(text)


def test_every_page_has_room_at_its_usual_margin() -> None:
    assert all(page_size(page, 20) == size for page, size in PAGES.items())
    assert paragraphs("a\r\n\r\nb  c") == ["a", "b c"]


def test_files_are_read_as_utf_8_only(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_bytes("\ufefffive".encode())
    assert text_of(file) == "five"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ArgumentsError, match="UTF-8"):
        text_of(file)


def test_the_command_writes_files_that_all_say_that_they_are_generated(
    pen: Pen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, out = tmp_path / "text.txt", tmp_path / "out"
    text.write_text("\n\n".join([WORDS] * 12), encoding="utf-8")

    def run(*options: str) -> int:
        monkeypatch.setattr("sys.argv", ["cli.py", "document", str(text), "--style", "cedar", "-o", str(out), *options])
        return cli.main()

    assert run("--page", "A5") == 0
    record = json.loads((out / "document.json").read_text(encoding="utf-8"))
    assert set(record["files"]) | {"document.json"} == {path.name for path in out.iterdir()}
    assert all(hashlib.sha256((out / n).read_bytes()).hexdigest() == sha for n, sha in record["files"].items())
    assert record["origin"] == "generated"
    for page in sorted(out.glob("page-*.inkml")):
        assert read_file(page)[0].origin == "generated"
        with pytest.raises(GeneratedInkError):
            load_exhibit("Q", [page])
    for page in sorted(out.glob("page-*.svg")):
        assert re.search(r"<text[^>]*>GENERATED", page.read_text(encoding="utf-8"))
    assert b"GENERATED" in (out / "document.pdf").read_bytes()
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert run("--page", "A5") == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    # Fewer pages would leave those of before beside them.
    text.write_text("short", encoding="utf-8")
    assert run("--page", "A5") == 2
    text.write_text("ŝi", encoding="utf-8")
    assert run() == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert capsys.readouterr().err.count("error: ") == 2
