"""The corpora of more writers: small made inputs, and the real ones where they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets import protocol
from datasets.corpora.catalogue import MORE, NAMES, open_corpus
from datasets.corpora.crohme import DOUBTFUL, Crohme
from datasets.corpora.digilets import CHARACTERS, DigiLets
from datasets.corpora.iam_ondb import IamOnDb
from datasets.corpora.ibm_ub import IbmUb
from datasets.corpora.packed import PackedCorpus
from datasets.corpora.persian_pen import PersianPen
from datasets.corpora.unipen import Unipen
from datasets.corpora.unipen_isolated import UnipenIsolated
from datasets.errors import ArgumentsError, MissingResourceError
from datasets.sample import Sample
from tests.datasets.test_corpora import archive

#: An L of one stroke, with y upwards: down, then right. And a dash, right of it.
ELL: list[list[float]] = [[10, 0, 0, 3], [9, -4, -4, 0]]
DASH: list[list[float]] = [[20, 2], [5, 0]]


def jsonl(folder: Path, name: str, rows: list[Any]) -> Path:
    """The folder of a corpus in one archive: objects a line, and text as it is."""
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    archive(folder / f"{name}.tar.xz", {f"{name}/{name}.jsonl": text.encode()})
    return folder


def ibm_page(**changes: Any) -> dict[str, Any]:
    """A page of two words and three strokes."""
    return {
        "set": "ibm-ub-1", "writer": "ibm007", "sample": "7/12", "device": "a", "y": "up", "channels": "xy",
        "words": [["Lo", 0, 2], ["end", 2, 3]], "strokes": [ELL, DASH, ELL],
    } | changes  # fmt: skip


def expression(writer: str, sample: str, split: str, strokes: list[Any], text: str | None = "$x$") -> dict[str, Any]:
    """A row of CROHME."""
    return {"set": f"crohme/{split}", "writer": writer, "sample": sample, "device": None, "y": "down", "text": text,
            "strokes": strokes}  # fmt: skip


def persian(sample: int, t0: int | None, **changes: Any) -> dict[str, Any]:
    """A row of the Persian corpus, with times and pressures."""
    stroke = [*DASH, [0, 16], [0.5, 0]]
    return {
        "writer": "p003", "input": "Pen", "type": "Text", "hand": "Right", "truth": "سلام", "t0": t0,
        "strokes": [stroke], "set": "poh-db", "sample": sample, "y": "down", "channels": "xytp",
    } | changes  # fmt: skip


def test_a_page_of_ibm_has_y_down_and_its_words_have_their_strokes(tmp_path: Path) -> None:
    corpus = IbmUb(jsonl(tmp_path, "ibm-ub-1", [ibm_page(), ibm_page(sample="7/2")]))
    assert [(s.writer, s.form, s.line, s.text) for s in corpus.samples] == [
        ("ibm-ub-007", "ibm007/2", "2", "Lo end"),
        ("ibm-ub-007", "ibm007/12", "12", "Lo end"),
    ]
    page = corpus.samples[0]
    # Upwards, the L goes from 9 to 1; downwards, from -9 to -1.
    np.testing.assert_array_equal(page.ink.xy[:4], [[10, -9], [10, -5], [10, -1], [13, -1]])
    first, second = corpus.word_samples(page)
    assert [(s.text, s.line, len(s.ink.stroke_ends)) for s in (first, second)] == [("Lo", "2/1", 2), ("end", "2/2", 1)]
    np.testing.assert_array_equal(second.ink.xy, page.ink.xy[-4:])
    assert corpus.info() == {"samples": 2, "people": 1, "strokes": 6, "points": 20, "words": 4}


@pytest.mark.parametrize(
    "words",
    [[["Lo", 0, 2]], [["Lo", 0, 2], ["end", 2, 4]], [["Lo", 0, 0], ["end", 0, 3]], [["Lo", 1, 2], ["end", 2, 3]]],
)
def test_words_that_do_not_add_up_to_the_strokes_are_not_cut(tmp_path: Path, words: list[Any]) -> None:
    corpus = IbmUb(jsonl(tmp_path, "ibm-ub-1", [ibm_page(words=words)]))
    assert corpus.word_samples(corpus.samples[0]) == []
    assert corpus.counts["pages whose words do not line up"] == 1
    assert "words" not in corpus.counts


def test_lines_that_cannot_be_read_and_samples_without_ink_are_counted(tmp_path: Path) -> None:
    unequal, lacking = ibm_page(strokes=[[[1, 2], [1]]]), ibm_page()
    del lacking["writer"]
    rows = [
        "{", "[]", "", unequal, lacking, ibm_page(y="left"), ibm_page(sample="7/x"), ibm_page(strokes=[[[1], [1]]]),
        ibm_page(strokes=[[[1, float("inf")], [1, 1]]]), ibm_page(strokes="ink"), ibm_page(),
    ]  # fmt: skip
    corpus = IbmUb(jsonl(tmp_path, "ibm-ub-1", rows))
    assert len(corpus.samples) == 1
    assert corpus.counts["lines that cannot be read"] == 8
    assert corpus.counts["samples without ink"] == 1


def test_expressions_name_set_and_place_and_keep_their_decimals(tmp_path: Path) -> None:
    fine = [[[1.5, 0.0001, 0.02], [2, 0, 0.25]]]
    rows = [
        expression("HAMEX-002", "HAMEX-9", "HAMEX", fine),
        expression("KAIST-001", "testDataGT-1", "testDataGT", [DASH], ""),
        expression("nobody", "x", "HAMEX", [DASH]),
    ]
    corpus = Crohme(jsonl(tmp_path, "crohme-2016", rows))
    assert [(s.writer, s.split, s.device, s.text) for s in corpus.samples] == [
        ("crohme-HAMEX-002", "HAMEX", "CROHME HAMEX", "$x$"),
        ("crohme-KAIST-001", "testDataGT", "CROHME testDataGT, KAIST", None),
    ]
    np.testing.assert_allclose(corpus.samples[0].ink.xy, [[150, 200], [150.01, 200], [152.01, 225]], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(corpus.samples[1].ink.xy, [[20, 5], [22, 5]])
    assert corpus.counts["lines that cannot be read"] == 1
    assert corpus.counts["samples with fractions, given in smaller units"] == 1


def test_persian_writing_has_its_sitting_and_no_time(tmp_path: Path) -> None:
    days = 86_400_000
    rows = [persian(5, 20_000 * days + 1000), persian(4, None), persian(6, 19_000 * days)]
    corpus = PersianPen(jsonl(tmp_path, "persian-pen", rows))
    assert [(s.form, s.sitting) for s in corpus.samples] == [
        ("4", None),
        ("6", "2022-01-08T00:00:00+00:00"),
        ("5", "2024-10-04T00:00:01+00:00"),
    ]
    first = corpus.samples[0]
    assert (first.writer, first.text, first.device) == ("persian-003", "سلام", "the writer's own, Pen")
    assert first.ink.channels == ("x", "y")
    assert corpus.counts["samples whose clock restarts: time counts as missing"] == 3
    assert (corpus.counts["people with dates"], corpus.counts["people on several days"]) == (1, 1)


def test_digilets_are_cut_where_the_pen_is_set_down(tmp_path: Path) -> None:
    def marks(character: str) -> str:
        return " ".join("1.0" if c == character else "0.0" for c in CHARACTERS)

    points = "0.1 0.2 0.5 1 3.0 0.1 0.4 0.5 0 3.02 0.3 0.2 0.5 1 3.5 0.3 0.4 0.6 0 3.52"
    rows = [
        points,
        marks("Q"),
        points + " 1",
        marks("Q"),
        points,
        "1 " * 62,
        points.replace(" 1 3.0", " 0 3.0"),
        marks("a"),
    ]
    archive(tmp_path / "digilets.tar.xz", {"digilets/004.txt": "\n".join([*rows, points, ""]).encode()})
    corpus = DigiLets(tmp_path)
    (sample,) = corpus.samples
    assert (sample.writer, sample.text, sample.line, sample.form) == ("digilets-004", "Q", "1", "004")
    assert sample.ink.stroke_ends.tolist() == [2, 4]
    np.testing.assert_allclose(
        sample.ink.points, [[200, 1600, 0], [200, 1200, 0.02], [600, 1600, 0.5], [600, 1200, 0.52]], rtol=0, atol=1e-9
    )
    assert corpus.counts["instances that cannot be read"] == 3
    assert corpus.counts["files with an odd number of lines"] == 1


def unipen(folder: Path, people: dict[str, str]) -> Path:
    """Single characters of people, person → donor, once in a category of digits and once in the mixed one."""
    files = {}
    for person, donor in people.items():
        ink = ".PEN_DOWN\n1 9\n1 1\n.PEN_UP\n.PEN_DOWN\n5 5\n7 5\n"
        files[f"include/{donor}/{person}.dat"] = f".WRITER_ID {person}\n.COORD X Y\n{ink}"
        for category in ("1a", "2"):
            segments = '.SEGMENT CHARACTER 0 OK "1"\n.SEGMENT CHARACTER 1 OK "-"\n'
            text = f".VERSION 1.0\n.INCLUDE {donor}/{person}.dat\n{segments}"
            files[f"data/{category}/{donor}/{person}.dat"] = text
    archive(folder / "unipen-isolated.tar.xz", {f"unipen-isolated/{n}": t.encode() for n, t in files.items()})
    return folder


def test_single_characters_are_read_once_with_y_down(tmp_path: Path) -> None:
    corpus = UnipenIsolated(unipen(tmp_path, {"ann": "tos", "bob": "tos", "eve": "ibm"}))
    assert sorted({str(s.writer) for s in corpus.samples}) == ["ibm-iso-001", "tos-iso-001", "tos-iso-002"]
    assert [(s.text, s.device, s.line) for s in corpus.samples[:2]] == [
        ("1", "ibm", "character"),
        ("-", "ibm", "character"),
    ]
    first = corpus.samples[0].ink.xy
    assert first[1, 1] - first[0, 1] == 8
    assert corpus.counts["segments whose ink is in another"] == 6
    assert "ann" not in repr([(s.file, s.form, s.writer) for s in corpus.samples])


def test_people_whose_words_are_in_the_other_archive_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    known = hashlib.sha256(b"tos|ann").hexdigest()[:8]
    monkeypatch.setattr("datasets.corpora.unipen_isolated.WITH_WORDS", {known})
    corpus = UnipenIsolated(unipen(tmp_path, {"ann": "tos", "bob": "tos"}))
    assert {s.writer for s in corpus.samples} == {"tos-iso-001"}
    assert corpus.counts["people left out, whose words are in another archive"] == 1


def made(folder: Path, name: str) -> Path:
    """The folder with a small archive of a corpus, in ``more-writers`` below it."""
    inside = folder / "more-writers"
    inside.mkdir(parents=True)
    rows = {
        "ibm-ub-1": [ibm_page()],
        "crohme-2016": [expression("HAMEX-002", "1", "HAMEX", [[[0.123, 0.001], [7, 1]]])],
        "persian-pen": [persian(1, None)],
    }
    if name in rows:
        jsonl(inside, name, rows[name])
    elif name == "digilets":
        marks = " ".join(["1.0", *["0.0"] * 61])
        archive(
            inside / "digilets.tar.xz", {"digilets/1.txt": f"0.123456 0.2 0 1 0 0.3 0.777 1 0 0.0213\n{marks}".encode()}
        )
    else:
        unipen(inside, {"ann": "tos"})
    return folder


@pytest.mark.parametrize("name", MORE)
def test_the_cache_gives_what_the_archive_gave(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path / "data", name)
    fresh, again = (open_corpus(name, folder, tmp_path / "cache") for _ in range(2))
    assert isinstance(fresh, PackedCorpus)
    assert isinstance(again, PackedCorpus)
    assert (tmp_path / "cache" / f"{name}.fkcache").is_file()
    assert fresh.samples == again.samples
    assert (fresh.counts, fresh.more) == (again.counts, again.more)
    assert open_corpus(name, folder).samples == fresh.samples


def test_an_unknown_or_missing_corpus_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArgumentsError, match=r"Use iam-ondb, .* or persian-pen"):
        open_corpus("nist", tmp_path)
    for name in NAMES:
        with pytest.raises(MissingResourceError):
            open_corpus(name, tmp_path)


def test_parts_are_known_for_every_corpus() -> None:
    assert set(protocol.PARTS_OF) == set(NAMES)


def named(*writers: str, **fields: Any) -> list[Sample]:
    """Samples of these people."""
    from tests.datasets.test_protocol import INK

    return [Sample(INK, writer=writer, **fields) for writer in writers]


def test_ibm_people_are_dealt_by_count() -> None:
    found = named(*(f"ibm-ub-{i:03}" for i in range(43)))
    parts = protocol.ibm_parts(found)
    counts = {part: sum(p == part for p in parts.values()) for part in parts.values()}
    assert counts == {"training": 25, "selection": 4, "calibration": 7, "test": 7}
    assert parts == protocol.ibm_parts(found[::-1])


def test_sets_are_dealt_each_by_itself_and_doubtful_people_not_at_all() -> None:
    found = named(*(f"crohme-A-{i:03}" for i in range(50)), split="A")
    doubtful = named("crohme-D-001", split=DOUBTFUL)
    parts = protocol.set_parts(found + doubtful)
    assert parts == protocol.set_parts(found)
    assert {part: sum(p == part for p in parts.values()) for part in parts.values()} == {
        "training": 29, "test": 7, "calibration": 11, "selection": 3,
    }  # fmt: skip


def test_nobody_of_the_persian_corpus_is_trained_on() -> None:
    assert set(protocol.persian_parts(named("persian-001", "persian-002")).values()) == {"other occasions"}


@pytest.fixture(scope="module")
def real(corpora: Path) -> Path:
    """The folder of all corpora, with those of more writers."""
    if not (corpora / "more-writers").is_dir():
        pytest.skip("more-writers/ is not in FORGERY_KIT_DATA")
    return corpora


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "samples", "people", "parts"),
    [
        ("ibm-ub-1", 2516, 43, {"training": 25, "selection": 4, "calibration": 7, "test": 7}),
        ("crohme-2016", 10412, 373, {"training": 159, "selection": 16, "calibration": 59, "test": 38}),
        ("digilets", 23868, 77, {"training": 47, "selection": 4, "calibration": 16, "test": 10}),
        ("persian-pen", 3469, 137, {"other occasions": 137}),
        ("unipen-isolated", 45642, 136, {"training": 80, "selection": 8, "calibration": 29, "test": 19}),
    ],
)
def test_the_real_corpora_hold_what_is_documented(
    real: Path, name: str, samples: int, people: int, parts: dict[str, int]
) -> None:
    corpus = open_corpus(name, real)
    assert (corpus.counts["samples"], corpus.counts["people"]) == (samples, people)
    dealt = protocol.PARTS_OF[name](corpus.samples)
    assert {part: sum(p == part for p in dealt.values()) for part in dealt.values()} == parts
    assert "lines that cannot be read" not in corpus.counts
    if name == "ibm-ub-1":
        assert corpus.counts["words"] == 61_444
    if name == "persian-pen":
        assert corpus.counts["people on several days"] == 18


@pytest.mark.slow
def test_people_of_the_first_corpora_keep_their_parts(real: Path, iam_ondb: IamOnDb) -> None:
    # Written down so that figures stay comparable whatever corpora are added.
    assert protocol.fingerprint(protocol.iam_parts(iam_ondb.samples)) == "7f0f41a4fc1cb863"
    assert protocol.fingerprint(protocol.unipen_parts(Unipen(real).samples)) == "ac5655c50fdfbff6"
