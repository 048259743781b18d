"""Writing without a text: the loop is the network, samples depend on seed and number only, a prime is gone on from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend

backend.choose()
from keras import ops  # noqa: E402

from gan.writing import sampling  # noqa: E402
from gan.writing.freely import ROWS, load_free, write_freely  # noqa: E402
from gan.writing.generator import GeneratorConfig, build_generator  # noqa: E402
from gan.writing.loops import (  # noqa: E402
    CHUNK,
    Generator,
    pick,
    random_numbers,
)
from gan.writing.priming import Hand  # noqa: E402

NOTHING = np.zeros((0, 3))


def made(head: str) -> Generator:
    config = GeneratorConfig(layers=2, units=10, components=3, text=False, head=head)  # type: ignore[arg-type]
    network = build_generator(config)
    random = np.random.default_rng(1)
    network.set_weights([w + 0.2 * random.normal(size=w.shape).astype(np.float32) for w in network.get_weights()])
    return Generator(network, config, Hand(30.0, 0.01, 0.2, (2.0, 3.0)))


@pytest.fixture(scope="module", params=["mixture", "point"])
def generator(request: pytest.FixtureRequest) -> Generator:
    return made(request.param)


def outputs_before(generator: Generator, points: np.ndarray) -> np.ndarray:
    """What the network puts out for each of these points, by its own layers."""
    before = np.concatenate([np.zeros((1, 3)), points[:-1]]).astype(np.float32)
    return np.asarray(generator.network.predict_on_batch(before[None]))[0]


def test_every_point_is_drawn_from_what_the_network_puts_out(generator: Generator) -> None:
    prime = np.random.default_rng(2).normal(size=(9, 3)).round(2)
    prime[:, 2] = [0, 0, 1] * 3
    (sample,) = write_freely(generator, [prime], 100, bias=0.4, seed=3, first=5)
    y = outputs_before(generator, np.concatenate([prime, sample]))[len(prime) :]
    random = np.random.default_rng((3, 5))
    noise = np.concatenate([random_numbers(random) for _ in range(-(-100 // CHUNK))])[:100]
    if generator.config.head == "point":
        ends = noise[:, 3] < 1 / (1 + np.exp(-y[:, 0]))
        expected = np.column_stack([y[:, 1:], ends])
    else:
        expected = np.asarray(pick(ops.convert_to_tensor(y), ops.convert_to_tensor(noise), 3, 0.4))
    assert np.allclose(sample, expected, atol=1e-3)


def test_a_sample_is_the_same_bit_for_bit_whatever_else_is_drawn(generator: Generator) -> None:
    together = write_freely(generator, [NOTHING] * (ROWS + 2), 70, seed=4)
    (first,) = write_freely(generator, [NOTHING], 70, seed=4)
    (last,) = write_freely(generator, [NOTHING], 70, seed=4, first=ROWS + 1)
    np.testing.assert_array_equal(first, together[0])
    np.testing.assert_array_equal(last, together[-1])
    longer = write_freely(generator, [NOTHING], 90, seed=4)[0]
    np.testing.assert_array_equal(longer[:70], first)


def test_samples_of_other_seeds_and_numbers_differ() -> None:
    generator = made("mixture")
    samples = [*write_freely(generator, [NOTHING] * 2, 20, seed=1), *write_freely(generator, [NOTHING], 20, seed=2)]
    assert len({sample.tobytes() for sample in samples}) == 3


@pytest.mark.parametrize(("points", "bias"), [(1, 0.0), (5_001, 0.0), (10, -1.0), (10, 11.0), (10, float("nan"))])
def test_points_and_bias_out_of_range_are_refused(points: int, bias: float) -> None:
    with pytest.raises(ArgumentsError, match="Give"):
        write_freely(made("mixture"), [NOTHING], points, bias)


def test_a_network_that_writes_a_text_cannot_write_freely(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="writes a text"):
        load_free(sampling.WEIGHTS)
    with pytest.raises(MissingResourceError, match="missing"):
        load_free(tmp_path / "none.safetensors")
