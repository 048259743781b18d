"""A person's ways through the page, in Chromium, on the real server: what is saved is what the command line writes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from datasets.readers import read_file
from datasets.writers.inkml import write_inkml
from forgery_kit.imitation.edit import edit
from forgery_kit.imitation.edit_files import write_edit
from forgery_kit.imitation.files import write_imitations
from forgery_kit.imitation.imitate import imitate
from reports import wording
from reports.findings import Comparison
from reports.saved import from_json
from reports.sentences import sentences
from tests.browser import PATIENCE, chromium, watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser, viewport={"width": 1280, "height": 900}) as found:
        yield found


def opened(page: Page, server: str, view: str) -> None:
    page.goto(f"{server}/#{view}")
    page.locator(f"#view-{view}:not([inert]) h1").wait_for()


def saved(page: Page, button: Locator, folder: Path) -> Path:
    """The file that a button saves."""
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@pytest.mark.slow
def test_samples_that_are_written_are_those_of_the_command_line(page: Page, server: str, tmp_path: Path) -> None:
    opened(page, server, "write")
    page.locator("#write-text").fill("a noon")
    page.locator("#write-styles").get_by_text("cedar").click()
    page.locator("#write-n").fill("2")
    page.locator("#write-seed").fill("11")
    page.get_by_label("Show what the generator saw").check()
    page.get_by_role("button", name="Write", exact=True).click()
    page.get_by_text("2 samples are finished.").wait_for()
    assert page.locator("#write-samples > li").count() == 2
    folder = tmp_path / "cli"
    folder.mkdir()
    write_imitations(imitate("a noon", "cedar", n=2, seed=11), folder, True, False)
    for number in (1, 2):
        button = page.get_by_role("button", name=re.compile(f"InkML.*save Sample {number}"))
        path = saved(page, button, tmp_path)
        assert path.read_bytes() == (folder / f"sample-{number}.inkml").read_bytes()
    # What the generator saw moves with the pointer and with the keys.
    debug = page.locator("#write-samples > li").first.locator("input[type=range]").first
    debug.focus()
    before = page.locator("#write-samples > li").first.inner_text()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert page.locator("#write-samples > li").first.inner_text() != before
    for number in (1, 2):
        page.get_by_role("button", name=f"Sample {number} side by side").click()
    assert page.locator("#write-compare svg").count() == 2
    best = page.get_by_role("button", name="Sample 2 is the best")
    best.click()
    assert best.get_attribute("aria-pressed") == "true"


#: Keeps every pointer event that reaches the writing area with a button down, as a list of the coalesced ones.
LISTEN = """() => {
  window.got = [];
  const keep = (e) => window.got.push({ type: e.type, x: e.clientX, y: e.clientY, pressure: e.pressure, tiltX: e.tiltX,
    tiltY: e.tiltY, t: e.timeStamp });
  const pad = document.querySelector("#draw-pad");
  for (const kind of ["pointerdown", "pointermove", "pointerup"]) {
    pad.addEventListener(kind, (event) => {
      if (kind === "pointermove" && !event.buttons) return;
      window.id = event.pointerId;
      const parts = kind === "pointermove" ? event.getCoalescedEvents() : [];
      (parts.length ? parts : [event]).forEach(keep);
    }, { capture: true });
  }
}"""
#: One move that holds three, as a pen that is faster than the screen reports it.
COALESCED = """([x, y]) => {
  const pad = document.querySelector("#draw-pad");
  const begin = window.got.at(-1).t;
  const made = (k, more = {}) => {
    const event = new PointerEvent("pointermove", { bubbles: true, pointerId: window.id, pointerType: "pen",
      buttons: 1, clientX: x + 2.125 * k, clientY: y + 0.375 * k * k, pressure: 0.3 + k / 7, tiltX: 20 + k,
      tiltY: k - 35, ...more });
    Object.defineProperty(event, "timeStamp", { value: begin + 4.1 * (k + 1) });
    return event;
  };
  const parts = [0, 1, 2].map((k) => made(k));
  pad.dispatchEvent(made(2, { coalescedEvents: parts }));
}"""


def write_with_a_pen(page: Page, strokes: int) -> list[list[dict[str, Any]]]:
    """Strokes of a pen with pressure and tilt, each with a move of several coalesced events: what the browser told."""
    box = page.locator("#draw-pad").bounding_box()
    assert box
    page.evaluate(LISTEN)
    session = page.context.new_cdp_session(page)

    def pen(kind: str, x: float, y: float, force: float) -> None:
        down = int(kind != "mouseReleased")
        session.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": x, "y": y, "button": "left", "buttons": down, "clickCount": int(kind != "mouseMoved")}
            | {"pointerType": "pen", "force": force, "tiltX": 20, "tiltY": -35},
        )

    for number in range(strokes):
        left, top = box["x"] + 40.5 + 40 * number, box["y"] + 80.25
        pen("mousePressed", left, top, 0.2)
        for k in range(8):
            pen("mouseMoved", left + 3 * k, top + 20 * math.sin(k), 0.25 + k / 20)
        page.evaluate(COALESCED, [left + 26, top + 10])
        pen("mouseReleased", left + 31, top + 12, 0)
    told: list[dict[str, Any]] = page.evaluate("window.got")
    found: list[list[dict[str, Any]]] = []
    for event in told:
        if event["type"] == "pointerdown":
            found.append([])
        found[-1].append(event)
    return found


def test_what_a_pen_writes_is_read_back_point_for_point(page: Page, server: str, tmp_path: Path) -> None:
    opened(page, server, "draw")
    told = write_with_a_pen(page, 5)
    assert [len(stroke) for stroke in told] == [13] * 5  # down, eight moves, three in one, up
    facts = page.locator("#draw-facts").inner_text()
    for said in ("pen", "pressure", "tilt", "5 strokes"):
        assert said in facts
    page.get_by_role("button", name="Undo stroke").click()
    del told[-1]
    box = page.locator("#draw-pad").evaluate(
        "(pad) => [pad.getBoundingClientRect().left + pad.clientLeft, pad.getBoundingClientRect().top + pad.clientTop]"
    )
    inkml = saved(page, page.get_by_role("button", name="Save InkML"), tmp_path)
    events = saved(page, page.get_by_role("button", name="Save JSON"), tmp_path)
    for path in (inkml, events):
        (sample,) = read_file(path)
        ink = sample.ink
        assert set(ink.channels) == {"x", "y", "t", "pressure", "altitude", "azimuth"}
        assert ink.time_source == "recorded"
        read = {channel: ink.points[:, ink.channels.index(channel)] for channel in ink.channels}
        flat = [event for stroke in told for event in stroke]
        assert np.diff(ink.stroke_ends, prepend=0).tolist() == [len(stroke) for stroke in told]
        assert read["x"].tolist() == [event["x"] - box[0] for event in flat]
        assert read["y"].tolist() == [event["y"] - box[1] for event in flat]
        # JSON ink has the browser's clock, of which seconds are made by the reader.
        rounding = 0 if path == inkml else 1e-9
        assert np.allclose(read["t"], [(e["t"] - flat[0]["t"]) / 1000 for e in flat], rtol=0, atol=rounding)
        # A pen that has left has no pressure: none is made up.
        lifted = np.array([event["type"] == "pointerup" for event in flat])
        assert np.isnan(read["pressure"]).tolist() == lifted.tolist()
        assert read["pressure"][~lifted].tolist() == [e["pressure"] for e in flat if e["type"] != "pointerup"]
        turned = np.array([direction(event["tiltX"], event["tiltY"]) for event in flat])
        assert np.allclose(read["altitude"], turned[:, 0], rtol=0, atol=1e-9)
        assert np.allclose(np.cos(read["azimuth"] - turned[:, 1]), 1, rtol=0, atol=1e-9)
    assert "pen" in (read_file(inkml)[0].device or "")
    # It is questioned ink at once, read by the server as it was written here.
    page.get_by_role("button", name="Use as questioned").click()
    page.get_by_role("link", name="Compare", exact=True).first.click()
    listed = page.locator("#compare-questioned li")
    listed.get_by_text("4 strokes").wait_for()
    assert f"{4 * 13} points" in listed.inner_text()


def direction(tilt_x: float, tilt_y: float) -> tuple[float, float]:
    """(altitude, azimuth) in radians of a pen's tilts in degrees, as W3C Pointer Events, Level 3, says."""
    x, y = math.tan(math.radians(tilt_x)), math.tan(math.radians(tilt_y))
    return math.atan2(1, math.hypot(x, y)), math.atan2(y, x) % (2 * math.pi)


