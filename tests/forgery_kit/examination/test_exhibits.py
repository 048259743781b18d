"""Files to exhibits: nothing counted twice, nothing lost."""

from __future__ import annotations

from pathlib import Path

from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
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
