"""Single characters of UNIPEN people who have no words (categories 1a to 3 of train_r01_v07).

Read as the words are (``corpora.unipen``), with the same traps. Writers are called ``ibm-iso-001``, so that they are
never taken for one of the words' people of the same donor. The archive also holds characters of 11 people whose words
are in the other one: they are left out, since a person may be in one set only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.corpora.packed import PackedCorpus, as_cached, count_notes
from datasets.corpora.unipen import person_of, pseudonymous, recording_samples
from datasets.corpora.unipen_recordings import Release
from datasets.sample import Sample

#: The level of segments that becomes samples.
LEVELS = ("CHARACTER",)
#: People of donor imp who have words too, by the beginning of a hash of donor and name: the names are real ones.
WITH_WORDS = {
    "159682cd", "1b5d683e", "30152330", "3586686c", "3d66a009", "6241f167", "d203447e", "d2945827", "e315728e",
    "e8c5bdcb", "f449650e",
}  # fmt: skip


class UnipenIsolated(PackedCorpus):
    """One sample a character: ``text`` is it, ``device`` the donor, ``form`` the ink file (numbered)."""

    NAME = "unipen-isolated"
    VERSION = "1"

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        release = Release(source, self.NAME)
        found: list[tuple[str, str, Sample]] = []
        left_out: set[str] = set()
        for recording in release.recordings():
            person = person_of(recording)
            known_as = f"{recording.files[0].donor}|{person}"
            if hashlib.sha256(known_as.encode()).hexdigest()[:8] in WITH_WORDS:
                left_out.add(known_as)
                continue
            for sample in recording_samples(recording, LEVELS, release.counts):
                found.append((f"{sample.device}-iso", person, sample))
        samples = [replace(s, ink=as_cached(s.ink), format=self.NAME) for s in pseudonymous(found)]
        counts.update(release.counts)
        counts["people left out, whose words are in another archive"] = len(left_out)
        count_notes(samples, counts)
        return samples, {}
