"""What generated images of characters are worth, and whether widening a set by them helps:

    python -m benchmarks.writing.widening --data IMAGES --out FOLDER --part worth|plain|widen \\
        [--sets mnist emnist chars74k]

``IMAGES`` holds the folders mnist, emnist and chars74k. One classifier (``gan.images.classifier``), the same number of
steps in all runs of a part. ``worth``: trained on generated images alone and on real ones, accuracy on the real test
images; Fréchet distance and coverage in the features of the classifier of real images, copies of training images.
``plain``: the paper's unconditional pair (``--weights``), its images labelled by the classifier of real ones.
``widen``: 10, 55 and 500 real images a class, with and without 500 generated ones a class, and with 500 affine and
elastic variants.
Results go to FOLDER/PART-SET.json as they are found; what is there already is not measured again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.images.sets import CharacterSet, Images, load_images
from gan import backend
from gan.images.drawing import ImageGenerator, load_generator, shipped_path

#: By the number of classes: steps of the classifier of generated images alone, and how many of those a class. Steps
#: where a set is widened.
STEPS, EACH, WIDENED_STEPS = {10: 1000, 47: 2500, 62: 2500}, {10: 4000, 47: 1000, 62: 800}, 400
COUNTS, ADDED = {"mnist": (10, 55, 500), "emnist": (10, 55, 500), "chars74k": (10, 40)}, 500
#: Elastic fields: smoothness and size in pixels (Simard, Steinkraus & Platt 2003). Affine: deviations of the angle,
#: the shear and the logarithms of the sizes, and of the shift in pixels.
SMOOTH, PUSHED = 4.0, 1.2
ANGLE, SHEAR, SIZE, SHIFT = 0.12, 0.12, 0.1, 0.8
Bits = NDArray[np.bool_]


def deformed(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """The images (n, 28, 28), each turned, sheared, resized, shifted and pushed about by a smooth random field."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    n, rows, columns = images.shape
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")).reshape(2, -1)
    middle = np.array([[rows - 1], [columns - 1]]) / 2
    angle, shear = random.normal(0, ANGLE, n), random.normal(0, SHEAR, n)
    sizes = np.exp(random.normal(0, SIZE, (2, n)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lean = np.array([[np.ones(n), np.zeros(n)], [shear, np.ones(n)]]) * sizes[None]
    matrices = np.einsum("ijn,jkn->nik", turn, lean)
    field = gaussian_filter(random.uniform(-1, 1, (n, 2, rows, columns)), (0, 0, SMOOTH, SMOOTH))
    field *= PUSHED / field.std()
    places = matrices @ (grid - middle) + middle + random.normal(0, SHIFT, (n, 2, 1)) + field.reshape(n, 2, -1)
    which = np.repeat(np.arange(n), rows * columns)
    found = map_coordinates(images.astype(np.float32), [which, *places.swapaxes(0, 1).reshape(2, -1)], order=1)
    return found.reshape(images.shape).round().clip(0, 255).astype(np.uint8)


def together(*parts: Images) -> Images:
    """All of these images."""
    return Images(np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts]))


def generated(generator: ImageGenerator, each: int, seed: int) -> Images:
    """``each`` images of every class."""
    labels = np.repeat(np.arange(len(generator.config.characters)), each)
    return Images(generator.draw(labels, (seed,)), labels)


def variants(real: Images, each: int, random: np.random.Generator) -> Images:
    """``each`` deformed images of every class."""
    rows = np.concatenate([random.choice(np.flatnonzero(real.labels == k), each) for k in np.unique(real.labels)])
    return Images(deformed(real.images[rows], random), real.labels[rows])


def share(right: Bits, groups: NDArray[np.int64] | None = None) -> list[float]:
    """Accuracy with a 95 % interval, by redrawing images, or groups of them (people), 2,000 times."""
    groups = np.arange(len(right)) if groups is None else groups
    sums, sizes = np.bincount(groups, right), np.bincount(groups)
    drawn = np.random.default_rng(0).integers(0, len(sums), (2000, len(sums)))
    redrawn = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return [round(float(v), 4) for v in (right.mean(), *np.quantile(redrawn, (0.025, 0.975)))]


def people_of(name: str, test: Images) -> NDArray[np.int64] | None:
    """The person of each test image, where that is known: Chars74K has one drawing each, class by class."""
    if name != "chars74k":
        return None
    each = len(test) // len(np.unique(test.labels))
    return np.arange(len(test)) % each


@dataclass
class Bench:
    """A set, its classifier and where results go."""

    name: str
    data: CharacterSet
    classifier: Any
    path: Path

    def found(self) -> dict[str, Any]:
        return dict(json.loads(self.path.read_text())) if self.path.exists() else {}

    def keep(self, **results: Any) -> None:
        """Add results to the file, and say them."""
        self.path.write_text(json.dumps({**self.found(), **results}, indent=1))
        print(self.name, results, flush=True)

    def accuracy(self, images: Images, steps: int, seed: int) -> Bits:
        """Train on these images: whether each test image is then given its class."""
        self.classifier.train(images, steps, seed)
        return np.asarray(self.classifier.right(self.data.test))


