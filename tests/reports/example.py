"""A comparison and its parts, made by code, for the tests of the report: plausible numbers, no real ink."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from itertools import pairwise
from typing import Any

import numpy as np

from reports.authenticity.findings import AuthenticityFound, ItemAuthenticity, MachineFamily, MachineReference
from reports.authenticity.wording import in_words
from reports.findings import (
    Agreement,
    Calibration,
    CaseImitation,
    Caution,
    Comparison,
    DrawnStroke,
    Faithfulness,
    Fragment,
    Item,
    LikelihoodRatio,
    MeasureRow,
    Simulation,
)
from reports.letters.findings import Letter, LetterChart, LetterInstance, LetterPlace
from reports.performance import Figure, Growth, ModelIdentity, Performance, Rate
from reports.scale import words


def written_line(
    seed: int, slant: float = 0.25, words_count: int = 7, with_time: bool = True, with_evidence: bool = True
) -> tuple[DrawnStroke, ...]:
    """A line of sinusoidal, cursive-looking words with dots, about 40 writing heights wide."""
    random = np.random.default_rng(seed)
    strokes, left = [], 0.0
    for _ in range(words_count):
        letters = int(random.integers(2, 8))
        t = np.linspace(0, letters * 2 * np.pi, letters * 26)
        tall = 1 + 0.9 * (np.sin(t / 2 + random.uniform(0, 6)) > 0.75)
        y = -0.5 * tall * (1 - np.cos(t)) + 0.06 * np.sin(0.3 * t)
        x = 0.13 * t + 0.28 * np.sin(t + 0.5) - slant * y + left
        # A pen lift in long words.
        cuts = [0, len(t)] if letters < 5 else [0, int(len(t) * 0.55), len(t)]
        evidence = float(random.normal(0.02, 0.05))
        for a, b in pairwise(cuts):
            strokes.append(_stroke(x[a:b] + 0.35 * (a > 0), y[a:b], evidence, with_time, with_evidence))
        if letters > 3:
            dot = x[len(x) // 2]
            strokes.append(
                _stroke(np.array([dot, dot + 0.05]), np.array([-1.9, -1.85]), evidence, with_time, with_evidence)
            )
        left = float(x.max()) + random.uniform(0.9, 1.6) + 0.35 * (len(cuts) > 2)
    return tuple(strokes)


def _stroke(x: np.ndarray, y: np.ndarray, evidence: float, with_time: bool, with_evidence: bool) -> DrawnStroke:
    speed = np.hypot(np.gradient(x), np.gradient(y)) * 60
    return DrawnStroke(
        tuple(np.round(x, 2).tolist()),
        tuple(np.round(y, 2).tolist()),
        tuple(np.round(speed, 2).tolist()) if with_time else None,
        (round(evidence, 3),) * len(x) if with_evidence else None,
    )


def item(label: str, seed: int, lines: int = 4, scale: float | None = 0.01, **changes: Any) -> Item:
    """One item; ``scale`` is mm per device unit or None."""
    values: dict[str, Any] = {
        "label": label,
        "role": "questioned" if label.startswith("Q") else "known",
        "file": f"made-by-code-{label.lower()}.inkml",
        "sha256": hashlib.sha256(label.encode()).hexdigest(),
        "format": "inkml",
        "device": "code, 100 Hz",
        "origin": "unknown",
        "channels": ("x", "y", "t"),
        "time_source": "recorded",
        "n_strokes": 84,
        "n_points": 5120,
        "n_lines": lines,
        "amount": 410.0,
        "writing_height": 260.0,
        "mm_per_unit": scale,
        "length_mm": None if scale is None else 410.0 * 260 * scale,
        "notes": {"repeated points": 12},
        "lines": tuple(written_line(seed * 100 + i, 0.2 + 0.1 * seed) for i in range(lines)),
    }
    return Item(**{**values, **changes})


def likelihood_ratio(log10_lr: float = 1.15, **changes: Any) -> LikelihoodRatio:
    """A value within bounds of about 10^±1.7, with its interval."""
    value = min(max(log10_lr, -1.48), 1.72)
    hit = "" if value == log10_lr else "upper: writers" if log10_lr > 0 else "lower: ELUB"
    values: dict[str, Any] = {
        "log10_lr": value,
        "low": max(value - 0.32, -1.48),
        "high": min(value + 0.24, 1.72),
        "unbounded": log10_lr,
        "lower_bound": -1.48,
        "upper_bound": 1.72,
        "writers_bound": 1.72,
        "elub_low": -1.48,
        "elub_high": 1.91,
        "bound_hit": hit,
        "words": words(value),
    }
    return LikelihoodRatio(**{**values, **changes})


def performance(n_writers: int = 53, **changes: Any) -> Performance:
    """Normal scores, calibrated by construction, cut at bounds."""
    random = np.random.default_rng(5)
    same, different = np.sort(random.normal(4, 2.2, 200)), np.sort(random.normal(-7, 3.2, 300))

    def calibrated(scores: np.ndarray) -> tuple[float, ...]:
        return tuple(np.round(np.clip(0.45 * (scores + 0.8), -1.48, 1.72), 3).tolist())

    values: dict[str, Any] = {
        "name": "calibration writers, each left out in turn",
        "channels": ("x", "y", "t"),
        "amount_questioned": 400.0,
        "amount_known": 400.0,
        "n_writers": n_writers,
        "n_same": 412,
        "n_different": 8120,
        "eer": Figure(0.013, 0.006, 0.022),
        "cllr": Figure(0.091, 0.062, 0.134),
        "cllr_min": Figure(0.048, 0.027, 0.081),
        "cllr_unbounded": 0.083,
        "cllr_floor": 0.047,
        "misleading_same": Rate(2, n_writers, 0.005, 0.13),
        "misleading_different": Rate(6, n_writers, 0.043, 0.23),
        "strongly_misleading_same": Rate(0, n_writers, 0.0, 0.067),
        "strongly_misleading_different": Rate(1, n_writers, 0.0005, 0.1),
        "same": calibrated(same),
        "different": calibrated(different),
        "same_scores": tuple(np.round(same, 3).tolist()),
        "different_scores": tuple(np.round(different, 3).tolist()),
    }
    return Performance(**{**values, **changes})


def measures() -> tuple[MeasureRow, ...]:
    """Rows with and without a reference, a spread, a value."""
    quantiles = np.arange(1, 100, 2) / 100

    def row(
        name: str, unit: str, questioned: float, known: float, spread: float, low: float, high: float
    ) -> MeasureRow:
        reference = tuple(np.round(low + (high - low) * (0.5 + np.arctan(6 * (quantiles - 0.5)) / 3), 4).tolist())
        return MeasureRow(name, unit, questioned, known, spread, spread * 1.3, reference, f"Definition of {name}.")

    return (
        row("slant", "degrees", 12.4, 9.8, 2.1, -12, 38),
        row("x-height", "writing heights", 0.92, 0.95, 0.04, 0.7, 1.15),
        row("x-height variation", "ratio", 0.14, 0.21, 0.03, 0.08, 0.3),
        row("letter width to height", "ratio", 1.31, 1.08, 0.09, 0.7, 1.9),
        row("word spacing", "x-heights", 2.3, 2.2, 0.3, 1.1, 4.2),
        row("pen lifts", "per 10 writing heights of ink", 1.9, 2.0, 0.4, 0.8, 3.1),
        row("curvature", "radians per writing height", 1.72, 1.69, 0.06, 1.3, 2.3),
        row("baseline slope", "degrees", 0.4, 6.5, 0.8, -3, 4),
        MeasureRow("speed", "x-heights per second", 14.2, 12.9, None, None, (), "Median speed on the paper."),
        MeasureRow("x-height in mm", "mm", None, None, None, None, (), "In mm.", "the device's scale is not known"),
        MeasureRow("pressure range", "ratio", None, 0.4, None, None, (), "Range.", "pressure was not recorded"),
    )


def fragments() -> tuple[Fragment, ...]:
    """Three for H1, two for H2."""
    return tuple(
        Fragment(value, "Q1", i % 3, (4.0 * i, 4.0 * i + 7), "K1", (i + 1) % 3, (6.0 + i, 13.0 + i))
        for i, value in enumerate((0.14, 0.11, 0.06, -0.09, -0.05))
    )


def letter(text: str, score: float | None, count: int = 3, **changes: Any) -> Letter:
    """A letter on the first line of Q1 and of K1, ``count`` times on each side; it adds a hundredth of its score."""
    instances = [
        tuple(LetterInstance(label, 0, ((0, 4 * k, 4 * k + 20),), 0.0) for k in range(min(count, 6)))
        for label in ("Q1", "K1")
    ]
    place = LetterPlace((-2.0, 1.5, 4.0, 6.0, 9.0), (-21.0, -11.0, -5.0, -1.0, 3.0), 0.38, 0.96, 81)
    values: dict[str, Any] = {
        "text": text,
        "questioned_count": count,
        "known_count": count + 2,
        "score": score,
        "log10_lr": None if score is None else score / 100,
        "like": 7,
        "people": 143,
        "place": place,
        "questioned": instances[0],
        "known": instances[1],
    }
    return Letter(**{**values, **changes})


def letter_chart(**changes: Any) -> LetterChart:
    """Letters for and against, one of a space, one without a place among people, a pair, and some of one side only."""
    letters = (letter("a", 6.5, 9), letter(".", -4.0, 1, place=None), letter(" ", 2.0, 5, questioned=(), known=()))
    pair = letter("th", None, 2, like=None, people=None, place=None)
    values: dict[str, Any] = {
        "letters": letters,
        "groups": (pair,),
        "log10_lr": 0.045,
        "weight": 0.09,
        "questioned_only": (("q", 2),),
        "known_only": (("K", 1), ("z", 1)),
        "not_compared": (("W", 4),),
        "questioned_read": 140,
        "known_read": 166,
        "questioned_legible": True,
        "known_legible": True,
    }
    return LetterChart(**{**values, **changes})


def model() -> ModelIdentity:
    """Weights that do not exist."""
    return ModelIdentity(
        "style-2",
        "c0ffee" + "0" * 58,
        "ca11b" + "0" * 59,
        612,
        53,
        "53 volunteers, Bern 2005, English, whiteboard pen",
        "non-commercial",
    )


def comparison(**changes: Any) -> Comparison:
    """A complete comparison: two questioned, two known items; ``changes`` replace its fields."""
    values: dict[str, Any] = {
        "case": "2026-114",
        "examiner": "A. Examiner",
        "date": "2026-11-21",
        "items": (item("Q1", 1), item("Q2", 2, lines=2), item("K1", 3), item("K2", 4, lines=3, scale=None)),
        "score": 3.42,
        "lr": likelihood_ratio(),
        "performance": performance(),
        "growth": Growth((200.0, 400.0, 800.0, 1600.0), (0.98, 1.18, 1.34, 1.41), (-0.94, -1.12, -1.27, -1.33)),
        "measures": measures(),
        "fragments": fragments(),
        "faithfulness": Faithfulness(0.2, "H1", 2.31, 1.52, 0.64, -0.21, 1.4),
        "agreement": (Agreement("questioned", 0.92), Agreement("known", None)),
        "warnings": (
            Caution("unlike devices", "Questioned and known items come from unlike devices: the score may be shifted."),
        ),
        "model": model(),
        "versions": {"forgery_kit": "0.1.0", "keras": "3.15.1", "numpy": "2.3.1", "python": "3.11.9"},
        "settings": {"bootstrap draws": "200", "calibration": "logistic regression (lir)"},
        "command": "cli.py compare q1.inkml q2.inkml --known k1.inkml --known k2.inkml",
        "seed": 1,
        "notes": "The known items were vouched for by the submitting office and dated 2026-09.",
        "letters": letter_chart(),
    }
    if "items" in changes:
        # The chart's letters stand in the items above.
        values["letters"] = None
    return Comparison(**{**values, **changes})


def small(**changes: Any) -> Comparison:
    """One short line a side: quick to draw where a test is about something else."""
    values = {"items": (item("Q1", 1, lines=1), item("K1", 3, lines=1)), **changes}
    return comparison(**values)


def with_item(**changes: Any) -> Comparison:
    """``small`` with the questioned item changed."""
    one = small()
    return dataclasses.replace(one, items=(dataclasses.replace(one.items[0], **changes), one.items[1]))


def simulation(log10_lr: float = -0.6, **changes: Any) -> Simulation:
    """Five imitations of the known writer, and a value of H1 against H3 that its own calibration makes of the score."""
    ratio = likelihood_ratio(log10_lr)
    ratio = dataclasses.replace(ratio, words=ratio.words.replace("H2", "H3"), writers_bound=1.72)
    score = (log10_lr + 0.2) / 0.4
    used = Calibration(-0.2, 0.4, -1.48, 1.72, 53, (60.0, 400.0), ("x", "y"), "like", "53 volunteers")
    made = tuple(
        CaseImitation(-3.0 + k, -0.9 + 0.4 * k, -1.1 + 0.3 * k, 0.05 * k, (written_line(50 + k, words_count=4),))
        for k in range(5)
    )
    values: dict[str, Any] = {
        "method": "prime",
        "text": "the questioned text",
        "text_read": 0.93,
        "prime_text": "what the known ink says",
        "prime_read": None,
        "bias": 0.5,
        "seed": 7,
        "candidates": 8,
        "amount": 60.0,
        "score": score,
        "lr": dataclasses.replace(ratio, writers_bound=math.log10(53), upper_bound=1.72, lower_bound=-1.48),
        "calibration": used,
        "performance": performance(n_writers_different=80),
        "others": performance().different_scores,
        "imitations": made,
        "people": 80,
        "generator_sha256": "9e" * 32,
        "reference_sha256": "1a" * 32,
    }
    return Simulation(**{**values, **changes})


def authenticity(*values: float) -> AuthenticityFound:
    """Q1, Q2, … with these values of a person against a machine, each of two lines, the first of them too short."""
    families = (
        MachineFamily("plotter", 160, Figure(0.93, 0.9, 0.95), Figure(0.61, 0.55, 0.66)),
        MachineFamily("tempo", 120, None, None),
    )
    reference = MachineReference(120, 1500, families, Rate(3, 120, 0.005, 0.07), 0.004, 0.02, "5e" * 32)
    items = tuple(
        ItemAuthenticity(
            f"Q{k}", 1, value, value - 0.2, value + 0.1, -1.8, 0.6, in_words(value), value / 2, value / 4, (None, value)
        )
        for k, value in enumerate(values, 1)
    )
    return AuthenticityFound(items, reference, "2b" * 32)
