"""The discriminator's turn: it learns to refuse the imitations at hand, and says what it thinks of each.

Style: embeddings of the shipped encoder, and on top of them what tells a writer's own line from an imitation of him and
from another's line; that part learns. Authenticity: the shape part of the shipped head, which learns on. Legibility is
the recogniser's, which learns nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from datasets.sample import Sample
from gan.features import FEATURES, feature_sequence, features_with_positions, trace
from gan.judging.machine_features import features_of
from gan.judging.style import WINDOW, embed_sequences, encoder, sequence, traces
from gan.reading.decoding import edit_distance, greedy
from gan.reading.reader import posteriors
from gan.training.adversarial.imitations import Imitation
from gan.training.adversarial.players import Task, cut
from gan.writing.alphabet import CHARACTERS

#: Steps of a crop of milled shape, crops in a batch, and how far an update moves the weights.
CROP, BATCH, RATE = 192, 64, 1e-4
#: Families of the authenticity head that count here: a person, and the generator.
PERSON, GENERATOR = 0, 1
Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Seen:
    """Lines as the discriminator sees them.

    ``style`` (n, d) embedding beside that of the known ink, ``shapes`` milled steps of each, ``misread`` (n,) share of
    the characters; 0 where the text is not known.
    """

    style: Floats
    shapes: list[Floats]
    misread: Floats


def embedded(sides: Sequence[Sequence[Sample]]) -> Floats:
    """Embeddings (sides, d) by the shipped encoder, without time. Raises ValueError for a side without a height."""
    from gan.judging.discriminator import embed_windows

    pieces = [sequence(traces(list(side)), False) for side in sides]
    return embed_sequences(pieces, lambda some: embed_windows(encoder(), some, WINDOW).astype(np.float64))


def beside(lines: Floats, known: Floats, centre: Floats) -> Floats:
    """(n, d) what a linear model of likeness sees: products of two vectors of length one, from the middle of people.

    Their sum over √d is the cosine.
    """
    lines, known = lines - centre, known - centre
    lines, known = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (lines, known))
    return lines * known * np.sqrt(lines.shape[1])


def seen(
    lines: Sequence[Sample], tasks: Sequence[Task], centre: Floats, random: np.random.Generator, read: bool
) -> Seen:
    """Lines beside the known ink of the tasks. Raises ValueError for a line without a writing height."""
    distinct = {id(one): one for one in tasks}
    known = dict(zip(distinct, embedded([one.known_samples for one in distinct.values()]), strict=True))
    style = beside(embedded([[line] for line in lines]), np.stack([known[id(one)] for one in tasks]), centre)
    shapes = [features_of(line.ink, "shape", random) for line in lines]
    misread = np.zeros(len(lines))
    if read:
        logs = posteriors([features_with_positions(trace([line]))[0] for line in lines])
        for number, (line, log_p) in enumerate(zip(lines, logs, strict=True)):
            text = "".join(CHARACTERS[c - 1] for c in greedy(log_p)).strip()
            misread[number] = edit_distance(list(text), list(str(line.text))) / max(len(str(line.text)), 1)
    return Seen(style, shapes, misread)


def usable(line: Sample) -> bool:
    """Whether a line has ink enough to be seen."""
    try:
        return len(feature_sequence(trace([line]), False)) >= 16
    except ValueError:
        return False


def real_lines(tasks: Sequence[Task], imitations: Sequence[Imitation]) -> tuple[list[Sample], list[Sample]]:
    """Lines by the very writers of the tasks and by others, each as long as some imitation."""
    sizes = [len(one.row.points) for one in imitations]
    own, others = [], []
    for number, one in enumerate(tasks):
        stranger = tasks[(number + 1 + number % 7) % len(tasks)]
        if stranger.player is one.player:
            stranger = tasks[(number + len(tasks) // 2) % len(tasks)]
        size = sizes[number % len(sizes)]
        own.append(cut(one.player.samples[one.real], size))
        others.append(cut(stranger.player.samples[stranger.real], size))
    return own, others


@dataclass(eq=False)
class Discriminator:
    """Both parts as they are now; lines that they learnt from in earlier rounds are kept for style."""

    authenticity: Any
    styles: list[tuple[Floats, Floats]] = field(default_factory=list)
    model: Any = None

    def verdicts(self, lines: Seen) -> Floats:
        """(n, 2) log odds that the writer of the known ink wrote each line, and that a person did."""
        from gan.judging.authenticity import scores

        style = self.model.decision_function(lines.style) if self.model else lines.style.sum(axis=1)
        return np.column_stack([style, scores(self.authenticity, lines.shapes)])

    def learn(
        self, own: Seen, others: Seen, imitations: Seen | None, updates: int, random: np.random.Generator
    ) -> None:
        """Learn to tell the writers' own lines from others' and from imitations, people's shapes from the generator's.

        Without imitations style alone learns: what it is before the game.
        """
        refused = [others.style, *([imitations.style] if imitations else [])]
        rows = np.concatenate([own.style, *refused])
        self.styles.append((rows, np.arange(len(rows)) < len(own.style)))
        self.fit()
        if imitations is None:
            return
        people, machine = own.shapes + others.shapes, imitations.shapes
        for _ in range(updates):
            x = np.zeros((BATCH, CROP, FEATURES), np.float32)
            mask = np.zeros((BATCH, CROP), np.float32)
            label = np.repeat([PERSON, GENERATOR], BATCH // 2)
            for row in range(BATCH):
                group = people if label[row] == PERSON else machine
                whole = group[int(random.integers(len(group)))]
                first = int(random.integers(0, max(len(whole) - CROP, 0) + 1))
                crop = whole[first : first + CROP]
                x[row, : len(crop)], mask[row, : len(crop)] = crop, 1
            self.authenticity.train_on_batch([x, mask], label)

    def fit(self) -> None:
        """The linear model of likeness from all lines so far."""
        x, y = (np.concatenate(parts) for parts in zip(*self.styles, strict=True))
        self.model = LogisticRegression(C=0.05, class_weight="balanced", max_iter=400).fit(x, y)


def losses(verdicts: Floats, label: Floats) -> tuple[float, float]:
    """Mean cross-entropies, nats, of the two log odds against whether a line is the writer's own: style, authenticity.

    Style's is balanced between both; so is the other.
    """
    weights = np.where(label, 0.5 / max(label.sum(), 1), 0.5 / max((1 - label).sum(), 1))
    cost = np.logaddexp(0, np.where(label[:, None] == 1, -verdicts, verdicts))
    return float(weights @ cost[:, 0]), float(weights @ cost[:, 1])
