"""Hands learnt and hands kept: a saved style writes as the known ink did, and what cannot be trusted is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import cli
from datasets.errors import ArgumentsError, OutOfScopeError, UnreadableFileError
from datasets.readers import read_file
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.imitation import imitate as imitation
from forgery_kit.imitation import known_hand, retrain, saved_styles
from forgery_kit.imitation.imitate import ImitatedSample, imitate
from forgery_kit.imitation.saved_styles import check_new_name, saved_names, saved_style
from gan import backend
from gan.writing import sampling

backend.choose()
from gan.writing.adaptation import Settings  # noqa: E402
from gan.writing.generator import GeneratorConfig, build_generator  # noqa: E402
from gan.writing.loops import Generator  # noqa: E402
from gan.writing.priming import Hand  # noqa: E402
from gan.writing.sampling import Prime  # noqa: E402

CONFIG = GeneratorConfig(layers=2, units=8, bumps=2, components=3)
TEXTS = ("five boxing wizards", "jump quickly", "over the lazy dog")


@pytest.fixture(autouse=True)
def generator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator:
    """A small network that has learnt nothing, a folder for styles, and short learning."""
    made = Generator(build_generator(CONFIG), CONFIG, Hand(100.0, 0.02, 0.17, (40.0, 35.0)))
    weights = tmp_path / "generator.safetensors"
    weights.write_bytes(b"weights")
    for module in (imitation, sampling):
        monkeypatch.setattr(module, "load_generator", lambda: made)
    for module in (imitation, saved_styles):
        monkeypatch.setattr(module, "WEIGHTS", weights)
    monkeypatch.setattr(known_hand, "learnt_from", lambda: made.hand)
    monkeypatch.setattr(retrain, "text_gain", lambda generator, prime: 5.0)
    few = Settings(updates=4, unwatched=4, rate=0.01, rows=4, drawings=1, look=2)
    monkeypatch.setattr(retrain, "Settings", lambda: few)
    monkeypatch.setattr(saved_styles, "load_styles", lambda: {"oak": Prime(np.zeros((80, 3)), "a")})
    monkeypatch.setenv("FORGERY_KIT_STYLES", str(tmp_path / "styles"))
    return made


@pytest.fixture
def known(tmp_path: Path) -> list[Path]:
    files = []
    for number, text in enumerate(TEXTS):
        files.append(tmp_path / f"k{number}.inkml")
        files[-1].write_bytes(write_inkml(synthetic_sample(text, 3, number).ink, text=text))
    return files


def scribble(**options: object) -> ImitatedSample:
    return imitate("scribble", **{"n": 1, "steps": 50, **options})[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["prime", "retrain"])
def test_a_saved_style_writes_what_the_known_ink_wrote(known: list[Path], method: str) -> None:
    first = scribble(known=known, method=method, save_as="tom")
    again = scribble(style="tom")
    assert first.sample.ink == again.sample.ink
    assert again.record.style == "tom"
    assert (again.record.method, again.record.known) == (method, first.record.known)
    assert again.record.prime_sha256 == first.record.prime_sha256
    assert again.record.retraining == first.record.retraining
    assert [item.sha256 for item in again.record.known] == [read_file(file)[0].sha256 for file in known]


def test_what_is_learnt_changes_the_sample_and_stands_in_the_record(known: list[Path], generator: Generator) -> None:
    before = [w.copy() for w in generator.network.get_weights()]
    primed, learnt = scribble(known=known), scribble(known=known, method="retrain")
    assert all(np.array_equal(a, b) for a, b in zip(before, generator.network.get_weights(), strict=True))
    assert primed.record.retraining is None
    assert not any(item.learnt_from for item in primed.record.known)
    assert all(item.learnt_from for item in learnt.record.known)
    found = learnt.record.retraining
    assert found is not None
    # One of three lines is held out.
    assert found.lines == 2
    assert found.nats_before is not None
    if found.updates:
        assert primed.sample.ink != learnt.sample.ink


def test_learning_tells_how_far_it_is(known: list[Path]) -> None:
    seen: list[tuple[int, int]] = []
    scribble(known=known[:2], method="retrain", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4), (1, 1)]


def test_an_interruption_while_a_hand_is_learnt_leaves_nothing(known: list[Path]) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scribble(known=known, method="retrain", save_as="tom", progress=stop)
    assert saved_names() == []
    assert scribble(known=known).record.retraining is None


def test_too_little_ink_and_ink_that_hardly_reads_are_not_learnt(
    known: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutOfScopeError, match="12 characters are too little"):
        scribble(known=known[1:2], method="retrain", save_as="tom")
    monkeypatch.setattr(retrain, "text_gain", lambda generator, prime: 0.4)
    with pytest.raises(ArgumentsError, match=r"hardly reads as 'five boxing wizards' \(0.4 nats"):
        scribble(known=known, method="retrain", save_as="tom")
    monkeypatch.setattr(retrain, "LONGEST_PRIME", 50)
    with pytest.raises(OutOfScopeError, match="too many to learn from"):
        scribble(known=known, method="retrain", save_as="tom")
    assert saved_names() == []


@pytest.mark.parametrize("name", ["", "Tom", "../tom", "a/b", ".tom", "to m", "x" * 41, "tom.safetensors"])
def test_names_that_could_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(ArgumentsError, match="is no name for a style"):
        check_new_name(name)
    assert saved_style(name) is None


def test_no_style_is_replaced(known: list[Path]) -> None:
    with pytest.raises(ArgumentsError, match="ships"):
        check_new_name("oak")
    scribble(known=known, save_as="tom")
    with pytest.raises(ArgumentsError, match="is saved already"):
        scribble(known=known, save_as="tom")


@pytest.mark.parametrize(("options", "option"), [({"method": "retrain"}, "--method"), ({"save_as": "b"}, "--save-st")])
def test_a_named_style_is_neither_learnt_nor_saved(known: list[Path], options: dict[str, str], option: str) -> None:
    scribble(known=known, save_as="tom")
    with pytest.raises(ArgumentsError, match=f"{option}.*kept as it is"):
        scribble(style="tom", **options)


def test_a_style_of_other_weights_is_refused_in_one_line(
    known: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scribble(known=known, save_as="tom")
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(saved_styles, "WEIGHTS", other)
    with pytest.raises(ArgumentsError, match="'tom' was made with other weights") as raised:
        scribble(style="tom")
    assert "\n" not in str(raised.value)
    monkeypatch.setattr("sys.argv", ["cli.py", "styles"])
    assert cli.main() == 0
    assert "tom          cannot be used: 'tom' was made with other weights" in capsys.readouterr().out


def test_styles_are_listed_with_their_files(
    known: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scribble(known=known, save_as="tom")
    scribble(known=known, method="retrain", save_as="tom-2")
    monkeypatch.setattr("sys.argv", ["cli.py", "styles"])
    assert cli.main() == 0
    found = capsys.readouterr().out
    assert "tom          saved; primed with k0.inkml, k1.inkml, k2.inkml; its prime says 'five boxing wizards" in found
    assert "tom-2        saved; retrained on k0.inkml" in found


def changed(path: Path, points: object = None, drop: bool = False, **card: object) -> None:
    """Write a saved style anew, with something changed."""
    from safetensors import safe_open

    tensors = load_file(path)
    with safe_open(path, framework="np") as stored:
        found = json.loads(stored.metadata()["card"])
    if points is not None:
        tensors["prime"] = np.asarray(points)
    if drop:
        tensors = {key: value for key, value in tensors.items() if not key.endswith("recurrent")}
    save_file(tensors, path, metadata={"card": json.dumps(found | card)})


def test_a_style_that_was_tampered_with_is_refused(known: list[Path]) -> None:
    scribble(known=known, method="retrain", save_as="tom")
    path = saved_styles.styles_folder() / "tom.safetensors"
    saved = path.read_bytes()
    changes: list[dict[str, object]] = [
        {"points": np.zeros((80, 2))},
        {"points": np.full((80, 3), np.nan)},
        {"points": np.zeros((2000, 3))},
        {"drop": True},
        {"prime_text": "naïve"},
        {"prime_text": 3},
        {"factor": "wide"},
        {"factor": float("nan")},
        {"mm_per_unit": "wide"},
        {"retraining": None},
        {"retraining": {"lines": 1}},
        {"known": [{"file": "a"}]},
        {"known": 3},
        {"generator_sha256": None},
    ]
    for change in changes:
        path.write_bytes(saved)
        assert saved_style("tom") is not None
        changed(path, **change)  # type: ignore[arg-type]
        with pytest.raises((UnreadableFileError, ArgumentsError), match=r"no saved style|other weights"):
            saved_style("tom")


@pytest.mark.parametrize("data", [b"", b"not a style", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_is_no_style_is_refused(data: bytes) -> None:
    folder = saved_styles.styles_folder()
    folder.mkdir()
    (folder / "tom.safetensors").write_bytes(data)
    with pytest.raises(UnreadableFileError, match="no saved style"):
        saved_style("tom")


def test_a_name_that_is_no_style_names_the_saved_ones_too(known: list[Path]) -> None:
    scribble(known=known, save_as="tom")
    with pytest.raises(ArgumentsError, match=r"'ann' is no style\. Styles: .*, tom\."):
        scribble(style="ann")


def test_the_command_offers_both_methods_and_says_what_was_learnt(
    known: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--text", "scribble", "-n", "1", "--steps", "30", "-o", str(tmp_path / "out"), "--save-style", "tom"]
    files = [str(file) for file in known]
    monkeypatch.setattr("sys.argv", ["cli.py", "imitate", *options, "--method", "retrain", "--known", *files])
    assert cli.main() == 0
    said = capsys.readouterr().out
    assert "learnt    2 known lines," in said
    assert "Style:   tom" in said
    record = json.loads((tmp_path / "out" / "sample-1.json").read_text())
    assert record["method"] == "retrain"
    assert record["retraining"]["settings"]["updates"] == 4
    monkeypatch.setattr("sys.argv", ["cli.py", "imitate", *options, "--method", "adversarial", "--known", *files])
    assert cli.main() == 2
