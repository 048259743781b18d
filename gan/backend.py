"""Which Keras backend runs, and the only place that may know: TensorFlow as shipped, JAX where it trains faster."""

from __future__ import annotations

import os


def choose(name: str | None = None) -> None:
    """Set the Keras backend before Keras is first imported, and quieten TensorFlow's start.

    ``name`` is tensorflow, jax or torch; without it the environment's ``KERAS_BACKEND``, else tensorflow.
    """
    os.environ["KERAS_BACKEND"] = name or os.environ.get("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
