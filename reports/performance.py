"""How a method does on the writers of a reference set, which method that is, and a validation of it.

All log-likelihood ratios are base 10. Intervals are (low, high) at 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.schema import SCHEMA_VERSION


@dataclass(frozen=True)
class Rate:
    """A count out of a number of writers, with its 95 % interval (Clopper-Pearson)."""

    count: int
    of: int
    low: float
    high: float


@dataclass(frozen=True)
class Figure:
    """An estimate with its 95 % interval over writers."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Performance:
    """How the method does on the writers of one reference set at given amounts of ink and channels.

    Attributes
    ----------
    name : of the set: "calibration writers, each left out in turn" or "test writers".
    amount_questioned, amount_known : writing heights of ink on each side.
    n_writers : writers that have same-writer pairs. n_writers_different : writers that have different-writer pairs;
        None in results of versions before 0.2.
    misleading_same : writers with any same-writer pair of log10 LR < 0, of all that have such a pair;
        misleading_different : with any different-writer pair > 0, of all that have such a pair;
        strongly_misleading_* : beyond −1 and +1.
    same, different : log10 LRs (bounded), sorted, at most a few hundred quantile points each; for plots.
    same_scores, different_scores : the scores behind them, same length; for histograms.
    """

    name: str
    channels: tuple[str, ...]
    amount_questioned: float
    amount_known: float
    n_writers: int
    n_same: int
    n_different: int
    eer: Figure
    cllr: Figure
    cllr_min: Figure
    cllr_unbounded: float
    cllr_floor: float
    misleading_same: Rate
    misleading_different: Rate
    strongly_misleading_same: Rate
    strongly_misleading_different: Rate
    same: tuple[float, ...]
    different: tuple[float, ...]
    same_scores: tuple[float, ...]
    different_scores: tuple[float, ...]
    n_writers_different: int | None = None


@dataclass(frozen=True)
class Growth:
    """Expected log10 LR if there were more known writing: (amount in writing heights, mean) under H1 and H2."""

    amounts: tuple[float, ...]
    h1: tuple[float, ...]
    h2: tuple[float, ...]


@dataclass(frozen=True)
class ModelIdentity:
    """Which weights made the score, on whom they were calibrated, and the file that holds the calibration."""

    name: str
    sha256: str
    calibration_sha256: str
    training_writers: int
    calibration_writers: int
    population: str
    licence: str


@dataclass(frozen=True)
class ValidationSection:
    """Figures of one condition of a validation: e.g. "one form against one form"."""

    title: str
    performance: Performance
    identification: Rate | None = None
    remark: str = ""


@dataclass(frozen=True)
class Validation:
    """What ``evaluate`` found on the test writers of a corpus."""

    corpus: str
    split: str
    date: str
    sections: tuple[ValidationSection, ...]
    model: ModelIdentity
    versions: dict[str, str]
    settings: dict[str, str]
    command: str
    seed: int
    warnings: tuple[str, ...] = ()
    table: dict[str, str] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION
