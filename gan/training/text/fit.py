"""A text network fitted to what it is given: the running mean of its weights with the fewest bits is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.training.loop import Log, load_checkpoint, rate, save_checkpoint

#: Seconds between two looks at the texts to choose by.
BETWEEN = 120.0
#: The file of the best weights.
NAME = "text-network.safetensors"


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted; stored with the weights."""

    minutes: float
    peak_rate: float
    warm_up: float = 0.03
    clip_norm: float = 1.0
    batch: int = 32
    #: What AdamW takes off the weights.
    weight_decay: float = 0.0
    #: Weight of the past in the running mean of the weights, which is what is kept.
    past: float = 0.998
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Example:
    """Texts side by side: symbols seen (batch, steps), shares of what follows (…, symbols), 1 where that counts."""

    seen: NDArray[np.int64]
    after: NDArray[np.float32]
    mask: NDArray[np.float32]


def fit(
    network: Any,
    quiet: Any,
    examples: Callable[[int], Iterator[Example]],
    selection: Sequence[NDArray[np.int64]],
    settings: Fitting,
    out: Path,
    card: dict[str, Any],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Fit ``network`` for ``settings.minutes`` in all, by a clock that gives seconds.

    ``examples`` gives them from a step on. ``quiet`` is the same network without dropout; the best weights on
    ``selection`` are in OUT/``NAME`` all along. Interrupted and called again, it goes on.
    """
    import keras

    from gan.judging.discriminator import save_weights
    from gan.text_network import bits, cross_entropy, one_hot

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
    characters = sum(map(len, selection))
    begin, saved = clock() - spent, spent
    nats = seen = 0.0

    def keep() -> None:
        """Log the bits on the selection part, keep the mean weights if they are the best, and write a checkpoint."""
        nonlocal best
        for variable, mean in zip(quiet.trainable_variables, averaged, strict=True):
            variable.assign(mean)
        found = float(bits(quiet, selection).sum()) / characters
        log.write(
            minutes=round(spent / 60, 1),
            step=step,
            training=round(nats / max(seen, 1) / np.log(2), 4),
            selection=round(found, 4),
        )
        if found < best:
            best = found
            told = {"settings": asdict(settings), "bits": found, "step": step}
            save_weights(quiet, out / NAME, card | told)
        stored = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(everything)}
        stored |= {f"a{i}": mean for i, mean in enumerate(averaged)}
        save_checkpoint(out / "checkpoint", stored, {"seconds": spent, "step": step, "best": best})

    for one in examples(step):
        network.optimizer.learning_rate = rate(spent / (60 * settings.minutes), settings.peak_rate, settings.warm_up)
        loss = float(network.train_on_batch(one_hot(one.seen), one.after, sample_weight=one.mask))
        step += 1
        past = min(settings.past, step / (step + 10))
        for mean, variable in zip(averaged, network.trainable_variables, strict=True):
            mean *= past
            mean += (1 - past) * keras.ops.convert_to_numpy(variable)
        nats, seen = nats + loss * one.mask.size, seen + float(one.mask.sum())
        spent = clock() - begin
        if spent >= 60 * settings.minutes:
            break
        if spent - saved > BETWEEN:
            keep()
            saved, nats, seen = clock() - begin, 0.0, 0.0
    keep()
