"""Exhibits to scores: symmetric, warned about, and refused where nothing can be said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.errors import OutOfScopeError
from datasets.ink import ink_from_strokes
from datasets.sample import Exhibit, Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.likelihood.agreement import disagrees
from forgery_kit.likelihood.amounts import FLOOR_STEPS
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.scoring import Scored
from forgery_kit.likelihood.scoring import score as score_sides
from forgery_kit.likelihood.sides import BY_ITSELF, Ready, comparable, embed_files, embed_parts, prepare
from forgery_kit.tables import seen_files
from forgery_kit.tables.rows import Row, Side, score_rows
from gan.features import FEATURES, STEPS_PER_HEIGHT
from gan.judging.style import WINDOW, sequence, windows
from tests.reports.example import likelihood_ratio

TEXT = "pack my box with five dozen jugs and then some more of them today"


def score(questioned: Ready, known: Ready, judge: Judge | None = None) -> Scored:
    """As the same sitting, which leaves every kind of calibration to the ink and the devices."""
    return score_sides(questioned, known, judge, same_sitting=True)


@pytest.fixture(scope="module")
def hands() -> list[Ready]:
    """Two exhibits of one hand and one of another, all made by code."""
    made = [(1, 1), (1, 2), (5, 1)]
    samples = [replace(synthetic_sample(TEXT, *m), file=f"{m}.inkml", sha256=str(m), format="inkml") for m in made]
    return prepare([Exhibit("E", (s,)) for s in samples])


def files_are(
    monkeypatch: pytest.MonkeyPatch, exhibits: dict[str, Exhibit | Exception], read: list[Path] | None = None
) -> None:
    """Let files of these names hold these exhibits, of a sample each; ``read`` notes which were read."""

    def read_file(path: Path) -> tuple[Sample, ...]:
        if read is not None:
            read.append(path)
        found = exhibits[str(path)]
        if isinstance(found, Exception):
            raise found
        (sample,) = found.samples
        return (replace(sample, file=str(path), origin="unknown"),)

    monkeypatch.setattr(seen_files, "read_file", read_file)


def test_swapping_the_sides_changes_nothing(hands: list[Ready]) -> None:
    there, back = score(hands[0], hands[1]), score(hands[1], hands[0])
    assert (there.score, there.lr) == (back.score, back.lr)


def test_one_hand_scores_above_two(hands: list[Ready]) -> None:
    assert score(hands[0], hands[1]).score > score(hands[0], hands[2]).score


def test_preparing_together_or_alone_gives_the_same(hands: list[Ready]) -> None:
    alone = prepare([hands[2].exhibit])[0]
    for flag, vector in alone.vectors.items():
        assert np.allclose(vector, hands[2].vectors[flag], atol=1e-4)


def test_where_one_side_lacks_time_speed_is_left_out_on_both_and_it_says_so(hands: list[Ready]) -> None:
    sample = hands[1].exhibit.samples[0]
    flat = replace(sample, ink=ink_from_strokes([s[:, :2] for s in sample.ink.strokes()], ("x", "y")))
    (ready,) = prepare([Exhibit("K", (flat,))])
    found = score(*comparable([hands[0], ready], same_sitting=True))
    assert not found.with_time
    assert any("speed was left out" in str(w) for w in found.warnings)


def test_a_table_leaves_speed_out_only_in_rows_with_a_side_that_has_no_time(
    monkeypatch: pytest.MonkeyPatch, hands: list[Ready]
) -> None:
    flat, level = (Exhibit("K", (without_time(hand.exhibit.samples[0]),)) for hand in hands[1:])
    exhibits = {"a": hands[0].exhibit, "b": hands[2].exhibit, "flat": flat, "level": level}
    files_are(monkeypatch, exhibits)
    a, b, k, other = (Side((Path(name),)) for name in exhibits)
    timed, mixed, none = score_rows([Row(a, b, True), Row(a, k, True), Row(k, other, True)])
    assert timed.score == pytest.approx(score(hands[0], hands[2]).score, abs=1e-3)
    assert mixed.score == pytest.approx(
        score(*comparable([hands[0], *prepare([flat])], same_sitting=True)).score, abs=1e-3
    )
    assert ["speed was left out" in row.warning for row in (timed, mixed, none)] == [False, True, False]
    assert not timed.error + mixed.error + none.error


def without_time(sample: Sample, scale: float = 1.0) -> Sample:
    """Another export of a sample: x and y only, in another unit."""
    strokes = [s[:, :2] * scale for s in sample.ink.strokes()]
    return replace(
        sample, ink=ink_from_strokes(strokes, ("x", "y")), file="again.csv", sha256=f"{sample.sha256} {scale}"
    )


def test_one_recording_on_both_sides_gives_no_value(hands: list[Ready], monkeypatch: pytest.MonkeyPatch) -> None:
    (again,) = prepare([Exhibit("K", (without_time(hands[0].exhibit.samples[0], 3.7), hands[2].exhibit.samples[0]))])
    for questioned, known, name in (
        (hands[0], hands[0], "1, 1"),
        (hands[0], again, "again"),
        (again, hands[0], "1, 1"),
    ):
        with pytest.raises(OutOfScopeError, match=f"the same recording is on both sides .*{name}") as caught:
            score(questioned, known)
        assert caught.value.exit_code == 4
    copy, third = (Exhibit("K", (sample,)) for sample in again.exhibit.samples)
    files_are(monkeypatch, {"a": hands[0].exhibit, "b": hands[2].exhibit, "copy": copy, "third": third})
    a, b, k = (Side(tuple(map(Path, names))) for names in (("a",), ("b",), ("copy", "third")))
    fine, equal, copied = score_rows([Row(a, b), Row(a, a), Row(a, k)])
    assert fine.log10_lr is not None
    for row in (equal, copied):
        assert (row.log10_lr, row.score) == (None, None)
        assert "the same recording is on both sides" in row.error


def test_a_long_stretch_that_was_copied_is_warned_about(hands: list[Ready]) -> None:
    one, _, other = (hand.exhibit.samples[0] for hand in hands)
    strokes = [s[:, :2] for s in one.ink.strokes()]
    more = [s[:, :2] for s in other.ink.strokes()] + [s * 1.2 + 9000 for s in strokes[: len(strokes) // 3]]
    pasted = Sample(ink_from_strokes(more, ("x", "y")), file="pasted.csv", sha256="pasted", format="csv")
    (known,) = prepare([Exhibit("K", (pasted,))])
    (found,) = (w for w in score(hands[0], known).warnings if "copied" in str(w))
    assert "pasted.csv" in str(found)


def test_unlike_devices_are_warned_about(hands: list[Ready]) -> None:
    moved = replace(hands[1].exhibit.samples[0], device="another tablet")
    other = replace(hands[1], exhibit=Exhibit("K", (moved,)))
    assert any("unlike devices" in str(w) for w in score(hands[0], other).warnings)
    assert not any("unlike devices" in str(w) for w in score(hands[0], hands[1]).warnings)


def test_too_little_ink_is_refused() -> None:
    dash = Sample(ink_from_strokes([np.array([[0.0, 0], [4, 3], [8, 0], [12, 3]])], ("x", "y")), file="dash.csv")
    with pytest.raises(OutOfScopeError, match=r"dash\.csv.*too little ink"):
        prepare([Exhibit("Q", (dash,))])


@pytest.mark.parametrize("short", range(1, 6))
def test_too_little_ink_is_never_said_to_be_as_much_as_is_needed(short: int) -> None:
    # A wave of one height whose path has so many steps less than are needed.
    y = np.arange(5) % 2.0
    x = np.arange(5) * np.sqrt(((FLOOR_STEPS - short) / STEPS_PER_HEIGHT / 4) ** 2 - 1)
    wave = Sample(ink_from_strokes([np.column_stack([x, y])]), file="wave.csv")
    with pytest.raises(OutOfScopeError) as error:
        prepare([Exhibit("Q", (wave,))])
    have, need = (float(n) for n in re.findall(r"([\d.]+) (?:writing heights|are needed)", str(error.value)))
    assert (have, need) == ((FLOOR_STEPS - short) / STEPS_PER_HEIGHT, FLOOR_STEPS / STEPS_PER_HEIGHT)


def test_typicality_is_a_share_of_the_reference(hands: list[Ready]) -> None:
    assert all(0 <= h.typicality <= 1 for h in hands)


def test_the_bits_of_a_vector_do_not_hang_on_what_it_is_embedded_beside(hands: list[Ready]) -> None:
    parts = [sequence(hand.traces, False) for hand in hands]
    pieces = [parts[0][:200], *parts, parts[1][:130], parts[2][:250]]
    together = default_judge().embed(pieces, filled=True)
    for order in ([4, 0, 2], [1], [5, 4, 3, 2, 1, 0, 1, 2, 3]):
        found = default_judge().embed([pieces[k] for k in order], filled=True)
        assert (found == together[order]).all()


def test_letters_written_into_ink_are_those_that_are_read_in_it(hands: list[Ready]) -> None:
    judge, features = default_judge(), sequence(hands[0].traces, False)
    written = judge.with_letters(features)
    assert written.shape == (len(features), FEATURES + 1)
    read, told = (judge.embed_windows(windows(ink, WINDOW)) for ink in (features, written))
    assert told == pytest.approx(read, abs=1e-4)
    assert read[:, judge.network.output_shape[-1] :].any()
    assert judge.with_letters(written) is written


def test_a_file_is_embedded_once_however_many_sides_have_it(
    monkeypatch: pytest.MonkeyPatch, hands: list[Ready]
) -> None:
    names = {name: hand.exhibit for name, hand in zip("abc", hands, strict=True)}
    files_are(monkeypatch, names)
    asked: list[bytes] = []

    def noted(judge: Judge, pieces: Sequence[NDArray[np.float32]], filled: bool = False) -> NDArray[np.float64]:
        asked.extend(piece.tobytes() for piece in pieces)
        return embed_windows(judge, pieces, filled)

    embed_windows = Judge.embed_windows
    monkeypatch.setattr(Judge, "embed_windows", noted)
    a, b, c = (Path(name) for name in names)
    found = score_rows([Row(Side((a, b)), Side((c,))), Row(Side((b, a)), Side((c,))), Row(Side((a,)), Side((b, c)))])
    assert not [one.error for one in found if one.error]
    assert len(asked) == len(set(asked))


def test_a_table_reads_each_side_once(monkeypatch: pytest.MonkeyPatch, hands: list[Ready]) -> None:
    calls: list[Path] = []
    files_are(monkeypatch, {"a": hands[1].exhibit, "bb": hands[2].exhibit}, calls)
    a, b = Side((Path("a"),)), Side((Path("bb"),))
    found = score_rows([Row(a, b), Row(b, a), Row(a, b)] * 50)
    assert sorted(calls) == [*a.paths, *b.paths]
    assert len(found) == 150
    assert found[0].score is not None
    assert {r.score for r in found} == {found[0].score}


def test_items_of_two_hands_on_one_side_are_warned_about_and_items_of_one_are_not(hands: list[Ready]) -> None:
    one, two, other = (h.exhibit.samples[0] for h in hands)
    mixed, alike = prepare([Exhibit("K", (one, other)), Exhibit("K", (one, two))])
    assert mixed.agreement is not None
    assert alike.agreement is not None
    assert mixed.agreement.unbounded < alike.agreement.unbounded
    assert hands[0].agreement is None
    low = replace(mixed, agreement=replace(mixed.agreement, unbounded=-0.5))
    assert any("disagree among themselves" in str(w) for w in score(hands[1], low).warnings)
    assert not any("disagree among themselves" in str(w) for w in score(hands[2], alike).warnings)


def test_many_items_must_disagree_more_before_it_counts() -> None:
    assert disagrees(likelihood_ratio(-0.5), 2)
    assert not disagrees(likelihood_ratio(-0.5), 10)
    assert disagrees(likelihood_ratio(-1.5), 10)
    assert not disagrees(None, 3)


def test_a_limit_on_the_value_does_not_keep_many_items_from_disagreeing() -> None:
    low = likelihood_ratio(-2.5)
    assert low.log10_lr > -1.5
    assert disagrees(low, 100)


def on_one_tablet(ready: Ready) -> Ready:
    moved = replace(ready.exhibit.samples[0], device="one tablet")
    return replace(ready, exhibit=Exhibit("K", (moved,)))


def on_another_tablet(ready: Ready) -> Ready:
    moved = replace(ready.exhibit.samples[0], device="another tablet")
    return replace(ready, exhibit=Exhibit("K", (moved,)))


def test_unlike_devices_are_calibrated_on_two_device_people_at_the_amounts_of_the_case(hands: list[Ready]) -> None:
    first = on_one_tablet(hands[0])
    like, unlike = score(first, on_one_tablet(hands[1])), score(first, on_another_tablet(hands[1]))
    assert (like.kind, unlike.kind) == ("timed", "unlike")
    calibrator, _ = default_judge().calibrations.at("unlike", hands[0].steps, hands[1].steps)
    assert unlike.lr.unbounded == pytest.approx(float(calibrator.unbounded(np.array(unlike.score))))
    assert calibrator.bounds[0] <= unlike.lr.log10_lr <= calibrator.bounds[1]
    used = unlike.calibration
    assert (used.channels, used.devices) == (("x", "y"), "unlike")
    assert used.writers <= 30
    assert "two" in used.population
    assert used.population != like.calibration.population
    assert [w.code for w in unlike.warnings].count("unlike devices") == 1


def test_the_result_carries_the_calibration_that_made_it(hands: list[Ready]) -> None:
    found = score(hands[0], hands[1])
    used = found.calibration
    assert found.lr.unbounded == pytest.approx(used.intercept + used.slope * found.score)
    assert found.lr.log10_lr == pytest.approx(min(max(found.lr.unbounded, used.lower_bound), used.upper_bound))
    assert used.amounts == tuple(sorted((hands[0].steps / 5, hands[1].steps / 5)))
    assert used.writers == round(10**found.lr.writers_bound)


def test_a_strange_side_is_limited_and_told_which_way_the_value_errs(hands: list[Ready]) -> None:
    known, plain = hands[1], score(hands[0], hands[1])
    odd = replace(known, typicality=0.995)
    found = score(hands[0], odd)
    limits = default_judge().calibrations.at("unlike", hands[0].steps, hands[1].steps)[0].bounds
    assert limits[0] <= found.lr.log10_lr <= limits[1] < plain.lr.upper_bound
    assert found.lr.unbounded == plain.lr.unbounded
    assert found.calibration.limited_by
    assert not plain.calibration.limited_by
    (told,) = [str(w) for w in found.warnings if w.code == "strange writing"]
    assert "lean to H1" in told
    assert not [w for w in plain.warnings if w.code == "strange writing"]


def test_the_order_of_files_changes_nothing(hands: list[Ready]) -> None:
    samples = [
        replace(synthetic_sample(TEXT, 1, i), file=f"{i}.inkml", sha256=f"o{i}", format="inkml") for i in range(3)
    ]
    orders = [samples, samples[::-1], [samples[1], samples[0], samples[2]]]
    vectors = [prepare([Exhibit("K", tuple(order))])[0].vectors[True] for order in orders]
    for other in vectors[1:]:
        assert other == pytest.approx(vectors[0], abs=1e-6)


def parts_of(hands: list[Ready], *steps: int) -> list[NDArray[np.float32]]:
    """Files' features of so many steps, each of other ink."""
    whole = np.concatenate([sequence(hand.traces, False) for hand in hands])
    ends = np.cumsum(steps)
    assert ends[-1] <= len(whole)
    return [whole[end - count : end] for end, count in zip(ends, steps, strict=True)]


