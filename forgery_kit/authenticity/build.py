"""Calibrate person or machine:  python -m forgery_kit.authenticity.build --run RUN --left-out RUN RUN --lines FILE

RUN is the training that ships, on every family of machines; the others (``without`` in their settings) were kept from
some families each. LINES (``gan.training.authenticity.machine_lines``) are of people whom none of them has seen. A
machine counts with the scores of a training that never saw its family: what is stated of machines is what holds of a
new one. Each training's scores are set on one scale by the people's lines. Writes ``authenticity-people.safetensors``,
and the weights beside it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from datasets.cache import read_samples
from datasets.errors import ArgumentsError, MissingResourceError
from datasets.sample import Sample
from forgery_kit.authenticity.curves import Array, Curve
from forgery_kit.authenticity.fit import Lines, deviates, fit_curve
from forgery_kit.authenticity.lines import coarse
from forgery_kit.authenticity.reference import (
    CALIBRATION,
    AuthenticityReference,
    Basis,
    reference_hash,
    save_reference,
)
from forgery_kit.likelihood.metrics import clopper_pearson
from gan import backend
from gan.judging.authenticity import WEIGHTS, load_heads
from gan.judging.machine_features import PARTS, Floats, Part, features_of
from gan.judging.style import weights_hash
from gan.training.authenticity.machine_lines import PERSON
from reports.authenticity.findings import MachineFamily, MachineReference
from reports.performance import Figure, Rate

#: Redraws of people behind the intervals of areas; log10 LR from which a line is said to be a machine's.
REDRAWS, ALARM = 300, -1.0
#: Lines of a donor whose share of false alarms is stated.
DONOR = 30


def milled(samples: Sequence[Sample], seed: int = 1) -> tuple[list[Sample], dict[Part, list[Floats]]]:
    """The samples that are fine enough and that both parts can see, and what each part sees of them."""
    generator = np.random.default_rng(seed)
    kept: list[Sample] = []
    found: dict[Part, list[Floats]] = {part: [] for part in PARTS}
    for sample in samples:
        try:
            if coarse(sample.ink):
                continue
            seen = {part: features_of(sample.ink, part, generator) for part in PARTS}
        except ValueError:
            continue
        kept.append(sample)
        for part in PARTS:
            found[part].append(seen[part])
    return kept, found


def odds_of(weights: Path, seen: dict[Part, list[Floats]]) -> dict[Part, Array]:
    """Part → (n,) log odds of the lines under the weights of a training."""
    return {part: head.scores(seen[part]) for part, head in load_heads(weights).items()}


def even_weights(person: NDArray[np.str_], donor: NDArray[np.str_]) -> Array:
    """(n,) weights of people's lines: donors share equally, in each its people, in each of those their lines."""
    weights = np.zeros(len(person))
    for one in np.unique(donor):
        own = np.flatnonzero(donor == one)
        _, owner, count = np.unique(person[own], return_inverse=True, return_counts=True)
        weights[own] = 1 / count[owner] / len(count)
    return weights / weights.sum()


def without(run: Path) -> list[str]:
    """Families that a training was kept from."""
    from safetensors import safe_open

    with safe_open(run / "authenticity.safetensors", framework="np") as stored:
        return list(json.loads(stored.metadata()["card"])["settings"]["without"])


