"""Packed samples come back as they were, and a stale or damaged cache is never used in silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from datasets.cache import file_key, read_samples, write_samples
from datasets.errors import UnreadableFileError
from datasets.ink import ink_from_strokes
from datasets.sample import Sample


def samples() -> list[Sample]:
    strokes = [np.array([[1.25, -3.5, 0.0], [400.0, 7.0, 0.0123]]), np.array([[9.0, 9.0, 1.5]])]
    timed = ink_from_strokes(strokes, ("x", "y", "t"), [True, False], 0.01, "recorded", {"repeated points": 2})
    flat = ink_from_strokes([s[:, :2] for s in strokes], ("x", "y"))
    return [Sample(timed, "a.xml", "00", "iam-ondb", "w1", "täxt", "f", "01", "s", "d", "trainset"), Sample(flat)]


def test_samples_come_back_as_they_were(tmp_path: Path) -> None:
    write_samples(tmp_path / "c", samples(), "key", {"counts": {"lines": 2}})
    found = read_samples(tmp_path / "c", "key")
    assert found is not None
    assert found[1] == {"counts": {"lines": 2}}
    for mine, theirs in zip(samples(), found[0], strict=True):
        assert np.allclose(mine.ink.points, theirs.ink.points, atol=5e-3)
        assert np.array_equal(mine.ink.stroke_ends, theirs.ink.stroke_ends)
        assert np.array_equal(mine.ink.pen_down, theirs.ink.pen_down)
        assert (mine.ink.channels, mine.ink.mm_per_unit, dict(mine.ink.notes)) == (
            theirs.ink.channels,
            theirs.ink.mm_per_unit,
            dict(theirs.ink.notes),
        )
        assert (mine.writer, mine.text, mine.split, mine.sitting) == (
            theirs.writer,
            theirs.text,
            theirs.split,
            theirs.sitting,
        )


def test_another_archive_makes_the_cache_stale(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(b"one")
    key = file_key(archive)
    write_samples(tmp_path / "c", samples(), key)
    archive.write_bytes(b"two")
    assert file_key(archive) != key
    assert read_samples(tmp_path / "c", file_key(archive)) is None
    assert read_samples(tmp_path / "missing") is None


@pytest.mark.parametrize("cut", [4, 12, 60, -3])
def test_a_damaged_cache_is_named(tmp_path: Path, cut: int) -> None:
    write_samples(tmp_path / "c", samples(), "key")
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:cut])
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_samples(tmp_path / "c")


def test_inks_come_back_array_for_array(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    written = []
    for index in range(5):
        lengths = generator.integers(1, 30, 4)
        # What fits the cache's grid: hundredths of a unit, tenths of a millisecond.
        strokes = [
            np.column_stack([generator.integers(-(10**6), 10**6, (n, 2)) / 100, np.arange(n) / 10_000]) for n in lengths
        ]
        columns = ("x", "y", "t") if index % 2 else ("x", "y")
        kept = [s[:, : len(columns)] for s in strokes]
        source = "recorded" if index % 2 else None
        ink = ink_from_strokes(kept, columns, [True, False, True, True], None, source)
        written.append(Sample(ink, writer=f"w{index}", origin="genuine"))
    write_samples(tmp_path / "c", written, "key")
    found = read_samples(tmp_path / "c")
    assert found is not None
    for mine, theirs in zip(written, found[0], strict=True):
        assert np.allclose(mine.ink.points, theirs.ink.points, rtol=0, atol=1e-9)
        assert np.array_equal(mine.ink.stroke_ends, theirs.ink.stroke_ends)
        assert np.array_equal(mine.ink.pen_down, theirs.ink.pen_down)
        assert mine.ink.channels == theirs.ink.channels
        assert (mine.writer, mine.origin) == (theirs.writer, theirs.origin)


def test_the_same_samples_make_the_same_file_and_leave_no_other(tmp_path: Path) -> None:
    for name in ("c", "d"):
        write_samples(tmp_path / name, samples(), "key")
    assert (tmp_path / "c").read_bytes() == (tmp_path / "d").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c", "d"]


def one_bit_changed(path: Path) -> Iterator[None]:
    """The cache at ``path`` with a bit of each byte in turn changed."""
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        yield


def test_a_cache_with_one_bit_changed_ends_in_no_foreign_error(tmp_path: Path) -> None:
    write_samples(tmp_path / "c", samples(), "key")
    refused = 0
    for _ in one_bit_changed(tmp_path / "c"):
        try:
            read_samples(tmp_path / "c")
        except UnreadableFileError:
            refused += 1
    assert refused > 0


def test_a_cache_with_one_bit_changed_is_never_other_ink(tmp_path: Path) -> None:
    write_samples(tmp_path / "c", samples(), "key")
    own = read_samples(tmp_path / "c")
    for _ in one_bit_changed(tmp_path / "c"):
        try:
            found = read_samples(tmp_path / "c")
        except UnreadableFileError:
            continue
        assert found == own


def test_a_missing_time_is_refused_rather_than_invented(tmp_path: Path) -> None:
    stroke = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, np.nan], [2.0, 2.0, 0.5]])
    sample = Sample(ink_from_strokes([stroke], ("x", "y", "t"), time_source="recorded"))
    with pytest.raises(ValueError, match="a time is missing"):
        write_samples(tmp_path / "c", [sample], "key")
    assert not list(tmp_path.iterdir())


def test_nothing_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sample"):
        write_samples(tmp_path / "c", [], "key")


def test_a_cache_of_an_older_version_is_made_again(tmp_path: Path) -> None:
    write_samples(tmp_path / "c", samples(), "key")
    (tmp_path / "c").write_bytes(b"fkcache1" + (tmp_path / "c").read_bytes()[8:])
    assert read_samples(tmp_path / "c", "key") is None
