"""The calibrations of the shipped reference: bound to it, continuous in the ink, never beyond what they rest on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from datasets.errors import MissingResourceError
from forgery_kit.likelihood import judge as judging
from forgery_kit.likelihood.amounts import LEVELS
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.calibration import TooFewWritersError, likelihood_ratio
from forgery_kit.likelihood.calibrations import KINDS, PREFIX, Calibrations, Kind, from_arrays, to_arrays
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.pairs import exhibits_of
from forgery_kit.likelihood.reference import CALIBRATION, load_arrays
from gan.judging.style import weights_hash


@pytest.fixture(scope="module")
def judge() -> Judge:
    return default_judge()


def test_the_shipped_reference_was_made_with_the_shipped_weights(judge: Judge) -> None:
    assert judge.reference.card["weights_sha256"] == weights_hash()


@pytest.mark.parametrize("kind", ["timed", "untimed"])
def test_one_step_of_ink_never_makes_the_stated_value_jump(judge: Judge, kind: Kind) -> None:
    """The same two embeddings of real hands, scored and calibrated as ever more ink, a step at a time."""
    back_end = judge.reference.back_end[kind == "timed"]
    sides = [s for s in exhibits_of(judge.reference.chunks, (480, 480), kind == "timed", 1).values() if len(s[0])]
    a, b = (np.stack([s[i][0] for s in sides]) for i in (0, 1))
    last, worst = None, 0.0
    for steps in (*range(150, 260), *range(470, 490), *range(950, 970), *range(1910, 1930), *range(2700, 2720)):
        calibrator, _ = judge.calibrations.at(kind, steps, 600)
        score = score_pairs(back_end, a, np.full(len(a), steps), b, np.full(len(b), 600))
        stated = np.clip(calibrator.unbounded(score), *calibrator.bounds)
        if last is not None and steps - last[0] == 1:
            worst = max(worst, float(np.abs(stated - last[1]).max()))
        last = steps, stated
    assert worst < 0.04


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_never_fall_with_more_ink_and_lie_within_the_number_of_writers(judge: Judge, kind: Kind) -> None:
    steps = np.geomspace(45, 12_000, 60)
    found = np.array([[judge.calibrations.at(kind, a, b)[0].bounds for a in steps] for b in steps])
    for axis in (0, 1):
        assert np.diff(found[..., 1], axis=axis).min() > -1e-6
        assert np.diff(found[..., 0], axis=axis).max() < 1e-6
    for a in steps[::10]:
        calibrator, _ = judge.calibrations.at(kind, a, 480)
        limit = np.log10(calibrator.n_writers)
        assert np.abs(calibrator.all_bounds).max() <= limit + 1e-9
        for score in (-1e6, 1e6):
            value = likelihood_ratio(calibrator, score)
            assert max(abs(value.log10_lr), abs(value.low), abs(value.high)) <= limit + 1e-9


def test_which_side_has_more_ink_does_not_matter(judge: Judge) -> None:
    there, back = judge.calibrations.at("timed", 130, 700)[0], judge.calibrations.at("timed", 700, 130)[0]
    assert there.lines == pytest.approx(back.lines)
    assert there.elub == pytest.approx(back.elub)


def test_pairs_together_are_calibrated_as_each_by_itself(judge: Judge) -> None:
    random = np.random.default_rng(1)
    score, a, b = random.normal(0, 5, 20), random.uniform(40, 9000, 20), random.uniform(40, 9000, 20)
    rows = np.arange(20) % 3 == 0
    found = judge.calibrations.of_pairs("untimed", score, a, b, rows)
    alone = [
        likelihood_ratio(judge.calibrations.at("untimed", x, y)[0], s) for s, x, y in zip(score, a, b, strict=True)
    ]
    assert found.bounded == pytest.approx([one.log10_lr for one in alone])
    assert found.unbounded == pytest.approx([one.unbounded for one in alone])
    ends = np.quantile(found.draws, [0.025, 0.975], axis=0)
    kept = [one for one, row in zip(alone, rows, strict=True) if row]
    assert ends[0] == pytest.approx([min(one.low, 99) for one in kept], abs=0.05)


def test_amounts_beyond_the_reference_are_lowered_and_say_so(judge: Judge) -> None:
    assert judge.calibrations.at("timed", 1e6, 1e6)[1]
    assert not judge.calibrations.at("timed", 480, 480)[1]


def test_strangers_on_unlike_devices_are_not_taken_for_one_writer_with_little_ink(judge: Judge) -> None:
    figures = judge.calibrations.figures("unlike", 60, 60)
    assert figures.misleading_different.of >= 20
    assert figures.cllr.value < 1.02
    different = np.array(figures.different)
    assert different.mean() < 0.1
    assert judge.calibrations.at("unlike", 60, 60)[0].bounds[1] < 0.5


def test_figures_are_of_the_nearest_amounts_and_more_ink_separates_better(judge: Judge) -> None:
    little, much = (judge.calibrations.figures("untimed", s, s) for s in (62, 500))
    assert (little.amount_questioned, much.amount_known) == (12.0, 96.0)
    assert much.cllr.value < little.cllr.value
    assert much.misleading_different.of == much.n_writers_different


@pytest.mark.parametrize("known", [80.0, 480.0, 1000.0])
def test_growth_begins_at_the_ink_of_the_case_and_rises(judge: Judge, known: float) -> None:
    found = judge.calibrations.growth("untimed", 240, known)
    assert found is not None
    assert found.amounts[0] == known
    assert list(found.amounts) == sorted(set(found.amounts))
    assert found.h1[-1] > found.h1[0] > 0 > found.h2[0]


def test_there_is_no_growth_beyond_the_largest_amount(judge: Judge) -> None:
    assert judge.calibrations.growth("untimed", 240, LEVELS[-1]) is None


def small(judge: Judge) -> dict[str, np.ndarray]:
    return to_arrays(judge.calibrations)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("lines", lambda x: x * np.float32(np.nan)),
        ("lines", lambda x: -x),
        ("elub", lambda x: x + np.float32(9)),
        ("elub", lambda x: -x),
        ("n_writers", lambda x: x * 1000),
        ("n_writers", lambda x: -x),
        ("own", lambda x: x[:, :2]),
    ],
)
def test_calibrations_that_nobody_could_have_made_are_refused(judge: Judge, name: str, change: object) -> None:
    arrays = small(judge)
    people = len(judge.reference.chunks.writers)
    assert from_arrays(arrays, people).n_writers.max() <= people
    arrays[PREFIX + name] = change(arrays[PREFIX + name])  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"calibration|bound"):
        from_arrays(arrays, people)


def test_an_edited_reference_is_refused_or_has_another_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judge: Judge
) -> None:
    """No file outside the reference takes part: an edit of a calibration changes the hash that results carry."""
    from safetensors import safe_open

    arrays, _ = load_arrays(CALIBRATION)
    with safe_open(CALIBRATION, framework="np") as stored:
        facts = stored.metadata()
    edited = tmp_path / "edited.safetensors"
    lines = arrays[PREFIX + "lines"].copy()
    lines[..., 0] += 0.5
    save_file(arrays | {PREFIX + "lines": lines}, edited, metadata=facts)
    assert judging.load_judge(edited).reference.sha256 != judge.reference.sha256
    save_file(arrays | {PREFIX + "elub": arrays[PREFIX + "elub"] + np.float32(9)}, edited, metadata=facts)
    with pytest.raises(MissingResourceError, match="do not hold"):
        judging.load_judge(edited)


def made(people: np.ndarray) -> Calibrations:
    """A grid whose intercept tells the level, with so many writers at each amount of the greater side."""
    count = len(LEVELS)
    lines = np.zeros((len(KINDS), count, count, 3, 2))
    lines[..., 0] = np.maximum.outer(np.arange(count), np.arange(count))[None, :, :, None]
    n = np.broadcast_to(np.maximum.outer(people, people), (len(KINDS), count, count)).copy()
    return Calibrations(lines, np.zeros_like(lines), n, n > 0, {})


def test_half_way_between_two_amounts_the_calibrator_is_half_of_both() -> None:
    found, _ = made(np.full(len(LEVELS), 9)).at("timed", 60, 240 * 2**0.5)
    assert found.lines[:, 0] == pytest.approx(2.5)


def test_where_a_kind_has_no_people_there_is_no_value() -> None:
    nobody = made(np.zeros(len(LEVELS), int))
    with pytest.raises(TooFewWritersError):
        nobody.at("unlike", 480, 480)
    with pytest.raises(TooFewWritersError):
        nobody.of_pairs("unlike", np.zeros(1), np.full(1, 480.0), np.full(1, 480.0), np.ones(1, bool))
    with pytest.raises(TooFewWritersError):
        nobody.figures("unlike", 480, 480)


def test_each_judge_has_its_own_calibrations(judge: Judge) -> None:
    other = replace(judge, calibrations=made(np.full(len(LEVELS), 9)), made={})
    assert other.calibrations.at("timed", 60, 60)[0].n_writers == 9
    assert judge.calibrations.at("timed", 60, 60)[0].n_writers > 9
