"""A line by another hand in an exhibit:  python -m benchmarks.people.foreign_line --cache CACHE [--out FILE.json]

Exhibits of calibration people as they are, and with a line of somebody else in place of one of theirs: forms of
IAM-OnDB with and without time; all forms of a person; and UNIPEN people, whose words of small letters are taken for
lines of 45 writing heights, the other hand from the same donor where there is one. Of those as they are, how many are
warned of; of the others, how many, and whether the right line is named. Intervals are over writers, and too narrow by
what the calibrations know of the same people.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.ink.orientation import corpus_sheets
from datasets.sample import Sample
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.line_agreement import FEWEST_LINES, LowestLine, line_features, lowest_line
from gan.features import amount, trace

#: Foreign lines tried in each exhibit; lines of a UNIPEN exhibit at most; writing heights of a line made of words.
TRIES, MOST_LINES, LINE = 3, 8, 45.0
REDRAWS = 1000

Line = Sequence[Sample]


@dataclass(frozen=True)
class Looked:
    """What was found in an exhibit; ``foreign``: index of the foreign line, None where there is none."""

    writer: str
    foreign: int | None
    lowest: LowestLine


def forms(cache: Path) -> dict[str, list[list[Line]]]:
    """Writer → forms → lines of IAM-OnDB's calibration people."""
    parts, sheets = corpus_sheets(cache, "iam-ondb")
    found: dict[str, list[list[Line]]] = defaultdict(list)
    for sheet in sheets:
        writer = str(sheet[0].writer)
        if parts.get(writer) == "calibration" and len(sheet) >= FEWEST_LINES:
            found[writer].append([[sample] for sample in sheet])
    return found


def words(cache: Path) -> dict[str, list[list[Line]]]:
    """Writer → one exhibit → lines made of the words of UNIPEN's calibration people."""
    parts, sheets = corpus_sheets(cache, "unipen")
    lines: dict[str, list[list[Sample]]] = defaultdict(lambda: [[]])
    length: dict[str, float] = defaultdict(float)
    for sample in (sample for sheet in sheets for sample in sheet):
        writer, text = str(sample.writer), sample.text or ""
        small = len(text) >= 3 and text.replace(" ", "").isalpha() and text[1:].islower()
        if parts.get(writer) != "calibration" or not small or len(lines[writer]) > MOST_LINES:
            continue
        try:
            length[writer] += amount(trace([sample]))
        except ValueError:
            continue
        lines[writer][-1].append(sample)
        if length[writer] >= LINE:
            lines[writer].append([])
            length[writer] = 0.0
    # The last line of each is empty or too short.
    return {writer: [found[:-1]] for writer, found in lines.items() if len(found) > FEWEST_LINES}


def look(lines: Sequence[Line], with_time: bool) -> LowestLine | None:
    """The lowest line of an exhibit whose lines share a scale."""
    ink = trace([sample for line in lines for sample in line])
    strokes = [sum(int(sample.ink.pen_down.sum()) for sample in line) for line in lines]
    return lowest_line(
        default_judge(), line_features(ink, np.repeat(np.arange(len(lines)), strokes), with_time), with_time
    )


def looked_at(people: dict[str, list[list[Line]]], with_time: bool, seed: int = 1) -> Iterator[Looked]:
    """Every exhibit as it is, and ``TRIES`` times with a line of somebody else."""
    random = np.random.default_rng(seed)
    for writer, exhibits in people.items():
        others = [other for other in people if other != writer]
        others = [other for other in others if other.split("-")[0] == writer.split("-")[0]] or others
        for lines in exhibits:
            if lowest := look(lines, with_time):
                yield Looked(writer, None, lowest)
            for _ in range(TRIES):
                of = people[others[random.integers(len(others))]]
                theirs = of[random.integers(len(of))]
                at = int(random.integers(len(lines)))
                mixed = [*lines[:at], theirs[random.integers(len(theirs))], *lines[at + 1 :]]
                if lowest := look(mixed, with_time):
                    yield Looked(writer, at, lowest)


def figures(found: Sequence[Looked]) -> dict[str, object]:
    """Counts, shares, and their 95 % intervals over writers."""
    own, foreign = ([f for f in found if (f.foreign is None) == genuine] for genuine in (True, False))
    return {
        "writers": len({f.writer for f in found}),
        "exhibits": len(own),
        "warned of as they are": sum(f.lowest.odd for f in own),
        "share": _share([(f.writer, f.lowest.odd) for f in own]),
        "lowest as they are": sorted(round(f.lowest.log10_lr + float(np.log10(f.lowest.asked)), 2) for f in own)[:5],
        "with a foreign line": len(foreign),
        "found": _share([(f.writer, f.lowest.odd) for f in foreign]),
        "found, and the right line named": _share(
            [(f.writer, f.lowest.odd and f.lowest.index == f.foreign) for f in foreign]
        ),
    }


def _share(rows: Sequence[tuple[str, bool]]) -> list[float]:
    """Share of true rows, and its 95 % interval over writers."""
    by: dict[str, list[bool]] = defaultdict(list)
    for writer, value in rows:
        by[writer].append(value)
    counts = np.array([[sum(values), len(values)] for values in by.values()], float)
    drawn = counts[np.random.default_rng(1).integers(0, len(counts), (REDRAWS, len(counts)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return [round(float(v), 3) for v in (counts[:, 0].sum() / counts[:, 1].sum(), low, high)]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print, or write, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    iam, unipen = forms(options.cache), words(options.cache)
    joined = {writer: [[line for form in exhibits for line in form]] for writer, exhibits in iam.items()}
    found = {
        "IAM-OnDB, forms": figures(list(looked_at(iam, with_time=True))),
        "IAM-OnDB, forms, no time": figures(list(looked_at(iam, with_time=False))),
        "IAM-OnDB, all forms of a person": figures(list(looked_at(joined, with_time=True))),
        "UNIPEN, words as lines, no time": figures(list(looked_at(unipen, with_time=False))),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
