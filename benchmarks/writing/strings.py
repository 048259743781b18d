"""Texts as ``imitate`` writes them, to be judged by eye:

    python -m benchmarks.writing.strings --cache FOLDER --out FOLDER

50 unseen texts of ``testset_v`` in the named styles, and the same in the hands of ten of its writers, each primed with
one line, with bias 0.5. Writes contact sheets of ten lines: count those with lost, repeated or unreadable words or
stray strokes.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.writing.generation import BIAS, load_samples, prime_lines, unseen_texts
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Sample
from datasets.writers.inkml import write_inkml
from forgery_kit import imitate
from gan.writing.priming import strokes_of
from gan.writing.sampling import learnt_from
from gan.writing.styles import load_styles
from reports.imitation import contact_sheet

#: Of the texts and people: others than those that were looked at while the drafting was made.
SEED = 4
#: Hands of each kind, texts in each, hands on a sheet.
HANDS, TEXTS, ON_A_SHEET = 10, 5, 2


def written(texts: list[str], **hand: Any) -> dict[str, Ink]:
    """Each line that the texts take → its ink, in a style or in the hand of known files."""
    made = imitate("\n".join(texts), n=1, bias=BIAS, **hand)[0]
    scale = learnt_from().scale
    return {
        line.text: ink_from_strokes(strokes_of(one.points[one.first :], scale))
        for line, one in zip(made.record.lines, made.drawn, strict=True)
    }


def known_hands(samples: list[Sample], folder: Path) -> dict[str, dict[str, Any]]:
    """Ten people of ``testset_v`` → how ``imitate`` is told of their line, which is put into ``folder``."""
    found = {}
    for sample in prime_lines(samples, SEED)[:HANDS]:
        file = folder / f"{sample.form}.inkml"
        file.write_bytes(write_inkml(sample.ink, text=str(sample.text)))
        found[str(sample.form)] = {"known": [file]}
    return found


def main(arguments: list[str] | None = None) -> None:
    """Draw all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sheets")
    options = parser.parse_args(arguments)
    samples = load_samples(options.cache)
    texts = unseen_texts(samples, SEED)[: HANDS * TEXTS]
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        styles = {name: {"style": name} for name in list(load_styles())[:HANDS]}
        for kind, hands in (("styles", styles), ("hands", known_hands(samples, Path(folder)))):
            inks: list[Ink] = []
            captions: list[str] = []
            for number, (name, hand) in enumerate(hands.items(), 1):
                lines = written(texts[(number - 1) * TEXTS : number * TEXTS], **hand)
                inks += lines.values()
                captions += [f"{name}: {line}" for line in lines]
                if number % ON_A_SHEET == 0:
                    sheet = contact_sheet(
                        inks, captions, f"{kind}, bias {BIAS}", {"made by": "benchmarks.writing.strings"}, True
                    )
                    (options.out / f"{kind}-{number // ON_A_SHEET}.png").write_bytes(sheet)
                    inks, captions = [], []
                print(f"{kind}: {number} of {len(hands)} hands", flush=True)


if __name__ == "__main__":
    main()
