"""One recording in two files is found, whatever became of it; two recordings of one hand and text are not one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.height import writing_height
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.examination.prints import Print, fingerprint
from forgery_kit.examination.same_recording import LONG, Side, between, within
from gan.features import trace

TEXT = "pack my box with five dozen jugs and then some more"
RECORDING = synthetic_sample(TEXT, 1, 1)
STROKES = [stroke[:, :2] for stroke in RECORDING.ink.strokes()]
HEIGHT = writing_height(STROKES)


def printed(*strokes: np.ndarray) -> Print:
    return fingerprint(trace([Sample(ink_from_strokes(list(strokes), ("x", "y")))]))


def print_of(sample: Sample) -> Print:
    return fingerprint(trace([sample]))


ORIGINAL = print_of(RECORDING)


def share(first: Print, second: Print) -> float:
    """Share of the lesser that is found to be common; the same whichever is looked up in which."""
    there, back = between(Side([first]), Side([second])), between(Side([second]), Side([first]))
    assert bool(there) == bool(back)
    return there[0].share if there else 0.0


@given(
    scale=st.tuples(st.floats(0.01, 100), st.floats(0.75, 1.33)),
    shift=st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)),
    upwards=st.booleans(),
    keep=st.integers(1, 3),
    grid=st.sampled_from([0.0, 0.01, 0.03, 0.06]),
    cut=st.tuples(st.floats(0, 0.3), st.floats(0.7, 1)),
)
@settings(max_examples=60, deadline=None)
def test_another_export_of_a_recording_is_known(
    scale: tuple[float, float],
    shift: tuple[float, float],
    upwards: bool,
    keep: int,
    grid: float,
    cut: tuple[float, float],
) -> None:
    first, last = (int(len(STROKES) * place) for place in cut)
    way = np.array([1.0, -1.0 if upwards else 1.0])
    strokes = [stroke[:: keep if len(stroke) > keep else 1] for stroke in STROKES[first:last]]
    step = grid * HEIGHT
    rounded = [np.round(stroke / step) * step if step else stroke for stroke in strokes]
    stretched = np.array([scale[0], scale[0] * scale[1]]) * way
    assert share(ORIGINAL, printed(*(stroke * stretched + np.array(shift) for stroke in rounded))) > 0.8


def test_strokes_that_are_joined_parted_or_begin_later_do_not_hide_it() -> None:
    joined = [np.concatenate(STROKES[i : i + 3]) for i in range(0, len(STROKES), 3)]
    parted = [part for stroke in STROKES for part in np.array_split(stroke, 2) if len(part)]
    for strokes in (joined, parted, [stroke[1:] for stroke in STROKES if len(stroke) > 1]):
        assert share(ORIGINAL, printed(*strokes)) > 0.8


@pytest.mark.parametrize("hand", range(1, 7))
def test_the_same_text_again_by_the_same_hand_is_another_recording(hand: int) -> None:
    sittings = [print_of(synthetic_sample(TEXT, hand, sitting)) for sitting in (1, 2, 3)]
    assert within(Side(sittings)) == []


def test_a_stretch_copied_into_other_writing_is_told_with_its_length() -> None:
    other = [stroke[:, :2] for stroke in synthetic_sample(TEXT, 5, 1).ink.strokes()]
    third = len(STROKES) // 3
    copied = [stroke * 1.5 + [20 * HEIGHT, 40 * HEIGHT] for stroke in STROKES[:third]]
    length = printed(*STROKES[:third]).length
    assert length > LONG
    (found,) = between(Side([ORIGINAL]), Side([printed(*other, *copied)]))
    assert found.length == pytest.approx(length, rel=0.2)
    assert not found.same
    assert found.worth_telling


def test_of_many_files_it_names_the_two() -> None:
    others = [print_of(synthetic_sample(TEXT, hand, 1)) for hand in (2, 3, 4)]
    copy = printed(*(stroke[::2] * 3 for stroke in STROKES if len(stroke) > 2))
    (across,) = between(Side([*others, ORIGINAL]), Side([copy]))
    assert (across.first, across.second) == (3, 0)
    (inside,) = within(Side([others[0], ORIGINAL, others[1], copy]))
    assert (inside.first, inside.second) == (1, 3)


def test_dots_and_level_lines_are_nothing_to_find() -> None:
    lines = [np.array([[0.0, 0], [9, 0.5], [18, 0], [27, 0.5]]) + np.array([0, 30 * i]) for i in range(4)]
    dots = [np.array([[5.0 * i, 0.0]]) for i in range(9)]
    bare = printed(*lines, *dots)
    assert between(Side([bare]), Side([ORIGINAL])) == []
    assert between(Side([ORIGINAL]), Side([bare])) == []


def test_where_a_trace_jumps_across_the_page_the_jump_is_no_path() -> None:
    far = replace(RECORDING, ink=ink_from_strokes([*STROKES, np.array([[0.0, 0], [1e7, 1e7]])], ("x", "y")))
    assert print_of(far).length == pytest.approx(ORIGINAL.length, rel=0.05)
    assert share(ORIGINAL, print_of(far)) > 0.8
