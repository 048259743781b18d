"""Who is in which set, and what training and evaluation share: splits by person, chunks of ink, EER.

A person is in one set only. IAM-OnDB follows its official split; UNIPEN's people are dealt out within each donor
by a seeded hash of their pseudonym; the people recorded on two devices are in the test only. Those of the corpora of
``more-writers`` are dealt likewise, each corpus by itself, so that they move nobody of the first two.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.corpora.crohme import DOUBTFUL
from datasets.corpora.unipen import two_device_people
from datasets.sample import Sample

Part = Literal["training", "selection", "calibration", "test", "two-device", "other occasions"]
SEED = "forgery_kit 1"
#: Use of IAM-OnDB's official split.
IAM_PARTS: dict[str, Part] = {
    "trainset": "training",
    "testset_t": "selection",
    "testset_v": "calibration",
    "testset_f": "test",
}
#: Shares of each UNIPEN donor's people, dealt in this order; training has the rest.
UNIPEN_SHARES: tuple[tuple[Part, float], ...] = (("test", 0.14), ("calibration", 0.22), ("selection", 0.06))
#: People of IBM-UB-1, dealt in this order; training has the rest, 25.
IBM_COUNTS: tuple[tuple[Part, int], ...] = (("test", 7), ("calibration", 7), ("selection", 4))


def iam_parts(samples: Sequence[Sample]) -> dict[str, Part]:
    """Writer → part, for samples of IAM-OnDB with a writer and a split."""
    return {s.writer: IAM_PARTS[s.split] for s in samples if s.writer and s.split}


def unipen_parts(samples: Sequence[Sample]) -> dict[str, Part]:
    """Person → part, for samples of UNIPEN; dealt out within a donor group, so every donor is in every set."""
    return _dealt(samples, two_device_people(list(samples)))


def set_parts(samples: Sequence[Sample]) -> dict[str, Part]:
    """Person → part, for samples of CROHME, DigiLeTs and UNIPEN's single characters: within each set or donor.

    People whose names are doubtful are in no part.
    """
    return _dealt([s for s in samples if s.split != DOUBTFUL], set())


def ibm_parts(samples: Sequence[Sample]) -> dict[str, Part]:
    """Person → part, for samples of IBM-UB-1."""
    people = sorted({str(s.writer) for s in samples}, key=_shuffle)
    parts: dict[str, Part] = dict.fromkeys(people, "training")
    for part, count in IBM_COUNTS:
        dealt, people = people[:count], people[count:]
        parts.update(dict.fromkeys(dealt, part))
    return parts


def persian_parts(samples: Sequence[Sample]) -> dict[str, Part]:
    """Person → part, for samples of the Persian corpus: nobody is trained on, by its terms."""
    return dict.fromkeys(sorted({str(s.writer) for s in samples}), "other occasions")


#: Name of each corpus → who of it is in which part.
PARTS_OF: dict[str, Callable[[Sequence[Sample]], dict[str, Part]]] = {
    "iam-ondb": iam_parts,
    "unipen": unipen_parts,
    "ibm-ub-1": ibm_parts,
    "crohme-2016": set_parts,
    "unipen-isolated": set_parts,
    "digilets": set_parts,
    "persian-pen": persian_parts,
}


def _dealt(samples: Sequence[Sample], two_device: set[str]) -> dict[str, Part]:
    """Person → part, in the shares of UNIPEN; people are named by their group and a number."""
    groups: dict[str, list[str]] = defaultdict(list)
    for person in sorted({str(s.writer) for s in samples}):
        groups[person.rsplit("-", 1)[0]].append(person)
    parts: dict[str, Part] = dict.fromkeys(two_device, "two-device")
    carry = dict.fromkeys((part for part, _ in UNIPEN_SHARES), 0.0)
    for group in sorted(groups):
        people = sorted((p for p in groups[group] if p not in two_device), key=_shuffle)
        for part, share in UNIPEN_SHARES:
            # Fractions carry over to the next donor, so that small donors are in the sets by their number too.
            due = share * len(people) + carry[part]
            taken = min(int(due), len([p for p in people if p not in parts]))
            carry[part] = due - taken
            for person in [p for p in people if p not in parts][:taken]:
                parts[person] = part
        parts.update({p: "training" for p in people if p not in parts})
    return parts


def fingerprint(parts: dict[str, Part]) -> str:
    """First 16 hex digits of a hash over who is where: printed with every figure."""
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:16]


def equal_error_rate(same: NDArray[np.float64], different: NDArray[np.float64]) -> float:
    """Rate at which misses and false alarms are equal, interpolated linearly between thresholds; in 0..1."""
    scores = np.concatenate([same, different])
    order = np.argsort(-scores, kind="stable")
    labels = np.concatenate([np.ones(len(same)), np.zeros(len(different))])[order]
    last = np.append(np.diff(scores[order]) != 0, True)
    miss = np.concatenate([[1.0], 1 - np.cumsum(labels)[last] / len(same)])
    false = np.concatenate([[0.0], np.cumsum(1 - labels)[last] / len(different)])
    gap = miss - false
    index = int(np.argmax(gap <= 0))
    if gap[index] == 0:
        return float(miss[index])
    share = gap[index - 1] / (gap[index - 1] - gap[index])
    return float(miss[index - 1] + share * (miss[index] - miss[index - 1]))


def by_writer(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Samples of each writer with an id, in their order."""
    result: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.writer:
            result[sample.writer].append(sample)
    return dict(result)


def in_the_game(person: str) -> bool:
    """Whether a training writer of IAM-OnDB is imitated when generator and discriminator play against each other.

    About half of them are; the others, and nobody of these, train the second judge.
    """
    return int(hashlib.sha256(f"{SEED}|game|{person}".encode()).hexdigest(), 16) % 2 == 0


def _shuffle(person: str) -> str:
    return hashlib.sha256(f"{SEED}|{person}".encode()).hexdigest()
