"""Every sentence on person or machine."""

from __future__ import annotations

from reports.authenticity.findings import AuthenticityFound, ItemAuthenticity, MachineReference
from reports.scale import words

AUTHENTICITY = "Person or machine"
P = "a person wrote the item by hand."
M = "a machine made the item: a program, or one that moves a pen, of the families listed or like them."
LEAD = (
    "Two networks with boosted trees beside them, trained on people's lines and on lines of machines, look at each "
    "line: movement (how the pen goes on in time) and shape (the path alone). What tells devices and programs that "
    "merely record is taken out of all ink beforehand. The values rest on people whom the networks have not seen, and "
    "on machines of families that they have not seen either: they hold for a new kind of machine, as far as those at "
    "hand show it."
)
NONE = (
    "No item has a line of twelve writing heights or more, recorded in steps of a twelfth of one or finer; so none was "
    "looked at."
)
LIMITS: tuple[str, ...] = (
    "A machine that replays or puts together real ink moves as a hand does, and is hardly found here; it shows by "
    "repeats of the known writing, which are looked for apart. So the value speaks for a person only a little.",
    "It says nothing of machines unlike those of the reference. People with tremor, illness or an unusual device, and "
    "ink that a program smoothed, were not examined.",
    "Lines shorter than twelve writing heights have no value here, nor has ink that was recorded in steps of more "
    "than a twelfth of one: a coarse grid makes a hand look like a machine's.",
    "An item's value is that of the mean of its lines; a machine's line among a person's shows in its own value.",
)
#: What the families of machines do, by their names in the reference.
FAMILIES = {
    "ballistic": "a real path moved by laws of motion",
    "collage": "pieces of a writer's lines put together",
    "generator": "this program's writing network",
    "letter model": "a statistical model of letters",
    "picture": "writing on paper, its paths traced",
    "plotter": "a machine moves the pen along a path",
    "replay": "a real line once more, a little bent",
    "rival": "two small networks unlike the generator",
    "synthetic": "a writing program without networks",
    "tempo": "a real path at arbitrary speeds",
    "tracing": "a line traced slowly, with tremor and halts",
    "walk": "a writer's movement without letters",
}
FIGURE_CAPTION = (
    "Each line of each item: its log10 LR, a person (right) against a machine (left). Larger mark: the item. Grey: "
    "what the reference cannot support."
)


def in_words(log10_lr: float) -> str:
    """ "weak support for P over M"."""
    return words(log10_lr).replace("H1", "P").replace("H2", "M")


def warning(item: ItemAuthenticity) -> str:
    """What is said on page one of an item that speaks for a machine by 10 or more."""
    return (
        f"{item.label}: its movement or shape is {10**-item.log10_lr:.0f} times more probable of a machine than of a "
        f"person (“{AUTHENTICITY}”)."
    )


def population(reference: MachineReference) -> str:
    """On whom the values rest, and how often they are wrong of people."""
    alarms = reference.alarms
    return (
        f"{reference.lines} lines of {reference.people} people. With each collection of them left out "
        f"of the scale that scores are set on, {100 * reference.share_of_lines:.1f} % of the lines, of {alarms.count} "
        f"of {alarms.of} people whose ink is fine enough, have LR 1/10 or less, as if a machine's; of the lines of the "
        f"worst single collection of 30 or more {100 * reference.worst_donor:.1f} %."
    )


def basis(found: AuthenticityFound) -> str:
    """Which items were judged by movement too."""
    timed = [item.label for item in found.items if item.movement is not None]
    rest = [item.label for item in found.items if item.movement is None]
    parts = [f"{', '.join(timed)} by movement and shape"] if timed else []
    parts += [f"{', '.join(rest)} by shape alone, which finds less (no time)"] if rest else []
    return f"Judged: {'; '.join(parts)}."