def embedded(parts: list[NDArray[np.float32]]) -> NDArray[np.float64]:
    judge = default_judge()
    return embed_parts([parts], embed_files([parts], judge, filled=True), judge, filled=True)[0]


def test_a_file_of_enough_ink_has_one_embedding_on_every_side_of_several(hands: list[Ready]) -> None:
    parts = parts_of(hands, BY_ITSELF, 2 * WINDOW - 100)
    a, b = embed_files([parts], default_judge(), filled=True)[0]
    shares = np.array([len(part) for part in parts]) / sum(map(len, parts))
    assert embedded(parts) == pytest.approx(shares @ [a, b], abs=1e-9)
    halves = default_judge().embed_windows([parts[1][:WINDOW], parts[1][-WINDOW:]], filled=True)
    assert b == pytest.approx(halves.mean(axis=0), abs=1e-9)


def test_short_files_are_embedded_one_after_another_as_little_ink_alone_tells_little(hands: list[Ready]) -> None:
    short = parts_of(hands, 90, BY_ITSELF - 1)
    there, back = default_judge().embed([np.concatenate(order) for order in (short, short[::-1])], filled=True)
    joined = embedded(short)
    assert any(joined == pytest.approx(mean, abs=1e-6) for mean in (there, back, (there + back) / 2))
    assert joined != pytest.approx(embed_files([short], default_judge())[0].mean(axis=0), abs=1e-2)
    long = parts_of(hands, 90, BY_ITSELF - 1, WINDOW)[2]
    shares = np.array([90 + BY_ITSELF - 1, WINDOW]) / (89 + BY_ITSELF + WINDOW)
    assert embedded([*short, long]) == pytest.approx(shares @ [joined, embedded([long])], abs=1e-6)


