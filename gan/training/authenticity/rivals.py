"""Small networks that write, unlike the generator:

    python -m gan.training.authenticity.rivals --cache FOLDER --out FOLDER

So that the authenticity head meets more than one network's hand. Neither knows a text. One is recurrent and puts out a
single Gaussian; the other is convolutional (van den Oord et al. 2016) and puts out one of a list of offsets. They only
serve training: their weights, OUT/NAME.safetensors, do not ship.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan import backend
from gan.training.loop import Log, changed_settings, command_line, rate

RECURRENT, CONVOLUTIONAL = "recurrent", "convolutional"
#: Points that a network sees of what it wrote.
MEMORY = 128
#: Distances over which each convolution looks back.
DILATIONS = (1, 2, 4, 8, 16, 32)
#: Offsets are never larger, in deviations: what is beyond is a fault of the recording.
FAR = 15.0
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights. ``minutes`` are those of each network."""

    minutes: float = 6.0
    units: int = 256
    channels: int = 96
    #: Offsets in the list, of points inside strokes and of those after a lift.
    codes: tuple[int, int] = (256, 64)
    peak_rate: float = 2e-3
    warm_up: float = 0.03
    clip_norm: float = 1.0
    rows: int = 48
    steps: int = 256
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Rival:
    """A network that writes. ``codes`` (k, 3) are the points that it chooses from; None where it puts out a Gaussian.

    The first ``inside`` of them go on inside a stroke, the others begin one.
    ``network``: points (batch, steps, 3) → logits of codes, or a mixture of one component.
    """

    name: str
    network: Any
    codes: Floats | None
    inside: int


def build(name: str, settings: Settings) -> Any:
    """An untrained network."""
    import keras

    from gan.writing.mixture import outputs

    x = keras.Input((None, 3), name="points")
    if name == RECURRENT:
        h: Any = keras.layers.GRU(settings.units, return_sequences=True, name="gru")(x)
        return keras.Model(x, keras.layers.Dense(outputs(1), dtype="float32", name="output")(h), name=name)
    h = keras.layers.Dense(settings.channels, name="input")(x)
    for distance in DILATIONS:
        seen = keras.layers.LayerNormalization(name=f"norm_{distance}")(h)
        back = {"dilation_rate": distance, "padding": "causal", "activation": "gelu"}
        h += keras.layers.Conv1D(settings.channels, 3, name=f"convolution_{distance}", **back)(seen)
    return keras.Model(x, keras.layers.Dense(sum(settings.codes), dtype="float32", name="output")(h), name=name)


def offsets_listed(points: Sequence[Floats], settings: Settings) -> Floats:
    """A list (k, 3) of points that stands for all points (n, 3): centres of k-means, those after a lift apart."""
    from sklearn.cluster import MiniBatchKMeans

    generator = np.random.default_rng(settings.seed)
    found = []
    for after_lift, count in zip((False, True), settings.codes, strict=True):
        some = np.concatenate([p[_lifted(p) == after_lift] for p in points])
        some = some[generator.permutation(len(some))[: 200 * count]]
        # The end of a stroke is as far from its middle as any two points are.
        means = MiniBatchKMeans(count, random_state=settings.seed, n_init=1, batch_size=2048)
        centres = means.fit(some * [1, 1, 10]).cluster_centers_ / [1, 1, 10]
        centres[:, 2] = centres[:, 2] > 0.5
        found.append(centres)
    return np.concatenate(found).astype(np.float32)


def _lifted(points: Floats) -> NDArray[np.bool_]:
    """(n,) whether a stroke begins at a point."""
    return np.concatenate([[False], points[:-1, 2] > 0.5])


def coded(points: Floats, codes: Floats, parts: tuple[int, int]) -> NDArray[np.int64]:
    """(n,) number in the list of what is nearest to each point, of those that may come there."""
    weighted = codes * [1, 1, 10]
    far = ((points[:, None] * [1, 1, 10] - weighted[None]) ** 2).sum(axis=-1)
    allowed = (np.arange(len(codes)) >= parts[0])[None] == _lifted(points)[:, None]
    return np.asarray(np.where(allowed, far, np.inf).argmin(axis=1))


