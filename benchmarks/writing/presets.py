"""The simplified generators:  python -m benchmarks.writing.presets --cache FOLDER --point WEIGHTS [--sheets DOCS]

Lines of ``testset_f``: the first 50 points of each are a prime, after which the ``point`` network and the mixture head
without text (the prediction network, trained on the same lines) write 200 points, beside the 200 that the person
wrote. Pen lifts a letter that the recogniser reads in prime and ink together, length of strokes, offsets; 95 %
intervals by redrawing lines, one of each writer or form. With ``--sheets``, pictures of both presets.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Sample
from forgery_kit.outputs import write_file
from forgery_kit.reading.lines import ink_lines, read_lines
from gan.writing.freely import WEIGHTS, load_free, write_freely
from gan.writing.loops import Generator
from gan.writing.priming import offsets, strokes_of
from gan.writing.sampling import draw, load_generator
from reports.imitation import contact_sheet

Array = NDArray[np.float64]
#: Lines, points of a prime, points that are written after it, and samples of the sheet.
LINES, PRIME, STEPS, SHEET = 40, 50, 200, 6
#: Smoothness of the successor's sheet, which is the bias; samples at each, and their text.
SMOOTHNESS, EACH, TEXT = (0.0, 0.5, 1.5, 3.0), 2, "above all it was quiet"


def real_lines(cache: Path, count: int) -> list[Sample]:
    """Lines of ``testset_f`` that are long enough, one of each writer (or form without one), in random order."""
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(str(cache), "IAM-OnDB is not cached here.", "Run `python cli.py data cache`.")
    lines = [s for s in loaded[0] if s.split == "testset_f" and len(s.ink) >= PRIME + STEPS]
    one_each: dict[str, Sample] = {}
    for i in np.random.default_rng(1).permutation(len(lines)):
        one_each.setdefault(lines[i].writer or str(lines[i].form), lines[i])
    return list(one_each.values())[:count]


def ink_of(points: Array, generator: Generator) -> Ink:
    """Points as in training → ink in device units."""
    return ink_from_strokes(strokes_of(points, generator.hand.scale))


def letters_read(inks: list[Ink]) -> Array:
    """Letters (n,) that the recogniser reads in each, without spaces."""
    samples = [Sample(ink, file=str(i)) for i, ink in enumerate(inks)]
    found = np.zeros(len(inks))
    for read in read_lines(ink_lines(samples, with_time=False)):
        found[int(read.line.sample.file)] += len(read.text.replace(" ", ""))
    return found


def stroke_lengths(points: Array, generator: Generator) -> Array:
    """Lengths (k,) of the strokes that end in these points, in writing heights of the corpus."""
    strokes = strokes_of(points, generator.hand.scale)[: int(points[:, 2].sum())]
    return np.array([np.hypot(*np.diff(s, axis=0).T).sum() for s in strokes]) / generator.hand.height


def measures(samples: list[Array], primes: list[Array], generator: Generator) -> dict[str, str]:
    """The figures of the points (STEPS, 3) after their primes."""
    whole = [np.concatenate(pair) for pair in zip(primes, samples, strict=True)]
    letters = letters_read([ink_of(one, generator) for one in whole])
    lifts = np.array([one[:, 2].sum() for one in whole])
    lengths = [stroke_lengths(one, generator) for one in samples]
    found = {
        "pen lifts a letter": _interval(len(whole), lambda rows: lifts[rows].sum() / max(letters[rows].sum(), 1)),
        "letters a line": _interval(len(whole), lambda rows: float(letters[rows].mean())),
        "pen lifts in 100 points": _interval(
            len(samples), lambda rows: float(np.mean([100 * samples[i][:, 2].mean() for i in rows]))
        ),
        "stroke, median, heights": _interval(
            len(samples), lambda rows: float(np.median(np.concatenate([lengths[i] for i in rows] or [np.zeros(1)])))
        ),
    }
    for axis, name in enumerate("xy"):
        for what, measure in (("mean", np.mean), ("spread", np.std)):
            found[f"offset {name}, {what}"] = _interval(
                len(samples),
                lambda rows, m=measure, a=axis: float(m(np.concatenate([samples[i][:, a] for i in rows]))),
            )
    return found


def _interval(count: int, measure: Callable[[NDArray[np.int64]], float]) -> str:
    """A measure of rows, and its 95 % interval over redrawn rows."""
    draws = np.random.default_rng(1).integers(0, count, (500, count))
    low, high = np.quantile([measure(rows) for rows in draws], (0.025, 0.975))
    return f"{measure(np.arange(count)):.3f} [{low:.3f}, {high:.3f}]"


def write_sheets(folder: Path, point: Generator, primes: list[Array], samples: list[Array]) -> None:
    """Six samples of the point network with their primes, and the successor's at each smoothness."""
    whole = [np.concatenate(pair) for pair in zip(primes[:SHEET], samples[:SHEET], strict=True)]
    captions = [f"sample {i + 1}: {PRIME} points of a person's, then {STEPS} steps" for i in range(SHEET)]
    made = {"model": "preset point", "prime points": PRIME, "steps": STEPS}
    sheet = contact_sheet([ink_of(one, point) for one in whole], captions, "Preset point: no text", made, True)
    write_file(folder / "preset-point.png", sheet)
    writer = load_generator()
    inks, names = [], []
    for smoothness in SMOOTHNESS:
        for number, one in enumerate(draw(writer, [TEXT] * EACH, list(range(EACH)), smoothness), 1):
            inks.append(ink_of(one.points, writer))
            names.append(f"smoothness {smoothness:g}, sample {number}")
    sheet = contact_sheet(inks, names, f"Preset handwriter: {TEXT}", {"model": "preset handwriter"}, True)
    write_file(folder / "preset-handwriter.png", sheet)


def main() -> None:
    """Print the figures, and write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--point", type=Path, required=True, help="weights that `--preset point` trained")
    parser.add_argument("--sheets", type=Path, help="folder for the pictures")
    parser.add_argument("--lines", type=int, default=LINES)
    options = parser.parse_args()
    point, mixture = load_free(options.point), load_free(WEIGHTS)
    lines = [list(sample.ink.strokes()) for sample in real_lines(options.cache, options.lines)]
    print(f"{len(lines)} lines of testset_f, each of another writer or form")
    real = [offsets(strokes, point.hand.scale)[: PRIME + STEPS] for strokes in lines]
    primes = [one[:PRIME] for one in real]
    by_point = write_freely(point, primes, STEPS)
    drawn = {"people": [one[PRIME:] for one in real], "point": by_point}
    drawn["mixture"] = write_freely(mixture, primes, STEPS)
    rows = {name: measures(samples, primes, point) for name, samples in drawn.items()}
    print("| | " + " | ".join(rows) + " |")
    for measure in next(iter(rows.values())):
        print(f"| {measure} | " + " | ".join(row[measure] for row in rows.values()) + " |")
    if options.sheets:
        write_sheets(options.sheets, point, primes, by_point)


if __name__ == "__main__":
    main()
