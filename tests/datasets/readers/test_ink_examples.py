"""Real files of many producers, each with a trap: read with sensible ranges, or refused with a clear line."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import UnreadableFileError
from datasets.readers import FORMATS, detect, read_file

_DATA = os.environ.get("FORGERY_KIT_DATA")
_ARCHIVE = Path(_DATA or "") / "ink-examples.tar.xz"
pytestmark = pytest.mark.skipif(
    not _DATA or not _ARCHIVE.is_file(), reason="FORGERY_KIT_DATA has no ink-examples.tar.xz"
)

#: file → strokes, points, channels, longer side in millimetres (None: not stated).
INKML = {
    "crohme2011_formulaire001-equation001.inkml": (5, 105, "x y", None),
    "crohme_10065_nakagawa.inkml": (12, 281, "x y", None),
    "crohme_200923-1556-49.inkml": (9, 288, "x y", None),
    "crohme_form_066_E525.inkml": (41, 1982, "x y", None),
    "crohme_form_5_232_E1159.inkml": (8, 308, "x y", None),
    "crohme_seshat_exp.inkml": (16, 742, "x y", None),
    "iamondo_001.inkml": (225, 5213, "x y t pressure", None),
    "inkmlrs_file1.inkml": (114, 7313, "x y", None),
    "msoffice_ink1.xml": (13, 623, "x y pressure", None),
    "msoffice_ink2.xml": (7, 685, "x y pressure", None),
    "onenote_correct.xml": (1, 140, "x y pressure", 66),
    "onenote_multiple_contexts.xml": (555, 8748, "x y pressure", 576),
    "onenote_web.xml": (6, 281, "x y pressure", 145),
    "w3c_hello.ink": (5, 88, "x y", None),
    "w3c_hello_commented_trace.inkml": (4, 76, "x y", None),
    "wacom_iot_HelloInk.paper": (19, 6624, "x y t pressure altitude azimuth", 82),
    "wacom_reference.inkml": (13, 623, "x y pressure", None),
    "windows_journal_output.xml": (116, 7064, "x y pressure altitude azimuth", 229),
    "word_output.xml": (1, 237, "x y pressure", 49),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("examples")
    with tarfile.open(_ARCHIVE, "r|xz") as archive:
        archive.extractall(target, filter="data")
    return next(target.rglob("SOURCES.md")).parent


@pytest.mark.parametrize("name", INKML)
def test_inkml_of_many_producers(folder, name):
    (sample,) = read_file(folder / "inkml" / name)
    ink = sample.ink
    strokes, points, channels, size = INKML[name]
    assert sample.format == "inkml"
    assert (len(ink.stroke_ends), len(ink), " ".join(ink.channels)) == (strokes, points, channels)
    assert (ink.mm_per_unit is None) == (size is None)
    if size:
        assert round(np.ptp(ink.xy, axis=0).max() * ink.mm_per_unit) == size
    for channel, low, high in (("pressure", 0, 1), ("altitude", 0.3, np.pi / 2), ("azimuth", 0, 2 * np.pi)):
        values = ink.channel(channel)
        if values is not None:
            assert low <= np.nanmin(values)
            assert np.nanmax(values) <= high


def test_page_of_an_anoto_pen_stands_upright_and_takes_minutes(folder):
    (sample,) = read_file(folder / "inkml" / "iamondo_001.inkml")
    times = sample.ink.channel("t")
    assert sample.writer == "1"
    assert times[0] == 0
    assert 300 < times.max() < 600
    # Its first line is written first and lies on top, from left to right: the canvas turns the page by 180°.
    first, last = sample.ink.xy[:200].mean(axis=0), sample.ink.xy[-200:].mean(axis=0)
    assert first[1] < last[1]
    assert sample.ink.xy[0, 0] < sample.ink.xy[200, 0]


def test_hover_of_a_wacom_pad_is_kept_apart(folder):
    (sample,) = read_file(folder / "inkml" / "wacom_iot_HelloInk.paper")
    assert (int(sample.ink.pen_down.sum()), int((~sample.ink.pen_down).sum())) == (9, 10)
    steps = np.diff(sample.ink.channel("t"))
    assert 0.001 < np.median(steps) < 0.003


def test_office_ink_is_as_wide_as_its_bounding_box_says(folder):
    for name, width, height in (("msoffice_ink1.xml", 13463, 7323), ("msoffice_ink2.xml", 13914, 1747)):
        (sample,) = read_file(folder / "inkml" / name)
        np.testing.assert_allclose(np.ptp(sample.ink.xy, axis=0), (width, height), rtol=0.02)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("inkml/bool_trace_fragment.xml", "channel of numbers"),
        ("inkml/minimal.ink", "expected 2"),
        ("inkml/onenote_highlighter.xml", "erasers or highlighters"),
        ("inkml/msoffice_ink.pptx", "Office document"),
        ("wacom/ink.uim", "UIM"),
        ("wacom/digital_ink_is_processable_3.0.uim", "UIM"),
        ("wacom/apple.will", "WILL"),
        ("SOURCES.md", "no format of ink"),
    ],
)
def test_what_cannot_be_read_says_why(folder, name, words):
    with pytest.raises(UnreadableFileError, match=words):
        read_file(folder / name)


def test_every_example_is_read_or_told_and_known_to_one_detector_at_most(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 45
    for path in files:
        head = path.read_bytes()[: 64 * 1024]
        assert sum(reader.looks_like(head) for reader in FORMATS.values()) <= 1, path
        try:
            samples = read_file(path)
        except UnreadableFileError as error:
            told, samples = str(error), ()
        else:
            told = str(path)
        assert told.startswith(str(path))
        assert all(sample.format == detect(head) for sample in samples)
