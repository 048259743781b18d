"""Boosted trees (Friedman 2001) as arrays, stored beside a network's weights: no pickled object is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.judging.machine_features import Part

#: What the arrays of trees are called among a file's tensors.
PREFIX = "trees/"


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees whose leaves add up to log odds.

    Attributes
    ----------
    feature, left, right : (trees, nodes) the figure that a node asks about, and the nodes that it leads to; a leaf
        leads to itself. threshold : (trees, nodes) up to which the figure leads left. value : (trees, nodes) of leaves.
    depth : steps to the deepest leaf. base : log odds before any tree.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    depth: NDArray[np.int32]
    base: NDArray[np.float32]

    def log_odds(self, figures: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n,) natural log odds of figures (n, k)."""
        rows, trees = np.arange(len(figures))[:, None], np.arange(len(self.value))[None]
        node = np.zeros((len(figures), len(self.value)), np.int32)
        for _ in range(int(self.depth)):
            low = figures[rows, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(low, self.left[trees, node], self.right[trees, node])
        # In one order, whatever else is asked about.
        found: NDArray[np.float64] = self.value[trees, node].astype(np.float64).sum(axis=1) + float(self.base)
        return found


def from_boosting(fitted: Any) -> Trees:
    """Of a ``sklearn.ensemble.GradientBoostingClassifier`` of two classes."""
    trees = [stage[0].tree_ for stage in fitted.estimators_]
    width = max(tree.node_count for tree in trees)
    feature, left, right = (np.zeros((len(trees), width), np.int32) for _ in range(3))
    threshold, value = (np.zeros((len(trees), width), np.float32) for _ in range(2))
    for number, tree in enumerate(trees):
        nodes = np.arange(tree.node_count)
        leaf = tree.children_left < 0
        feature[number, nodes] = np.where(leaf, 0, tree.feature)
        left[number, nodes] = np.where(leaf, nodes, tree.children_left)
        right[number, nodes] = np.where(leaf, nodes, tree.children_right)
        # scikit-learn compares a float32 with a float64: the greatest float32 up to it decides alike.
        rounded = tree.threshold.astype(np.float32)
        over = rounded > tree.threshold
        rounded[over] = np.nextafter(rounded[over], np.float32(-np.inf))
        threshold[number, nodes] = rounded
        value[number, nodes] = fitted.learning_rate * tree.value[:, 0, 0]
    share = float(fitted.init_.class_prior_[1])
    depth = max(tree.max_depth for tree in trees)
    base = np.float32(np.log(share / (1 - share)))
    return Trees(feature, threshold, left, right, value, np.int32(depth), base)  # type: ignore[arg-type]


def with_trees(path: Path, trees: Mapping[Part, Trees]) -> None:
    """Put trees, by the name of their part, beside the weights of a safetensors file."""
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    with safe_open(path, framework="np") as stored:
        metadata = stored.metadata()
    arrays = {name: array for name, array in load_file(path).items() if not name.startswith(PREFIX)}
    for part, own in trees.items():
        for field in fields(Trees):
            arrays[f"{PREFIX}{part}/{field.name}"] = np.array(getattr(own, field.name))
    partial = path.with_suffix(".partial")
    save_file(arrays, partial, metadata=metadata)
    partial.replace(path)


def load_trees(path: Path, parts: Sequence[Part]) -> dict[Part, Trees]:
    """The trees of these parts beside the weights of a file. Raises KeyError where there are none."""
    from safetensors.numpy import load_file

    arrays = load_file(path)
    return {part: Trees(**{f.name: arrays[f"{PREFIX}{part}/{f.name}"] for f in fields(Trees)}) for part in parts}
