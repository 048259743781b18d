"""Limits, method, definitions and references of the comparison report: the long fixed texts."""

from __future__ import annotations

#: (what, text). Order of importance. What is said of the occasions comes after the first ``BEFORE_OCCASIONS``.
LIMITATIONS: tuple[tuple[str, str], ...] = (
    (
        "What the likelihood ratio is not",
        "It weighs the findings under two propositions and says nothing on how probable either proposition is. That "
        "also depends on everything else in the case, which is for the court. It says nothing of a writer's nature.",
    ),
    (
        "Other propositions",
        "The value holds for H1 and H2 as printed. With another alternative (a relative, a twin, a known colleague, "
        "a writer taught at the same school) it would be another value, as a rule closer to 1.",
    ),
    (
        "Disguise",
        "Both sides are taken to be natural writing. A writer who disguised one side can produce support for H2.",
    ),
    (
        "Imitation",
        "H2 excludes a writer who imitates the known hand. A skilled or machine-made imitation can produce support for "
        "H1; what this program's own generator can do is shown where imitations were asked for, what people can do was "
        "not examined.",
    ),
    (
        "Device",
        "Reference writers wrote on other devices than this case's. Unlike devices on the two sides shift the score; "
        "what is known of that comes from 30 people recorded on two tablets.",
    ),
    (
        "Script and language",
        "The networks learned Latin script, mostly English text. Other scripts, signatures, figures and drawings are "
        "outside what was examined.",
    ),
    (
        "Population",
        "The reference writers are volunteers of the collections named. Where the relevant population of the case "
        "writes more alike than they do (one school, one trade, one country), the value is too far from 1.",
    ),
    (
        "Copied text",
        "Whether a text was copied, dictated or composed changes speed and pauses. The reference writers copied.",
    ),
    (
        "One hand on each side",
        "If the questioned items are by several hands, or a known item is not by the person named, the value has no "
        "meaning. The agreement of each side with itself on page 1 can show this only in part.",
    ),
    (
        "Digital ink",
        "The method reads recorded pen movement. It cannot see paper, line quality, indentations or ink, and it takes "
        "the recording to be complete and unaltered.",
    ),
    (
        "Standing",
        "For research until validated on casework-like data. It assists an examiner and replaces none.",
    ),
)

BEFORE_OCCASIONS = 4
CALIBRATION = "Calibration"
#: The step that results before letters were compared do not have.
LETTERS = "Letters"
#: How the letters of either side were found → how that step begins.
READ, STATED = "read", "stated"
HOW_FOUND: dict[str, str] = {
    READ: "A second network reads both sides, with no text given. ",
    STATED: "The examiner stated what both sides say, and a second network found where each letter of it stands. ",
    "stated of the questioned side, read of the known side": "The examiner stated what the questioned side says, and a "
    "second network found where each letter of it stands; it read the known side, with no text given. ",
    "read of the questioned side, stated of the known side": "The examiner stated what the known side says, and a "
    "second network found where each letter of it stands; it read the questioned side, with no text given. ",
}
#: (step, text), in the order in which a value comes about.
METHOD_STEPS: tuple[tuple[str, str], ...] = (
    (
        "Reading",
        "Each file is recognised by its content and read without smoothing or repair; what was odd is counted on the "
        "provenance page. A channel that is missing stays missing. Only ink on the paper is used.",
    ),
    (
        "Features",
        "Ink is resampled by length of path in steps of a fixed share of the writing height (median rise or fall of "
        "the pen). Each step has its direction, the pen lift before it, and, where both sides have time and are of "
        "one sitting, its speed against the median of the item. Size, position, resolution and sampling rate of the "
        "device drop out.",
    ),
    (
        "Embedding",
        "A recurrent network (bidirectional LSTM over strided convolutions, pooled by attentive statistics), trained "
        "on writers of public collections [1, 2] none of whom is used for calibration or test, turns each side into "
        "one vector.",
    ),
    (
        "Score",
        "Probabilistic linear discriminant analysis compares the two vectors: how alike they are, and how rare what "
        "they share is among writers [3]. The score is the same whichever side is called questioned.",
    ),
    (
        LETTERS,
        "Where it is sure of a letter, what the embedding network sees there is compared with what it sees at the same "
        "letter of the other side, and each letter gives a log likelihood ratio. Their sum is added to the score with "
        "a weight that falls with the amount of ink and was chosen on the calibration writers, whose letters were "
        "read. A misread letter makes the comparison less sharp, on both sides alike.",
    ),
    (
        CALIBRATION,
        "Scores of pairs of reference writers, cut to the amounts of ink of this case and to its channels, give a "
        "straight line from score to log LR (logistic regression, both kinds of pairs weighing the same, targets "
        "softened for the number of writers). Figures leave out both writers of each pair. "
        "Different-writer pairs come from one collection and "
        "device, so that devices do not stand in for writers.",
    ),
    (
        "Bounds",
        "The value is cut to what the reference set can support: the tighter of [1/N, N] for N calibration writers, "
        "and the empirical lower and upper bound (ELUB) [5], computed by lir [4] with one score of each kind "
        "per writer.",
    ),
    (
        "Interval",
        "Calibration writers are drawn again with replacement, and calibration and bounds are fitted again each time; "
        "the interval holds 95 % of the values, each cut at its own bounds. It shows how far the value hangs on the "
        "choice of those writers. It does not contain uncertainty from the population, the device or the recording.",
    ),
    (
        "Words",
        "The words follow the bounded value on the verbal scale below [6]. Statement and layout follow [6, 7], "
        "validation follows [9].",
    ),
    (
        "Picture of the evidence",
        "Ink is cut into pieces of whole strokes; a piece's contribution is the score of all ink less the score "
        "without it, divided by its length; the letters are those that were read in all the ink, and several files "
        "count as one piece of ink here. The occlusion test leaves out many pieces at once.",
    ),
)


