"""The text network beside an n-gram:  python -m benchmarks.writing.text_network --cache FOLDER

Bits per character, ends of lines counted, on the texts of the forms of IAM-OnDB. The n-gram is interpolated Kneser-Ney
(NLTK), trained on the same text as the network, its order and discount chosen on the selection part. With ``--test``,
both on ``testset_f``, once; intervals by redrawing forms.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from nltk.lm import KneserNeyInterpolated  # type: ignore[import-untyped]  # NLTK has no types
from nltk.util import everygrams  # type: ignore[import-untyped]
from numpy.typing import NDArray

from gan.training.text.texts import load_texts, numbers
from gan.writing.random_text import SYMBOLS, WEIGHTS, TextNetwork, load_text_network

ORDERS, DISCOUNTS = (5, 6, 7), (0.75, 0.85, 0.95)


class KneserNey:
    """NLTK's interpolated Kneser-Ney model of symbols; what it counts again for every symbol is counted once.

    Its shortest context, none, is interpolated with a uniform distribution, so that no symbol is impossible.
    """

    def __init__(self, texts: Sequence[str], order: int, discount: float) -> None:
        self.order, self.discount = order, discount
        grams = (everygrams(self._begun(text), max_len=order) for text in texts)
        self.model: Any = KneserNeyInterpolated(order, discount=discount)
        self.model.fit(grams, list(SYMBOLS))
        #: Context → symbol → how often it came after it; below the highest order, after how many symbols before that.
        self.counts: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for length in range(2, order + 1):
            for context, found in self.model.counts[length].items():
                for symbol in found:
                    self.counts[context[1:]][symbol] += 1
        self.counts |= {context: dict(found) for context, found in self.model.counts[order].items()}
        self.all = {context: sum(found.values()) for context, found in self.counts.items()}
        self._scores: dict[tuple[str, tuple[str, ...]], float] = {}
        self.model.estimator.alpha_gamma = self._alpha_gamma
        self.model.estimator.unigram_score = self._unigram

    def _begun(self, text: str) -> str:
        return "\n" * (self.order - 1) + text

    def _alpha_gamma(self, symbol: str, context: tuple[str, ...]) -> tuple[float, float]:
        found, everything = self.counts[context], self.all[context]
        return max(found.get(symbol, 0) - self.discount, 0) / everything, self.discount * len(found) / everything

    def _unigram(self, symbol: str) -> float:
        alpha, gamma = self._alpha_gamma(symbol, ())
        return alpha + gamma / len(SYMBOLS)

    def score(self, symbol: str, context: tuple[str, ...]) -> float:
        """Probability of a symbol after a context."""
        key = symbol, context
        if key not in self._scores:
            self._scores[key] = self.model.unmasked_score(symbol, context)
        return self._scores[key]

    def bits(self, text: str) -> float:
        """Bits of a whole text."""
        begun, before = self._begun(text), self.order - 1
        found = [self.score(begun[i], tuple(begun[i - before : i])) for i in range(before, len(begun))]
        return float(-np.log2(found).sum())


def network_bits(texts: Sequence[str], network: TextNetwork) -> NDArray[np.float64]:
    """Bits (n,) of whole texts by the text network, side by side."""
    newline, found = SYMBOLS.index("\n"), np.zeros(len(texts))
    symbols = np.full((len(texts), max(map(len, texts)) + 1), newline)
    for row, text in enumerate(texts):
        symbols[row, 1 : 1 + len(text)] = numbers(text)
    lengths, state = np.array([len(text) for text in texts]), network.start(len(texts))
    for place in range(symbols.shape[1] - 1):
        logits, state = network.step(symbols[:, place], state)
        highest = logits.max(axis=1)
        of_all = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
        nats = of_all - logits[np.arange(len(texts)), symbols[:, place + 1]]
        found += np.where(place < lengths, nats, 0) / np.log(2)
    return found


def interval(bits: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of the ratio of two sums over forms, by redrawing forms."""
    rows = np.random.default_rng(1).integers(0, len(bits), (2000, len(bits)))
    low, high = np.quantile(bits[rows].sum(axis=1) / others[rows].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--orders", type=int, nargs="+", default=ORDERS, help="orders to choose from")
    parser.add_argument("--discounts", type=float, nargs="+", default=DISCOUNTS, help="discounts to choose from")
    parser.add_argument("--test", action="store_true", help="look at testset_f")
    options = parser.parse_args()
    texts, left_out = load_texts(options.cache)
    for part, mine in texts.items():
        print(f"{part}: {len(mine)} forms, {sum(map(len, mine))} characters, {left_out[part]} forms left out")
    selection = texts["selection"]
    characters = sum(map(len, selection))
    found = {}
    for order, discount in product(options.orders, options.discounts):
        model = KneserNey(texts["training"], order, discount)
        found[order, discount] = sum(map(model.bits, selection)) / characters
        print(f"n-gram, order {order}, discount {discount}: selection {found[order, discount]:.4f}", flush=True)
    order, discount = min(found, key=lambda key: found[key])
    print(f"chosen: order {order}, discount {discount}")
    parts = [("selection", selection)] + [("testset_f", texts["test"])] * options.test
    model = KneserNey(texts["training"], order, discount)
    for name, mine in parts:
        by_network = network_bits(mine, load_text_network(options.weights))
        by_counts = np.array([model.bits(text) for text in mine])
        size = sum(map(len, mine))
        low, high = interval(by_network, by_counts)
        print(
            f"{name}, {len(mine)} forms: network {by_network.sum() / size:.4f}, n-gram {by_counts.sum() / size:.4f}, "
            f"ratio {by_network.sum() / by_counts.sum():.4f} [{low:.4f}, {high:.4f}]"
        )


if __name__ == "__main__":
    main()
