"""The recurrent layer: LSTMs written out in NumPy and Keras's own say the same, whatever follows the ink."""

from __future__ import annotations

import numpy as np
import pytest

from gan import backend

backend.choose()
import keras  # noqa: E402 - the backend is chosen first

from gan.cells import BidirectionalLstm, PeepholeLstm, StepNorm, WindowLstm, limited  # noqa: E402

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


def peephole_weights(seed: int = 1, peepholes: float = 0.5) -> list[np.ndarray]:
    """Recurrent weights, peepholes, bias."""
    random = np.random.default_rng(seed)
    return [
        random.normal(0, 0.4, (UNITS, 4 * UNITS)).astype(np.float32),
        random.normal(0, peepholes, (3, UNITS)).astype(np.float32) if peepholes else np.zeros((3, UNITS), np.float32),
        random.normal(0, 0.4, 4 * UNITS).astype(np.float32),
    ]


def graves_one_by_one(
    projected: np.ndarray, recurrent: np.ndarray, peepholes: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """Hidden states (steps, units) by Graves (2013), equations 7 to 11, for one sequence."""

    def sigma(v: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-v))

    h, c, states = np.zeros(UNITS), np.zeros(UNITS), []
    for x in projected:
        z_i, z_f, z_c, z_o = np.split(x + h @ recurrent + bias, 4)
        i = sigma(z_i + peepholes[0] * c)
        f = sigma(z_f + peepholes[1] * c)
        c = f * c + i * np.tanh(z_c)
        o = sigma(z_o + peepholes[2] * c)
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states)


def peephole_layer(weights: list[np.ndarray]) -> PeepholeLstm:
    layer = PeepholeLstm(UNITS)
    layer.build((None, None, 4 * UNITS))
    layer.set_weights(weights)
    return layer


def test_the_peephole_cell_is_that_of_graves_step_by_step() -> None:
    weights = peephole_weights()
    projected = np.random.default_rng(2).normal(size=(3, 11, 4 * UNITS)).astype(np.float32)
    found = keras.ops.convert_to_numpy(peephole_layer(weights)(projected))
    for row in range(3):
        assert np.allclose(found[row], graves_one_by_one(projected[row], *weights), atol=1e-5)


def test_without_peepholes_the_cell_is_that_of_keras() -> None:
    recurrent, _, bias = weights = peephole_weights(peepholes=0.0)
    kernel = np.random.default_rng(3).normal(size=(CHANNELS, 4 * UNITS)).astype(np.float32)
    x = np.random.default_rng(4).normal(size=(2, 9, CHANNELS)).astype(np.float32)
    other = keras.layers.LSTM(UNITS, return_sequences=True)
    other.build(x.shape)
    other.set_weights([kernel, recurrent, bias])
    own = keras.ops.convert_to_numpy(peephole_layer(weights)(x @ kernel))
    assert np.allclose(own, keras.ops.convert_to_numpy(other(x)), atol=1e-5)


def test_one_step_of_the_peephole_cell_is_the_next_of_the_sequence() -> None:
    layer = peephole_layer(peephole_weights(5))
    projected = np.random.default_rng(6).normal(size=(2, 4, 4 * UNITS)).astype(np.float32)
    h = c = keras.ops.zeros((2, UNITS))
    whole = keras.ops.convert_to_numpy(layer(projected))
    for t in range(4):
        h, c = layer.step(keras.ops.convert_to_tensor(projected[:, t]), h, c)
        assert np.allclose(keras.ops.convert_to_numpy(h), whole[:, t], atol=1e-5)


