"""Which Keras backend runs, and the only place that may know: TensorFlow as shipped, JAX or PyTorch for training."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any


def choose(name: str | None = None, precision: str = "float32") -> None:
    """Set the Keras backend before Keras is first imported, and quieten TensorFlow's start.

    ``name`` is tensorflow, jax or torch; without it the environment's ``KERAS_BACKEND``, else tensorflow.
    ``precision`` is Keras's policy: float32, or mixed_bfloat16 for training on processors that multiply it faster.
    """
    os.environ["KERAS_BACKEND"] = name or os.environ.get("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    if precision != "float32":
        import keras

        keras.config.set_dtype_policy(precision)


def forward(network: Any, features: Any, mask: Any) -> Any:
    """``network([features, mask])`` without training behaviour; on TensorFlow as one graph for all shapes.

    Step by step from Python, a recurrent layer takes several times as long.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        return _graph(network, features.shape[-1])(features, mask)
    return network([features, mask], training=False)


#: As many as `compare` asks in turn, and some: a network whose graph was let go is traced again, which takes seconds.
@lru_cache(maxsize=8)
def _graph(network: Any, columns: int) -> Any:
    import tensorflow as tf

    shapes = [tf.TensorSpec([None, None, columns], tf.float32), tf.TensorSpec([None, None], tf.float32)]
    return tf.function(lambda x, mask: network([x, mask], training=False), input_signature=shapes)


def compiled(function: Any) -> Any:
    """A function of arrays (batch, …), (batch, …, k) or (steps, batch, k), as one graph for all shapes of its rank.

    On JAX as a graph for each shape; on PyTorch the function itself, without gradients.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        return _one_graph(function)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    import torch

    return torch.no_grad()(function)


def _one_graph(function: Any) -> Any:
    """One graph whatever came before: one that is traced for the first shapes alone rounds otherwise than the next."""
    import tensorflow as tf

    graphs: dict[Any, Any] = {}

    def called(*arrays: Any) -> Any:
        tensors = [tf.convert_to_tensor(array) for array in arrays]
        # All but the last axis may have any length.
        key = tuple((len(t.shape), t.shape[-1] if len(t.shape) > 1 else None, t.dtype) for t in tensors)
        if key not in graphs:
            shapes = [[None] * max(rank - 1, 0) + ([last] if rank else []) for rank, last, _ in key]
            specs = [tf.TensorSpec(shape, kind) for shape, (_, _, kind) in zip(shapes, key, strict=True)]
            graphs[key] = tf.function(function, input_signature=specs, autograph=False)
        return graphs[key](*tensors)

    return called


def as_numpy(tensor: Any) -> Any:
    """A tensor or variable of whichever backend as an array."""
    import keras

    return keras.ops.convert_to_numpy(tensor)


def fused_lstm(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Hidden states (batch, steps, units) of an LSTM from a zero state, by PyTorch's fused layer (no other backend's).

    ``x`` (batch, steps, channels), ``kernel`` (channels, 4 · units), ``recurrent`` (units, 4 · units), ``bias``
    (4 · units), gates in the order input, forget, candidate, output.
    """
    import torch

    weights = [w.to(x.dtype).contiguous() for w in (kernel.t(), recurrent.t(), bias)]
    zero = x.new_zeros((1, len(x), recurrent.shape[0]))
    # After the weights: whether there are biases, layers, dropout, training, both ways, batch first.
    rest = (True, 1, 0.0, torch.is_grad_enabled(), False, True)
    return torch._VF.lstm(x, (zero, zero), [*weights, torch.zeros_like(weights[2])], *rest)[0]


def peephole_lstm(*arguments: Any) -> Any:
    """``gan.torch_lstm.PeepholeLstm`` in the precision that Keras computes in."""
    from gan.torch_lstm import PeepholeLstm

    return PeepholeLstm.apply(*arguments, _torch_precision())


def window_lstm(*arguments: Any) -> Any:
    """``gan.torch_lstm.WindowLstm`` in the precision that Keras computes in."""
    from gan.torch_lstm import WindowLstm

    return WindowLstm.apply(*arguments, _torch_precision())


def _torch_precision() -> Any:
    import keras
    import torch

    return getattr(torch, keras.config.dtype_policy().compute_dtype)