def worth(bench: Bench, generator: ImageGenerator) -> None:
    """Accuracy of a classifier of generated images alone; how near they are to real ones."""
    from gan.images.likeness import coverage, frechet_distance, nearest

    data, classes = bench.data, len(bench.data.characters)
    steps, people = STEPS[classes], people_of(bench.name, data.test)
    drawn = generated(generator, EACH[classes], 1)
    bench.keep(generated_only=share(bench.accuracy(drawn, steps, 1), people), steps=steps)
    bench.keep(real_only=share(bench.accuracy(data.train, steps, 1), people))
    bench.keep(class_as_meant=share(bench.classifier.right(drawn.some(np.arange(0, len(drawn), 20)))))
    random = np.random.default_rng(2)
    few = min(len(data.test), 2000)
    known, held, made = (
        bench.classifier.features(part.images[random.choice(len(part), few, replace=False)])
        for part in (data.train, data.test, drawn)
    )
    bench.keep(
        frechet=round(frechet_distance(held, made), 3),
        frechet_of_real=round(frechet_distance(held, known), 3),
        coverage=round(coverage(held, made), 4),
        coverage_of_real=round(coverage(held, known), 4),
        images=few,
    )
    pixels = _pixels(data.train.images)
    some = _pixels(drawn.images[random.choice(len(drawn), 1000, replace=False)])
    rest = _pixels(data.test.images[random.choice(len(data.test), min(len(data.test), 1000), replace=False)])
    near, real_near = nearest(some, pixels, 1)[1], nearest(rest, pixels, 1)[1]
    bench.keep(
        nearest_training_image=[round(float(q), 3) for q in np.quantile(near, (0, 0.01, 0.5))],
        nearest_of_real_test=[round(float(q), 3) for q in np.quantile(real_near, (0, 0.01, 0.5))],
    )


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Images (n, 28, 28) as rows (n, 784), 0..1."""
    return images.reshape(len(images), -1) / 255.0


def plain(bench: Bench, generator: ImageGenerator) -> None:
    """The pair that is not told the classes: its images are labelled by the classifier of real ones."""
    from gan.images.likeness import coverage, frechet_distance

    classes = len(bench.data.characters)
    steps = STEPS[classes]
    images = generator.draw(np.zeros(EACH[classes] * classes, np.int64), (1,))
    bench.accuracy(bench.data.train, steps, 1)
    labels = np.asarray(bench.classifier.classes(images))
    held, made = (bench.classifier.features(part[:2000]) for part in (bench.data.test.images, images))
    counts = np.bincount(labels, minlength=classes)
    bench.keep(
        plain_frechet=round(frechet_distance(held, made), 3),
        plain_coverage=round(coverage(held, made), 4),
        plain_share_of_each_class=(counts / len(labels)).round(3).tolist(),
    )
    bench.keep(plain_generated_only=share(bench.accuracy(Images(images, labels), steps, 1)))


def arms(real: Images, made: Images, seed: int) -> Iterator[tuple[str, Images]]:
    """What the classifier is shown: the real images, and what they are widened by."""
    random = np.random.default_rng([seed, 1])
    bent = variants(real, ADDED, random)
    yield "real", real
    yield "generated", together(real, made)
    yield "augmented", together(real, bent)
    yield "both", together(real, made, bent)


def widen(bench: Bench, generator: ImageGenerator, seeds: int) -> None:
    """Accuracy of every arm with every number of real images, one value a seed."""
    for seed in range(1, seeds + 1):
        made = generated(generator, ADDED, 100 + seed)
        for count in COUNTS[bench.name]:
            key = f"{count} real, seed {seed}"
            if key in bench.found():
                continue
            real = bench.data.train.per_class(count, np.random.default_rng(seed))
            right = {arm: bench.accuracy(images, WIDENED_STEPS, seed) for arm, images in arms(real, made, seed)}
            bench.keep(**{key: {arm: round(float(bits.mean()), 4) for arm, bits in right.items()}})
    for line in summary(bench.found()):
        print(line)


def summary(found: dict[str, dict[str, float]]) -> Iterator[str]:
    """Means over seeds of every arm, and of what it adds to the real images and to augmented ones, with 95 % intervals.

    Intervals are Student's, over seeds: each has its own real images, generated ones and start of the classifier.
    """
    from scipy.stats import t

    for count in sorted({int(key.split()[0]) for key in found}):
        rows = [row for key, row in found.items() if int(key.split()[0]) == count]
        values = {arm: np.array([row[arm] for row in rows]) for arm in rows[0]}
        values |= {f"{arm} − real": values[arm] - values["real"] for arm in ("generated", "augmented", "both")}
        values |= {f"{arm} − augmented": values[arm] - values["augmented"] for arm in ("generated", "both")}
        for name, each in values.items():
            half = t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.nan
            yield f"{count} real a class, {len(each)} seeds, {name}: {100 * each.mean():.2f} ± {100 * half:.2f} %"


def main(arguments: list[str] | None = None) -> None:
    """Measure one part on some sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist, emnist, chars74k")
    parser.add_argument("--out", type=Path, required=True, help="folder for results")
    parser.add_argument("--part", choices=("worth", "plain", "widen"), required=True)
    parser.add_argument("--sets", nargs="+", default=["mnist", "emnist", "chars74k"], choices=list(COUNTS))
    parser.add_argument("--weights", type=Path, help="a generator; else the one that ships for the set")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args(arguments)
    backend.choose()
    from gan.images.classifier import Classifier

    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.sets:
        data = load_images(options.data / name)
        path = options.out / f"{options.part}-{name}.json"
        bench = Bench(name, data, Classifier(len(data.characters)), path)
        generator = load_generator(options.weights or shipped_path(data.characters))
        if options.part == "widen":
            widen(bench, generator, options.seeds)
        else:
            (worth if options.part == "worth" else plain)(bench, generator)


if __name__ == "__main__":
    main()