def test_the_peephole_pass_of_pytorch_has_the_values_and_gradients_of_its_own_graph() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, which some trainings use, is not installed")
    from gan.torch_lstm import PeepholeLstm as Fused

    recurrent, peepholes, _ = (torch.tensor(w, requires_grad=True) for w in peephole_weights(7))
    random = np.random.default_rng(8)
    projected = torch.tensor(random.normal(size=(7, 2, 4 * UNITS)).astype(np.float32), requires_grad=True)
    pull = torch.tensor(random.normal(size=(7, 2, UNITS)).astype(np.float32))

    def plain(limit: float | None) -> torch.Tensor:
        def gate(total: torch.Tensor) -> torch.Tensor:
            if limit:
                total.register_hook(lambda gradient: gradient.clamp(-limit, limit))
            return total

        h = c = torch.zeros(2, UNITS)
        states = []
        for z in projected:
            i, f, g, o = (z + h @ recurrent).chunk(4, dim=1)
            i, f = torch.sigmoid(gate(i + peepholes[0] * c)), torch.sigmoid(gate(f + peepholes[1] * c))
            c = f * c + i * torch.tanh(gate(g + 0))
            h = torch.sigmoid(gate(o + peepholes[2] * c)) * torch.tanh(c)
            states.append(h)
        return torch.stack(states)

    inputs, zero = (projected, recurrent, peepholes), [torch.zeros(2, UNITS)] * 2
    gradients = []
    for limit in (None, 0.05):
        expected, found = plain(limit), Fused.apply(*inputs, *zero, limit, torch.float32)[0]
        assert torch.allclose(expected, found, atol=1e-5)
        gradients.append(torch.autograd.grad((found * pull).sum(), inputs))
        for one, other in zip(torch.autograd.grad((expected * pull).sum(), inputs), gradients[-1], strict=True):
            assert torch.allclose(one, other, atol=1e-5)
    assert not torch.allclose(gradients[0][0], gradients[1][0], atol=1e-3)
    short = Fused.apply(*inputs, *zero, None, torch.bfloat16)[0]
    assert torch.allclose(short.float(), plain(None), atol=0.03)


