"""What a search found, in lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from forgery_kit.terminal.printed import printable
from reports.identification import wording
from reports.identification.findings import Identification


def identification_lines(found: Identification) -> Iterator[str]:
    """The warning, a line a writer found, then what limits the values."""
    yield f"gallery     {printable(found.gallery.folder)}: {found.gallery.writers:,} writers"
    for text in (f"{wording.WARNING}.", *wording.search_paragraphs(found)):
        yield f"search      {text}"
    yield f"sources     {'; '.join(f'[{n}] {text}' for n, text in enumerate(wording.SHORT_SOURCES, 1))}"
    yield f"{'rank':4} {'score':>8}  {'log10 LR':38} {'as high by chance':36} writer"
    for hit in found.hits:
        by = hit.by_chance
        chance = f"{wording.chance_text(by)}, {wording.chance_of(by, found.gallery.writers)}" if by else "–"
        value = wording.lr_text(hit) if hit.lr else wording.NO_LR
        yield f"{hit.rank:4} {hit.score:+8.2f}  {value:38} {chance:36} {printable(hit.writer)}"
        if hit.refused:
            yield f"            no LR: {printable(hit.refused)}"
        if hit.not_drawn:
            yield f"            not drawn: {printable(hit.not_drawn)}"
    for warning in found.warnings:
        yield f"warning     {printable(str(warning))}"
    for text, ranks in wording.own_warnings(found.hits).items():
        yield f"warning     {ranks}: {printable(text)}"
