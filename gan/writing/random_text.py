"""Lines of text that nobody chose, from the text network: by NumPy alone, since it is small and Keras slow to start.

``gan.text_network`` is the network itself, ``gan.training.text`` trains it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, MissingResourceError
from gan.writing.alphabet import CHARACTERS

Array = NDArray[np.floating[Any]]
#: State and cell (rows, units) of each layer.
State = list[tuple[Array, Array]]
#: What the network reads and writes: the characters, and the end of a line.
SYMBOLS = CHARACTERS + "\n"
WEIGHTS = Path(__file__).parent.parent / "pretrained" / "text-network.safetensors"
#: Logits are divided by it: below 1, the likelier letters come more often, and fewer words are made up.
TEMPERATURE = 0.5
#: Characters of a line; shorter and longer ones are drawn anew. One line of `imitate` has at most so many.
SHORTEST, LONGEST = 12, 40
MOST_LINES = 100


@dataclass(frozen=True, eq=False)
class TextNetwork:
    """The text network's parameters by name, of the precision that it computes in, and the number of its layers."""

    weights: Mapping[str, Array]
    layers: int

    def start(self, rows: int = 1) -> State:
        """The state before anything was read."""
        own = [self.weights[f"lstm_{number}/recurrent"] for number in range(self.layers)]
        return [(np.zeros((rows, len(w)), w.dtype), np.zeros((rows, len(w)), w.dtype)) for w in own]

    def step(self, symbols: NDArray[np.int64], before: State) -> tuple[Array, State]:
        """Logits (rows, symbols) of what follows symbols (rows,), and the state after; see ``gan.cells.Lstm``."""
        after: State = []
        for number, (h, c) in enumerate(before):
            kernel, recurrent, bias = (
                self.weights[f"lstm_{number}/{name}"] for name in ("kernel", "recurrent", "bias")
            )
            z = kernel[symbols] + h @ recurrent + bias
            if number:
                z = z + after[-1][0] @ kernel[len(SYMBOLS) :]
            i, f, g, o = np.split(z, 4, axis=-1)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
            after.append((_sigmoid(o) * np.tanh(c), c))
        states = np.concatenate([h for h, _ in after], axis=-1)
        return states @ self.weights["output/kernel"] + self.weights["output/bias"], after


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * x))


def card(weights: Path = WEIGHTS) -> dict[str, Any]:
    """What is stored with the weights. Raises MissingResourceError where they are missing."""
    from safetensors import safe_open

    if not weights.is_file():
        raise MissingResourceError(str(weights), "the text network's weights are missing.", "Get or train them.")
    with safe_open(weights, framework="np") as stored:
        found: dict[str, Any] = json.loads(stored.metadata()["card"])
    return found


def load_text_network(weights: Path = WEIGHTS, dtype: type[np.floating[Any]] = np.float64) -> TextNetwork:
    """The shipped network, or that of another file. Raises MissingResourceError where the weights are missing."""
    layers = card(weights)["config"]["layers"]
    from safetensors.numpy import load_file

    return TextNetwork({name: array.astype(dtype) for name, array in load_file(weights).items()}, layers)


def random_lines(count: int, seed: int) -> list[str]:
    """So many lines of text; line i is the same whatever ``count`` is.

    Each is drawn as the line after another one, which is thrown away: first lines of forms are of a kind of their own.
    Raises ArgumentsError for a count or a seed out of range, MissingResourceError without weights.
    """
    if not 1 <= count <= MOST_LINES:
        raise ArgumentsError("--text-random", f"{count} lines cannot be drawn.", f"Give 1 to {MOST_LINES}.")
    if seed < 0:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give 0 or more.")
    network = load_text_network()
    return [_fitting(_written(network, np.random.default_rng((seed, number)))) for number in range(count)]


def _fitting(lines: Iterator[str]) -> str:
    """The first line of a fitting length after the first of all."""
    next(lines)
    return next(line for line in lines if SHORTEST <= len(line) <= LONGEST and any(c.isalpha() for c in line))


def _written(network: TextNetwork, random: np.random.Generator) -> Iterator[str]:
    """Line after line; one that does not end is cut, and another text begun."""
    line, symbol, state = "", SYMBOLS.index("\n"), network.start()
    while True:
        logits, state = network.step(np.array([symbol]), state)
        # Gumbel noise on logits draws from their softmax.
        symbol = int(np.argmax(logits / TEMPERATURE + random.gumbel(size=(1, len(SYMBOLS)))))
        if SYMBOLS[symbol] != "\n" and len(line) <= 2 * LONGEST:
            line += SYMBOLS[symbol]
            continue
        yield " ".join(line.split())
        if SYMBOLS[symbol] != "\n":
            symbol, state = SYMBOLS.index("\n"), network.start()
        line = ""
