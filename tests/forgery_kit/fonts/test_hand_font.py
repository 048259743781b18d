"""From drawn lines to a font, with the shipped recogniser and, for a generator, the synthetic writer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import cli
from datasets.letter_skeletons import ALPHABET
from datasets.synthetic import random_style, write_text
from forgery_kit.fonts import hand_font as module
from forgery_kit.fonts.choice import candidates, chosen
from forgery_kit.fonts.hand_font import covering, hand_font
from forgery_kit.fonts.letters import lettered
from forgery_kit.fonts.opentype import font_bytes
from forgery_kit.fonts.texts import LINES
from forgery_kit.imitation.imitate import LINE
from gan.writing.alphabet import CHARACTERS
from gan.writing.priming import offsets
from gan.writing.rarity import seen_in_training
from gan.writing.sampling import learnt_from
from tests.forgery_kit.fonts.skeleton_hand import letter

STYLE = replace(random_style(3), joins=0.0, x_height=3.0, wander=0.03)
EXHIBITS = Path(cli.ROOT) / "datasets" / "exhibits"


def written(text: str, seed: int) -> list[np.ndarray]:
    """A line by the synthetic writer, without the characters that it does not know."""
    known = "".join(c for c in text if c in ALPHABET)
    return [stroke[:, :2] for stroke in write_text(known or "a", STYLE, seed, 1000.0).strokes()]


def drawn(generator: Any, texts: Sequence[str], seeds: Sequence[tuple[int, ...]], *_: Any) -> list[Any]:
    """As the generator would: points in its terms."""
    scale = learnt_from().scale
    lines = [written(text, seed[2] * 10 + seed[3]) for text, seed in zip(texts, seeds, strict=True)]
    factor = learnt_from().height / 300
    return [SimpleNamespace(points=offsets([s * factor for s in line], scale), first=0) for line in lines]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["cli.py", "font", *map(str, arguments)])
    return cli.main()


@pytest.fixture
def synthetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network writes: lines of small letters by the synthetic writer, each once."""
    monkeypatch.setattr(module, "load_generator", lambda: SimpleNamespace(hand=learnt_from()))
    monkeypatch.setattr(module, "draw", drawn)
    monkeypatch.setattr(module, "LINES", LINES[:6])
    monkeypatch.setattr(module, "ROUNDS", 1)
    monkeypatch.setattr(module, "FEWEST", 10)


def test_lines_hold_every_character_that_the_generator_has_learnt_and_fit_its_lines() -> None:
    assert {c for c in CHARACTERS if c not in "".join(LINES)} == {c for c in "&*[]"}
    assert all(seen_in_training()[c] <= 1 for c in "&*[]")
    assert max(map(len, LINES)) <= LINE


def test_lines_to_draw_again_cover_what_is_lacking_and_no_line_is_needless() -> None:
    found = covering({"Q", "7", "#", "*"})
    said = "".join(LINES[k] for k in found)
    assert {"Q", "7", "#"} <= set(said)
    assert len(found) <= 3


def test_letters_come_in_order_each_with_its_ink() -> None:
    text = "the lazy dog"
    line = lettered(written(text, 1), text, 300.0)
    assert line is not None
    assert [x.character if x else " " for x in line.letters] == list(text)
    places = [place for place, x in zip(line.places, line.letters, strict=True) if x]
    assert places == sorted(places)
    assert np.mean([x.confidence for x in line.letters if x]) > 0.7


def test_ink_that_cannot_hold_its_text_has_no_letters() -> None:
    assert lettered(written("a", 1), "much more than a single letter", 300.0) is None
    assert lettered([np.array([[0.0, 0.0]])], "a", 300.0) is None


