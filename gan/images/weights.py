"""Weights of image networks as float16 safetensors by parameter name, with a card in the file's metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from gan import backend


def save_weights(network: Any, path: Path, card: dict[str, Any]) -> None:
    """Weights and running statistics of a Keras model, replaced in one step."""
    from safetensors.numpy import save_file

    arrays = {v.path: backend.as_numpy(v).astype(np.float16) for v in network.weights}
    partial = path.with_suffix(".partial")
    save_file(arrays, partial, metadata={"card": json.dumps(card, sort_keys=True)})
    partial.replace(path)


def read_weights(path: Path) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
    """Arrays by parameter name, and the card. Raises MissingResourceError where they cannot be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
            return arrays, json.loads((file.metadata() or {}).get("card", "{}"))
    except (OSError, ValueError, SafetensorError) as error:
        raise MissingResourceError(
            str(path), f"no weights of an image network ({error!s:.100}).", "Train them: `cli.py train image-gan`."
        ) from error
