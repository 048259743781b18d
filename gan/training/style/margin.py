"""Who wrote a crop, among the people of its own donor: additive-margin softmax (Wang et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops


class Classes(keras.layers.Layer):
    """Cosines (…, classes) of embeddings to class centres; −4 for other donors' classes, and where all is zero.

    ``class_donor`` (classes,) is the donor of each class.
    """

    def __init__(self, class_donor: np.ndarray, **options: Any) -> None:
        super().__init__(**options)
        self.class_donor = class_donor

    def build(self, embedding_shape: Any, donor_shape: Any = None) -> None:
        self.centres = self.add_weight(
            shape=(embedding_shape[-1], len(self.class_donor)), initializer="random_normal", name="centres"
        )

    def call(self, embedding: Any, donor: Any) -> Any:
        there = ops.any(ops.not_equal(embedding, 0.0), axis=-1, keepdims=True)
        # A length of zero has no derivative, and would spoil all weights.
        embedding = ops.where(there, embedding, 1.0)
        cosine = ops.matmul(ops.normalize(embedding, axis=-1), ops.normalize(self.centres, axis=0))
        own = ops.equal(donor[:, None], ops.convert_to_tensor(self.class_donor)[None])
        own = ops.reshape(own, (-1, *[1] * (len(embedding.shape) - 2), len(self.class_donor)))
        return ops.where(ops.logical_and(own, there), cosine, -4.0)


def margin_softmax(classes: int, scale: float, margin: float) -> Callable[[Any, Any], Any]:
    """The loss of labels (batch,) and cosines (batch, …, classes)."""

    def loss(label: Any, cosine: Any) -> Any:
        hot = ops.one_hot(ops.cast(ops.reshape(label, (-1,)), "int32"), classes)
        hot = ops.reshape(hot, (-1, *[1] * (len(cosine.shape) - 2), classes))
        return ops.mean(-ops.sum(hot * ops.log_softmax(scale * (cosine - margin * hot), axis=-1), axis=-1))

    return loss
