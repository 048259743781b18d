"""Every sentence of the comparison report, in one place, so that a laboratory can change or translate it.

The likelihood ratio compares how probable the *findings* are under two propositions; no sentence here may say how
probable a proposition is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from reports import occasions
from reports.findings import Agreement, Comparison, EarlierFaithfulness, Faithfulness, LikelihoodRatio
from reports.letters import wording as letter_wording
from reports.performance import Figure, Rate
from reports.scale import ENFSI_2015, VerbalScale, words


def lr_number(log10_lr: float, scale: VerbalScale = ENFSI_2015) -> str:
    """The LR to two significant figures: "14", "0.071", "12,000".

    Where rounding would carry it over an edge of the scale, and so against its own words, it has more figures: 9.98.
    """
    value = 10.0**log10_lr
    # Near 1 more than five figures would be no number to read.
    for figures in range(2, 16 if abs(log10_lr) > 0.1 else 6):
        rounded = float(f"{value:.{figures - 1}e}")
        if log10_lr == 0 or words(math.log10(rounded), scale) == words(log10_lr, scale):
            break
    decimals = max(figures - 1 - math.floor(math.log10(rounded)), 0)
    return f"{rounded:,.{decimals}f}"


def lr_line(log10_lr: float, scale: VerbalScale = ENFSI_2015) -> str:
    """ "LR 14", or "LR 0.071 (1/14)" below 1."""
    if log10_lr < 0:
        return f"LR {lr_number(log10_lr, scale)} (1/{lr_number(-log10_lr, scale)})"
    return f"LR {lr_number(log10_lr, scale)}"


def log10_number(value: float) -> str:
    """Two decimals with a true minus sign: "1.15", "−0.40"."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def finding_sentence(log10_lr: float, scale: VerbalScale = ENFSI_2015) -> str:
    """What the LR says of the findings, and its words; below 1 turned round."""
    if log10_lr == 0:
        return "The findings are equally probable if H1 is true and if H2 is true. This is no support either way."
    first, second = ("H1", "H2") if log10_lr > 0 else ("H2", "H1")
    return (
        f"The findings are about {lr_number(abs(log10_lr), scale)} times more probable if {first} is true than if "
        f"{second} is true. This is {words(log10_lr, scale)}."
    )


def bound_sentence(lr: LikelihoodRatio, limited_by: str = "", with_interval: bool = True) -> str:
    """Says that a bound was hit, which, and what the value would have been; empty where none was.

    ``limited_by`` : why the bound is tighter than that of the calibration's own writers, see ``Calibration``.
    """
    if not lr.bound_hit:
        return ""
    side, which = lr.bound_hit.split(": ")
    if which == "writers":
        reason = f"the number of calibration writers (log10 LR ±{log10_number(lr.writers_bound)})"
    else:
        reason = f"a tighter limit ({limited_by})" if limited_by else "the empirical bound (ELUB)"
    redrawn = within = ""
    if with_interval and lr.bound_share is not None:
        redrawn = (
            f"With the calibration writers drawn again, the value is held by a limit in {_percent(lr.bound_share)} of "
            f"the draws and lies within {interval_text(lr.low, lr.high)} in 95 % of them. "
        )
    if with_interval and lr.unbounded_low is not None and lr.unbounded_high is not None:
        within = f" {interval_text(lr.unbounded_low, lr.unbounded_high)}"
    return (
        f"At the limit of what this reference set can support, and so {_least(lr)} this: the {side} bound is set by "
        f"{reason}. {redrawn}Unbounded, log10 LR would be {log10_number(lr.unbounded)}{within}; that value is not a "
        "finding."
    )


def _least(lr: LikelihoodRatio) -> str:
    return "at least" if lr.bound_hit.startswith("upper") else "at most"


