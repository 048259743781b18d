"""Make the named styles:  python -m gan.training.styles

A style is a line that the generator wrote freely, kept as a prime: hands of its own, not those of people in the corpus.
Of 96 seeds those were picked by eye that read well and differ; they hold for the weights that ship.
"""

from __future__ import annotations

from gan.writing.sampling import Prime, draw, load_generator
from gan.writing.styles import STYLES, save_styles

#: What every style's prime says, the bias it was written with, and the drafts of each piece.
TEXT, BIAS, DRAFTS = "The quick brown fox jumps over it", 0.5, 4
#: Name of each style → the seed of its prime.
SEEDS = {
    "alder": 83,
    "ash": 57,
    "birch": 94,
    "cedar": 7,
    "elm": 44,
    "fir": 65,
    "hazel": 72,
    "maple": 6,
    "oak": 32,
    "rowan": 53,
}


def main() -> None:
    """Write ``gan/pretrained/styles.safetensors`` from the shipped weights."""
    generator = load_generator()
    drawn = draw(generator, [TEXT] * len(SEEDS), list(SEEDS.values()), BIAS, drafts=DRAFTS)
    for name, one in zip(SEEDS, drawn, strict=True):
        if not one.ended:
            raise SystemExit(f"{name}: seed {SEEDS[name]} did not come to the end of its text; pick another")
    save_styles({name: Prime(one.points, TEXT) for name, one in zip(SEEDS, drawn, strict=True)})
    print(f"{len(SEEDS)} styles in {STYLES}")


if __name__ == "__main__":
    main()
