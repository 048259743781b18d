"""Fonts read and scored:

    python -m benchmarks.writing.fonts --cache CACHE --fonts DIR --styles alder birch --writers 10028

The font of each named style, and of each writer of IAM-OnDB whose first form is known, is made as `cli.py font` makes
it, and kept in DIR. Text is lines of ``testset_f`` (their text only). The single-line version of a font is set by
HarfBuzz with the shaping of the font and read by the shipped recogniser, as are lines that the generator writes in the
same hand, one draft each, as the words of a font are drawn; a character that is not in the font counts as misread. By
the shipped verifier, without time, lines set in the font are scored against the hand that it comes from: of a style,
five other lines that the generator wrote in it; of a writer, his known lines. Beside it the generator's own lines, a
writer's real ones, and lines in the next font.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.writing.imitations import BIAS, EACH, SEED, lrs, misread
from benchmarks.writing.shaped import set_as_ink, single_lines
from datasets import protocol
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from datasets.writers.inkml import write_inkml
from forgery_kit.fonts.files import write_font
from forgery_kit.fonts.hand_font import hand_font
from forgery_kit.imitation.known_hand import known_hand
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.reference_build import cached_samples
from gan.writing.alphabet import CHARACTERS
from gan.writing.priming import strokes_of
from gan.writing.sampling import Prime, draw, load_generator
from gan.writing.styles import style_named

#: Lines that are set in each font; redraws of an interval.
TEXTS, REDRAWS = 20, 2000


@dataclass(frozen=True, eq=False)
class Case:
    """A hand: its prime, known lines and real other ones (of a writer), and the font's two files."""

    name: str
    prime: Prime
    known: list[Sample]
    genuine: list[Sample]
    font: bytes
    lines: str


def texts_of(cache: Path) -> list[str]:
    """Lines of ``testset_f`` with the generator's characters."""
    samples = [s for s in cached_samples(cache, "iam-ondb") if s.split == "testset_f" and s.text]
    texts = sorted({" ".join(str(s.text).split()) for s in samples})
    fitting = [text for text in texts if 20 <= len(text) <= 40 and set(text) <= set(CHARACTERS)]
    return [fitting[k] for k in np.random.default_rng(SEED).permutation(len(fitting))[:TEXTS]]


def case_of(name: str, folder: Path, own: Sequence[Sample]) -> Case:
    """A style, or a writer with his samples; the font is made where it is not kept yet."""
    known: list[Sample] = []
    genuine: list[Sample] = []
    files: list[Path] = []
    if own:
        first = min(str(s.form) for s in own)
        known = [s for s in own if str(s.form) == first][:EACH]
        genuine = [s for s in own if str(s.form) != first and s.text][:EACH]
        files = [folder / f"{name}-{k}.inkml" for k in range(len(known))]
        for file, sample in zip(files, known, strict=True):
            file.write_bytes(write_inkml(sample.ink, text=sample.text))
    font, lines = folder / f"{name}.otf", folder / f"{name}.svg"
    if not (font.is_file() and lines.is_file()):
        write_font(hand_font(known=files) if files else hand_font(name), [font, lines])
    prime = known_hand(files, None).prime if files else style_named(name)
    return Case(name, prime, known, genuine, font.read_bytes(), lines.read_text(encoding="utf-8"))


def set_lines(case: Case, texts: Sequence[str]) -> list[Sample]:
    """A line of ink of each text, set in the font."""
    strokes = single_lines(case.lines)
    return [Sample(ink_from_strokes(set_as_ink(case.font, strokes, text)), text=text) for text in texts]


def drawn(case: Case, texts: Sequence[str]) -> list[Sample]:
    """A line of each text by the generator in the hand, one draft of each, as the words of a font are drawn."""
    generator = load_generator()
    made = draw(generator, list(texts), [(SEED, k) for k in range(len(texts))], BIAS, case.prime)
    return [
        Sample(ink_from_strokes(strokes_of(one.points[one.first :], generator.hand.scale)), text=text)
        for text, one in zip(texts, made, strict=True)
    ]


def interval(rows: np.ndarray) -> str:
    """Sum of the first column over sum of the second, with its 95 % interval over rows."""
    random = np.random.default_rng(0)
    draws = rows[random.integers(len(rows), size=(REDRAWS, len(rows)))].sum(axis=1)
    low, high = np.quantile(draws[:, 0] / draws[:, 1], [0.025, 0.975])
    return f"{rows[:, 0].sum() / rows[:, 1].sum():.3f} [{low:.3f}, {high:.3f}]"


def scored(judge: Judge, case: Case, texts: Sequence[str], strangers: Sequence[Sample]) -> tuple[dict, np.ndarray]:
    """By kind, (n, 3) as ``imitations.lrs``; and errors and characters of the generator's own lines."""
    lines = drawn(case, texts[: 2 * EACH])
    own, known = lines[:EACH], case.known or lines[EACH:]
    kinds = {"font": set_lines(case, texts[:EACH]), "generator": own, "genuine": case.genuine, "stranger": strangers}
    found = {kind: lrs(judge, some, known) for kind, some in kinds.items() if some}
    return found, np.array([misread([line]) for line in lines])


def main() -> None:
    """Make, set, read, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--styles", nargs="*", default=[])
    parser.add_argument("--writers", nargs="*", default=[])
    options = parser.parse_args()
    options.fonts.mkdir(parents=True, exist_ok=True)
    by_writer = protocol.by_writer([s for s in cached_samples(options.cache, "iam-ondb") if s.text])
    texts = texts_of(options.cache)
    cases = [case_of(name, options.fonts, by_writer.get(name, [])) for name in (*options.styles, *options.writers)]
    judge = default_judge()
    reading, scores = [], []
    for number, case in enumerate(cases):
        other = cases[(number + 1) % len(cases)]
        reading.append(np.array([misread([line]) for line in set_lines(case, texts)]))
        found, own = scored(judge, case, texts, set_lines(other, texts[:EACH]))
        scores.append(found)
        print(f"{case.name}: misread in the font {interval(reading[-1])}, in the generator's lines {interval(own)}")
        for kind, rows in found.items():
            each = [interval(np.column_stack([rows[:, k], np.ones(len(rows))])) for k in (0, 1)]
            print(f"  {kind:10} score {each[0]}, log10 LR {each[1]}", flush=True)
    print(f"all: misread in the font {interval(np.array([rows.sum(axis=0) for rows in reading]))} over hands")
    for kind in ("font", "generator", "stranger"):
        rows = np.array([[found[kind][:, 1].mean(), 1] for found in scores])
        print(f"  {kind:10} log10 LR {interval(rows)} over hands")


if __name__ == "__main__":
    main()
