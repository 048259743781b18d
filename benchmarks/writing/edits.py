"""New words among those that stay:  python -m benchmarks.writing.edits --cache CACHE [--lines 10]

On lines of IAM-OnDB's selection people (``testset_t``) a word inside the line is changed for one of another writer's
text that has as many letters, or one more or less, and ``edit`` draws it. Measured is not what ``edit`` sets words by
(the turning points of the line) but the small letters where the recogniser finds them: the median height of a word's,
and of their lower ends, against the word before and the word after. Height: how far the ratio is from 1. Baseline: how
far from the straight line between the two, in heights of their small letters. The word that the person wrote there is
measured likewise: the difference that people make themselves. Intervals are of 95 %, over people.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ink.drawn import Counts, share
from datasets.cache import read_samples
from datasets.errors import ArgumentsError, MissingResourceError, OutOfScopeError
from datasets.sample import Sample
from datasets.writers.inkml import write_inkml
from forgery_kit.imitation.edit import SMALL, Edited, edit
from forgery_kit.reading.lines import ink_lines, set_lines

Array = NDArray[np.float64]
#: A word to change, and one to change it for; the bounds that are asked for.
WORD, WITHIN = re.compile("[a-z]{4,9}"), (0.15, 0.07)
#: Small letters that a word and its neighbours need, so that a median says something.
FEWEST = 2


def small(word: str) -> int:
    """How many small letters a word has."""
    return sum(letter in SMALL for letter in word)


def changes(samples: Sequence[Sample], each: int) -> Iterator[tuple[Sample, int, str]]:
    """(line, number of the word to change, the new word), for ``each`` lines of each writer, chosen by a seed."""
    by_writer: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if "#" not in str(sample.text):
            by_writer[str(sample.writer)].append(sample)
    for number, (writer, lines) in enumerate(sorted(by_writer.items())):
        random = np.random.default_rng([1, number])
        others = sorted({w for s in samples if s.writer != writer for w in str(s.text).split() if WORD.fullmatch(w)})
        others = [word for word in others if small(word) >= FEWEST]
        taken = 0
        for index in random.permutation(len(lines)):
            words = str(lines[index].text).split()
            inside = [
                k
                for k in range(1, len(words) - 1)
                if WORD.fullmatch(words[k]) and all(small(word) >= FEWEST for word in words[k - 1 : k + 2])
            ]
            if taken == each or not inside:
                continue
            at = int(random.choice(inside))
            like = [word for word in others if abs(len(word) - len(words[at])) <= 1 and word not in words]
            taken += 1
            yield lines[index], at, str(random.choice(like))


def word_places(sample: Sample, text: str) -> list[Array | None]:
    """(x, y of the lower ends, height) of each word by the medians of its small letters; None where too few are found.

    The number of the line stands fourth. Device units, y down.
    """
    found: list[Array | None] = []
    for number, line in enumerate(set_lines(ink_lines([sample]), text)):
        boxes: list[Array] = []
        for letter in (*line.letters, None):
            if letter is None or letter.character == " ":
                found.append(np.append(np.median(boxes, axis=0), number) if len(boxes) >= FEWEST else None)
                boxes = []
            elif letter.character in SMALL:
                points = line.line.ink.xy[slice(*letter.points)]
                if len(points) > 1:
                    boxes.append(np.array([points[:, 0].mean(), points[:, 1].max(), np.ptp(points[:, 1])]))
        # A line that ends in a space has no word after it.
        if line.letters and line.letters[-1].character == " ":
            found.pop()
    return found


def among_neighbours(sample: Sample, text: str, at: int) -> Array | None:
    """(2,) height and baseline of a word against its neighbours; None where they are not measured on one line."""
    places = word_places(sample, text)
    if len(places) != len(text.split()):
        return None
    one, before, after = places[at], places[at - 1], places[at + 1]
    if one is None or before is None or after is None or not before[3] == one[3] == after[3]:
        return None
    height = (before[2] + after[2]) / 2
    expected = np.interp(one[0], [before[0], after[0]], [before[1], after[1]])
    return np.array([one[2] / height - 1, (one[1] - expected) / height])


def same_points(made: Edited, before: Sample) -> bool:
    """Whether each stroke that is not new is one of before, but for a shift."""
    old = [stroke[:, :2] for stroke in before.ink.strokes()]
    return all(
        any(len(one) == len(stroke) and np.ptp(one - stroke, axis=0).max() < 1e-6 for one in old)
        for k, stroke in enumerate(s[:, :2] for s in made.sample.ink.strokes())
        if k not in made.generated
    )


def summary(rows: dict[str, list[Array]]) -> dict[str, Any]:
    """Medians and shares within the bounds, of each of the two measures and of both together."""
    every = np.concatenate([np.stack(found) for found in rows.values()])
    quantiles = np.quantile(every, [0.1, 0.5, 0.9], axis=0).T.round(3).tolist()
    result: dict[str, Any] = {
        "median of the size": np.median(np.abs(every), axis=0).round(3).tolist(),
        "quantiles .1 .5 .9": dict(zip(("height", "baseline"), quantiles, strict=True)),
    }
    for bound in WITHIN:
        inside: dict[str, Counts] = defaultdict(lambda: defaultdict(list))
        for writer, found in rows.items():
            for height, baseline in np.abs(np.stack(found)) <= bound:
                for name, hit in (("height", height), ("baseline", baseline), ("both", height and baseline)):
                    inside[name][writer].append((float(hit), 1.0))
        result[f"within {bound:.0%}"] = {name: share(counts) for name, counts in inside.items()}
    return result


def measured(samples: Sequence[Sample], each: int) -> dict[str, Any]:
    """Figures of new words and of those that people wrote in their place, over the same edits.

    Raises MissingResourceError where a network is missing: that is no refusal of ink.
    """
    new: dict[str, list[Array]] = defaultdict(list)
    written: dict[str, list[Array]] = defaultdict(list)
    refused: Counter[str] = Counter()
    edits = same = left_out = 0
    with tempfile.TemporaryDirectory() as folder:
        for sample, at, word in changes(samples, each):
            words = str(sample.text).split()
            text, to = " ".join(words), " ".join([*words[:at], word, *words[at + 1 :]])
            file = Path(folder) / "line.inkml"
            file.write_bytes(write_inkml(sample.ink))
            try:
                made = edit(file, text, to)
            except (ArgumentsError, OutOfScopeError) as error:
                refused[error.advice] += 1
                continue
            edits += 1
            same += same_points(made, sample)
            found, control = among_neighbours(made.sample, to, at), among_neighbours(sample, text, at)
            if found is None or control is None:
                left_out += 1
                continue
            new[str(sample.writer)].append(found)
            written[str(sample.writer)].append(control)
    return {
        "edits": edits,
        "what stays is the same points": same,
        "refused": dict(refused),
        "not measured": left_out,
        "new words": summary(new),
        "the words that people wrote there": summary(written),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=10)
    options = parser.parse_args(arguments)
    loaded = read_samples(options.cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(
            str(options.cache), "iam-ondb is not cached here.", "Run `python cli.py data cache`."
        )
    samples = [s for s in loaded[0] if s.split == "testset_t" and s.writer and s.text]
    print(json.dumps(measured(samples, options.lines), indent=1))


if __name__ == "__main__":
    main()
