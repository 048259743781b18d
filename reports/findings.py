"""What a comparison or a validation found: frozen, complete, JSON in and out.

Everything that a report shows is in these objects, so a saved result draws the same pages without any model.
All log-likelihood ratios are base 10. Intervals are (low, high) at 95 %.
A saved result carries the hash of its content, so that a change after it was written is seen; it is no signature.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

from datasets.errors import UnreadableFileError, VerificationError

SCHEMA_VERSION = 2
#: Field of the JSON, beside those of the finding, that holds the SHA-256 of all others.
HASH = "content_sha256"
#: No number of a finding comes near it; larger ones would break arithmetic on the page.
MAX_NUMBER = 1e15

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
    channels : those that the score used. devices : like or unlike devices on the two sides of its pairs.
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
    devices: Literal["like", "unlike"]
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
        _make_displayable(self)

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
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    speed: tuple[float, ...] | None = None
    evidence: tuple[float, ...] | None = None


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
        _make_displayable(self)


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
class Faithfulness:
    """Occlusion test of the evidence picture in this comparison.

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
class Comparison:
    """Questioned items against known items: everything that the report shows."""

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
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        _make_displayable(self)


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


@dataclass(frozen=True)
class KnownItem:
    """A file of known writing that was imitated; whether the generator was primed with ink of it."""

    file: str
    sha256: str
    device: str | None
    origin: str
    primed_with: bool

    def __post_init__(self) -> None:
        _make_displayable(self)


@dataclass(frozen=True)
class ImitatedLine:
    """One line of generated writing.

    Attributes
    ----------
    text, points : what it is to say, and how many points it has.
    ended : whether it ended by itself when its text was written.
    passed_over : characters that the generator's window never rested on; they may be missing or badly formed.
    log_likelihood : mean over its points, nats.
    text_gain : nats a character by which its ink is likelier as its text than as another; near 0 it cannot be read.
    """

    text: str
    points: int
    ended: bool
    passed_over: tuple[str, ...]
    log_likelihood: float
    text_gain: float


@dataclass(frozen=True)
class Imitation:
    """How one sample of generated handwriting was made: goes beside it, names all that made it.

    Attributes
    ----------
    style, known : the named style, or the known files, that it is in the hand of.
    prime_text, prime_sha256 : what the ink that the generator was primed with says, and the hash of its points.
    prime_gain : nats a character by which that ink is likelier as its text than as another; near 0 it is not its text.
    bias, steps, seed, number : as asked for; ``number`` of this sample, from 1; steps None for no limit.
    candidates : drafts of each piece of a word, of which the best is kept.
    files : names of the files that hold the sample → their SHA-256.
    """

    text: str
    style: str
    known: tuple[KnownItem, ...]
    prime_text: str
    prime_sha256: str
    prime_gain: float
    bias: float
    steps: int | None
    seed: int
    number: int
    candidates: int
    lines: tuple[ImitatedLine, ...]
    model: str
    model_sha256: str
    versions: dict[str, str]
    command: str
    files: dict[str, str] = field(default_factory=dict)
    origin: Literal["generated"] = "generated"
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        _make_displayable(self)


def displayable(text: str) -> str:
    """The text in a form that UTF-8 can hold: a byte of a file's name that is no character becomes ``\\xfc``."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def _make_displayable(finding: Item | Comparison | Caution | KnownItem | Imitation) -> None:
    """Names of files and arguments may hold what cannot be written; they are shown, never opened, from here on."""
    for one in dataclasses.fields(finding):
        value = getattr(finding, one.name)
        if isinstance(value, str):
            object.__setattr__(finding, one.name, displayable(value))


def content_hash(finding: Comparison | Validation) -> str:
    """SHA-256 (hex) of the finding's JSON: names the content, not the file it is in."""
    return _hash(dataclasses.asdict(finding))


