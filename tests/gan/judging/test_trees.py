"""Stored trees decide as scikit-learn's do, and a file holds them beside a network's weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from gan.judging.trees import from_boosting, load_trees, with_trees


def grown(seed: int = 0) -> tuple[GradientBoostingClassifier, np.ndarray]:
    """A small boosting, and the figures that it was grown on: some of them lie on its thresholds."""
    generator = np.random.default_rng(seed)
    x = np.round(generator.standard_normal((300, 5)), 1).astype(np.float32)
    y = x[:, 0] * x[:, 1] + 0.3 * generator.standard_normal(300) > 0.2
    boosting = GradientBoostingClassifier(n_estimators=30, max_depth=3, subsample=0.7, random_state=seed)
    return boosting.fit(x, y, sample_weight=np.where(y, 2.0, 1.0)), x


def test_log_odds_are_those_of_scikit_learn() -> None:
    boosting, x = grown()
    trees = from_boosting(boosting)
    on_thresholds = np.repeat(trees.threshold.ravel()[:, None], x.shape[1], axis=1)
    for rows in (x, on_thresholds):
        assert trees.log_odds(rows) == pytest.approx(boosting.decision_function(rows), abs=1e-4)


def test_a_line_is_judged_alike_alone_and_among_others() -> None:
    boosting, x = grown()
    trees = from_boosting(boosting)
    assert np.array_equal(trees.log_odds(x), [trees.log_odds(row[None])[0] for row in x])


def test_trees_lie_beside_weights_and_are_replaced_by_new_ones(tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "weights.safetensors"
    save_file({"dense/kernel": np.eye(3, dtype=np.float32)}, path, metadata={"card": "{}"})
    with pytest.raises(KeyError):
        load_trees(path, ["shape"])
    _, x = grown()
    for seed in range(2):
        trees = from_boosting(grown(seed)[0])
        with_trees(path, {"shape": trees})
        assert np.array_equal(load_trees(path, ["shape"])["shape"].log_odds(x), trees.log_odds(x))
    assert np.array_equal(load_file(path)["dense/kernel"], np.eye(3))
    with safe_open(path, framework="np") as stored:
        assert stored.metadata() == {"card": "{}"}
    assert list(tmp_path.iterdir()) == [path]
