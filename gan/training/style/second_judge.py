"""Train the second judge:  python -m gan.training.style.second_judge --cache FOLDER --out FOLDER --minutes 60

On crops of people's ink as the style head is (``discriminator.py`` here), without time and letters; of IAM-OnDB only on
writers whom the game never imitates. Interrupted and started again with the same command, it goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from datasets import protocol
from gan import backend
from gan.training.loop import Log, changed_settings, command_line, go_on, keep_all, rate
from gan.training.style.crops import VIRTUAL
from gan.training.style.discriminator import batches, selection_error
from gan.training.style.people import load_writers
from gan.training.style.style_settings import Settings

#: What differs from the style head's training.
DEFAULTS: dict[str, Any] = {"without_time": 1.0, "letter_weight": 0.0, "seed": 77}


def not_in_the_game(person: str) -> bool:
    """Whether a person may train the second judge."""
    return not protocol.in_the_game(person)


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the averaged weights are in OUT/second-judge.safetensors all along."""
    options = command_line(__doc__, "torch").parse_args(arguments)
    backend.choose(options.backend, options.precision)
    run(Settings(**DEFAULTS | changed_settings(options)), options.cache, options.out)


def run(settings: Settings, cache: Path, out: Path, clock: Callable[[], float] = time.monotonic) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds; see ``main``."""
    import keras

    from gan.judging.discriminator import save_weights
    from gan.judging.second_judge import JudgeConfig, build_judge
    from gan.training.style.margin import Classes, margin_softmax

    keras.utils.set_random_seed(settings.seed)
    corpora = [corpus for corpus, share in settings.shares if share > 0]
    writers = load_writers(cache, corpora, settings.training_parts, settings.without, None, not_in_the_game)
    out.mkdir(parents=True, exist_ok=True)
    donors = sorted({w.donor for w in writers})
    class_donor = np.repeat([donors.index(w.donor) for w in writers], VIRTUAL).astype(np.int32)
    config = JudgeConfig(**settings.sizes)
    judge = build_judge(config)
    donor = keras.Input((), dtype="int32", name="donor")
    trainer = keras.Model([*judge.inputs, donor], Classes(class_donor, dtype="float32")(judge.output, donor))
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=settings.clip_norm
    )
    loss = margin_softmax(len(class_donor), settings.scale, settings.margin)
    trainer.compile(optimizer=optimizer, loss=loss, jit_compile="auto")
    optimizer.build(trainer.trainable_variables)
    average = [np.array(w) for w in judge.get_weights()]
    everything = [*trainer.variables, *optimizer.variables]
    average, spent, step = go_on(out / "checkpoint", everything, average)
    log = Log(out / "log.csv")
    print(f"{len(writers)} writers, {len(donors)} donors, {judge.count_params()} parameters", flush=True)
    stream = batches(writers, settings, settings.seed + step)
    begin = clock() - spent
    reported = saved = clock()
    losses: list[float] = []

    def keep(spent: float) -> None:
        """Write a checkpoint and the averaged weights; log how those do on the selection writers."""
        keep_all(out / "checkpoint", everything, average, spent, step)
        own = judge.get_weights()
        judge.set_weights(average)
        card = {"settings": asdict(settings), "config": asdict(config), "seconds": spent, "step": step}
        save_weights(judge, out / "second-judge.safetensors", card)
        error = selection_error(judge, cache)
        judge.set_weights(own)
        log.write(minutes=round(spent / 60, 1), step=step, loss="", selection_eer=round(error, 4))

    while (spent := clock() - begin) < 60 * settings.minutes:
        optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        x, mask, donor_of, _, label = next(stream)
        losses.append(float(trainer.train_on_batch([x, mask, donor_of], label)))
        step += 1
        if step % 5 == 0:
            share = min(settings.average, 1 - 10 / (step + 10)) ** 5
            average = [share * a + (1 - share) * w for a, w in zip(average, judge.get_weights(), strict=True)]
        if clock() - reported > 60:
            mean = round(float(np.mean(losses)), 4)
            log.write(minutes=round(spent / 60, 1), step=step, loss=mean, selection_eer="")
            losses, reported = [], clock()
        if clock() - saved > 300:
            keep(spent)
            saved = clock()
    keep(spent)


if __name__ == "__main__":
    main()
