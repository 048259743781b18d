"""Train the text network:  python -m gan.training.text_network --cache FOLDER --out FOLDER --minutes 30

Needs NumPy, Keras with one backend, safetensors, and the cached IAM-OnDB that ``cli.py data cache`` makes. A text is
that of a form, line after line. Trained on the forms of ``trainset``, without those that share a run of letters with
``testset_f``; the weights with the fewest bits on ``testset_t`` and ``testset_v`` are kept. Interrupted and started
again with the same command, it goes on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from gan import backend
from gan.training.loop import Log, changed_settings, command_line, load_checkpoint, rate, save_checkpoint
from gan.training.noise import WeightNoise
from gan.writing.random_text import SYMBOLS

Part = Literal["training", "selection", "test"]
#: Use of each split; and the letters in a row that two texts must share to count as the same.
PARTS: dict[str, Part] = {
    "trainset": "training",
    "testset_t": "selection",
    "testset_v": "selection",
    "testset_f": "test",
}
RUN = 20


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 30.0
    peak_rate: float = 3e-3
    warm_up: float = 0.03
    clip_norm: float = 1.0
    batch: int = 32
    #: Lines in a row that are trained on at a time, from a random one of the form on; 0 for all of a form.
    lines: int = 0
    #: Share of each layer's outputs that is dropped; deviation of the noise on all weights; what AdamW takes off them.
    dropout: float = 0.4
    weight_noise: float = 0.0
    weight_decay: float = 0.0
    #: Share of the symbols seen that are replaced by others, drawn by their frequency (Xie et al. 2017, 1703.02573).
    replaced: float = 0.1
    #: Weight of the past in the running mean of the weights, which is what is kept.
    past: float = 0.998
    layers: int = 1
    units: int = 256
    seed: int = 1


def load_texts(cache: Path) -> tuple[dict[Part, list[str]], dict[Part, int]]:
    """Texts of forms of each part, each line with its end; and how many forms of it were left out.

    Left out: forms of training that share ``RUN`` letters in a row with one of the test part, and forms of selection
    that share them with one of training or test. Raises MissingResourceError where the cache is missing.
    """
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(f"{cache}/iam-ondb.fkcache", "it is missing.", "Run `python cli.py data cache`.")
    forms: dict[Part, dict[str, str]] = {part: {} for part in PARTS.values()}
    for sample in loaded[0]:
        line = " ".join((sample.text or "").split())
        if line and sample.split in PARTS:
            mine = forms[PARTS[sample.split]]
            mine[str(sample.form)] = mine.get(str(sample.form), "") + line + "\n"
    texts = {part: list(mine.values()) for part, mine in forms.items()}
    before = {part: len(mine) for part, mine in texts.items()}
    texts["training"] = without_shared(texts["training"], texts["test"])
    texts["selection"] = without_shared(texts["selection"], texts["training"] + texts["test"])
    return texts, {part: before[part] - len(mine) for part, mine in texts.items()}


def without_shared(texts: Sequence[str], others: Sequence[str]) -> list[str]:
    """The texts that share no ``RUN`` letters in a row with any of the others; case and all but a to z aside."""
    known = set().union(*map(_runs, others)) if others else set()
    return [text for text in texts if not _runs(text) & known]


def _runs(text: str) -> set[str]:
    letters = re.sub("[^a-z]", "", text.lower())
    return {letters[i : i + RUN] for i in range(len(letters) - RUN + 1)}


def numbers(text: str) -> NDArray[np.int64]:
    """Numbers (n,) of the symbols of a text."""
    return np.array([SYMBOLS.index(c) for c in text])


def batches(texts: list[str], settings: Settings, seed: int) -> Iterator[list[NDArray[np.int64]]]:
    """Endless batches of texts, or of lines in a row out of them, of like length and in random order."""
    random = np.random.default_rng(seed)
    size = min(settings.batch, len(texts))
    while True:
        whole = [numbers(piece) for text in texts for piece in _pieces(text, settings.lines, random)]
        # Lengths a little off, so that other texts come together in every epoch.
        order = np.argsort([len(text) * random.uniform(0.8, 1.25) for text in whole], kind="stable")
        groups = [order[start : start + size] for start in range(0, len(order) - size + 1, size)]
        for index in random.permutation(len(groups)):
            yield [whole[i] for i in groups[index]]


def _pieces(text: str, count: int, random: np.random.Generator) -> list[str]:
    """A text cut after every so many lines, the first time at random; whole for 0."""
    lines = text.splitlines(keepends=True)
    first = int(random.integers(1, count + 1)) if count else len(lines)
    cuts = [0, *range(first, len(lines), count or 1), len(lines)]
    return ["".join(lines[start:end]) for start, end in pairwise(cuts) if start < end]


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the best weights are in OUT/text-network.safetensors all along."""
    options = command_line(__doc__, "torch").parse_args(arguments)
    backend.choose(options.backend, options.precision)
    run(Settings(**changed_settings(options)), options.cache, options.out)


