"""Forgers made by code: each turns real lines of a writer into ink that is not by the writer's hand.

For training the discriminator and for measuring it. A forger is a pure function of lines, a text, its settings and a
generator of random numbers; ``FORGERS`` lists them by name and family, each with settings drawn anew for every piece of
ink, so that no single setting is learnt. A method left out of training is a family left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from datasets.forgers.ballistic import Lognormal, MinimumJerk, PowerLaw, minimum_jerk, power_law, sigma_lognormal
from datasets.forgers.collage import Pasting, Pieces, Splice, collage_letters, collage_words, exchange, splice
from datasets.forgers.glyphs import Setting
from datasets.forgers.letter_model import LetterModel, write_by_model
from datasets.forgers.picture import Picture, from_picture
from datasets.forgers.plotter import Font, Plotter, plot_font, plot_path
from datasets.forgers.replay import Replay, replay
from datasets.forgers.settings import drawn
from datasets.forgers.strokes import Line
from datasets.forgers.tempo import Tempo, another_tempo
from datasets.forgers.tracing import Tracing, trace_over
from datasets.forgers.walk import Walk, walk
from datasets.ink import Ink

Family = Literal["replay", "tracing", "tempo", "ballistic", "plotter", "collage", "letter model", "picture", "walk"]
Random = np.random.Generator


@dataclass(frozen=True)
class Forger:
    """A way to forge.

    Attributes
    ----------
    name, family : what it is called; families differ in what they leave behind.
    forge : lines of one writer, a text and a generator → ink (x, y, t). Raises ValueError where the lines do not have
        what it takes. Forgers of one line work from the first.
    lines : so many are of use. letters : needs to know where the letters of the lines are.
    writes_text : the ink says the text; else it says what the first line says (copies), or words of all of them.
    copies : the ink as a whole repeats the first line.
    """

    name: str
    family: Family
    forge: Callable[[Sequence[Line], str, Random], Ink]
    lines: int = 1
    letters: bool = False
    writes_text: bool = False
    copies: bool = False


FORGERS: tuple[Forger, ...] = (
    Forger("replay", "replay", lambda own, _, g: replay(own[0], drawn(Replay, g), g), copies=True),
    Forger("tracing", "tracing", lambda own, _, g: trace_over(own[0], drawn(Tracing, g), g), copies=True),
    Forger("another tempo", "tempo", lambda own, _, g: another_tempo(own[0], drawn(Tempo, g), g), copies=True),
    Forger(
        "sigma-lognormal", "ballistic", lambda own, _, g: sigma_lognormal(own[0], drawn(Lognormal, g), g), copies=True
    ),
    Forger("minimum jerk", "ballistic", lambda own, _, g: minimum_jerk(own[0], drawn(MinimumJerk, g), g), copies=True),
    Forger("power law", "ballistic", lambda own, _, g: power_law(own[0], drawn(PowerLaw, g), g), copies=True),
    Forger("autopen", "plotter", lambda own, _, g: plot_path(own[0], drawn(Plotter, g), g), copies=True),
    Forger(
        "stroke font",
        "plotter",
        lambda own, text, g: plot_font(own[0], text, drawn(Font, g), drawn(Plotter, g), g),
        writes_text=True,
    ),
    Forger("words", "collage", lambda own, _, g: collage_words(own, drawn(Pasting, g), g), lines=5),
    Forger(
        "letters",
        "collage",
        lambda own, text, g: collage_letters(own, text, bool(g.random() < 0.3), drawn(Setting, g), g),
        lines=5,
        letters=True,
        writes_text=True,
    ),
    Forger("pieces", "collage", lambda own, _, g: exchange(own, drawn(Pieces, g), drawn(Pasting, g), g), lines=5),
    Forger("splice", "collage", lambda own, _, g: splice(own, drawn(Splice, g), g), lines=3),
    Forger(
        "letter model",
        "letter model",
        lambda own, text, g: write_by_model(own, text, drawn(LetterModel, g), drawn(Setting, g), g),
        lines=10,
        letters=True,
        writes_text=True,
    ),
    Forger("picture", "picture", lambda own, _, g: from_picture(own[0], drawn(Picture, g), g)),
    Forger("walk", "walk", lambda own, _, g: walk(own, drawn(Walk, g), g), lines=5),
)

#: Name → forger.
BY_NAME = {forger.name: forger for forger in FORGERS}
