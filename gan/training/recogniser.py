"""Train the recogniser:  python -m gan.training.recogniser --cache FOLDER --out FOLDER --minutes 120

Lines of IAM-OnDB (with and without a writer) and words and texts of UNIPEN, training and selection people, whole and
with their text; CTC (Graves et al. 2006). Interrupted and started again with the same command, it goes on from the
last checkpoint.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.sample import Sample
from gan import backend
from gan.features import FEATURES, STEPS_PER_HEIGHT, Trace, amount, feature_sequence, trace, warp
from gan.reading.decoding import BLANK, RATE, edit_distance
from gan.training.augmentation import blanked, rounded, thinned, wandered
from gan.training.loop import Log, changed_settings, command_line, go_on, keep_all, rate
from gan.training.producers import beside
from gan.writing.alphabet import CHARACTERS


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 120.0
    peak_rate: float = 2e-3
    warm_up: float = 0.02
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    average: float = 0.998
    #: Steps of features in a batch, about: 24 lines.
    batch_steps: int = 12_000
    #: Chance that a batch is of UNIPEN.
    unipen_share: float = 0.25
    without_time: float = 0.4
    coarse: float = 0.3
    #: Deviations of log size, log stretch, slant and slope.
    size: float = 0.13
    stretch: float = 0.15
    slant: float = 0.25
    slope: float = 0.04
    wander: float = 0.03
    blanked: float = 0.03
    seed: int = 1


#: Length of a blanked run; longest line that is trained on, in steps.
BLANK_STEPS, MOST_STEPS = 12, 1400


@dataclass(frozen=True)
class Line:
    """Ink with its text: a trace in its own writing heights, how large that is in its form's, its letters' classes."""

    ink: Trace
    share: float
    text: np.ndarray
    person: str
    steps: float


def load_lines(cache: Path, corpus: str, parts: tuple[str, ...]) -> list[Line]:
    """Labelled ink of the people (and of the forms without a writer) of these parts, as a corpus's cache holds it.

    Left out: texts with characters beyond the alphabet, ink too short for its text or longer than ``MOST_STEPS``.
    Raises MissingResourceError without a cache.
    """
    loaded = read_samples(cache / f"{corpus}.fkcache")
    if loaded is None:
        raise MissingResourceError(f"{cache}/{corpus}.fkcache", "it is missing.", "Run `python cli.py data cache`.")
    if corpus == "iam-ondb":
        splits = {split for split, part in protocol.IAM_PARTS.items() if part in parts}
        chosen = [s for s in loaded[0] if s.split in splits]
    else:
        assigned = protocol.unipen_parts(loaded[0])
        chosen = [s for s in loaded[0] if assigned.get(str(s.writer)) in parts]
    forms: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in chosen:
        forms[str(sample.device), str(sample.form)].append(sample)
    lines = []
    for samples in forms.values():
        try:
            height = _height(samples)
        except ValueError:
            continue
        lines += [line for s in samples if (line := _line(s, height)) is not None]
    return lines


def _height(samples: Sequence[Sample]) -> float:
    from datasets.height import writing_height

    return writing_height([stroke for s in samples for stroke in s.ink.strokes()])


def _line(sample: Sample, form_height: float) -> Line | None:
    text = " ".join((sample.text or "").split())
    if not text or any(c not in CHARACTERS for c in text):
        return None
    try:
        own = _height([sample])
    except ValueError:
        own = form_height
    # A comma alone has no height of its own to speak of.
    height = own if len(text) >= 4 else form_height
    ink = trace([sample], height)
    steps = max(amount(ink) * STEPS_PER_HEIGHT, 1.0)
    if not 5 * len(text) <= steps <= MOST_STEPS:
        return None
    classes = np.array([CHARACTERS.index(c) + 1 for c in text], np.int32)
    return Line(ink, float(np.clip(height / form_height, 0.7, 1.4)), classes, str(sample.writer or sample.form), steps)


def varied(line: Line, settings: Settings, generator: np.random.Generator) -> np.ndarray:
    """Features (steps, FEATURES) of a line as another day, place or device might have given it."""
    ink = wandered(line.ink, settings.wander, generator)
    # As large as its own height or its form's says: a file is measured as a whole, and may be one line or a page.
    size = (line.share if generator.random() < 0.5 else 1.0) * np.exp(generator.normal(0, settings.size))
    slope = generator.normal(0, settings.slope)
    turned = ink.xy @ np.array([[np.cos(slope), np.sin(slope)], [-np.sin(slope), np.cos(slope)]])
    ink = Trace(turned * size, ink.t, ink.starts, ink.fresh)
    ink = warp(ink, float(np.exp(generator.normal(0, settings.stretch))), float(generator.normal(0, settings.slant)))
    if generator.random() < settings.coarse:
        ink = thinned(ink, int(generator.integers(1, 4)))
        ink = rounded(ink, float(np.exp(generator.uniform(np.log(0.02), np.log(0.12)))))
    step = float(np.exp(generator.normal(0, 0.08))) / STEPS_PER_HEIGHT
    features = feature_sequence(ink, generator.random() >= settings.without_time, step)
    blanked(features, settings.blanked, BLANK_STEPS, generator)
    return features


def batches(corpora: Sequence[list[Line]], settings: Settings, seed: int) -> Iterator[Any]:
    """Endless (features, mask, classes padded with 0) batches of like length, made beside the training."""
    lengths = [np.array([line.steps for line in lines]) for lines in corpora]
    orders = [np.argsort(length, kind="stable") for length in lengths]
    chances = [_chances(lines)[order] for lines, order in zip(corpora, orders, strict=True)]

    def produce(generator: np.random.Generator) -> Any:
        while True:
            which = int(len(corpora) > 1 and generator.random() < settings.unipen_share)
            order, chance = orders[which], chances[which]
            # Neighbours in length of a line drawn at random.
            centre = int(generator.choice(len(order), p=chance))
            count = int(np.clip(settings.batch_steps / (1.15 * lengths[which][order[centre]] + 8), 4, 128))
            near = np.arange(max(centre - 5 * count, 0), min(centre + 5 * count, len(order)))
            count = min(count, len(near))
            rows = generator.choice(near, count, replace=False, p=chance[near] / chance[near].sum())
            lines = [corpora[which][order[row]] for row in rows]
            pieces = [varied(line, settings, generator) for line in lines]
            # An infinite loss has no derivatives, and would spoil all weights.
            fit = [k for k, line in enumerate(lines) if fits(len(pieces[k]), line.text)]
            if fit:
                return padded([pieces[k] for k in fit], [lines[k].text for k in fit])

    return beside(produce, seed, 0)


def fits(steps: int, letters: np.ndarray) -> bool:
    """Whether so many steps of features have frames enough for these letters, with a blank between equal ones."""
    return -(-steps // RATE) >= len(letters) + int(np.sum(letters[1:] == letters[:-1]))


def _chances(lines: list[Line]) -> np.ndarray:
    """Chance of each line: people weigh by the square root of their ink, so that no one person is learnt by heart."""
    ink: dict[str, int] = defaultdict(int)
    for line in lines:
        ink[line.person] += 1
    chance = np.array([ink[line.person] ** -0.5 for line in lines])
    return chance / chance.sum()


def padded(pieces: list[np.ndarray], texts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (batch, steps, FEATURES), mask (batch, steps), classes (batch, letters), steps a multiple of 32."""
    steps = -(-max(len(p) for p in pieces) // 32) * 32
    x = np.zeros((len(pieces), steps, FEATURES), np.float32)
    mask = np.zeros((len(pieces), steps), np.float32)
    classes = np.zeros((len(pieces), max(len(t) for t in texts)), np.int32)
    for row, (piece, text) in enumerate(zip(pieces, texts, strict=True)):
        x[row, : len(piece)], mask[row, : len(piece)], classes[row, : len(text)] = piece, 1, text
    return x, mask, classes


def build_trainer(network: Any, settings: Settings) -> Any:
    """A Keras model around the recogniser with the mean CTC loss a letter."""
    import keras
    from keras import ops

    from gan.reading.recogniser import CLASSES

    def loss(classes: Any, output: Any) -> Any:
        letters = ops.sum(ops.cast(classes > 0, "int32"), axis=1)
        frames = ops.cast(ops.sum(output[:, :, CLASSES], axis=1), "int32")
        each = ops.ctc_loss(classes, output[:, :, :CLASSES], letters, frames, BLANK)
        return ops.sum(each) / ops.cast(ops.sum(letters), "float32")

    # A Keras loss sees one output, so the frames' mask goes beside the logits.
    quarter = network.inputs[1][:, ::RATE, None]
    output = keras.layers.Concatenate(dtype="float32")([network.output, quarter])
    trainer = keras.Model(network.inputs, output)
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=settings.clip_norm
    )
    trainer.compile(optimizer=optimizer, loss=loss, jit_compile="auto")
    return trainer


