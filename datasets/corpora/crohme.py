"""CROHME 2016 (Mouchère et al.): mathematical expressions by 373 people, with their text in LaTeX.

Collected at several places on unlike devices: people are compared within one set only. No time, no pressure.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from datasets.corpora.json_lines import samples_of, words_stated
from datasets.corpora.packed import PackedCorpus, count_notes
from datasets.sample import Sample

#: The set whose statements of writers are doubtful: one half of a person's ink hardly finds the other.
DOUBTFUL = "TestEM2014GT"
#: Some sets are in centimetres or inches with four decimals, of which the cache keeps two.
FINER = 100.0


class Crohme(PackedCorpus):
    """``split`` is the set that the file came from; ``writer`` such as HAMEX-001, which names where it was collected.

    Some people of KAIST and HAMEX are in a test set too, under the same name. ``device`` is the set, and the place
    where that is another one: it stands for a device that nobody names.
    """

    NAME = "crohme-2016"
    VERSION = "2"

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        samples = [sample for _, sample in samples_of(source, counts, _fields, FINER)]
        samples.sort(key=lambda s: (str(s.writer), str(s.form)))
        count_notes(samples, counts)
        for sample in samples:
            counts[f"set {sample.split}"] += 1
        counts["samples of doubtful writers"] = sum(s.split == DOUBTFUL for s in samples)
        return samples, {}


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    writer, text = str(row["writer"]), words_stated(row["text"], "")
    split = str(row["set"]).rpartition("/")[2]
    place, _, number = writer.rpartition("-")
    if not place or not number.isdecimal():
        raise ValueError("a writer without a set")
    return {"writer": f"crohme-{writer}", "form": str(row["sample"]), "text": text or None,
            "split": split, "device": f"CROHME {split}" + (f", {place}" if place != split else "")}  # fmt: skip
