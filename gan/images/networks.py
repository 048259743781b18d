"""Generators and discriminators of images of characters (28 × 28, −1 for paper to 1 for ink).

``plain`` is the pair of Bembde & Mathur: fully connected, 100 → … → 784, unaware of classes. ``conditional`` is what
they wished for: convolutions (Radford, Metz & Chintala 2016, DCGAN); the class scales and shifts the generator's
normalised channels (conditional batch normalisation), and meets the discriminator's features in a product (Miyato &
Koyama 2018, projection); the discriminator also says which class it sees (Odena, Olah & Shlens 2017).
"""

from __future__ import annotations

import keras
from keras import layers, ops

from datasets.images.trajectories import SIDE
from gan.images.configuration import PairConfig

#: Side of the generator's and the discriminator's smallest images.
SMALL = SIDE // 4
#: Units of the plain pair's hidden layers on a digit set (three layers) and on others (four).
PLAIN_UNITS = {True: (256, 512), False: (256, 512, 1024)}
LEAK, DROPOUT = 0.2, 0.3


def build_generator(config: PairConfig) -> keras.Model:
    """Noise (batch, noise), standard normal, and, if conditional, classes (batch,) → images (batch, 28, 28, 1)."""
    noise = keras.Input((config.noise,), name="noise")
    if config.kind == "plain":
        x = noise
        for number, units in enumerate(_plain_units(config)):
            x = layers.Dense(units, "relu", name=f"hidden{number}")(x)
        x = layers.Dense(SIDE * SIDE, name="pixels")(x)
        x = layers.Activation("tanh", dtype="float32", name="ink")(layers.Reshape((SIDE, SIDE, 1))(x))
        return keras.Model([noise], x, name="generator")
    label = keras.Input((), dtype="int32", name="label")
    small, middle = config.drawn
    x = layers.Dense(SMALL * SMALL * small, use_bias=False, name="seed")(noise)
    x = _normalised(layers.Reshape((SMALL, SMALL, small))(x), label, config, "seed")
    x = layers.Conv2DTranspose(middle, 4, 2, "same", use_bias=False, name="larger")(x)
    x = _normalised(x, label, config, "larger")
    x = layers.Conv2DTranspose(1, 6, 2, "same", name="pixels")(x)
    return keras.Model([noise, label], layers.Activation("tanh", dtype="float32", name="ink")(x), name="generator")


def build_discriminator(config: PairConfig) -> keras.Model:
    """Images (batch, 28, 28, 1) and, if conditional, classes (batch,) → log odds that they are real.

    (batch, 1), or if conditional (batch, 1 + classes): beside it the log odds of the class that the image shows.
    """
    image = keras.Input((SIDE, SIDE, 1), name="image")
    if config.kind == "plain":
        x = layers.Flatten()(image)
        for number, units in enumerate(reversed(_plain_units(config))):
            x = layers.LeakyReLU(LEAK)(layers.Dense(units, name=f"hidden{number}")(x))
            x = layers.Dropout(DROPOUT)(x)
        # Its sigmoid is taken within the loss and the hit rate.
        return keras.Model([image], layers.Dense(1, dtype="float32", name="odds")(x), name="discriminator")
    label = keras.Input((), dtype="int32", name="label")
    x = image
    for number, (channels, width, stride) in enumerate(zip(config.seen, (4, 4, 3), (2, 2, 1), strict=True)):
        x = layers.LeakyReLU(LEAK)(layers.Conv2D(channels, width, stride, "same", name=f"smaller{number}")(x))
        x = layers.Dropout(DROPOUT)(x)
    x = layers.Flatten(dtype="float32")(x)
    classes = len(config.characters)
    odds = layers.Dense(1, dtype="float32", name="odds")(x)
    of_each = layers.Dense(classes, use_bias=False, dtype="float32", name="of_class")(x)
    product = layers.Dot(1, dtype="float32")([of_each, ops.one_hot(label, classes)])
    shown = layers.Dense(classes, dtype="float32", name="shown")(x)
    heads = layers.Concatenate(dtype="float32")([layers.Add(dtype="float32")([odds, product]), shown])
    return keras.Model([image, label], heads, name="discriminator")


def _plain_units(config: PairConfig) -> tuple[int, ...]:
    return PLAIN_UNITS[len(config.characters) <= 10]


def _normalised(x: keras.KerasTensor, label: keras.KerasTensor, config: PairConfig, name: str) -> keras.KerasTensor:
    """ReLU of x (batch, rows, columns, channels), normalised over the batch, scaled and shifted by the class."""
    channels, classes = x.shape[-1], len(config.characters)
    x = layers.BatchNormalization(momentum=0.9, center=False, scale=False, name=f"{name}_batch")(x)
    scale = layers.Embedding(classes, channels, embeddings_initializer="ones", name=f"{name}_scale")(label)
    shift = layers.Embedding(classes, channels, embeddings_initializer="zeros", name=f"{name}_shift")(label)
    by_channel = layers.Reshape((1, 1, channels))
    return layers.ReLU()(layers.Add()([layers.Multiply()([x, by_channel(scale)]), by_channel(shift)]))
