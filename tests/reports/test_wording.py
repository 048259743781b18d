"""Wording: the verbal scale's edges, the direction of support, and sentences that must never appear."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import UnreadableFileError
from reports import method_text, occasions, wording
from reports.findings import Calibration
from reports.occasions import OCCASIONS, ONE_SITTING, OTHER_OCCASIONS
from reports.scale import ENFSI_2015, VerbalScale, scale_from_setting, words
from reports.wording import finding_sentence, lr_number
from tests.reports.example import comparison, likelihood_ratio, performance

#: The transposed conditional, verdicts, and talk of how probable a proposition is.
FORBIDDEN = (
    r"times more (probable|likely) that",
    r"\bmatch",
    r"posterior",
    r"same person wrote",
    r"probab\w+ (of|that) (guilt|H1|H2|the (same|questioned|writer|suspect))",
    r"\bidentif(ied|ication) (of|as) the writer",
    r"\bguilt",
    r"\bpersonality",
    r"(certain|no doubt|beyond doubt)\b[^.]*\bwrote",
)


def forbidden_in(text: str) -> list[str]:
    """The forbidden phrases found, whatever the line breaks."""
    flat = " ".join(text.split())
    return [phrase for phrase in FORBIDDEN if re.search(phrase, flat, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("lr", "expected"),
    [
        (1, "no support either way"),
        (1.5, "weak (practically no) support for H1 over H2"),
        (2, "weak support for H1 over H2"),
        (9.99, "weak support for H1 over H2"),
        (10, "moderate support for H1 over H2"),
        (99.9, "moderate support for H1 over H2"),
        (100, "moderately strong support for H1 over H2"),
        (1_000, "strong support for H1 over H2"),
        (10_000, "very strong support for H1 over H2"),
        (999_999, "very strong support for H1 over H2"),
        (1_000_000, "extremely strong support for H1 over H2"),
    ],
)
def test_words_follow_enfsi_with_lower_edges_included(lr: float, expected: str) -> None:
    assert words(math.log10(lr)) == expected
    assert words(-math.log10(lr)) == expected.replace("H1 over H2", "H2 over H1")


@pytest.mark.parametrize(
    ("lr", "expected"),
    [(14.12, "14"), (0.0708, "0.071"), (12_345, "12,000"), (1, "1.0"), (1.04, "1.04"), (9.98, "9.98"), (99.7, "99.7")],
)
def test_lr_has_two_figures_unless_rounding_would_change_its_words(lr: float, expected: str) -> None:
    assert lr_number(math.log10(lr)) == expected


@given(st.floats(-8, 8))
def test_the_printed_lr_never_contradicts_its_words(log10_lr: float) -> None:
    printed = float(lr_number(abs(log10_lr)).replace(",", ""))
    assert math.isclose(printed, 10 ** abs(log10_lr), rel_tol=0.051)
    if printed != 1:
        assert ENFSI_2015.strength(math.log10(printed)) == ENFSI_2015.strength(log10_lr)


def test_finding_sentence_is_about_the_findings_and_turns_round_below_one() -> None:
    assert finding_sentence(1.15) == (
        "The findings are about 14 times more probable if H1 is true than if H2 is true. "
        "This is moderate support for H1 over H2."
    )
    assert finding_sentence(-1.15) == (
        "The findings are about 14 times more probable if H2 is true than if H1 is true. "
        "This is moderate support for H2 over H1."
    )
    assert "equally probable" in finding_sentence(0.0)


def test_bound_sentence_names_the_bound_and_refuses_the_value_beyond_it() -> None:
    assert wording.bound_sentence(likelihood_ratio(1.0)) == ""
    sentence = wording.bound_sentence(likelihood_ratio(3.2))
    assert sentence.startswith(
        "At the limit of what this reference set can support, and so at least this: the upper bound"
    )
    assert "number of calibration writers" in sentence
    assert "3.20; that value is not a finding" in sentence
    assert "(ELUB)" in wording.bound_sentence(likelihood_ratio(-3.2))


def test_at_a_bound_the_interval_is_that_of_the_redraws_and_the_value_is_a_least_one() -> None:
    redrawn = {"low": 1.5, "high": 1.8, "unbounded_low": 2.61, "unbounded_high": 3.44, "bound_share": 0.994}
    upper = likelihood_ratio(3.2, **redrawn)
    assert wording.log10_line(upper, True) == "log10 LR at least 1.72, the upper limit"
    sentence = wording.bound_sentence(upper)
    assert "and so at least this" in sentence
    assert "held by a limit in 99 % of the draws and lies within [1.50, 1.80] in 95 % of them" in sentence
    assert "Unbounded, log10 LR would be 3.20 [2.61, 3.44]; that value is not a finding." in sentence
    assert "[" not in wording.bound_sentence(upper, with_interval=False)
    lower = likelihood_ratio(-3.2, **redrawn)
    assert wording.log10_line(lower, True) == "log10 LR at most −1.48, the lower limit"
    assert "and so at most this" in wording.bound_sentence(lower)
    assert "tighter limit (people on unlike devices)" in wording.bound_sentence(lower, "people on unlike devices")


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "in 100 %"), (0.999, "in 99 %"), (0.001, "in 1 %"), (0.5, "in 50 %")]
)
def test_the_share_of_redraws_is_never_rounded_to_all_or_none(share: float, said: str) -> None:
    assert said in wording.bound_sentence(likelihood_ratio(3.2, bound_share=share))


def test_within_its_bounds_the_value_has_its_interval_unless_it_is_hidden() -> None:
    assert wording.log10_line(likelihood_ratio(1.15), True) == "log10 LR 1.15, 95 % interval [0.83, 1.39]"
    assert wording.log10_line(likelihood_ratio(1.15), False) == "log10 LR 1.15"


def test_h2_names_the_writers_of_the_calibration_that_was_used() -> None:
    one = comparison(performance=performance(n_writers_different=41))
    assert "like the 41 writers of the reference set (53 volunteers" in wording.propositions(one)[1]
    used = Calibration(0.0, 1.0, -1.0, 1.0, 30, (80.0, 80.0), ("x", "y"), "unlike", "people on two tablets")
    named = dataclasses.replace(one, calibration=used)
    assert "(people on two tablets)" in wording.propositions(named)[1]


@pytest.mark.parametrize("settings", [{}, {OCCASIONS: OTHER_OCCASIONS}, {OCCASIONS: ONE_SITTING}])
def test_limiting_lines_are_at_most_five_and_always_begin_with_the_occasions(settings: dict[str, str]) -> None:
    for count in range(12):
        lines = wording.limiting_lines(tuple(f"warning {i}" for i in range(count)), settings)
        assert lines[0] == occasions.first_limit(settings)
        assert "sitting" in lines[0] or "two occasions" in lines[0]
        assert len(lines) <= 5
        shown = sum(line.startswith("warning ") for line in lines)
        more = [int(line.split()[0]) for line in lines if "more warnings" in line]
        assert shown + sum(more) == count


def test_what_was_stated_of_the_sitting_is_in_propositions_method_and_limits() -> None:
    before = comparison()
    other, one = (
        dataclasses.replace(before, settings={**before.settings, OCCASIONS: value})
        for value in (OTHER_OCCASIONS, ONE_SITTING)
    )
    assert "on different occasions" in wording.propositions(other)[0]
    assert "as the examiner states" in wording.propositions(one)[2]
    assert occasions.limitation(other.settings)[0] == "Other occasions"
    assert occasions.limitation(one.settings)[0] == occasions.limitation(before.settings)[0] == "One sitting"
    assert "smaller group" in occasions.of_calibration(other.settings)
    # A result of before draws as it did.
    assert not occasions.of_calibration(before.settings) + occasions.taken(before.settings)
    assert wording.propositions(before)[0].endswith("in natural writing.")


def test_a_verbal_scale_survives_being_a_setting() -> None:
    own = VerbalScale("laboratory 7", ((0.0, "slight"), (1.5, "some"), (3.0, "much")))
    read = scale_from_setting({"verbal_scale": own.as_setting()})
    assert read.source == own.source
    assert [name for _, name in read.steps] == ["slight", "some", "much"]
    assert [edge for edge, _ in read.steps] == pytest.approx([0.0, 1.5, 3.0])
    assert words(2.0, read) == "some support for H1 over H2"
    assert scale_from_setting({}) is ENFSI_2015
    assert scale_from_setting({"verbal_scale": ENFSI_2015.as_setting()}) == ENFSI_2015


@pytest.mark.parametrize("text", ["lab", "lab | 10 = weak", "lab | 1 = a | 1 = b", "lab | x = weak", "lab | 0 = weak"])
def test_a_broken_verbal_scale_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFileError, match="verbal_scale"):
        scale_from_setting({"verbal_scale": text})


def test_no_wording_says_how_probable_a_proposition_is() -> None:
    fixed = [str(value) for value in _values() if _is_text(value)]
    made = [finding_sentence(x / 10) for x in range(-80, 81)]
    one = comparison()
    made += [*wording.propositions(one), wording.bound_sentence(likelihood_ratio(9.0))]
    made += [wording.agreement_sentence(one.agreement), wording.told_sentence("")]
    assert len(fixed) > 20
    assert [(text, forbidden_in(text)) for text in fixed + made if forbidden_in(text)] == []


def _values() -> list[object]:
    made = [value for texts in (occasions._FIRST, occasions._LIMITS) for value in texts.values()]
    return [*made, *(value for module in (wording, method_text, occasions) for value in vars(module).values())]


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, tuple) and bool(value) and isinstance(value[0], str | tuple))


def test_the_guard_itself_catches_the_sentences_it_is_for() -> None:
    assert forbidden_in("It is 14 times more\nprobable that the same person wrote them.")
    assert forbidden_in("The samples match.")
    assert forbidden_in("the probability that H1 is true")