def test_limited_derivatives_are_cut_and_nothing_else() -> None:
    tf = pytest.importorskip("tensorflow", reason="another backend is installed")
    x = tf.constant([-3.0, 0.5, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = limited(x, 1.0) * tf.constant([4.0, 0.3, -9.0])
    assert np.allclose(y, [-12, 0.15, -18])
    assert np.allclose(tape.gradient(y, x), [1.0, 0.3, -1.0])


LETTERS, BUMPS = 4, 3


def window_layer(seed: int = 1) -> WindowLstm:
    """A layer with random weights, peepholes and biases too."""
    layer = WindowLstm(UNITS, LETTERS, BUMPS)
    layer.build((None, None, 4 * UNITS), (None, None, LETTERS))
    random = np.random.default_rng(seed)
    layer.set_weights([random.normal(0, 0.4, w.shape).astype(np.float32) for w in layer.get_weights()])
    return layer


def some_text(batch: int = 3, characters: int = 6) -> np.ndarray:
    """One-hot texts; the first ends two characters before the others."""
    text = np.eye(LETTERS, dtype=np.float32)[np.random.default_rng(4).integers(0, LETTERS, (batch, characters))]
    text[0, -2:] = 0
    return text


def test_the_window_is_that_of_graves_step_by_step() -> None:
    layer, text = window_layer(), some_text()
    weights = {w.name: keras.ops.convert_to_numpy(w).astype(float) for w in layer.weights}
    projected = np.random.default_rng(2).normal(size=(3, 8, 4 * UNITS)).astype(np.float32)
    states, windows = (keras.ops.convert_to_numpy(part) for part in layer(projected, text))
    for row in range(3):
        h, c, w, kappa = np.zeros(UNITS), np.zeros(UNITS), np.zeros(LETTERS), np.zeros(BUMPS)
        for t in range(8):
            z = projected[row, t] + h @ weights["recurrent"] + w @ weights["reader"] + weights["bias"]
            i, f, g, o = np.split(z, 4)
            i, f = (1 / (1 + np.exp(-(v + weights["peepholes"][k] * c))) for k, v in enumerate((i, f)))
            c = f * c + i * np.tanh(g)
            h = np.tanh(c) / (1 + np.exp(-(o + weights["peepholes"][2] * c)))
            alpha, beta, step = np.exp(h @ weights["window_kernel"] + weights["window_bias"]).reshape(3, BUMPS)
            kappa += step
            phi = [np.sum(alpha * np.exp(-beta * (kappa - u) ** 2)) for u in range(6)]
            w = np.array(phi) @ text[row]
            assert np.allclose(states[row, t], h, atol=1e-5)
            assert np.allclose(windows[row, t], w, atol=1e-5)


def test_the_window_starts_slowly() -> None:
    layer = WindowLstm(UNITS, LETTERS, BUMPS)
    layer.build((None, None, 4 * UNITS), (None, None, LETTERS))
    step = np.exp(keras.ops.convert_to_numpy(layer.window_bias)[-BUMPS:])
    assert np.all((step > 1 / 40) & (step < 1 / 15))


def test_the_window_pass_of_pytorch_has_the_values_and_gradients_of_its_own_graph() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, which some trainings use, is not installed")
    from gan.torch_lstm import WindowLstm as Fused

    random, text = np.random.default_rng(3), torch.tensor(some_text())
    sizes = [(7, 3, 4 * UNITS), (UNITS, 4 * UNITS), (LETTERS, 4 * UNITS), (3, UNITS), (UNITS, 3 * BUMPS), (3 * BUMPS,)]
    inputs = [torch.tensor(random.normal(0, 0.5, s).astype(np.float32), requires_grad=True) for s in sizes]
    projected, recurrent, reader, peepholes, kernel, bias = inputs
    h = c = torch.zeros(3, UNITS)
    w, kappa, states, windows = torch.zeros(3, LETTERS), torch.zeros(3, BUMPS), [], []
    for z in projected:
        i, f, g, o = (z + h @ recurrent + w @ reader).chunk(4, dim=1)
        i, f = torch.sigmoid(i + peepholes[0] * c), torch.sigmoid(f + peepholes[1] * c)
        c = f * c + i * torch.tanh(g)
        h = torch.sigmoid(o + peepholes[2] * c) * torch.tanh(c)
        alpha, beta, step = torch.exp(h @ kernel + bias).chunk(3, dim=1)
        kappa = kappa + step
        away = kappa[:, :, None] - torch.arange(6.0)
        w = torch.einsum("bu,buc->bc", (alpha[:, :, None] * torch.exp(-beta[:, :, None] * away**2)).sum(1), text)
        states.append(h)
        windows.append(w)
    expected = torch.cat([torch.stack(states), torch.stack(windows)], dim=2)
    pull = torch.tensor(random.normal(size=expected.shape).astype(np.float32))
    of_expected = torch.autograd.grad((expected * pull).sum(), inputs)
    zero = [torch.zeros(3, width) for width in (UNITS, UNITS, BUMPS, LETTERS)]
    found = torch.cat(Fused.apply(*inputs, text, *zero, None, torch.float32)[:2], dim=2)
    assert torch.allclose(found, expected, atol=1e-5)
    for one, other in zip(torch.autograd.grad((found * pull).sum(), inputs), of_expected, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["peephole", "window"])
def test_pieces_of_a_line_go_on_from_the_state_of_the_one_before(kind: str) -> None:
    random = np.random.default_rng(5)
    projected, text = random.normal(size=(3, 12, 4 * UNITS)).astype(np.float32), some_text()

    def layer(carried: int) -> PeepholeLstm:
        if kind == "window":
            made: PeepholeLstm = WindowLstm(UNITS, LETTERS, BUMPS, carried=carried)
        else:
            made = PeepholeLstm(UNITS, carried=carried)
        made.build((None, None, 4 * UNITS))
        drawn = np.random.default_rng(1)
        for weight in made.trainable_weights:
            weight.assign(drawn.normal(0, 0.4, weight.shape))
        return made

    def call(one: PeepholeLstm, part: np.ndarray) -> np.ndarray:
        found = one(part, text, training=True)[0] if kind == "window" else one(part, training=True)
        return keras.ops.convert_to_numpy(found)

    whole, carrying = call(layer(0), projected), layer(3)
    for _ in range(2):
        parts = [call(carrying, projected[:, :5]), call(carrying, projected[:, 5:])]
        assert np.allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)
        carrying.forget()


def sigma(v: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-v))


