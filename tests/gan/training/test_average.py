"""The mean of two files of weights is that of each parameter, and only of one network's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from datasets.errors import ArgumentsError
from gan.training.average import main


def weights(path: Path, **arrays: list[float]) -> str:
    save_file({name: np.array(values, np.float16) for name, values in arrays.items()}, path)
    return str(path)


def test_each_parameter_is_the_mean_of_the_files(tmp_path: Path) -> None:
    a = weights(tmp_path / "a", kernel=[1.0, 2.0, -60000.0], bias=[0.5])
    b = weights(tmp_path / "b", kernel=[3.0, -2.0, -60000.0], bias=[1.0])
    main([a, b, "-o", str(tmp_path / "mean")])
    found = load_file(tmp_path / "mean")
    assert found["kernel"].tolist() == [2.0, 0.0, -60000.0]
    assert found["bias"].tolist() == [0.75]
    assert {array.dtype for array in found.values()} == {np.dtype(np.float16)}


def test_files_of_another_network_and_no_weights_are_refused(tmp_path: Path) -> None:
    a = weights(tmp_path / "a", kernel=[1.0, 2.0])
    (tmp_path / "text").write_text("no weights")
    for other in (
        weights(tmp_path / "b", kernel=[1.0]),
        weights(tmp_path / "c", other=[1.0, 2.0]),
        str(tmp_path / "text"),
        str(tmp_path / "none"),
    ):
        with pytest.raises(ArgumentsError, match=Path(other).name):
            main([a, other, "-o", str(tmp_path / "mean")])
    assert not (tmp_path / "mean").exists()
