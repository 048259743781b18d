"""Train the style head:  python -m gan.training.discriminator --cache FOLDER --out FOLDER --minutes 40

Needs NumPy, Keras with one backend, safetensors, and the cached corpora that ``cli.py data cache`` makes.
Fixed warps of a writer's ink (x-stretch, slant) and of its mirror image are classes of their own; each crop competes
only with the classes of its own donor, so that telling devices apart gains nothing; additive-margin softmax (Wang et
al. 2018).
Interrupted and started again with the same command, it goes on from the last checkpoint.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.sample import Sample
from gan import backend
from gan.features import FEATURES, STEPS_PER_HEIGHT, Trace, amount, feature_sequence, mirror, trace, warp
from gan.training.augmentation import blanked, rounded, thinned, wandered
from gan.training.loop import Log, changed_settings, command_line, load_checkpoint, rate, save_checkpoint


@dataclass(frozen=True)
class Settings:
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 40.0
    peak_rate: float = 1.5e-3
    warm_up: float = 0.03
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    average: float = 0.998
    scale: float = 24.0
    margin: float = 0.2
    #: Steps of a crop, with the number of crops per batch that costs about the same.
    crops: tuple[tuple[int, int], ...] = ((160, 192), (240, 128), (320, 96), (480, 64))
    #: Chance that a crop comes from IAM-OnDB rather than UNIPEN.
    iam_share: float = 0.65
    #: Chance that a crop loses its time channel.
    without_time: float = 0.4
    #: Chance that a crop is seen as by a coarse or slow device.
    coarse: float = 0.3
    #: Chance that a crop is mirrored, which makes it the ink of other virtual writers.
    mirrored: float = 0.35
    #: Deviation of the log size: the writing height of a single line differs by 14 % from that of its sheet.
    size: float = 0.13
    #: Deviations of the log stretch and the slant of a whole crop, as one hand differs from day to day.
    stretch: float = 0.06
    slant: float = 0.08
    #: A crop comes from at most so many places of a writer's ink.
    places: int = 4
    #: How much ink wanders from place to place, see ``augmentation.wandered``.
    wander: float = 0.04
    #: Share of the steps that are blanked.
    blanked: float = 0.1
    training_parts: tuple[str, ...] = ("training",)
    #: Donors whose people are left out; "iam" is IAM-OnDB.
    without: tuple[str, ...] = ()
    seed: int = 1


#: (log x-stretch, shear): each makes another virtual writer of every writer; the first is the writer himself.
WARPS = ((0.0, 0.0), (0.28, 0.0), (-0.28, 0.0), (0.0, 0.4), (0.0, -0.4), (0.25, 0.35), (-0.25, 0.35), (-0.2, -0.3))
#: Length of a blanked run.
BLANK_STEPS = 12
#: Virtual writers of each writer: every warp, and every warp of the mirrored ink.
VIRTUAL = 2 * len(WARPS)


@dataclass(frozen=True)
class TrainingWriter:
    """One person's ink as traces in writing heights, with the donor whose classes it competes with."""

    donor: str
    traces: tuple[Trace, ...]
    #: Steps of features that each trace gives, about.
    steps: tuple[float, ...]


def load_writers(cache: Path, parts: tuple[str, ...], without: tuple[str, ...] = ()) -> list[TrainingWriter]:
    """The people of these parts in both corpora, but for some donors'. Raises MissingResourceError without a cache."""
    writers = []
    for corpus, parts_of in (("iam-ondb", protocol.iam_parts), ("unipen", protocol.unipen_parts)):
        loaded = read_samples(cache / f"{corpus}.fkcache")
        if loaded is None:
            raise MissingResourceError(f"{cache}/{corpus}.fkcache", "it is missing.", "Run `python cli.py data cache`.")
        assigned = parts_of(loaded[0])
        for writer, samples in protocol.by_writer(loaded[0]).items():
            if assigned.get(writer) not in parts:
                continue
            # A person recorded on two tablets is two classes' worth of ink, each within its own donor.
            for device, mine in _by(samples, "device").items():
                donor = "iam" if corpus == "iam-ondb" else device
                if donor in without:
                    continue
                traces = tuple(t for group in _by(mine, "form").values() if (t := _trace(group)))
                if sum(len(t.xy) for t in traces) >= 500:
                    steps = tuple(max(amount(t) * STEPS_PER_HEIGHT, 1.0) for t in traces)
                    writers.append(TrainingWriter(donor, traces, steps))
    return writers


