"""Copies found by repeats:  python -m benchmarks.people.repeats CACHE [--parts selection]

Each forger with three known lines of a person, whose forgery is looked up in them (and with three other lines of the
person, where nothing should be found). False alarms are lines of IAM-OnDB beside three others, words of UNIPEN beside
the same word by the same person, and whole forms of IAM-OnDB beside another by the same person. Two thresholds: what
people do in at most 1 % of comparisons by the shipped table, and in at most 0.1 %, from which on ``compare`` warns.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from datasets import protocol
from datasets.cache import read_samples
from datasets.devices import Device, record
from datasets.forgers import FORGERS
from datasets.forgers.settings import drawn
from datasets.forgers.strokes import Line
from datasets.sample import Sample
from forgery_kit.examination.prints import Print
from forgery_kit.examination.repeats import BESIDE, LINE, even, least_of, repeats, table
from forgery_kit.examination.repeats_build import comparisons, least
from gan.features import trace
from gan.training.authenticity.machine_lines import with_letters

RARE = (0.01, 0.001)
TEXT = "the same as before and some more words"


def forms(
    samples: list[Sample], assigned: dict[str, protocol.Part], parts: list[str]
) -> Iterator[tuple[str, Print, Print]]:
    """Pairs of forms by one person, each as one recording."""
    for person, own in protocol.by_writer(samples).items():
        if assigned.get(person) in parts:
            sheets: dict[str, list[Sample]] = defaultdict(list)
            for sample in own:
                sheets[str(sample.form)].append(sample)
            traces = [even(trace(sheet)) for sheet in list(sheets.values())[:4]]
            yield from ((person, *pair) for pair in combinations(traces, 2))


def main() -> None:
    """Print, for every forger, how many of its lines are found; and the false alarms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--parts", nargs="+", default=["selection"])
    parser.add_argument("--each", type=int, default=40, help="forgeries by each forger")
    options = parser.parse_args()
    generator = np.random.default_rng(5)
    known = table()
    alarms: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for corpus, one, others in comparisons(options.cache, options.parts, generator):
        if (row := least(one, others)) is not None:
            alarms[corpus][str(one.writer)].append(known.rarity(row))
    loaded = read_samples(options.cache / "iam-ondb.fkcache")
    assert loaded is not None
    assigned = protocol.iam_parts(loaded[0])
    for person, first, second in forms(loaded[0], assigned, options.parts):
        chances = max(1.0, first.length * second.length / (LINE * BESIDE * LINE))
        alarms["forms of iam-ondb"][person].append(known.rarity(least_of(repeats(first, second)), chances))
    for corpus, by in alarms.items():
        every = np.array([x for own in by.values() for x in own])
        worst = {rare: max(float(np.mean(np.array(own) <= rare)) for own in by.values()) for rare in RARE}
        rates = "  ".join(f"{rare}: {np.mean(every <= rare):.4f}, worst person {worst[rare]:.3f}" for rare in RARE)
        print(f"{corpus}: {len(every)} comparisons of {len(by)} people, false alarms at {rates}", flush=True)
    people = [s for w, s in protocol.by_writer(loaded[0]).items() if assigned.get(w) in options.parts and len(s) > 12]
    for forger in FORGERS:
        found, other = [], []
        for number in range(options.each):
            own = people[number % len(people)]
            lines = [own[i] for i in generator.choice(len(own), 13, replace=False)]
            sources = lines[: max(3, forger.lines)] if forger.letters else lines[:3]
            work = with_letters(sources) if forger.letters else [Line(s.ink) for s in sources]
            try:
                ink = record(forger.forge(work, TEXT, generator), drawn(Device, generator), generator)
            except (ValueError, IndexError):
                continue
            made = Sample(ink)
            for rows, beside in ((found, lines[:3]), (other, lines[10:])):
                if (row := least(made, beside)) is not None:
                    rows.append(known.rarity(row))
        rates = [" ".join(f"{np.mean(np.array(rows) <= rare):.2f}" for rare in RARE) for rows in (found, other)]
        print(f"{forger.name:16} {len(found)} lines: of the known lines {rates[0]}, of others {rates[1]}", flush=True)


if __name__ == "__main__":
    main()
