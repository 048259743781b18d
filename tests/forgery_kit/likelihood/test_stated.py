"""A stated text: its letters stand where the ink has them, nothing else of the comparison changes, and it must fit."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.errors import ArgumentsError
from datasets.layout import written_lines
from datasets.sample import Exhibit, Sample
from forgery_kit.examination.comparison import compare
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import Ready, prepare
from forgery_kit.likelihood.stated import with_stated_letters
from forgery_kit.tables import seen_files as module
from forgery_kit.tables.rows import Row, Side, score_rows
from gan.features import FEATURES, Trace, feature_sequence
from gan.judging.style import traces
from gan.reading import decoding
from gan.writing.alphabet import CHARACTERS

EXHIBITS = Path(cli.ROOT) / "datasets" / "exhibits"
Q1, K1, K2 = (EXHIBITS / f"{name}.inkml" for name in ("q1", "k1", "k2"))


def exhibit(*files: Path, text: str | None = None) -> Exhibit:
    """Bundled exhibits with what they say, or another text."""
    found = load_exhibit("Q", files, allow_generated=True)
    return replace(found, text="\n".join(str(s.text) for s in found.samples) if text is None else text)


def first_line(file: Path, stated: bool) -> Exhibit:
    """The first line of a bundled exhibit: of little ink, where letters count most. What is stated lacks one letter,
    since a text that is read without a fault gives the same letters as it stated."""
    (sample,) = exhibit(file).samples
    keep = np.zeros(len(sample.ink.stroke_ends), bool)
    keep[written_lines(sample.ink)[0]] = True
    line = replace(sample, ink=sample.ink.select(keep))
    return Exhibit("Q", (line,), str(sample.text).splitlines()[0].replace("e", "", 1) if stated else "")


def letters(ink: Trace) -> str:
    """The letters that a trace states, in the order of its steps."""
    assert ink.letters is not None
    return "".join(CHARACTERS[c - 1] for c, _, _ in decoding.path_runs(ink.letters))


def alike(found: str, said: str) -> float:
    return SequenceMatcher(None, found, " ".join(said.split()), autojunk=False).ratio()


@pytest.fixture(scope="module")
def sides() -> list[Ready]:
    """The questioned exhibit read and stated, the known one read and stated."""
    return prepare([exhibit(Q1, text=""), exhibit(Q1), exhibit(K1, K2, text=""), exhibit(K1, K2)])


def test_the_letters_of_the_text_stand_in_its_order(sides: list[Ready]) -> None:
    assert alike(letters(sides[1].traces[0]), sides[1].exhibit.text) > 0.93
    for ink, sample in zip(sides[3].traces, sides[3].exhibit.samples, strict=True):
        assert alike(letters(ink), str(sample.text)) > 0.93
    assert all(side.traces[0].letters is None for side in (sides[0], sides[2]))


def test_a_form_of_several_recordings_is_one_trace_with_all_their_letters() -> None:
    (whole,) = exhibit(Q1).samples
    parts: list[Sample] = []
    for rows in written_lines(whole.ink):
        keep = np.zeros(len(whole.ink.stroke_ends), bool)
        keep[rows] = True
        parts.append(replace(whole, ink=whole.ink.select(keep), file=f"{len(parts)}", form="f", format="iam-ondb"))
    side = Exhibit("Q", tuple(parts), str(whole.text))
    (ink,) = with_stated_letters(side, traces(parts), True)
    assert alike(letters(ink), side.text) > 0.93


def test_the_features_are_the_same_with_one_column_more(sides: list[Ready]) -> None:
    for flag in (True, False):
        read, stated = (feature_sequence(side.traces[0], flag) for side in sides[:2])
        assert stated.shape == (len(read), FEATURES + 1)
        assert np.array_equal(stated[:, :FEATURES], read)


def test_a_stated_text_changes_the_letters_of_a_side_and_nothing_else(sides: list[Ready]) -> None:
    back_end = default_judge().reference.back_end[True]
    for read, stated in (sides[:2], sides[2:]):
        (embedding, held), (same, other) = (back_end.split(side.vectors[True]) for side in (read, stated))
        assert np.allclose(embedding, same, atol=1e-6)
        assert not np.allclose(held, other, atol=1e-6)
        assert (read.steps, read.amount, read.typicality) == (stated.steps, stated.amount, stated.typicality)


def test_more_letters_are_found_than_are_read_surely(sides: list[Ready]) -> None:
    model = default_judge().reference.back_end[True].letters
    assert model is not None
    for read, stated in (sides[:2], sides[2:]):
        counts = [side.vectors[True][-model.width :].reshape(len(model.classes), -1)[:, 0] for side in (read, stated)]
        assert 0.9 < counts[1].sum() / counts[0].sum() < 1.3


def test_swapping_the_sides_changes_nothing_whichever_is_stated() -> None:
    lines = prepare([first_line(file, stated) for file in (Q1, K1) for stated in (False, True)])
    values = set()
    for q in lines[:2]:
        for k in lines[2:]:
            there, back = score(q, k, same_sitting=True), score(k, q, same_sitting=True)
            assert (there.score, there.lr) == (back.score, back.lr)
            values.add(there.score)
    assert len(values) == 4
    assert np.ptp(list(values)) < 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zoo quiz jazz fox " * 8, "hardly fits the ink"),
        ("...", "hardly fits the ink"),
        ("too much " * 400, "cannot hold"),
        ("naïve", "'ï', which cannot be written"),
    ],
)
def test_a_text_that_is_not_in_the_ink_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ArgumentsError, match=said) as caught:
        prepare([exhibit(Q1, text=text)])
    assert str(caught.value).startswith(f"the text of {Q1}: ")
    assert "\n" not in str(caught.value)


def test_texts_in_another_order_than_the_files_are_refused() -> None:
    with pytest.raises(ArgumentsError, match="in the order of its files"):
        prepare([exhibit(K1, K2, text=exhibit(K2, K1).text)])


def test_a_text_too_long_to_be_looked_for_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_CELLS", 10_000)
    with pytest.raises(ArgumentsError, match="too many to be found"):
        prepare([exhibit(Q1)])


def test_a_row_of_a_table_may_state_a_text_and_its_fault_costs_no_other_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "read_file", lambda path: first_line(path, False).samples)
    text = first_line(Q1, True).text
    plain, stated, wrong = (Side((Q1,), said) for said in ("", text, "zoo quiz jazz fox"))
    rows = score_rows([Row(side, Side((K1,)), True) for side in (plain, stated, wrong)], allow_generated=True)
    assert rows[0].score is not None
    assert rows[1].score is not None
    assert rows[0].score != rows[1].score
    assert "hardly fits" in rows[2].error


@pytest.mark.slow
def test_a_comparison_says_on_which_side_the_text_was_stated() -> None:
    found = compare([Q1], [K1], allow_generated=True, known_text=exhibit(K1).text)
    assert (found.questioned_text, found.known_text) == ("", exhibit(K1).text)
    assert found.settings["letters"] == "read of the questioned side, stated of the known side"
    with pytest.raises(ArgumentsError, match=r"--questioned-text: it is empty\."):
        compare([Q1], [K1], allow_generated=True, questioned_text=" \n")
