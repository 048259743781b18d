"""Whether a file says that a program made its ink, in whatever words and spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable

from datasets.sample import Origin

_ORIGINS: dict[str, Origin] = {"genuine": "genuine", "forgery": "forgery"}
#: Words by which programs say that they made the ink.
_GENERATED = {"generated", "synthetic", "synthesized", "synthesised", "artificial", "machine", "simulated"}
#: What our own generator and ``datasets.synthetic`` state as their device.
_GENERATORS = ("generator of handwriting", "made by code")


def origin_of(said: str) -> Origin:
    """The origin that a text states; a word such as "synthetic" anywhere in it tells that a program made the ink."""
    words = re.findall(r"[a-z]+", said.lower())
    if _GENERATED.intersection(words):
        return "generated"
    return _ORIGINS.get(" ".join(words), "unknown")


def stated_origin(settings: dict[str, str]) -> Origin:
    """The origin that lines before the table state: `# origin=generated`, `# Synthetic: yes`."""
    for key, value in settings.items():
        if key in _GENERATED and value.lower() not in ("no", "false", "0", ""):
            return "generated"
    return origin_of(settings.get("origin", ""))


def strongest(origins: Iterable[Origin]) -> Origin:
    """``generated`` where any says so, else the first that is known."""
    known = [origin for origin in origins if origin != "unknown"]
    return "generated" if "generated" in known else known[0] if known else "unknown"


def is_generator(device: str | None) -> bool:
    """True for a device that only our own generated ink states: other programs may keep it, and no other mark."""
    words = " ".join(re.findall(r"[a-z]+", (device or "").lower()))
    return any(generator in words for generator in _GENERATORS)
