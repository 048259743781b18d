"""Train a pair that draws characters:  python cli.py train image-gan --data FOLDER --out FOLDER

The folder is one that ``datasets.images.sets`` reads. Both sides take a step in turn, of their own loss. The
generator's averaged weights are in OUT/generator.safetensors all along. Every step's random numbers come from the seed
and its number alone, so a run that was interrupted and is started again with the same command goes on as if it had not
been. TensorFlow with TF_ENABLE_ONEDNN_OPTS=1 and --precision mixed_bfloat16 is the fastest on a processor: on these
small networks PyTorch spends most of its time between the layers.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.images.sets import CharacterSet, Images, load_images
from gan import backend
from gan.images.configuration import PairConfig
from gan.images.weights import read_weights, save_weights
from gan.training.loop import Log, load_checkpoint, save_checkpoint

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data and the pair; stored with the weights."""

    steps: int = 6_000
    batch: int = 64
    generator_rate: float = 5e-4
    discriminator_rate: float = 5e-4
    #: Adam's memory of the mean and of the square of the derivatives.
    memory: tuple[float, float] = (0.5, 0.99)
    average: float = 0.998
    #: Weight of the classes in the generator's loss: with more, it draws what nobody could mistake, and little else.
    of_class: float = 1.0
    #: Varied drawings of each pen trajectory; and of each class at most so many images, 0 for all.
    variants: int = 0
    per_class: int = 0
    seed: int = 1


#: Steps between two rows of the log, and between two checkpoints.
LOGGED, SAVED = 100, 250


