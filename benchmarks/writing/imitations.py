"""Imitations beside genuine lines:

    python -m benchmarks.writing.imitations --cache CACHE [--split testset_f] [--writers 40]

Of each writer of a split of IAM-OnDB five lines of one form are known. Five lines of other forms are genuine; the
shipped generator writes their very texts: in the known hand after its top layer has learnt it (retrain), in the known
hand (prime), and in none (free); the generator of the game writes them in the known hand (game); five lines by the
next writer are strangers'. All are scored against the known lines by the shipped verifier, without time, at equal
amounts of ink or as near as lines are; and by the second judge, who accepts what lies above his equal error rate's
threshold on the genuine and the strangers' lines. Fit is what the genuine lines cost the generator after the first
known line, before and after it has learnt. Writers of ``testset_f`` are test people: each look is logged.
Interrupted, it tells of the writers whom it has done.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from datasets import protocol
from datasets.errors import ForgeryKitError
from datasets.sample import Sample
from forgery_kit.imitation.imitate import CANDIDATES, LINE, set_on_page
from forgery_kit.imitation.known_hand import KnownLine, hand_of
from forgery_kit.imitation.retrain import as_line, retrained
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.metrics import clopper_pearson
from forgery_kit.likelihood.reference import CHUNK_STEPS
from forgery_kit.likelihood.reference_build import cached_samples
from forgery_kit.reading.lines import ink_lines, read_lines
from forgery_kit.simulation.reference import load_imitations
from gan.judging.second_judge import WEIGHTS as SECOND_JUDGE
from gan.judging.second_judge import embeddings
from gan.judging.style import sequence, traces
from gan.reading.decoding import edit_distance
from gan.writing.adaptation import Settings, cost, reader, top_layer, with_top
from gan.writing.alphabet import CHARACTERS
from gan.writing.lines import joined
from gan.writing.loops import Generator
from gan.writing.priming import strokes_of
from gan.writing.sampling import Prime, draw, load_generator

KINDS = ("genuine", "retrain", "prime", "game", "free", "stranger")
#: Those that were written by a person or a generator for the known writer's; those of them that a generator wrote.
WRITTEN, GENERATED = KINDS[:5], KINDS[1:5]
#: The generator after the game; training writers whose mean is the second judge's middle.
GAME, MIDDLE = SECOND_JUDGE.parent / "game.safetensors", 100
EACH, REDRAWS, SEED, BIAS = 5, 2000, 3, 0.5


@dataclass(frozen=True, eq=False)
class Case:
    """A writer: known lines, and others of his that are written by the generator, too."""

    name: str
    known: list[Sample]
    genuine: list[Sample]


@dataclass(frozen=True, eq=False)
class Measured:
    """Of a writer, by kind: ``lrs``, the second judge's ``cosines`` and ``misread``; and ``fit`` before and after."""

    lrs: dict[str, np.ndarray]
    cosines: dict[str, np.ndarray]
    misread: dict[str, tuple[int, int]]
    fit: tuple[float, float]


def drawn(texts: Sequence[str], prime: Prime | None, seed: int, generator: Generator) -> list[Sample]:
    """A line of each text."""
    made = draw(generator, list(texts), [(SEED, seed, k) for k in range(len(texts))], BIAS, prime, None, CANDIDATES)
    return [
        Sample(set_on_page([strokes_of(one.points[one.first :], generator.hand.scale)]), text=text)
        for text, one in zip(texts, made, strict=True)
    ]


def fit(known: Sequence[KnownLine], unseen: Sequence[KnownLine], generator: Generator) -> float:
    """Nats a line of unseen lines, each after the first known one."""
    first = as_line(known[0], generator)
    lines = [as_line(line, generator) for line in unseen]
    read = reader(generator)([joined(first, line) for line in lines], len(first.points))
    return cost(top_layer(generator, Settings()), read) * sum(len(line.points) for line in lines) / len(lines)


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


