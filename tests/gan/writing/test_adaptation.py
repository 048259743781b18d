"""Adaptation: only the top layer learns, from pieces that begin where the whole line had come to; the rest stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from datasets.synthetic import synthetic_sample
from gan import backend

backend.choose()
from keras import ops  # noqa: E402

from gan.writing import adaptation  # noqa: E402
from gan.writing.adaptation import Settings, adapt, cost, pieces, reader, top_layer, with_top  # noqa: E402
from gan.writing.alphabet import encode  # noqa: E402
from gan.writing.generator import GeneratorConfig, build_generator, loss  # noqa: E402
from gan.writing.lines import Line, joined, padded  # noqa: E402
from gan.writing.loops import Generator  # noqa: E402
from gan.writing.priming import Hand, ends, offsets  # noqa: E402

CONFIG = GeneratorConfig(layers=3, units=8, bumps=2, components=3)
SCALE = (30.0, 25.0)
TEXT = "five boxing wizards"
FEW = Settings(updates=6, unwatched=2, rate=0.01, rows=4, piece=40, drawings=2, look=2)


@pytest.fixture(scope="module")
def generator() -> Generator:
    """A small network that has learnt nothing, but whose peepholes and windows do something."""
    network = build_generator(CONFIG)
    random = np.random.default_rng(1)
    network.set_weights([w + 0.1 * random.normal(size=w.shape).astype(np.float32) for w in network.get_weights()])
    return Generator(network, CONFIG, Hand(100.0, 0.02, 0.17, SCALE))


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    found = []
    for number in range(4):
        strokes = [s[:, :2] for s in synthetic_sample(TEXT, 3, number).ink.strokes()]
        before, after = (end / SCALE for end in ends(strokes))
        found.append(Line(offsets(strokes, SCALE), encode(TEXT), ends=(before, after)))
    return found


def values(variable: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(variable))


def whole_cost(generator: Generator, line: Line, skip: int = 0) -> float:
    """Nats a point of a line by the whole network, without its first points."""
    points, text, target, _ = padded([line])
    y = generator.network.predict_on_batch([points, text])
    nats = np.asarray(ops.convert_to_numpy(loss(CONFIG, ops.convert_to_tensor(y), ops.convert_to_tensor(target))))
    return float(nats[0, skip : len(line.points)].mean())


def test_the_top_layer_alone_computes_what_the_whole_network_does(generator: Generator, lines: list[Line]) -> None:
    top, read = top_layer(generator, FEW), reader(generator)
    assert cost(top, read(lines[:1])) == pytest.approx(whole_cost(generator, lines[0]), abs=1e-4)
    pair = joined(lines[0], lines[1])
    skip = len(lines[0].points)
    assert cost(top, read([pair], skip)) == pytest.approx(whole_cost(generator, pair, skip), abs=1e-4)


def test_pieces_begin_with_the_state_that_the_whole_line_had_there(generator: Generator, lines: list[Line]) -> None:
    """So the pieces of a line cost together what the line does."""
    cut = pieces(reader(generator)(lines[:1]), FEW)
    top = top_layer(generator, Settings(rows=len(cut.seen), piece=FEW.piece))
    layer = top.get_layer("lstm_2")
    for part, value in zip(layer.state, cut.states, strict=True):
        part.assign(value)
    y = top([cut.seen, cut.below], training=True)
    nats = np.asarray(ops.convert_to_numpy(loss(CONFIG, y, ops.convert_to_tensor(cut.target[..., :3]))))
    counted = cut.target[..., 3]
    assert counted.sum() == len(lines[0].points)
    assert (nats * counted).sum() / counted.sum() == pytest.approx(whole_cost(generator, lines[0]), abs=1e-4)


@pytest.mark.parametrize("output", [False, True])
def test_only_the_top_layer_learns_and_the_generator_stays_as_it_was(
    generator: Generator, lines: list[Line], output: bool
) -> None:
    before = [w.copy() for w in generator.network.get_weights()]
    learnt = adapt(generator, lines, Settings(**{**vars(FEW), "output": output}))
    assert all(np.array_equal(a, b) for a, b in zip(before, generator.network.get_weights(), strict=True))
    adapted = with_top(generator, learnt.weights)
    moved = {
        own.path
        for own, other in zip(generator.network.variables, adapted.network.variables, strict=True)
        if not np.array_equal(values(own), values(other))
    }
    top = {"input_2/kernel", "lstm_2/recurrent", "lstm_2/peepholes", "lstm_2/bias"}
    assert moved == top | ({"output/kernel", "output/bias"} if output else set())


def test_a_line_that_is_held_out_becomes_likelier_and_says_when_to_stop(
    generator: Generator, lines: list[Line]
) -> None:
    learnt = adapt(generator, lines, Settings(**{**vars(FEW), "updates": 30, "rate": 0.002}))
    assert (learnt.lines, learnt.updates % FEW.look) == (3, 0)
    assert learnt.before is not None
    assert learnt.after is not None
    assert learnt.after < learnt.before
    pair, skip = joined(lines[0], lines[-1]), len(lines[0].points)
    assert learnt.before == pytest.approx(whole_cost(generator, pair, skip), abs=1e-4)
    # Half precision of what is kept costs little.
    assert whole_cost(with_top(generator, learnt.weights), pair, skip) == pytest.approx(learnt.after, abs=0.01)


def test_what_makes_the_held_out_line_less_likely_is_not_kept(
    generator: Generator, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = iter([1.0, 0.9, 0.95, 0.8, 0.85, 0.81])
    monkeypatch.setattr(adaptation, "cost", lambda top, read: next(costs))
    learnt = adapt(generator, lines, Settings(**{**vars(FEW), "updates": 12}))
    assert (learnt.updates, learnt.before, learnt.after) == (6, 1.0, 0.8)
    fewer = adapt(generator, lines[:2], FEW)
    assert (fewer.lines, fewer.updates, fewer.before) == (2, 2, None)


def test_weights_of_another_network_are_refused(generator: Generator, lines: list[Line]) -> None:
    learnt = adapt(generator, lines[:1], FEW).weights
    for wrong in ({}, {"lstm_0/bias": learnt["lstm_2/bias"]}, learnt | {"lstm_2/bias": np.zeros(3, np.float16)}):
        with pytest.raises(ValueError, match="not the weights of a top layer"):
            with_top(generator, wrong)
    with pytest.raises(ValueError, match="no line"):
        adapt(generator, [])
