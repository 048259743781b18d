"""Train the style head:  python -m gan.training.style.discriminator --cache FOLDER --out FOLDER --minutes 40

Needs NumPy, Keras with one backend, safetensors, and the cached corpora that ``cli.py data cache`` makes.
Fixed warps of a writer's ink (x-stretch, slant) and of its mirror image are classes of their own; each crop competes
only with the classes of its own donor, so that telling devices apart gains nothing; additive-margin softmax (Wang et
al. 2018). Beside the embedding of a whole crop, the means of its letters in the first recurrent layer compete likewise,
so that this layer tells one hand's letter from another's.
Interrupted and started again with the same command, it goes on from the last checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from datasets import protocol
from datasets.cache import read_samples
from gan import backend
from gan.features import FEATURES, feature_sequence, trace
from gan.reading.decoding import RATE
from gan.training.loop import Log, changed_settings, command_line, load_checkpoint, rate, save_checkpoint
from gan.training.producers import beside
from gan.training.style.crops import VIRTUAL, WARPS, random_crop
from gan.training.style.people import TrainingWriter, load_writers
from gan.training.style.style_settings import Settings
from gan.writing.alphabet import CHARACTERS

#: The recogniser's classes: no letter, then the alphabet.
CLASSES = 1 + len(CHARACTERS)
#: Dimensions of the space that letters are mapped into, and the dropout before it.
LETTER_SPACE, LETTER_DROPOUT = 96, 0.3


def batches(writers: list[TrainingWriter], settings: Settings, seed: int) -> Iterator[Any]:
    """Endless (features, mask, donor, letters, label) batches, made beside the training.

    ``letters`` (groups, batch, steps / RATE) : class of the letter at each frame, in one of the groups that a crop's
    letters are dealt to at random, 0 in the others.
    """
    donors = sorted({w.donor for w in writers})
    corpora = [w.corpus for w in writers]
    chance = np.array([dict(settings.shares)[corpus] / corpora.count(corpus) for corpus in corpora])

    def produce(generator: np.random.Generator) -> Any:
        steps, count = settings.crops[generator.integers(len(settings.crops))]
        x = np.zeros((count, steps, FEATURES), np.float32)
        mask = np.zeros((count, steps), np.float32)
        marks = np.zeros((count, steps), np.int32)
        people = generator.choice(len(writers), count, p=chance / chance.sum())
        which = generator.integers(len(WARPS), size=count)
        which += len(WARPS) * (generator.random(count) < settings.mirrored)
        for row, (person, virtual) in enumerate(zip(people, which, strict=True)):
            crop, found = random_crop(writers[person], int(virtual), steps, settings, generator)
            x[row, : len(crop)] = crop
            mask[row, : len(crop)] = 1
            marks[row, : len(crop)] = found
        donor = np.array([donors.index(writers[p].donor) for p in people], np.int32)
        letters = marks[:, RATE // 2 :: RATE]
        group = generator.integers(settings.letter_groups, size=(count, CLASSES))
        mine = np.take_along_axis(group, letters, axis=1)
        dealt = np.where(mine[:, None] == np.arange(settings.letter_groups)[None, :, None], letters[:, None], 0)
        return x, mask, donor, dealt, people * VIRTUAL + which

    return beside(produce, seed, settings.workers)


def build_trainer(encoder: Any, class_donor: np.ndarray, settings: Settings) -> Any:
    """A Keras model around the encoder: cosines to the classes of the sample's donor, additive-margin softmax.

    It has two outputs: of all of a crop, and of the letters of each group, from the encoder's first recurrent layer.
    """
    import keras
    from keras import ops

    from gan.training.style.margin import Classes, margin_softmax

    class Letters(keras.layers.Layer):
        """Frames (batch, frames, channels) and letters (batch, groups, frames) → (batch, groups, LETTER_SPACE).

        The mean frame of each letter goes through a map of its own into one space, where those of a group are summed.
        """

        def build(self, frames_shape: Any, letters_shape: Any = None) -> None:
            shape = (CLASSES, frames_shape[-1], LETTER_SPACE)
            self.maps = self.add_weight(shape=shape, initializer=keras.initializers.RandomNormal(0, 0.05), name="maps")
            self.offsets = self.add_weight(shape=(CLASSES, LETTER_SPACE), initializer="zeros", name="offsets")

        def call(self, frames: Any, letters: Any) -> Any:
            hot = ops.one_hot(letters, CLASSES, dtype="float32")
            hot = hot * ops.cast(ops.arange(CLASSES) > 0, "float32")
            count = ops.sum(hot, axis=2)
            mean = ops.einsum("bgfk,bfc->bgkc", hot / ops.maximum(count, 1.0)[:, :, None], frames)
            there = ops.cast(count > 0, "float32")
            return ops.einsum("bgkc,kcd->bgd", mean, self.maps) + ops.matmul(there, self.offsets)

    donor = keras.Input((), dtype="int32", name="donor")
    letters = keras.Input((settings.letter_groups, None), dtype="int32", name="letters")
    cosines = Classes(class_donor, name="classes", dtype="float32")(encoder.output, donor)
    frames = keras.layers.Dropout(LETTER_DROPOUT, dtype="float32")(encoder.get_layer("lstm_0").output)
    of_letters = Letters(name="letter_maps", dtype="float32")(frames, letters)
    letter_cosines = Classes(class_donor, name="letter_classes", dtype="float32")(of_letters, donor)
    trainer = keras.Model([*encoder.inputs, donor, letters], [cosines, letter_cosines])
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=settings.clip_norm
    )
    weights = [1.0, settings.letter_weight]
    loss = margin_softmax(len(class_donor), settings.scale, settings.margin)
    trainer.compile(optimizer=optimizer, loss=[loss, loss], loss_weights=weights, jit_compile="auto")
    return trainer


def selection_error(encoder: Any, cache: Path) -> float:
    """EER of single lines of the selection writers of IAM-OnDB (different forms), cosine of centred embeddings."""
    from gan.judging.discriminator import embed_windows

    loaded = read_samples(cache / "iam-ondb.fkcache")
    assert loaded is not None  # load_writers has checked
    lines = [s for s in loaded[0] if s.writer and s.split == "testset_t" and s.line in ("01", "04")]
    pieces = [feature_sequence(trace([s]))[:640] for s in lines]
    vectors = embed_windows(encoder, pieces, 640)
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    writers, forms = np.array([s.writer for s in lines]), np.array([s.form for s in lines])
    above = np.triu(np.ones((len(lines), len(lines)), bool), 1) & (forms[:, None] != forms[None])
    same = above & (writers[:, None] == writers[None])
    scores = (vectors @ vectors.T).astype(float)
    return protocol.equal_error_rate(scores[same], scores[above & ~same])


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the averaged weights are in OUT/discriminator.safetensors all along."""
    parser = command_line(__doc__, "jax")
    parser.add_argument("--start", type=Path, help="weights to start from (another run's safetensors)")
    options = parser.parse_args(arguments)
    backend.choose(options.backend, options.precision)
    settings = Settings(**changed_settings(options))
    run(settings, options.cache, options.out, options.start)