def test_a_normalised_layer_is_that_of_cooijmans_step_by_step() -> None:
    """Equations 6 to 8 of arXiv 1603.09025, with the peepholes of Graves on the cell as it is."""
    random = np.random.default_rng(6)
    layer = PeepholeLstm(UNITS, normalised=True)
    layer.build((None, None, 4 * UNITS))
    for weight in layer.trainable_weights:
        weight.assign(random.normal(0, 0.5, weight.shape))
    w = {v.path.split("/", 1)[-1]: np.asarray(keras.ops.convert_to_numpy(v), float) for v in layer.weights}
    projected = random.normal(2, 3, size=(6, 9, 4 * UNITS)).astype(np.float32)

    def norm(name: str, values: np.ndarray) -> np.ndarray:
        of_batch = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + 1e-5)
        return of_batch * w[f"{name}/scale"] + w.get(f"{name}/shift", 0.0)

    found = keras.ops.convert_to_numpy(layer(projected, training=True))
    h = c = np.zeros((6, UNITS))
    for t in range(9):
        z = norm("of_input", projected[:, t].astype(float)) + norm("of_state", h @ w["recurrent"]) + w["bias"]
        i, f, g, o = np.split(z, 4, axis=1)
        c = sigma(f + w["peepholes"][1] * c) * c + sigma(i + w["peepholes"][0] * c) * np.tanh(g)
        h = sigma(o + w["peepholes"][2] * c) * np.tanh(norm("of_cell", c))
        assert np.allclose(found[:, t], h, atol=2e-3)


@pytest.mark.parametrize("kind", ["peephole", "window"])
def test_running_statistics_come_to_those_of_each_step(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After calls with one batch only, the layer does outside training what it does in it."""
    keras.utils.set_random_seed(1)
    monkeypatch.setattr(StepNorm, "STEPS", 6)
    monkeypatch.setattr(StepNorm, "PAST", 0.01)
    random, text = np.random.default_rng(7), some_text()
    projected = random.normal(1, 2, size=(3, 6, 4 * UNITS)).astype(np.float32)
    if kind == "window":
        layer: PeepholeLstm = WindowLstm(UNITS, LETTERS, BUMPS, normalised=True)
        inputs = [projected, text]
    else:
        layer = PeepholeLstm(UNITS, normalised=True)
        inputs = [projected]

    def states(training: bool) -> np.ndarray:
        found = layer(*inputs, training=training)
        return np.array(keras.ops.convert_to_numpy(found[0] if kind == "window" else found))

    untrained = states(training=False)
    for _ in range(5):
        inside = states(training=True)
    assert not np.allclose(untrained, inside, atol=0.05)
    # Small deviations of a batch of three magnify what rounding leaves.
    assert np.allclose(states(training=False), inside, atol=0.01)


def test_late_steps_share_their_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StepNorm, "STEPS", 4)
    monkeypatch.setattr(StepNorm, "PAST", 0.0)
    norm = StepNorm(2)
    norm.build()
    values = np.random.default_rng(1).normal(size=(7, 5, 2)).astype(np.float32)
    norm.follow(keras.ops.convert_to_tensor(values), keras.ops.full((5, 1), 2.0))
    mean = keras.ops.convert_to_numpy(norm.mean)
    assert np.array_equal(mean[:2], np.zeros((2, 2)))
    assert np.allclose(mean[2], values[0].mean(axis=0), atol=1e-6)
    assert np.allclose(mean[3], values[1:].mean(axis=(0, 1)), atol=1e-6)
    late = keras.ops.convert_to_numpy(norm(values[0], keras.ops.full((5, 1), 90.0)))
    spread = np.sqrt(values[1:].var(axis=1).mean(axis=0) + 1e-5)
    assert np.allclose(late, 0.1 * (values[0] - mean[3]) / spread, atol=1e-5)


def test_pieces_of_a_line_go_on_with_the_statistics_of_their_steps() -> None:
    random = np.random.default_rng(8)
    projected = random.normal(size=(3, 12, 4 * UNITS)).astype(np.float32)
    whole = PeepholeLstm(UNITS, normalised=True)
    pieces = PeepholeLstm(UNITS, carried=3, normalised=True)
    for layer in (whole, pieces):
        layer.build(projected.shape)
    for one, other in zip(whole.trainable_weights, pieces.trainable_weights, strict=True):
        other.assign(np.array(one))
    expected = keras.ops.convert_to_numpy(whole(projected, training=True))
    found = [keras.ops.convert_to_numpy(pieces(projected[:, a:b], training=True)) for a, b in ((0, 5), (5, 12))]
    assert np.allclose(np.concatenate(found, axis=1), expected, atol=1e-4)
    for norm in ("of_input", "of_state", "of_cell"):
        for part in ("mean", "variance"):
            one, other = (getattr(getattr(layer, norm), part) for layer in (whole, pieces))
            assert np.allclose(np.array(one), np.array(other), atol=1e-4)
            assert not np.allclose(np.array(one)[:12], np.array(one)[12:13])
