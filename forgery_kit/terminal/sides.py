"""Which side of a comparison a file named on the command line is on.

``--known K1 K2``, or a shell's ``--known K*.inkml``, means that all of these are known. A parser that gives one value
to each option would take K2 for a questioned file and change the result without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from datasets.errors import ArgumentsError

KNOWN = "--known"


def known_together(
    arguments: Sequence[str], flags: Collection[str], valued: Collection[str], has_questioned: bool
) -> list[str]:
    """The arguments of a command with ``--known`` before each known file, and all other files behind ``--``.

    Known are the files that follow ``--known`` up to the next option or ``--``; questioned are those before the first
    ``--known`` and those behind ``--``. The arguments are returned as they are where one of them is no option that the
    command has, since its parser says that better.

    Parameters
    ----------
    flags, valued : names of the command's options, without and with a value (``--known`` among these).
    has_questioned : whether files may stand there that are not known.

    Raises ArgumentsError for a file behind ``--known`` and another option, which could be meant for either side, and
    where all files are known.
    """
    known: list[str] = []
    options: list[str] = []
    others: list[str] = []
    adrift: list[str] = []
    rest = list(arguments)
    after_known = False
    while rest:
        given = rest.pop(0)
        name, attached, value = given.partition("=")
        if given == "--":
            others += rest
            break
        if not given.startswith("-") or given == "-":
            (known if after_known else adrift if known else others).append(given)
            continue
        after_known = False
        if name == KNOWN:
            if not attached and not rest:
                return list(arguments)
            known.append(value if attached else rest.pop(0))
            after_known = True
        elif name in valued and not attached:
            options += [given, *rest[:1]]
            rest = rest[1:]
        elif given in flags or name in valued or (given[:2] in valued and not given.startswith("--")):
            options.append(given)
        else:
            return list(arguments)
    if has_questioned and known and "--help" not in options:
        advice = f"Give questioned files first, then {KNOWN} and all known files (or {KNOWN} K1 K2 -- Q1 Q2)."
        if adrift:
            found = f"it stands behind {KNOWN} and another option, so which side it is on cannot be told."
            raise ArgumentsError(adrift[0], found, advice)
        if not others:
            raise ArgumentsError(KNOWN, "all files that follow it are known, and none is questioned.", advice)
    return [*options, *(part for file in known for part in (KNOWN, file)), "--", *others, *adrift]
