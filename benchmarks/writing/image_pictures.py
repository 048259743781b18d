"""Pictures of the pairs that draw characters: what they draw, and how the two sides fared while they learnt:

    python -m benchmarks.writing.image_pictures --logs docs/training/image-gan-*.csv --out docs/image-gan.png
    python -m benchmarks.writing.image_pictures --weights gan/pretrained/images-*.safetensors \\
        --out docs/image-gan-drawn.png

Losses and hit rates over the steps are Bembde & Mathur's histograms: the discriminator hits where it takes a real image
for real or a generated one for generated, the generator where its image is taken for real.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from gan.images.drawing import load_generator
from reports.image_sheet import image_sheet

#: Images of each class in the picture of what is drawn; of digits, ten times as many.
EACH = 2


def curves(logs: list[Path], out: Path) -> None:
    """Losses above, hit rates below, a column a log."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, len(logs), figsize=(4 * len(logs), 5), squeeze=False, sharey="row")
    styles = {
        "loss_discriminator": ("discriminator", "-"),
        "loss_generator": ("generator", "--"),
        "hits_real": ("discriminator, real", "-"),
        "hits_generated": ("discriminator, generated", ":"),
        "fooled": ("generator", "--"),
    }
    for column, log in enumerate(logs):
        with log.open() as stream:
            rows = list(csv.DictReader(stream))
        steps = [int(row["step"]) for row in rows]
        for name, (label, dashes) in styles.items():
            axis = axes[0 if name.startswith("loss") else 1, column]
            axis.plot(steps, [float(row[name]) for row in rows], dashes, label=label, linewidth=1)
        axes[0, column].set_title(log.stem)
        axes[1, column].set_xlabel("step")
    axes[0, 0].set(ylabel="loss", ylim=(0, 7))
    axes[1, 0].set(ylabel="hit rate", ylim=(0, 1))
    for row in (0, 1):
        axes[row, 0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(out, dpi=90)


def drawn(weights: list[Path], out: Path) -> None:
    """A few images of every class of each generator, side by side."""
    images = []
    for path in weights:
        generator = load_generator(path)
        classes = len(generator.config.characters)
        each = EACH if classes > 10 else 10 * EACH
        some = generator.draw(np.repeat(np.arange(classes), each), (1,))
        rest = -len(some) % 20
        images += [some, np.zeros((rest, *some.shape[1:]), np.uint8)]
    provenance = {"weights": [path.name for path in weights], "seed": 1}
    out.write_bytes(image_sheet(np.concatenate(images), "Drawn by " + ", ".join(p.stem for p in weights), provenance))


def main(arguments: list[str] | None = None) -> None:
    """Draw one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=Path, nargs="+", default=[])
    parser.add_argument("--weights", type=Path, nargs="+", default=[])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    if options.logs:
        curves(options.logs, options.out)
    if options.weights:
        drawn(options.weights, options.out)


if __name__ == "__main__":
    main()
