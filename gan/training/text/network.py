"""Train the text network on texts:  python -m gan.training.text.network --cache FOLDER --out FOLDER --minutes 12

Needs NumPy, Keras with one backend, safetensors, and the cached IAM-OnDB that ``cli.py data cache`` makes. A text is
that of a form, line after line. Trained on the forms of ``trainset``, without those that share a run of letters with
``testset_f``; the weights with the fewest bits on ``testset_t`` and ``testset_v`` are kept. Interrupted and started
again with the same command, it goes on. ``gan.training.text.teaching`` makes what ships of several such networks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan import backend
from gan.training.loop import changed_settings, command_line
from gan.training.text.fit import Example, Fitting, fit
from gan.training.text.texts import load_texts, numbers
from gan.writing.random_text import SYMBOLS


@dataclass(frozen=True)
class Settings(Fitting):
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 12.0
    peak_rate: float = 0.01
    weight_decay: float = 0.01
    #: Lines in a row that are trained on at a time, from a random one of the form on; 0 for all of a form.
    lines: int = 4
    #: Share of each layer's outputs that is dropped.
    dropout: float = 0.4
    #: Share of the symbols seen that are replaced by others, drawn by their frequency (Xie et al. 2017, 1703.02573).
    replaced: float = 0.1
    layers: int = 1
    units: int = 256


def batches(texts: Sequence[str], settings: Settings, seed: int) -> Iterator[list[NDArray[np.int64]]]:
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


def examples(texts: Sequence[str], settings: Settings, step: int) -> Iterator[Example]:
    """Endless batches of texts from a step on, some of whose symbols are seen as others."""
    from gan.text_network import one_hot, padded

    random = np.random.default_rng((settings.seed, step))
    frequency = np.bincount(np.concatenate([numbers(text) for text in texts]), minlength=len(SYMBOLS))
    for group in batches(texts, settings, settings.seed + step):
        seen, after, mask = padded(group)
        other = random.random(seen.shape) < settings.replaced
        seen[other] = random.choice(len(SYMBOLS), size=int(other.sum()), p=frequency / frequency.sum())
        yield Example(seen, one_hot(after), mask)


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; the best weights are in OUT/text-network.safetensors all along."""
    options = command_line(__doc__, "torch").parse_args(arguments)
    backend.choose(options.backend, options.precision)
    run(Settings(**changed_settings(options)), options.cache, options.out)


def run(settings: Settings, cache: Path, out: Path, clock: Callable[[], float] = time.monotonic) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds; see ``main``."""
    import keras

    from gan.text_network import TextConfig, build_text_network

    keras.utils.set_random_seed(settings.seed)
    texts, left_out = load_texts(cache)
    selection = [numbers(text) for text in texts["selection"]]
    print(f"{len(texts['training'])} texts, {len(selection)} to choose by, left out {left_out}", flush=True)
    config = TextConfig(settings.layers, settings.units)
    network, quiet = build_text_network(config, settings.dropout), build_text_network(config)
    shown = partial(examples, texts["training"], settings)
    fit(network, quiet, shown, selection, settings, out, {"config": asdict(config)}, clock)


if __name__ == "__main__":
    main()
