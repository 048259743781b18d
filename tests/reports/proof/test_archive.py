"""The report as PDF/A-3b: its rules, what it carries, and ink that comes back bit for bit."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image, ImageCms

from datasets.readers.inkml import document as inkml
from datasets.readers.inkml.exact import read_exactly
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from reports.comparison import comparison_pdf, report_id
from reports.findings import Comparison
from reports.proof.attachments import ink_data, ink_hashes
from reports.proof.colours import srgb_profile
from reports.saved import from_json
from tests.datasets.ink_strategies import inks
from tests.reports.example import authenticity, comparison, letter_chart, simulation, small
from tests.reports.proof.pdfa import broken_rules

INK = {"Q1": [synthetic_sample("some words", 1, 1)], "K1": [synthetic_sample("other words", 2, n) for n in (2, 3)]}


@pytest.fixture(scope="module")
def finding() -> Comparison:
    whole = comparison(simulation=simulation(), letters=letter_chart(), authenticity=authenticity(0.4, -1.2))
    return replace(whole, ink=ink_hashes(INK), examiner="王 <b>&amp; שלום")


@pytest.fixture(scope="module")
def pdf(finding: Comparison) -> bytes:
    return comparison_pdf(finding, INK)


def attached(pdf: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {name: file.get_file().read_bytes() for name, file in opened.attachments.items()}


def test_a_report_with_all_its_sections_breaks_no_rule_of_pdf_a_3b(pdf: bytes) -> None:
    assert broken_rules(pdf) == []


def test_a_short_report_without_ink_breaks_no_rule_of_pdf_a_3b() -> None:
    assert broken_rules(comparison_pdf(small(case="", examiner=""))) == []


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        (lambda pdf: pdf.Root.__delitem__("/OutputIntents"), "6.2.3"),
        (lambda pdf: pdf.Root.__delitem__("/Metadata"), "6.6.2.1"),
        (lambda pdf: pdf.Root.__delitem__("/AF"), "6.8"),
        (lambda pdf: pdf.docinfo.__setitem__("/Title", "another"), "6.6.2.1"),
        (lambda pdf: pdf.pages[0].Annots[0].__delitem__("/F"), "6.3.2"),
        (lambda pdf: pdf.pages[0].contents_add(b"0 0 0 1 k"), "6.2.2"),
        (lambda pdf: next(iter(pdf.pages[0].Resources.Font.values())).__delitem__("/FontDescriptor"), "6.2.11.4"),
        (lambda pdf: pdf.Root.__setitem__("/OpenAction", pikepdf.Dictionary()), "6.1.12"),
    ],
)
def test_the_rules_find_what_breaks_them(pdf: bytes, change, clause: str) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        opened.save(out)
    assert any(clause in rule for rule in broken_rules(out.getvalue()))


def test_the_profile_is_that_of_srgb_to_another_colour_engine() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    colours = np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    other = ImageCms.profileToProfile(Image.fromarray(colours), ours, ImageCms.createProfile("sRGB"))
    assert other is not None
    assert np.abs(np.asarray(other).astype(int) - colours).max() <= 1


def test_a_report_carries_its_result_its_ink_and_its_settings(pdf: bytes, finding: Comparison) -> None:
    files = attached(pdf)
    assert sorted(files) == ["K1-1.inkml", "K1-2.inkml", "Q1.inkml", "result.json", "settings.json"]
    assert from_json(files["result.json"].decode(), Comparison) == finding
    assert files["Q1.inkml"] == ink_data(INK["Q1"][0])
    stated = json.loads(files["settings.json"])
    assert stated["report_id"] == report_id(finding)
    assert stated["files"] == {n: hashlib.sha256(d).hexdigest() for n, d in files.items() if n != "settings.json"}
    assert stated["ink"] == "embedded"


def test_the_report_id_covers_every_byte_of_the_ink(finding: Comparison) -> None:
    sample = INK["Q1"][0]
    points = sample.ink.points.copy()
    points[5, 0] = np.nextafter(points[5, 0], 1e9)
    moved = {**INK, "Q1": [replace(sample, ink=replace(sample.ink, points=points))]}
    assert report_id(replace(finding, ink=ink_hashes(moved))) != report_id(finding)


def test_a_result_from_before_ink_was_embedded_keeps_its_id() -> None:
    assert "ink" not in json.loads(attached(comparison_pdf(small()))["result.json"])


def test_the_same_result_and_ink_give_the_same_bytes() -> None:
    short = small(ink=ink_hashes(INK))
    assert comparison_pdf(short, INK) == comparison_pdf(dataclasses.replace(short), dict(INK))


def test_ink_that_was_left_out_is_said_to_be() -> None:
    files = attached(comparison_pdf(small(ink=ink_hashes(INK)), ink="left out"))
    assert sorted(files) == ["result.json", "settings.json"]
    assert json.loads(files["settings.json"])["ink"] == "left out"


@given(inks())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_embedded_ink_comes_back_bit_for_bit(ink) -> None:
    data = ink_data(Sample(ink))
    back = read_exactly(data, "Q1.inkml")
    assert back.points.tobytes() == ink.points.tobytes()
    assert (back.stroke_ends == ink.stroke_ends).all()
    assert (back.pen_down == ink.pen_down).all()
    assert (back.channels, back.mm_per_unit, back.time_source) == (ink.channels, ink.mm_per_unit, ink.time_source)
    assert ink_data(Sample(back)) == data


def test_embedded_ink_is_inkml_that_the_reader_of_any_inkml_takes() -> None:
    for sample in (one for samples in INK.values() for one in samples):
        (read,) = inkml.read(ink_data(sample), "Q1.inkml")
        assert read.ink == sample.ink
