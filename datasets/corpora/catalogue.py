"""Every corpus by its name, as commands and trainings name it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from datasets.corpora.crohme import Crohme
from datasets.corpora.digilets import DigiLets
from datasets.corpora.iam_ondb import IamOnDb
from datasets.corpora.ibm_ub import IbmUb
from datasets.corpora.packed import PackedCorpus
from datasets.corpora.persian_pen import PersianPen
from datasets.corpora.unipen import Unipen
from datasets.corpora.unipen_isolated import UnipenIsolated
from datasets.errors import ArgumentsError, MissingResourceError

#: The corpora that figures rest on; they are always needed.
MAIN: dict[str, type[IamOnDb | Unipen]] = {"iam-ondb": IamOnDb, "unipen": Unipen}
#: More people, each corpus by itself.
MORE: dict[str, type[PackedCorpus]] = {c.NAME: c for c in (IbmUb, Crohme, UnipenIsolated, DigiLets, PersianPen)}
NAMES = (*MAIN, *MORE)


def open_corpus(name: str, root: Path, cache: Path | None = None) -> IamOnDb | Unipen | PackedCorpus:
    """A corpus under ``root``, kept in ``cache`` where that is given.

    Raises ArgumentsError for another name, MissingResourceError where the corpus is not there, UnreadableFileError for
    damaged archives.
    """
    if name not in NAMES:
        raise ArgumentsError("corpus", f"{name!r} is not known.", f"Use {', '.join(NAMES[:-1])} or {NAMES[-1]}.")
    found: type[IamOnDb | Unipen | PackedCorpus] = MAIN[name] if name in MAIN else MORE[name]
    return found(root, cache)


def pack(root: Path, cache: Path) -> Iterator[tuple[str, int | None]]:
    """Each corpus, packed into ``cache``, and how many samples it has; None for one of ``MORE`` that is not there.

    Raises MissingResourceError where one of ``MAIN`` is missing.
    """
    for name in NAMES:
        try:
            yield name, len(open_corpus(name, root, cache).samples)
        except MissingResourceError:
            if name not in MORE:
                raise
            yield name, None
