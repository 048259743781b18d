"""Lines of people and of machines:

    python -m gan.training.authenticity.machine_lines --cache FOLDER --out FILE --parts training

What the authenticity head is trained and measured on, as one file of samples: real lines of the people of these parts,
and beside them lines that no person wrote: by each forger of ``datasets.forgers`` from real lines of one of them; by
the shipped generator (freely, in its styles, primed with their lines, several biases, drafts chosen and not); by small
networks of other kinds (``rivals.py`` here); by the writer of ``datasets.synthetic``. Every sample says in ``split`` of
which family it is, in ``device`` by which method, in ``writer`` whose ink went into it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from datasets import protocol
from datasets.cache import read_samples, write_samples
from datasets.errors import MissingResourceError
from datasets.forgers import FORGERS
from datasets.forgers.strokes import Line, timed_strokes
from datasets.height import writing_height
from datasets.ink import Ink, ink_from_strokes
from datasets.layout import lines as lines_on
from datasets.letter_skeletons import ALPHABET
from datasets.sample import Sample
from datasets.synthetic import random_style, write_text
from gan import backend
from gan.features import features_with_positions, trace
from gan.reading.decoding import RATE, align
from gan.writing.alphabet import CHARACTERS
from gan.writing.priming import Hand, in_corpus_terms, offsets, strokes_of

PERSON, GENERATOR, SYNTHETIC, RIVAL = "person", "generator", "synthetic", "rival"
#: Family of each method, the person's own writing first.
FAMILIES = (PERSON, GENERATOR, SYNTHETIC, RIVAL, *dict.fromkeys(forger.family for forger in FORGERS))
CORPORA = ("iam-ondb", "unipen")
#: Writing heights of pen-down path that a line has at least and at most; what is longer is parted into its lines.
LEAST, MOST = 12.0, 250.0
#: Letters that the lines have together which forgers of letters work from.
LETTERS = 100
#: Characters of a text that a machine writes, at most; lines drawn together; drafts of those that are chosen from.
TEXT, BATCH, DRAFTS = 32, 32, 4
BIASES = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0)
#: Relative deviations of the noise on the generator's weights, drawn for each batch: networks that are not the shipped
#: one write otherwise, and worse. So many of them; else the shipped weights.
DISTURBED, NOISE = 0.6, (0.02, 0.15)
#: Seconds of the lifted pen between two strokes of a network, which knows no such time.
LIFTED = 0.12
#: Points that other networks write, at least and at most, and by how much freer they are than what they learnt.
POINTS, FREEDOMS = (200, 700), (0.5, 0.7, 0.85, 1.0, 1.1)


@dataclass(frozen=True)
class Amounts:
    """How many lines of each kind: real ones, those of each forger, batches of the generator, of chosen drafts."""

    real: int
    each: int
    batches: int
    chosen: int


def people_lines(cache: Path, parts: Sequence[str]) -> dict[str, dict[str, list[Sample]]]:
    """Corpus → person → recordings with times of the people of these parts.

    Raises MissingResourceError without a cache.
    """
    found: dict[str, dict[str, list[Sample]]] = {}
    for corpus in CORPORA:
        loaded = read_samples(cache / f"{corpus}.fkcache")
        if loaded is None:
            raise MissingResourceError(f"{cache}/{corpus}.fkcache", "it is missing.", "Run `python cli.py data cache`.")
        assigned = protocol.PARTS_OF[corpus](loaded[0])
        timed = [s for s in loaded[0] if "t" in s.ink.channels and assigned.get(str(s.writer)) in parts]
        found[corpus] = protocol.by_writer(timed)
    return found


def one_line(samples: Sequence[Sample], generator: np.random.Generator) -> Sample | None:
    """A line of one of a person's recordings, drawn at random; None where it is too short, or none was found."""
    sample = samples[int(generator.integers(len(samples)))]
    try:
        if (long := _length(sample.ink)) > MOST:
            strokes = list(sample.ink.strokes(hover=True))
            rows = lines_on(sample.ink)
            own = rows[int(generator.integers(len(rows)))]
            ink = ink_from_strokes([strokes[i] for i in own], sample.ink.channels, None, sample.ink.mm_per_unit)
            sample = replace(sample, ink=replace(ink, time_source=sample.ink.time_source), text=None)
            long = _length(sample.ink)
    except ValueError:
        return None
    return sample if LEAST <= long <= MOST else None


def _length(ink: Ink) -> float:
    strokes = list(ink.strokes())
    return sum(float(np.hypot(*np.diff(s[:, :2], axis=0).T).sum()) for s in strokes) / writing_height(strokes)