def test_a_scribble_that_was_taken_for_a_letter_is_not_chosen() -> None:
    letters = {c: [letter(c, seed) for seed in range(2)] for c in "aeinor"}
    scribble = replace(letter("m", 0), character="o")
    spacing = SimpleNamespace(usual=0.3, pairs={}, space=1.2, between=lambda *_: 0.3)
    found = chosen(letters | {"o": [scribble, *letters["o"]]}, spacing)  # type: ignore[arg-type]
    assert scribble.strokes[0].shape not in [x.strokes[0].shape for x in found["o"]]
    assert found["o"]


def test_letters_of_another_size_are_no_candidates(synthetic: None) -> None:
    line = lettered(written("a bad dance and a sad band", 1), "a bad dance and a sad band", 300.0)
    assert line is not None
    large = replace(line.letters[0], strokes=tuple(s * 2 for s in line.letters[0].strokes), confidence=1.0)  # type: ignore
    found = candidates([line, replace(line, letters=(large, *line.letters[1:]))])
    assert all(x.width < 1.5 * line.letters[0].width for x in found["a"])  # type: ignore[union-attr]


def test_the_same_hand_and_seed_give_the_same_bytes_and_all_characters_and_what_is_not_of_the_hand_is_named(
    synthetic: None,
) -> None:
    counted: list[tuple[int, int]] = []
    made = hand_font(style="oak", progress=lambda done, total: counted.append((done, total)))
    assert counted[-1][0] == counted[-1][1]
    assert {"&", "*", "7"} <= set(made.stand_ins)
    assert made.made["plain shapes, not of this hand"] == " ".join(made.stand_ins)
    assert {glyph.character for glyph in made.glyphs} == set(CHARACTERS) - {" "}
    assert len(CHARACTERS) - len(made.stand_ins) >= 18
    assert made.made["style"] == "oak"
    assert font_bytes(made, "ttf") == font_bytes(hand_font(style="oak"), "ttf")


def test_a_hand_of_which_too_little_can_be_read_is_refused(
    synthetic: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "FEWEST", 80)
    assert run(monkeypatch, "--style", "oak", "-o", tmp_path / "a.otf") == 4
    assert "can be read" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--style", "nobody", "-o", "a.otf"], 2, "no style"),
        (["-o", "a.otf"], 2, "one hand is needed"),
        (["--style", "oak", "--known", str(EXHIBITS / "k1.inkml"), "-o", "a.otf"], 2, "one hand is needed"),
        (["--style", "oak", "--known-text", "a", "-o", "a.otf"], 2, "no known file"),
        (["--style", "oak", "-o", "a.woff"], 2, "no kind of font"),
        (["--style", "oak", "-o", "nowhere/a.otf"], 2, "folder does not exist"),
        (["--style", "oak", "-o", "a.otf", "-o", "a.otf"], 2, "twice"),
        (["--style", "oak", "-o", "a.otf", "--bias", "-1"], 2, "bias"),
        (["--style", "oak", "-o", "a.otf", "--seed", "-1"], 2, "seed"),
        (["--known", "missing.inkml", "-o", "a.otf"], 3, "missing.inkml"),
        (["--style", "\u202egnp", "-o", "a.svg"], 2, "no style"),
    ],
)
def test_bad_options_end_in_one_line_and_their_code_and_write_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *options) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_known_ink_is_never_overwritten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = tmp_path / "known.svg"
    known.write_bytes((EXHIBITS / "k1.inkml").read_bytes())
    before = known.read_bytes()
    assert run(monkeypatch, "--known", known, "-o", known) == 2
    assert known.read_bytes() == before


def test_too_little_known_ink_is_refused_as_by_imitate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "k.csv"
    known.write_text("x,y\n0,0\n10,40\n20,0\n", encoding="utf-8")
    assert run(monkeypatch, "--known", known, "--known-text", "a", "-o", tmp_path / "a.otf") == 4
    assert "too short" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["k.csv"]


def test_an_interrupted_run_leaves_nothing(synthetic: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: Any) -> Callable[..., None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "draw", interrupted)
    assert run(monkeypatch, "--style", "oak", "-o", tmp_path / "a.otf") == 130
    assert not list(tmp_path.iterdir())