class Pair:
    """Both networks, each compiled with its own optimizer; ``game`` is the generator seen through the discriminator.

    ``average`` holds the generator's averaged weights.
    """

    def __init__(self, config: PairConfig, settings: Settings) -> None:
        import keras

        from gan.images.networks import build_discriminator, build_generator

        keras.utils.set_random_seed(settings.seed)
        self.config, self.settings = config, settings
        self.generator, self.discriminator = build_generator(config), build_discriminator(config)
        self.game = keras.Model(
            self.generator.inputs, self.discriminator([self.generator.output, *self.generator.inputs[1:]])
        )
        for network, rate, of_class in (
            (self.discriminator, settings.discriminator_rate, 1.0),
            (self.game, settings.generator_rate, settings.of_class),
        ):
            self.discriminator.trainable = network is self.discriminator
            optimizer = keras.optimizers.Adam(rate, *settings.memory)
            metrics = [_judged_right("real", 1), _judged_right("generated", 0)]
            network.compile(optimizer, _loss(of_class), metrics=metrics, jit_compile=False)
            optimizer.build(network.trainable_variables)
        self.average = [np.array(w) for w in self.generator.get_weights()]
        self._sorted: Any = None
        self._draw = backend.compiled(lambda *inputs: self.generator(list(inputs), training=True))

    def variables(self) -> list[Any]:
        """All that a checkpoint has to hold beside the averages."""
        networks = [*self.generator.variables, *self.discriminator.variables]
        return networks + [v for n in (self.discriminator, self.game) for v in n.optimizer.variables]

    def step(self, real: Images, number: int) -> dict[str, float]:
        """Step ``number`` of either side; both losses and hit rates.

        The discriminator hits where it takes a real image for real or a generated one for generated; the generator
        (``fooled``), where its new image is then taken for real.
        """
        size, classes = self.settings.batch, len(self.config.characters)
        random = np.random.default_rng([self.settings.seed, number])
        # All classes alike, however many images there are of each.
        meant = random.integers(0, classes, size)
        rows = self._rows(real, meant, random)
        told = random.integers(0, classes, size)
        fake = backend.as_numpy(self._draw(*self._inputs(told, random)))
        images = np.concatenate([scaled(real.images[rows]), fake])
        labels = [np.concatenate([meant, told]).astype(np.int32)] if self.config.kind == "conditional" else []
        truth = self._truth(np.repeat([1, 0], size), np.concatenate([meant, told]))
        self.discriminator.trainable = True
        of_discriminator = self.discriminator.train_on_batch([images, *labels], truth)
        self.discriminator.trainable = False
        told = random.integers(0, classes, size)
        of_generator = self.game.train_on_batch(self._inputs(told, random), self._truth(np.ones(size), told))
        # A short memory at the start, when the weights are still far from where they will be.
        share = min(self.settings.average, 1 - 10 / (number + 10))
        for average, weights in zip(self.average, self.generator.get_weights(), strict=True):
            average += (1 - share) * (weights - average)
        names = "loss_discriminator", "hits_real", "hits_generated", "loss_generator", "fooled"
        values = (float(value) for value in (*of_discriminator, *of_generator[:2]))
        return dict(zip(names, values, strict=True))

    def _rows(self, real: Images, labels: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        """A row of the images for each of these classes."""
        if self._sorted is None:
            order = np.argsort(real.labels, kind="stable")
            self._sorted = order, np.searchsorted(real.labels[order], np.arange(len(self.config.characters) + 1))
        order, starts = self._sorted
        return order[random.integers(starts[labels], starts[labels + 1])]

    def _inputs(self, labels: NDArray[np.int64], random: np.random.Generator) -> list[Any]:
        """What the generator is given for these classes; the plain one is not told them."""
        noise = random.standard_normal((len(labels), self.config.noise), np.float32)
        return [noise, labels.astype(np.int32)] if self.config.kind == "conditional" else [noise]

    def _truth(self, side: NDArray[Any], labels: NDArray[np.int64]) -> Array:
        """What the discriminator should say, as the loss wants it."""
        classes = len(self.config.characters) if self.config.kind == "conditional" else 0
        shown = labels[:, None] == np.arange(classes)
        return np.concatenate([side[:, None], shown], axis=1).astype(np.float32)


def scaled(images: NDArray[np.uint8]) -> Array:
    """8-bit images (n, 28, 28) as the networks see them: (n, 28, 28, 1), −1 for paper to 1 for ink."""
    return (images[..., None] / np.float32(127.5) - 1).astype(np.float32)


def _loss(of_class: float) -> Callable[[Any, Any], Any]:
    """Binary cross-entropy of the log odds, and of a conditional pair the cross-entropy of the classes beside it.

    Truths are (batch, 1 or 1 + classes): 1 for real or to be taken for real, 0 for generated; then the class, one-hot.
    The classes, times their weight, count for images of side 1 alone: the discriminator learns them from real ones.
    """
    from keras import ops

    def loss(truth: Any, heads: Any) -> Any:
        side, odds = truth[:, 0], heads[:, 0]
        found = ops.mean(ops.softplus(odds) - side * odds)
        if heads.shape[-1] == 1:
            return found
        missed = ops.logsumexp(heads[:, 1:], axis=1) - ops.sum(truth[:, 1:] * heads[:, 1:], axis=1)
        return found + of_class * ops.sum(missed * side) / ops.maximum(ops.sum(side), 1.0)

    return loss


def _judged_right(name: str, side: int) -> Callable[[Any, Any], Any]:
    """Metric: the share of the images of one side (1 for real) that are judged to be of it."""
    from keras import ops

    def judged_right(truth: Any, heads: Any) -> Any:
        of_side = ops.cast(truth[:, 0] == side, "float32")
        right = ops.cast((heads[:, 0] > 0) == bool(side), "float32")
        return ops.sum(of_side * right) / ops.maximum(ops.sum(of_side), 1.0)

    judged_right.__name__ = name
    return judged_right


def start_from(pair: Pair, folder: Path) -> None:
    """Weights of another run's pair: of a class that it lacks, the other case's; where it has neither, as they were.

    Raises MissingResourceError where there are none.
    """
    for network, name in ((pair.generator, "generator"), (pair.discriminator, "discriminator")):
        arrays, card = read_weights(folder / f"{name}.safetensors")
        theirs = str(card["config"]["characters"])
        places = [max(theirs.find(c), theirs.find(c.swapcase())) for c in pair.config.characters]
        known = [place for place in places if place >= 0]
        for variable in network.weights:
            array, value = arrays[variable.path], np.array(variable)
            if array.shape == value.shape:
                value = array
            else:
                # The one axis that differs is that of the classes.
                axis = int(np.flatnonzero(np.array(array.shape) != value.shape)[0])
                np.moveaxis(value, axis, 0)[np.array(places) >= 0] = np.moveaxis(array, axis, 0)[known]
            variable.assign(value)
    pair.average = [np.array(w) for w in pair.generator.get_weights()]


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training."""
    parser = argparse.ArgumentParser(
        prog="image-gan", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of IDX images, or of char74k.json.xz")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, log and weights")
    parser.add_argument("--kind", default="conditional", choices=("conditional", "plain"))
    parser.add_argument("--settings", type=Path, help="JSON with fields of Settings that differ from the defaults")
    parser.add_argument("--steps", type=int, help="steps in all, over all starts")
    parser.add_argument("--start", type=Path, help="OUT of another run, whose weights to start from")
    parser.add_argument("--backend", default="tensorflow", choices=("tensorflow", "torch"))
    parser.add_argument("--precision", default="float32", choices=("float32", "mixed_bfloat16"))
    options = parser.parse_args(arguments)
    changes = json.loads(options.settings.read_text()) if options.settings else {}
    settings = replace(Settings(), **changes, **({"steps": options.steps} if options.steps else {}))
    data = load_images(options.data, settings.variants)
    backend.choose(options.backend, options.precision)
    config = PairConfig(data.characters, options.kind, 100 if options.kind == "plain" else 32)
    run(config, settings, data, options.out, options.start)


def run(config: PairConfig, settings: Settings, data: CharacterSet, out: Path, start: Path | None = None) -> None:
    """Train for ``settings.steps`` in all; see ``main``. Raises ArgumentsError where a class has no image."""
    real = data.train
    if missing := set(range(len(config.characters))) - set(real.labels.tolist()):
        raise ArgumentsError("--data", f"there is no image of {config.characters[min(missing)]!r} to train on.")
    if settings.per_class:
        real = real.per_class(settings.per_class, np.random.default_rng(settings.seed))
    out.mkdir(parents=True, exist_ok=True)
    pair, number = Pair(config, settings), 0
    variables = pair.variables()
    if found := load_checkpoint(out / "checkpoint"):
        arrays, state = found
        number = state["step"]
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"v{index}"])
        pair.average = [arrays[f"a{index}"] for index in range(len(pair.average))]
    elif start is not None:
        start_from(pair, start)
    log, begin = Log(out / "log.csv"), time.monotonic()
    rows: list[dict[str, float]] = []
    print(f"{len(real)} images, {pair.generator.count_params()} parameters of the generator", flush=True)
    while number < settings.steps:
        number += 1
        rows.append(pair.step(real, number))
        if number % LOGGED == 0 or number == settings.steps:
            means = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
            log.write(step=number, seconds=round(time.monotonic() - begin), **means)
            rows = []
        if number % SAVED == 0 or number == settings.steps:
            _keep(pair, variables, number, out)


def _keep(pair: Pair, variables: list[Any], number: int, out: Path) -> None:
    """Write a checkpoint and both networks' weights, the generator's averaged.

    Raises FloatingPointError where a weight is no number any more; the checkpoint before stays.
    """
    if not all(np.isfinite(weights).all() for weights in pair.average):
        raise FloatingPointError("the weights are not numbers any more; start again from the last checkpoint")
    arrays = {f"v{i}": backend.as_numpy(v) for i, v in enumerate(variables)}
    arrays |= {f"a{i}": a for i, a in enumerate(pair.average)}
    save_checkpoint(out / "checkpoint", arrays, {"step": number})
    card = {"config": asdict(pair.config), "settings": asdict(pair.settings), "step": number}
    own = pair.generator.get_weights()
    pair.generator.set_weights(pair.average)
    save_weights(pair.generator, out / "generator.safetensors", card)
    pair.generator.set_weights(own)
    save_weights(pair.discriminator, out / "discriminator.safetensors", card)


if __name__ == "__main__":
    main()
