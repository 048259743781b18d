"""Every sentence on what a forger could do."""

from __future__ import annotations

from reports.findings import CaseImitation, Simulation

FORGER = "What a forger could do"
H3 = (
    "a machine made the questioned items in imitation of the writer of the known ones: the generator of this program, "
    "which was shown known ink of that writer."
)
LEAD = (
    "The generator of this program was shown known ink and wrote the questioned text in that hand, each time anew. The "
    "imitations were compared with the known items as the questioned ones were, without time. Beside them stand pairs "
    "of reference people, and imitations of reference people beside those people's own ink."
)
FIGURE_CAPTION = (
    "Scores at the amounts of ink of this case. Curves: pairs by one person, by two persons, and imitations beside the "
    "person imitated, all of reference people. Short strokes: the imitations of this writer. Line: questioned ink."
)
DRAWN_LEAD = (
    "Imitations from the one that comes nearest to the known writing, by score, to the farthest; questioned ink first. "
    "They are generated and are evidence of nothing but what this machine can do."
)
LIMITS: tuple[str, ...] = (
    "H3 means this generator, primed with ink of this case. The same generator comes nearer once it has learnt the "
    "hand from known lines; other machines, and people who imitate, may come nearer, too; that ink is not like these "
    "imitations does not say that a person wrote it.",
    "The value compares how near the questioned ink comes to the known hand with how near imitations come. It does not "
    "look for traces of a machine in the ink. Movement in time plays no part: the generator knows no time.",
    "The reference people may have been imitated less well than this writer is: so the value also goes no further than "
    "N + 1 to m + 1 where m of the N imitations drawn here come as near as the questioned ink. More imitations let "
    "it go further.",
    "It stands beside the value for H1 against H2 and cannot be multiplied with it: both rest on the same score.",
)


def against_machine(words: str) -> str:
    """The words of a likelihood ratio of H1 against H3: "moderate support for H1 over H3"."""
    return words.replace("H2", "H3")


def near(count: int, as_near: int) -> str:
    """Why the value goes no further than the imitations of the case let it."""
    return f"{count} imitations of this very writer, of which {as_near} come as near to the known writing"


def finding(found: Simulation, number: str) -> str:
    """The value of H1 against H3; ``number`` is its LR as printed."""
    if found.lr.log10_lr == 0:
        return "The findings are equally probable if H1 is true and if H3 is true."
    first, second = ("H1", "H3") if found.lr.log10_lr > 0 else ("H3", "H1")
    return (
        f"H1 against H3: the findings are about {number} times more probable if {first} is true than if {second} is "
        f"true. This is {found.lr.words}."
    )


def counted(imitations: tuple[CaseImitation, ...]) -> list[tuple[str, str]]:
    """How the imitations of this writer did: (what, of how many)."""
    count = len(imitations)

    def share(number: int) -> str:
        return f"{number} of {count}"

    read = sorted(one.misread for one in imitations)
    return [
        ("Imitations that a comparison takes for the known writer's (LR above 1)", share(_above(imitations, 0.0))),
        ("of these by LR above 10", share(_above(imitations, 1.0))),
        (
            "Imitations that H1 against H3 takes for the known writer's (LR above 1)",
            share(sum(one.log10_lr_machine > 0 for one in imitations)),
        ),
        ("Characters of the text that are read otherwise, in the middle imitation", f"{100 * read[count // 2]:.0f} %"),
    ]


def _above(imitations: tuple[CaseImitation, ...], limit: float) -> int:
    return sum(one.log10_lr > limit for one in imitations)


def how_made(found: Simulation) -> str:
    """What was written, in which hand, with which settings."""
    said = "as stated" if found.text_read is None else f"as read, {100 * found.text_read:.0f} % sure"
    primed = "as stated" if found.prime_read is None else f"as read, {100 * found.prime_read:.0f} % sure"
    return (
        f"Text ({said}): “{' / '.join(found.text.splitlines())}”. Known ink shown to the generator ({primed}): "
        f"“{found.prime_text}”. Bias {found.bias:g}, seed {found.seed}, the best of {found.candidates} drafts of each "
        f"piece of a word. Weights of the generator: SHA-256 {found.generator_sha256[:12]}; imitations of "
        f"{found.people} reference people: {found.reference_sha256[:12]}."
    )


def population(found: Simulation) -> str:
    """Whom the value rests on and how well it does there."""
    p = found.performance
    return f"{p.n_writers} reference people with pairs of their own, and imitations of {p.n_writers_different} people"
