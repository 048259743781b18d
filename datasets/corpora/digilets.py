"""DigiLeTs (Fabi et al. 2022): digits and letters by 77 people on a tablet, five of each.

A file a person; two lines an instance: ``x y pressure pen t`` of each point, then which of the 62 characters it is.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import numpy as np

from datasets.corpora.archive import members
from datasets.corpora.packed import PackedCorpus, as_cached, count_notes
from datasets.ink import Ink, device_oddities, ink_from_strokes
from datasets.limits import MIN_POINTS
from datasets.sample import Sample

CHARACTERS = digits + ascii_lowercase + ascii_uppercase
#: The files give x and y as shares of the side of a square, here of so many units; y counts upwards (an L is a Γ else).
SIDE = 2000.0
DEVICE = "Wacom tablet (DigiLeTs)"


class DigiLets(PackedCorpus):
    """One sample a character: ``text`` is it, ``form`` the person's file, ``line`` the number of the instance."""

    NAME = "digilets"
    VERSION = "2"

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        samples = []
        for name, data in sorted(members(source, (".txt",))):
            person = Path(name).stem
            rows = data.decode("ascii", "replace").split("\n")
            while rows and not rows[-1].strip():
                rows.pop()
            for number, (points, which) in enumerate(zip(rows[::2], rows[1::2], strict=False), 1):
                try:
                    ink, character = read_instance(points, which)
                except ValueError:
                    counts["instances that cannot be read"] += 1
                    continue
                samples.append(
                    Sample(
                        ink=as_cached(ink), file=name, format=self.NAME, writer=f"digilets-{person}", text=character,
                        form=person, line=str(number), device=DEVICE, origin="genuine",
                    )
                )  # fmt: skip
            counts["files with an odd number of lines"] += len(rows) % 2
        count_notes(samples, counts)
        return samples, {}


def read_instance(points: str, which: str) -> tuple[Ink, str]:
    """Ink (x, y, t, pressure) and character of the two lines of an instance.

    Raises ValueError where they do not hold whole points, one character, or enough ink.
    """
    values = np.array(points.split(), np.float64)
    marks = np.array(which.split(), np.float64)
    if len(values) % 5 or not np.isfinite(values).all() or len(values) < 5 * MIN_POINTS:
        raise ValueError("its points are not whole")
    if len(marks) != len(CHARACTERS) or marks.sum() != 1 or marks.max() != 1:
        raise ValueError("it is not one character")
    x, y, pressure, begins, t = values.reshape(-1, 5).T
    # The pen's mark stands at the first point of each stroke.
    starts = np.flatnonzero(begins != 0)
    if not len(starts) or starts[0] != 0:
        raise ValueError("it does not begin with a stroke")
    rows = np.stack([x * SIDE, (1 - y) * SIDE, t - t[0], np.clip(pressure, 0, 1)], axis=1)
    ink = ink_from_strokes(np.split(rows, starts[1:]), ("x", "y", "t", "pressure"), time_source="recorded")
    return device_oddities(ink), CHARACTERS[int(np.argmax(marks))]
