"""The recurrent layer against NumPy and Keras, and embeddings that depend on their own ink only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from gan import backend

backend.choose()
import keras  # noqa: E402 - the backend is chosen first

from gan.cells import BidirectionalLstm  # noqa: E402
from gan.judging.discriminator import (  # noqa: E402
    DiscriminatorConfig,
    build_encoder,
    embed_windows,
    load_weights,
    save_weights,
)
from gan.judging.style import windows  # noqa: E402

SMALL = DiscriminatorConfig(convolutions=(8, 12), units=6, attention=5, embedding=7)
RANDOM = np.random.default_rng(0)


def lstm(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Hidden states (steps, units) of one sequence (steps, channels), written out."""
    units = recurrent.shape[0]
    h, c, out = np.zeros(units), np.zeros(units), []

    def sigmoid(v: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-v))

    for row in x:
        i, f, g, o = np.split(row @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.array(out)


@pytest.fixture(scope="module")
def layer() -> BidirectionalLstm:
    made = BidirectionalLstm(4)
    made(np.zeros((1, 3, 5), np.float32), np.ones((1, 3), np.float32))
    made.set_weights([RANDOM.normal(0, 0.6, w.shape) for w in made.get_weights()])
    return made


def numpy_weights(layer: BidirectionalLstm, way: str) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(getattr(layer, f"{way}_{part}")) for part in ("kernel", "recurrent", "bias")]


def test_both_directions_are_lstms_written_out_step_by_step(layer: BidirectionalLstm) -> None:
    x = RANDOM.normal(size=(2, 9, 5)).astype(np.float32)
    mask = np.ones((2, 9), np.float32)
    mask[1, 6:] = 0
    found = keras.ops.convert_to_numpy(layer(x, mask))
    for row, length in ((0, 9), (1, 6)):
        own = x[row, :length]
        forward = lstm(own, *numpy_weights(layer, "forward"))
        backward = lstm(own[::-1], *numpy_weights(layer, "backward"))[::-1]
        assert np.allclose(found[row, :length], np.concatenate([forward, backward], axis=1), atol=1e-5)


def test_one_direction_is_keras_own_lstm(layer: BidirectionalLstm) -> None:
    x = RANDOM.normal(size=(3, 7, 5)).astype(np.float32)
    theirs = keras.layers.LSTM(4, return_sequences=True)
    theirs(x)
    theirs.set_weights(numpy_weights(layer, "forward"))
    found = keras.ops.convert_to_numpy(layer(x, np.ones((3, 7), np.float32)))[:, :, :4]
    assert np.allclose(found, keras.ops.convert_to_numpy(theirs(x)), atol=1e-5)


def test_an_embedding_does_not_depend_on_its_neighbours_or_its_padding() -> None:
    encoder = build_encoder(SMALL)
    pieces = [RANDOM.normal(size=(n, 8)).astype(np.float32) for n in (30, 60, 47, 60)]
    together = embed_windows(encoder, pieces, 60)
    alone = np.concatenate([embed_windows(encoder, [p], 60) for p in pieces])
    assert np.allclose(together, alone, atol=1e-5)
    x, mask = np.zeros((2, 120, 8), np.float32), np.zeros((2, 120), np.float32)
    x[:, :60], mask[:, :60] = pieces[1], 1
    assert np.allclose(keras.ops.convert_to_numpy(backend.forward(encoder, x, mask))[1], together[1], atol=1e-5)


def test_windows_cover_the_sequence_evenly() -> None:
    features = np.arange(1000 * 8, dtype=np.float32).reshape(1000, 8)
    found = windows(features, 480)
    assert np.array_equal(np.concatenate(found), features)
    assert max(map(len, found)) <= 480
    assert max(map(len, found)) - min(map(len, found)) <= 1


@pytest.mark.parametrize("steps", [1, 300, 480, 481, 960, 1000, 1441])
def test_full_windows_cover_the_sequence_and_none_has_less_ink_than_it_could_have(steps: int) -> None:
    features = np.arange(steps * 8, dtype=np.float32).reshape(steps, 8)
    found = windows(features, 480, full=True)
    assert {len(window) for window in found} == {min(steps, 480)}
    assert np.array_equal(np.unique(np.concatenate(found)), features.ravel())
    assert len(found) == len(windows(features, 480))


def test_weights_survive_a_file_and_foreign_ones_are_refused(tmp_path: Path) -> None:
    encoder, other = build_encoder(SMALL), build_encoder(SMALL)
    save_weights(encoder, tmp_path / "w.safetensors", {"who": "test"})
    load_weights(other, tmp_path / "w.safetensors")
    piece = RANDOM.normal(size=(60, 8)).astype(np.float32)
    assert np.allclose(embed_windows(encoder, [piece], 60), embed_windows(other, [piece], 60), atol=2e-2)
    shallow = DiscriminatorConfig(convolutions=(8, 14), units=6, attention=5, embedding=7)
    with pytest.raises((KeyError, ValueError)):
        load_weights(build_encoder(shallow), tmp_path / "w.safetensors")


def test_other_windows_in_the_batch_change_nothing_of_an_embedding() -> None:
    encoder = build_encoder(SMALL)
    own = RANDOM.normal(size=(64, 8)).astype(np.float32)
    for count, size in ((0, 1.0), (1, 100.0), (40, 3.0)):
        others = [size * RANDOM.normal(size=(64, 8)).astype(np.float32) for _ in range(count)]
        found = embed_windows(encoder, [*others, own, *others], 64)
        assert np.allclose(found[count], embed_windows(encoder, [own], 64)[0], atol=1e-5)


def test_weights_are_kept_as_float16_and_saving_them_again_changes_nothing(tmp_path: Path) -> None:
    encoder, other = build_encoder(SMALL), build_encoder(SMALL)
    save_weights(encoder, tmp_path / "a.safetensors")
    load_weights(other, tmp_path / "a.safetensors")
    for mine, theirs in zip(encoder.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(mine.astype(np.float16).astype(np.float32), theirs)
    save_weights(other, tmp_path / "b.safetensors")
    assert (tmp_path / "b.safetensors").read_bytes() == (tmp_path / "a.safetensors").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]


@pytest.mark.parametrize("change", ["renamed", "missing", "one too many"])
def test_weights_with_wrong_names_are_refused_and_nothing_is_loaded(tmp_path: Path, change: str) -> None:
    encoder = build_encoder(SMALL)
    before = [w.copy() for w in encoder.get_weights()]
    arrays = {v.path: np.ones(v.shape, np.float16) for v in encoder.weights}
    name = encoder.weights[0].path
    if change != "one too many":
        value = arrays.pop(name)
    if change != "missing":
        arrays["another/name"] = value if change == "renamed" else np.ones(1, np.float16)
    save_file(arrays, tmp_path / "w.safetensors")
    with pytest.raises(KeyError, match="parameters differ"):
        load_weights(encoder, tmp_path / "w.safetensors")
    assert all(np.array_equal(a, b) for a, b in zip(before, encoder.get_weights(), strict=True))
