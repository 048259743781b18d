"""A person or a machine, on people never seen:  python -m benchmarks.authenticity RUN LINES [--method METHOD …]

RUN is the folder of a training (``gan.training.authenticity``), LINES a file of ``gan.training.machine_lines`` with
lines of people that it has not seen. For each part and method the AUC of people's lines against the method's, with a
95 % interval over the people; and how often real lines of each corpus and donor fall below the score that 1 % of the
selection people's lines (RUN/selection.fkcache) fall below. Lines pass the mill and no device but their own.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from gan import backend
from gan.training.authenticity import Seen, load_seen
from gan.training.machine_lines import PERSON

#: Share of the selection people's lines below the threshold; redraws of people.
ALARMS, REDRAWS = 0.01, 500


def interval(own: dict[str, np.ndarray], theirs: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """2.5 and 97.5 % quantiles of the AUC over redrawn people and redrawn forged lines."""
    found = []
    people = list(own)
    for _ in range(REDRAWS):
        real = np.concatenate([own[people[i]] for i in generator.integers(len(people), size=len(people))])
        forged = generator.choice(theirs, len(theirs))
        found.append(roc_auc_score(np.repeat([1, 0], [len(real), len(forged)]), np.concatenate([real, forged])))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def by_person(seen: list[Seen], odds: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of real lines by person."""
    groups: dict[str, list[float]] = defaultdict(list)
    for one, value in zip(seen, odds, strict=True):
        if one.family == PERSON:
            groups[one.person].append(float(value))
    return {person: np.array(values) for person, values in groups.items()}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("lines", type=Path)
    options = parser.parse_args()
    backend.choose()
    from safetensors import safe_open

    from gan.judging.authenticity import load_heads
    from gan.judging.machine_features import PARTS

    weights = options.run / "authenticity.safetensors"
    with safe_open(weights, framework="np") as stored:
        card = json.loads(stored.metadata()["card"])
    heads = load_heads(weights)
    seen = load_seen(options.lines, options.lines.with_suffix(".npz"), 0.0, 1)
    selection = load_seen(options.run / "selection.fkcache", options.run / "selection.npz", 0.0, 1)
    print(f"{card['seconds'] / 60:.0f} minutes, without {card['settings']['without'] or 'nothing'}")
    generator = np.random.default_rng(0)
    methods = sorted({(one.family, one.method) for one in seen if one.family != PERSON})
    for number, part in enumerate(PARTS):
        head = heads[part]
        odds = head.scores([one.features[number].astype(np.float32) for one in seen])
        own = by_person(seen, odds)
        everyone = np.concatenate(list(own.values()))
        print(f"{part}: {len(everyone)} lines of {len(own)} people")
        for family, method in methods:
            theirs = odds[[one.method == method for one in seen]]
            auc = roc_auc_score(np.repeat([1, 0], [len(everyone), len(theirs)]), np.concatenate([everyone, theirs]))
            low, high = interval(own, theirs, generator)
            print(f"  {family:13} {method:26} {auc:.3f} [{low:.3f}, {high:.3f}]  ({len(theirs)})")
        real = [one for one in selection if one.family == PERSON]
        threshold = np.quantile(head.scores([one.features[number].astype(np.float32) for one in real]), ALARMS)
        donors: dict[str, list[bool]] = defaultdict(list)
        for one, value in zip(seen, odds, strict=True):
            if one.family == PERSON:
                donors[one.method].append(bool(value < threshold))
        rates = {donor: (float(np.mean(below)), len(below)) for donor, below in donors.items()}
        print(f"  false alarms {np.mean(everyone < threshold):.3f}; by donor:", end=" ")
        print("  ".join(f"{donor} {rate:.3f} ({count})" for donor, (rate, count) in sorted(rates.items())))


if __name__ == "__main__":
    main()
