"""Results as lines of text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgery_kit.terminal.printed import MOST_FILES, comparison_lines, imitation_lines, printable, seldom_lines, written
from reports.imitated import ImitatedLine, Imitation, KnownItem
from reports.method_text import how_found
from reports.occasions import OCCASIONS, OTHER_OCCASIONS
from tests.reports.example import comparison, likelihood_ratio


def test_both_sides_come_before_the_value() -> None:
    found = comparison()
    lines = list(comparison_lines(found))
    value = next(i for i, line in enumerate(lines) if line.startswith("log10 LR"))
    assert lines[:value] == [
        f"{role:11} {item.label:4} {item.file}"
        for side in ("questioned", "known")
        for role, item in zip((side, *[""] * 99), [item for item in found.items if item.role == side], strict=False)
    ]
    assert value == len(found.items)
    assert f"{found.lr.log10_lr:+.2f}" in lines[value]
    assert [line for line in lines if line.startswith("warning")] == [f"warning     {w}" for w in found.warnings]


def test_a_stated_text_is_said_before_the_value() -> None:
    assert not any(line.startswith("letters") for line in comparison_lines(comparison()))
    lines = list(comparison_lines(comparison(known_text="dear Anna", settings={"letters": how_found("", "dear Anna")})))
    said = lines.index("letters     read of the questioned side, stated of the known side")
    assert said < next(i for i, line in enumerate(lines) if line.startswith("log10 LR"))


def test_the_occasions_are_said_before_the_value() -> None:
    assert not any(line.startswith("occasions") for line in comparison_lines(comparison()))
    lines = list(comparison_lines(comparison(settings={OCCASIONS: OTHER_OCCASIONS})))
    said = lines.index("occasions   other occasions")
    assert said < next(i for i, line in enumerate(lines) if line.startswith("log10 LR"))


def value_lines(**changes: Any) -> list[str]:
    """What is printed between the sides and the warnings."""
    lines = list(comparison_lines(comparison(lr=likelihood_ratio(**changes), warnings=())))
    return lines[next(i for i, line in enumerate(lines) if line.startswith("log10 LR")) :]


def test_a_value_within_its_limits_has_its_interval() -> None:
    lines = value_lines(log10_lr=1.15, low=0.9, high=1.4, unbounded_low=0.8, unbounded_high=1.5, bound_share=0.0)
    assert lines[0] == "log10 LR    +1.15   (95 % +0.90 to +1.40, over calibration writers only)"
    assert not any("limit:" in line or "redraws" in line for line in lines)
    assert lines[-1].startswith("limits      -")


@pytest.mark.parametrize(
    ("hit", "said"),
    [
        ("upper: ELUB", "at least this: the upper limit of what the calibration supports (ELUB)"),
        ("lower: writers", "at most this: the lower limit of what the calibration supports (writers)"),
    ],
)
def test_a_value_at_its_limit_says_what_was_found_before(hit: str, said: str) -> None:
    cut = {"low": 1.68, "high": 1.68, "unbounded": 2.63, "bound_hit": hit}
    new = value_lines(**cut, unbounded_low=2.1, unbounded_high=3.0, bound_share=0.94)
    assert "95 %" not in new[0]
    assert [line.strip() for line in new[1:3]] == [
        f"{said}; 94% of the redraws reach a limit", "before the limit: +2.63 [+2.10, +3.00]",
    ]  # fmt: skip
    old = value_lines(**cut)
    assert [line.strip() for line in old[1:3]] == [said, "before the limit: +2.63"]
    assert "95 % +1.24 to +1.68" in value_lines(**cut | {"low": 1.24})[0]


def test_of_very_many_files_the_rest_is_counted() -> None:
    found = comparison()
    one = next(item for item in found.items if item.role == "known")
    many = tuple(replace(one, label=f"K{i + 1}", file=f"{i}.inkml") for i in range(MOST_FILES + 5))
    lines = list(comparison_lines(replace(found, items=(found.items[0], *many))))
    assert sum(".inkml" in line and " K" in line for line in lines) == MOST_FILES
    assert any("and 5 more, 25 files in all" in line for line in lines)


def test_a_name_cannot_disturb_the_terminal() -> None:
    assert printable("a\nlog10 LR +9\x1b[2J\u202eb\udc80é中") == "a\\nlog10 LR +9\\x1b[2J\\u202eb\\udc80é中"


def test_what_was_not_asked_for_is_not_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert list(written([("report", tmp_path / "r.pdf"), ("JSON", None)])) == [f"{'report':11} {tmp_path / 'r.pdf'}"]


def test_characters_that_the_generator_hardly_knows_are_named_beforehand() -> None:
    (line,) = seldom_lines("Quid & te 8 QQ")
    assert line.startswith("note ")
    assert line.endswith(": & (1), Q (12), 8 (26)")
    assert list(seldom_lines("an ordinary line, and no more")) == []


def record(gain: float, ended: bool, *known: KnownItem) -> Imitation:
    """The record of one sample."""
    return Imitation(
        text="ab", style="", known=known, prime_text="a b", prime_sha256="", prime_gain=gain, bias=0.5, steps=None,
        seed=1, number=3, candidates=8, lines=(ImitatedLine("ab", 5, ended, (), 0.0, 0.0),), model="", model_sha256="",
        versions={}, command="",
    )  # fmt: skip


def test_known_files_of_an_imitation_are_named_with_their_use() -> None:
    used, left = (KnownItem(f"{name}.inkml", "", None, "genuine", name == "k1") for name in ("k1", "k2"))
    assert list(imitation_lines([record(2.0, True, used, left)], 1.0, True)) == [
        "known     k1.inkml",
        "          k2.inkml   (not used: the files before it are enough)",
    ]


def test_what_went_wrong_in_an_imitation_is_said() -> None:
    lines = list(imitation_lines([record(0.5, False)], 1.0, True))
    assert [line.split("   ")[0] for line in lines] == ["warning", "warning"]
    assert "hardly reads as 'a b'" in lines[0]
    assert "sample 3: it did not come to the end of 'ab'" in lines[1]
    assert list(imitation_lines([record(2.0, False)], 1.0, False)) == []
