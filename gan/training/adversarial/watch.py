"""How the game stands, on selection people whom neither side learns from; the second judge is asked here only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datasets import protocol
from gan.judging import second_judge
from gan.training.adversarial.imitations import Imitation, write
from gan.training.adversarial.players import Player, cut, task, text_of
from gan.training.adversarial.verdicts import Discriminator, losses, seen, usable
from gan.training.generator import log_loss
from gan.writing.loops import Generator

Floats = np.ndarray
#: Hands of each person, texts in each, and lines of all whose likelihood is watched.
HANDS, TEXTS, LINES = 2, 3, 240
SEED = 20261128


@dataclass(eq=False)
class Watch:
    """Tasks, and the real lines beside them, the same in every round."""

    players: Sequence[Player]
    judge: Any
    #: The middle of people's embeddings, from which likeness is taken.
    centre: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        random = np.random.default_rng(SEED)
        self.tasks = [task(player, random) for player in self.players for _ in range(HANDS)]
        self.said = [text_of(s) for player in self.players for s in player.samples]
        sizes = random.integers(180, 420, len(self.tasks))
        self.own = [cut(t.player.samples[t.real], int(n)) for t, n in zip(self.tasks, sizes, strict=True)]
        self.known = second_judge.embeddings([t.known_samples for t in self.tasks], self.judge)
        self.middle = self.known.mean(axis=0)
        lines = second_judge.embeddings([[one] for one in self.own], self.judge)
        cosines = _unit(lines - self.middle) @ _unit(self.known - self.middle).T
        by = np.array([t.player.writer for t in self.tasks])
        same = by[:, None] == by[None]
        #: Where as many of the people's own lines lie below as of others' above.
        self.limit, self.error = _limit(cosines[same], cosines[~same])
        every = [line for player in self.players for line in player.lines]
        self.lines = [every[i] for i in random.permutation(len(every))[:LINES]]

    def look(self, generator: Generator, discriminator: Discriminator, seed: int) -> dict[str, float]:
        """Figures of the pair as it is now; the texts and random numbers depend on ``seed`` alone.

        Shares of imitations that are taken: by the discriminator's style, by its authenticity, by both, by the second
        judge; the discriminator's mean error on fresh imitations and the people's own lines; characters misread; nats a
        line.
        """
        random = np.random.default_rng(SEED)
        groups = write(generator, self.tasks, TEXTS, 1, self.said, seed)
        drawn: list[Imitation] = [one for group in groups for one in group if usable(one.sample)]
        theirs = seen([i.sample for i in drawn], [i.task for i in drawn], self.centre, random, read=True)
        own = seen(self.own, self.tasks, self.centre, random, read=False)
        fakes, real = discriminator.verdicts(theirs), discriminator.verdicts(own)
        label = np.repeat([1, 0], [len(real), len(fakes)])
        style, authenticity = losses(np.concatenate([real, fakes]), label)
        return {
            "taken_by_style": _share(fakes[:, 0] > 0),
            "taken_by_authenticity": _share(fakes[:, 1] > 0),
            "taken_by_both": _share((fakes > 0).all(axis=1)),
            "real_taken": _share((real > 0).all(axis=1)),
            "likeness": round(float(theirs.style.sum(axis=1).mean()) / np.sqrt(theirs.style.shape[1]), 4),
            "style_loss": round(style, 4),
            "authenticity_loss": round(authenticity, 4),
            "taken_by_second_judge": _share(self.asked(drawn) > self.limit),
            "misread": _share(theirs.misread),
            "nats_a_line": round(log_loss(generator.network, self.lines, generator.config), 1),
        }

    def asked(self, drawn: Sequence[Imitation]) -> Floats:
        """The second judge's cosine of each imitation and the known ink of its task."""
        number = {id(t): i for i, t in enumerate(self.tasks)}
        lines = _unit(second_judge.embeddings([[i.sample] for i in drawn], self.judge) - self.middle)
        known = _unit(self.known - self.middle)[[number[id(i.task)] for i in drawn]]
        return (lines * known).sum(axis=1)


def _unit(vectors: Floats) -> Floats:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _limit(same: Floats, different: Floats) -> tuple[float, float]:
    """The threshold with as many misses as false alarms, and their share."""
    every = np.sort(np.concatenate([same, different]))
    gap = [abs((same <= at).mean() - (different > at).mean()) for at in every]
    return float(every[int(np.argmin(gap))]), protocol.equal_error_rate(same, different)


def _share(values: Any) -> float:
    return round(float(np.mean(values)), 4)
