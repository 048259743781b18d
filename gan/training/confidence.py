"""Calibrate the confidence of readings:  python -m gan.training.confidence --cache FOLDER

Reads the calibration people's lines and words with the recogniser and language model in ``gan/pretrained``, fits the
coefficients of ``gan.reading.confidence`` and the least confidence of a line that counts as read, and writes both into
``recogniser.json``, with error rates and a table of reliability.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from gan.features import feature_sequence
from gan.reading import decoding
from gan.reading.confidence import confidence_terms
from gan.reading.language import load_language
from gan.reading.reader import CARD, posteriors
from gan.training.recogniser import Line, load_lines

#: Words of UNIPEN that are read, drawn at random.
WORDS = 2_000
#: Share of real lines of four letters and more that may fall below the least confidence.
MISSED = 0.005


def correct(read: np.ndarray, text: np.ndarray) -> np.ndarray:
    """Whether each letter (n,) of a reading stands on an alignment with the fewest edits as itself."""
    cost = np.zeros((len(read) + 1, len(text) + 1), int)
    cost[:, 0], cost[0] = np.arange(len(read) + 1), np.arange(len(text) + 1)
    for i in range(1, len(read) + 1):
        for j in range(1, len(text) + 1):
            change = cost[i - 1, j - 1] + (read[i - 1] != text[j - 1])
            cost[i, j] = min(change, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    right = np.zeros(len(read), bool)
    i, j = len(read), len(text)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + (read[i - 1] != text[j - 1]):
            right[i - 1] = read[i - 1] == text[j - 1]
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return right


def fitted(terms: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Coefficients of the logistic regression of ``right`` (n,) on ``terms`` (n, k), with a little ridge."""
    sign = np.where(right, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (terms @ w)
        slope = -sign / (1 + np.exp(np.clip(margin, -50, 50)))
        return float(np.logaddexp(0, -margin).mean() + 1e-4 * w @ w), terms.T @ slope / len(right) + 2e-4 * w

    return minimize(loss, np.zeros(terms.shape[1]), jac=True, method="L-BFGS-B").x


def read_all(lines: list[Line]) -> tuple[dict[str, float], list[tuple[np.ndarray, np.ndarray]]]:
    """Error rates of a corpus, and terms (letters, k) and correctness (letters,) of each reading."""
    log_p = posteriors([feature_sequence(line.ink) for line in lines])
    language = load_language()
    total = sum(len(line.text) for line in lines)
    greedy = sum(decoding.edit_distance(decoding.greedy(p), line.text) for p, line in zip(log_p, lines, strict=True))
    edits, found = 0, []
    for start in range(0, len(lines), 32):
        texts = decoding.beam_search(log_p[start : start + 32], language)
        for line, p, text in zip(lines[start : start + 32], log_p[start : start + 32], texts, strict=True):
            edits += decoding.edit_distance(text, line.text)
            found.append((confidence_terms(p, text, decoding.align(p, text)), correct(text, line.text)))
    return {"cer_greedy": round(greedy / total, 4), "cer": round(edits / total, 4), "lines": len(lines)}, found


def main(arguments: list[str] | None = None) -> None:
    """Fit, and write into the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    options = parser.parse_args(arguments)
    card = json.loads(CARD.read_text(encoding="utf-8")) if CARD.exists() else {}
    found = []
    for corpus in ("iam-ondb", "unipen"):
        lines = load_lines(options.cache, corpus, ("calibration",))
        if len(lines) > WORDS:
            lines = [lines[i] for i in np.random.default_rng(1).choice(len(lines), WORDS, replace=False)]
        lines.sort(key=lambda line: line.steps)
        card[f"calibration_{corpus}"], of_corpus = read_all(lines)
        found += of_corpus
    terms, right = (np.concatenate([pair[k] for pair in found]) for k in (0, 1))
    weights = fitted(terms, right)
    sure = 1 / (1 + np.exp(-terms @ weights))
    of_lines = [float(np.mean(1 / (1 + np.exp(-t @ weights)))) for t, _ in found if len(t) >= 4]
    card["confidence"] = [round(float(w), 4) for w in weights]
    card["least_confidence"] = round(float(np.quantile(of_lines, MISSED)), 3)
    card["reliability"] = [
        [round(float(sure[rows].mean()), 3), round(float(right[rows].mean()), 3), len(rows)]
        for rows in np.array_split(np.argsort(sure), 10)
    ]
    CARD.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    main()
