"""Train the authenticity head:  python -m gan.training.authenticity.networks --cache FOLDER --out FOLDER --minutes 40

Real lines of training people against lines that machines made of them (``machine_lines.py`` here, whose files
``training.fkcache`` and ``selection.fkcache`` in OUT are made where they are missing). Both sides pass devices drawn at
random (``datasets.devices``) and the mill alike. ``without`` in the settings leaves families of machines out, to
measure what is found of machines that were never seen. Interrupted and started again with the same command, it goes on
from the last checkpoint.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from datasets.cache import file_key, read_samples
from datasets.devices import Device, record
from datasets.forgers.settings import drawn
from gan import backend
from gan.features import FEATURES
from gan.training.augmentation import blanked
from gan.training.authenticity import machine_lines
from gan.training.authenticity.machine_lines import FAMILIES, PERSON
from gan.training.loop import Log, changed_settings, command_line, go_on, keep_all, rate

#: Length of a blanked run, steps.
BLANK_STEPS = 8
Floats = np.ndarray


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 40.0
    peak_rate: float = 2e-3
    warm_up: float = 0.03
    weight_decay: float = 1e-3
    clip_norm: float = 1.0
    average: float = 0.998
    #: Steps of a crop, with the number of crops of each part in a batch.
    crops: tuple[tuple[int, int], ...] = ((128, 64), (256, 32), (384, 24))
    #: Chance that a crop is a person's; the rest is shared by all methods alike.
    person: float = 0.5
    #: Chance that a line passes another device before the mill, and how often each line is milled.
    devices: float = 0.7
    versions: int = 1
    blanked: float = 0.04
    #: Families of machines that are left out.
    without: tuple[str, ...] = ()
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Seen:
    """A line as the parts see it: ``features`` of each part (steps, FEATURES), float16."""

    family: str
    method: str
    person: str
    features: tuple[Floats, Floats]


def load_seen(lines: Path, known: Path, devices: float, versions: int, seed: int = 0) -> list[Seen]:
    """The lines of a file, milled ``versions`` times, through another device at a chance of ``devices``.

    ``known`` keeps what was made, and is made again where lines or arguments are others. Lines that cannot be milled
    are left out.
    """
    from gan.judging.machine_features import PARTS, features_of

    key = f"{file_key(lines)} {devices} {versions} {seed}"
    if known.is_file():
        with np.load(known, allow_pickle=False) as stored:
            if str(stored["key"]) == key:
                return _unpacked(stored)
    loaded = read_samples(lines)
    assert loaded is not None  # main has made it
    generator = np.random.default_rng(seed)
    found = []
    for sample in loaded[0] * versions:
        try:
            ink = sample.ink
            if generator.random() < devices:
                ink = record(ink, drawn(Device, generator), generator)
            both = tuple(features_of(ink, part, generator).astype(np.float16) for part in PARTS)
        except ValueError:
            continue
        found.append(Seen(str(sample.split), str(sample.device), str(sample.writer), (both[0], both[1])))
    np.savez(
        known,
        key=key,
        names=np.array([[one.family, one.method, one.person] for one in found]),
        steps=np.array([[len(part) for part in one.features] for one in found]),
        movement=np.concatenate([one.features[0] for one in found]),
        shape=np.concatenate([one.features[1] for one in found]),
    )
    return found


def _unpacked(stored: Any) -> list[Seen]:
    ends = np.cumsum(stored["steps"], axis=0)[:-1]
    parts = [np.split(stored[name], ends[:, number]) for number, name in enumerate(("movement", "shape"))]
    return [
        Seen(str(family), str(method), str(person), both)
        for (family, method, person), both in zip(stored["names"], zip(*parts, strict=True), strict=True)
    ]


def batches(seen: Sequence[Seen], settings: Settings, seed: int) -> Iterator[Any]:
    """Endless ([features, mask of each part], [family of each part]) batches, made in a thread beside the training."""
    ready: queue.Queue[Any] = queue.Queue(maxsize=4)
    kept = [one for one in seen if one.family not in settings.without]
    methods = [PERSON if one.family == PERSON else one.method for one in kept]
    count = {method: methods.count(method) for method in sorted(set(methods))}
    share = {m: settings.person if m == PERSON else (1 - settings.person) / (len(count) - 1) for m in count}
    chance = np.array([share[method] / count[method] for method in methods])
    chance /= chance.sum()

    def produce() -> None:
        generator = np.random.default_rng(seed)
        while True:
            steps, rows = settings.crops[generator.integers(len(settings.crops))]
            inputs, labels = [], []
            for part in range(2):
                x = np.zeros((rows, steps, FEATURES), np.float32)
                mask = np.zeros((rows, steps), np.float32)
                chosen = generator.choice(len(kept), rows, p=chance)
                for row, index in enumerate(chosen):
                    whole = kept[index].features[part]
                    first = int(generator.integers(0, max(len(whole) - steps, 0) + 1))
                    crop = whole[first : first + steps].astype(np.float32)
                    blanked(crop, settings.blanked, BLANK_STEPS, generator)
                    x[row, : len(crop)], mask[row, : len(crop)] = crop, 1
                inputs += [x, mask]
                labels.append(np.array([FAMILIES.index(kept[index].family) for index in chosen], np.int32))
            ready.put((inputs, labels))

    threading.Thread(target=produce, daemon=True).start()
    while True:
        yield ready.get()


def told_apart(parts: Any, seen: Sequence[Seen]) -> dict[str, dict[str, float]]:
    """Part → method → AUC of the person's lines against the method's."""
    from gan.judging.authenticity import part_of, scores
    from gan.judging.machine_features import PARTS

    found: dict[str, dict[str, float]] = {}
    methods = np.array([PERSON if one.family == PERSON else one.method for one in seen])
    for number, part in enumerate(PARTS):
        odds = scores(part_of(parts, part), [one.features[number].astype(np.float32) for one in seen])
        own = odds[methods == PERSON]
        found[part] = {}
        for method in sorted(set(methods) - {PERSON}):
            theirs = odds[methods == method]
            label = np.repeat([1, 0], [len(own), len(theirs)])
            found[part][method] = float(roc_auc_score(label, np.concatenate([own, theirs])))
    return found


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the averaged weights are in OUT/authenticity.safetensors all along."""
    options = command_line(__doc__, "torch").parse_args(arguments)
    backend.choose(options.backend, options.precision)
    changes = changed_settings(options)
    for name in ("crops", "without"):
        if name in changes:
            changes[name] = tuple(tuple(c) if isinstance(c, list) else c for c in changes[name])
    settings = Settings(**changes)
    for part, amounts in (("training", []), ("selection", ["--real", "300", "--each", "20", "--batches", "4"])):
        lines = options.out / f"{part}.fkcache"
        if not lines.is_file():
            machine_lines.main(["--cache", str(options.cache), "--out", str(lines), "--parts", part, *amounts])
    run(settings, options.out)


