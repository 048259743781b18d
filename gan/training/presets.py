"""Networks that others wrote, as settings of ``gan.training.generator`` that differ from the defaults."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    # The simplified generator: it says where the next point is, not how probable any is. Its errors are not in its
    # inputs when it is trained, so that noise must stand in for them.
    "point": {
        "head": "point",
        "text": False,
        "layers": 2,
        "units": 256,
        "dropout": 0.2,
        "input_noise": 0.05,
        "truncate": 100,
        "batch": 32,
        "peak_rate": 3e-3,
    },
    # Its successor, the network with text and mixture, as the shipped one was trained at the end.
    "handwriter": {"batch": 16, "peak_rate": 1e-3, "dropout": 0.2, "joined": 0.5, "stretch": 0.08},
}
