"""A training shared by processes of PyTorch on one machine, each on lines of its own, with the gradients averaged.

A core to each process does more than cores that share every small product of a recurrent step.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread(count: int, function: Callable[..., None], *arguments: Any) -> None:
    """Call ``function(*arguments)`` in ``count`` processes that know of each other; in this one where that is one."""
    if count == 1:
        function(*arguments)
        return
    import torch

    with tempfile.TemporaryDirectory() as meeting:
        torch.multiprocessing.spawn(_join, (count, meeting, function, arguments), nprocs=count)


def _join(number: int, count: int, meeting: str, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    import torch

    torch.set_num_threads(max((os.cpu_count() or 1) // count, 1))
    torch.distributed.init_process_group("gloo", f"file://{meeting}/meeting", rank=number, world_size=count)
    function(*arguments)
    torch.distributed.destroy_process_group()


def place() -> tuple[int, int]:
    """Number of this process, from 0, and how many there are."""
    import keras

    if keras.backend.backend() != "torch":
        return 0, 1
    import torch

    group = torch.distributed
    return (group.get_rank(), group.get_world_size()) if group.is_initialized() else (0, 1)


def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the processes; the same in each of them."""
    if place()[1] == 1:
        return values
    import torch

    return np.asarray(averaged([torch.tensor(values, dtype=torch.float64)])[0])


def averaged(gradients: list[Any]) -> list[Any]:
    """Tensors averaged over the processes, in one message."""
    count = place()[1]
    if count == 1:
        return gradients
    import torch

    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    torch.distributed.all_reduce(flat)
    parts = (flat / count).split([gradient.numel() for gradient in gradients])
    return [part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True)]
