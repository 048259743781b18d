"""Persian words and sentences by pen in a browser, on 137 people's own devices; 18 people on several days.

For measuring occasions and devices only: its licence (AGPL-3.0) keeps it out of the weights that ship. Clocks begin
anew at each stroke, so times count as missing; pressure is not kept.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from datasets.corpora.json_lines import samples_of, words_stated
from datasets.corpora.packed import PackedCorpus, count_notes
from datasets.sample import Sample


class PersianPen(PackedCorpus):
    """``line`` is the kind of text; ``sitting`` the time in UTC in ISO form, where known.

    The text is what was to be written: Persian, or numbers of which some stand for a text that is not told.
    """

    NAME = "persian-pen"
    VERSION = "1"

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        samples = []
        for row, sample in samples_of(source, counts, _fields):
            counts["samples whose clock restarts: time counts as missing"] += any(len(s) > 2 for s in row["strokes"])
            samples.append(sample)
        samples.sort(key=lambda s: (str(s.writer), s.sitting or "", int(s.form or 0)))
        count_notes(samples, counts)
        days: dict[str, set[str]] = {}
        for sample in samples:
            if sample.sitting:
                days.setdefault(str(sample.writer), set()).add(sample.sitting[:10])
        counts["samples with a date"] = sum(s.sitting is not None for s in samples)
        counts["people with dates"] = len(days)
        counts["people on several days"] = sum(len(found) > 1 for found in days.values())
        return samples, {}


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    if not str(row["sample"]).isdecimal():
        raise ValueError("a sample without a number")
    since = row["t0"]
    sitting = None if since is None else datetime.fromtimestamp(since / 1000, UTC).isoformat(timespec="seconds")
    return {"writer": f"persian-{str(row['writer']).removeprefix('p')}", "form": str(row["sample"]),
            "line": str(row["type"]), "text": words_stated(row["truth"], "") or None, "sitting": sitting,
            "device": f"the writer's own, {row['input']}"}  # fmt: skip
