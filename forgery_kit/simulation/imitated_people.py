"""Imitations of the calibration people:  python -m forgery_kit.simulation.imitated_people --cache FOLDER --lines FILE

The shipped generator, primed with known ink of each person as ``imitate --known`` is, writes other texts of that
person, or of the corpus. LINES keeps what was drawn, so that an interrupted run goes on. At the end they are embedded,
and the calibrations of *the known writer* against *a machine imitation of the known writer* are written to
``gan/pretrained/imitations.safetensors``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets.cache import read_samples, write_samples
from datasets.errors import ForgeryKitError
from datasets.sample import Sample
from forgery_kit.imitation.imitate import CANDIDATES, LINE, set_on_page
from forgery_kit.imitation.known_hand import Hand, hand_of
from forgery_kit.likelihood.judge import load_judge
from forgery_kit.likelihood.reference_build import CALIBRATION_PARTS, corpus_people
from forgery_kit.simulation.calibrate import embed_lines, make_calibrations
from forgery_kit.simulation.reference import IMITATIONS, save_imitations
from gan.writing.alphabet import CHARACTERS
from gan.writing.priming import strokes_of
from gan.writing.sampling import draw, load_generator

#: People of each donor of UNIPEN, lines of each person by corpus.
PER_DONOR, LINES = 2, {"iam-ondb": 5, "unipen": 2}
BIAS = 0.5
#: Characters of a text at least.
SHORTEST = 12


@dataclass(frozen=True)
class Person:
    """A calibration person with recordings, and the texts to write in that hand."""

    corpus: str
    name: str
    donor: str
    samples: tuple[Sample, ...]
    texts: tuple[str, ...]


def people_to_imitate(cache: Path, seed: int) -> list[Person]:
    """Calibration people of both corpora with what shall be written in their hands: other lines of the corpus."""
    generator = np.random.default_rng(seed)
    iam = list(corpus_people(cache, CALIBRATION_PARTS, ("iam-ondb",)))
    lines = {writer: _texts([s for sheet in sheets for s in sheet]) for writer, _, sheets in iam}
    everybody = [text for texts in lines.values() for text in texts]
    found = []
    for writer, donor, sheets in iam:
        # What a person wrote is left to others, so that no imitation repeats the words of its prime.
        others = sorted(set(everybody) - set(lines[writer]))
        texts = tuple(str(t) for t in generator.choice(others, LINES["iam-ondb"], replace=False))
        found.append(Person("iam-ondb", writer, donor, tuple(s for s in sheets[0] if s.text), texts))
    donors: dict[str, list[tuple[str, list[Sample]]]] = {}
    for writer, donor, sheets in corpus_people(cache, CALIBRATION_PARTS, ("unipen",)):
        donors.setdefault(donor, []).append((writer, [s for sheet in sheets for s in sheet if s.text]))
    for donor, own in sorted(donors.items()):
        for place in generator.permutation(len(own)):
            writer, samples = own[int(place)]
            texts = tuple(str(t) for t in generator.choice(everybody, LINES["unipen"], replace=False))
            found.append(Person("unipen", writer, donor, tuple(samples), texts))
    return found


def _texts(samples: Sequence[Sample]) -> list[str]:
    """What lines say, cut between words to what ``imitate`` writes in one."""
    found = []
    for sample in samples:
        words = " ".join((sample.text or "").split())
        text = words if len(words) <= LINE else words[: LINE + 1].rsplit(" ", 1)[0]
        if len(text) >= SHORTEST and all(c in CHARACTERS for c in text):
            found.append(text)
    return found


def imitated(people: Sequence[Person], done: dict[str, int], seed: int) -> Iterator[list[Sample]]:
    """The lines drawn of each person that can be primed with, ``PER_DONOR`` of each donor of UNIPEN.

    ``done`` : lines of each person that are there already.
    """
    counts: dict[str, int] = {}
    for person in people:
        if person.corpus == "unipen" and counts.get(person.donor, 0) >= PER_DONOR:
            continue
        if person.name not in done:
            try:
                hand = hand_of(person.samples, None)
            except ForgeryKitError as error:
                print(f"{person.name}: {error}", flush=True)
                continue
            yield _lines(person, hand, seed)
        counts[person.donor] = counts.get(person.donor, 0) + 1


def _lines(person: Person, hand: Hand, seed: int) -> list[Sample]:
    generator = load_generator()
    seeds = [(seed, *person.name.encode(), k) for k in range(len(person.texts))]
    drawn = draw(generator, list(person.texts), seeds, BIAS, hand.prime, None, CANDIDATES)
    return [
        Sample(
            set_on_page([strokes_of(one.points[one.first :], generator.hand.scale)]),
            writer=person.name,
            form=f"{person.name} {number}",
            text=text,
            device=person.donor,
            origin="generated",
        )
        for number, (text, one) in enumerate(zip(person.texts, drawn, strict=True))
    ]


def main(arguments: list[str] | None = None) -> None:
    """Draw, embed, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--lines", type=Path, required=True, help="keeps the drawn lines (.fkcache)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    stored = read_samples(options.lines) if options.lines.is_file() else None
    made = list(stored[0]) if stored else []
    done = {str(s.writer): 1 for s in made}
    for lines in imitated(people_to_imitate(options.cache, options.seed), done, options.seed):
        made += lines
        write_samples(options.lines, made, "imitated people", {"seed": options.seed})
        print(f"{len(made)} lines, {lines[0].writer} of {lines[0].device}", flush=True)
    judge = load_judge()
    chunks = embed_lines(judge, made)
    calibrations = make_calibrations(judge.reference, chunks, lambda text: print(text, flush=True))
    save_imitations(calibrations, len(chunks.writers), judge.reference.sha256, IMITATIONS)
    print(f"{len(chunks.writers)} people, {len(made)} lines: {IMITATIONS}")


if __name__ == "__main__":
    main()
