"""The small classifier that all experiments with generated images share: what they are worth, and how alike they are.

Two convolutions and a hidden layer, a fixed number of steps of Adam on a falling rate, whatever it is shown: only
the images differ between two runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datasets.images.sets import Images
from datasets.images.trajectories import SIDE

BATCH, RATE, DROPOUT = 64, 3e-3, 0.2
#: Parts of a training, each with a lower rate.
PARTS = 5
#: Units of the hidden layer, whose outputs are an image's features.
FEATURES = 64


class Classifier:
    """A classifier of images (28, 28), 8-bit, that can be trained again and again from other starts."""

    def __init__(self, classes: int) -> None:
        import keras
        from keras import layers

        image = keras.Input((SIDE, SIDE), dtype="uint8")
        x = layers.Rescaling(1 / 255, dtype="float32")(layers.Reshape((SIDE, SIDE, 1))(image))
        x = layers.Conv2D(16, 3, 2, "same", activation="relu")(x)
        x = layers.Conv2D(32, 3, 2, "same", activation="relu")(x)
        hidden = layers.Dense(FEATURES, "relu")(layers.Flatten()(x))
        self.network = keras.Model(image, layers.Dense(classes)(layers.Dropout(DROPOUT)(hidden)))
        self._seen = keras.Model(image, hidden)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.network.compile(keras.optimizers.Adam(RATE), loss, jit_compile=False)

    def train(self, images: Images, steps: int, seed: int) -> None:
        """Begin anew and take so many steps; the same images and seed give the same classifier."""
        import keras

        random = np.random.default_rng(seed)
        self._begin(random)
        total = steps * BATCH
        # Every image as often as any other one: whole rounds in random order.
        rounds = -(-total // len(images))
        rows = np.concatenate([random.permutation(len(images)) for _ in range(rounds)])[:total]
        keras.utils.set_random_seed(seed)
        for part in range(PARTS):
            self.network.optimizer.learning_rate = RATE * (1 - part / PARTS)
            some = rows[total * part // PARTS : total * (part + 1) // PARTS]
            self.network.fit(images.images[some], images.labels[some], BATCH, verbose=0, shuffle=False)

    def classes(self, images: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The class (n,) that each image most likely shows."""
        return np.asarray(self.network.predict(images, batch_size=1000, verbose=0).argmax(axis=1))

    def right(self, images: Images) -> NDArray[np.bool_]:
        """Whether each image (n,) is given its class."""
        return self.classes(images.images) == images.labels

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Outputs (n, FEATURES) of the hidden layer."""
        return np.asarray(self._seen.predict(images, batch_size=1000, verbose=0), dtype=np.float64)

    def _begin(self, random: np.random.Generator) -> None:
        """Glorot's uniform start (2010) and an optimizer without a memory."""
        for variable in self.network.trainable_variables:
            shape = variable.shape
            fans = np.prod(shape[:-2]) * (shape[-2] + shape[-1]) if len(shape) > 1 else np.inf
            variable.assign(random.uniform(-1, 1, shape) * np.sqrt(6 / fans))
        if self.network.optimizer.built:
            for variable in self.network.optimizer.variables:
                variable.assign(np.zeros(variable.shape))
