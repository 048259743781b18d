"""What a saved comparison must hold besides its fields' types, so that no page can contradict itself.

A result that was written by hand, or by another program, is refused here before anything of it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from reports.authenticity.findings import AuthenticityFound
from reports.authenticity.wording import in_words
from reports.findings import Calibration, Comparison, DrawnStroke, Item, LikelihoodRatio, Simulation
from reports.forger.wording import against_machine
from reports.letters.findings import Letter, LetterChart, LetterInstance
from reports.method_text import LETTERS, READ, how_found
from reports.occasions import OCCASIONS, ONE_SITTING, OTHER_OCCASIONS
from reports.performance import Growth, Performance, Validation
from reports.scale import scale_from_setting, words

#: Size of a log10 LR and of its bounds: with a thousand million writers the bounds are at 9.
MAX_LOG10_LR = 20.0
#: Amounts of ink of a growth, which has a row for each.
MAX_AMOUNTS = 30
#: Size of a drawn position in writing heights: thirty kilometres of writing.
MAX_DRAWN = 1e7
#: Imitations of a writer.
MAX_IMITATIONS = 100
#: Letters of a chart, signs of one, instances that are drawn of it on a side, and size of its score.
MAX_LETTERS, MAX_SIGNS, MAX_INSTANCES, MAX_SCORE = 200, 6, 12, 1e6


def check(finding: Comparison | Validation) -> None:
    """Raise ValueError, which names the place, where a finding is not one that this program could have made."""
    if isinstance(finding, Validation):
        for number, section in enumerate(finding.sections):
            _check_performance(section.performance, f"sections[{number}].performance")
        return
    check_lr(finding.lr)
    if finding.calibration is not None:
        check_calibration(finding.calibration, finding.lr, finding.score)
        most = finding.model.calibration_writers
        demand(finding.calibration.writers <= most, "calibration.writers are more than model.calibration_writers")
    stated = words(finding.lr.log10_lr, scale_from_setting(finding.settings))
    demand(finding.lr.words == stated, f"lr.words is {finding.lr.words!r:.60}, the scale says {stated!r}")
    letters, found = finding.settings.get(LETTERS.lower()), how_found(finding.questioned_text, finding.known_text)
    demand(letters == found or (letters is None and found == READ), f"settings.letters are not {found!r}")
    occasions = finding.settings.get(OCCASIONS)
    demand(occasions in (None, ONE_SITTING, OTHER_OCCASIONS), f"settings.occasions is {occasions!r:.60}")
    timed = finding.calibration is not None and "t" in finding.calibration.channels
    demand(not (timed and occasions == OTHER_OCCASIONS), "calibration uses time between other occasions")
    _check_performance(finding.performance, "performance")
    if finding.growth is not None:
        _check_growth(finding.growth)
    roles = [item.role for item in finding.items]
    demand({"questioned", "known"} <= set(roles), "items are missing on one side")
    labels = [item.label for item in finding.items]
    demand(len(set(labels)) == len(labels), "two items have one label")
    for item in finding.items:
        check_item(item, f"item {item.label!r:.20}")
    for row in finding.measures:
        demand(list(row.reference) == sorted(row.reference), f"the reference of {row.name!r:.40} is not sorted")
    if (test := finding.faithfulness) is not None:
        demand(0 <= test.share <= 1, "faithfulness.share is no share")
        demand(test.random_low <= test.random_high, "faithfulness.random_low is above faithfulness.random_high")
    if finding.letters is not None:
        _check_letters(finding.letters, finding.items)
    if finding.authenticity is not None:
        _check_authenticity(finding.authenticity, finding.items)
    if finding.simulation is not None:
        _check_simulation(finding.simulation, finding)
    for one in finding.left_out:
        demand(one.item in labels, f"left_out names {one.item!r:.20}, which is no item")
        demand(0 < len(one.drawn) <= one.strokes, f"left_out of {one.item!r:.20} has no stroke, or more than it says")
        _check_lines([one.drawn], f"left_out of {one.item!r:.20}")
    for number, fragment in enumerate(finding.fragments):
        for low, high in (fragment.questioned_x, fragment.known_x):
            demand(-MAX_DRAWN <= low <= high <= MAX_DRAWN, f"fragments[{number}] has an x range that is none")


def demand(holds: bool, otherwise: str) -> None:
    """Raise ValueError with what is wrong where something does not hold."""
    if not holds:
        raise ValueError(otherwise)


def check_lr(lr: LikelihoodRatio) -> None:
    """Raise ValueError where a likelihood ratio contradicts itself."""
    ends = lr.lower_bound, lr.low, lr.log10_lr, lr.high, lr.upper_bound
    demand(max(map(abs, ends)) <= MAX_LOG10_LR, "lr has a value or a bound that no reference set supports")
    demand(lr.lower_bound <= lr.upper_bound, "lr.lower_bound is above lr.upper_bound")
    demand(lr.lower_bound <= lr.log10_lr <= lr.upper_bound, "lr.log10_lr is outside its bounds")
    demand(lr.low <= lr.log10_lr <= lr.high, "lr.log10_lr is outside its interval")
    limit = lr.writers_bound + 1e-6
    demand(max(map(abs, ends)) <= limit, "lr goes beyond the number of its calibration writers")
    if lr.bound_hit:
        hit = lr.lower_bound if lr.bound_hit.startswith("lower") else lr.upper_bound
        demand(math.isclose(lr.log10_lr, hit, abs_tol=1e-9), "lr.bound_hit names a bound that lr.log10_lr is not at")


def check_calibration(used: Calibration, lr: LikelihoodRatio, score: float) -> None:
    """The LR must be what its own calibration makes of the score, and no bound may go beyond its writers."""
    demand(used.writers >= 1 and used.slope >= 0, "calibration has no writers, or falls with the score")
    unbounded = used.intercept + used.slope * score
    demand(math.isclose(lr.unbounded, unbounded, abs_tol=1e-6), "lr.unbounded is not what calibration makes of score")
    bounds = (used.lower_bound, used.upper_bound)
    demand((lr.lower_bound, lr.upper_bound) == bounds, "the bounds of lr are not those of calibration")
    most = math.log10(used.writers) + 1e-6
    demand(max(map(abs, bounds)) <= most, "a bound of calibration goes beyond its number of writers")
    demand(math.isclose(lr.writers_bound, math.log10(used.writers), abs_tol=1e-6), "lr.writers_bound is not its N")
    held = min(max(unbounded, bounds[0]), bounds[1])
    demand(math.isclose(lr.log10_lr, held, abs_tol=1e-6), "lr.log10_lr is not lr.unbounded held within its bounds")


def _check_performance(found: Performance, path: str) -> None:
    """Scores may be left out; otherwise there is one for each LR."""
    for kind in ("same", "different"):
        values, scores = getattr(found, kind), getattr(found, f"{kind}_scores")
        demand(len(scores) in (0, len(values)), f"{path}.{kind}_scores has not one score for each LR")
    amounts = found.amount_questioned, found.amount_known
    counts = found.n_writers, found.n_same, found.n_different
    demand(min(*amounts, *counts) >= 0, f"{path} has a negative count or amount")
    for name in (
        "misleading_same",
        "misleading_different",
        "strongly_misleading_same",
        "strongly_misleading_different",
    ):
        rate = getattr(found, name)
        demand(0 <= rate.count <= rate.of, f"{path}.{name} counts more than there are")


def _check_growth(growth: Growth) -> None:
    demand(len(growth.amounts) <= MAX_AMOUNTS, f"growth has more than {MAX_AMOUNTS} amounts")
    same_length = len(growth.amounts) == len(growth.h1) == len(growth.h2)
    demand(same_length, "growth has not one value under H1 and H2 for each amount")
    demand(list(growth.amounts) == sorted(growth.amounts), "the amounts of growth do not rise")


def check_item(item: Item, path: str) -> None:
    """Raise ValueError where an item has sizes that are none, or cannot be drawn."""
    counts = item.n_strokes, item.n_points, item.n_lines, item.amount, item.writing_height, item.length_mm or 0.0
    demand(min(counts) >= 0, f"{path} has a negative count or size")
    demand(item.mm_per_unit is None or item.mm_per_unit > 0, f"{path} has a scale that is not positive")
    _check_lines(item.lines, path)


def _check_lines(lines: Sequence[tuple[DrawnStroke, ...]], path: str) -> None:
    for line in lines:
        for stroke in line:
            sizes = {
                len(values) for values in (stroke.x, stroke.y, stroke.speed, stroke.evidence) if values is not None
            }
            demand(len(sizes) == 1, f"{path} has a stroke whose lists differ in length")
            for value in (*stroke.x, *stroke.y):
                demand(abs(value) <= MAX_DRAWN, f"{path} is drawn beyond {MAX_DRAWN:g} writing heights")


def _check_authenticity(found: AuthenticityFound, items: Sequence[Item]) -> None:
    """Each value is an item's, lies within its bounds and its interval, and has the words that belong to it."""
    labels = [one.label for one in found.items]
    known = {item.label for item in items}
    demand(len(set(labels)) == len(labels) and set(labels) <= known, "authenticity has an item that is not there")
    for one in found.items:
        path = f"authenticity of {one.label!r:.20}"
        demand(one.words == in_words(one.log10_lr), f"{path} has other words than its value")
        inside = -MAX_LOG10_LR <= one.lower_bound <= one.log10_lr <= one.upper_bound <= MAX_LOG10_LR
        demand(inside and one.low <= one.log10_lr <= one.high, f"{path} lies beyond its bounds or its interval")
        values = [v for v in (*one.lines, one.movement, one.shape, one.low, one.high) if v is not None]
        demand(max(map(abs, values), default=0.0) <= MAX_LOG10_LR, f"{path} has a value beyond all")
        demand(1 <= one.n_lines == sum(v is not None for v in one.lines), f"{path} has not a value for each line")
    shares = found.reference.share_of_lines, found.reference.worst_donor
    demand(min(shares) >= 0 and max(shares) <= 1, "authenticity.reference has a share that is none")
    for family in found.reference.families:
        for area in (family.both, family.shape):
            demand(
                area is None or 0 <= area.low <= area.value <= area.high <= 1, "authenticity has an area that is none"
            )


