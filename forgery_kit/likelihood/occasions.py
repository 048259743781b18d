"""Pairs of people whose two samples are of other occasions, and how far values of such pairs may speak for H2.

Two pools have two occasions of a person: people of UNIPEN who were recorded on two devices, years apart, and people of
IBM-UB-1 with pages far apart in the order in which they filled them. A pair lies within one pool, its sides on either
occasion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.sample import Sample
from forgery_kit.likelihood.calibration import Calibrator
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.pairs import across_donors, joined
from forgery_kit.likelihood.reference import Reference

#: The two occasions of people with numbered pages: a page of the first third against one of the last.
FIRST, LAST = "ibm-ub-1, first pages", "ibm-ub-1, last pages"
#: Pages kept of either, spread over it.
PAGES = 10


def far_pages(samples: Sequence[Sample], part: protocol.Part) -> list[tuple[str, str, list[list[Sample]]]]:
    """(writer, ``FIRST`` or ``LAST``, pages) of the people of IBM-UB-1 in this part, for ``reference_build``.

    At least a third of a person's pages lies between the two.
    """
    parts = protocol.ibm_parts(samples)
    found = []
    for writer, pages in sorted(protocol.by_writer(samples).items()):
        if parts[writer] != part:
            continue
        pages = sorted(pages, key=lambda page: int(page.line or 0))
        third = len(pages) // 3
        for occasion, own in ((FIRST, pages[:third]), (LAST, pages[len(pages) - third :])):
            places = np.unique(np.linspace(0, third - 1, min(PAGES, third)).round().astype(int))
            found.append((writer, occasion, [[own[place]] for place in places]))
    return found


def occasion_pairs(reference: Reference, levels: tuple[int, int], seeds: Sequence[int] = (1,)) -> ScorePairs:
    """Pairs of other occasions at these amounts, of both pools, without time.

    The numbers of the writers and donors of the second pool come after those of the first, see ``pool_of``.
    """
    two, apart = reference.two_devices, reference.apart
    first, second = (across_donors(chunks, reference.back_end[False], levels, seeds) for chunks in (two, apart))
    writers, donors = len(two.writers), len(two.donors)
    second = ScorePairs(second.score, second.a + writers, second.b + writers, second.donor + donors)
    return joined([first, second])


def pool_of(reference: Reference, pairs: ScorePairs) -> NDArray[np.int64]:
    """(n,) the pool of each of ``occasion_pairs``: 0 for two devices, 1 for pages far apart."""
    return (pairs.donor >= len(reference.two_devices.donors)).astype(np.int64)


def held_below(made: Calibrator, pairs: ScorePairs, pools: NDArray[np.int64]) -> Calibrator:
    """The calibrator with a lower bound no further from 0 than 1/N for the N people of the smallest pool.

    What another day and device does to a hand differs from pool to pool more than from person to person, and always
    lowers same-writer scores: a value may speak for H2 only as far as each pool by itself could support.
    """
    fewest = min(len(pairs.take(pools == pool).writers()) for pool in np.unique(pools))
    low = np.maximum(made.elub[:, 0], -np.log10(max(fewest, 1)))
    return replace(made, elub=np.stack([low, made.elub[:, 1]], axis=1))