def crops(
    lines: Sequence[tuple[Floats, Any]], settings: Settings, random: np.random.Generator
) -> Iterator[tuple[Floats, Any, Floats]]:
    """Endless batches: inputs (rows, steps, 3), what comes next, mask (rows, steps); each line with its targets."""
    while True:
        x = np.zeros((settings.rows, settings.steps, 3), np.float32)
        y = np.zeros((settings.rows, settings.steps, *lines[0][1].shape[1:]), lines[0][1].dtype)
        mask = np.zeros((settings.rows, settings.steps), np.float32)
        for row, index in enumerate(random.integers(len(lines), size=settings.rows)):
            points, target = lines[index]
            first = int(random.integers(0, max(len(points) - settings.steps // 2, 1)))
            count = min(len(points) - first, settings.steps)
            before = np.zeros((1, 3), np.float32) if first == 0 else points[first - 1 : first]
            x[row, :count] = np.concatenate([before, points[first : first + count - 1]])
            y[row, :count], mask[row, :count] = target[first : first + count], 1
        yield x, y, mask


def train(
    name: str, points: Sequence[Floats], settings: Settings, log: Log, clock: Callable[[], float] = time.monotonic
) -> Rival:
    """A trained network, from lines of points (n, 3)."""
    import keras

    from gan.writing.mixture import log_likelihood

    codes = offsets_listed(points, settings) if name == CONVOLUTIONAL else None
    lines: list[tuple[Floats, Any]] = [(p, p) for p in points]
    if codes is not None:
        numbers = [coded(p, codes, settings.codes) for p in points]
        lines = [(codes[one], one) for one in numbers]
    network = build(name, settings)
    optimizer = keras.optimizers.Adam(settings.peak_rate, global_clipnorm=settings.clip_norm)

    def loss(target: Any, y: Any) -> Any:
        if codes is None:
            return -log_likelihood(y, target, 1)
        return keras.losses.sparse_categorical_crossentropy(target, y, from_logits=True)

    network.compile(optimizer=optimizer, loss=loss, jit_compile="auto")
    begin = reported = clock()
    losses = []
    for x, y, mask in crops(lines, settings, np.random.default_rng(settings.seed)):
        spent = (clock() - begin) / 60
        if spent >= settings.minutes:
            break
        optimizer.learning_rate = rate(spent / settings.minutes, settings.peak_rate, settings.warm_up)
        losses.append(float(network.train_on_batch(x, y, sample_weight=mask)))
        if clock() - reported > 60:
            log.write(network=name, minutes=round(spent, 1), loss=round(float(np.mean(losses)), 4))
            losses, reported = [], clock()
    return Rival(name, network, codes, settings.codes[0])


def write(rival: Rival, count: int, length: int, freedom: float, random: np.random.Generator) -> list[Floats]:
    """``count`` lines of ``length`` points: offsets in deviations, and the end of a stroke.

    ``freedom`` multiplies deviations, and the temperature of a choice; 1 writes as the network learnt, near 0 it writes
    what is likeliest.
    """
    import keras

    points = np.zeros((count, length + 1, 3), np.float32)
    lifted = np.zeros(count, bool)
    for step in range(length):
        seen = points[:, max(step + 1 - MEMORY, 0) : step + 1]
        y = keras.ops.convert_to_numpy(rival.network(seen, training=False))[:, -1].astype(float)
        if rival.codes is None:
            points[:, step + 1] = _gaussian(y, freedom, random)
        else:
            inside = np.arange(len(rival.codes)) < rival.inside
            logits = np.where(inside[None] == lifted[:, None], -np.inf, y / freedom)
            points[:, step + 1] = rival.codes[(logits + random.gumbel(size=logits.shape)).argmax(axis=1)]
        lifted = points[:, step + 1, 2] > 0.5
    return list(points[:, 1:])


def _gaussian(y: NDArray[Any], freedom: float, random: np.random.Generator) -> NDArray[Any]:
    """(batch, 3) points drawn from a mixture's output (batch, 7) of one component; see ``mixture.split``."""
    deviation = np.exp(np.clip(y[:, 4:6], -8, 2)) * freedom
    z = random.standard_normal((len(y), 2))
    rho = np.tanh(y[:, 6])
    z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    ends = random.random(len(y)) < 1 / (1 + np.exp(-y[:, 0]))
    return np.column_stack([np.clip(y[:, 2:4] + deviation * z, -FAR, FAR), ends])


def save(rival: Rival, settings: Settings, out: Path) -> None:
    """Write the weights, with all that it takes to load them."""
    from gan.judging.discriminator import save_weights

    codes = [] if rival.codes is None else rival.codes.tolist()
    save_weights(rival.network, out / f"{rival.name}.safetensors", {"settings": asdict(settings), "codes": codes})


def load(folder: Path) -> list[Rival]:
    """The rivals of a folder."""
    from safetensors import safe_open

    from gan.judging.discriminator import load_weights

    found = []
    for name in (RECURRENT, CONVOLUTIONAL):
        path = folder / f"{name}.safetensors"
        with safe_open(path, "numpy") as file:
            card = json.loads(file.metadata()["card"])
        stored = card["settings"]
        settings = Settings(**stored | {"codes": tuple(stored["codes"])})
        network = build(name, settings)
        load_weights(network, path)
        codes = np.array(card["codes"], np.float32) if card["codes"] else None
        found.append(Rival(name, network, codes, settings.codes[0]))
    return found


def main(arguments: list[str] | None = None) -> None:
    """Train both, one after the other."""
    options = command_line(__doc__, "torch").parse_args(arguments)
    backend.choose(options.backend, options.precision)
    from gan.training import generator

    settings = Settings(**changed_settings(options))
    lines, _, _ = generator.load_lines(options.cache, generator.Settings())
    points = [np.clip(line.points, [-FAR, -FAR, 0], [FAR, FAR, 1]).astype(np.float32) for line in lines]
    options.out.mkdir(parents=True, exist_ok=True)
    for name in (RECURRENT, CONVOLUTIONAL):
        if not (options.out / f"{name}.safetensors").is_file():
            save(train(name, points, settings, Log(options.out / "rivals.csv")), settings, options.out)


if __name__ == "__main__":
    main()
