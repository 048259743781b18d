"""The letter chart of real comparisons: its parts add up, and its letters stand where they were written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.readers import read_file
from forgery_kit.examination.exhibits import items, load_exhibit
from forgery_kit.examination.letter_chart import SHOWN, _group, _legible, _some, letter_chart
from forgery_kit.examination.letter_people import LEAST_WRITERS, LetterScores
from forgery_kit.examination.placed_letters import PlacedLetter, placed_letters
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.scoring import Scored, score
from forgery_kit.likelihood.sides import Ready, comparable, prepare
from forgery_kit.reading.lines import letter_borders
from gan.judging.style import WINDOW, sequence
from gan.reading.decoding import edit_distance
from reports.findings import Item
from reports.letters.findings import LetterChart, LetterInstance

EXHIBITS = Path(cli.ROOT) / "datasets" / "exhibits"
Case = tuple[tuple[Ready, Ready], Scored, tuple[tuple[Item, ...], tuple[Item, ...]], LetterChart]


def case_of(questioned: list[str], known: list[str], stated: str = "", same_sitting: bool = True) -> Case:
    judge = default_judge()
    sides = [
        load_exhibit(label, [EXHIBITS / f for f in files], True) for label, files in (("Q", questioned), ("K", known))
    ]
    sides[0] = replace(sides[0], text=stated)
    q, k = comparable(prepare(sides, judge, same_sitting), judge, same_sitting)
    found = score(q, k, judge, same_sitting)
    shown = items(q.exhibit, "questioned", {}, {}), items(k.exhibit, "known", {}, {})
    chart = letter_chart(judge, (q, k), found, shown)
    assert chart is not None
    return (q, k), found, shown, chart


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of(["q1.inkml"], ["k1.inkml", "k2.inkml"])


@pytest.fixture(scope="module")
def stated() -> Case:
    return case_of(["q1.inkml"], ["k1.inkml"], str(read_file(EXHIBITS / "q1.inkml")[0].text))


def test_of_a_stated_text_each_letter_is_placed_and_there_is_a_chart(stated: Case) -> None:
    (q, _), found, shown, chart = stated
    read = placed_letters(default_judge(), q, shown[0], found.with_time)
    said = "".join(q.exhibit.text.split())
    assert edit_distance([one.character for one in read if one.character != " "], list(said)) <= 0.05 * len(said)
    assert chart.questioned_legible
    assert chart.letters


@pytest.mark.parametrize("which", ["case", "stated"])
def test_the_parts_of_all_letters_are_what_letters_add_to_the_value(which: str, request: pytest.FixtureRequest) -> None:
    (q, k), found, _, chart = request.getfixturevalue(which)
    back_end = default_judge().reference.back_end[found.with_time]
    vectors = (q.vectors[found.with_time], q.steps, k.vectors[found.with_time], k.steps)
    whole = score_pairs(back_end, *vectors)[0]
    without = score_pairs(replace(back_end, weights=np.zeros_like(back_end.weights)), *vectors)[0]
    added = found.calibration.slope * (whole - without)
    assert sum(letter.log10_lr or 0.0 for letter in chart.letters) == pytest.approx(added, abs=1e-9)
    assert chart.log10_lr == pytest.approx(added, abs=1e-9)
    sizes = [abs(letter.score or 0.0) for letter in chart.letters]
    assert sizes == sorted(sizes, reverse=True)


def test_letters_stand_in_drawn_ink_of_their_own_side_and_are_those_that_were_written(case: Case) -> None:
    (q, _), found, shown, chart = case
    read = placed_letters(default_judge(), q, shown[0], found.with_time)
    text = "".join(one.character for one in read if one.confidence > 0.5 and one.character != " ")
    said = "".join(str(read_file(EXHIBITS / "q1.inkml")[0].text).split())
    assert edit_distance(list(text), list(said)) <= 0.1 * len(said)
    for letter in chart.letters + chart.groups:
        for side, instances in zip(shown, (letter.questioned, letter.known), strict=True):
            assert len(instances) <= SHOWN
            lines = {item.label: item.lines for item in side}
            for one in instances:
                for number, a, b in one.parts:
                    assert 0 <= a < b <= len(lines[one.item][one.line][number].x)


def test_a_letter_in_two_windows_of_a_file_is_placed_once(case: Case) -> None:
    (_, k), found, shown, _ = case
    assert max(map(len, (sequence([one], found.with_time) for one in k.traces))) > WINDOW
    read = placed_letters(default_judge(), k, shown[1], found.with_time)
    for item, file in zip(shown[1], ("k1.inkml", "k2.inkml"), strict=True):
        text = [one.character for one in read if one.instance is not None and one.instance.item == item.label]
        said = "".join(str(read_file(EXHIBITS / file)[0].text).split())
        assert edit_distance(text, list(said)) <= 0.1 * len(said)


def test_letters_of_a_line_stand_from_left_to_right_on_their_baseline(case: Case) -> None:
    (q, _), found, shown, _ = case
    lines = shown[0][0].lines
    right, on_it = [], []
    before = None
    for one in placed_letters(default_judge(), q, shown[0], found.with_time):
        if one.instance is None:
            continue
        where = one.instance
        x = np.concatenate([lines[where.line][n].x[a:b] for n, a, b in where.parts])
        y = np.concatenate([lines[where.line][n].y[a:b] for n, a, b in where.parts])
        if before is not None and before[0] == where.line:
            right.append(np.median(x) > before[1])
        before = where.line, np.median(x)
        if one.character in "aeinorsu":
            on_it.append(abs(y.max() - where.baseline) < 0.35)
    assert np.mean(right) > 0.9
    assert np.mean(on_it) > 0.9


def test_letters_of_one_side_are_not_on_the_chart_and_those_of_both_are_in_no_list(case: Case) -> None:
    *_, chart = case
    both = {letter.text for letter in chart.letters} | {text for text, _ in chart.not_compared}
    only = {text for text, _ in chart.questioned_only}, {text for text, _ in chart.known_only}
    assert not only[0] & only[1]
    # A letter that is read in only one of the orders of several files can be scored and yet be in a list.
    assert len(both & (only[0] | only[1])) <= 1
    assert all(0 <= (letter.like or 0) <= (letter.people or 0) for letter in chart.letters)


def test_swapping_the_sides_swaps_the_chart() -> None:
    *_, there = case_of(["q1.inkml"], ["other.inkml"])
    *_, back = case_of(["other.inkml"], ["q1.inkml"])
    assert [x.text for x in there.letters] == [x.text for x in back.letters]
    assert [x.log10_lr for x in there.letters] == pytest.approx([x.log10_lr for x in back.letters], abs=1e-9)
    assert [x.questioned for x in there.letters] != [x.questioned for x in back.letters]
    assert (there.questioned_only, there.questioned_read) == (back.known_only, back.known_read)


def placed(character: str, confidence: float, line: int = 0, follows: bool = True) -> PlacedLetter:
    where = None if character == " " else LetterInstance("Q1", line, ((0, 0, 9),), 0.0)
    return PlacedLetter(character, confidence, where, follows)


def test_of_many_instances_the_surest_of_each_stretch_is_shown() -> None:
    many = [placed("a", 0.9 if k % 4 == 3 else 0.6, line=k) for k in range(4 * SHOWN)]
    assert [one.line for one in _some(many)] == [4 * k + 3 for k in range(SHOWN)]
    assert len(_some(many[:2])) == 2
    assert _some([]) == ()


def test_groups_are_letters_side_by_side_on_one_line() -> None:
    word = [placed(c, 0.9, follows=k > 0) for k, c in enumerate("the")]
    assert len(_group("th", word)) == 1
    assert not _group("th", [word[0], placed(" ", 0.9), word[1]])
    assert not _group("th", [word[0], placed("h", 0.3)])
    assert not _group("th", [word[0], placed("h", 0.9, line=1, follows=False)])


def test_what_is_read_with_doubt_is_not_taken_for_writing() -> None:
    assert _legible([placed(c, 0.9) for c in "legible"])
    assert not _legible([placed(c, 0.5) for c in "scrawl"])
    assert not _legible([placed(" ", 1.0)])
    assert not _legible([])


def test_a_place_among_people_counts_the_pairs_below() -> None:
    writers = np.repeat(np.arange(LEAST_WRITERS), 2)
    same = np.tile([True, False], LEAST_WRITERS)
    scores = np.where(same, writers, -writers).astype(float)[:, None]
    place = LetterScores(scores, same, writers).place(0, LEAST_WRITERS / 2)
    assert place is not None
    assert (place.same_below, place.different_below, place.writers) == (0.5, 1.0, LEAST_WRITERS)
    assert LetterScores(scores[4:], same[4:], writers[4:]).place(0, 1.0) is None


def test_a_pen_lift_between_two_letters_parts_them() -> None:
    place = np.arange(0.5, 40)
    starts = np.array([0, 14])
    xy = np.column_stack([np.arange(40.0), np.zeros(40)])
    spans = np.array([[2, 6], [24, 28]])
    assert letter_borders(place, starts, xy, np.zeros(2, bool), spans).tolist() == [0, 14, 40]
    # Where the pen went back, it was for a dot or a bar: the border stays half way between.
    xy[14:, 0] -= 30
    assert letter_borders(place, starts, xy, np.zeros(2, bool), spans).tolist() == [0, 16, 40]


def test_between_occasions_a_letter_has_its_place_among_people_with_two(case: Case) -> None:
    _, found, _, chart = case_of(["q1.inkml"], ["k1.inkml", "k2.inkml"], same_sitting=False)
    assert found.kind == "other"
    places = [letter.place for letter in chart.letters if letter.place]
    assert places
    assert all(LEAST_WRITERS <= place.writers <= 37 for place in places)
    assert places[0] not in [letter.place for letter in case[3].letters]