def test_another_judge_gives_another_value(hands: list[Ready]) -> None:
    mine = default_judge()
    lines = mine.calibrations.lines.copy()
    lines[..., 0] -= 0.25
    other = replace(mine, calibrations=replace(mine.calibrations, lines=lines), made={})
    there, here = score(hands[0], hands[1], other), score(hands[0], hands[1])
    assert there.lr.unbounded == pytest.approx(here.lr.unbounded - 0.25)


def test_a_file_without_a_writing_height_is_named_and_not_dropped() -> None:
    line = np.column_stack([np.linspace(0, 50, 30), np.zeros(30)])
    flat = Sample(ink_from_strokes([line], ("x", "y")), file="flat.csv", sha256="flat", format="csv")
    good = replace(synthetic_sample(TEXT, 1, 1), file="good.csv", sha256="good", format="csv")
    with pytest.raises(OutOfScopeError, match=r"flat\.csv.*no writing height"):
        prepare([Exhibit("K", (good, flat))])


def test_a_side_that_trips_us_costs_its_own_rows_only(monkeypatch: pytest.MonkeyPatch, hands: list[Ready]) -> None:
    files_are(monkeypatch, {"a": hands[1].exhibit, "bb": hands[2].exhibit, "bad": ZeroDivisionError("somewhere")})
    a, b, bad = (Side((Path(name),)) for name in ("a", "bb", "bad"))
    good, spoilt = score_rows([Row(a, b), Row(a, bad)])
    assert good.score is not None
    assert "bad: a fault of ours (ZeroDivisionError: somewhere)" in spoilt.error


