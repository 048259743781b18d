"""Sentences of a search's report and of its result on a terminal.

A search gives no new likelihood ratio and takes none away; no sentence here says how probable a proposition is.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.identification.findings import Chance, Hit, Identification, SearchedGallery
from reports.wording import interval_text, log10_line, log10_number

TITLE = "Search in a gallery of writers"
RANKS = "Who scores highest"
DRAWN = "Questioned beside found"
WARNING = "A search is not a comparison"
PROVENANCE = "Provenance"

H1 = (
    "the writer of the gallery named in the row wrote the questioned items, in natural writing and on another occasion."
)
H2 = (
    "a different person wrote them, unrelated to and not imitating the writer named in the row, from a population like "
    "that of the reference set ({population})."
)
TAKEN = (
    "All questioned items are taken to be by one hand, and all files of a writer of the gallery to be by that writer. "
    "H1 and H2 are another pair for each row."
)
RANKS_LEAD = (
    "Writers by the back end's score. The likelihood ratio is the one that a comparison with the same files states "
    "between occasions, for this amount of ink on both sides, without speed. As high by chance: the share of pairs of "
    "different reference people that score as high, with its 95 % interval, and how many of this gallery that would "
    "be; where its writers share a device or a school hand with the questioned writing, it may be more."
)
SCORES_CAPTION = (
    "Scores of the questioned items against {of} of the gallery. Marks below: the writers found. The highest of many "
    "strangers lies far out by chance alone."
)
DRAWN_LEAD = "The first lines of the questioned items, and of the first writers found, at one common writing height."
NO_LR = "no LR"

#: What a search of N writers does to a likelihood ratio. {n}, and {chance} by ``expected``.
SEARCH = (
    "The {n} writers were ranked by their likeness to the questioned writing, and the first ones are those whose hands "
    "are most like it, whether or not the one who wrote it is among them. {chance}",
    "The likelihood ratio of a row does not change because its writer was found by a search. That the others of the "
    "gallery fit less well could only make it slightly larger [1].",
    "What the search changes is where one starts from. A writer to whom nothing points but this search has no more "
    "against them beforehand than any other of the {n}, or of all who could have written it; a likelihood ratio of "
    "about {n} is needed to weigh that up. For the proposition that somebody of the gallery wrote it, against nobody "
    "of it, a ratio is divided by {n} [2]; both ways lead to the same odds in the end [3, 4].",
    "Limits and error rates of the method hold for a pair that was chosen beforehand, not for the most alike of {n}. "
    "A find is a lead for an investigation, not an evaluation [5]: compare it with writing that the search has not "
    "seen, and report that comparison.",
)
SOURCES = (
    "Balding, D. J. & Donnelly, P. (1996). Evaluating DNA profile evidence when the suspect is identified through a "
    "database search. Journal of Forensic Sciences 41(4), 603–607.",
    "Stockmarr, A. (1999). Likelihood ratios for evaluating DNA evidence when the suspect is found through a database "
    "search. Biometrics 55(3), 671–677.",
    "Dawid, A. P. (2001). Comment on Stockmarr (1999), in: Correspondence. Biometrics 57(3), 976–980.",
    "Meester, R. & Sjerps, M. (2003). The evidential value in the DNA database search controversy and the two-stain "
    "problem. Biometrics 59(3), 727–732.",
    "ENFSI guideline for evaluative reporting in forensic science (2015): kinds of reports, among them investigative "
    "and evaluative ones.",
)
SHORT_SOURCES = (
    "Balding & Donnelly 1996",
    "Stockmarr 1999",
    "Dawid 2001",
    "Meester & Sjerps 2003",
    "ENFSI guideline 2015",
)


def search_paragraphs(found: Identification) -> list[str]:
    """``SEARCH`` for this gallery."""
    n = f"{found.gallery.writers:,}"
    first = found.hits[0]
    return [text.format(n=n, chance=_first_by_chance(first, found.gallery.writers)) for text in SEARCH]


def _first_by_chance(hit: Hit, writers: int) -> str:
    if hit.by_chance is None:
        return "How many strangers would score as high as the first cannot be told here."
    return (
        f"By the different-writer pairs of the reference people, {expected(hit.by_chance, writers)} of {writers:,} "
        "strangers would score as high as the first by chance."
    )


def expected(chance: Chance, writers: int) -> str:
    """How many of so many strangers: "12 (3 to 41)", ``0 (0 to 8)``."""
    low, middle, high = (value * writers for value in (chance.low, chance.share, chance.high))
    return f"{middle:,.0f} (interval {low:,.0f} to {high:,.0f})"


def chance_text(chance: Chance) -> str:
    """Share with its interval: "1.2 % [0.3, 9.5]"."""
    low, share, high = (100 * value for value in (chance.low, chance.share, chance.high))
    return f"{share:.1f} % [{low:.1f}, {high:.1f}]"


def chance_of(chance: Chance, writers: int) -> str:
    """The number of so many strangers that the interval means: "0 to 95 of 1,000"."""
    return f"{chance.low * writers:,.0f} to {chance.high * writers:,.0f} of {writers:,}"


def lr_text(hit: Hit) -> str:
    """ "log10 LR 0.83 [0.41, 1.02]", at a limit "log10 LR at least 1.40, the upper limit", or that there is none."""
    if hit.lr is None:
        return f"{NO_LR}: {hit.refused}"
    if hit.lr.bound_hit:
        return log10_line(hit.lr, False).removeprefix("log10 LR ")
    return f"{log10_number(hit.lr.log10_lr)} {interval_text(hit.lr.low, hit.lr.high)}"


def how_searched(gallery: SearchedGallery) -> str:
    """Which score ranks, and of whom."""
    if gallery.how == "all rows":
        return "Every writer got the full score, of all the ink and of its letters, and is ranked by it."
    by = "an index of their embeddings" if gallery.how == "index" else "their embeddings, one after another"
    return (
        f"The {gallery.shortlist:,} writers whose embeddings score highest were found by {by}; among these the full "
        "score ranks, of all the ink and of its letters."
    )


def own_warnings(hits: Sequence[Hit]) -> dict[str, str]:
    """Warning of some of the rows → which rows: "Rank 2", "Ranks 1, 3"."""
    found: dict[str, list[str]] = {}
    for hit in hits:
        for one in hit.warnings:
            found.setdefault(str(one), []).append(str(hit.rank))
    return {text: f"Rank{'s' * (len(ranks) > 1)} {', '.join(ranks)}" for text, ranks in found.items()}
