"""How often the generator has seen each character: what it has seen seldom, it writes worse."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from gan.writing.alphabet import CHARACTERS

#: Character → how often it stands in the lines that the shipped weights learnt from (``gan.training.characters``).
COUNTS = Path(__file__).parent.parent / "pretrained" / "characters.json"
#: Characters that were seen less often come out wrong four times as often: 78 of 235 against 10 of 145, by eye (see
#: the model card).
SELDOM = 500


@lru_cache(maxsize=1)
def seen_in_training() -> dict[str, int]:
    """Each of ``CHARACTERS`` → how often it stands in the training text."""
    counts = json.loads(COUNTS.read_text(encoding="utf-8"))["characters"]
    return {character: int(counts.get(character, 0)) for character in CHARACTERS}


def rare_characters(text: str) -> dict[str, int]:
    """The characters of a text that were seen less than ``SELDOM`` times in training, the rarest first → how often."""
    seen = seen_in_training()
    return {c: seen[c] for c in sorted(set(text) & set(seen), key=lambda c: (seen[c], c)) if seen[c] < SELDOM}