def _by(samples: list[Sample], field: str) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[str(getattr(sample, field))].append(sample)
    return dict(groups)


def _trace(samples: list[Sample]) -> Trace | None:
    try:
        found = trace(samples)
    except ValueError:
        return None
    return found if len(found.xy) > 20 else None


def random_crop(
    writer: TrainingWriter, which: int, steps: int, settings: Settings, generator: np.random.Generator
) -> np.ndarray:
    """Features (at most ``steps``, FEATURES) of a writer's ink from random places, as virtual writer ``which``.

    Size, stretch, slant and step wander a little, and from place to place a little more, so that the network learns to
    look past them; some crops are rounded to a coarse grid or thinned to a slow tablet's points, some lose their time,
    and runs of steps are blanked, so that no word is learnt by heart.
    """
    sizes = np.array([len(t.xy) for t in writer.traces], float)
    pieces: list[np.ndarray] = []
    length = 0
    stretch, slant = WARPS[which % len(WARPS)]
    size = np.exp(generator.normal(0, settings.size))
    stretch = np.exp(stretch + generator.normal(0, settings.stretch))
    slant = slant + generator.normal(0, settings.slant)
    step = np.exp(generator.normal(0, 0.06)) / STEPS_PER_HEIGHT
    with_time = generator.random() >= settings.without_time
    coarse = generator.random() < settings.coarse
    grid = np.exp(generator.uniform(np.log(0.02), np.log(0.12))) if coarse else 0.0
    thin = int(generator.integers(1, 4)) if coarse else 1
    wanted = steps / generator.integers(1, settings.places + 1)
    for _ in range(6 * settings.places):
        index = int(generator.choice(len(sizes), p=sizes / sizes.sum()))
        chosen = writer.traces[index]
        # A quarter more than needed on average, so that a crop seldom needs a piece more.
        points = int(1.25 * wanted * len(chosen.xy) / writer.steps[index])
        cut = _cut(chosen, max(points, 50), generator)
        if which >= len(WARPS):
            cut = mirror(cut)
        cut = wandered(cut, settings.wander, generator)
        cut = warp(Trace(cut.xy * size, cut.t, cut.starts, cut.fresh), stretch, slant)
        if thin > 1:
            cut = thinned(cut, thin)
        if grid:
            cut = rounded(cut, grid)
        found = feature_sequence(cut, with_time, step)
        if len(found) > wanted:
            start = int(generator.integers(0, len(found) - int(wanted) + 1))
            found = found[start : start + int(wanted) + 1]
        pieces.append(found)
        length += len(pieces[-1])
        if length >= steps:
            break
    features = np.concatenate(pieces)[:steps]
    blanked(features, settings.blanked, BLANK_STEPS, generator)
    return features


def _cut(ink: Trace, points: int, generator: np.random.Generator) -> Trace:
    """A run of whole strokes of about ``points`` points, from a random place."""
    if len(ink.xy) <= points:
        return ink
    first = int(np.searchsorted(ink.starts, generator.integers(0, len(ink.xy) - points), "right")) - 1
    last = max(int(np.searchsorted(ink.starts, ink.starts[first] + points)), first + 1)
    begin, end = ink.starts[first], ink.starts[last] if last < len(ink.starts) else len(ink.xy)
    fresh = ink.fresh[first:last].copy()
    fresh[0] = True
    return Trace(ink.xy[begin:end], ink.t[begin:end], ink.starts[first:last] - begin, fresh)


def batches(writers: list[TrainingWriter], settings: Settings, seed: int) -> Any:
    """Endless (features, mask, donor, label) batches, made in a thread beside the training."""
    ready: queue.Queue[Any] = queue.Queue(maxsize=4)
    donors = sorted({w.donor for w in writers})
    iam = np.array([w.donor == "iam" for w in writers])
    chance = np.where(iam, settings.iam_share / max(iam.sum(), 1), (1 - settings.iam_share) / max((~iam).sum(), 1))

    def produce() -> None:
        generator = np.random.default_rng(seed)
        while True:
            steps, count = settings.crops[generator.integers(len(settings.crops))]
            x = np.zeros((count, steps, FEATURES), np.float32)
            mask = np.zeros((count, steps), np.float32)
            people = generator.choice(len(writers), count, p=chance / chance.sum())
            which = generator.integers(len(WARPS), size=count)
            which += len(WARPS) * (generator.random(count) < settings.mirrored)
            for row, (person, virtual) in enumerate(zip(people, which, strict=True)):
                crop = random_crop(writers[person], int(virtual), steps, settings, generator)
                x[row, : len(crop)] = crop
                mask[row, : len(crop)] = 1
            donor = np.array([donors.index(writers[p].donor) for p in people], np.int32)
            ready.put((x, mask, donor, people * VIRTUAL + which))

    threading.Thread(target=produce, daemon=True).start()
    while True:
        yield ready.get()


