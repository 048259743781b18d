"""Single characters of UNIPEN people who have no words (categories 1a to 3 of train_r01_v07).

Read as the words are (``corpora.unipen``), with the same traps. Writers are called ``ibm-iso-001``, so that they are
never taken for one of the words' people of the same donor.
"""

from __future__ import annotations

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


class UnipenIsolated(PackedCorpus):
    """One sample a character: ``text`` is it, ``device`` the donor, ``form`` the ink file (numbered)."""

    NAME = "unipen-isolated"
    VERSION = "1"

    def _parse(self, source: Path, counts: Counter[str]) -> tuple[list[Sample], dict[str, Any]]:
        release = Release(source, self.NAME)
        found: list[tuple[str, str, Sample]] = []
        for recording in release.recordings():
            person = person_of(recording)
            for sample in recording_samples(recording, LEVELS, release.counts):
                found.append((f"{sample.device}-iso", person, sample))
        samples = [replace(s, ink=as_cached(s.ink), format=self.NAME) for s in pseudonymous(found)]
        counts.update(release.counts)
        count_notes(samples, counts)
        return samples, {}
