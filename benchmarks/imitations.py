"""Imitations beside genuine lines:  python -m benchmarks.imitations --cache CACHE [--split testset_f] [--writers 40]

Of each writer of a split of IAM-OnDB five lines of one form are known. Five lines of other forms are genuine; the
shipped generator writes their very texts, once in the known hand (prime) and once in none (free); five lines by the
next writer are strangers'. All are scored against the known lines by the shipped verifier, without time, at equal
amounts of ink or as near as lines are. Writers of ``testset_f`` are test people: each look is logged.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from datasets import protocol
from datasets.errors import ForgeryKitError
from datasets.sample import Sample
from forgery_kit.imitation.imitate import CANDIDATES, LINE, set_on_page
from forgery_kit.imitation.known_hand import hand_of
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.metrics import clopper_pearson
from forgery_kit.likelihood.reference import CHUNK_STEPS
from forgery_kit.likelihood.reference_build import cached_samples
from forgery_kit.reading.lines import ink_lines, read_lines
from forgery_kit.simulation.reference import load_imitations
from gan.judging.style import sequence, traces
from gan.reading.decoding import edit_distance
from gan.writing.alphabet import CHARACTERS
from gan.writing.priming import strokes_of
from gan.writing.sampling import Prime, draw, load_generator

KINDS = ("genuine", "prime", "free", "stranger")
EACH, REDRAWS, SEED, BIAS = 5, 2000, 3, 0.5


def drawn(texts: Sequence[str], prime: Prime | None, seed: int) -> list[Sample]:
    """A line of each text."""
    generator = load_generator()
    made = draw(generator, list(texts), [(SEED, seed, k) for k in range(len(texts))], BIAS, prime, None, CANDIDATES)
    return [
        Sample(set_on_page([strokes_of(one.points[one.first :], generator.hand.scale)]), text=text)
        for text, one in zip(texts, made, strict=True)
    ]


def misread(samples: Sequence[Sample]) -> tuple[int, int]:
    """Characters read otherwise, of how many."""
    edits = count = 0
    for sample in samples:
        text = " ".join(str(sample.text).split())
        read = " ".join(line.text.strip() for line in read_lines(ink_lines([sample], False)))
        edits, count = edits + edit_distance(list(read), list(text)), count + len(text)
    return edits, count


def lrs(judge: Judge, samples: Sequence[Sample], known: Sequence[Sample]) -> np.ndarray:
    """(n, 3) score, log10 LR of H1 against H2 and of H1 against H3, bounded, of each sample against known lines."""
    side = sequence(traces(list(known)), False)
    vector = judge.embed([side])[0]
    shipped = load_imitations(judge.reference.sha256).calibrations
    rows = []
    for sample in samples:
        features = sequence(traces([sample]), False)
        score = float(
            score_pairs(judge.reference.back_end[False], judge.embed([features])[0], len(features), vector, len(side))[
                0
            ]
        )
        usual, _ = judge.calibrations.at("untimed", len(features), len(side))
        machine, _ = shipped.at("untimed", min(len(features), CHUNK_STEPS[-1]), len(side))
        rows.append([score, *(float(np.clip(c.unbounded(np.array(score)), *c.bounds)) for c in (usual, machine))])
    return np.array(rows)


def interval(values: Sequence[Sequence[float]], of: Callable[[np.ndarray], float]) -> str:
    """A figure over writers' rows with its 95 % interval over writers."""
    rows = np.array(values, float)
    generator = np.random.default_rng(0)
    found = [of(rows[generator.integers(len(rows), size=len(rows))]) for _ in range(REDRAWS)]
    low, high = np.quantile(found, [0.025, 0.975])
    return f"{of(rows):.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Draw, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--writers", type=int, default=40)
    options = parser.parse_args()
    samples = [s for s in cached_samples(options.cache, "iam-ondb") if s.split == options.split and s.text]
    people = sorted(protocol.by_writer(samples).items())
    judge = default_judge()
    generator = np.random.default_rng(SEED)
    cases = []
    for name, own in people:
        forms = sorted({str(s.form) for s in own})
        fitting = [s for s in own if len(s.text or "") <= LINE and all(c in CHARACTERS for c in s.text or "")]
        known = [s for s in own if str(s.form) == forms[0]][:EACH]
        others = [s for s in fitting if str(s.form) != forms[0]]
        if len(others) >= EACH and len(known) == EACH:
            cases.append((name, known, [others[i] for i in generator.permutation(len(others))[:EACH]]))
    cases = cases[: options.writers]
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    errors: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS[:3]}
    for number, (name, known, genuine) in enumerate(cases):
        texts = [" ".join(str(s.text).split()) for s in genuine]
        try:
            hand = hand_of(known, None)
        except ForgeryKitError as error:
            print(f"{name}: {error}")
            continue
        kinds = {
            "genuine": genuine,
            "prime": drawn(texts, hand.prime, number),
            "free": drawn(texts, None, number),
            "stranger": cases[(number + 1) % len(cases)][2],
        }
        for kind, lines in kinds.items():
            found[kind].append(lrs(judge, lines, known))
            if kind in errors:
                errors[kind].append(misread(lines))
        print(number, name, {k: v[-1][:, 1].mean().round(2) for k, v in found.items()}, flush=True)
    report(found, errors)


def report(found: dict[str, list[np.ndarray]], errors: dict[str, list[tuple[int, int]]]) -> None:
    """The tables."""
    print(f"{len(found['genuine'])} writers, {EACH} lines of each kind")
    for column, name in ((1, "H1 : H2"), (2, "H1 : H3")):
        for kind in KINDS if column == 1 else KINDS[:2]:
            shares = [[float((rows[:, column] > limit).mean()) for limit in (0, 1)] for rows in found[kind]]
            below = [[float((rows[:, column] < -1).mean())] for rows in found[kind]]
            print(
                f"{name} {kind:9} LR > 1 {interval(shares, lambda r: float(r[:, 0].mean()))}, "
                f"> 10 {interval(shares, lambda r: float(r[:, 1].mean()))}, "
                f"< 1/10 {interval(below, lambda r: float(r.mean()))}, "
                f"median {np.median(np.concatenate(found[kind])[:, column]):+.2f}"
            )
    means = [[rows[:, 0].mean() for rows in found[kind]] for kind in ("genuine", "prime", "free", "stranger")]
    for number, kind in ((1, "prime"), (2, "free")):
        rows = list(zip(means[0], means[number], means[3], strict=True))
        share = interval(rows, lambda r: float((r[:, 1] - r[:, 2]).mean() / (r[:, 0] - r[:, 2]).mean()))
        print(f"likeness of {kind}: {share} of the way from a stranger's writing to the writer's own")
    for kind, pairs in errors.items():
        print(f"misread, {kind}: {interval(pairs, lambda r: float(r[:, 0].sum() / r[:, 1].sum()))}")
    taken = sum(bool((rows[:, 1] > 0).any()) for rows in found["prime"])
    print("writers with any imitation taken for theirs:", clopper_pearson(taken, len(found["prime"])))


if __name__ == "__main__":
    main()
