"""A real Chromium for the tests that need one, and axe-core's findings on what it shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Milliseconds until something must be seen: long, since a busy machine is no fault.
PATIENCE = 240_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium as it is installed on this machine; without it the test is skipped and says so.

    Playwright keeps an event loop in the thread while it is open, so no ``asyncio.run`` may come before its end.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("neither chromium nor google-chrome is here")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        # Where tests run as root, Chromium's own sandbox cannot start. It shows our pages only.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, **settings: Any) -> Iterator[Page]:
    """A page in a context of its own. Whatever it complains of (faults, its content security policy) fails the test.

    An answer of the server that refuses something, which browsers report too, is no complaint.
    """
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def axe(page: Page) -> list[str]:
    """Serious and critical findings of axe-core: rule, and the elements that break it."""
    # Evaluated from outside, it needs no leave of the page's content security policy.
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8") + "; 0")
    found = json.loads(page.evaluate("axe.run().then((found) => JSON.stringify(found.violations))"))
    return [
        f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


def small_text(page: Page) -> list[str]:
    """Text that is seen and smaller than 14 px, at the size that it is seen at (figures are scaled)."""
    found: list[str] = page.evaluate(_SMALL_TEXT)
    return found


_SMALL_TEXT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const said = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!said || !element.checkVisibility() || ["SCRIPT", "title", "OPTION"].includes(element.tagName)) return false;
  const scale = element instanceof SVGGraphicsElement ? element.getScreenCTM().a : 1;
  return parseFloat(getComputedStyle(element).fontSize) * scale < 13.99;
}).map((element) => `${element.tagName} ${element.textContent.trim().slice(0, 40)}`)"""
