"""The files of an imitation: each sample as SVG, PNG and InkML with its record beside it, and contact sheets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from datasets.errors import ArgumentsError
from datasets.ink import Ink
from datasets.writers.inkml import write_inkml
from forgery_kit.imitation.imitate import DEVICE, MOST_SAMPLES, ImitatedSample, broken
from forgery_kit.outputs import check_apart, check_outputs, write_file
from gan.writing.loops import Generator
from gan.writing.sampling import Drawn, load_generator
from reports import imitation as pictures
from reports.imitated import Imitation, Scribble
from reports.saved import to_json
from reports.workings import Workings, workings_figure

#: Samples of a contact sheet.
ON_A_SHEET = 24
#: Height of a sample's PNG for each of its lines, and one more; and at most.
LINE_PIXELS, MOST_PIXELS = 120, 8000
#: Names that the files of an imitation have.
OURS = re.compile(r"sample-\d+(-line-\d+-workings)?\.(svg|png|inkml|json)|contact-sheet(-\d+)?\.png")


def names(n: int, n_lines: int, debug: bool) -> list[str]:
    """Names of the files that ``n`` samples of so many lines give."""
    found = [f"sample-{i}.{kind}" for i in range(1, n + 1) for kind in ("svg", "png", "inkml", "json")]
    if debug:
        found += [_workings_name(i, k) for i in range(1, n + 1) for k in range(1, n_lines + 1)]
    return [*found, *sheets(n)]


def checked_names(folder: Path, text: str, n: int, debug: bool, known: Sequence[str]) -> list[str]:
    """Names of the files that ``n`` samples of a text give, once it is sure that they can be written to the folder.

    Raises ArgumentsError where they cannot, would overwrite known ink or stand beside another imitation, and as
    ``broken`` does for the text.
    """
    found = names(min(n, MOST_SAMPLES), len(broken(text)), debug)
    if folder.is_dir():
        check_outputs([folder / name for name in found])
    check_apart([folder / name for name in found], [Path(path) for path in known if path])
    check_leftovers(folder, found)
    return found


def check_leftovers(folder: Path, wanted: Sequence[str], ours: re.Pattern[str] = OURS) -> None:
    """Raise ArgumentsError where files of another imitation, named as ``ours``, would stay beside those ``wanted``."""
    there = (path.name for path in folder.iterdir()) if folder.is_dir() else iter(())
    left = sorted(name for name in there if ours.fullmatch(name) and name not in wanted)
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        found = f"it holds {left[0]}{more} of another imitation."
        raise ArgumentsError(str(folder), found, "Name another folder, or delete them.")


def sheets(n: int) -> list[str]:
    """Names of the contact sheets of so many samples."""
    count = -(-n // ON_A_SHEET)
    return ["contact-sheet.png"] if count == 1 else [f"contact-sheet-{i}.png" for i in range(1, count + 1)]


def write_imitations(samples: Sequence[ImitatedSample], folder: Path, visible_mark: bool, debug: bool) -> None:
    """Write all files of these samples, and their contact sheets.

    Raises MissingResourceError where the disk is full, ArgumentsError where a file cannot be written.
    """
    for made in samples:
        write_sample(made, folder, visible_mark, debug)
    write_sheets(samples, folder, visible_mark)


def write_sample(made: ImitatedSample, folder: Path, visible_mark: bool, debug: bool) -> None:
    """Write the files of a sample; its record, written after the others, names their hashes. Raises as above."""
    number = made.record.number
    height = min(LINE_PIXELS * (1 + len(made.record.lines)), MOST_PIXELS)
    files = drawn_files(number, made.sample.ink, made.record, visible_mark, height, made.sample.text)
    if debug:
        generator = load_generator()
        for k, (line, drawn) in enumerate(zip(made.record.lines, made.drawn, strict=True), 1):
            found = workings(drawn, line.text, made.record.bias, generator)
            title = f"Sample {number}, line {k}: {line.text}"
            files[_workings_name(number, k)] = workings_figure(found, title, visible_mark)
    write_recorded(files, made.record, folder)


def drawn_files(
    number: int, ink: Ink, record: Imitation | Scribble, visible_mark: bool, height: int, text: str | None = None
) -> dict[str, bytes]:
    """Ink of a sample as SVG, PNG so many pixels high, and InkML, by name; each says how it was made."""
    provenance = {k: v for k, v in asdict(record).items() if k != "files"}
    return {
        f"sample-{number}.svg": pictures.svg(ink, provenance, visible_mark).encode(),
        f"sample-{number}.png": pictures.png(ink, provenance, visible_mark, height),
        f"sample-{number}.inkml": write_inkml(ink, text=text, device=DEVICE, origin="generated"),
    }


def write_recorded(files: Mapping[str, bytes], record: Imitation | Scribble, folder: Path) -> None:
    """Write the files of a sample, and after them its record with their hashes. Raises as ``write_imitations``."""
    name = f"sample-{record.number}.json"
    # A record of an earlier run must not stand beside the files of this one.
    (folder / name).unlink(missing_ok=True)
    for file, data in files.items():
        write_file(folder / file, data)
    hashes = {file: hashlib.sha256(data).hexdigest() for file, data in files.items()}
    write_file(folder / name, to_json(replace(record, files=hashes)).encode())


def write_sheets(samples: Sequence[ImitatedSample], folder: Path, visible_mark: bool) -> None:
    """Write the contact sheets of samples. Raises as above."""
    first = samples[0].record
    hand = f"style {first.style}" if first.style else "hand of " + ", ".join(Path(k.file).name for k in first.known)
    for i, name in enumerate(sheets(len(samples))):
        shown = samples[i * ON_A_SHEET : (i + 1) * ON_A_SHEET]
        sheet = pictures.contact_sheet(
            [made.sample.ink for made in shown],
            [f"sample {made.record.number}" for made in shown],
            f"{' '.join(first.text.split())} – {hand}, bias {first.bias:g}, seed {first.seed}",
            {k: v for k, v in asdict(first).items() if k not in ("files", "number", "lines")},
            visible_mark,
        )
        write_file(folder / name, sheet)


def workings(drawn: Drawn, text: str, bias: float, generator: Generator) -> Workings:
    """What the generator saw and expected at every step of a line."""
    from gan.writing.mixture import split

    end, log_weights, means, log_sigma, rho_hat = (
        np.asarray(part, np.float64)
        for part in split(drawn.parameters.astype(np.float32), generator.config.components, bias)
    )
    scale = np.array(generator.hand.scale)
    after = np.cumsum(drawn.points[:, :2] * scale, axis=0)
    before = np.concatenate([np.zeros((1, 2)), after[:-1]])
    sigma = np.exp(log_sigma) * scale
    covariances = sigma[..., :, None] * sigma[..., None, :]
    covariances[..., 0, 1] *= np.tanh(rho_hat)
    covariances[..., 1, 0] *= np.tanh(rho_hat)
    return Workings(
        text=text,
        points=after,
        stroke_ends=drawn.points[:, 2] == 1,
        seen=drawn.seen,
        weights=np.exp(log_weights),
        means=before[:, None] + means * scale,
        covariances=covariances,
        end_probability=1 / (1 + np.exp(-end)),
    )


def _workings_name(sample: int, line: int) -> str:
    return f"sample-{sample}-line-{line}-workings.png"