def error_rate(network: Any, lines: Sequence[Line]) -> float:
    """Character error rate of greedy reading: edits over characters."""
    from keras import ops

    edits = letters = 0
    for start in range(0, len(lines), 32):
        group = sorted(lines, key=lambda line: line.steps)[start : start + 32]
        x, mask, _ = padded([feature_sequence(line.ink) for line in group], [line.text for line in group])
        best = ops.convert_to_numpy(backend.forward(network, x, mask)).argmax(axis=-1)
        for row, line in enumerate(group):
            path = best[row, : -(-int(mask[row].sum()) // RATE)]
            read = path[np.append(True, path[1:] != path[:-1]) & (path > 0)]
            edits += edit_distance(read, line.text)
            letters += len(line.text)
    return edits / letters


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the averaged weights are in OUT/recogniser.safetensors all along."""
    parser = command_line(__doc__, "torch")
    parser.add_argument("--start", type=Path, help="weights to start from (another run's safetensors)")
    options = parser.parse_args(arguments)
    backend.choose(options.backend, options.precision)
    run(replace(Settings(), **changed_settings(options)), options.cache, options.out, options.start)


def run(settings: Settings, cache: Path, out: Path, start: Path | None) -> None:
    """Train for ``settings.minutes`` in all; see ``main``."""
    import keras

    from gan.judging.discriminator import load_weights, save_weights
    from gan.reading.recogniser import RecogniserConfig, build_recogniser

    keras.utils.set_random_seed(settings.seed)
    parts = ("training", "selection")
    corpora = [load_lines(cache, corpus, parts) for corpus in ("iam-ondb", "unipen")]
    generator = np.random.default_rng(0)
    # Choices are made on the calibration people.
    watched = []
    for corpus, count in (("iam-ondb", 200), ("unipen", 400)):
        lines = load_lines(cache, corpus, ("calibration",))
        watched.append([lines[i] for i in generator.choice(len(lines), min(count, len(lines)), replace=False)])
    out.mkdir(parents=True, exist_ok=True)
    config = RecogniserConfig()
    network = build_recogniser(config)
    trainer = build_trainer(network, settings)
    if start is not None:
        load_weights(network, start)
    average = [np.array(w) for w in network.get_weights()]
    trainer.optimizer.build(trainer.trainable_variables)
    everything = [*trainer.variables, *trainer.optimizer.variables]
    average, spent, step = go_on(out / "checkpoint", everything, average)
    log = Log(out / "log.csv")
    print(f"{[len(lines) for lines in corpora]} lines, {network.count_params()} parameters", flush=True)
    stream = batches(corpora, settings, settings.seed + step)
    begin = time.monotonic() - spent
    reported = saved = time.monotonic()
    losses: list[float] = []

    def keep(spent: float) -> None:
        """Write a checkpoint and the averaged weights; log how those read the calibration people.

        Raises FloatingPointError where a weight is no number any more; the checkpoint before stays.
        """
        if not all(np.isfinite(weights).all() for weights in average):
            raise FloatingPointError("the weights are not numbers any more; start again from the last checkpoint")
        keep_all(out / "checkpoint", everything, average, spent, step)
        own = network.get_weights()
        network.set_weights(average)
        card = {"settings": asdict(settings), "config": asdict(config), "seconds": spent, "step": step}
        save_weights(network, out / "recogniser.safetensors", card)
        rates = [round(error_rate(network, lines), 4) for lines in watched]
        network.set_weights(own)
        log.write(minutes=round(spent / 60, 1), step=step, loss="", cer_iam=rates[0], cer_unipen=rates[1])

    while (spent := time.monotonic() - begin) < 60 * settings.minutes:
        trainer.optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        x, mask, classes = next(stream)
        losses.append(float(trainer.train_on_batch([x, mask], classes)))
        step += 1
        if step % 5 == 0:
            share = min(settings.average, 1 - 10 / (step + 10)) ** 5
            average = [share * a + (1 - share) * w for a, w in zip(average, network.get_weights(), strict=True)]
        if time.monotonic() - reported > 60:
            loss = round(float(np.mean(losses)), 4)
            log.write(minutes=round(spent / 60, 1), step=step, loss=loss, cer_iam="", cer_unipen="")
            losses, reported = [], time.monotonic()
        if time.monotonic() - saved > 300:
            keep(spent)
            saved = time.monotonic()
    keep(spent)


if __name__ == "__main__":
    main()
