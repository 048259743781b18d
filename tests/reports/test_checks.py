"""Saved results: one that was changed, or contradicts itself, is never drawn."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from datasets.errors import UnreadableFileError, VerificationError
from reports.comparison import report_id
from reports.findings import HASH, Comparison, displayable, from_json, to_json
from tests.reports.example import comparison, small, with_item

Fields = dict[str, Any]
SAVED: Fields = json.loads(to_json(small()))


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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lr(log10_lr=99.0), "no reference set supports"),
        (lr(log10_lr=1.71, words="weak support for H1 over H2"), "outside its interval"),
        (lr(log10_lr=1.9, high=1.9), "outside its bounds"),
        (lr(low=1.3), "outside its interval"),
        (lr(high=1.9), "beyond its bounds"),
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
