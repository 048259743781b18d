"""The mean of files of weights of one network:  python -m gan.training.average A.safetensors B.safetensors -o OUT

Networks of which one was trained on from the other lie close together, and their mean is often better on strangers than
either (Wortsman et al. 2022). The style head that ships came about so.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError


def average(files: Sequence[Path]) -> dict[str, NDArray[np.float16]]:
    """Parameter by name, each the mean over the files, as float16.

    Raises ArgumentsError where a file is no weights, or its parameters are others than those of the first.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    loaded = []
    for file in files:
        try:
            loaded.append(load_file(file))
        except (OSError, SafetensorError) as error:
            raise ArgumentsError(str(file), f"it is no file of weights ({error}).", "Give safetensors.") from error
        if {n: a.shape for n, a in loaded[-1].items()} != {n: a.shape for n, a in loaded[0].items()}:
            raise ArgumentsError(str(file), f"its parameters are not those of {files[0]}.", "Give one network's files.")
    return {
        name: np.mean([weights[name].astype(np.float64) for weights in loaded], axis=0).astype(np.float16)
        for name in loaded[0]
    }


def main(arguments: list[str] | None = None) -> None:
    """Write the mean of the files, with no card, as ``discriminator.save_weights`` does."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    save_file(average(options.files), options.out, metadata={"card": json.dumps({})})


if __name__ == "__main__":
    main()
