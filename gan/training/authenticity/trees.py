"""Grow the trees of the authenticity head:  python -m gan.training.authenticity.trees --run FOLDER

On the lines of a training's folder (``networks.py`` here), without the families that it was kept from. They are put
beside the networks' weights in FOLDER/authenticity.safetensors.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan import backend
from gan.training.authenticity.machine_lines import PERSON
from gan.training.authenticity.networks import Seen, Settings, load_seen


@dataclass(frozen=True)
class Growth:
    """How trees are grown, as scikit-learn calls it."""

    n_estimators: int = 400
    max_depth: int = 4
    learning_rate: float = 0.06
    subsample: float = 0.5
    max_features: float = 0.15
    min_samples_leaf: int = 20
    random_state: int = 1


def even_weights(seen: Sequence[Seen]) -> NDArray[np.float64]:
    """(n,) weights: people's lines together weigh what all machines' do, of which all methods weigh the same."""
    methods = np.array([PERSON if one.family == PERSON else one.method for one in seen])
    names, which, count = np.unique(methods, return_inverse=True, return_counts=True)
    share = np.where(names == PERSON, 0.5, 0.5 / max(len(names) - 1, 1))
    weights: NDArray[np.float64] = (share / count)[which] * len(seen)
    return weights


def grow(run: Path, growth: Growth = Growth()) -> None:
    """Grow the trees of both parts and put them beside the weights of the run."""
    from safetensors import safe_open
    from sklearn.ensemble import GradientBoostingClassifier

    from gan.judging.figures import figures
    from gan.judging.machine_features import PARTS, Part
    from gan.judging.trees import Trees, from_boosting, with_trees

    weights = run / "authenticity.safetensors"
    with safe_open(weights, framework="np") as stored:
        without = json.loads(stored.metadata()["card"])["settings"]["without"]
    settings = Settings()
    seen = load_seen(run / "training.fkcache", run / "training.npz", settings.devices, settings.versions)
    seen = [one for one in seen if one.family not in without]
    person = np.array([one.family == PERSON for one in seen])
    trees: dict[Part, Trees] = {}
    for number, part in enumerate(PARTS):
        rows = np.array([figures(one.features[number], part) for one in seen])
        fitted = GradientBoostingClassifier(**vars(growth)).fit(rows, person, sample_weight=even_weights(seen))
        trees[part] = from_boosting(fitted)
        print(f"{part}: {len(rows)} lines, {rows.shape[1]} figures, without {without or 'nothing'}", flush=True)
    with_trees(weights, trees)


def main(arguments: list[str] | None = None) -> None:
    """Grow them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a training")
    options = parser.parse_args(arguments)
    backend.choose()
    grow(options.run)


if __name__ == "__main__":
    main()
