"""IBM-UB-1 (Shivram et al. 2013): pages of English words by 43 people, each word with its text and strokes.

A page is a sample; ``IbmUb.word_samples`` cuts it. Pages are numbered in the order in which a person filled them;
surely over several sittings, but undated. The rate is not known, so there is no time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from datasets.corpora.json_lines import samples_of
from datasets.corpora.packed import PackedCorpus, count_notes
from datasets.sample import Sample

DEVICE = "pen tablet under paper (IBM-UB-1)"


class IbmUb(PackedCorpus):
    """``form`` is the page, ``ibm001/1``; ``line`` its number; ``text`` its words, a space between them.

    ``more["words"]`` : page → list of [text, first stroke, one past the last].
    """

    NAME = "ibm-ub-1"
    VERSION = "1"

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        samples, words = [], {}
        for row, sample in samples_of(source, counts, _fields):
            found = [(str(text), int(first), int(past)) for text, first, past in row["words"]]
            n = len(sample.ink.stroke_ends)
            whole = [first for _, first, _ in found] + [n] == [0] + [past for _, _, past in found]
            if not whole or any(past <= first for _, first, past in found) or len(row["strokes"]) != n:
                # Where strokes and words do not add up, a word would get another one's ink.
                counts["pages whose words do not line up"] += 1
                found = []
            words[str(sample.form)] = [list(word) for word in found]
            counts["words"] += len(found)
            samples.append(sample)
        samples.sort(key=lambda s: (str(s.writer), int(s.line or 0)))
        count_notes(samples, counts)
        return samples, {"words": words}

    def word_samples(self, page: Sample) -> list[Sample]:
        """The words of a page in their order, each with its text; ``line`` is page and word, ``1/7``."""
        strokes = np.arange(len(page.ink.stroke_ends))
        return [
            replace(
                page, ink=replace(page.ink, notes={}).select((strokes >= first) & (strokes < past)), text=text,
                line=f"{page.line}/{number}",
            )
            for number, (text, first, past) in enumerate(self.more["words"][str(page.form)], 1)
        ]  # fmt: skip


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    writer, page = str(row["writer"]), str(row["sample"]).rpartition("/")[2]
    if not page.isdecimal():
        raise ValueError("a page without a number")
    text = " ".join(str(word[0]) for word in row["words"])
    return {"writer": f"ibm-ub-{writer.removeprefix('ibm')}", "form": f"{writer}/{page}", "line": page, "text": text,
            "device": DEVICE}  # fmt: skip
