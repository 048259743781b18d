"""Who may ask what: checked without a worker, through the application alone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from datasets.errors import ArgumentsError
from web.app import create_app
from web.jobs import Board
from web.settings import Limits, Settings, checked, is_loopback

TOKEN = "a-token-of-24-characters"


def ask(settings: Settings, method: str, path: str, **more: object) -> httpx.Response:
    async def asked(folder: str) -> httpx.Response:
        guard = create_app(settings)
        # Without workers: nothing that is asked here comes as far.
        guard.app.state.board = Board(settings.limits, Path(folder))
        transport = httpx.ASGITransport(guard, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]  # the test's own words

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(asked(folder))


def test_a_name_that_was_bound_to_this_machine_anew_is_refused() -> None:
    assert ask(Settings(), "GET", "/health").status_code == 200
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""):
        assert ask(Settings(), "GET", "/health", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9000", "https://localhost"])
def test_requests_from_other_sites_are_refused(origin: str) -> None:
    answer = ask(Settings(), "GET", "/api/v1/styles", headers={"origin": origin})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_browser_that_says_another_site_asks_is_believed() -> None:
    assert ask(Settings(), "GET", "/api/v1/styles", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert ask(Settings(), "GET", "/api/v1/styles", headers={"sec-fetch-site": "same-origin"}).status_code == 200
    # A link to the page from elsewhere may be followed.
    assert ask(Settings(), "GET", "/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_with_a_token_nothing_of_the_api_is_told_without_it() -> None:
    settings = Settings(token=TOKEN)
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
        assert ask(settings, "GET", "/api/v1/styles", headers=headers).status_code == 401
    assert ask(settings, "GET", f"/api/v1/styles?token={TOKEN}").status_code == 401
    assert ask(settings, "GET", "/api/v1/styles", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert ask(settings, "GET", "/").status_code == 200
    assert TOKEN not in ask(settings, "GET", "/").text


def test_other_machines_may_reach_it_with_a_token_only() -> None:
    with pytest.raises(ArgumentsError, match="token"):
        checked("0.0.0.0", 8000, None, None)
    assert checked("0.0.0.0", 8000, None, TOKEN).token == TOKEN
    with pytest.raises(ArgumentsError, match="short"):
        checked("127.0.0.1", 8000, None, "short")
    with pytest.raises(ArgumentsError, match="port"):
        checked("127.0.0.1", 70000, None, None)
    assert is_loopback("::1")
    assert not is_loopback("192.168.0.1")


def test_a_folder_of_data_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ArgumentsError, match="no folder"):
        checked("127.0.0.1", 8000, tmp_path / "data", None)


def test_every_answer_forbids_what_a_page_of_ours_never_does() -> None:
    for path in ("/", "/health", "/nope", "/api/v1/styles", "/static/nope.js"):
        answer = ask(Settings(), "GET", path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not() -> None:
    settings = Settings(limits=Limits(body=1000))
    assert ask(settings, "POST", "/api/v1/readings", content=b"x" * 1001).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    kind = {"content-type": "application/json"}
    assert ask(settings, "POST", "/api/v1/imitations", content=pieces(), headers=kind).status_code == 413


def test_a_wrong_length_is_refused() -> None:
    assert ask(Settings(), "POST", "/api/v1/readings", headers={"content-length": "-1"}).status_code == 400