def _percent(share: float) -> str:
    """Whole percent, but 0 and 100 only where they are exact."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return f"{min(max(round(100 * share), 1), 99)} %"


def log10_line(lr: LikelihoodRatio, with_interval: bool) -> str:
    """ "log10 LR 1.15, 95 % interval [0.83, 1.39]"; at a bound it says so, and ``bound_sentence`` the rest."""
    value = log10_number(lr.log10_lr)
    if lr.bound_hit:
        return f"log10 LR {_least(lr)} {value}, the {lr.bound_hit.split(': ')[0]} limit"
    return f"log10 LR {value}" + (f", 95 % interval {interval_text(lr.low, lr.high)}" if with_interval else "")


INTERVAL_LABEL = "sensitivity to the choice of calibration writers only"


def interval_text(low: float, high: float) -> str:
    return f"[{log10_number(low)}, {log10_number(high)}]"


def propositions(comparison: Comparison) -> tuple[str, str, str]:
    """H1, H2, and what both of them take for granted."""
    used, found = comparison.calibration, comparison.performance
    population = used.population if used is not None else comparison.model.population
    writers = found.n_writers if found.n_writers_different is None else found.n_writers_different
    when = occasions.in_proposition(comparison.settings)
    h1 = f"one person wrote both the questioned and the known items, in natural writing{when}."
    h2 = (
        "a different person wrote the questioned items, unrelated to and not imitating the writer of the known ones, "
        f"from a population like the {writers} writers of the reference set ({population})."
    )
    taken = "All questioned items are taken to be by one hand, all known items by the person named."
    return h1, h2, taken + occasions.taken(comparison.settings)


def agreement_sentence(agreement: tuple[Agreement, ...]) -> str:
    """How well each side agrees with itself."""
    parts = []
    for one in agreement:
        value = "too little ink to tell" if one.log10_lr is None else f"log10 LR {log10_number(one.log10_lr)}"
        parts.append(f"{one.role} items {value}")
    if not parts:
        return "Agreement of each side with itself was not computed."
    how = "each item against the others, the lowest value; a single item by its halves; as if of one sitting"
    return f"Agreement of each side with itself ({how}): {'; '.join(parts)}."


def left_out_sentence(strokes: int) -> str:
    """What is said above the strokes that were left out of an item."""
    if strokes == 1:
        return "Left out as no writing, 1 stroke:"
    return f"Left out as no writing, {strokes} strokes:"


def told_sentence(notes: str) -> str:
    """What the examiner was told and who vouches for the known items."""
    if notes.strip():
        return f"As told to the examiner: {notes}"
    return "Not stated: what the examiner was told; who vouches for the known items and their date."


def received_sentence(mandate: str, custody: str) -> str:
    """Who asked for the comparison, and in whose hands the items were."""
    asked, held = (text.strip() or "not stated" for text in (mandate, custody))
    return f"Mandate: {_with_stop(asked)} Receipt and custody of the items: {_with_stop(held)}"


def _with_stop(text: str) -> str:
    return text if text[-1] in ".!?。" else f"{text}."


GENERATED_LINE = "Made by code: {labels}. Ink that a program made or generated is not evidence about any person."


def limiting_lines(warnings: tuple[str, ...], settings: Mapping[str, str], at_most: int = 5) -> list[str]:
    """At most five lines: what the occasions limit first, then this case's warnings; the rest is pointed to."""
    room, first = at_most - 1, occasions.first_limit(settings)
    if not warnings:
        return [first, "This comparison gave no further warning."]
    if len(warnings) <= room:
        return [first, *warnings]
    left = len(warnings) - (room - 1)
    return [first, *warnings[: room - 1], f"{left} more warnings stand under “{LIMITS}”."]


# Titles of the sections, in order. The first page is the answer itself.
TITLE = "Comparison of handwriting"
EXHIBITS = "The exhibits"
EVIDENCE = "Where they differ, where they agree"
MEASURES = "Measures"
QUALITY = "How good is this method in a case like this"
LIMITS = "Limits and assumptions"
METHOD = "Method"
PROVENANCE = "Provenance"
LETTERS = letter_wording.LETTERS
SECTIONS = (EXHIBITS, LETTERS, EVIDENCE, MEASURES, QUALITY, LIMITS, METHOD, PROVENANCE)

