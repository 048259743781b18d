"""A person or a machine, on people never seen, by what ships:  python -m benchmarks.people.authenticity LINES

LINES is a file of ``gan.training.authenticity.machine_lines``, of people whom neither training nor calibration has
seen. For each method the AUC of people's lines against the method's, by all that is seen and by shape alone, with a 95
% interval over people and lines, and its lines of LR 1/10 or less; and how many of people's lines have such a value, by
donor. All families of machines were seen in training: what holds of an unknown one is told by
``forgery_kit.authenticity.build``.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from forgery_kit.authenticity.build import ALARM, area, milled
from forgery_kit.authenticity.examine import value_of
from forgery_kit.authenticity.reference import load_reference
from gan import backend
from gan.judging.authenticity import shipped_heads
from gan.judging.machine_features import PARTS
from gan.training.authenticity.machine_lines import PERSON


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    lines: Path = parser.parse_args().lines
    backend.choose()
    loaded = read_samples(lines)
    if loaded is None:
        raise MissingResourceError(
            str(lines), "there are no lines.", "Make them: python -m gan.training.authenticity.machine_lines."
        )
    samples, seen = milled(loaded[0])
    reference = load_reference()
    odds = {part: shipped_heads()[part].scores(seen[part]) for part in PARTS}
    both = [{part: float(odds[part][i]) for part in PARTS} for i in range(len(samples))]
    values = np.array([value_of(reference, [one]).log10_lr for one in both])
    shape = np.array([value_of(reference, [{"shape": one["shape"]}]).log10_lr for one in both])
    family, method = (np.array([str(getattr(s, name)) for s in samples]) for name in ("split", "device"))
    person = np.array([str(s.writer) for s in samples])
    real = family == PERSON
    print(f"{real.sum()} lines of {len(np.unique(person[real]))} people")
    for name in np.unique(method[~real]):
        mine = ~real & (method == name)
        told = [area(of[real], person[real], of[mine]) for of in (values, shape)]
        figures = "  ".join(f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in told)
        alarm = float((values[mine] <= ALARM).mean())
        print(f"  {family[mine][0]:13} {name:26} {figures}  LR 1/10 or less {alarm:.2f}  ({mine.sum()})")
    wrong = values[real] <= ALARM
    donors: dict[str, list[bool]] = defaultdict(list)
    for donor, one in zip(method[real], wrong, strict=True):
        donors[donor].append(bool(one))
    print(
        f"people's lines of LR 1/10 or less: {wrong.sum()}, of {len(np.unique(person[real][wrong]))} people; by donor:"
    )
    print("  ".join(f"{donor} {sum(ones)}/{len(ones)}" for donor, ones in sorted(donors.items())))


if __name__ == "__main__":
    main()
