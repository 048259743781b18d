"""The recurrent layer: LSTMs written out in NumPy and Keras's own say the same, whatever follows the ink."""

from __future__ import annotations

import numpy as np
import pytest

from gan import backend

backend.choose()
import keras  # noqa: E402 - the backend is chosen first

from gan.cells import BidirectionalLstm  # noqa: E402

CHANNELS, UNITS = 3, 4
#: Shapes of kernel, recurrent kernel and bias.
SHAPES = ((CHANNELS, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))


def random_weights(seed: int) -> list[np.ndarray]:
    """Kernel, recurrent kernel and bias of one direction."""
    generator = np.random.default_rng(seed)
    return [generator.normal(0, 0.7, shape).astype(np.float32) for shape in SHAPES]


def layer_with(forward: list[np.ndarray], backward: list[np.ndarray]) -> BidirectionalLstm:
    layer = BidirectionalLstm(UNITS)
    layer.build((None, None, CHANNELS), (None, None))
    for way, weights in (("forward", forward), ("backward", backward)):
        for part, value in zip(("kernel", "recurrent", "bias"), weights, strict=True):
            getattr(layer, f"{way}_{part}").assign(value)
    return layer


def run(layer: BidirectionalLstm, x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    mask = np.ones(x.shape[:2], np.float32) if mask is None else mask
    return np.asarray(keras.ops.convert_to_numpy(layer(x, mask)))


def gates_one_by_one(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Hidden states (steps, units) of one sequence, each gate from its own columns of the weights."""
    part = {
        name: slice(i * UNITS, (i + 1) * UNITS) for i, name in enumerate(("input", "forget", "candidate", "output"))
    }
    h, c, states = np.zeros(UNITS), np.zeros(UNITS), []
    for row in x.astype(float):
        z = {name: row @ kernel[:, s] + h @ recurrent[:, s] + bias[s] for name, s in part.items()}
        gate = {name: 1 / (1 + np.exp(-z[name])) for name in ("input", "forget", "output")}
        c = gate["forget"] * c + gate["input"] * np.tanh(z["candidate"])
        h = gate["output"] * np.tanh(c)
        states.append(h)
    return np.array(states)


@pytest.mark.parametrize("steps", [1, 2, 11])
def test_every_step_is_that_of_an_lstm_written_out_gate_by_gate(steps: int) -> None:
    forward, backward = random_weights(1), random_weights(2)
    x = np.random.default_rng(3).normal(size=(2, steps, CHANNELS)).astype(np.float32)
    found = run(layer_with(forward, backward), x)
    assert found.shape == (2, steps, 2 * UNITS)
    for row in range(2):
        assert np.allclose(found[row, :, :UNITS], gates_one_by_one(x[row], *forward), atol=1e-5)
        assert np.allclose(found[row, :, UNITS:], gates_one_by_one(x[row, ::-1], *backward)[::-1], atol=1e-5)


def test_both_ways_are_keras_bidirectional_with_the_gates_in_the_same_order() -> None:
    forward, backward = random_weights(4), random_weights(5)
    theirs = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_sequences=True))
    x = np.random.default_rng(6).normal(size=(3, 8, CHANNELS)).astype(np.float32)
    theirs(x)
    theirs.set_weights([*forward, *backward])
    assert np.allclose(run(layer_with(forward, backward), x), keras.ops.convert_to_numpy(theirs(x)), atol=1e-5)


@pytest.mark.parametrize("filler", [0.0, 50.0])
def test_what_follows_the_ink_changes_nothing(filler: float) -> None:
    layer = layer_with(random_weights(7), random_weights(8))
    x = np.random.default_rng(9).normal(size=(1, 7, CHANNELS)).astype(np.float32)
    alone = run(layer, x)
    for padding in (1, 5):
        longer = np.concatenate([x, np.full((1, padding, CHANNELS), filler, np.float32)], axis=1)
        mask = np.concatenate([np.ones((1, 7), np.float32), np.zeros((1, padding), np.float32)], axis=1)
        assert np.allclose(run(layer, longer, mask)[:, :7], alone, atol=1e-6)


def test_the_forget_gates_start_open_and_the_other_biases_at_zero() -> None:
    layer = BidirectionalLstm(UNITS)
    layer.build((None, None, CHANNELS), (None, None))
    for way in ("forward", "backward"):
        bias = keras.ops.convert_to_numpy(getattr(layer, f"{way}_bias"))
        assert np.array_equal(bias, np.repeat([0.0, 1.0, 0.0, 0.0], UNITS))


def test_the_fused_layer_of_pytorch_is_the_same_lstm() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, which some trainings use, is not installed")
    weights = random_weights(10)
    x = np.random.default_rng(11).normal(size=(2, 9, CHANNELS)).astype(np.float32)
    with torch.no_grad():
        found = backend.fused_lstm(torch.tensor(x), *(torch.tensor(w) for w in weights)).numpy()
    for row in range(2):
        assert np.allclose(found[row], gates_one_by_one(x[row], *weights), atol=1e-5)