EXHIBITS_LEAD = (
    "The ink on the paper, drawn at one common writing height, questioned beside known. Each stroke is drawn by "
    "itself, so gaps are pen lifts; lines too long for the column go on below, indented."
)
SPEED_LEGEND = "Line weight shows speed: thick is slow, thin is fast"
NO_SPEED = "No item carries time, so speed is not shown and all ink has one weight."
EVIDENCE_LEAD = (
    "Each stroke is coloured by what the ink around it contributes to the score: the score of all ink less the score "
    "without this piece, the mean over several ways of cutting the ink into pieces. Grey: next to nothing, or not "
    "certain, since it differs more from one way of cutting to another than it counts. The bars under each line say "
    "the same for a grey print: up for H1, down for H2, grey where not certain."
)
NO_EVIDENCE = (
    "The contribution of single pieces of ink to the score was not computed for this comparison, so no picture of it "
    "is drawn here. The score and the likelihood ratio do not depend on it."
)
FRAGMENTS_LEAD = (
    "The questioned pieces that speak most strongly for and against H1, as far as that is certain, each beside the "
    "piece of known ink that is nearest to it in the network's measure. They show what the score rests on; they were "
    "chosen by the score."
)
NO_FRAGMENTS = (
    "There are no fragments to show: contributions of single pieces were not computed, there is too little ink, or no "
    "piece speaks for one side with certainty."
)
NO_FAITHFULNESS = "How faithful this picture is was not tested: there is too little ink to leave out some of it."


def faithfulness_sentence(test: Faithfulness) -> str:
    """How much the picture explains: the occlusion test in numbers, and a plain conclusion."""
    verb = "lowers" if test.toward == "H1" else "raises"
    text = (
        f"Occlusion test: leaving out the {100 * test.share:.0f} % of the ink that is marked most strongly for "
        f"{test.toward} {verb} the score by {log10_number(test.strongest)}; as much ink taken at random {verb} it by "
        f"{log10_number(test.random)} (nine draws in ten: {log10_number(test.random_low)} to "
        f"{log10_number(test.random_high)}), and the ink that speaks most for {test.toward} by itself by "
        f"{log10_number(test.alone)}. "
    )
    if test.holds:
        return text + "The picture points at ink that the score rests on; it does not explain why."
    return text + "The picture points at no more than ink taken at random does: do not rely on it in this comparison."


def earlier_faithfulness_sentence(test: EarlierFaithfulness) -> str:
    """The same for results that were saved with the test of before."""
    text = (
        f"Occlusion test: leaving out the {100 * test.share:.0f} % of the ink that is marked most strongly changes the "
        f"score by {log10_number(test.strongest)}; as much other ink changes it by {log10_number(test.other)}. "
    )
    if abs(test.strongest) > abs(test.other):
        return text + "The picture points at ink that the score rests on; it does not explain why."
    return text + "The picture is not a faithful account of the score in this comparison: do not rely on it."


MEASURES_LEAD = (
    "Measures that can be checked by eye on the drawings, with the place of both sides among the writers of the "
    "reference population. Computed from the same ink; not additional evidence."
)
MEASURES_KEY = (
    "Values are medians over lines, ± half the interquartile range. Strip: thin line 1 to 99 %, thick line 25 to 75 % "
    "and tick the median of the reference writers; filled dot questioned, open dot known."
)
NO_MEASURES = "No measure was computed for this comparison."
NO_REFERENCE = "no reference"
NOT_MEASURABLE = "Not measurable here"

QUALITY_LEAD = (
    "Rates describe the method on these writers, not the chance of an error in this case. It was validated for this "
    "amount of ink, these channels and these occasions only, not for device, text or population."
)
NO_PLOT = "There are no pairs of one kind among these writers, so this figure cannot be drawn."
GROWTH_LEAD = (
    "Expected log10 LR if there were more known writing and the questioned ink stayed as it is: means over pairs of "
    "the reference set, by amount of known ink."
)
NO_GROWTH = "What more known writing would bring was not computed for this comparison."

TIPPETT_CAPTION = (
    "Tippett plot: share of pairs with a greater log10 LR. Lines end where the data ends. Line: this comparison."
)
HISTOGRAM_CAPTION = "Scores of pairs by the same writer and by different writers. Line: the score of this comparison."
GROWTH_CAPTION = "Expected log10 LR against the amount of known ink. Dashed: bounds of this reference set."


def rate_text(rate: Rate) -> str:
    """ "2 of 63 writers", with its rate and interval in percent."""
    share = f"{100 * rate.count / rate.of:.1f} %" if rate.of else "–"
    return f"{rate.count} of {rate.of} writers: {share} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def percent_figure(figure: Figure) -> str:
    return f"{100 * figure.value:.1f} % [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"


def plain_figure(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
