"""Nobody is in two sets, and the error rate is what counting gives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import protocol
from datasets.corpora.iam_ondb import IamOnDb
from datasets.ink import ink_from_strokes
from datasets.sample import Sample

INK = ink_from_strokes([np.array([[0.0, 0], [1, 1]])], ("x", "y"))


def people(donors: dict[str, int]) -> list[Sample]:
    """One sample a person of each donor, and three people recorded by apb and apd."""
    found = [Sample(INK, writer=f"{d}-{i:03}", device=d) for d, n in donors.items() for i in range(n)]
    return found + [Sample(INK, writer=f"apb-{i:03}", device=device) for i in (91, 92, 93) for device in ("apb", "apd")]


def test_people_on_two_devices_are_in_the_test_only() -> None:
    parts = protocol.unipen_parts(people({"abc": 40, "def": 25, "apb": 10}))
    assert {p for p, part in parts.items() if part == "two-device"} == {"apb-091", "apb-092", "apb-093"}


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.sampled_from(["aga", "bba", "cea", "dar", "scr"]), st.integers(1, 60), min_size=1))
def test_everybody_is_in_one_set_and_the_sets_have_their_shares(donors: dict[str, int]) -> None:
    parts = protocol.unipen_parts(people(donors))
    total = sum(donors.values())
    assert len(parts) == total + 3
    for part, share in protocol.UNIPEN_SHARES:
        assert abs(sum(p == part for p in parts.values()) - share * total) <= 1


def test_dealing_does_not_depend_on_the_order_of_the_files() -> None:
    found = people({"abc": 40, "def": 25})
    assert protocol.unipen_parts(found) == protocol.unipen_parts(found[::-1])
    assert protocol.fingerprint(protocol.unipen_parts(found)) == protocol.fingerprint(
        protocol.unipen_parts(found[::-1])
    )


def brute(same: np.ndarray, different: np.ndarray) -> tuple[float, float]:
    """Bounds on the EER from every threshold."""
    cuts = np.concatenate([[-np.inf], np.unique(np.concatenate([same, different])), [np.inf]])
    miss = np.array([(same < c).mean() for c in cuts])
    false = np.array([(different >= c).mean() for c in cuts])
    return float(np.minimum(miss, false).max()), float(np.maximum(miss, false).min())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-5, 9), min_size=1, max_size=30), st.lists(st.integers(-9, 5), min_size=1, max_size=30))
def test_the_equal_error_rate_lies_where_every_threshold_says(same: list[int], different: list[int]) -> None:
    a, b = np.array(same, float), np.array(different, float)
    low, high = brute(a, b)
    assert min(low, high) - 1e-9 <= protocol.equal_error_rate(a, b) <= max(low, high) + 1e-9


def test_perfect_and_hopeless_scores() -> None:
    assert protocol.equal_error_rate(np.array([2.0, 3]), np.array([0.0, 1])) == 0
    assert protocol.equal_error_rate(np.array([0.0, 1]), np.array([2.0, 3])) == 1
    assert protocol.equal_error_rate(np.zeros(4), np.zeros(4)) == pytest.approx(0.5)


@pytest.mark.slow
def test_the_real_people_are_dealt_as_documented(iam_ondb: IamOnDb) -> None:
    parts = protocol.iam_parts(iam_ondb.samples)
    counts = {part: sum(p == part for p in parts.values()) for part in ("training", "selection", "calibration", "test")}
    assert counts == {"training": 93, "selection": 20, "calibration": 20, "test": 63}


def counted(same: np.ndarray, different: np.ndarray) -> float:
    """The EER by counting at every threshold, and where the straight lines between these points cross."""
    cuts = [np.inf, *sorted({*same.tolist(), *different.tolist()}, reverse=True)]
    points = [((same < cut).mean(), (different >= cut).mean()) for cut in cuts]
    for (miss, false), (next_miss, next_false) in itertools.pairwise(points):
        if next_miss <= next_false:
            share = (miss - false) / ((miss - false) - (next_miss - next_false))
            return float(miss + share * (next_miss - miss))
    raise AssertionError("at the lowest threshold nothing is missed")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-5, 9), min_size=1, max_size=30), st.lists(st.integers(-9, 5), min_size=1, max_size=30))
def test_the_equal_error_rate_is_what_counting_at_every_threshold_gives(same: list[int], different: list[int]) -> None:
    a, b = np.array(same, float), np.array(different, float)
    assert protocol.equal_error_rate(a, b) == pytest.approx(counted(a, b), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-5, 9), min_size=1, max_size=30), st.lists(st.integers(-9, 5), min_size=1, max_size=30))
def test_only_the_order_of_scores_counts(same: list[int], different: list[int]) -> None:
    a, b = np.array(same, float), np.array(different, float)
    own = protocol.equal_error_rate(a, b)
    assert protocol.equal_error_rate(np.exp(a) - 7, np.exp(b) - 7) == pytest.approx(own, abs=1e-12)
    assert protocol.equal_error_rate(-b, -a) == pytest.approx(own, abs=1e-12)
    assert protocol.equal_error_rate(a[::-1], b[::-1]) == pytest.approx(own, abs=1e-12)


def test_an_official_split_gives_each_writer_one_part() -> None:
    found = [Sample(INK, writer=f"{part}-{i}", split=part) for part in protocol.IAM_PARTS for i in range(3)]
    found += [Sample(INK, split="trainset"), Sample(INK, writer="nowhere")]
    parts = protocol.iam_parts(found)
    assert parts == {f"{split}-{i}": part for split, part in protocol.IAM_PARTS.items() for i in range(3)}
    assert set(parts.values()) == {"training", "selection", "calibration", "test"}


def test_the_same_people_are_always_dealt_alike() -> None:
    # Written down so that a change of the dealing, which would make figures incomparable, cannot pass unseen.
    assert protocol.fingerprint(protocol.unipen_parts(people({"abc": 40, "def": 25}))) == "56c5f42b8aec4cca"


def test_a_fingerprint_tells_other_splits_apart() -> None:
    parts = protocol.unipen_parts(people({"abc": 40}))
    other = {**parts, "abc-000": "test" if parts["abc-000"] != "test" else "training"}
    assert protocol.fingerprint(parts) != protocol.fingerprint(other)


def test_samples_are_grouped_by_writer_in_their_order_and_without_strangers() -> None:
    found = [Sample(INK, writer=w, line=str(i)) for i, w in enumerate(["b", "a", None, "b"])]
    assert {w: [s.line for s in mine] for w, mine in protocol.by_writer(found).items()} == {"b": ["0", "3"], "a": ["1"]}
