"""What the authenticity head sees, and that it judges each line by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from datasets.ink import Ink
from datasets.mill import mill
from gan import backend

backend.choose()

from gan.features import FEATURES  # noqa: E402 - the backend is chosen first
from gan.judging.authenticity import part_of, scores  # noqa: E402
from gan.judging.authenticity_network import AuthenticityConfig, build_parts  # noqa: E402
from gan.judging.machine_features import PARTS, Part, features_of, movement_features  # noqa: E402
from tests.datasets.forgers.lines import lines_of  # noqa: E402

SMALL = AuthenticityConfig(classes=3, convolutions=(6, 6, 8), units=5, attention=4)


def seen(ink: Ink, part: Part) -> np.ndarray:
    return features_of(ink, part, np.random.default_rng(0))


@pytest.mark.parametrize("part", PARTS)
def test_size_and_place_do_not_reach_the_network(part: Part) -> None:
    ink = lines_of(1)[0].ink
    points = ink.points.copy()
    points[:, :2] = points[:, :2] / 64 - [2048, 512]
    one, other = seen(ink, part), seen(replace(ink, points=points), part)
    assert one.shape[1] == FEATURES
    # Rounding to the mill's grid is all that differs.
    assert abs(len(one) - len(other)) <= 2
    assert one.mean(axis=0) == pytest.approx(other.mean(axis=0), abs=0.02)


def test_shape_sees_nothing_of_time_and_movement_needs_it() -> None:
    ink = lines_of(1)[0].ink
    untimed = Ink(ink.xy, ink.stroke_ends, ink.pen_down)
    slower = replace(ink, points=ink.points * [1, 1, 3])
    assert np.array_equal(seen(ink, "shape"), seen(untimed, "shape"))
    assert np.array_equal(seen(ink, "shape"), seen(slower, "shape"))
    assert seen(slower, "movement")[0, 6] == pytest.approx(seen(ink, "movement")[0, 6] - np.log(3), abs=0.1)
    with pytest.raises(ValueError, match="no time"):
        seen(untimed, "movement")


def test_movement_is_velocity_from_point_to_point_of_a_stroke() -> None:
    milled = mill(lines_of(0)[0].ink, np.random.default_rng(0))
    found = movement_features(milled)
    assert found.shape == (len(milled), FEATURES)
    assert np.isfinite(found).all()
    starts = np.concatenate([[0], milled.stroke_ends[:-1]])
    assert np.flatnonzero(found[:, 2]).tolist() == starts.tolist()
    assert not found[starts][:, [0, 1, 5, 7]].any()
    inside = np.setdiff1d(np.arange(len(milled)), starts)
    assert np.median(np.hypot(*found[inside, :2].T)) == pytest.approx(1.0, abs=0.02)


def test_each_part_judges_alone_and_each_line_by_itself() -> None:
    network = build_parts(SMALL)
    lines = [line.ink for line in lines_of(2)]
    for number, part in enumerate(PARTS):
        alone = part_of(network, part)
        assert len(alone.inputs) == 2
        sequences = [seen(ink, part) for ink in lines]
        together = scores(alone, sequences)
        assert together == pytest.approx([scores(alone, [one])[0] for one in sequences], abs=1e-4)
        mask = np.ones((1, 200), np.float32)
        inputs = [x for one in PARTS for x in (seen(lines[0], one)[None, :200], mask)]
        np.testing.assert_allclose(network(inputs)[number], alone([inputs[2 * number], mask]), atol=1e-5)
    assert len(scores(part_of(network, "shape"), [])) == 0
