"""A training shared by processes: gradients are means over all of them, in their shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gan import backend
from gan.training import processes

backend.choose()


def test_one_process_changes_nothing() -> None:
    called: list[int] = []
    processes.spread(1, called.append, 3)
    assert called == [3]
    assert processes.place() == (0, 1)
    assert np.array_equal(processes.mean(np.array([1.0, 2.0])), [1.0, 2.0])


def share(folder: Path) -> None:
    """What each process does in the test below."""
    backend.choose("torch")
    import torch

    number, count = processes.place()
    own = [torch.full((2, 3), float(number)), torch.arange(4.0) * number]
    found = [np.asarray(part) for part in processes.averaged(own)]
    np.savez(folder / f"{number}-{count}.npz", *found, processes.mean(np.array([1.0 + number])))


def test_two_processes_have_the_mean_of_their_gradients(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch, which some trainings use, is not installed")
    processes.spread(2, share, tmp_path)
    for number in range(2):
        with np.load(tmp_path / f"{number}-2.npz") as found:
            assert np.array_equal(found["arr_0"], np.full((2, 3), 0.5))
            assert np.array_equal(found["arr_1"], np.arange(4) / 2)
            assert found["arr_2"] == 1.5
