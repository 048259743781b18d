"""Saved results: one that was changed, or contradicts itself, is never drawn."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from datasets.errors import HostileFileError, UnreadableFileError, VerificationError
from reports.comparison import report_id
from reports.findings import Calibration, Comparison, DrawnStroke, LeftOut
from reports.method_text import how_found
from reports.occasions import OCCASIONS, OTHER_OCCASIONS
from reports.saved import HASH, from_json, to_json
from reports.schema import displayable
from tests.reports.example import comparison, letter_chart, small, with_item

Fields = dict[str, Any]
SAVED: Fields = json.loads(to_json(small()))
WITH_LETTERS: Fields = json.loads(to_json(small(letters=letter_chart())))


def rehashed(fields: Fields) -> str:
    """The JSON of someone who changes a result and knows how to hash it again."""
    rest = {name: value for name, value in fields.items() if name != HASH}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    return json.dumps({**rest, HASH: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()})


def test_a_result_comes_back_as_it_was_with_its_report_id_in_it() -> None:
    one = comparison()
    assert from_json(to_json(one), Comparison) == one
    assert json.loads(to_json(one))[HASH] == report_id(one)
    assert from_json(rehashed(SAVED), Comparison) == small()


@pytest.mark.parametrize(("name", "value"), [("case", "other"), ("score", 9.0), (HASH, "0" * 64)])
def test_a_result_changed_after_it_was_written_fails_its_verification(name: str, value: object) -> None:
    with pytest.raises(VerificationError, match="changed after it was written"):
        from_json(json.dumps({**SAVED, name: value}), Comparison)


def lr(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["lr"].update(changes)


def item(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["items"][0].update(changes)


def stroke(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["items"][0]["lines"][0][0].update(changes)


@pytest.mark.parametrize("stated", ["yesterday", OTHER_OCCASIONS])
def test_a_result_of_other_occasions_says_so_and_rests_on_no_speed(stated: str) -> None:
    """The example of before says nothing of its occasions, and its calibration is that of speed."""
    ratio = small().lr
    used = Calibration(
        *(ratio.unbounded, 0.0, ratio.lower_bound, ratio.upper_bound, math.ceil(10**ratio.writers_bound)),
        *((80.0, 90.0), ("x", "y", "t"), "like", "people"),
    )
    ratio = dataclasses.replace(ratio, writers_bound=math.log10(used.writers))
    fine = small(lr=ratio, calibration=used)
    assert from_json(to_json(fine), Comparison) == fine
    with pytest.raises(UnreadableFileError, match="occasions"):
        from_json(to_json(dataclasses.replace(fine, settings={OCCASIONS: stated})), Comparison)


def test_a_result_says_of_its_letters_what_it_says_of_its_texts() -> None:
    stated = small(questioned_text="dear Anna", settings={"letters": how_found("dear Anna", "")})
    assert from_json(to_json(stated), Comparison) == stated
    for settings in ({"letters": "read"}, {"letters": "stated"}, {}):
        with pytest.raises(UnreadableFileError, match=r"settings\.letters are not 'stated of the questioned side"):
            from_json(to_json(dataclasses.replace(stated, settings=settings)), Comparison)


def test_a_result_without_a_text_keeps_the_id_that_it_had_before_texts_were_stated() -> None:
    assert not {"questioned_text", "known_text"} & set(SAVED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lr(log10_lr=99.0), "no reference set supports"),
        (lr(log10_lr=1.71, words="weak support for H1 over H2"), "outside its interval"),
        (lr(log10_lr=1.9, high=1.9), "outside its bounds"),
        (lr(low=1.3), "outside its interval"),
        (lr(high=1.9), "beyond the number"),
        (lr(lower_bound=2.0, upper_bound=-2.0), "lower_bound"),
        (lr(words="proves guilt"), "the scale says"),
        (lr(bound_hit="upper: writers"), "bound_hit"),
        (lr(unbounded=1e300), "sane size"),
        (lr(low=10**400), "sane size"),
        (lambda fields: fields.update(seed=10**400), "sane size"),
        (lambda fields: fields.update(items=fields["items"][:1]), "one side"),
        (lambda fields: fields.update(items=[*fields["items"], fields["items"][0]]), "one label"),
        (item(n_strokes=-5), "negative"),
        (item(mm_per_unit=-1.0), "not positive"),
        (stroke(x=[1.0]), "differ in length"),
        (stroke(evidence=[1.0, 2.0]), "differ in length"),
        (stroke(x=[1e9], y=[0.0], speed=None, evidence=None), "drawn beyond"),
        (lambda fields: fields["growth"].update(h1=[1.0]), "growth"),
        (lambda fields: fields["performance"].update(same_scores=[1.0]), "one score for each"),
        (lambda fields: fields["performance"]["misleading_same"].update(count=99), "more than there are"),
        (lambda fields: fields["fragments"][0].update(known_x=[5.0, -5.0]), "x range"),
        (lambda fields: fields.update(case="a\ud800b"), "half of a character"),
        (lambda fields: fields.pop(HASH), HASH),
    ],
)
def test_a_result_that_contradicts_itself_is_refused_whatever_its_hash(
    change: Callable[[Fields], object], said: str
) -> None:
    fields = copy.deepcopy(SAVED)
    change(fields)
    text = rehashed(fields) if HASH in fields else json.dumps(fields)
    with pytest.raises(UnreadableFileError, match=said) as error:
        from_json(text, Comparison, "r.json")
    assert str(error.value).startswith("r.json: ")
    assert len(str(error.value).splitlines()) == 1


def test_a_field_that_stands_twice_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="'case' stands twice"):
        from_json(json.dumps(SAVED)[:-1] + ', "case": "other"}', Comparison)


def test_names_that_are_no_text_are_kept_in_a_form_that_can_be_written() -> None:
    one = with_item(file="m\udcfcller.ink", device="\ud800")
    assert one.items[0].file == "m\\xfcller.ink"
    assert from_json(to_json(one), Comparison) == one
    assert displayable("Žižka 中文 🙂") == "Žižka 中文 🙂"


def test_warnings_of_results_before_codes_are_still_read() -> None:
    fields = copy.deepcopy(SAVED)
    fields["warnings"] = ["Little ink."]
    for name in ("unbounded_low", "unbounded_high", "bound_share"):
        del fields["lr"][name]
    del fields["calibration"], fields["performance"]["n_writers_different"]
    found = from_json(rehashed(fields), Comparison)
    assert [(w.code, str(w)) for w in found.warnings] == [("", "Little ink.")]
    assert found.calibration is None


CALIBRATION: Fields = {
    "intercept": -0.2, "slope": 0.5, "lower_bound": -1.4, "upper_bound": 1.6, "writers": 50, "amounts": [96.0, 192.0],
    "channels": ["x", "y"], "devices": "like", "population": "people", "limited_by": "",
}  # fmt: skip
#: What this calibration makes of a score of 2.
BY_IT: Fields = {
    "unbounded": 0.8, "log10_lr": 0.8, "low": 0.5, "high": 1.1, "lower_bound": -1.4, "upper_bound": 1.6,
    "elub_low": -1.4, "elub_high": 1.6, "writers_bound": 1.6989700043360187, "bound_hit": "",
    "words": "weak support for H1 over H2",
}  # fmt: skip


@pytest.mark.parametrize(
    ("of_lr", "of_calibration", "said"),
    [
        ({}, {}, None),
        ({"unbounded": 9.0}, {}, "not what calibration makes"),
        ({}, {"slope": 4.5}, "not what calibration makes"),
        ({}, {"slope": -0.5}, "falls with the score"),
        ({}, {"upper_bound": 1.69}, "bounds of lr"),
        ({"upper_bound": 1.75}, {"upper_bound": 1.75}, "beyond the number"),
        ({"log10_lr": 0.9}, {}, "held within"),
        ({"writers_bound": 9.0}, {"writers": 1_000_000_000}, "model.calibration_writers"),
    ],
)
def test_the_lr_is_what_its_own_calibration_makes_of_the_score(
    of_lr: Fields, of_calibration: Fields, said: str | None
) -> None:
    fields = copy.deepcopy(SAVED)
    fields["score"] = 2.0
    fields["lr"] |= BY_IT | of_lr
    fields["calibration"] = CALIBRATION | of_calibration
    if said is None:
        assert from_json(rehashed(fields), Comparison).lr.log10_lr == 0.8
        return
    with pytest.raises(UnreadableFileError, match=said):
        from_json(rehashed(fields), Comparison)


def test_a_result_with_more_drawn_ink_than_any_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(HostileFileError, match="600,000 lists, more than the 500,000"):
        from_json("[" * 600_000, Comparison)


def letters(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["letters"].update(changes)


def first_letter(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["letters"]["letters"][0].update(changes)


def first_instance(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["letters"]["letters"][0]["known"][0].update(changes)


def place(**changes: Any) -> Callable[[Fields], object]:
    return lambda fields: fields["letters"]["letters"][0]["place"].update(changes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (letters(log10_lr=0.9), "not the sum of its letters"),
        (letters(known_only=[["\u202e", 1]]), "is no letter"),
        (first_letter(text="<b>" * 9), "is no letter"),
        (first_letter(score=None), "without a score"),
        (first_letter(score=1e9), "has a score beyond"),
        (first_letter(like=900), "more people than there are"),
        (first_letter(known_count=0), "on one side only"),
        (first_instance(item="Q1"), "on a line that is not drawn"),
        (first_instance(line=99), "on a line that is not drawn"),
        (first_instance(parts=[]), "an instance without ink"),
        (first_instance(parts=[[0, 5, 9999]]), "not in its line"),
        (first_instance(parts=[[0, 5, 5]]), "not in its line"),
        (place(same_below=1.2), "a share that is none"),
        (place(same=[3.0, 2.0, 1.0, 0.0, -1.0]), "quantiles that do not rise"),
    ],
)
def test_a_letter_chart_that_its_ink_does_not_hold_is_refused(change: Callable[[Fields], object], said: str) -> None:
    fields = copy.deepcopy(WITH_LETTERS)
    change(fields)
    with pytest.raises(UnreadableFileError, match=said):
        from_json(rehashed(fields), Comparison)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item": "Q7"}, "which is no item"),
        ({"strokes": 0}, "more than it says"),
        ({"drawn": []}, "no stroke"),
        (
            {"drawn": [{"x": [1.0, 2.0], "y": [1.0], "speed": None, "evidence": None, "certain": True}]},
            "differ in length",
        ),
    ],
)
def test_what_was_left_out_belongs_to_an_item_and_can_be_drawn(change: Fields, said: str) -> None:
    left_out = (LeftOut("Q1", 1, (DrawnStroke(x=(0.0, 3.0), y=(0.0, 4.0)),)),)
    fields = json.loads(to_json(small(left_out=left_out)))
    fields["left_out"][0] |= change
    with pytest.raises(UnreadableFileError, match=said):
        from_json(rehashed(fields), Comparison)
