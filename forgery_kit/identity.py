"""What a result depends on besides the ink: the program's version and the files that ship with it.

Imports nothing heavy, so that it can be asked without loading a network.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from forgery_kit import __version__

PRETRAINED = Path(__file__).resolve().parent.parent / "gan" / "pretrained"


def shipped_files() -> dict[str, str]:
    """Weights and reference data in ``gan/pretrained`` → SHA-256 of the file, 64 hex digits."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(PRETRAINED.glob("*.safetensors"))
    }


def version_lines() -> list[str]:
    """The program, the interpreter and every shipped file, a line each."""
    head = f"forgery_kit {__version__}, Python {platform.python_version()}"
    return [head, *(f"{sha256}  {name}" for name, sha256 in shipped_files().items())]


def versions() -> dict[str, str]:
    """Versions of the program's parts that a number can depend on."""
    packages = ("numpy", "scipy", "scikit-learn", "keras", "tensorflow-cpu", "lir", "reportlab")
    found = {"forgery_kit": __version__, "python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