def _several(samples: Sequence[Sample], count: int, generator: np.random.Generator) -> list[Sample]:
    """So many different lines of a person, or as many as some tries give."""
    found: list[Sample] = []
    for _ in range(3 * count):
        line = one_line(samples, generator)
        if line is not None and all(line.ink != other.ink for other in found):
            found.append(line)
        if len(found) == count:
            break
    return found


def with_letters(samples: Sequence[Sample]) -> list[Line]:
    """Lines with the places of their letters, by alignment with their text; without those that cannot be aligned."""
    from gan.reading.reader import posteriors

    usable = [s for s in samples if s.text and all(c in CHARACTERS for c in " ".join(s.text.split()))]
    found = [features_with_positions(trace([s])) for s in usable]
    lines = []
    for sample, (_, place), log_p in zip(usable, found, posteriors([f for f, _ in found]), strict=True):
        text = " ".join(str(sample.text).split())
        try:
            spans = align(log_p, np.array([CHARACTERS.index(c) + 1 for c in text]))
        except ValueError:
            continue
        points = [
            (
                c,
                int(np.ceil(place[min(int(a) * RATE, len(place) - 1)])),
                int(place[min(int(b) * RATE, len(place)) - 1]) + 1,
            )
            for c, (a, b) in zip(text, spans, strict=True)
        ]
        lines.append(Line(_down(sample.ink), tuple(points)))
    return lines


def _down(ink: Ink) -> Ink:
    """The ink's pen-down strokes alone."""
    return ink_from_strokes(timed_strokes(ink), ("x", "y", "t"), None, ink.mm_per_unit, "recorded")


def real_lines(
    people: dict[str, dict[str, list[Sample]]], count: int, generator: np.random.Generator
) -> Iterator[Sample]:
    """Lines of people, of both corpora alike and of every person alike."""
    for number in range(count):
        own = people[CORPORA[number % 2]]
        line = one_line(own[list(own)[int(generator.integers(len(own)))]], generator)
        if line is not None:
            yield replace(line, ink=_down(line.ink), split=PERSON, device=f"{CORPORA[number % 2]} {line.device}")


def forged_lines(
    people: dict[str, dict[str, list[Sample]]], texts: Sequence[str], each: int, generator: np.random.Generator
) -> Iterator[Sample]:
    """Lines of each forger from people's lines, of both corpora alike."""
    for forger in FORGERS:
        made = 0
        for number in range(4 * each):
            own = people[CORPORA[number % 2]]
            person = list(own)[int(generator.integers(len(own)))]
            samples = _several(own[person], forger.lines, generator)
            lines = [Line(s.ink) for s in samples]
            if forger.letters:
                samples += _several(own[person], 20, generator) if number % 2 else []
                lines = with_letters(samples)
                if sum(len(line.letters) for line in lines) < LETTERS:
                    continue
            # A line made of letters costs much to read: several are made of the same ones.
            for _ in range(5 if forger.letters else 1):
                try:
                    ink = forger.forge(lines, _text(texts, generator), generator)
                    if LEAST <= _length(ink) <= MOST:
                        yield _made(ink, forger.family, forger.name, person)
                        made += 1
                except (ValueError, IndexError):
                    continue
            if made >= each:
                break


def synthetic_lines(texts: Sequence[str], count: int, generator: np.random.Generator) -> Iterator[Sample]:
    """Lines of the kinematic writer, each in a hand of its own."""
    for _ in range(count):
        text = "".join(c for c in _text(texts, generator) if c in ALPHABET)
        style = random_style(int(generator.integers(2**31)))
        if text.strip():
            ink = write_text(text, style, int(generator.integers(2**31)), line_width=1000.0)
            yield _made(_down(ink), SYNTHETIC, SYNTHETIC, None)


