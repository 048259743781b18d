"""How much of a drawn line comes from its text: what the network itself makes of the ink with another text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gan.alphabet import CHARACTERS, encode
from gan.priming import GAP
from gan.sampling import Drawn, Generator, Prime

Array = NDArray[np.float64]


def text_gains(generator: Generator, texts: Sequence[str], drawn: Sequence[Drawn], prime: Prime | None) -> Array:
    """Nats a character (n,) by which each drawing is likelier as its text than as a wrong one.

    The wrong text is the same one begun in its middle: the same characters, elsewhere. Ink that stands still, or
    wanders without making letters, is about as likely as any text and gains nothing, however likely it is.
    """
    from gan.mixture import log_likelihood

    known = prime.points if prime else np.zeros((0, 3))
    before = prime.text + GAP if prime else ""
    codes = [encode(before + text[len(text) // 2 :] + text[: len(text) // 2]) for text in texts]
    # Even shapes, so that few are compiled.
    steps = -(-(len(known) + max(len(one.points) for one in drawn)) // 256) * 256
    letters = np.zeros((len(texts), -(-(max(map(len, codes)) + 1) // 16) * 16, len(CHARACTERS)), np.float32)
    points = np.zeros((len(texts), steps, 3), np.float32)
    for row, (code, one) in enumerate(zip(codes, drawn, strict=True)):
        letters[row, np.arange(len(code)), code] = 1
        points[row, : len(known) + len(one.points)] = np.concatenate([known, one.points])
    inputs = np.concatenate([np.zeros_like(points[:, :1]), points[:, :-1]], axis=1)
    y = generator.network.predict_on_batch([inputs, letters])
    wrong = np.asarray(log_likelihood(y, points, generator.config.components), float)
    ranges = [slice(len(known), len(known) + len(one.points)) for one in drawn]
    return np.array(
        [
            (one.log_likelihood * len(one.points) - wrong[row, part].sum()) / len(text)
            for row, (one, part, text) in enumerate(zip(drawn, ranges, texts, strict=True))
        ]
    )