def build_trainer(encoder: Any, class_donor: np.ndarray, settings: Settings) -> Any:
    """A Keras model around the encoder: cosines to the classes of the sample's donor, additive-margin softmax."""
    import keras
    from keras import ops

    class Classes(keras.layers.Layer):
        """Cosines (batch, classes) of embeddings to class centres; −4 for classes of other donors."""

        def build(self, embedding_shape: Any, donor_shape: Any = None) -> None:
            self.centres = self.add_weight(
                shape=(embedding_shape[-1], len(class_donor)), initializer="random_normal", name="centres"
            )

        def call(self, embedding: Any, donor: Any) -> Any:
            cosine = ops.matmul(ops.normalize(embedding, axis=-1), ops.normalize(self.centres, axis=0))
            own = ops.equal(donor[:, None], ops.convert_to_tensor(class_donor)[None])
            return ops.where(own, cosine, -4.0)

    def margin_softmax(label: Any, cosine: Any) -> Any:
        hot = ops.one_hot(ops.cast(ops.reshape(label, (-1,)), "int32"), len(class_donor))
        return ops.mean(
            ops.categorical_crossentropy(hot, settings.scale * (cosine - settings.margin * hot), from_logits=True)
        )

    donor = keras.Input((), dtype="int32", name="donor")
    cosines = Classes(name="classes", dtype="float32")(encoder.output, donor)
    trainer = keras.Model([*encoder.inputs, donor], cosines)
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=settings.clip_norm
    )
    trainer.compile(optimizer=optimizer, loss=margin_softmax, jit_compile="auto")
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
    writers = load_writers(cache, settings.training_parts, settings.without)
    out.mkdir(parents=True, exist_ok=True)
    donors = sorted({w.donor for w in writers})
    class_donor = np.repeat([donors.index(w.donor) for w in writers], VIRTUAL).astype(np.int32)
    config = DiscriminatorConfig()
    encoder = build_encoder(config)
    trainer = build_trainer(encoder, class_donor, settings)
    if start is not None:
        load_weights(encoder, start)
    average = [np.array(w) for w in encoder.get_weights()]
    spent, step = 0.0, 0
    trainer.optimizer.build(trainer.trainable_variables)
    if found := load_checkpoint(out / "checkpoint"):
        arrays, state = found
        spent, step = state["seconds"], state["step"]
        everything = [*trainer.variables, *trainer.optimizer.variables]
        for index, variable in enumerate(everything):
            variable.assign(arrays[f"v{index}"])
        average = [arrays[f"a{index}"] for index in range(len(average))]
    log = Log(out / "log.csv")
    print(f"{len(writers)} writers, {len(donors)} donors, {encoder.count_params()} parameters", flush=True)
    stream = batches(writers, settings, settings.seed + step)
    begin = clock() - spent
    reported = saved = clock()
    losses: list[float] = []

    def keep_and_select(spent: float) -> None:
        """Write a checkpoint and the averaged weights; log how those do on the selection writers."""
        _keep(encoder, trainer, average, out, settings, config, {"seconds": spent, "step": step}, save_weights)
        error = _with(encoder, average, lambda: selection_error(encoder, cache))
        log.write(minutes=round(spent / 60, 1), step=step, loss="", selection_eer=round(error, 4))

    while (spent := clock() - begin) < 60 * settings.minutes:
        trainer.optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        x, mask, donor, label = next(stream)
        losses.append(float(trainer.train_on_batch([x, mask, donor], label)))
        step += 1
        if step % 5 == 0:
            # An average over about the last 1/(1 − average) · 5 steps, longer as the run goes on.
            keep = min(settings.average, 1 - 10 / (step + 10)) ** 5
            average = [keep * a + (1 - keep) * w for a, w in zip(average, encoder.get_weights(), strict=True)]
        if clock() - reported > 60:
            log.write(minutes=round(spent / 60, 1), step=step, loss=round(float(np.mean(losses)), 4), selection_eer="")
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