def generated_lines(
    people: dict[str, list[Sample]], texts: Sequence[str], amounts: Amounts, random: np.random.Generator
) -> Iterator[Sample]:
    """Lines of the shipped generator: free, in its styles, primed with lines; single drafts and chosen ones.

    In part with noise on its weights: other networks, of which there are few, write otherwise.
    """
    from gan.writing.sampling import Prime, draw, load_generator
    from gan.writing.styles import load_styles

    shipped = load_generator()
    hand = shipped.hand

    def primed() -> tuple[str, Prime]:
        while True:
            person = list(people)[int(random.integers(len(people)))]
            line = one_line(people[person], random)
            if line is None or not line.text or any(c not in CHARACTERS for c in line.text):
                continue
            strokes = timed_strokes(line.ink)
            known = in_corpus_terms([s[:, :2] for s in strokes], [s[:, 2] for s in strokes], hand)
            return person, Prime(offsets(known, hand.scale), " ".join(line.text.split()))

    styles = load_styles()
    own = shipped.network.get_weights()
    for number in range(amounts.batches + amounts.chosen):
        drafts = DRAFTS if number >= amounts.batches else 1
        way = ("free", "style", "primed", "primed")[number % 4]
        person: str | None = None
        prime = None
        if way == "style":
            prime = styles[list(styles)[int(random.integers(len(styles)))]]
        elif way == "primed":
            person, prime = primed()
        bias = float(random.choice(BIASES))
        noise = float(np.exp(random.uniform(*np.log(NOISE)))) if random.random() < DISTURBED else 0.0
        shipped.network.set_weights([w * (1 + noise * random.standard_normal(w.shape)) for w in own])
        wanted = [_text(texts, random) for _ in range(BATCH // drafts)]
        seeds = [int(random.integers(2**31)) for _ in wanted]
        for one in draw(shipped, wanted, seeds, bias, prime, drafts=drafts):
            method = f"{GENERATOR}, {way}{', chosen' if drafts > 1 else ''}{', disturbed' if noise else ''}"
            yield from _of_network(one.points[one.first :], hand, GENERATOR, method, person)
    shipped.network.set_weights(own)


def rival_lines(folder: Path, batches: int, random: np.random.Generator) -> Iterator[Sample]:
    """Lines of the small networks of a folder, so many batches of each."""
    from gan.training.authenticity.rivals import load, write
    from gan.writing.sampling import load_generator

    hand = load_generator().hand
    for rival in load(folder):
        for _ in range(batches):
            length, freedom = int(random.integers(*POINTS)), float(random.choice(FREEDOMS))
            for points in write(rival, BATCH, length, freedom, random):
                yield from _of_network(points, hand, RIVAL, f"{RIVAL}, {rival.name}", None)


def _of_network(points: np.ndarray, hand: Hand, family: str, method: str, person: str | None) -> Iterator[Sample]:
    """The line of a network's points, at the rate of the tablets that it learnt from; none where it is no line."""
    strokes, clock = [], 0.0
    for stroke in strokes_of(points, hand.scale):
        strokes.append(np.column_stack([stroke, clock + hand.interval * np.arange(len(stroke))]))
        clock = float(strokes[-1][-1, 2]) + LIFTED
    try:
        ink = ink_from_strokes(strokes, ("x", "y", "t"), None, None, "recorded")
        if LEAST <= _length(ink) <= MOST:
            yield _made(ink, family, method, person)
    except ValueError:
        return


def _text(texts: Sequence[str], generator: np.random.Generator) -> str:
    """Some words of a text of the corpus."""
    words = texts[int(generator.integers(len(texts)))].split()
    first = int(generator.integers(len(words)))
    text = " ".join(words[first : first + int(generator.integers(2, 7))])
    return text[:TEXT].strip()


def _made(ink: Ink, family: str, method: str, person: str | None) -> Sample:
    return Sample(ink=ink, writer=person, device=method, split=family, origin="generated")


def main(arguments: list[str] | None = None) -> None:
    """Make the lines and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--parts", nargs="+", default=["training"], help="whose lines: training, selection …")
    parser.add_argument("--real", type=int, default=2000, help="lines of people")
    parser.add_argument("--each", type=int, default=200, help="lines of each forger")
    parser.add_argument("--batches", type=int, default=32, help=f"batches of {BATCH} lines of the generator")
    parser.add_argument("--chosen", type=int, default=8, help=f"batches of {BATCH // DRAFTS} lines, of {DRAFTS} drafts")
    parser.add_argument(
        "--rivals", type=Path, help="folder that `gan.training.authenticity.rivals` made; without it none write"
    )
    parser.add_argument("--rounds", type=int, default=8, help=f"batches of {BATCH} lines of each of them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    backend.choose()
    people = people_lines(options.cache, options.parts)
    texts = [
        " ".join(s.text.split())
        for own in people["iam-ondb"].values()
        for s in own
        if s.text and all(c in CHARACTERS for c in " ".join(s.text.split()))
    ]
    generator = np.random.default_rng(options.seed)
    amounts = Amounts(options.real, options.each, options.batches, options.chosen)
    made = list(real_lines(people, amounts.real, generator))
    made += synthetic_lines(texts, amounts.each, generator)
    made += forged_lines(people, texts, amounts.each, generator)
    made += generated_lines(people["iam-ondb"], texts, amounts, generator)
    if options.rivals:
        made += rival_lines(options.rivals, options.rounds, generator)
    write_samples(options.out, made, "machine lines", {"parts": options.parts, "seed": options.seed})
    counts: dict[str, int] = defaultdict(int)
    for sample in made:
        counts[sample.split if sample.split == PERSON else str(sample.device)] += 1
    print("\n".join(f"{count:6} {method}" for method, count in counts.items()))


if __name__ == "__main__":
    main()