def middle(cache: Path) -> np.ndarray:
    """The second judge's mean of training writers, five lines each."""
    own = protocol.by_writer([s for s in cached_samples(cache, "iam-ondb") if s.split == "trainset" and s.text])
    sides = [samples[:EACH] for _, samples in sorted(own.items()) if len(samples) >= EACH]
    mean: np.ndarray = embeddings(sides[:MIDDLE]).mean(axis=0)
    return mean


def cosines(centre: np.ndarray, samples: Sequence[Sample], known: Sequence[Sample]) -> np.ndarray:
    """(n,) the second judge's scores of samples against known lines."""
    vectors = embeddings([*([one] for one in samples), list(known)]) - centre
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found: np.ndarray = vectors[:-1] @ vectors[-1]
    return found


def interval(values: Sequence[Sequence[float]], of: Callable[[np.ndarray], float]) -> str:
    """A figure over writers' rows with its 95 % interval over writers."""
    rows = np.array(values, float)
    generator = np.random.default_rng(0)
    found = [of(rows[generator.integers(len(rows), size=len(rows))]) for _ in range(REDRAWS)]
    low, high = np.quantile(found, [0.025, 0.975])
    return f"{of(rows):.3f} [{low:.3f}, {high:.3f}]"


def cases_of(cache: Path, split: str) -> list[Case]:
    """The writers of a split with lines enough, in the order of their names."""
    samples = [s for s in cached_samples(cache, "iam-ondb") if s.split == split and s.text]
    random = np.random.default_rng(SEED)
    cases = []
    for name, own in sorted(protocol.by_writer(samples).items()):
        forms = sorted({str(s.form) for s in own})
        fitting = [s for s in own if len(s.text or "") <= LINE and all(c in CHARACTERS for c in s.text or "")]
        known = [s for s in own if str(s.form) == forms[0]][:EACH]
        others = [s for s in fitting if str(s.form) != forms[0]]
        if len(others) >= EACH and len(known) == EACH:
            cases.append(Case(name, known, [others[i] for i in random.permutation(len(others))[:EACH]]))
    return cases


@lru_cache(maxsize=1)
def after_game() -> Generator:
    """The generator that the game left."""
    return load_generator.__wrapped__(GAME)


def measured(judge: Judge, centre: np.ndarray, cases: Sequence[Case], number: int) -> Measured:
    """All figures of a writer. Raises ForgeryKitError where the known lines are refused."""
    generator, case = load_generator(), cases[number]
    texts = [" ".join(str(s.text).split()) for s in case.genuine]
    hand = retrained(hand_of(case.known, None), generator)
    adapted = with_top(generator, hand.weights)
    unseen = [KnownLine(list(s.ink.strokes()), text, s) for s, text in zip(case.genuine, texts, strict=True)]
    lines = {
        "genuine": case.genuine,
        "retrain": drawn(texts, hand.prime, number, adapted),
        "prime": drawn(texts, hand.prime, number, generator),
        "game": drawn(texts, hand.prime, number, after_game()),
        "free": drawn(texts, None, number, generator),
        "stranger": cases[(number + 1) % len(cases)].genuine,
    }
    return Measured(
        {kind: lrs(judge, some, case.known) for kind, some in lines.items()},
        {kind: cosines(centre, some, case.known) for kind, some in lines.items()},
        {kind: misread(lines[kind]) for kind in WRITTEN},
        (fit(hand.lines, unseen, generator), fit(hand.lines, unseen, adapted)),
    )


