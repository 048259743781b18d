"""What a comparison found: frozen and complete.

Everything that a report shows is in these objects, so a saved result draws the same pages without any model.
All log-likelihood ratios are base 10. Intervals are (low, high) at 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from reports.authenticity.findings import AuthenticityFound
from reports.letters.findings import LetterChart
from reports.performance import Growth, ModelIdentity, Performance
from reports.schema import SCHEMA_VERSION, make_displayable

Interval = tuple[float, float]
Role = Literal["questioned", "known"]


@dataclass(frozen=True)
class LikelihoodRatio:
    """A bounded, calibrated likelihood ratio.

    Attributes
    ----------
    log10_lr : the bounded value, which the words follow.
    low, high : 95 % interval of log10_lr: sensitivity to the choice of calibration writers only. The bounds are drawn
        again with the writers, so that it may reach beyond them; never beyond ``writers_bound``.
    unbounded : the calibrated value before bounding.
    lower_bound, upper_bound : the tighter of the two below on either side.
    writers_bound : log10 of the number of calibration writers N; LR is held within [1/N, N].
    elub_low, elub_high : empirical lower and upper bound (Vergeer et al. 2016) over writers, or a tighter limit that
        ``bound_hit`` names.
    bound_hit : which bound the value was cut at, if any.
    words : verbal equivalent of log10_lr.
    unbounded_low, unbounded_high : 95 % interval of ``unbounded``; None in results of versions before 0.2.
    bound_share : share of the redraws of the writers in which the value is cut at a bound, 0..1; None as above.
    """

    log10_lr: float
    low: float
    high: float
    unbounded: float
    lower_bound: float
    upper_bound: float
    writers_bound: float
    elub_low: float
    elub_high: float
    bound_hit: Literal["", "lower: writers", "lower: ELUB", "upper: writers", "upper: ELUB"]
    words: str
    unbounded_low: float | None = None
    unbounded_high: float | None = None
    bound_share: float | None = None


@dataclass(frozen=True)
class Calibration:
    """What turned the score into the LR: log10 LR = intercept + slope · score, then held within the bounds.

    Attributes
    ----------
    lower_bound, upper_bound : log10; |bound| ≤ log10 of ``writers``.
    writers : people with same-writer pairs at the calibrated amounts, the N of the bound.
    amounts : writing heights of the lesser and the greater side that it was made for.
    channels : those that the score used. devices : like or unlike on the two sides of its pairs, or pairs of either.
    population : who its different-writer pairs are of: the writers that H2 speaks of.
    limited_by : why the bounds are tighter than those of its own writers; empty where they are not.
    """

    intercept: float
    slope: float
    lower_bound: float
    upper_bound: float
    writers: int
    amounts: Interval
    channels: tuple[str, ...]
    devices: Literal["like", "unlike", "like and unlike"]
    population: str
    limited_by: str = ""


@dataclass(frozen=True)
class Caution:
    """A warning: a code that programs can go by, and the sentence that people read.

    Results of versions before 0.2 hold sentences only; their code is empty.
    """

    code: str
    text: str

    def __post_init__(self) -> None:
        make_displayable(self)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class DrawnStroke:
    """A pen-down stroke as drawn: positions in writing heights within its line; y down, baseline near 0.

    Attributes
    ----------
    x, y : (n,) rounded to 0.01.
    speed : (n,) writing heights per second, or None without time.
    evidence : (n,) contribution to the score per writing height of ink, positive for H1; or None.
    certain : whether the evidence is larger than what other ways of cutting the ink change about it; drawn grey if not.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    speed: tuple[float, ...] | None = None
    evidence: tuple[float, ...] | None = None
    certain: bool = True


@dataclass(frozen=True)
class Item:
    """One file of one side of a comparison.

    Attributes
    ----------
    amount : pen-down length in writing heights. ``writing_height`` is in device units.
    length_mm : pen-down length in mm, or None where the device's scale is unknown.
    lines : drawn lines of writing, each a tuple of strokes, in reading order.
    """

    label: str
    role: Role
    file: str
    sha256: str
    format: str
    device: str | None
    origin: str
    channels: tuple[str, ...]
    time_source: str | None
    n_strokes: int
    n_points: int
    n_lines: int
    amount: float
    writing_height: float
    mm_per_unit: float | None
    length_mm: float | None
    notes: dict[str, int]
    lines: tuple[tuple[DrawnStroke, ...], ...]

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class LeftOut:
    """What was left out of an item as no writing: how many strokes, and the first of them where they stand together."""

    item: str
    strokes: int
    drawn: tuple[DrawnStroke, ...]


@dataclass(frozen=True)
class MeasureRow:
    """One measure an examiner can check by eye, on both sides.

    Attributes
    ----------
    questioned, known : medians, or None where not measurable (``missing`` says why).
    questioned_spread, known_spread : half the interquartile range over lines or words, or None.
    reference : sorted quantiles (1 %, 3 %, … 99 %) over the writers of the reference population; may be empty.
    """

    name: str
    unit: str
    questioned: float | None
    known: float | None
    questioned_spread: float | None
    known_spread: float | None
    reference: tuple[float, ...]
    definition: str
    missing: str = ""