def how_found(questioned_text: str, known_text: str) -> str:
    """How the letters were found, as ``HOW_FOUND`` names it; an empty text is one that nobody stated."""
    if bool(questioned_text) == bool(known_text):
        return STATED if known_text else READ
    return list(HOW_FOUND)[2 if questioned_text else 3]


#: (figure, definition) of each number in the report.
DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("LR", "Probability of the findings if H1 is true, over their probability if H2 is true. log10 LR: its logarithm."),
    ("Writing height", "Median rise or fall of the pen between turning points; unit of length and of amounts of ink."),
    (
        "Same-writer pair, different-writer pair",
        "Two samples of one reference writer; of two writers of one collection.",
    ),
    (
        "Misleading evidence",
        "A writer counts if any same-writer pair has log10 LR below 0 (strongly: below −1), or any different-writer "
        "pair above 0 (strongly: above 1). Interval: 95 %, Clopper–Pearson.",
    ),
    ("EER", "Equal error rate: the share of wrong decisions at the threshold where both kinds are equally frequent."),
    (
        "Cllr",
        "Mean cost of the log2 LRs in bits: 0 is perfect, 1 is no information [8]. Cllr min: after the best possible "
        "monotone calibration (PAV); floor: the least that the bounds allow, log2(1 + 1/bound).",
    ),
    ("[low, high]", "95 % interval, drawing writers again."),
)

REFERENCES: tuple[str, ...] = (
    "M. Liwicki, H. Bunke. IAM-OnDB: an on-line English sentence database. ICDAR 2005.",
    "I. Guyon et al. UNIPEN project of on-line data exchange and recognizer benchmarks. ICPR 1994.",
    "S. Prince, J. Elder. Probabilistic linear discriminant analysis for inferences about identity. ICCV 2007.",
    "lir: a toolkit for likelihood ratio systems. Netherlands Forensic Institute; version under Provenance.",
    "P. Vergeer et al. Numerical likelihood ratios outputted by LR systems are often based on extrapolation: when to "
    "stop extrapolating? Science & Justice 56, 2016.",
    "European Network of Forensic Science Institutes. Guideline for evaluative reporting in forensic science. 2015.",
    "ISO 21043-5:2025. Forensic sciences. Part 5: Reporting.",
    "N. Brümmer, J. du Preez. Application-independent evaluation of speaker detection. Computer Speech and Language, "
    "volume 20, 2006.",
    "D. Meuwly, D. Ramos, R. Haraksim. A guideline for the validation of likelihood ratio methods used for forensic "
    "evidence evaluation. Forensic Science International 276, 2017.",
)

RUN_AGAIN = (
    "To run it again: the item files with these hashes, this version of forgery_kit, the weights with this hash, and "
    "the command below, on the versions listed. To draw these pages again, the saved result (JSON) is enough: "
    "the report id is its content_sha256, the SHA-256 of all else in it, and the same result gives the same PDF."
)
#: Who signs by hand, below the examiner, whose name the result holds.
SECOND_REVIEWER = "Second reviewer (none is recorded in this result)"
SIGNATURE_NOTE = (
    "The signatures are given by hand on the printed pages. This file bears no electronic signature; the report id at "
    "the foot of each page names the result that they belong to."
)
