"""Train the generator:  python -m gan.training.generator --cache FOLDER --out FOLDER --minutes 40

Needs NumPy, Keras with one backend, safetensors, and the cached IAM-OnDB that ``cli.py data cache`` makes. Trained on
the lines of ``trainset`` and ``testset_t`` that have a text, forms without a writer included; the weights with the best
log-loss on ``testset_v`` are kept. Interrupted and started again with the same command, it goes on.
With PyTorch on a processor, ``--processes`` for each core is the fastest; each then takes ``batch`` lines at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from gan import backend
from gan.training import processes
from gan.training.loop import Log, changed_settings, command_line, load_checkpoint, rate, save_checkpoint
from gan.training.noise import WeightNoise
from gan.training.presets import PRESETS
from gan.writing.alphabet import encode
from gan.writing.lines import Array, Line, joined, padded, stretched
from gan.writing.priming import Hand, ends, offsets, typical_hand

if TYPE_CHECKING:
    from gan.writing.generator import GeneratorConfig


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 40.0
    peak_rate: float = 1.5e-3
    warm_up: float = 0.03
    #: Limit of the norm of the whole gradient, 0 for none; and the paper's limits of single derivatives.
    clip_norm: float = 1.0
    limit_derivatives: bool = False
    #: Share of each layer's outputs that is dropped; deviation of what is added to the offsets it sees, and to weights,
    #: and whether each weight then learns its own (``noise.WeightNoise``).
    dropout: float = 0.0
    input_noise: float = 0.0
    weight_noise: float = 0.0
    adaptive_noise: bool = False
    batch: int = 64
    #: Steps after which back-propagation is cut, with the state carried on; 0 for whole lines.
    truncate: int = 0
    #: Points of each line that are trained on, 0 for all. A window that is not told where it is learns to follow the
    #: text from the starts of lines, where it cannot be far off; longer ones come after.
    first_points: int = 0
    #: Share of the lines that are read with another one of their writer (or form) set right of them, as a prime is, up
    #: to so many points; and deviation of a random shear and of the logarithms of random sizes in x and y.
    joined: float = 0.0
    most_joined: int = 1500
    stretch: float = 0.0
    #: Lines with more points, or with an offset beyond so many standard deviations, are not trained on.
    most_points: int = 1200
    far: float = 25.0
    layers: int = 3
    units: int = 400
    text: bool = True
    normalised: bool = False
    head: Literal["mixture", "point"] = "mixture"
    seed: int = 1


def load_lines(cache: Path, settings: Settings, unseen: str = "testset_v") -> tuple[list[Line], list[Line], Hand]:
    """Lines to train on, those of an ``unseen`` split unfiltered, and what the ink of ``trainset`` is like.

    The deviations are taken over ``trainset`` without lines that hold a recording fault: an offset of more than a
    hundred times the median size of its own line's offsets. Raises MissingResourceError where the cache is missing.
    """
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(f"{cache}/iam-ondb.fkcache", "it is missing.", "Run `python cli.py data cache`.")
    rows: dict[str, list[Line]] = {"train": [], "valid": []}
    scale_from, hands = [], []
    for sample in loaded[0]:
        use = {"trainset": "train", "testset_t": "train", unseen: "valid"}.get(sample.split or "")
        if not use or not sample.text:
            continue
        strokes = list(sample.ink.strokes())
        points, text = offsets(strokes, (1.0, 1.0)), encode(sample.text)
        size = np.hypot(points[:, 0], points[:, 1])
        by = sample.writer or str(sample.form)
        rows[use].append(Line(points, text, by, ends(strokes)) if settings.joined else Line(points, text, by))
        sound = len(points) > 1 and size.max() <= 100 * max(float(np.median(size[1:])), 1e-9)
        if sound and sample.split == "trainset":
            scale_from.append(points[:, :2])
            if sample.ink.channels[:3] == ("x", "y", "t"):
                hands.append(strokes)
    scale = np.concatenate(scale_from).std(axis=0)

    def lines(use: str) -> list[Line]:
        return [
            replace(
                line,
                points=(line.points / [*scale, 1.0]).astype(np.float32),
                ends=((line.ends[0] / scale).astype(np.float32), (line.ends[1] / scale).astype(np.float32)),
            )
            for line in rows[use]
        ]

    training = [
        replace(line, points=line.points[: settings.first_points or None])
        for line in lines("train")
        if 20 <= len(line.points) <= settings.most_points and np.abs(line.points[:, :2]).max() <= settings.far
    ]
    return training, lines("valid"), typical_hand(hands, (float(scale[0]), float(scale[1])))


def _with_partners(lines: list[Line], settings: Settings, random: np.random.Generator) -> list[Line]:
    """The lines, some of them joined with another one by the same hand."""
    if not settings.joined:
        return lines
    hands: dict[str, list[Line]] = {}
    for line in lines:
        hands.setdefault(line.by, []).append(line)
    found = []
    for line in lines:
        room = settings.most_joined - len(line.points)
        fitting = [other for other in hands[line.by] if other is not line and len(other.points) <= room]
        pair = bool(fitting) and random.random() < settings.joined
        found.append(joined(line, fitting[random.integers(len(fitting))]) if pair else line)
    return found


def batches(lines: list[Line], settings: Settings, seed: int) -> Iterator[list[Line]]:
    """Endless batches of lines of like length, in random order; each process has lines of its own, as long."""
    generator = np.random.default_rng(seed)
    number, count = processes.place()
    size, alone = settings.batch * count, lines
    while True:
        lines = _with_partners(alone, settings, generator)
        # Sorted within large random heaps: little padding, and other neighbours in every epoch.
        order = generator.permutation(len(lines))
        heaps = np.array_split(order, max(len(lines) // (size * 16), 1))
        groups = []
        for heap in heaps:
            heap = heap[np.argsort([len(lines[i].points) for i in heap], kind="stable")]
            groups += [heap[start : start + size] for start in range(0, len(heap) - size + 1, size)]
        for index in generator.permutation(len(groups)):
            yield [stretched(lines[i], generator, settings.stretch) for i in groups[index][number::count]]


def pieces(groups: Iterator[list[Line]], steps: int) -> Iterator[tuple[bool, tuple[Array, Array, Array, Array]]]:
    """Batches cut into pieces of so many steps, 0 for whole ones, each with whether its lines begin with it."""
    for group in groups:
        inputs, text, target, mask = padded(group)
        length = steps or inputs.shape[1]
        for start in range(0, inputs.shape[1], length):
            part = slice(start, start + length)
            yield start == 0, (inputs[:, part], text, target[:, part], mask[:, part])


def log_loss(network: Any, lines: list[Line], config: GeneratorConfig, size: int = 64) -> float:
    """Mean of what lines cost (``gan.writing.generator.loss``), nats per line; the processes share the work."""
    from keras import ops

    from gan.writing.generator import loss

    order = np.argsort([len(line.points) for line in lines], kind="stable")
    number, count = processes.place()
    total = 0.0
    for start in range(number * size, len(order), count * size):
        points, text, target, mask = padded([lines[i] for i in order[start : start + size]])
        y = network.predict_on_batch([points, text] if len(network.inputs) > 1 else points)
        y, target = ops.convert_to_tensor(y), ops.convert_to_tensor(target)
        total += float(ops.sum(loss(config, y, target) * mask))
    return float(processes.mean(np.array([total * count]))[0]) / len(lines)


def build_trainer(network: Any, config: GeneratorConfig, settings: Settings, noise: WeightNoise | None = None) -> None:
    """Compile the network: mean loss per step, Adam, clipped by the norm of the whole gradient.

    Cut lines are as if they had ``truncate`` steps in every piece: the few points of a last piece count no more than
    others.
    """
    import keras
    from keras import ops

    from gan.writing.generator import loss

    def per_step(target: Any, y: Any) -> Any:
        mask = target[..., 3]
        every = ops.ones_like(mask)
        steps = settings.truncate * ops.sum(every[:, 0]) if settings.truncate else ops.sum(every)
        return ops.sum(loss(config, y, target[..., :3]) * mask) / steps

    class SharedAdam(keras.optimizers.Adam):
        """Adam on the gradients of all processes, and on the deviations of the weights' noise where they are learnt."""

        def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
            if noise:
                grads = noise.complete(grads)
                trainable_variables = [*trainable_variables, *noise.log_deviations]
            return super().apply(processes.averaged(grads), trainable_variables)

    network.compile(
        optimizer=SharedAdam(settings.peak_rate, global_clipnorm=settings.clip_norm or None),
        loss=per_step,
        jit_compile="auto",
    )
    network.optimizer.build([*network.trainable_variables, *(noise.log_deviations if noise else ())])


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the best weights are in OUT/generator.safetensors all along."""
    parser = command_line(__doc__, "torch")
    parser.add_argument("--preset", choices=sorted(PRESETS), help="settings of a known network; --settings change them")
    parser.add_argument("--start", type=Path, help="weights to start from (another run's safetensors)")
    parser.add_argument("--processes", type=int, default=1, help="PyTorch only: processes that share the training")
    options = parser.parse_args(arguments)
    settings = Settings(**(PRESETS.get(options.preset, {}) | changed_settings(options)))
    if settings.joined and settings.first_points:
        parser.error("starts of lines (first_points) cannot be joined")
    if options.processes > 1 and options.backend != "torch":
        parser.error("--processes needs --backend torch")
    if settings.adaptive_noise and (options.backend == "jax" or not settings.weight_noise):
        parser.error("adaptive_noise needs a weight_noise to start from, and --backend torch or tensorflow")
    rest = (settings, options.cache, options.out, options.start)
    processes.spread(options.processes, _start, options.backend, options.precision, *rest)


def _start(backend_name: str, precision: str, settings: Settings, cache: Path, out: Path, start: Path | None) -> None:
    backend.choose(backend_name, precision)
    run(settings, cache, out, start)


def run(
    settings: Settings,
    cache: Path,
    out: Path,
    start: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds, from the weights in ``start`` if given;
    see ``main``."""
    import keras

    from gan.cells import PeepholeLstm
    from gan.judging.discriminator import load_weights, save_weights
    from gan.writing.generator import GeneratorConfig, build_generator

    keras.utils.set_random_seed(settings.seed)
    training, validation, hand = load_lines(cache, settings)
    out.mkdir(parents=True, exist_ok=True)
    config = GeneratorConfig(
        layers=settings.layers,
        units=settings.units,
        text=settings.text,
        normalised=settings.normalised,
        head=settings.head,
    )
    carried = settings.batch if settings.truncate else 0
    network = build_generator(config, settings.dropout, settings.limit_derivatives, carried)
    noise = None
    if settings.weight_noise:
        seen = sum(len(line.points) for line in training)
        noise = WeightNoise(network.trainable_variables, settings.weight_noise, settings.adaptive_noise, seen)
    build_trainer(network, config, settings, noise)
    if start is not None:
        load_weights(network, start)
    spent, step, best = 0.0, 0, np.inf
    everything = [*network.variables, *network.optimizer.variables, *(noise.log_deviations if noise else ())]
    if found := load_checkpoint(out / "checkpoint"):
        arrays, state = found
        spent, step, best = state["seconds"], state["step"], state["best"]
        for index, variable in enumerate(everything):
            variable.assign(arrays[f"v{index}"])
    log = Log(out / "log.csv")
    first = processes.place()[0] == 0
    if first:
        print(f"{len(training)} lines, {len(validation)} to validate, {network.count_params()} parameters", flush=True)
    begin = clock() - spent
    reported = saved = spent
    nats = points = 0.0

    def report(spent: float, **found: float) -> None:
        row = dict.fromkeys(("loss", "points_a_minute", "nats_a_line"), "") | found
        log.write(minutes=round(spent / 60, 1), left=round(settings.minutes - spent / 60, 1), step=step, **row)

    def keep(spent: float) -> None:
        """Log the log-loss on ``testset_v``, keep the weights if it is the best so far, and write a checkpoint."""
        nonlocal best
        a_line = log_loss(network, validation, config)
        if not first:
            return
        report(spent, nats_a_line=round(a_line, 1))
        if a_line < best:
            best = a_line
            card: dict[str, Any] = {"settings": asdict(settings), "config": asdict(config), "hand": asdict(hand)}
            save_weights(network, out / "generator.safetensors", card | {"nats": a_line, "step": step})
        arrays = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(everything)}
        save_checkpoint(out / "checkpoint", arrays, {"seconds": spent, "step": step, "best": best})

    random = np.random.default_rng((settings.seed, step, processes.place()[0]))
    groups = batches(training, settings, settings.seed + step)
    for begins, (inputs, text, target, mask) in pieces(groups, settings.truncate):
        if begins:
            for layer in network.layers:
                if isinstance(layer, PeepholeLstm):
                    layer.forget()
        network.optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        if settings.input_noise:
            inputs[..., :2] += random.normal(0, settings.input_noise, inputs[..., :2].shape)
        given = [inputs, text] if settings.text else inputs
        if noise:
            # The same for all pieces of a line, whose state goes on.
            noise.add(random, fresh=begins)
        loss = float(network.train_on_batch(given, np.concatenate([target, mask[..., None]], axis=-1)))
        if noise:
            noise.remove()
        # The processes agree on the time, so that they report, save and end at one step.
        total = loss * len(mask) * (settings.truncate or mask.shape[1])
        spent, total, seen = processes.mean(np.array([clock() - begin, total, mask.sum()])).tolist()
        nats, points = nats + total, points + seen
        step += 1
        if spent - reported > 60:
            if first:
                a_minute = round(60 * points * processes.place()[1] / (spent - reported))
                report(spent, loss=round(nats / points, 4), points_a_minute=a_minute)
            nats, points, reported = 0.0, 0.0, spent
        if spent >= 60 * settings.minutes:
            break
        if spent - saved > 900:
            keep(spent)
            saved = spent
            # Its time is not that of the points.
            nats, points, reported = 0.0, 0.0, processes.mean(np.array([clock() - begin])).item()
    keep(spent)


if __name__ == "__main__":
    main()
