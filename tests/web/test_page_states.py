"""Every view and state of the page: what axe-core finds, what fits, what keys reach, what the first view weighs.

States are those of answers made up here, so that no model has to run for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe, chromium, small_text, watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

VIEWS = ("write", "draw", "compare", "document", "replay")
#: Bytes, uncompressed, of all that the first view fetches.
MOST_BYTES = 300_000
LINE = [[k, 3 * (k % 5)] for k in range(60)]
JOB = {
    "id": "made-up",
    "kind": "imitations",
    "state": "running",
    "stage": "writing",
    "progress": 0.5,
    "seconds_left": 12,
    "problem": None,
    "result": None,
    "files": [],
    "links": {"self": "/api/v1/jobs/made-up", "events": "/api/v1/jobs/made-up/events"},
}
REFUSED = {"title": "Wrong arguments", "status": 422, "detail": "text: “☃” is a sign that the generator cannot write."}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def answering(status: int, said: object, media_type: str = "application/json") -> Callable[[Route], None]:
    body = said if isinstance(said, str) else json.dumps(said)
    return lambda route: route.fulfill(status=status, body=body, content_type=media_type)


def events(*told: tuple[str, object]) -> str:
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in told)


def job(page: Page, kind: str, *told: tuple[str, object], ends: dict[str, Any] | None = None) -> None:
    """Every job of a kind is this one; its events end without an end where ``ends`` is left out."""
    ended = JOB | {"kind": kind} | (ends or {})
    page.route(f"**/api/v1/{kind}", answering(202, JOB | {"kind": kind}))
    page.route("**/api/v1/jobs/made-up", answering(200, ended))
    last = [(ended["state"], ended)] if ends else []
    page.route("**/api/v1/jobs/made-up/events", answering(200, events(*told, *last), "text/event-stream"))


def opened(page: Page, server: str, name: str) -> None:
    page.goto(f"{server}/#{name}")
    page.locator(f"#view-{name}:not([inert]) h1").wait_for()
    if name == "write":
        page.locator("#write-styles img[src]").first.wait_for()
    if name == "draw":
        page.locator("#draw-facts dd").first.wait_for()


def write(page: Page) -> None:
    page.get_by_role("button", name="Write", exact=True).click()


def empty(page: Page) -> None:
    """As the page is opened."""


def missing(page: Page) -> None:
    page.locator("#write-text").fill("")
    write(page)
    page.get_by_text("There is no text to write.").wait_for()


def running(page: Page) -> None:
    job(page, "imitations", ("progress", JOB))
    write(page)
    page.get_by_text("about 12 s left").wait_for()


def refused(page: Page) -> None:
    page.route("**/api/v1/imitations", answering(422, REFUSED, "application/problem+json"))
    write(page)
    page.get_by_text("is a sign that the generator cannot write").wait_for()


def failed(page: Page) -> None:
    job(page, "imitations", ends={"state": "failed", "problem": REFUSED | {"status": 500}})
    write(page)
    page.get_by_role("alert").wait_for()


def written(page: Page) -> None:
    files = [
        {
            "name": f"sample-1.{ending}",
            "media_type": "x",
            "href": f"/api/v1/jobs/made-up/files/sample-1.{ending}",
            "bytes": 9000,
        }
        for ending in ("inkml", "png", "svg")
    ]
    one = {"seed": 7, "width": 60, "height": 12, "polylines": [LINE, LINE[:9]], "files": files}
    samples = [("sample", one | {"index": index}) for index in range(3)]
    job(page, "imitations", *samples, ends={"state": "done", "result": {"samples": 3}})
    write(page)
    page.get_by_text("3 samples are finished.").wait_for()
    for number in (1, 3):
        page.get_by_role("button", name=f"Sample {number} side by side").click()
    page.get_by_role("button", name="Sample 2 is the best").click()


def my_hand(page: Page) -> None:
    page.get_by_label("My hand").check()
    page.get_by_text("Keep this hand as a style").click()


def drawn(page: Page) -> None:
    box = page.locator("#draw-pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 90, steps=9)
    page.mouse.up()
    page.get_by_role("button", name="Use as known").click()
    page.locator("#draw-said a").wait_for()


def read(page: Page) -> None:
    """Ink with a warning beside ink that cannot be read, and options that are open."""
    told = {"format": "inkml", "points": 60, "strokes": 1, "writing_heights": 14.5, "channels": ["x", "y", "t"]}
    good = told | {
        "name": "Q1",
        "generated": True,
        "notes": ["repeated points: 3"],
        "warnings": ["There is little ink."],
    }
    page.route("**/api/v1/readings", answering(200, {"exhibits": [good | {"problem": None, "polylines": [LINE]}]}))
    page.locator("#compare-questioned input[type=file]").set_input_files(files("q1.inkml"))
    page.get_by_text("There is little ink.").wait_for()
    bad = {"name": "K1", "problem": {"detail": "k1.inkml: it ends early. Export it again."}, "polylines": []}
    page.route("**/api/v1/readings", answering(200, {"exhibits": [bad]}))
    page.locator("#compare-known input[type=file]").set_input_files(files("k1.inkml"))
    page.get_by_text("it ends early").wait_for()
    page.get_by_text("Case and options").click()


def files(name: str) -> Any:
    return {"name": name, "mimeType": "application/inkml+xml", "buffer": b"<ink/>"}


def edited(page: Page) -> None:
    good = {"name": "note", "problem": None, "polylines": [LINE], "format": "inkml", "points": 60, "strokes": 2}
    page.route("**/api/v1/readings", answering(200, {"exhibits": [good | {"text": "at noon"}]}))
    page.locator("#edit-ink input[type=file]").set_input_files(files("note.inkml"))
    page.locator("#edit-ink svg").wait_for()
    page.locator("#edit-to").fill("at ten")
    result = {"new_words": ["ten"], "generated": [1], "width": 60, "height": 12, "polylines": [LINE, LINE[:20]]}
    job(page, "edits", ends={"state": "done", "result": result})
    page.get_by_role("button", name="Change words").click()
    page.get_by_role("heading", name="The edited recording").wait_for()


def not_a_result(page: Page) -> None:
    page.locator("#replay-file").set_input_files({"name": "a.json", "mimeType": "x", "buffer": b"no"})
    page.get_by_text("this is not JSON").wait_for()


STATES = (
    *((name, empty) for name in VIEWS),
    *(("write", state) for state in (missing, my_hand, running, refused, failed, written)),
    ("draw", drawn),
    ("compare", read),
    ("document", edited),
    ("replay", not_a_result),
)


@pytest.mark.parametrize(("name", "state"), STATES, ids=[f"{name}-{state.__name__}" for name, state in STATES])
def test_axe_finds_nothing_serious_and_all_fits_a_telephone(
    browser: Browser, server: str, name: str, state: Callable[[Page], None]
) -> None:
    with watched(browser, viewport={"width": 360, "height": 740}) as page:
        opened(page, server, name)
        state(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
            assert axe(page) == []
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert small_text(page) == []


def test_keys_alone_write_and_go_from_view_to_view(browser: Browser, server: str) -> None:
    with watched(browser) as page:
        opened(page, server, "write")
        written_by_keys = JOB | {"state": "done", "result": {"samples": 0}}
        job(page, "imitations", ends=written_by_keys)
        page.locator("#write-text").focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("noon")
        for _ in range(40):
            if page.evaluate("document.activeElement.textContent") == "Write":
                break
            page.keyboard.press("Tab")
        with page.expect_request("**/api/v1/imitations") as asked:
            page.keyboard.press("Enter")
        assert asked.value.post_data_json["text"] == "noon"
        seen = []
        page.keyboard.press("Home")
        page.locator(".skip").focus()
        for _ in range(12):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.hash ?? ''"))
        assert [name for name in VIEWS if f"#{name}" not in seen] == []
        page.locator(".views a", has_text="Draw").focus()
        page.keyboard.press("Enter")
        page.locator("#view-draw h1").wait_for()


def test_a_token_is_asked_for_once_and_is_never_part_of_an_address(browser: Browser, server: str) -> None:
    token = "a-token-of-24-characters"
    addresses: list[str] = []

    def guard(route: Route) -> None:
        addresses.append(route.request.url)
        if route.request.headers.get("authorization") == f"Bearer {token}":
            route.continue_()
        else:
            answering(401, {"detail": "a token is needed."}, "application/problem+json")(route)

    with watched(browser) as page:
        page.route("**/api/v1/**", guard)
        page.goto(f"{server}/#write")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Token").fill("not-the-token-of-this-server")
        page.keyboard.press("Enter")
        dialog.get_by_text("That was not the token").wait_for()
        assert axe(page) == []
        dialog.get_by_label("Token").fill(token)
        page.keyboard.press("Enter")
        page.locator("#write-styles img[src]").first.wait_for()
        page.reload()
        page.locator("#write-styles img[src]").first.wait_for()
        assert not dialog.is_visible()
        assert not any(token in address for address in [*addresses, page.url])


def test_a_server_that_is_full_is_told_of_in_one_line_and_the_form_is_kept(browser: Browser, server: str) -> None:
    full = {"detail": "too many jobs wait."}
    with watched(browser) as page:
        opened(page, server, "write")
        page.route(
            "**/api/v1/imitations",
            lambda route: route.fulfill(
                status=503, json=full, headers={"retry-after": "9", "content-type": "application/problem+json"}
            ),
        )
        page.locator("#write-text").fill("keep me")
        write(page)
        page.get_by_text("Try again in 9 s.").wait_for()
        assert page.locator("#write-text").input_value() == "keep me"
        assert page.get_by_role("button", name="Write", exact=True).is_enabled()


def test_what_a_text_says_is_text(browser: Browser, server: str) -> None:
    hostile = '<img src=x onerror="document.title=1"><b>bold</b>'
    with watched(browser) as page:
        opened(page, server, "compare")
        exhibit = {"name": hostile, "format": hostile, "device": hostile, "problem": None, "polylines": [LINE]}
        told = exhibit | {"notes": [hostile], "warnings": [hostile], "channels": [hostile], "points": 1, "strokes": 1}
        page.route("**/api/v1/readings", answering(200, {"exhibits": [told]}))
        page.locator("#compare-questioned input[type=file]").set_input_files(files(hostile))
        page.locator("#compare-questioned li svg").wait_for()
        assert page.locator("#compare-questioned li b, #compare-questioned li img").count() == 0
        assert page.locator("#compare-questioned li").inner_text().count("<b>bold</b>") >= 4


def test_the_first_view_weighs_little_and_comes_from_here_alone(browser: Browser, server: str) -> None:
    with watched(browser) as page:
        sizes: dict[str, int] = {}
        page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}) if answer.ok else None)
        opened(page, server, "write")
        page.wait_for_load_state("networkidle")
        assert all(address.startswith((server, "blob:")) for address in sizes)
        assert 10_000 < sum(sizes.values()) <= MOST_BYTES
