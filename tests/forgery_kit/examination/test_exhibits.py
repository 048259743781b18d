"""Files to exhibits: nothing counted twice, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.ink import ink_from_strokes
from datasets.synthetic import synthetic_sample
from datasets.writers.csv_table import write_csv
from datasets.writers.inkml import write_inkml
from forgery_kit.examination import exhibits
from forgery_kit.examination.copies import COPIED, copies_told
from forgery_kit.examination.exhibits import REPEATED, load_exhibit


def written(folder: Path, name: str, seed: int) -> Path:
    path = folder / name
    sample = synthetic_sample("five dozen jugs", seed, 1)
    path.write_bytes(write_inkml(sample.ink, sample.writer, sample.text or "", None))
    return path


def test_a_file_given_twice_is_read_once_and_noted_whatever_its_name(tmp_path: Path) -> None:
    first, other = written(tmp_path, "a.inkml", 1), written(tmp_path, "b.inkml", 2)
    copy = tmp_path / "c.inkml"
    copy.write_bytes(first.read_bytes())
    once = load_exhibit("K", [first, other])
    for paths in ([first, first, other], [first, other, copy], [tmp_path, first], [tmp_path]):
        found = load_exhibit("K", paths)
        assert len(found.samples) == len(once.samples)
        assert {s.file for s in found.samples if REPEATED in s.ink.notes} == {str(first)}
    assert not any(REPEATED in s.ink.notes for s in once.samples)


def test_a_recording_given_in_two_exports_counts_once_and_says_so(tmp_path: Path) -> None:
    text = "five dozen jugs of liquor"
    long, other = synthetic_sample(text, 1, 1), synthetic_sample(text, 1, 2)
    short = [stroke[::2, :2] * 0.5 for stroke in long.ink.strokes() if len(stroke) > 2]
    files = {"thinned.csv": write_csv(ink_from_strokes(short)), "other.csv": write_csv(other.ink)}
    files |= {"whole.csv": write_csv(long.ink)}
    for name, data in files.items():
        (tmp_path / name).write_text(data)
    found = load_exhibit("K", [tmp_path / name for name in files])
    kept = [Path(sample.file).name for sample in found.samples]
    assert sorted(kept) == ["other.csv", "whole.csv"]
    notes = {Path(s.file).name: [n for n in s.ink.notes if n.startswith(COPIED)] for s in found.samples}
    assert notes == {"whole.csv": [f"{COPIED}: thinned.csv"], "other.csv": []}
    assert copies_told(found.samples, "known") == [
        "whole.csv and thinned.csv on the known side are one recording: read once."
    ]


def test_a_stretch_copied_within_a_side_is_told_and_nothing_is_left_out(tmp_path: Path) -> None:
    first, second = (synthetic_sample("pack my box with five dozen jugs and more", hand, 1).ink for hand in (1, 5))
    strokes = [stroke[:, :2] for stroke in first.strokes()]
    third = [stroke + 5000 for stroke in strokes[: len(strokes) // 3]]
    pasted = ink_from_strokes([*(stroke[:, :2] for stroke in second.strokes()), *third])
    for name, ink in (("a.csv", first), ("b.csv", pasted)):
        (tmp_path / name).write_text(write_csv(ink))
    found = load_exhibit("K", [tmp_path])
    assert len(found.samples) == 2
    (told,) = copies_told(found.samples, "known")
    assert "a.csv and b.csv" in told
    assert "counts twice" in told


def test_what_is_drawn_of_a_side_has_an_end_and_all_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhibits, "MAX_DRAWN_STROKES", 20)
    side = load_exhibit("K", [written(tmp_path, f"{seed}.inkml", seed) for seed in range(4)])
    found = exhibits.items(side, "known", {}, {})
    drawn = [sum(map(len, item.lines)) for item in found]
    assert drawn[0] == found[0].n_strokes
    assert sum(drawn) <= 20 < sum(item.n_strokes for item in found)
    assert drawn[-1] == 0
