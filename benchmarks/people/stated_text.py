"""What stating the text is worth:

    python -m benchmarks.people.stated_text --cache CACHE [--split testset_t …] [--out FILE]

Lines and forms of IAM-OnDB whose text the corpus knows, with read and with stated letters on either side: EER and
Cllr min of the fused score by the weight of letters, and Cllr of the LRs that the shipped calibrations make at the
shipped weight. Also how sure the letters of a line are with its own text and with that of a line by somebody else,
which is what a text that hardly fits is refused by.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.cache import read_samples
from datasets.errors import ArgumentsError, MissingResourceError
from datasets.sample import Exhibit, Sample
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.amounts import FLOOR_STEPS
from forgery_kit.likelihood.back_end import BackEnd
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.plda import score_matrix as plda_matrix
from forgery_kit.likelihood.stated import with_stated_letters
from forgery_kit.reading.lines import ink_lines, set_lines
from forgery_kit.validation.iam_ondb import few
from gan.judging.style import sequence, traces

#: Weights of letters that are tried at every amount, beside the shipped ones.
WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ink:
    """Exhibits (n) with their writer and form (indices), steps of ink, and vectors with read and stated letters."""

    writer: NDArray[np.int64]
    form: NDArray[np.int64]
    steps: Array
    read: Array
    stated: Array
    refused: int


def embedded(exhibits: Sequence[list[Sample]]) -> Ink:
    """Exhibits with the text of their samples; those with too little ink, or whose text is refused, are left out."""
    judge, kept, read, stated, refused = default_judge(), [], [], [], 0
    for samples in exhibits:
        ink = traces(samples)
        features = sequence(ink, True) if ink else np.zeros((0, 1), np.float32)
        if len(features) < FLOOR_STEPS:
            continue
        text = "\n".join(str(sample.text) for sample in samples)
        try:
            stated.append(sequence(with_stated_letters(Exhibit("Q", tuple(samples), text), ink, True), True))
        except ArgumentsError:
            refused += 1
            continue
        read.append(features)
        kept.append(samples[0])
    names = [sorted({str(getattr(sample, name)) for sample in kept}) for name in ("writer", "form")]
    return Ink(
        np.array([names[0].index(str(sample.writer)) for sample in kept]),
        np.array([names[1].index(str(sample.form)) for sample in kept]),
        np.array([len(features) for features in read], float),
        judge.embed(read),
        judge.embed(stated),
        refused,
    )


def letters_of(back_end: BackEnd, ink: Ink, both: tuple[str, str]) -> Array:
    """(n, n) scores of the letters alone, where they were found as ``both`` says of either side, symmetric."""
    assert back_end.letters is not None
    a, b = (back_end.split(getattr(ink, side))[1] for side in both)
    found = back_end.letters.score_matrix(a, ink.steps, b, ink.steps)
    return np.asarray((found + found.T) / 2)


def figures(ink: Ink) -> dict[str, object]:
    """EER (%), Cllr min by weight, and Cllr at the shipped one, over pairs from different forms, writers weighing the
    same."""
    judge = default_judge()
    back_end = judge.reference.back_end[True]
    alone = back_end.split(ink.read)[0]
    base = plda_matrix(back_end.plda, alone, ink.steps, alone, ink.steps)
    first, second = np.triu_indices(len(base), 1)
    keep = ink.form[first] != ink.form[second]
    first, second = first[keep], second[keep]
    shipped = back_end.weight(ink.steps[first], ink.steps[second])
    found: dict[str, object] = {"exhibits": len(base), "writers": len(set(ink.writer)), "refused": ink.refused}
    for both in (("read", "read"), ("stated", "read"), ("stated", "stated")):
        letters = letters_of(back_end, ink, both)[first, second]
        rows = {}
        for name, weight in (*((str(w), w) for w in WEIGHTS), ("shipped", shipped)):
            score = base[first, second] + weight * letters
            pairs = ScorePairs(score, ink.writer[first], ink.writer[second], np.zeros(len(first), np.int64))
            weights = metrics.pair_weights(pairs)
            rows[name] = [
                round(100 * metrics.eer(score, pairs.same, weights), 2),
                round(metrics.cllr_min(score, pairs.same, weights), 4),
            ]
        values = judge.calibrations.of_pairs("timed", score, ink.steps[first], ink.steps[second], few(pairs, 1))
        rows["shipped"].append(round(metrics.cllr(values.bounded, pairs.same, weights), 4))
        found[" / ".join(both)] = rows
    return found


def sureness(lines: Sequence[Sample]) -> dict[str, list[float]]:
    """Quantiles of the mean confidence of a line's letters with its own text, and with the next other writer's."""
    own, foreign = [], []
    for index, sample in enumerate(lines):
        ink = ink_lines([sample])
        other = next((s for s in [*lines[index:], *lines] if s.writer != sample.writer), None)
        for text, kept in ((sample.text, own), (other.text if other else None, foreign)):
            if ink and text:
                try:
                    found = [x.confidence for line in set_lines(ink, text) for x in line.letters if x.character != " "]
                except ArgumentsError:
                    found = [0.0]
                kept.append(float(np.mean(found)))
    quantiles = (0.0, 0.005, 0.01, 0.05, 0.5, 0.95, 0.99, 1.0)
    return {
        name: [round(float(v), 3) for v in np.quantile(values, quantiles)]
        for name, values in (("own text", own), ("another's text", foreign))
    } | {"quantiles": list(quantiles)}


def measured(cache: Path, split: str) -> dict[str, object]:
    """All figures of one split. Raises MissingResourceError where the corpus is not cached."""
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(str(cache), "iam-ondb is not cached here.", "Run `python cli.py data cache`.")
    lines = [s for s in loaded[0] if s.split == split and s.writer and s.text]
    forms: dict[str, list[Sample]] = {}
    for sample in lines:
        forms.setdefault(str(sample.form), []).append(sample)
    return {
        "lines": figures(embedded([[sample] for sample in lines])),
        "forms": figures(embedded(list(forms.values()))),
        "sureness of lines": sureness(lines[::4]),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and print, or write, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--split", nargs="+", default=["testset_t", "testset_v"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    text = json.dumps({split: measured(options.cache, split) for split in options.split}, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
