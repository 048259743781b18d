"""Person or machine: the value of each item of a case, and of single sides of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.layout import lines as lines_of
from datasets.sample import Exhibit, Sample
from forgery_kit.authenticity.lines import SeenLine, seen_lines
from forgery_kit.authenticity.reference import AuthenticityReference, Basis, load_reference, reference_hash
from forgery_kit.examination.exhibits import by_file
from gan.judging.authenticity import shipped_heads
from gan.judging.machine_features import PARTS, Part
from reports.authenticity.findings import AuthenticityFound, ItemAuthenticity
from reports.authenticity.wording import in_words


@dataclass(frozen=True)
class Value:
    """log10 LR of person against machine; ``movement`` and ``shape`` are those of one part alone, None unseen."""

    log10_lr: float
    low: float
    high: float
    basis: Basis
    movement: float | None
    shape: float | None


def part_scores(lines: Sequence[SeenLine], filled: bool = False) -> list[dict[Part, float]]:
    """Log odds of each part that sees a line; ``filled`` : see ``gan.batches``."""
    found: list[dict[Part, float]] = [{} for _ in lines]
    for part in PARTS:
        rows = [k for k, line in enumerate(lines) if part in line.features]
        odds = shipped_heads()[part].scores([lines[k].features[part] for k in rows], filled)
        for k, value in zip(rows, odds.tolist(), strict=True):
            found[k][part] = value
    return found


def value_of(reference: AuthenticityReference, lines: Sequence[dict[Part, float]]) -> Value:
    """The value of some lines together: of the mean of their places among people's lines.

    Lines of one item are not independent, so their values are not multiplied. Movement counts where all have time.
    """
    deviate = {
        part: float(np.mean([reference.deviate(part, np.array(line[part])) for line in lines]))
        for part in reference.odds
        if all(part in line for line in lines)
    }
    alone = {part: reference.curves[part].of(place)[0] for part, place in deviate.items()}
    if len(deviate) == 2:
        basis: Basis = "both"
        score = float(reference.fusion @ [deviate["movement"], deviate["shape"]])
    else:
        ((basis, score),) = deviate.items()
    return Value(*reference.curves[basis].of(score), basis, alone.get("movement"), alone.get("shape"))


def examine(exhibits: Sequence[Exhibit]) -> AuthenticityFound:
    """The items of exhibits, Q1, Q2, … and K1, …, that have a line long enough."""
    reference = load_reference()
    labelled = [
        (f"{exhibit.label}{number}", samples)
        for exhibit in exhibits
        for number, samples in enumerate(by_file(exhibit).values(), 1)
    ]
    seen = [[seen_lines(sample) for sample in samples] for _, samples in labelled]
    # All lines of a case together: a call of a network costs more than a line.
    odds = iter(part_scores([line for files in seen for lines in files for line in lines]))
    items = []
    for (label, samples), files in zip(labelled, seen, strict=True):
        scored = [[(line.number, next(odds)) for line in lines] for lines in files]
        if any(scored):
            items.append(_item(reference, label, samples, scored))
    return AuthenticityFound(tuple(items), reference.stated, reference_hash())


def side_values(exhibits: Sequence[Exhibit]) -> list[Value | None]:
    """The value of all lines of each exhibit together; None where none is long enough."""
    seen = [[line for sample in exhibit.samples for line in seen_lines(sample)] for exhibit in exhibits]
    odds = part_scores([line for lines in seen for line in lines])
    ends = np.cumsum([len(lines) for lines in seen])
    reference = load_reference()
    return [
        value_of(reference, odds[end - len(lines) : end]) if lines else None
        for lines, end in zip(seen, ends.tolist(), strict=True)
    ]


def _item(
    reference: AuthenticityReference,
    label: str,
    samples: Sequence[Sample],
    scored: Sequence[Sequence[tuple[int, dict[Part, float]]]],
) -> ItemAuthenticity:
    """The value of an item; ``scored`` has, for each sample, the numbers of its lines and their log odds."""
    by_line: list[float | None] = []
    for sample, lines in zip(samples, scored, strict=True):
        own = {number: round(value_of(reference, [odds]).log10_lr, 4) for number, odds in lines}
        by_line += [own.get(number) for number in range(len(lines_of(sample.ink)))]
    everything = [odds for lines in scored for _, odds in lines]
    value = value_of(reference, everything)
    low, high = reference.curves[value.basis].bounds
    return ItemAuthenticity(
        label=label,
        n_lines=len(everything),
        log10_lr=value.log10_lr,
        low=value.low,
        high=value.high,
        lower_bound=low,
        upper_bound=high,
        words=in_words(value.log10_lr),
        movement=value.movement,
        shape=value.shape,
        lines=tuple(by_line),
    )
