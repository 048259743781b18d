"""Requests of the API, checked before any work."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.settings import Limits

LIMITS = Limits()
#: Ink as a page captures it: events of a pen.
PEN: dict[str, Any] = {
    "name": "Q1",
    "ink": [
        {"type": "pointerdown", "pointerType": "pen", "x": 10, "y": 50, "pressure": 0.4, "timeStamp": 0, "buttons": 1},
        {"type": "pointermove", "pointerType": "pen", "x": 14, "y": 42, "pressure": 0.6, "timeStamp": 8, "buttons": 1},
        {"type": "pointerup", "pointerType": "pen", "x": 17, "y": 51, "pressure": 0, "timeStamp": 16, "buttons": 0},
    ],
}
Text = Annotated[str, StringConstraints(min_length=1, max_length=LIMITS.text)]
Line = Annotated[str, StringConstraints(max_length=500)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Bias = Annotated[float, Field(ge=0, le=10)]


def _like(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class Request(BaseModel):
    """A request that says nothing that is not known."""

    model_config = ConfigDict(extra="forbid")


class InkGiven(Request):
    """Ink in the request itself: any JSON that the reader of JSON ink reads, such as PointerEvents."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] = "ink"
    ink: dict[str, Any] | list[Any]


Inks = Annotated[list[InkGiven], Field(max_length=LIMITS.files)]


class Hand(Request):
    """A named style, or known ink: here or as files."""

    style: Annotated[str, StringConstraints(max_length=40)] | None = None
    known: Inks = []
    known_text: Text | None = None


class Imitations(Hand):
    """What shall be written, and in which hand."""

    model_config = _like({"text": "Meet me at noon.", "style": "cedar", "n": 3, "seed": 7})
    text: Text
    method: Literal["prime", "retrain"] = "prime"
    bias: Bias = 0.5
    steps: Literal["auto"] | Annotated[int, Field(ge=1, le=20_000)] = "auto"
    n: Annotated[int, Field(ge=1, le=LIMITS.samples)] = 5
    seed: Seed = 7
    debug: bool = False


class Comparisons(Request):
    """Two sides, and what is known of the case."""

    model_config = _like({"questioned": [PEN], "known": [PEN], "case": "A 1", "same_sitting": False})
    questioned: Inks = []
    known: Inks = []
    questioned_text: Text | None = None
    known_text: Text | None = None
    same_sitting: bool = False
    simulate: Annotated[int, Field(ge=0, le=LIMITS.simulate)] = 0
    case: Line = ""
    examiner: Line = ""
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    notes: Annotated[str, StringConstraints(max_length=LIMITS.text)] = ""
    mandate: Line = ""
    custody: Line = ""
    allow_generated: bool = False


class Edits(Request):
    """Ink, what it says, and what it shall say."""

    model_config = _like({"ink": PEN, "text": "a cold noon", "to": "a warm noon"})
    ink: InkGiven | None = None
    text: Text
    to: Text
    bias: Bias = 0.5
    seed: Seed = 7


class Documents(Hand):
    """A long text, the hand and the page."""

    model_config = _like({"text": "Dear all,\n\nit rains.", "style": "ash", "page": "A4", "margin_mm": 20})
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    page: Literal["A4", "A5", "Letter"] = "A4"
    margin_mm: Annotated[float, Field(ge=0, le=100)] = 20.0
    bias: Bias = 0.5
    seed: Seed = 7


class Replays(Request):
    """A result, as ``compare --json`` or a comparison here gives it."""

    result: dict[str, Any]


class Styles(Request):
    """A hand to keep, and its name."""

    model_config = _like({"name": "my-hand", "known": [PEN], "known_text": "a cold noon"})
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    known: Inks = []
    known_text: Text | None = None


class Readings(Request):
    """Ink to be looked at before any run."""

    model_config = _like({"inks": [PEN]})
    inks: Inks = []


#: What each kind of request is.
MODELS: dict[str, type[Request]] = {
    "imitations": Imitations,
    "comparisons": Comparisons,
    "edits": Edits,
    "documents": Documents,
    "replays": Replays,
    "styles": Styles,
    "readings": Readings,
}
