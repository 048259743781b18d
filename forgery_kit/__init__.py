"""The examiner's verbs and the forensic reasoning:  from forgery_kit import compare, score."""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: As in CITATION.cff and CHANGELOG.md; every result records it.
__version__ = "0.2.0"

_VERBS = {
    "compare": "forgery_kit.examination.comparison",
    "score": "forgery_kit.likelihood.scoring",
    "prepare": "forgery_kit.likelihood.sides",
    "load_exhibit": "forgery_kit.examination.exhibits",
    "evaluate": "forgery_kit.validation.iam_ondb",
    "letters": "forgery_kit.examination.letters",
    "replay": "forgery_kit.examination.replay",
    "document": "forgery_kit.imitation.document",
    "edit": "forgery_kit.imitation.edit",
    "imitate": "forgery_kit.imitation.imitate",
    "read": "forgery_kit.reading.read",
    "Ink": "datasets.ink",
    "Sample": "datasets.sample",
    "Exhibit": "datasets.sample",
    "Comparison": "reports.findings",
    "LikelihoodRatio": "reports.findings",
}

__all__ = sorted(_VERBS)


def __getattr__(name: str) -> Any:
    """Verbs are loaded when first used, so that importing the package costs nothing."""
    if name not in _VERBS:
        raise AttributeError(f"forgery_kit has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_VERBS[name]), name)