def _hash(fields: dict[str, Any]) -> str:
    return hashlib.sha256(_text(fields).encode()).hexdigest()


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def to_json(finding: Comparison | Validation | Imitation) -> str:
    """The finding and its hash as JSON text: sorted keys, finite numbers only, one trailing newline.

    Raises ValueError where a number is NaN or infinite: such a finding must not be stated.
    """
    fields = dataclasses.asdict(finding)
    return _text({**fields, HASH: _hash(fields)})


def from_json(text: str, kind: type[Comparison] | type[Validation], where: str = "result") -> Any:
    """A finding from its JSON text; every field is checked, unknown ones are refused.

    Raises
    ------
    UnreadableFileError (naming ``where``) : broken JSON, another schema version, missing, unknown or mistyped fields,
        or a finding that contradicts itself.
    VerificationError : the content is not what was hashed when it was written.
    """
    from reports.checks import check  # which needs the classes above

    advice = "Use a file that `compare` or `evaluate` wrote."
    try:
        raw = json.loads(text, object_pairs_hook=_without_repeats)
    except _RepeatedFieldError as error:
        raise UnreadableFileError(where, f"{error}.", advice) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(where, "this is not JSON.", advice) from error
    if not isinstance(raw, dict) or raw.get("schema_version") != SCHEMA_VERSION:
        found = raw.get("schema_version") if isinstance(raw, dict) else None
        raise UnreadableFileError(
            where, f"schema_version is {found!r:.40}, this program reads {SCHEMA_VERSION}.", advice
        )
    try:
        stated = build(str, raw.pop(HASH, None), HASH)
        finding = build(kind, raw, kind.__name__)
        changed = _hash(raw) != stated
        if not changed:
            check(finding)
    except UnicodeEncodeError as error:
        raise UnreadableFileError(where, "a text in it holds half of a character.", advice) from error
    except (TypeError, ValueError) as error:
        raise UnreadableFileError(where, f"{displayable(str(error)):.300}.", advice) from error
    if changed:
        raise VerificationError(where, "it was changed after it was written: its hash does not hold.", advice)
    return finding


class _RepeatedFieldError(ValueError):
    """One field twice: readers would differ in which they take."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise _RepeatedFieldError(f"the field {name!r:.40} stands twice")
        fields[name] = value
    return fields


def build(kind: Any, value: Any, path: str) -> Any:
    """Parsed JSON as ``kind``, a frozen dataclass of ours or a field's type, every field checked.

    Raises TypeError that names the dotted path of the bad field.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Caution and isinstance(value, str):
        return Caution("", value)
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise TypeError(f"{path} is not an object")
        hints = typing.get_type_hints(kind)
        # What has a default came later than some saved results.
        needed = {f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING}
        unknown, missing = sorted(set(value) - set(hints)), sorted(needed - set(value))
        if unknown or missing:
            raise TypeError(f"{path} has unknown fields {unknown} and lacks {missing}")
        fields = {k: build(hints[k], v, f"{path}.{k}") for k, v in value.items()}
        return kind(**fields)  # type: ignore[operator]  # a class, as is_dataclass also accepts instances
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (inner,) = [a for a in arguments if a is not type(None)]
        return build(inner, value, path)
    if origin is Literal:
        if value not in arguments:
            raise TypeError(f"{path} is {value!r}, expected one of {arguments}")
        return value
    if origin is tuple:
        if not isinstance(value, list) or (arguments[-1] is not Ellipsis and len(value) != len(arguments)):
            raise TypeError(f"{path} is not a list of the right length")
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        if kinds and kinds[0] is float:
            return tuple(_number(v, path) for v in value)
        return tuple(build(k, v, f"{path}[{i}]") for i, (k, v) in enumerate(zip(kinds, value, strict=True)))
    if origin is dict:
        if not isinstance(value, dict):
            raise TypeError(f"{path} is not an object")
        return {str(k): build(arguments[1], v, f"{path}.{k}") for k, v in value.items()}
    if kind is float:
        return _number(value, path)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{path} is {value!r:.40}, expected {kind.__name__}")
    if kind is int:
        _number(value, path)
    return value


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MAX_NUMBER:
        raise TypeError(f"{path} is {value!r:.40}, expected a finite number of sane size")
    return float(value)
