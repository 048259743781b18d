"""Teach the text network:  python -m gan.training.text.teaching --cache FOLDER --out FOLDER NETWORK [NETWORK …]

On some hundred thousand letters a network falls behind an n-gram, and the mean of both is better than either. So the
n-gram and the networks (``gan.training.text.network``) together are the teacher: they draw endless texts, and the
network learns what they expect after each symbol (Hinton et al. 2015, 1503.02531). It begins as the first of the
networks, and at the end its logits are multiplied by what is best: a mean is flatter than what it is the mean of. All
of them see the forms of ``trainset`` alone; the weights with the fewest bits on ``testset_t`` and
``testset_v`` are kept, by which the teacher's shares were chosen, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan import backend
from gan.training.loop import changed_settings, command_line
from gan.training.text.fit import NAME, Example, Fitting, fit
from gan.training.text.ngram import NEWLINE, Ngram
from gan.training.text.texts import load_texts, numbers
from gan.writing.random_text import SYMBOLS, TextNetwork, card, load_text_network

#: The file at the end, and what its logits are multiplied by, the best of these.
SHARPENED, SHARPER = "sharpened.safetensors", np.arange(1.0, 1.31, 0.02).round(2)


@dataclass(frozen=True)
class Settings(Fitting):
    """All that shapes a run, besides the data; stored with the weights."""

    minutes: float = 60.0
    peak_rate: float = 4e-3
    past: float = 0.999
    #: Symbols of a drawn text.
    steps: int = 200
    #: Weight of the networks, all together, in the teacher; the n-gram's order and discount.
    networks: float = 0.5
    order: int = 6
    discount: float = 0.85
    #: How often a drawn batch is learnt from, and the batches that are kept for it.
    uses: int = 3
    kept: int = 40


@dataclass(frozen=True, eq=False)
class Teacher:
    """An n-gram and networks, whose distributions are averaged: the networks' mean weighs ``share``."""

    ngram: Ngram
    networks: Sequence[TextNetwork]
    share: float

    def draw(self, rows: int, steps: int, random: np.random.Generator) -> Example:
        """Texts drawn, and what was expected before each symbol."""
        seen = np.full((rows, steps + 1), NEWLINE)
        expected = np.zeros((rows, steps, len(SYMBOLS)), np.float32)
        state = np.full(rows, self.ngram.begin)
        inner = [network.start(rows) for network in self.networks]
        for place in range(steps):
            by_networks = np.zeros((rows, len(SYMBOLS)), np.float32)
            for number, network in enumerate(self.networks):
                logits, inner[number] = network.step(seen[:, place], inner[number])
                shares = np.exp(logits - logits.max(axis=1, keepdims=True))
                by_networks += shares / shares.sum(axis=1, keepdims=True) / len(self.networks)
            expected[:, place] = self.share * by_networks + (1 - self.share) * self.ngram.p[state]
            seen[:, place + 1] = _drawn(expected[:, place], random)
            state = self.ngram.after[state, seen[:, place + 1]]
        return Example(seen[:, :-1], expected, np.ones((rows, steps), np.float32))


def _drawn(shares: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.int64]:
    """A symbol (rows,) of each row of shares (rows, symbols)."""
    ends = np.cumsum(shares, axis=1, dtype=np.float64)
    found: NDArray[np.int64] = (ends <= random.random((len(ends), 1)) * ends[:, -1:]).sum(axis=1)
    return found


def lessons(teacher: Teacher, settings: Settings, step: int) -> Iterator[Example]:
    """Endless batches of drawn texts from a step on, each learnt from ``uses`` times on the average."""
    random = np.random.default_rng((settings.seed, step))
    kept: list[Example] = []
    while True:
        kept = [*kept, teacher.draw(settings.batch, settings.steps, random)][-settings.kept :]
        yield kept[-1]
        for _ in range(settings.uses - 1):
            yield kept[int(random.integers(len(kept)))]


def main(arguments: list[str] | None = None) -> None:
    """Run, or go on with, a training; what it gives is OUT/sharpened.safetensors."""
    parser = command_line(__doc__, "torch")
    parser.add_argument("networks", type=Path, nargs="+", help="weights of gan.training.text.network")
    options = parser.parse_args(arguments)
    backend.choose(options.backend, options.precision)
    run(Settings(**changed_settings(options)), options.cache, options.out, options.networks)


def run(
    settings: Settings,
    cache: Path,
    out: Path,
    networks: Sequence[Path],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Train for ``settings.minutes`` in all, by a clock that gives seconds; see ``main``."""
    import keras

    from gan.judging.discriminator import load_weights, save_weights
    from gan.text_network import TextConfig, build_text_network

    keras.utils.set_random_seed(settings.seed)
    texts, _ = load_texts(cache)
    training, selection = ([numbers(text) for text in texts[part]] for part in ("training", "selection"))
    ngram = Ngram(training, settings.order, settings.discount)
    teacher = Teacher(ngram, [load_text_network(path, np.float32) for path in networks], settings.networks)
    config = TextConfig(**card(networks[0])["config"])
    network, quiet = build_text_network(config), build_text_network(config)
    load_weights(network, networks[0])
    taught = partial(lessons, teacher, settings)
    fit(network, quiet, taught, selection, settings, out, {"config": asdict(config)}, clock)
    load_weights(quiet, out / NAME)
    save_weights(quiet, out / SHARPENED, card(out / NAME) | sharpen(quiet, selection))


def sharpen(network: Any, selection: Sequence[NDArray[np.int64]]) -> dict[str, float]:
    """Multiply a network's logits by that of ``SHARPER`` with the fewest bits; which it is, and the bits a symbol."""
    from gan.text_network import bits

    output = network.get_layer("output")
    own = output.get_weights()

    def tried(factor: float) -> float:
        output.set_weights([factor * w for w in own])
        return float(bits(network, selection).sum()) / sum(map(len, selection))

    found = {float(factor): tried(factor) for factor in SHARPER}
    best = min(found, key=lambda factor: found[factor])
    tried(best)
    return {"sharpened": best, "bits": found[best]}


if __name__ == "__main__":
    main()
