"""Each character as the generator writes it, to be judged by eye:

    python -m benchmarks.writing.characters --cache FOLDER --out FOLDER

Of each character up to five words of ``testset_v`` that hold it (of the training text, where that split has too few),
each in another named style, as ``imitate`` writes them with bias 0.5. Writes contact sheets, whose captions name
the character and the word, the seldom ones first: count where the character that is named is missing, or would be
taken for another one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.writing.generation import BIAS, load_samples
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from forgery_kit.imitation.imitate import CANDIDATES
from gan.writing.alphabet import CHARACTERS
from gan.writing.priming import strokes_of
from gan.writing.rarity import seen_in_training
from gan.writing.sampling import draw, load_generator
from gan.writing.styles import load_styles
from reports.imitation import contact_sheet

#: Words of each character, longest such word, and words on a sheet.
WORDS, LONGEST, ON_A_SHEET = 5, 12, 30
SEED = 5


def words_with(samples: list[Sample], character: str, seed: int = SEED) -> list[str]:
    """Up to ``WORDS`` different words that hold the character, in random order, unseen ones first."""
    found: list[str] = []
    for splits in (("testset_v",), ("trainset", "testset_t")):
        texts = [str(s.text) for s in samples if s.split in splits and s.text and character in s.text]
        words = sorted({w for text in texts for w in text.split() if character in w and len(w) <= LONGEST} - {*found})
        found += [words[i] for i in np.random.default_rng(seed).permutation(len(words))]
    return found[:WORDS]


def main(arguments: list[str] | None = None) -> None:
    """Draw all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sheets")
    options = parser.parse_args(arguments)
    samples, seen = load_samples(options.cache), seen_in_training()
    options.out.mkdir(parents=True, exist_ok=True)
    characters = sorted((c for c in CHARACTERS if c != " "), key=lambda c: (seen[c], c))
    jobs = [(c, word) for c in characters for word in words_with(samples, c)]
    generator, styles = load_generator(), load_styles()
    inks, names = {}, list(styles)
    for number in range(WORDS):
        # Words of one style together, since a batch has one prime.
        mine = [i for i in range(len(jobs)) if i % WORDS == number]
        for start in range(0, len(mine), 8):
            some = mine[start : start + 8]
            words, seeds = [jobs[i][1] for i in some], [(SEED, i) for i in some]
            for i, one in zip(
                some, draw(generator, words, seeds, BIAS, styles[names[number]], None, CANDIDATES), strict=True
            ):
                inks[i] = ink_from_strokes(strokes_of(one.points[one.first :], generator.hand.scale))
        print(f"{number + 1} of {WORDS} styles", flush=True)
    for start in range(0, len(jobs), ON_A_SHEET):
        some = list(range(start, min(start + ON_A_SHEET, len(jobs))))
        captions = [f"{jobs[i][0]}   in   {jobs[i][1]}" for i in some]
        sheet = contact_sheet(
            [inks[i] for i in some], captions, f"bias {BIAS}", {"made by": "benchmarks.writing.characters"}, True
        )
        (options.out / f"characters-{start // ON_A_SHEET + 1:02}.png").write_bytes(sheet)


if __name__ == "__main__":
    main()