def _check_simulation(found: Simulation, finding: Comparison) -> None:
    """H1 against H3 is what its own calibration makes of its score, in words of H3; every share is one."""
    check_lr(found.lr)
    check_calibration(found.calibration, found.lr, found.score)
    _check_performance(found.performance, "simulation.performance")
    stated = against_machine(words(found.lr.log10_lr, scale_from_setting(finding.settings)))
    demand(found.lr.words == stated, f"simulation.lr.words is {found.lr.words!r:.60}, the scale says {stated!r}")
    demand(0 < len(found.imitations) <= MAX_IMITATIONS, f"simulation has no imitation, or over {MAX_IMITATIONS}")
    demand(list(found.others) == sorted(found.others), "simulation.others do not rise")
    demand(max(map(abs, (found.score, *found.others)), default=0.0) <= MAX_SCORE, "simulation has a score beyond all")
    for sure in (found.text_read, found.prime_read):
        demand(sure is None or 0 <= sure <= 1, "simulation has a reading whose confidence is none")
    for number, one in enumerate(found.imitations):
        path = f"simulation.imitations[{number}]"
        demand(abs(one.score) <= MAX_SCORE and one.misread >= 0, f"{path} has a score or a share that is none")
        demand(max(abs(one.log10_lr), abs(one.log10_lr_machine)) <= MAX_LOG10_LR, f"{path} has an LR beyond all")
        _check_lines(one.lines, path)


