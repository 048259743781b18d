"""What every training script needs: a log as CSV, checkpoints whose manifest is written last, and resuming."""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


class Log:
    """CSV log that goes on where it was; each row is also printed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, **row: Any) -> None:
        """Append a row; columns must be those of the first row."""
        new = not self.path.exists()
        with self.path.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)
        print("  ".join(f"{k} {v}" for k, v in row.items()), flush=True)


def command_line(description: str | None, default_backend: str) -> argparse.ArgumentParser:
    """The options that every training script has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, log and weights")
    parser.add_argument("--settings", type=Path, help="JSON with fields of Settings that differ from the defaults")
    parser.add_argument("--minutes", type=float, help="time to train in all, over all starts")
    parser.add_argument("--backend", default=default_backend, choices=("jax", "tensorflow", "torch"))
    parser.add_argument("--precision", default="float32", choices=("float32", "mixed_bfloat16"))
    return parser


def changed_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of Settings that the command line changes."""
    changes: dict[str, Any] = json.loads(options.settings.read_text()) if options.settings else {}
    if options.minutes:
        changes["minutes"] = options.minutes
    return changes


def rate(progress: float, peak: float, warm_up: float) -> float:
    """Learning rate at ``progress`` 0..1: a short rise to the peak, then a cosine to zero."""
    if progress < warm_up:
        return peak * max(progress / warm_up, 0.02)
    return float(peak * 0.5 * (1 + np.cos(np.pi * min((progress - warm_up) / (1 - warm_up), 1))))


def save_checkpoint(folder: Path, arrays: dict[str, np.ndarray], state: dict[str, Any]) -> None:
    """Arrays and state as a numbered pair of files; the manifest that names them is replaced last.

    A checkpoint that was interrupted half way leaves the one before it in force.
    """
    folder.mkdir(parents=True, exist_ok=True)
    previous = _manifest(folder)
    number = (previous["number"] + 1) if previous else 1
    name = f"checkpoint-{number}.npz"
    with (folder / name).open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # NumPy types the names as its own options
    partial = folder / "manifest.partial"
    partial.write_text(json.dumps({"number": number, "arrays": name, "state": state}))
    os.replace(partial, folder / "manifest.json")
    if previous:
        (folder / previous["arrays"]).unlink(missing_ok=True)


def load_checkpoint(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """The checkpoint in force, or None where there is none."""
    manifest = _manifest(folder)
    if manifest is None:
        return None
    with np.load(folder / manifest["arrays"], allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}, manifest["state"]


def go_on(folder: Path, variables: Sequence[Any], average: list[np.ndarray]) -> tuple[list[np.ndarray], float, int]:
    """The averaged weights, seconds and steps of the checkpoint in force, whose values the variables take.

    Without one, ``average`` as it is, and nothing done yet.
    """
    found = load_checkpoint(folder)
    if found is None:
        return average, 0.0, 0
    arrays, state = found
    for index, variable in enumerate(variables):
        variable.assign(arrays[f"v{index}"])
    return [arrays[f"a{index}"] for index in range(len(average))], state["seconds"], state["step"]


def keep_all(folder: Path, variables: Sequence[Any], average: Sequence[np.ndarray], seconds: float, step: int) -> None:
    """Write a checkpoint that ``go_on`` takes up."""
    arrays = {f"v{i}": np.asarray(v) for i, v in enumerate(variables)} | {f"a{i}": a for i, a in enumerate(average)}
    save_checkpoint(folder, arrays, {"seconds": seconds, "step": step})


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else None