def test_a_mouse_is_named_as_such_and_its_pressure_is_not_made_up(page: Page, server: str, tmp_path: Path) -> None:
    opened(page, server, "draw")
    box = page.locator("#draw-pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for k in range(10):
        page.mouse.move(box["x"] + 30 + 5 * k, box["y"] + 30 + 3 * (k % 3))
    page.mouse.up()
    assert "mouse" in page.locator("#draw-facts").inner_text()
    (sample,) = read_file(saved(page, page.get_by_role("button", name="Save InkML"), tmp_path))
    assert sample.ink.channels == ("x", "y", "t")
    assert "mouse" in (sample.device or "")


@pytest.mark.slow
def test_a_comparison_from_the_refusal_to_the_replay(page: Page, server: str, exhibits: Path, tmp_path: Path) -> None:
    opened(page, server, "compare")
    page.locator("#compare-questioned input[type=file]").set_input_files(exhibits / "q1.inkml")
    page.locator("#compare-known input[type=file]").set_input_files([exhibits / "k1.inkml", exhibits / "k2.inkml"])
    page.locator("#compare-questioned li svg").wait_for()
    assert page.get_by_text("Marked as generated ink.").first.is_visible()
    compare = page.get_by_role("button", name="Compare", exact=True)
    compare.click()
    refusal = page.locator("#compare-job [role=alert]")
    refusal.wait_for()
    assert "generated" in refusal.inner_text()
    page.get_by_text("Case and options").click()
    page.locator("#compare-case").fill("<b>2026/117</b>")
    page.get_by_label("Allow ink that is marked as generated").check()
    compare.click()
    report = page.locator("#compare-result")
    report.get_by_role("heading", name="Measures").wait_for()
    found: Comparison = from_json(
        saved(page, report.get_by_role("button", name="case.json"), tmp_path).read_text("utf-8"), Comparison
    )
    assert found.case == "<b>2026/117</b>"
    shown = report.inner_text()
    told = sentences(found)
    assert [
        text
        for key in ("lr", "log10", "finding", "bound", "generated", "h1", "h2")
        if (text := str(told[key])) not in shown
    ] == []
    assert all(line in shown for line in told["limits"])
    assert found.case in shown
    assert wording.log10_number(found.lr.upper_bound) in str(report.locator(".scale").get_attribute("aria-label"))
    pdf = saved(page, report.get_by_role("button", name="case.pdf"), tmp_path)
    assert pdf.read_bytes().startswith(b"%PDF-")
    # The same comparison is written again, here and from its file.
    page.get_by_role("link", name="Replay", exact=True).first.click()
    page.locator("#view-replay:not([inert])").wait_for()
    page.locator("#replay-jobs").select_option(index=1)
    frame = page.frame_locator("#replay-frame iframe")
    frame.get_by_role("button", name="Stroke on").click()
    assert frame.locator("#questioned path[d]:not(.pale)").count() >= 1
    page.locator("#replay-file").set_input_files(tmp_path / "case.json")
    page.wait_for_timeout(0)
    frame.get_by_role("button", name="Play").wait_for()
    assert "finding" in frame.locator("header").inner_text()


@pytest.mark.slow
def test_words_are_changed_as_by_the_command_line(page: Page, server: str, tmp_path: Path) -> None:
    (made,) = imitate("meet me at noon", "oak", n=1, seed=3)
    given = tmp_path / "note.inkml"
    given.write_bytes(write_inkml(made.sample.ink, text="meet me at noon"))
    opened(page, server, "document")
    page.locator("#edit-ink input[type=file]").set_input_files(given)
    page.locator("#edit-ink li svg").wait_for()
    assert page.locator("#edit-text").input_value() == "meet me at noon"
    page.locator("#edit-to").fill("meet me at ten")
    page.get_by_role("button", name="Change words").click()
    page.locator("#document-result svg").wait_for()
    folder = tmp_path / "cli"
    folder.mkdir()
    write_edit(edit(str(given), "meet me at noon", "meet me at ten"), folder)
    path = saved(page, page.get_by_role("button", name="edited.inkml"), tmp_path)
    assert path.read_bytes() == (folder / "edited.inkml").read_bytes()
    # Only what is new is shown as generated.
    shown = page.locator("#document-result svg polyline.is-generated").count()
    assert 0 < shown < page.locator("#document-result svg polyline").count()


@pytest.mark.slow
def test_a_letter_is_written_on_pages(page: Page, server: str, tmp_path: Path) -> None:
    opened(page, server, "document")
    page.locator("#letter-text").fill("a cold noon")
    page.locator("#letter-style").select_option("elm")
    page.locator("#letter-page").select_option("A5")
    page.get_by_role("button", name="Write the letter").click()
    page.get_by_role("img", name="Page 1 of 1").wait_for()
    record = json.loads(saved(page, page.get_by_role("button", name="document.json"), tmp_path).read_text("utf-8"))
    assert (record["page"], record["style"]) == ("A5", "elm")
    assert saved(page, page.get_by_role("button", name="document.pdf"), tmp_path).read_bytes().startswith(b"%PDF-")


def test_work_is_cancelled_and_the_next_begins(page: Page, server: str) -> None:
    opened(page, server, "write")
    page.locator("#write-styles label").first.wait_for()
    page.locator("#write-n").fill("32")
    write = page.get_by_role("button", name="Write", exact=True)
    write.click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled.").wait_for()
    page.locator("#write-text").fill("a")
    page.locator("#write-n").fill("1")
    write.click()
    page.get_by_text("One sample is finished.").wait_for(timeout=2 * PATIENCE)
