"""Writing without a text, from the prediction network: its samples, their records and their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from datasets.errors import ArgumentsError
from datasets.ink import Ink, ink_from_strokes
from forgery_kit.identity import versions
from forgery_kit.imitation.files import (
    LINE_PIXELS,
    ON_A_SHEET,
    check_leftovers,
    drawn_files,
    names,
    sheets,
    write_recorded,
)
from forgery_kit.imitation.imitate import MOST_SAMPLES
from forgery_kit.outputs import check_folder, check_outputs, write_file
from gan.judging.style import weights_hash
from gan.writing.freely import ROWS, WEIGHTS, check_points, load_free, write_freely
from gan.writing.priming import strokes_of
from gan.writing.sampling import check_bias
from reports import imitation as pictures
from reports.imitated import Scribble


@dataclass(frozen=True, eq=False)
class Scribbled:
    """A sample's ink, device units, and the record that goes beside it."""

    ink: Ink
    record: Scribble


def scribble(
    n: int = 4,
    points: int = 700,
    bias: float = 0.0,
    seed: int = 7,
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[Scribbled]:
    """``n`` samples of so many points; number i is the same for a ``seed`` whatever ``n`` is.

    ``bias`` as for ``imitate``; ``progress`` is called with (done, all) samples. Raises ArgumentsError for a number out
    of range, MissingResourceError without weights.
    """
    check(n, points, bias, seed)
    network = load_free()
    nothing = np.zeros((0, 3))
    found: list[Scribbled] = []
    for start in range(0, n, ROWS):
        drawn = write_freely(network, [nothing] * min(ROWS, n - start), points, bias, seed, start)
        for one in drawn:
            record = Scribble(
                points=points,
                bias=bias,
                seed=seed,
                number=len(found) + 1,
                model="prediction network (Graves 2013)",
                model_sha256=weights_hash(WEIGHTS),
                versions=versions(),
                command=command,
            )
            found.append(Scribbled(ink_from_strokes(strokes_of(one, network.hand.scale)), record))
        if progress:
            progress(len(found), n)
    return found


def check(n: int, points: int, bias: float, seed: int) -> None:
    """Raise ArgumentsError for what ``scribble`` cannot do."""
    if not 1 <= n <= MOST_SAMPLES:
        raise ArgumentsError("-n", f"{n} samples cannot be drawn.", f"Give 1 to {MOST_SAMPLES}.")
    if seed < 0:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give 0 or more.")
    check_points(points)
    check_bias(bias)


def checked_names(folder: Path, n: int) -> list[str]:
    """Names of the files that so many samples give. Raises ArgumentsError where the folder cannot take them."""
    found = names(n, 0, False)
    check_folder(folder)
    if folder.is_dir():
        check_outputs([folder / name for name in found])
    check_leftovers(folder, found)
    return found


def write_scribbles(samples: Sequence[Scribbled], folder: Path, visible_mark: bool) -> None:
    """Write the files of all samples, as those of an imitation, and their contact sheets.

    Raises MissingResourceError where the disk is full, ArgumentsError where a file cannot be written.
    """
    for made in samples:
        files = drawn_files(made.record.number, made.ink, made.record, visible_mark, 2 * LINE_PIXELS)
        write_recorded(files, made.record, folder)
    first = samples[0].record
    for i, name in enumerate(sheets(len(samples))):
        shown = samples[i * ON_A_SHEET : (i + 1) * ON_A_SHEET]
        sheet = pictures.contact_sheet(
            [made.ink for made in shown],
            [f"sample {made.record.number}" for made in shown],
            f"No text, {first.points} points each, bias {first.bias:g}, seed {first.seed}",
            {k: v for k, v in asdict(first).items() if k not in ("files", "number")},
            visible_mark,
        )
        write_file(folder / name, sheet)