def _check_letters(chart: LetterChart, items: Sequence[Item]) -> None:
    """Every letter stands in ink that is drawn, and the parts of all add up to what they add together."""
    listed = chart.questioned_only, chart.known_only, chart.not_compared
    demand(len(chart.letters) + len(chart.groups) <= MAX_LETTERS, f"letters are more than {MAX_LETTERS}")
    demand(max(map(len, listed)) <= MAX_LETTERS, f"letters that are listed are more than {MAX_LETTERS}")
    for text, count in [pair for found in listed for pair in found]:
        _check_signs(text)
        demand(count > 0, f"letters.{text!r} was read {count} times")
    for letter in (*chart.letters, *chart.groups):
        _check_letter(letter, items)
    scored = all(letter.score is not None and letter.log10_lr is not None for letter in chart.letters)
    demand(scored, "letters has a letter without a score")
    total = math.fsum(letter.log10_lr or 0.0 for letter in chart.letters)
    demand(math.isclose(total, chart.log10_lr, abs_tol=1e-6), "letters.log10_lr is not the sum of its letters")


def _check_letter(letter: Letter, items: Sequence[Item]) -> None:
    _check_signs(letter.text)
    path = f"letters.{letter.text!r}"
    demand(min(letter.questioned_count, letter.known_count) > 0, f"{path} is on one side only")
    demand(abs(letter.score or 0.0) <= MAX_SCORE, f"{path} has a score beyond {MAX_SCORE:g}")
    demand(abs(letter.log10_lr or 0.0) <= MAX_SCORE, f"{path} has a part beyond {MAX_SCORE:g}")
    demand(0 <= (letter.like or 0) <= (letter.people or 0), f"{path} is like more people than there are")
    if (place := letter.place) is not None:
        for values in (place.same, place.different):
            demand(list(values) == sorted(values), f"{path}.place has quantiles that do not rise")
            demand(max(map(abs, values)) <= MAX_SCORE, f"{path}.place goes beyond {MAX_SCORE:g}")
        shares = place.same_below, place.different_below
        demand(min(shares) >= 0 and max(shares) <= 1, f"{path}.place has a share that is none")
    for role, instances in (("questioned", letter.questioned), ("known", letter.known)):
        demand(len(instances) <= MAX_INSTANCES, f"{path} has more than {MAX_INSTANCES} instances drawn")
        lines = {item.label: item.lines for item in items if item.role == role}
        for one in instances:
            _check_instance(one, lines, path)


def _check_signs(text: str) -> None:
    sound = text.isascii() and text.isprintable() and 0 < len(text) <= MAX_SIGNS
    demand(sound, f"letters has {text!r:.40}, which is no letter")


def _check_instance(one: LetterInstance, lines: dict[str, tuple[tuple[DrawnStroke, ...], ...]], path: str) -> None:
    there = one.item in lines and 0 <= one.line < len(lines[one.item])
    demand(there, f"{path} stands on a line that is not drawn")
    strokes = lines[one.item][one.line]
    demand(bool(one.parts), f"{path} has an instance without ink")
    for number, first, end in one.parts:
        inside = 0 <= number < len(strokes) and 0 <= first < end <= len(strokes[number].x)
        demand(inside, f"{path} has ink that is not in its line")
    demand(abs(one.baseline) <= MAX_DRAWN, f"{path} stands beyond {MAX_DRAWN:g} writing heights")
