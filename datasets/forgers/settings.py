"""Settings of forgers: frozen dataclasses whose fields say from which range they are drawn."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any, TypeVar

import numpy as np

Settings = TypeVar("Settings")


def ranged(low: float, high: float) -> Any:
    """A number, drawn evenly from ``low`` to ``high``."""
    return field(metadata={"low": low, "high": high})


def scaled(low: float, high: float) -> Any:
    """A number whose logarithm is drawn evenly between those of ``low`` and ``high``, both > 0."""
    return field(metadata={"low": low, "high": high, "logarithm": True})


def sometimes(share: float, low: float, high: float) -> Any:
    """Drawn evenly from ``low`` to ``high`` in this share of draws, else 0: the forger goes without."""
    return field(metadata={"low": low, "high": high, "share": share})


def one_of(*choices: Any) -> Any:
    """One of the choices, each as often."""
    return field(metadata={"choices": choices})


def drawn(kind: type[Settings], generator: np.random.Generator) -> Settings:
    """Settings of this kind, every field drawn from its range."""
    values = {}
    for each in fields(kind):  # type: ignore[arg-type]
        how = each.metadata
        if "choices" in how:
            values[each.name] = how["choices"][int(generator.integers(len(how["choices"])))]
        elif "share" in how and generator.random() >= how["share"]:
            values[each.name] = 0.0
        elif "logarithm" in how:
            values[each.name] = float(np.exp(generator.uniform(np.log(how["low"]), np.log(how["high"]))))
        else:
            values[each.name] = float(generator.uniform(how["low"], how["high"]))
    return kind(**values)
