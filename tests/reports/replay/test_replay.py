"""The replay: one file, nothing fetched, nothing that a case says can be run, and the report's colours and words."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import cli
from reports import wording
from reports.drawing import DIVERGING, evidence_limit, stroke_colour
from reports.findings import Comparison, DrawnStroke
from reports.replay.page import CONSTANT_SPEED, LONGEST_LEG, replay_html, times
from reports.saved import to_json
from tests.browser import PATIENCE, axe, chromium, small_text, watched
from tests.reports.example import comparison, item, small, with_item, written_line

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = '</script><script>alert(1)</script><img src="http://x.invalid/" onerror="alert(2)">@@data@@ & “x”'


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of each element by its name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.tags[-1][0] if self.tags else "", data))


def data_of(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def test_nothing_is_fetched_and_only_our_script_and_style_may_run() -> None:
    page = replay_html(comparison())
    found = Elements(page)
    assert not {tag for tag, _ in found.tags} & {"link", "img", "iframe", "object", "base", "form"}
    for _, attributes in found.tags:
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "href", "style")}
    policy = next(a["content"] for t, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    inside = [re.search(rf"<{name}>(.*?)</{name}>", page, re.S)[1] for name in ("script", "style")]
    for text in inside:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_what_a_case_says_is_text_and_nothing_else() -> None:
    plain = Elements(replay_html(small()))
    hostile = dataclasses.replace(with_item(file=f"/x/{HOSTILE}"), case=HOSTILE, examiner=HOSTILE)
    page = replay_html(hostile)
    found = Elements(page)
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in plain.tags]
    assert any(HOSTILE in text for _, text in found.texts)
    assert data_of(page)["colours"] == data_of(replay_html(small()))["colours"]


def test_a_label_cannot_leave_the_data() -> None:
    changed = with_item(label="</script>")
    page = replay_html(changed)
    assert data_of(page)["sides"]["questioned"][0]["item"] == "</script>"
    assert page.count("</script>") == 2


def test_the_finding_stands_there_in_the_words_of_the_report() -> None:
    made = comparison()
    text = " ".join(" ".join(text for _, text in Elements(replay_html(made)).texts).split())
    lr = made.lr
    for sentence in (
        wording.lr_line(lr.log10_lr),
        wording.log10_line(lr, True),
        wording.finding_sentence(lr.log10_lr),
        wording.propositions(made)[1],
        wording.faithfulness_sentence(made.faithfulness),
        f"{wording.log10_number(lr.lower_bound)} to {wording.log10_number(lr.upper_bound)}",
    ):
        assert sentence in text


def test_strokes_have_the_colours_of_the_evidence_strip_and_uncertain_ones_are_grey() -> None:
    one = item("Q1", 1, lines=1)
    first, *others = one.lines[0]
    line = (dataclasses.replace(first, certain=False), *others)
    made = small(items=(dataclasses.replace(one, lines=(line,)), item("K1", 3, lines=1)))
    found = data_of(replay_html(made))
    limit = evidence_limit(made.items)
    strokes = found["sides"]["questioned"][0]["strokes"]
    assert [s["colour"] for s in strokes] == [stroke_colour(s, limit) for s in line]
    assert strokes[0]["colour"] == len(DIVERGING) // 2
    assert len({s["colour"] for s in strokes}) > 2
    assert found["colours"][0] == "#9c3d00"


def test_ink_without_evidence_has_no_colours_and_the_page_says_why() -> None:
    lines = (written_line(1, with_evidence=False),)
    made = small(items=tuple(dataclasses.replace(item(label, 1), lines=lines) for label in ("Q1", "K1")))
    page = replay_html(made)
    assert {s["colour"] for line in data_of(page)["sides"]["known"] for s in line["strokes"]} == {None}
    assert wording.NO_EVIDENCE in page
    assert "speaks for H2" not in page


def test_a_stroke_takes_the_time_that_its_speed_says() -> None:
    stroke = DrawnStroke((0.0, 1.0, 3.0, 3.0), (0.0, 0.0, 0.0, 4.0), (2.0, 4.0, 0.0, 0.0))
    np.testing.assert_allclose(times(stroke), [0, 0.5, 1.0, 1.0 + LONGEST_LEG])
    untimed = dataclasses.replace(stroke, speed=None)
    np.testing.assert_allclose(times(untimed), np.array([0, 1, 3, 7]) / CONSTANT_SPEED)


@pytest.mark.parametrize(("with_time", "said"), [(True, "in their own speed"), (False, "holds no speed")])
def test_the_page_says_whether_ink_plays_in_its_own_time(with_time: bool, said: str) -> None:
    one, other = item("Q1", 1, lines=1), item("K1", 3, lines=1)
    untimed = dataclasses.replace(
        other, lines=(tuple(dataclasses.replace(s, speed=s.speed if with_time else None) for s in other.lines[0]),)
    )
    page = replay_html(small(items=(one, untimed)))
    assert re.search(rf"K1: [^.]*{said}|Q1, K1: [^.]*{said}", page)


def test_generated_ink_is_said_to_be() -> None:
    assert "Ink that a program made" in replay_html(with_item(origin="generated"))
    assert "Ink that a program made" not in replay_html(small())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


#: Points of the strokes that have begun, a list a side.
WRITTEN = """() => ["#questioned", "#known"].map((side) => [...document.querySelectorAll(`${side} path:not(.pale)[d]`)]
  .map((path) => path.getAttribute("d").split(/[ML]/).length - 1))"""


def test_keys_play_pause_step_and_go_to_both_ends(browser: Browser, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    made = small()
    strokes = [[s for line in one.lines for s in line] for one in made.items]
    ends = sorted(1000 * times(side[0])[-1] for side in strokes)
    with watched(browser) as page:
        opened(page, made, tmp_path)
        page.keyboard.press("End")
        assert page.evaluate(WRITTEN) == [[len(s.x) for s in side] for side in strokes]
        length = page.locator("#slider").input_value()
        assert length == page.locator("#slider").get_attribute("max") != "0"
        page.keyboard.press("Home")
        assert page.evaluate(WRITTEN) == [[1], [1]]  # where either pen begins
        page.keyboard.press("ArrowRight")
        first = page.locator("#slider").input_value()
        assert abs(float(first) - ends[0]) <= 1
        page.keyboard.press("ArrowRight")
        assert page.locator("#slider").input_value() != first
        page.keyboard.press("ArrowLeft")
        assert page.locator("#slider").input_value() == first
        said = page.locator("#questioned-now").inner_text()
        assert re.match(rf"Stroke \d+ of {len(strokes[0])}, Q1, line 1: ", said)
        page.keyboard.press("ArrowUp")
        assert page.locator("#speed").input_value() == "2"
        page.keyboard.press(" ")
        expect(page.locator("#slider")).to_have_value(length, timeout=PATIENCE)
        expect(page.locator("#play")).to_have_text("Play", timeout=PATIENCE)
        assert page.evaluate(WRITTEN) == [[len(s.x) for s in side] for side in strokes]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone_and_axe_finds_nothing_serious(browser: Browser, tmp_path: Path, scheme: str) -> None:
    with watched(browser, viewport={"width": 360, "height": 640}, color_scheme=scheme) as page:
        opened(page, comparison(), tmp_path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.keyboard.press("ArrowRight")
        assert axe(page) == []
        assert small_text(page) == []
        # What stays in view while it plays leaves most of the screen to the ink.
        assert page.locator(".controls").evaluate("(e) => e.offsetHeight") < 640 / 3


def test_the_line_that_is_stepped_to_comes_into_view(browser: Browser, tmp_path: Path) -> None:
    with watched(browser, viewport={"width": 360, "height": 400}) as page:
        opened(page, comparison(), tmp_path)
        assert page.evaluate("scrollY") == 0
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        # One side's stroke ended; the other's may be anywhere.
        is_seen = """() => [...document.querySelectorAll("path.last")].map((path) => path.closest("svg")
          .getBoundingClientRect()).some((box) => box.top >= 0 && box.bottom <= innerHeight)"""
        assert page.evaluate(is_seen)


def opened(page: Page, made: Comparison, folder: Path) -> None:
    """The replay, opened from disk."""
    file = folder / "replay.html"
    file.write_text(replay_html(made), encoding="utf-8")
    page.goto(file.as_uri())


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["cli.py", *map(str, arguments)])
    return cli.main()


def test_the_command_writes_the_page_and_refuses_what_is_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made: Comparison = small()
    result, page = tmp_path / "case.json", tmp_path / "replay.html"
    result.write_text(to_json(made), encoding="utf-8")
    assert run(monkeypatch, "replay", result, "-o", page) == 0
    assert page.read_text(encoding="utf-8") == replay_html(made)
    result.write_text("{}", encoding="utf-8")
    assert run(monkeypatch, "replay", result, "-o", tmp_path / "other.html") != 0
    assert run(monkeypatch, "replay", result, "-o", tmp_path / "other.pdf") == 2
    assert capsys.readouterr().err.count("error: ") == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.json", "replay.html"]