def run(settings: Settings, out: Path, clock: Callable[[], float] = time.monotonic) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds, on the lines in ``out``; see ``main``."""
    import keras

    from gan.judging.authenticity_network import AuthenticityConfig, build_parts
    from gan.judging.discriminator import save_weights
    from gan.judging.machine_features import PARTS

    keras.utils.set_random_seed(settings.seed)
    seen = load_seen(out / "training.fkcache", out / "training.npz", settings.devices, settings.versions)
    # As it is: real ink by the devices that it is from, forged ink by none but its own.
    watched = load_seen(out / "selection.fkcache", out / "selection.npz", 0.0, 1)
    config = AuthenticityConfig(classes=len(FAMILIES))
    parts = build_parts(config)
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=settings.clip_norm
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    parts.compile(optimizer=optimizer, loss=[loss, loss], jit_compile="auto")
    average = [np.array(w) for w in parts.get_weights()]
    optimizer.build(parts.trainable_variables)
    everything = [*parts.variables, *optimizer.variables]
    average, spent, step = go_on(out / "checkpoint", everything, average)
    log = Log(out / "log.csv")
    print(f"{len(seen)} lines, {len(watched)} of selection people, {parts.count_params()} parameters", flush=True)
    stream = batches(seen, settings, settings.seed + step)
    begin = clock() - spent
    reported = saved = clock()
    losses: list[np.ndarray] = []

    def keep(spent: float) -> None:
        """Write a checkpoint and the averaged weights; log how those do on the selection people."""
        keep_all(out / "checkpoint", everything, average, spent, step)
        own = parts.get_weights()
        parts.set_weights(average)
        card = {"settings": asdict(settings), "config": asdict(config), "seconds": spent, "step": step}
        save_weights(parts, out / "authenticity.safetensors", card | {"families": FAMILIES})
        rates = told_apart(parts, watched)
        parts.set_weights(own)
        means = [round(float(np.mean(list(rates[part].values()))), 4) for part in PARTS]
        row = {"movement_auc": means[0], "shape_auc": means[1]}
        log.write(minutes=round(spent / 60, 1), step=step, movement_loss="", shape_loss="", **row)

    while (spent := clock() - begin) < 60 * settings.minutes:
        optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        inputs, labels = next(stream)
        losses.append(np.array(parts.train_on_batch(inputs, labels), float))
        step += 1
        if step % 5 == 0:
            share = min(settings.average, 1 - 10 / (step + 10)) ** 5
            average = [share * a + (1 - share) * w for a, w in zip(average, parts.get_weights(), strict=True)]
        if clock() - reported > 60:
            _, movement, shape = np.mean(losses, axis=0).round(4)
            row = {"movement_loss": movement, "shape_loss": shape, "movement_auc": "", "shape_auc": ""}
            log.write(minutes=round(spent / 60, 1), step=step, **row)
            losses, reported = [], clock()
        if clock() - saved > 300:
            keep(spent)
            saved = clock()
    keep(spent)


if __name__ == "__main__":
    main()
