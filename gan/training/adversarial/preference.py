"""The generator learns from the verdicts: of two drafts of one text in one hand, towards the better one.

Direct preference optimisation (Rafailov et al. 2023, equation 7), which needs no derivative through sampling, beside
the likelihood of what the writers really wrote after the same prime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan.training.adversarial.imitations import LONGEST, Imitation, Row
from gan.writing.generator import GeneratorConfig, build_generator, loss
from gan.writing.loops import Generator

Floats = np.ndarray
#: What a misread share of 1 costs against one deviation of a verdict; how much better the better draft must be.
LEGIBILITY, LEAST = 6.0, 0.75


@dataclass(frozen=True)
class Settings:
    """``pairs`` and ``real`` rows of a batch, Adam's ``rate``, ``beta`` of the preference, ``likelihood``'s weight."""

    pairs: int = 12
    real: int = 8
    rate: float = 3e-5
    beta: float = 0.02
    likelihood: float = 2.0
    clip_norm: float = 1.0


def merits(verdicts: Floats, misread: Floats) -> Floats:
    """(n,) what the discriminator and the recogniser think of drafts, in deviations of their verdicts."""
    scaled = verdicts / np.maximum(verdicts.std(axis=0), 1e-6)
    return scaled.sum(axis=1) - LEGIBILITY * misread


def pairs(groups: Sequence[Sequence[Imitation]], merit: dict[int, float]) -> list[tuple[Row, Row]]:
    """The best against the worst draft of each text, and the second best against the second worst."""
    found = []
    for group in groups:
        order = sorted(group, key=lambda one: -merit[id(one)])
        for place in range(min(2, len(order) // 2)):
            better, worse = order[place], order[-1 - place]
            short = max(len(better.row.points), len(worse.row.points)) <= LONGEST
            if short and merit[id(better)] - merit[id(worse)] >= LEAST:
                found.append((better.row, worse.row))
    return found


class Learner:
    """The generator's network with its optimiser, for rows that begin with a state of their own."""

    def __init__(self, config: GeneratorConfig, settings: Settings) -> None:
        import keras
        from keras import ops

        self.config, self.settings = config, settings
        count = 2 * settings.pairs
        self.network = build_generator(config, carried=count + settings.real)

        def cost(target: Any, y: Any) -> Any:
            mask = target[..., 3]
            found = -loss(config, y, target[..., :3]) * mask
            whole = ops.sum(found, axis=1)
            gain = whole[:count] - target[:count, 0, 4]
            ahead = settings.beta * (gain[0::2] - gain[1::2])
            preference = ops.mean(ops.softplus(-ahead))
            # Of real lines alone: drafts are drawn with a bias, and would teach it to be as sure of all lines.
            return preference - settings.likelihood * ops.sum(whole[count:]) / ops.sum(mask[count:])

        adam = keras.optimizers.Adam(settings.rate, global_clipnorm=settings.clip_norm)
        self.network.compile(optimizer=adam, loss=cost, jit_compile=False)

    def take(self, generator: Generator) -> None:
        """Go on from a generator's weights."""
        values = {v.path: v for v in generator.network.weights}
        for variable in self.network.weights:
            if variable.path in values:
                variable.assign(values[variable.path])

    def give(self, generator: Generator) -> None:
        """Put the weights into a generator, which then writes with them."""
        own = {v.path: v for v in self.network.weights}
        for variable in generator.network.weights:
            variable.assign(own[variable.path])

    def update(self, chosen: Sequence[tuple[Row, Row]], real: Sequence[Row]) -> float:
        """One step on so many pairs and real rows as the settings say; what it cost before."""
        rows = [row for pair in chosen for row in pair] + list(real)
        steps = -(-max(len(row.points) for row in rows) // 32) * 32
        characters = -(-max(len(row.letters) for row in rows) // 8) * 8
        points = np.zeros((len(rows), steps, 3), np.float32)
        target = np.zeros((len(rows), steps, 5), np.float32)
        text = np.zeros((len(rows), characters, rows[0].letters.shape[1]), np.float32)
        for number, row in enumerate(rows):
            target[number, : len(row.points), :3] = row.points
            target[number, : len(row.points), 3] = 1
            target[number, 0, 4] = row.log_likelihood
            points[number, 0] = row.state[0]
            points[number, 1 : len(row.points)] = row.points[:-1]
            text[number, : len(row.letters)] = row.letters
        place = 1
        for layer in range(self.config.layers):
            for variable in self.network.get_layer(f"lstm_{layer}").state:
                variable.assign(np.stack([row.state[place] for row in rows]))
                place += 1
        return float(self.network.train_on_batch([points, text], target))


def learn(
    learner: Learner, found: Sequence[tuple[Row, Row]], real: Sequence[Row], updates: int, random: np.random.Generator
) -> float:
    """So many updates on pairs and real rows in random order; the mean cost."""
    settings, costs = learner.settings, []
    for _ in range(updates):
        chosen = [found[i] for i in random.integers(len(found), size=settings.pairs)]
        costs.append(learner.update(chosen, [real[i] for i in random.integers(len(real), size=settings.real)]))
    return float(np.mean(costs))
