"""Crops of a writer's ink, as another day, place or device might have given them."""

from __future__ import annotations

import numpy as np

from gan.features import STEPS_PER_HEIGHT, Trace, features_with_positions, mirror, warp
from gan.training.augmentation import blanked, dulled, kept_points, rounded, thinned, wandered
from gan.training.style.people import TrainingWriter
from gan.training.style.style_settings import Settings

#: (log x-stretch, shear): each makes another virtual writer of every writer; the first is the writer himself.
WARPS = ((0.0, 0.0), (0.28, 0.0), (-0.28, 0.0), (0.0, 0.4), (0.0, -0.4), (0.25, 0.35), (-0.25, 0.35), (-0.2, -0.3))
#: Length of a blanked run.
BLANK_STEPS = 12
#: Virtual writers of each writer: every warp, and every warp of the mirrored ink.
VIRTUAL = 2 * len(WARPS)


def random_crop(
    writer: TrainingWriter, which: int, steps: int, settings: Settings, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Features (at most ``steps``, FEATURES) of a writer's ink from random places, as virtual writer ``which``.

    With them the letter that each step is part of, (at most ``steps``,), 0 for none; mirrored ink has no letters.

    Size, stretch, slant and step wander a little, and from place to place a little more, so that the network learns to
    look past them; some crops are rounded to a coarse grid or thinned to a slow tablet's points, some are smoothed and
    lose the ends of their strokes, some lose their time, and runs of steps are blanked, so that no word is learnt by
    heart.
    """
    sizes = np.array([len(t.xy) for t in writer.traces], float)
    pieces: list[np.ndarray] = []
    marks: list[np.ndarray] = []
    length = 0
    stretch, slant = WARPS[which % len(WARPS)]
    size = np.exp(generator.normal(0, settings.size))
    stretch = np.exp(stretch + generator.normal(0, settings.stretch))
    slant = slant + generator.normal(0, settings.slant)
    step = np.exp(generator.normal(0, 0.06)) / STEPS_PER_HEIGHT
    with_time = generator.random() >= settings.without_time
    coarse = generator.random() < settings.coarse
    grid = np.exp(generator.uniform(np.log(0.02), np.log(0.12))) if coarse else 0.0
    thin = int(generator.integers(1, 4)) if coarse else 1
    dull = generator.random() < settings.dulled
    width, trimmed = int(generator.integers(1, 4)), float(generator.uniform(0.0, 0.15))
    wanted = steps / generator.integers(1, settings.places + 1)
    for _ in range(6 * settings.places):
        index = int(generator.choice(len(sizes), p=sizes / sizes.sum()))
        chosen = writer.traces[index]
        # A quarter more than needed on average, so that a crop seldom needs a piece more.
        points = int(1.25 * wanted * len(chosen.xy) / writer.steps[index])
        cut, letters = _cut(chosen, writer.letters[index], max(points, 50), generator)
        if which >= len(WARPS):
            cut, letters = mirror(cut), np.zeros_like(letters)
        if dull:
            cut, letters = dulled(cut, letters, width, trimmed)
        cut = wandered(cut, settings.wander, generator)
        cut = warp(Trace(cut.xy * size, cut.t, cut.starts, cut.fresh), stretch, slant)
        if thin > 1:
            cut, letters = thinned(cut, thin), letters[kept_points(cut, thin)]
        if grid:
            cut = rounded(cut, grid)
        found, place = features_with_positions(cut, with_time, step)
        letters = letters[place.round().astype(np.int64)]
        if len(found) > wanted:
            start = int(generator.integers(0, len(found) - int(wanted) + 1))
            found, letters = found[start : start + int(wanted) + 1], letters[start : start + int(wanted) + 1]
        pieces.append(found)
        marks.append(letters)
        length += len(pieces[-1])
        if length >= steps:
            break
    features = np.concatenate(pieces)[:steps]
    blanked(features, settings.blanked, BLANK_STEPS, generator)
    return features, np.concatenate(marks)[:steps]


def _cut(ink: Trace, letters: np.ndarray, points: int, generator: np.random.Generator) -> tuple[Trace, np.ndarray]:
    """A run of whole strokes of about ``points`` points, from a random place, and the letters of its points."""
    if len(ink.xy) <= points:
        return ink, letters
    first = int(np.searchsorted(ink.starts, generator.integers(0, len(ink.xy) - points), "right")) - 1
    last = max(int(np.searchsorted(ink.starts, ink.starts[first] + points)), first + 1)
    begin, end = ink.starts[first], ink.starts[last] if last < len(ink.starts) else len(ink.xy)
    fresh = ink.fresh[first:last].copy()
    fresh[0] = True
    return Trace(ink.xy[begin:end], ink.t[begin:end], ink.starts[first:last] - begin, fresh), letters[begin:end]