def run(
    settings: Settings,
    cache: Path,
    out: Path,
    start: Path | None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds; see ``main``."""
    import keras

    from gan.judging.discriminator import DiscriminatorConfig, build_encoder, load_weights, save_weights

    keras.utils.set_random_seed(settings.seed)
    corpora = [corpus for corpus, share in settings.shares if share > 0]
    known = out / "letters.npz" if settings.letter_weight > 0 else None
    writers = load_writers(cache, corpora, settings.training_parts, settings.without, known)
    out.mkdir(parents=True, exist_ok=True)
    donors = sorted({w.donor for w in writers})
    class_donor = np.repeat([donors.index(w.donor) for w in writers], VIRTUAL).astype(np.int32)
    found = load_checkpoint(out / "checkpoint")
    stream = batches(writers, settings, settings.seed + (found[1]["step"] if found else 0))
    config = DiscriminatorConfig(**settings.sizes)
    encoder = build_encoder(config)
    trainer = build_trainer(encoder, class_donor, settings)
    if start is not None:
        load_weights(encoder, start)
    average = [np.array(w) for w in encoder.get_weights()]
    spent, step = 0.0, 0
    trainer.optimizer.build(trainer.trainable_variables)
    if found:
        arrays, state = found
        spent, step = state["seconds"], state["step"]
        everything = [*trainer.variables, *trainer.optimizer.variables]
        for index, variable in enumerate(everything):
            variable.assign(arrays[f"v{index}"])
        average = [arrays[f"a{index}"] for index in range(len(average))]
    log = Log(out / "log.csv")
    print(f"{len(writers)} writers, {len(donors)} donors, {encoder.count_params()} parameters", flush=True)
    begin = clock() - spent
    reported = saved = clock()
    losses: list[np.ndarray] = []

    def keep_and_select(spent: float) -> None:
        """Write a checkpoint and the averaged weights; log how those do on the selection writers."""
        _keep(encoder, trainer, average, out, settings, config, {"seconds": spent, "step": step}, save_weights)
        error = _with(encoder, average, lambda: selection_error(encoder, cache))
        log.write(minutes=round(spent / 60, 1), step=step, loss="", letter_loss="", selection_eer=round(error, 4))

    while (spent := clock() - begin) < 60 * settings.minutes:
        trainer.optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        x, mask, donor, letters, label = next(stream)
        losses.append(np.array(trainer.train_on_batch([x, mask, donor, letters], [label, label]), float))
        step += 1
        if step % 5 == 0:
            # An average over about the last 1/(1 − average) · 5 steps, longer as the run goes on.
            keep = min(settings.average, 1 - 10 / (step + 10)) ** 5
            average = [keep * a + (1 - keep) * w for a, w in zip(average, encoder.get_weights(), strict=True)]
        if clock() - reported > 60:
            _, whole, of_letters = np.mean(losses, axis=0).round(4)
            log.write(minutes=round(spent / 60, 1), step=step, loss=whole, letter_loss=of_letters, selection_eer="")
            losses, reported = [], clock()
        if clock() - saved > 300:
            keep_and_select(spent)
            saved = clock()
    keep_and_select(spent)


def _with(encoder: Any, weights: list[np.ndarray], action: Any) -> Any:
    """The result of ``action`` with other weights in the encoder, which gets its own back."""
    own = encoder.get_weights()
    encoder.set_weights(weights)
    try:
        return action()
    finally:
        encoder.set_weights(own)


def _keep(
    encoder: Any,
    trainer: Any,
    average: list[np.ndarray],
    out: Path,
    settings: Settings,
    config: Any,
    state: dict[str, Any],
    save_weights: Any,
) -> None:
    """Write a checkpoint and the averaged weights."""
    arrays = {f"v{i}": np.asarray(v) for i, v in enumerate([*trainer.variables, *trainer.optimizer.variables])}
    arrays |= {f"a{i}": a for i, a in enumerate(average)}
    save_checkpoint(out / "checkpoint", arrays, state)
    card = {"settings": asdict(settings), "config": asdict(config), **state}
    _with(encoder, average, lambda: save_weights(encoder, out / "discriminator.safetensors", card))


if __name__ == "__main__":
    main()
