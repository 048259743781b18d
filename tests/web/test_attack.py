"""What would bring a server down, fill its memory or its disk, or stop its clocks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from datasets.ink import ink_from_strokes
from tests.web.following import events, result
from tests.web.test_guard import ask
from tests.web.test_jobs import run
from web import patience
from web.jobs import Board
from web.messages import Lane, Message
from web.problems import problem
from web.settings import Limits, Settings, checked
from web.tasks import MOST_POINTS, drawing
from web.uploads import place_of
from web.worker import Worker

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "://", "\N{LATIN SMALL LETTER E WITH ACUTE}", "http://"])
def test_an_origin_that_is_no_address_is_another_site(origin: str) -> None:
    assert ask(Settings(), "GET", "/api/v1/styles", headers={"origin": origin.encode("latin-1")}).status_code == 403


def test_a_length_of_many_digits_is_refused() -> None:
    answer = ask(Settings(), "POST", "/api/v1/readings", headers={"content-length": "1" * 5000})
    assert answer.status_code == 400


def test_what_is_refused_before_it_has_come_ends_the_connection() -> None:
    for kind in ("text/plain", "application/json"):
        headers = {"content-type": kind, "content-length": "50"}
        answer = ask(Settings(limits=Limits(body=40)), "POST", "/api/v1/readings", content=b"x" * 50, headers=headers)
        assert answer.headers["connection"] == "close"


def test_a_request_in_drops_is_ended() -> None:
    async def drops() -> Any:
        yield b"{"
        await asyncio.sleep(60)
        yield b"}"

    settings = Settings(limits=Limits(body_seconds=0.2))
    answer = ask(settings, "POST", "/api/v1/readings", content=drops(), headers=JSON)
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"


def test_too_many_requests_at_once_are_told_to_come_back() -> None:
    settings = Settings(limits=Limits(asked=0))
    answer = ask(settings, "GET", "/api/v1/styles")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert ask(settings, "GET", "/health").status_code == 200


def test_errors_of_the_framework_are_problems_like_all_others() -> None:
    answer = ask(Settings(), "POST", "/api/v1/readings", content=b"", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["\\ud800", "a\\nb", "\\u202e"])
def test_a_refusal_is_one_line_whatever_it_quotes(key: str) -> None:
    body = f'{{"text": "a", "style": "ash", "{key}": 1}}'.encode()
    answer = ask(Settings(), "POST", "/api/v1/imitations", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["detail"].isprintable()
    assert problem(400, "a\nb\ud800")["detail"].isprintable()


def test_a_token_that_no_header_can_hold_is_refused() -> None:
    for token in ("sixteen letters and spaces", "ñ" * 20, "line\n" * 5):
        with pytest.raises(Exception, match="header"):
            checked("127.0.0.1", 8000, None, token)


@pytest.mark.parametrize("name", ["\N{CUNEIFORM SIGN A}" * 100 + ".inkml", "\ud800", "..", "a/../../b", "CON\0", " . "])
def test_a_name_of_any_kind_becomes_a_file_in_its_folder(tmp_path: Path, name: str) -> None:
    for _ in range(3):
        place = place_of(tmp_path, "known", name)
        place.write_bytes(b"x")
        assert place.parent == tmp_path / "known"
    assert len(list((tmp_path / "known").iterdir())) == 3


def test_a_drawing_has_no_more_points_than_a_screen_shows() -> None:
    rng = np.random.default_rng(1)
    strokes = [rng.uniform(0, 1, (2, 100_000, 2))[k] for k in range(2)] + [np.array([[0.0, 0.0], [1.0, 1.0]])]
    shown = drawing([ink_from_strokes(strokes)])
    assert sum(map(len, shown["polylines"])) <= MOST_POINTS + 6
    assert len(shown["polylines"]) == 3
    line = drawing([ink_from_strokes([np.array([[0.0, 0.0], [0.5, 0.00001], [1.0, 0.0]])])])["polylines"][0]
    assert line[0] == [0.0, 0.0]
    assert line[-1][0] == 1.0


def test_a_worker_that_does_not_load_is_not_started_again_and_again(tmp_path: Path) -> None:
    hired = []

    class Lost:
        def __init__(self, lane: Lane, memory: int, said: Callable[..., None]) -> None:
            self.lane = lane
            hired.append(lane)
            said(self, None)

        def kill(self) -> None:
            pass

    async def played() -> None:
        board = Board(Limits(), tmp_path, Lost)  # type: ignore[arg-type]  # what a board needs of a worker
        board.open()
        await asyncio.sleep(0.3)
        board.close()

    asyncio.run(played())
    assert len(hired) == 3


def test_what_was_sent_is_gone_when_its_job_is_done(tmp_path: Path) -> None:
    async def played(case: Any) -> None:
        id, folder = case.board.place()
        (folder / "known").mkdir()
        (folder / "known" / "a.inkml").write_text("x")
        (folder / "sample-1.svg").write_text("x")
        job = case.board.submit(id, "imitations", "writing", {"text": "a secret"}, folder)
        await case.say(job, "done", kept={"sample-1.svg": "image/svg+xml"})
        assert [path.name for path in folder.iterdir()] == ["sample-1.svg"]
        assert job.request == {}

    run(tmp_path, played)


def test_a_worker_that_says_what_is_no_message_is_ended() -> None:
    class Liar(Worker):
        def __init__(self, said: Callable[..., None]) -> None:
            import multiprocessing

            self.lane, self._said = "reading", said
            self._connection, self.theirs = multiprocessing.Pipe()
            self._process = type("Process", (), {"kill": lambda _: None, "join": lambda _: None})()  # type: ignore[assignment]

    for said in (b"\x80\x04cos\nsystem\n", b"[1]", b"{}", b"\xff", b"null"):
        heard: list[Message | None] = []
        liar = Liar(lambda _, message: heard.append(message))  # noqa: B023  # called before the next turn
        liar.theirs.send_bytes(said)
        liar._listen()
        assert heard == [None]


# What follows needs a server.


def test_heads_that_do_not_come_do_not_hold_the_places_of_others(
    server: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.5)
    address = (httpx.URL(server).host, httpx.URL(server).port or 80)
    waiting = [socket.create_connection(address) for _ in range(40)]
    try:
        for number, one in enumerate(waiting):
            one.settimeout(60)
            if number % 2:
                one.sendall(b"GET /health HTTP/1.1\r\nHost: 127")
        assert [one.recv(1) for one in waiting] == [b""] * 40
    finally:
        for one in waiting:
            one.close()
    assert client.get("/health").status_code == 200


def test_a_request_of_many_lists_is_parsed_by_another_process(client: httpx.Client) -> None:
    before = _memory()
    body = b'{"inks": [{"name": "a", "ink": [' + b"[]," * 6_000_000 + b"[]]}]}"
    answer = client.post("/api/v1/readings", content=body, headers=JSON)
    assert answer.status_code == 422
    assert "lists" in answer.json()["detail"]
    # Parsed here, it would be half a gigabyte; the bytes themselves are in this process twice, as the client's.
    assert _memory() - before < 150 << 20


def test_large_requests_give_what_small_ones_give(client: httpx.Client) -> None:
    ink = [{"type": "pointermove", "x": k, "y": k % 7, "timeStamp": 5 * k, "buttons": 1} for k in range(200)]
    small = client.post("/api/v1/readings", json={"inks": [{"name": "a", "ink": ink}]})
    text = json.dumps({"inks": [{"name": "a", "ink": ink}]}).encode()
    large = client.post("/api/v1/readings", content=text + b" " * (1 << 20), headers=JSON)
    assert large.json() == small.json()
    refused = client.post("/api/v1/readings", content=b'{"other": 1}' + b" " * (1 << 20), headers=JSON)
    assert refused.status_code == 400
    assert "other" in refused.json()["detail"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_processes_that_are_killed_from_outside_are_replaced(client: httpx.Client) -> None:
    import multiprocessing

    answer = client.post("/api/v1/imitations", json={"text": "on and on " * 20, "style": "ash", "n": 4})
    killed = {child.pid for child in multiprocessing.active_children()}
    for pid in killed:
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    told = events(client, answer)
    assert told[-1][0] == "failed"
    assert told[-1][1]["problem"]["status"] == 500
    again = client.post("/api/v1/imitations", json={"text": "still", "style": "ash", "n": 1})
    assert result(client, again)["state"] == "done"
    assert not killed & {child.pid for child in multiprocessing.active_children()}


def test_those_who_follow_a_job_and_leave_cost_nothing(server: str, client: httpx.Client) -> None:
    answer = client.post("/api/v1/imitations", json={"text": "on and on " * 20, "style": "ash", "n": 4})
    link = answer.json()["links"]

    def look() -> None:
        with httpx.stream("GET", server + link["events"], timeout=60) as stream:
            next(stream.iter_lines())

    lookers = [threading.Thread(target=look) for _ in range(20)]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join(120)
    assert client.delete(link["self"]).status_code == 204
    assert client.get(link["self"]).json()["state"] == "cancelled"


def _memory() -> int:
    """Bytes that this process, which has the server in it, holds now."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("this system does not tell")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """A test that hangs says so."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 600
