"""InkML that we write comes back as the same ink, and says what made it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.ink import CHANNELS, Ink, device_oddities, ink_from_strokes
from datasets.readers.inkml import document as inkml
from datasets.writers.inkml import write_inkml

RANGES = {
    "x": (-1e8, 1e8),
    "y": (-1e8, 1e8),
    "t": (0, 1e7),
    "pressure": (0, 1),
    "altitude": (1e-3, 1.57),
    "azimuth": (0, 6.28),
}


@st.composite
def inks(draw) -> Ink:
    """Ink with any channels, gaps, hover and unit, as a reader would give it."""
    channels = ("x", "y", *(c for c in CHANNELS[2:] if draw(st.booleans())))
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
    columns = []
    for channel in channels:
        values = st.floats(*RANGES[channel], allow_subnormal=False)
        if channel in ("x", "y"):
            # Ink as small as 1e-100 is refused by readers.
            values = values.map(lambda value: value if abs(value) > 1e-9 else 0.0)
        else:
            values = st.one_of(values, st.just(float("nan")))
        columns.append(draw(st.lists(values, min_size=sum(lengths), max_size=sum(lengths))))
    points = np.array(columns).T
    if "t" in channels:
        times = points[:, channels.index("t")]
        if np.isfinite(times).any():
            times[np.isfinite(times).argmax()] = 0.0
    for channel in ("altitude", "azimuth"):
        # A pen angle that nothing was recorded of is no channel at all.
        if channel in channels and not np.isfinite(points[:, channels.index(channel)]).any():
            points[0, channels.index(channel)] = 0.5
    if "azimuth" in channels and "altitude" not in channels:
        points[0, channels.index("azimuth")] = 0.5
    ink = ink_from_strokes(
        np.split(points, np.cumsum(lengths)[:-1]),
        channels,
        pen_down=[True, *draw(st.lists(st.booleans(), min_size=len(lengths) - 1, max_size=len(lengths) - 1))],
        mm_per_unit=draw(st.none() | st.floats(1e-6, 1e4)),
        time_source=draw(st.sampled_from(["recorded", "constant rate"])) if "t" in channels else None,
    )
    return device_oddities(ink)


@given(inks())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_written_ink_comes_back_the_same(ink):
    data = write_inkml(ink)
    assert inkml.looks_like(data[:65536])
    (sample,) = inkml.read(data, "x.inkml")
    assert sample.ink == ink
    assert write_inkml(sample.ink) == data


@given(st.text(max_size=60), st.text(max_size=20))
@settings(deadline=None)
def test_any_text_makes_well_formed_xml(text, device):
    ink = ink_from_strokes([np.array([[1.0, 2.0], [3.0, 4.0]])])
    data = write_inkml(ink, writer=text, text=text, device=device)
    ElementTree.fromstring(data)
    (sample,) = inkml.read(data, "x.inkml")
    plain = all(" " <= c < "\ud800" for c in text) and text.strip() == text != ""
    if plain:
        assert (sample.writer, sample.text) == (text, text)


@pytest.mark.parametrize("origin", ["genuine", "forgery", "generated", "unknown"])
def test_origin_is_kept_so_that_generated_ink_is_known_again(origin):
    ink = ink_from_strokes([np.array([[1.0, 2.0], [3.0, 4.0]])])
    assert inkml.read(write_inkml(ink, origin=origin), "x")[0].origin == origin


def test_numbers_are_plain_decimals_that_any_reader_of_inkml_takes():
    ink = replace(ink_from_strokes([np.array([[1e-7, 2.0], [123456789.5, 1 / 3]])]), mm_per_unit=0.01)
    text = write_inkml(ink).decode()
    assert '<trace contextRef="#context">0.0000001 2,123456789.5 0.3333333333333333</trace>' in text
    assert 'units="1/mm"' in text
