"""What a report says of the occasions on which its two sides were written, by the setting ``occasions`` of the result.

Results of versions before it have none: their reference pairs were of one sitting, and nobody stated it of the case.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The setting, and what it may hold.
OCCASIONS = "occasions"
ONE_SITTING, OTHER_OCCASIONS = "one sitting, as stated by the examiner", "other occasions"

_EARLIER_FIRST = (
    "The reference pairs by one writer lie mostly within one sitting: other occasions, disguise and imitation are not "
    "represented."
)
#: The first of the lines that limit a finding.
_FIRST = {
    OTHER_OCCASIONS: "The reference pairs by one writer are of two occasions, by few people on few devices; disguise "
    "and imitation are not represented.",
    ONE_SITTING: "The reference pairs by one writer lie mostly within one sitting, as the examiner states of this "
    "case: if it is not so, the value is too far from 1. Disguise and imitation are not represented.",
}

_EARLIER_LIMIT = (
    "One sitting",
    "The reference pairs by one writer were written within minutes (whiteboard) or, as far as is known, mostly "
    "within one sitting (tablets). Writing from other days, ages, states of health, medicines or postures varies "
    "more; the value is then too far from 1 under H1.",
)
_LIMITS = {
    OTHER_OCCASIONS: (
        "Other occasions",
        "Both sides are not stated to come from one sitting. The value rests on few people with ink of two occasions: "
        "on two tablets two years apart, or pages far apart in the order of their writing. What other days, devices, "
        "ages, states of health, medicines or postures do is known only as far as these people show it; the value may "
        "speak for H2 only as far as the smaller of the two groups supports.",
    ),
    ONE_SITTING: _EARLIER_LIMIT,
}

_BETWEEN_OCCASIONS = (
    " Here the two sides of every pair are of two occasions, and one line is fitted to both groups of people with such "
    "ink, without speed; the lower bound goes no further than 1/N for the N people of the smaller group."
)


def first_limit(settings: Mapping[str, str]) -> str:
    """The line that always comes first of those that limit the finding."""
    return _FIRST.get(settings.get(OCCASIONS, ""), _EARLIER_FIRST)


def limitation(settings: Mapping[str, str]) -> tuple[str, str]:
    """What the value does not cover of other occasions: (what, text)."""
    return _LIMITS.get(settings.get(OCCASIONS, ""), _EARLIER_LIMIT)


def of_calibration(settings: Mapping[str, str]) -> str:
    """What the description of the calibration adds."""
    return _BETWEEN_OCCASIONS if settings.get(OCCASIONS) == OTHER_OCCASIONS else ""


def in_proposition(settings: Mapping[str, str]) -> str:
    """What H1 says of the occasions, after "in natural writing"."""
    return " and on different occasions" if settings.get(OCCASIONS) == OTHER_OCCASIONS else ""


def taken(settings: Mapping[str, str]) -> str:
    """What both propositions take for granted of the occasions: a sentence, or nothing."""
    if settings.get(OCCASIONS) == ONE_SITTING:
        return " Both sides come from one sitting, as the examiner states."
    return ""