def run(settings: Settings, cache: Path, out: Path, clock: Callable[[], float] = time.monotonic) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds; see ``main``."""
    import keras

    from gan.judging.discriminator import save_weights
    from gan.text_network import TextConfig, bits, build_text_network, cross_entropy, one_hot, padded

    keras.utils.set_random_seed(settings.seed)
    texts, left_out = load_texts(cache)
    training, selection = ([numbers(text) for text in texts[part]] for part in ("training", "selection"))
    characters = sum(map(len, selection))
    config = TextConfig(settings.layers, settings.units)
    network = build_text_network(config, settings.dropout)
    quiet = build_text_network(config)
    noise = WeightNoise(network.trainable_variables, settings.weight_noise, False, 1) if settings.weight_noise else None
    network.compile(
        optimizer=keras.optimizers.AdamW(
            settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=settings.clip_norm
        ),
        loss=lambda target, logits: cross_entropy(target, logits),
        jit_compile="auto",
    )
    network.optimizer.build(network.trainable_variables)
    averaged = [np.array(keras.ops.convert_to_numpy(v)) for v in network.trainable_variables]
    spent, step, best = 0.0, 0, np.inf
    everything = [*network.variables, *network.optimizer.variables]
    if found := load_checkpoint(out / "checkpoint"):
        arrays, state = found
        spent, step, best = state["seconds"], state["step"], state["best"]
        for index, variable in enumerate(everything):
            variable.assign(arrays[f"v{index}"])
        averaged = [arrays[f"a{index}"] for index in range(len(averaged))]
    out.mkdir(parents=True, exist_ok=True)
    log = Log(out / "log.csv")
    print(f"{len(training)} texts, {len(selection)} to choose by, left out {left_out}", flush=True)
    frequency = np.bincount(np.concatenate(training), minlength=len(SYMBOLS)) / sum(map(len, training))
    random = np.random.default_rng((settings.seed, step))
    begin, saved = clock() - spent, spent
    nats = seen_before = 0.0

    def keep(spent: float) -> None:
        """Log the bits on the selection part, keep the mean weights if they are the best, and write a checkpoint."""
        nonlocal best
        for variable, mean in zip(quiet.trainable_variables, averaged, strict=True):
            variable.assign(mean)
        found = float(bits(quiet, selection).sum()) / characters
        log.write(
            minutes=round(spent / 60, 1),
            step=step,
            training=round(nats / max(seen_before, 1) / np.log(2), 4),
            selection=round(found, 4),
        )
        if found < best:
            best = found
            card: dict[str, Any] = {"settings": asdict(settings), "config": asdict(config)}
            save_weights(quiet, out / "text-network.safetensors", card | {"bits": found, "step": step})
        stored = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(everything)}
        stored |= {f"a{i}": mean for i, mean in enumerate(averaged)}
        save_checkpoint(out / "checkpoint", stored, {"seconds": spent, "step": step, "best": best})

    for group in batches(texts["training"], settings, settings.seed + step):
        seen, after, mask = padded(group)
        network.optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        other = random.random(seen.shape) < settings.replaced
        seen[other] = random.choice(len(SYMBOLS), size=int(other.sum()), p=frequency)
        if noise:
            noise.add(random, fresh=True)
        loss = float(network.train_on_batch(one_hot(seen), one_hot(after) * mask[..., None], sample_weight=mask))
        if noise:
            noise.remove()
        step += 1
        past = min(settings.past, step / (step + 10))
        for mean, variable in zip(averaged, network.trainable_variables, strict=True):
            mean *= past
            mean += (1 - past) * keras.ops.convert_to_numpy(variable)
        nats, seen_before = nats + loss * mask.size, seen_before + float(mask.sum())
        spent = clock() - begin
        if spent >= 60 * settings.minutes:
            break
        if spent - saved > 120:
            keep(spent)
            saved, nats, seen_before = clock() - begin, 0.0, 0.0
    keep(spent)


if __name__ == "__main__":
    main()