def main() -> None:
    """Draw, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--writers", type=int, default=40)
    options = parser.parse_args()
    judge, cases = default_judge(), cases_of(options.cache, options.split)[: options.writers]
    centre = middle(options.cache)
    found = []
    for number, case in enumerate(cases):
        try:
            found.append(measured(judge, centre, cases, number))
        except ForgeryKitError as error:
            print(f"{case.name}: {error}")
            continue
        except KeyboardInterrupt:
            break
        print(number, case.name, {k: v[:, 1].mean().round(2) for k, v in found[-1].lrs.items()}, flush=True)
    report(
        {kind: [one.lrs[kind] for one in found] for kind in KINDS},
        {kind: [one.misread[kind] for one in found] for kind in WRITTEN},
        [one.fit for one in found],
    )
    second({kind: [one.cosines[kind] for one in found] for kind in KINDS})


def second(found: dict[str, list[np.ndarray]]) -> None:
    """What the second judge accepts, each writer's share weighing the same."""
    own, other = np.concatenate(found["genuine"]), np.concatenate(found["stranger"])
    limits = np.sort(np.concatenate([own, other]))
    wrong = np.array([[(own < limit).mean(), (other >= limit).mean()] for limit in limits])
    best = int(np.abs(wrong[:, 0] - wrong[:, 1]).argmin())
    print(f"second judge: errs in {wrong[best].mean():.3f} of genuine and strangers' lines")
    shares = {kind: [[float((one >= limits[best]).mean())] for one in found[kind]] for kind in KINDS}
    for kind in KINDS:
        print(f"accepted, {kind}: {interval(shares[kind], lambda r: float(r.mean()))}")
    for kind in ("retrain", "prime", "game"):
        both = np.hstack([shares[kind], shares["free"]])
        print(f"{kind} less free: {interval(both.tolist(), lambda r: float((r[:, 0] - r[:, 1]).mean()))}")


def report(
    found: dict[str, list[np.ndarray]], errors: dict[str, list[tuple[int, int]]], fits: Sequence[Sequence[float]]
) -> None:
    """The tables."""
    print(f"{len(found['genuine'])} writers, {EACH} lines of each kind")
    for name, of in (("before", lambda r: r[:, 0].mean()), ("after", lambda r: r[:, 1].mean())):
        print(f"nats a genuine line {name}: {interval(fits, of)}")
    print("after less before:", interval(fits, lambda r: float((r[:, 1] - r[:, 0]).mean())))
    for column, name in ((1, "H1 : H2"), (2, "H1 : H3")):
        for kind in KINDS if column == 1 else WRITTEN:
            shares = [[float((rows[:, column] > limit).mean()) for limit in (0, 1)] for rows in found[kind]]
            below = [[float((rows[:, column] < -1).mean())] for rows in found[kind]]
            print(
                f"{name} {kind:9} LR > 1 {interval(shares, lambda r: float(r[:, 0].mean()))}, "
                f"> 10 {interval(shares, lambda r: float(r[:, 1].mean()))}, "
                f"< 1/10 {interval(below, lambda r: float(r.mean()))}, "
                f"median {np.median(np.concatenate(found[kind])[:, column]):+.2f}"
            )
    taken = [[float((rows[:, 1] > 0).mean()) for rows in found[kind]] for kind in ("retrain", "prime")]
    gain = interval(list(zip(*taken, strict=True)), lambda r: float((r[:, 0] - r[:, 1]).mean()))
    print(f"LR > 1, retrain less prime: {gain}")
    means = {kind: [rows[:, 0].mean() for rows in found[kind]] for kind in KINDS}
    for kind in GENERATED:
        rows = list(zip(means["genuine"], means[kind], means["stranger"], strict=True))
        share = interval(rows, lambda r: float((r[:, 1] - r[:, 2]).mean() / (r[:, 0] - r[:, 2]).mean()))
        print(f"likeness of {kind}: {share} of the way from a stranger's writing to the writer's own")
    for kind, pairs in errors.items():
        print(f"misread, {kind}: {interval(pairs, lambda r: float(r[:, 0].sum() / r[:, 1].sum()))}")
    for kind in ("retrain", "prime", "game"):
        count = sum(bool((rows[:, 1] > 0).any()) for rows in found[kind])
        print(f"writers with any imitation taken for theirs, {kind}:", clopper_pearson(count, len(found[kind])))


if __name__ == "__main__":
    main()