def area(own: Array, people: NDArray[np.str_], forged: Array) -> Figure:
    """Area under the ROC curve, with its 95 % interval over people and over forged lines."""
    generator = np.random.default_rng(0)
    by_person = [own[people == name] for name in np.unique(people)]

    def of(real: Array, machine: Array) -> float:
        labels = np.repeat([1, 0], [len(real), len(machine)])
        return float(roc_auc_score(labels, np.concatenate([real, machine])))

    drawn = [
        of(
            np.concatenate([by_person[i] for i in generator.integers(len(by_person), size=len(by_person))]),
            generator.choice(forged, len(forged)),
        )
        for _ in range(REDRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    value = of(own, forged)
    return Figure(round(value, 4), round(min(float(low), value), 4), round(max(float(high), value), 4))


def build(run: Path, left_out: Sequence[Path], lines: Path) -> AuthenticityReference:
    """Score, set on one scale, fuse, fit."""
    loaded = read_samples(lines)
    if loaded is None:
        raise MissingResourceError(
            str(lines), "there are no lines.", "Make them: python -m gan.training.authenticity.machine_lines."
        )
    samples, seen = milled(loaded[0])
    family = np.array([str(s.split) for s in samples])
    person = np.array([str(s.writer) for s in samples])
    donor = np.array([str(s.device) for s in samples])
    real = family == PERSON
    weights = even_weights(person[real], donor[real])
    tables: dict[Path, dict[Part, tuple[Array, Array]]] = {}
    place: dict[Path, dict[Part, Array]] = {}
    shipped: dict[Part, Array] = {}
    for one in (run, *left_out):
        odds = odds_of(one / "authenticity.safetensors", seen)
        shipped = odds if one == run else shipped
        tables[one] = {part: deviates(odds[part][real], weights) for part in PARTS}
        place[one] = {part: np.interp(odds[part], *tables[one][part]) for part in PARTS}
    # Each machine's line, and people's lines once for each training, so that their noise is that of strangers too.
    rows, seen_by = [], []
    for one in left_out:
        kept_from = np.isin(family, without(one))
        if not kept_from.any():
            raise ArgumentsError(str(one), "this training saw all families.", "Give one kept from some.")
        chosen = np.flatnonzero(real | kept_from)
        rows.append(chosen)
        seen_by += [one] * len(chosen)
    index = np.concatenate(rows)
    both = np.array([[place[one][part][i] for part in PARTS] for i, one in zip(index, seen_by, strict=True)])
    machine = ~real[index]
    group = np.where(machine, family[index], donor[index])
    fusion = _fusion(both, machine, group, person[index])
    score: dict[Basis, Array] = {"both": both @ fusion, "movement": both[:, 0], "shape": both[:, 1]}
    # The fused score on the scale of deviates, too: a curve's points lie there.
    fusion = fusion / float(np.std(score["both"][~machine]))
    score["both"] = both @ fusion
    curves = {basis: fit_curve(Lines(s, person[index], group, machine)) for basis, s in score.items()}
    families = []
    for name in sorted(set(family.tolist()) - {PERSON}):
        mine = machine & (family[index] == name)
        if not mine.any():
            families.append(MachineFamily(name, int((family == name).sum()), None, None))
            continue
        owner = np.array([str(one) for one in seen_by])
        theirs = ~machine & (owner == owner[mine][0])
        people = person[index][theirs]
        bases: tuple[Basis, ...] = ("both", "shape")
        figures = [area(score[basis][theirs], people, score[basis][mine]) for basis in bases]
        families.append(MachineFamily(name, int(mine.sum()), *figures))
        told = (f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in figures)
        print(name, int(mine.sum()), *told, flush=True)
    own = as_strangers({part: shipped[part][real] for part in PARTS}, person[real], donor[real]) @ fusion
    alarms, share, worst = false_alarms(curves["both"], own, person[real], donor[real])
    stated = MachineReference(
        people=len(np.unique(person[real])),
        lines=int(real.sum()),
        families=tuple(families),
        alarms=alarms,
        share_of_lines=share,
        worst_donor=worst,
        weights_sha256=weights_hash(run / "authenticity.safetensors"),
    )
    odds = {part: tables[run][part][0] for part in PARTS}
    places = {part: tables[run][part][1] for part in PARTS}
    return AuthenticityReference(odds, places, fusion, curves, stated)


def _fusion(both: Array, machine: NDArray[np.bool_], group: NDArray[np.str_], person: NDArray[np.str_]) -> Array:
    """(2,) what movement and shape count: logistic regression, groups of a kind weighing the same; none below 0."""
    weights = np.zeros(len(both))
    for kind in (machine, ~machine):
        names = np.unique(group[kind])
        for name in names:
            own = kind & (group == name)
            _, owner, count = np.unique(person[own], return_inverse=True, return_counts=True)
            weights[own] = 1 / count[owner] / len(count) / len(names)
    fitted = LogisticRegression(C=1e6).fit(both, ~machine, sample_weight=weights * len(both))
    return np.maximum(fitted.coef_[0], 0.0)


def as_strangers(odds: Mapping[Part, Array], person: NDArray[np.str_], donor: NDArray[np.str_]) -> Array:
    """(n, parts) places of people's lines among those of the other donors: each donor as one who was never seen."""
    places = np.zeros((len(person), len(PARTS)))
    for name in np.unique(donor):
        own = donor == name
        weights = even_weights(person[~own], donor[~own])
        for column, part in enumerate(PARTS):
            places[own, column] = np.interp(odds[part][own], *deviates(odds[part][~own], weights))
    return places


def false_alarms(
    curve: Curve, own: Array, person: NDArray[np.str_], donor: NDArray[np.str_]
) -> tuple[Rate, float, float]:
    """People with a line that is said to be a machine's; the share of such lines; and of the worst donor's lines.

    Donors with fewer than ``DONOR`` lines are left out of the last: one line of theirs is a large share.
    """
    values = np.interp(own, curve.at, curve.values[0])
    wrong = values <= ALARM
    donors = [float(wrong[donor == name].mean()) for name in np.unique(donor) if (donor == name).sum() >= DONOR]
    rate = clopper_pearson(len(np.unique(person[wrong])), len(np.unique(person)))
    return rate, round(float(wrong.mean()), 5), round(max(donors, default=0.0), 5)


def main(arguments: list[str] | None = None) -> None:
    """Build and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the training that ships")
    parser.add_argument("--left-out", type=Path, nargs="+", required=True, help="folders of trainings kept from some")
    parser.add_argument("--lines", type=Path, required=True, help="lines of people whom no training has seen")
    options = parser.parse_args(arguments)
    backend.choose()
    made = build(options.run, options.left_out, options.lines)
    shutil.copyfile(options.run / "authenticity.safetensors", WEIGHTS)
    save_reference(made, CALIBRATION)
    print("fusion", made.fusion.round(3), {basis: curve.bounds for basis, curve in made.curves.items()})
    print(made.stated.alarms, made.stated.share_of_lines, made.stated.worst_donor, reference_hash()[:12])


if __name__ == "__main__":
    main()