def test_sides_not_stated_to_be_of_one_sitting_get_the_value_of_other_occasions(hands: list[Ready]) -> None:
    first, like, unlike = on_one_tablet(hands[0]), on_one_tablet(hands[1]), on_another_tablet(hands[1])
    for known in (like, unlike):
        found = score_sides(first, known)
        assert (found.kind, found.with_time, found.calibration.channels) == ("other", False, ("x", "y"))
        assert found.calibration.devices == "like and unlike"
        calibrator, _ = default_judge().calibrations.at("other", hands[0].steps, hands[1].steps)
        assert found.lr.unbounded == pytest.approx(float(calibrator.unbounded(np.array(found.score))))
        (told,) = [str(w) for w in found.warnings if w.code == "other occasions"]
        assert f"only {calibrator.n_writers} people" in told
        assert not any("speed was left out" in str(w) for w in found.warnings)
        assert score_sides(known, first).lr == found.lr
    assert [w.code for w in score_sides(first, unlike).warnings].count("unlike devices") == 1
    assert not any(w.code == "other occasions" for w in score(first, like).warnings)


def test_between_occasions_speed_plays_no_part_however_the_sides_were_prepared(hands: list[Ready]) -> None:
    plain = prepare([hand.exhibit for hand in hands[:2]], with_time=False)
    assert not any(side.timed for side in plain)
    assert score_sides(*plain).score == pytest.approx(score_sides(hands[0], hands[1]).score, abs=1e-4)


def test_a_table_says_row_by_row_what_is_of_one_sitting(monkeypatch: pytest.MonkeyPatch, hands: list[Ready]) -> None:
    files_are(monkeypatch, {str(k): hand.exhibit for k, hand in enumerate(hands)})
    sides = [Side((Path(str(k)),)) for k in range(3)]
    apart, together, other = score_rows([Row(*sides[:2]), Row(*sides[:2], True), Row(sides[0], sides[2])])
    assert apart.score == pytest.approx(score_sides(hands[0], hands[1]).score, abs=1e-3)
    assert together.score == pytest.approx(score(hands[0], hands[1]).score, abs=1e-3)
    assert other.score == pytest.approx(score_sides(hands[0], hands[2]).score, abs=1e-3)
    assert [row.warning.count("other occasions") for row in (apart, together, other)] == [1, 0, 1]
