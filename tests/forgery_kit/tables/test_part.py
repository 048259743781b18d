"""A table of scores that was interrupted goes on where it was, and from nothing else's rows."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from datasets.errors import ArgumentsError, MissingResourceError
from forgery_kit.tables import part, scores
from forgery_kit.tables.kept import Kept
from forgery_kit.tables.part import Part, part_of
from forgery_kit.tables.rows import Row, RowResult
from forgery_kit.tables.scores import score_table


class Desk:
    """Twelve rows over four files, and a scorer that tells by the questioned file; it notes how many rows it scored.

    ``stop_at`` : the row, counted over all calls, at which the run is interrupted.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.out, self.scored = folder, folder / "scores.csv", 0
        self.stop_at: int | None = None
        for name in "abcd":
            (folder / f"{name}.ink").write_text(name)
        rows = [f"{q}.ink,{k}.ink" for q in "abcd" for k in "abcd" if q != k]
        self.pairs = folder / "pairs.csv"
        self.pairs.write_text("\n".join(["questioned,known", *rows]) + "\n")
        judge = Mock(reference=SimpleNamespace(sha256="calibration"))
        patch.setattr(scores, "default_judge", lambda: judge)
        patch.setattr(scores, "TOGETHER", 2)
        patch.setattr(scores, "_scorer", lru_cache(lambda judge, settings: SimpleNamespace(score=self.score)))
        self.told: list[str] = []

    def score(self, rows: Sequence[Row]) -> list[RowResult]:
        if self.stop_at is not None and self.scored >= self.stop_at:
            raise KeyboardInterrupt
        self.scored += len(rows)
        found = [row.questioned.paths[0].read_text() for row in rows]
        return [RowResult(error="bad ink") if text == "bad" else RowResult(score=len(text) + 0.5) for text in found]

    def run(self, **settings: Any) -> int:
        self.scored = 0
        return score_table(self.pairs, self.out, told=self.told.append, **settings)

    def interrupted(self, at: int) -> None:
        self.stop_at = at
        with pytest.raises(KeyboardInterrupt):
            self.run()
        self.stop_at = None


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_an_interrupted_table_goes_on_and_ends_with_the_same_bytes(desk: Desk) -> None:
    assert desk.run() == 0
    whole = desk.out.read_bytes()
    assert (desk.scored, part_of(desk.out).exists()) == (12, False)
    desk.out.unlink()
    desk.interrupted(at=6)
    assert not desk.out.exists()
    assert desk.run() == 0
    assert desk.scored == 6
    assert desk.told == ["6 of 12 rows were done before."]
    assert desk.out.read_bytes() == whole
    assert not part_of(desk.out).exists()


def other_table(desk: Desk) -> dict[str, Any]:
    desk.pairs.write_text(desk.pairs.read_text().replace("d.ink,a.ink", "d.ink,c.ink"))
    return {}


def other_settings(desk: Desk) -> dict[str, Any]:
    return {"same_sitting": True}


@pytest.mark.parametrize(("change", "why"), [(other_table, "another table"), (other_settings, "another settings")])
def test_rows_of_another_table_or_other_settings_are_not_taken_up_and_that_is_told(
    desk: Desk, change: Callable[[Desk], dict[str, Any]], why: str
) -> None:
    desk.interrupted(at=6)
    assert desk.run(**change(desk)) == 0
    assert desk.scored == 12
    (told,) = desk.told
    assert f"not taken up, it was made by {why}" in told


def test_rows_of_another_model_are_not_taken_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.interrupted(at=6)
    judge = Mock(reference=SimpleNamespace(sha256="other calibration"))
    monkeypatch.setattr(scores, "default_judge", lambda: judge)
    assert desk.run() == 0
    assert (desk.scored, "another model" in desk.told[0]) == (12, True)


def test_rows_whose_files_changed_meanwhile_are_scored_again(desk: Desk) -> None:
    desk.interrupted(at=6)
    (desk.folder / "a.ink").write_text("longer")
    assert desk.run() == 0
    # Of a, and of b against a; the other two of b hold.
    assert desk.scored == 12 - 2


def test_rows_that_failed_are_tried_again(desk: Desk) -> None:
    (desk.folder / "a.ink").write_text("bad")
    desk.interrupted(at=6)
    assert desk.run() == 3
    assert desk.scored == 9


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_line_that_was_being_written_is_scored_again(desk: Desk, cut: int) -> None:
    desk.interrupted(at=6)
    file = part_of(desk.out)
    file.write_bytes(file.read_bytes()[:-cut])
    assert desk.run() == 0
    assert desk.scored in (7, 8)
    assert len(desk.out.read_text().splitlines()) == 13


def test_a_file_that_is_no_part_of_scores_is_left_alone(desk: Desk) -> None:
    part_of(desk.out).write_text("someone's work\n")
    with pytest.raises(ArgumentsError, match="no part of a table of scores"):
        desk.run()
    assert part_of(desk.out).read_text() == "someone's work\n"


def test_a_table_that_another_process_is_at_is_left_to_it(desk: Desk) -> None:
    with Part(desk.out, 12, {}, print), pytest.raises(ArgumentsError, match="another process"):
        desk.run()


def test_a_full_disk_ends_the_run_and_loses_no_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run()
    whole = desk.out.read_bytes()
    written = Part._append
    room = iter(range(8))

    def append(self: Part, value: Any) -> int:
        if next(room, None) is None:
            raise part.unwritten(str(self.path), OSError(errno.ENOSPC, "No space left on device"))
        return written(self, value)

    monkeypatch.setattr(Part, "_append", append)
    with pytest.raises(MissingResourceError, match="no room"):
        desk.run()
    assert desk.out.read_bytes() == whole
    monkeypatch.setattr(Part, "_append", written)
    assert desk.run() == 0
    assert desk.scored == 12 - 7
    assert desk.out.read_bytes() == whole


def test_a_run_that_did_no_row_leaves_nothing(desk: Desk) -> None:
    desk.interrupted(at=0)
    assert not part_of(desk.out).exists()


def test_every_line_of_a_part_is_json(desk: Desk) -> None:
    desk.interrupted(at=4)
    head, *rows = map(json.loads, part_of(desk.out).read_text().splitlines())
    assert set(head["made_by"]) == {"program", "model", "table", "settings"}
    assert [row[0] for row in rows] == [0, 1, 2, 3]


def test_what_does_not_fit_in_memory_comes_back_and_without_room_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Kept(in_memory=1000)
    for number in range(20):
        kept.put(number, [number] * 100)
    kept.put(3, "another")
    assert len(kept._near) < 20
    assert [kept.get(number) for number in (0, 3, 19, 20)] == [[0] * 100, "another", [19] * 100, None]
    kept.drop(0)
    assert kept.get(0) is None

    def full(**_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    kept = Kept(in_memory=1000)
    for number in range(20):
        kept.put(number, [number] * 100)
    assert (kept.get(0), kept.get(19)) == (None, [19] * 100)