@dataclass(frozen=True)
class Fragment:
    """A piece of questioned ink beside its nearest counterpart in the known ink.

    Each side: item label, index of its line, x range in writing heights. ``evidence`` is its mean contribution
    to the score per writing height, positive for H1.
    """

    evidence: float
    questioned_item: str
    questioned_line: int
    questioned_x: Interval
    known_item: str
    known_line: int
    known_x: Interval


@dataclass(frozen=True)
class Faithfulness:
    """Occlusion test of the evidence picture in this comparison.

    Attributes
    ----------
    share : of the ink that is left out. toward : the proposition that the picture as a whole speaks for.
    strongest : how far the score falls back from it without the ink that is marked most strongly for it.
    alone : the same without the pieces that speak most for it by themselves, an order made without leaving out.
    random, random_low, random_high : mean and middle nine tenths of the same without as much ink at random.
    """

    share: float
    toward: Literal["H1", "H2"]
    strongest: float
    alone: float
    random: float
    random_low: float
    random_high: float

    @property
    def holds(self) -> bool:
        """Whether the marked ink counts more than ink taken at random; one time in twenty it does so by chance."""
        return self.strongest > self.random_high


@dataclass(frozen=True)
class EarlierFaithfulness:
    """The occlusion test of results saved before 2026-11-26.

    Change of the score when the share of ink marked strongest is left out, against leaving out as much other ink.
    """

    share: float
    strongest: float
    other: float


@dataclass(frozen=True)
class Agreement:
    """How well one side agrees with itself: lowest log10 LR of one item against the others, or between the halves of
    a single item; None with too little ink."""

    role: Role
    log10_lr: float | None


@dataclass(frozen=True)
class CaseImitation:
    """A machine imitation of the known writer, writing the questioned text.

    Attributes
    ----------
    score : against the known items, without time. log10_lr : what a comparison would state of it, H1 against H2.
    log10_lr_machine : H1 against H3, bounded. misread : share of its characters that the recogniser reads otherwise.
    lines : its ink, as that of an item.
    """

    score: float
    log10_lr: float
    log10_lr_machine: float
    misread: float
    lines: tuple[tuple[DrawnStroke, ...], ...]


@dataclass(frozen=True)
class Simulation:
    """What a forger with this program could do: imitations of the known writer, and H1 against H3.

    Attributes
    ----------
    method : how the generator was brought to the hand: primed with known ink.
    text : what the imitations say. text_read : how sure the recogniser is of it (0..1), None where it was stated.
    prime_text : what the ink says that the generator was primed with. prime_read : as ``text_read``.
    bias, seed, candidates : of the drawing; of so many drafts of each piece of a word the best was kept.
    amount : writing heights of questioned ink that the score is of: the mean over stretches as long as imitations are.
    score : of questioned against known ink, without time. lr, calibration : H1 against H3 for that score.
    performance : of these LRs on reference people; "same" are pairs by one person, "different" are imitations.
    others : scores of different-writer pairs at these amounts, rising.
    people : reference people who were imitated. generator_sha256, reference_sha256 : weights; file of the imitations.
    """

    method: Literal["prime"]
    text: str
    text_read: float | None
    prime_text: str
    prime_read: float | None
    bias: float
    seed: int
    candidates: int
    amount: float
    score: float
    lr: LikelihoodRatio
    calibration: Calibration
    performance: Performance
    others: tuple[float, ...]
    imitations: tuple[CaseImitation, ...]
    people: int
    generator_sha256: str
    reference_sha256: str

    def __post_init__(self) -> None:
        make_displayable(self)


@dataclass(frozen=True)
class Comparison:
    """Questioned items against known items: everything that the report shows.

    Attributes
    ----------
    notes : what the examiner was told, who vouches for the known items. mandate : who asked what, and when.
    custody : how and when the items were received, and in whose hands they have been. Each may be empty: not stated.
    questioned_text, known_text : what the examiner states that a side's ink says; empty where its letters were read.
    letters : the letter chart; None in results of versions before it, and for a reference without letters.
    simulation : imitations of the known writer; None where none were asked for.
    left_out : what was left out of items as no writing, of those of which anything was.
    authenticity : whether a person or a machine made each item; None in results of versions before it.
    ink : name of a file of InkML → SHA-256, 64 hex digits, of each recording (``reports.proof.attachments``), so that
        the result's hash covers the ink; empty in results of versions before it.
    """

    case: str
    examiner: str
    date: str
    items: tuple[Item, ...]
    score: float
    lr: LikelihoodRatio
    performance: Performance
    growth: Growth | None
    measures: tuple[MeasureRow, ...]
    fragments: tuple[Fragment, ...]
    faithfulness: Faithfulness | None
    agreement: tuple[Agreement, ...]
    warnings: tuple[Caution, ...]
    model: ModelIdentity
    versions: dict[str, str]
    settings: dict[str, str]
    command: str
    seed: int
    notes: str = ""
    calibration: Calibration | None = None
    earlier_faithfulness: EarlierFaithfulness | None = None
    mandate: str = ""
    custody: str = ""
    questioned_text: str = ""
    known_text: str = ""
    letters: LetterChart | None = None
    simulation: Simulation | None = None
    left_out: tuple[LeftOut, ...] = ()
    authenticity: AuthenticityFound | None = None
    ink: dict[str, str] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        make_displayable(self)
