"""What is looked at before ink is compared: refused, turned level, or warned of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.ink.drawings import box, hand, table
from benchmarks.ink.no_writing import hike, scatter, spirals
from datasets.errors import OutOfScopeError
from datasets.height import writing_height
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Exhibit, Sample
from datasets.slope import turned
from datasets.synthetic import random_style, write_text
from forgery_kit.examination.scrutiny import LEVELLED, is_prose, look_at, warnings_of
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import prepare

TEXT = "The garden was quiet after the rain, and nobody had closed the gate. We walked down to the river."


def sample(seed: int = 7, occasion: int = 1, name: str = "q") -> Sample:
    ink = write_text(TEXT, replace(random_style(seed), drift=0.0), occasion)
    return Sample(ink, file=name, sha256=name, format="csv", device="tablet")


def scaled(ink: Ink, factors: tuple[float, float]) -> Ink:
    return replace(ink, points=np.column_stack([ink.xy * factors, ink.points[:, 2:]]))


def test_ordinary_writing_passes_as_it_is() -> None:
    exhibit = Exhibit("Q", (sample(),))
    looked = look_at(exhibit)
    assert looked.samples[0].ink == exhibit.samples[0].ink
    assert looked.samples[0].ink.notes == exhibit.samples[0].ink.notes
    assert warnings_of("questioned", looked) == []


@pytest.mark.parametrize(("factors", "way"), [((1, -1), "mirrored top to bottom"), ((-1, -1), "upside down")])
def test_ink_that_stands_wrong_is_refused(factors: tuple[float, float], way: str) -> None:
    one = sample(name="page.dat")
    wrong = replace(one, ink=scaled(one.ink, factors))
    with pytest.raises(OutOfScopeError, match=f"page.dat: this ink stands {way}"):
        prepare([Exhibit("Q", (wrong,))])


def test_ink_in_a_mirror_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    one = sample()
    # Some of it is taken for no writing, and refused.
    monkeypatch.setattr("forgery_kit.examination.scrutiny.kind", lambda group, height: "prose")
    looked = look_at(Exhibit("Q", (replace(one, ink=scaled(one.ink, (-1, 1))),)))
    (warning,) = warnings_of("known", looked)
    assert "known writing seems to stand mirrored left to right, or is in a script" in warning


def test_lines_aslope_are_turned_level_and_said() -> None:
    looked = look_at(Exhibit("Q", tuple(turned([sample()], 15.0))))
    assert looked.samples[0].ink.notes[LEVELLED] == pytest.approx(15, abs=2)
    (warning,) = warnings_of("questioned", looked)
    assert "run aslope" in warning
    height = np.ptp(sample().ink.xy[:, 1])
    assert np.ptp(looked.samples[0].ink.xy[:, 1]) == pytest.approx(height, rel=0.1)


def test_a_turned_page_gets_the_value_of_the_level_one() -> None:
    level, known = sample(), sample(occasion=2, name="k")
    aslope = replace(turned([level], 15.0)[0], file="t", sha256="t")
    q, t, k = prepare([Exhibit("Q", (level,)), Exhibit("Q", (aslope,)), Exhibit("K", (known,))])
    assert score(t, k, same_sitting=True).lr.unbounded == pytest.approx(
        score(q, k, same_sitting=True).lr.unbounded, abs=0.25
    )
    assert any("run aslope" in str(warning) for warning in score(t, k, same_sitting=True).warnings)


def test_stretched_ink_is_warned_of_where_nobody_writes_so_wide() -> None:
    one = sample()
    looked = look_at(Exhibit("Q", (replace(one, ink=scaled(one.ink, (4, 1))),)))
    assert any("unlike units" in warning for warning in warnings_of("questioned", looked))


@pytest.mark.parametrize("maker", [scatter, spirals, hike])
def test_what_is_no_writing_is_refused_nearly_always(maker: Callable[[np.random.Generator], list[np.ndarray]]) -> None:
    refused = 0
    for seed in range(20):
        strokes = [stroke for stroke in maker(np.random.default_rng(seed)) if len(stroke)]
        refused += refuses(Sample(ink_from_strokes(strokes), file="track.csv", sha256="track", format="csv"))
    assert refused >= 10


def refuses(one: Sample) -> bool:
    """Whether ink is refused."""
    try:
        look_at(Exhibit("Q", (one,)))
    except OutOfScopeError:
        return True
    return False


def test_what_is_no_prose_is_warned_of_and_held_to_narrower_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    prose = prepare([Exhibit("Q", (sample(),)), Exhibit("K", (sample(occasion=2, name="k"),))])
    monkeypatch.setattr("forgery_kit.examination.scrutiny.kind", lambda group, height: "capitals")
    capitals = prepare([Exhibit("Q", (sample(),)), Exhibit("K", (sample(occasion=2, name="k"),))])
    found, before = score(*capitals, same_sitting=True), score(*prose, same_sitting=True)
    assert sum("seems to be capitals" in str(warning) for warning in found.warnings) == 2
    assert found.lr.upper_bound < before.lr.upper_bound
    assert found.lr.lower_bound > before.lr.lower_bound
    assert not any("seems to be" in str(warning) for warning in before.warnings)


def with_drawings(one: Sample) -> Sample:
    """The sample with a table and a box drawn below its writing, last."""
    strokes = list(one.ink.strokes(hover=True))
    height = writing_height(list(one.ink.strokes()))
    left, top = one.ink.xy.min(axis=0)[0], one.ink.xy.max(axis=0)[1] + 5 * height
    place = (left / height, top / height, left / height + 8, top / height + 2, top / height + 1)
    random = np.random.default_rng(3)
    drawn = [
        height * stroke for stroke in (*table(random, place), *box(random, place), hand(random, [place[:2], (40, 60)]))
    ]
    after = one.ink.points[-1, 2:]
    drawn = [np.column_stack([stroke, np.tile(after, (len(stroke), 1))]) for stroke in drawn]
    down = [*one.ink.pen_down, *[True] * len(drawn)]
    ink = ink_from_strokes([*strokes, *drawn], one.ink.channels, down, one.ink.mm_per_unit, one.ink.time_source)
    return replace(one, ink=ink)


def test_drawings_are_left_out_and_said_and_the_value_is_that_without_them() -> None:
    one, known = sample(), sample(occasion=2, name="k")
    drawn = replace(with_drawings(one), file="d", sha256="d")
    looked = look_at(Exhibit("Q", (drawn,)))
    assert looked.samples[0].ink == one.ink
    (warning,) = warnings_of("questioned", looked)
    total = len(drawn.ink.pen_down) - len(one.ink.pen_down)
    assert looked.samples[0].left_out is not None
    assert len(looked.samples[0].left_out.pen_down) == total
    assert warning.startswith(f"{total} strokes are no part of the questioned writing by shape (")
    assert "lines" in warning
    assert is_prose(looked)
    q, d, k = prepare([Exhibit("Q", (one,)), Exhibit("Q", (drawn,)), Exhibit("K", (known,))])
    with_drawn, without = score(d, k).lr, score(q, k).lr
    # Alike but for how a processor rounds what stands elsewhere in a batch.
    assert with_drawn.log10_lr == pytest.approx(without.log10_lr, abs=1e-5)
    assert with_drawn.unbounded == pytest.approx(without.unbounded, abs=1e-5)
    assert (with_drawn.lower_bound, with_drawn.upper_bound) == pytest.approx((without.lower_bound, without.upper_bound))
    assert any("left out" in str(caution) for caution in score(k, d).warnings)


@pytest.mark.parametrize("what", ["signature", "mathematics"])
def test_nothing_is_left_out_of_signatures_and_formulas(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forgery_kit.examination.scrutiny.kind", lambda group, height: what)
    drawn = with_drawings(sample())
    looked = look_at(Exhibit("Q", (drawn,)))
    assert looked.samples[0].ink == drawn.ink
    assert not is_prose(looked)
    assert any(f"seems to be {'a ' * (what == 'signature')}{what}" in text for text in warnings_of("known", looked))


def test_nothing_is_left_out_where_little_writing_would_be_left() -> None:
    few = sample()
    strokes = list(few.ink.strokes())[:6]
    height = writing_height(strokes)
    line = height * hand(np.random.default_rng(1), [[0.0, 8.0], [30.0, 8.0]])
    ink = ink_from_strokes([*(stroke[:, :2] for stroke in strokes), line])
    looked = look_at(Exhibit("Q", (replace(few, ink=ink),)))
    assert len(looked.samples[0].ink.stroke_ends) == len(strokes) + 1


def test_the_order_of_files_does_not_matter() -> None:
    one, other = with_drawings(sample()), sample(seed=9, name="other")
    there, back = (look_at(Exhibit("Q", pair)).samples for pair in ((one, other), (other, one)))
    assert there == back[::-1]
