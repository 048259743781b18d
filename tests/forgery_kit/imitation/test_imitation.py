"""Imitation: what is refused, how known ink becomes a prime, how lines become a page, what is written beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.baseline import line_geometry
from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.height import writing_height
from datasets.ink import ink_from_strokes
from datasets.layout import lines
from datasets.readers import read_file
from datasets.readers.origin import is_generator
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.imitation import files as imitation_files
from forgery_kit.imitation import imitate as imitation
from forgery_kit.imitation import known_hand
from forgery_kit.imitation.imitate import CANDIDATES, broken, imitate, set_on_page
from gan import backend
from gan.reading.decoding import edit_distance
from gan.writing import sampling

backend.choose()
from gan.writing.generator import GeneratorConfig, build_generator  # noqa: E402
from gan.writing.loops import Generator  # noqa: E402
from gan.writing.priming import Hand  # noqa: E402
from gan.writing.sampling import Prime  # noqa: E402

CONFIG = GeneratorConfig(layers=2, units=8, bumps=2, components=3)
TEXT = "five boxing wizards"


@pytest.fixture(autouse=True)
def generator(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Generator:
    """A small network that has learnt nothing: it scribbles, but it goes through all the motions."""
    network = build_generator(CONFIG)
    made = Generator(network, CONFIG, Hand(100.0, 0.02, 0.17, (40.0, 35.0)))
    weights = tmp_path_factory.mktemp("weights") / "generator.safetensors"
    weights.write_bytes(b"weights")
    for module in (imitation, imitation_files, sampling):
        monkeypatch.setattr(module, "load_generator", lambda: made)
    monkeypatch.setattr(imitation, "WEIGHTS", weights)
    monkeypatch.setattr(known_hand, "learnt_from", lambda: made.hand)
    points = np.random.default_rng(1).normal(size=(80, 3)).round(2)
    points[:, 2] = np.arange(80) % 10 == 9
    monkeypatch.setattr(imitation, "style_named", lambda name, others: Prime(points, "known words"))
    monkeypatch.setenv("FORGERY_KIT_STYLES", str(weights.parent / "styles"))
    return made


@pytest.fixture
def known(tmp_path: Path) -> Path:
    sample = synthetic_sample(TEXT, 3, 1)
    file = tmp_path / "known.inkml"
    file.write_bytes(write_inkml(sample.ink, text=TEXT))
    return file


def scribble(text: str = "scribble", **options: object) -> list[imitation.ImitatedSample]:
    return imitate(text, **{"style": "upright", "n": 2, "steps": 50, **options})  # type: ignore[arg-type]


def test_long_text_is_broken_at_words_and_keeps_its_own_lines() -> None:
    text = "the quick brown fox jumps over the lazy dog and runs away\nfast"
    found = broken(text)
    assert found[-1] == "fast"
    assert all(len(line) <= imitation.LINE for line in found)
    assert " ".join(found).split() == text.split()


def test_spaces_are_written_once_and_words_are_not_broken_at_hyphens() -> None:
    assert broken("  a\tb   c ") == ["a b c"]
    assert broken("x" * 35 + " well-known") == ["x" * 35, "well-known"]


def test_no_word_is_cut_in_two() -> None:
    assert broken("a " + "x" * 50 + " b") == ["a", "x" * 50, "b"]


def test_what_is_drawn_is_kept_only_where_it_is_asked_for() -> None:
    assert all(len(one.parameters) == len(one.seen) == len(one.points) for one in scribble(workings=True)[0].drawn)
    assert all(one.parameters.size == one.seen.size == 0 for one in scribble()[0].drawn)


def test_a_line_too_long_to_prime_with_is_out_of_scope(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_hand, "LONGEST_PRIME", 100)
    with pytest.raises(OutOfScopeError, match="too many to prime with"):
        scribble(style=None, known=[known])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": " "}, "empty"),
        ({"text": "naïve"}, "'ï'"),
        ({"text": "a " + "x" * 101}, "has 101 characters"),
        ({"n": 0}, "0 samples"),
        ({"seed": -1}, "no seed"),
        ({"bias": 11}, "bias"),
        ({"steps": 0}, "points cannot be drawn"),
        ({"style": None}, "one hand is needed"),
        ({"known": ["a.inkml"]}, "one hand is needed"),
        ({"known_text": "a"}, "no known file"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentsError, match=message) as raised:
        scribble(**options)  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)


def test_known_ink_that_can_be_read_needs_no_text_and_says_that_it_was_read(tmp_path: Path) -> None:
    exhibit = read_file(cli.ROOT / "datasets" / "exhibits" / "k1.inkml")[0]
    rows = lines(exhibit.ink)[0]
    keep = np.isin(np.arange(len(exhibit.ink.stroke_ends)), rows)
    file = tmp_path / "silent.inkml"
    file.write_bytes(write_inkml(exhibit.ink.select(keep)))
    found = scribble(style=None, known=[file], n=1)[0].record
    assert found.prime_read is not None
    assert found.prime_read > 0.6
    assert edit_distance(list(found.prime_text), list("The garden was quiet and the gate")) < 12
    stated = scribble(style=None, known=[file], known_text=found.prime_text, n=1)[0].record
    assert stated.prime_read is None
    assert stated.prime_sha256 == found.prime_sha256


def test_known_ink_that_hardly_reads_says_what_to_pass(tmp_path: Path) -> None:
    file = tmp_path / "walk.inkml"
    walk = np.cumsum(np.random.default_rng(1).normal(0, 20, (400, 2)), axis=0)
    file.write_bytes(write_inkml(ink_from_strokes([walk])))
    with pytest.raises(ArgumentsError, match=r"hardly reads as anything .*known-text"):
        scribble(style=None, known=[file])


def test_one_text_is_dealt_to_several_known_files_in_their_order(tmp_path: Path) -> None:
    files = []
    for number, text in enumerate(("five boxing wizards", "jump quickly")):
        files.append(tmp_path / f"{number}.inkml")
        files[-1].write_bytes(write_inkml(synthetic_sample(text, 3, number).ink))
    made = scribble(style=None, known=files, known_text="five boxing wizards\njump quickly", n=1)[0]
    assert made.record.prime_text == "five boxing wizards jump quickly"
    assert all(item.primed_with for item in made.record.known)


def test_the_bundled_exhibits_can_be_imitated_as_they_are() -> None:
    found = scribble(style=None, known=[cli.ROOT / "datasets" / "exhibits" / "k1.inkml"], n=1)[0].record
    assert found.prime_text.startswith("The garden was quiet")


def test_known_ink_must_have_a_line_of_text_for_each_line(known: Path) -> None:
    with pytest.raises(ArgumentsError, match="1 line and its text 2"):
        scribble(style=None, known=[known], known_text="five boxing\nwizards")


def test_a_text_in_one_line_is_dealt_to_the_lines_of_the_ink_where_the_words_add_up() -> None:
    assert known_hand._by_words(["a", "b", "c"], [2, 1]) == ["a b", "c"]
    assert known_hand._by_words(["a", "b", "c"], [2, 2]) == []


def two_parts(right: float, down: float) -> Sample:
    """Two words, and one so many writing heights right of where they begin, and below them."""
    first, second = ([s[:, :2] for s in synthetic_sample(t, 3, 1).ink.strokes()] for t in ("minimum union", "minimum"))
    shift = np.array([right, down]) * writing_height(first)
    return Sample(ink_from_strokes([*first, *(s + shift for s in second)]))


def test_a_line_that_rises_steeply_is_one_line_of_its_text() -> None:
    """Its end lies so far above its beginning that it looks like two lines; the pen never went back."""
    risen = two_parts(30, -6)
    assert len(lines(risen.ink)) == 2
    found = known_hand._paired_lines([risen], "minimum union minimum", "it")
    assert [(len(one.strokes), one.text) for one in found] == [(len(risen.ink.stroke_ends), "minimum union minimum")]


def test_one_text_of_two_lines_of_ink_is_dealt_to_both() -> None:
    found = known_hand._paired_lines([two_parts(0, 6)], "minimum union minimum", "it")
    assert [one.text for one in found] == ["minimum union", "minimum"]


def test_known_ink_too_short_to_prime_is_out_of_scope(tmp_path: Path) -> None:
    file = tmp_path / "short.inkml"
    file.write_bytes(write_inkml(synthetic_sample("five", 3, 1).ink, text="five"))
    with pytest.raises(OutOfScopeError, match="4 characters"):
        scribble(style=None, known=[file])


def test_an_imitation_has_the_size_of_the_known_writing(known: Path) -> None:
    """Half the known size, half the sample: the same points otherwise."""
    sample = read_file(known)[0]
    half = known.with_name("half.inkml")
    small = ink_from_strokes([s[:, :2] / 2 for s in sample.ink.strokes()])
    whole = ink_from_strokes([s[:, :2] for s in sample.ink.strokes()])
    half.write_bytes(write_inkml(small, text=TEXT))
    known.write_bytes(write_inkml(whole, text=TEXT))
    one, other = (scribble(style=None, known=[f], n=1)[0].sample.ink for f in (known, half))
    assert np.allclose(one.xy, 2 * other.xy, rtol=1e-3, atol=1e-2)


def test_ink_of_the_generator_is_known_by_its_device_alone() -> None:
    assert is_generator(imitation.DEVICE)


def test_the_same_seed_gives_the_same_samples_and_another_seed_others() -> None:
    first, again, other = scribble(seed=1), scribble(seed=1), scribble(seed=2)
    assert first[0].sample.ink == again[0].sample.ink
    assert first[0].sample.ink != first[1].sample.ink
    assert first[0].sample.ink != other[0].sample.ink
    # Beside other samples, products may round in another way.
    assert np.allclose(scribble(seed=1, n=1)[0].sample.ink.xy, first[0].sample.ink.xy, atol=0.01)


def test_lines_are_set_level_and_evenly_spaced() -> None:
    """Three lines that slope and stand anywhere come out below one another."""
    set_lines = []
    for number in range(3):
        strokes = [s[:, :2] for s in synthetic_sample("minimum anne union", 3, number).ink.strokes()]
        turned = np.array([[1, 0.1 * number], [0, 1]])
        set_lines.append([s @ turned + 1000 * number for s in strokes])
    ink = set_on_page(set_lines)
    height = writing_height(list(ink.strokes()))
    found = lines(ink)
    assert len(found) == 3
    strokes = list(ink.strokes())
    levels = []
    for rows in found:
        geometry = line_geometry([strokes[i] for i in rows])
        assert abs(geometry.slope) < 0.02
        assert min(strokes[i][:, 0].min() for i in rows) == pytest.approx(0, abs=1e-6)
        levels.append(geometry.intercept)
    assert np.diff(levels) == pytest.approx(imitation.LINE_SPACING * height, rel=0.15)


def test_records_name_all_that_made_the_sample(known: Path) -> None:
    made = scribble(style=None, known=[known], bias=0.3, seed=5)[1]
    assert made.sample.origin == "generated"
    assert (made.record.number, made.record.bias, made.record.seed) == (2, 0.3, 5)
    assert made.record.candidates == CANDIDATES
    assert made.record.known[0].sha256 == read_file(known)[0].sha256
    assert made.record.known[0].primed_with
    assert made.record.known[0].origin == "unknown"
    assert made.record.prime_text == TEXT
    assert len(made.record.prime_sha256) == 64
    assert [line.text for line in made.record.lines] == ["scribble"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["cli.py", *arguments])
    return cli.main()


def test_the_command_writes_marked_files_that_compare_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ["--text", "scribble", "--style", "upright", "-n", "2", "--steps", "60", "-o", str(out)]
    assert run(monkeypatch, "imitate", *options, "--debug") == 0
    kinds = ("inkml", "json", "png", "svg")
    expected = ["contact-sheet.png", *(f"sample-{i}.{k}" for i in (1, 2) for k in kinds)]
    expected += [f"sample-{i}-line-1-workings.png" for i in (1, 2)]
    assert sorted(p.name for p in out.iterdir()) == sorted(expected)
    record = json.loads((out / "sample-1.json").read_text())
    assert record["origin"] == "generated"
    assert set(record["files"]) == {f for f in expected if f.startswith("sample-1") and not f.endswith("json")}
    assert read_file(out / "sample-1.inkml")[0].origin == "generated"
    assert "GENERATED" in (out / "sample-1.svg").read_text()
    capsys.readouterr()
    assert run(monkeypatch, "compare", str(out / "sample-1.inkml"), "--known", str(out / "sample-2.inkml")) == 6
    assert "made by a program" in capsys.readouterr().err


def test_samples_of_another_run_do_not_stay_beside_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ["--text", "scribble", "--style", "upright", "--steps", "20", "-o", str(out)]
    assert run(monkeypatch, "imitate", *options, "-n", "3") == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert run(monkeypatch, "imitate", *options, "-n", "2") == 2
    assert "sample-3.inkml and 3 more of another imitation" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert run(monkeypatch, "imitate", *options, "-n", "3") == 0


def test_many_samples_have_several_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imitation_files, "ON_A_SHEET", 2)
    made = scribble(n=3, steps=20)
    imitation_files.write_imitations(made, tmp_path, True, False)
    assert sorted(p.name for p in tmp_path.glob("contact*")) == ["contact-sheet-1.png", "contact-sheet-2.png"]
    assert {p.name for p in tmp_path.iterdir()} == set(imitation_files.names(3, 1, False))


@pytest.mark.parametrize("steps", ["many", "-3", "1.5"])
def test_steps_that_are_no_number_are_refused(
    steps: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--text", "a", "--style", "upright", f"--steps={steps}", "-o", str(tmp_path / "out")]
    assert run(monkeypatch, "imitate", *options) == 2
    assert "--steps" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
