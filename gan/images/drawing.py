"""Images of a class, drawn by a trained generator: a user's own or the one that ships for a set of characters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend
from gan.images.configuration import PairConfig
from gan.images.weights import read_weights

PRETRAINED = Path(__file__).parent.parent / "pretrained"
#: Images that are drawn at a time; always so many, so that an image does not depend on how many are asked for.
BLOCK = 100


@dataclass(frozen=True)
class ImageGenerator:
    """A generator with the pair's configuration, and which file it is; ``run`` is its network, compiled."""

    run: Callable[..., Any]
    config: PairConfig
    name: str
    sha256: str

    def draw(self, labels: NDArray[np.int64], seed: tuple[int, ...]) -> NDArray[np.uint8]:
        """An image (n, 28, 28), ink 255 on 0, of each class (n,); the plain pair is not told the classes.

        The same seed gives the same images; more labels give more of them.
        """
        noise = np.random.default_rng(seed).standard_normal((len(labels), self.config.noise), np.float32)
        images = []
        for start in range(0, len(labels), BLOCK):
            rows = np.minimum(np.arange(start, start + BLOCK), len(labels) - 1)
            told = [labels[rows].astype(np.int32)] if self.config.kind == "conditional" else []
            images.append(backend.as_numpy(self.run(noise[rows], *told))[..., 0])
        drawn = np.concatenate(images)[: len(labels)]
        return np.round((drawn + 1) * 127.5).clip(0, 255).astype(np.uint8)


def load_generator(path: Path) -> ImageGenerator:
    """A generator from its safetensors. Raises MissingResourceError where it is none."""
    arrays, card = read_weights(path)
    backend.choose()
    from gan.images.networks import build_generator

    try:
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in card["config"].items()}
        config = PairConfig(**fields)
        network = build_generator(config)
        for variable in network.weights:
            variable.assign(arrays.pop(variable.path))
    except (KeyError, TypeError, ValueError) as error:
        advice = "Train them: `cli.py train image-gan`."
        raise MissingResourceError(str(path), "it holds no weights of a generator of images.", advice) from error
    run = backend.compiled(lambda *inputs: network(list(inputs), training=False))
    return ImageGenerator(run, config, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def shipped_path(characters: str) -> Path:
    """The shipped weights for a set of these characters. Raises ArgumentsError where none are made for it."""
    for path in sorted(PRETRAINED.glob("images-*.safetensors")):
        if read_weights(path)[1]["config"]["characters"] == characters:
            return path
    raise ArgumentsError(
        "--data", f"no weights ship for a set of {len(characters)} such classes.", "Train your own, give --weights."
    )
