"""Person or machine of exhibits: every item with a line long enough has a value, always the same one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import MissingResourceError
from datasets.height import writing_height
from datasets.ink import Ink
from datasets.readers import read_paths
from datasets.sample import Exhibit, Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.authenticity.examine import examine, side_values
from forgery_kit.authenticity.lines import LEAST, seen_lines
from forgery_kit.authenticity.reference import BASES, load_reference
from forgery_kit.examination.demo import bundled
from forgery_kit.examination.exhibits import items
from gan.judging.machine_features import PARTS
from reports.authenticity.wording import FAMILIES

TEXT = "the quick brown fox jumps over the lazy dog and runs along the river until the night comes"


def exhibit(label: str = "Q", style: int = 3, **changes: object) -> Exhibit:
    sample = dataclasses.replace(synthetic_sample(TEXT, style, 1), file="a.inkml", sha256="1" * 64)
    return Exhibit(label, (dataclasses.replace(sample, **changes),))  # type: ignore[arg-type]


def test_what_ships_fits_together_and_holds_its_own_bounds() -> None:
    shipped = load_reference()
    assert set(shipped.curves) == set(BASES)
    for curve in shipped.curves.values():
        assert (np.diff(curve.values[0]) >= -1e-6).all()
        low, high = curve.bounds
        assert -np.log10(shipped.stated.people + 1) <= low <= 0 <= high
        assert high <= np.log10(len(shipped.stated.families) + 1)
    for part in PARTS:
        assert (np.diff(shipped.odds[part]) > 0).all()
    assert shipped.stated.share_of_lines <= 0.01
    assert (shipped.fusion >= 0).all()
    assert {family.name for family in shipped.stated.families} == set(FAMILIES)


def test_each_item_has_a_value_for_each_line_that_is_drawn() -> None:
    one = exhibit()
    found = examine([one])
    (item,) = found.items
    (drawn,) = items(one, "questioned", {}, {})
    assert item.label == drawn.label == "Q1"
    assert len(item.lines) == len(drawn.lines)
    assert item.n_lines == sum(value is not None for value in item.lines) > 0
    assert item.lower_bound <= item.log10_lr <= item.upper_bound
    # The bounds are drawn again with people and families, so the interval may reach beyond them.
    assert item.low <= item.log10_lr <= item.high


def test_the_bundled_exhibits_which_code_wrote_are_told_as_a_machines() -> None:
    for side in bundled():
        for item in examine([Exhibit("Q", read_paths(side))]).items:
            assert item.log10_lr < -0.5
            assert item.words.endswith("for M over P")


def test_size_place_and_the_order_of_files_change_nothing() -> None:
    one, other = exhibit().samples[0], exhibit(style=5, file="b.inkml", sha256="2" * 64).samples[0]
    both, turned = (examine([Exhibit("Q", pair)]).items for pair in ((one, other), (other, one)))
    assert [i.log10_lr for i in both] == pytest.approx([i.log10_lr for i in reversed(turned)], abs=1e-6)


def test_ink_without_time_is_judged_by_shape_alone() -> None:
    ink = exhibit().samples[0].ink
    untimed = Ink(ink.xy, ink.stroke_ends, ink.pen_down, mm_per_unit=ink.mm_per_unit)
    (item,) = examine([exhibit(ink=untimed)]).items
    assert item.movement is None
    assert item.log10_lr == item.shape
    (value,) = side_values([exhibit(ink=untimed)])
    assert value is not None
    assert value.basis == "shape"


def test_a_line_that_is_too_short_has_no_value() -> None:
    sample = dataclasses.replace(synthetic_sample("it", 3, 1), file="s.inkml", sha256="3" * 64)
    assert not seen_lines(sample)
    assert not examine([Exhibit("Q", (sample,))]).items
    long = exhibit()
    assert [value is None for value in side_values([Exhibit("Q", (sample,)), long])] == [True, False]
    assert all(line.amount >= LEAST for line in seen_lines(exhibit().samples[0]))


def test_ink_on_a_coarse_grid_has_no_value_and_on_a_fine_one_it_has() -> None:
    ink = exhibit().samples[0].ink
    strokes = list(ink.strokes())
    for steps, judged in ((8, False), (24, True)):
        grid = writing_height(strokes) / steps
        points = ink.points.copy()
        points[:, :2] = np.round(points[:, :2] / grid) * grid
        # Where it lies and how large it is do not matter.
        for scale, shift in ((1.0, 0.0), (7.3, 0.31)):
            points[:, :2] = scale * points[:, :2] + shift
            (value,) = side_values([exhibit(ink=dataclasses.replace(ink, points=points))])
            assert (value is not None) == judged


def test_missing_or_foreign_files_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="are missing"):
        load_reference(tmp_path / "none.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"x")
    with pytest.raises(MissingResourceError, match="are damaged"):
        load_reference(tmp_path / "broken.safetensors")


def sample_of(text: str) -> Sample:
    return dataclasses.replace(synthetic_sample(text, 3, 1), file="x.inkml", sha256="4" * 64)


def test_the_same_ink_is_seen_the_same_each_time() -> None:
    first, second = (seen_lines(sample_of(TEXT)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        for part in PARTS:
            assert np.array_equal(one.features[part], other.features[part])
