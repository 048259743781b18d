"""The API on a real server: the same answers as the command line's, and clear refusals."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from datasets.readers import read_file
from forgery_kit.examination.comparison import compare
from forgery_kit.imitation.files import write_imitations
from forgery_kit.imitation.imitate import imitate
from tests.web.following import events, fetched, result

#: A pen's events as a browser gives them: a curve with pressure and tilt.
PEN = [
    {
        "type": "pointerdown" if k == 0 else "pointerup" if k == 39 else "pointermove",
        "pointerType": "pen",
        "pointerId": 1,
        "x": 10.0 + 3 * k,
        "y": 50.0 + (20.5 if k % 8 < 4 else -20.25) * (k % 4),
        "pressure": 0.0 if k == 39 else 0.25 + k / 100,
        "tiltX": 30,
        "tiltY": -10,
        "timeStamp": 1000.0 + 7.5 * k + 0.3 * (k % 3),
        "buttons": 0 if k == 39 else 1,
    }
    for k in range(40)
]


def given(side: str, *paths: Path) -> list[tuple[str, tuple[str, bytes]]]:
    return [(side, (path.name, path.read_bytes())) for path in paths]


@pytest.mark.slow
def test_imitations_are_those_of_the_command_line_byte_for_byte(client: httpx.Client, tmp_path: Path) -> None:
    wish = {"text": "a cold noon", "style": "cedar", "n": 2, "seed": 11}
    answer = client.post("/api/v1/imitations", json=wish)
    told = events(client, answer)
    job = client.get(answer.json()["links"]["self"]).json()
    assert [name for name, _ in told if name != "progress"] == ["sample", "sample", "done"]
    write_imitations(imitate("a cold noon", "cedar", n=2, seed=11), tmp_path, True, False)
    for number in (1, 2):
        assert fetched(client, job, f"sample-{number}.inkml") == (tmp_path / f"sample-{number}.inkml").read_bytes()
        mine, other = (
            json.loads(data)
            for data in (
                fetched(client, job, f"sample-{number}.json"),
                (tmp_path / f"sample-{number}.json").read_bytes(),
            )
        )
        # The record says which command made it.
        for record in (mine, other):
            del record["command"], record["files"], record["content_sha256"]
        assert mine == other
    shown = [data for name, data in told if name == "sample"]
    assert len(shown[0]["polylines"]) == len(read_file(tmp_path / "sample-1.inkml")[0].ink.stroke_ends)


def test_imitations_that_were_drawn_together_are_those_that_are_drawn_alone(client: httpx.Client) -> None:
    wishes = [{"text": text, "style": style, "n": 1} for text, style in (("one", "ash"), ("seven of us", "birch"))]
    # The first keeps the worker busy, so that the others wait together.
    first = client.post("/api/v1/imitations", json={"text": "wait for me", "style": "elm", "n": 2})
    answers = [client.post("/api/v1/imitations", json=wish) for wish in wishes]
    result(client, first)
    together = [fetched(client, result(client, answer), "sample-1.inkml") for answer in answers]
    alone = [
        fetched(client, result(client, client.post("/api/v1/imitations", json=wish)), "sample-1.inkml")
        for wish in wishes
    ]
    assert together == alone


def test_one_wish_that_cannot_be_fulfilled_costs_those_beside_it_nothing(client: httpx.Client) -> None:
    first = client.post("/api/v1/imitations", json={"text": "wait for me", "style": "elm", "n": 1})
    wrong = client.post("/api/v1/imitations", json={"text": "snow ☃", "style": "elm", "n": 1})
    right = client.post("/api/v1/imitations", json={"text": "snow", "style": "elm", "n": 1})
    result(client, first)
    failed = result(client, wrong)
    assert failed["state"] == "failed"
    assert "cannot be written" in failed["problem"]["detail"]
    assert failed["problem"]["exit_code"] == 2
    assert result(client, right)["state"] == "done"


@pytest.mark.slow
def test_a_comparison_is_that_of_the_command_line(client: httpx.Client, exhibits: Path, tmp_path: Path) -> None:
    files = [*given("questioned", exhibits / "q1.inkml"), *given("known", exhibits / "k1.inkml", exhibits / "k2.inkml")]
    fields = {"case": "A 1", "date": "2026-11-28", "allow_generated": True}
    job = result(client, client.post("/api/v1/comparisons", files=files, data={"request": json.dumps(fields)}))
    assert job["state"] == "done", job["problem"]
    found = json.loads(fetched(client, job, "case.json"))
    known = [exhibits / "k1.inkml", exhibits / "k2.inkml"]
    expected = compare([exhibits / "q1.inkml"], known, case="A 1", date="2026-11-28", allow_generated=True)
    assert found["lr"]["log10_lr"] == pytest.approx(expected.lr.log10_lr, abs=1e-9)
    assert [item["file"] for item in found["items"]] == ["questioned/q1.inkml", "known/k1.inkml", "known/k2.inkml"]
    assert fetched(client, job, "case.pdf").startswith(b"%PDF")
    answer = client.get(f"{job['links']['self']}/files/replay.html")
    assert "sandbox" in answer.headers["content-security-policy"]
    again = result(client, client.post("/api/v1/replays", json={"result": found}))
    assert fetched(client, again, "replay.html") == answer.content


def test_generated_ink_is_refused_unless_it_is_allowed(client: httpx.Client, exhibits: Path) -> None:
    files = [*given("questioned", exhibits / "q1.inkml"), *given("known", exhibits / "k1.inkml")]
    answer = client.post("/api/v1/comparisons", files=files)
    assert answer.status_code == 422
    assert "made by a program" in answer.json()["detail"]


def test_pen_events_are_read_point_for_point(client: httpx.Client) -> None:
    answer = client.post("/api/v1/readings", json={"inks": [{"name": "pen", "ink": PEN}]})
    shown = answer.json()["exhibits"][0]
    assert shown["problem"] is None or shown["problem"]["exit_code"] == 4
    assert shown["channels"][:4] == ["x", "y", "t", "pressure"]
    assert shown["points"] == 40
    assert shown["strokes"] == 1


def test_ink_with_its_text_is_edited(client: httpx.Client, exhibits: Path) -> None:
    sample = read_file(exhibits / "q1.inkml")[0]
    text = sample.text or ""
    words = text.split()
    changed = " ".join([*words[:1], "other", *words[2:]])
    answer = client.post(
        "/api/v1/edits",
        files=given("ink", exhibits / "q1.inkml"),
        data={"request": json.dumps({"text": text, "to": changed})},
    )
    job = result(client, answer)
    assert job["state"] == "done", job["problem"]
    assert job["result"]["new_words"] == ["other"]
    assert b"generated" in fetched(client, job, "edited.inkml")


def test_a_document_and_a_saved_style(client: httpx.Client, exhibits: Path) -> None:
    known = given("known", exhibits / "k1.inkml")
    job = result(client, client.post("/api/v1/styles", files=known, data={"request": '{"name": "of-k1"}'}))
    assert job["state"] == "done", job["problem"]
    styles = client.get("/api/v1/styles").json()["styles"]
    assert {"name": "of-k1", "saved": True, "thumbnail": "/api/v1/styles/of-k1.svg"} in styles
    assert client.get("/api/v1/styles/of-k1.svg").headers["content-type"] == "image/svg+xml"
    job = result(client, client.post("/api/v1/documents", json={"text": "Dear all,\n\nit rains.", "style": "ash"}))
    assert job["state"] == "done", job["problem"]
    assert fetched(client, job, "document.pdf").startswith(b"%PDF")
    assert client.delete("/api/v1/styles/of-k1").status_code == 204
    assert client.delete("/api/v1/styles/of-k1").status_code == 404
    assert client.delete("/api/v1/styles/ash").status_code == 404


def test_a_job_is_cancelled_at_once_and_the_server_goes_on(client: httpx.Client) -> None:
    answer = client.post("/api/v1/imitations", json={"text": "on and on " * 30, "style": "ash", "n": 8})
    link = answer.json()["links"]["self"]
    assert client.delete(link).status_code == 204
    assert client.get(link).json()["state"] == "cancelled"
    assert [name for name, _ in events(client, answer)][-1] == "cancelled"
    after = client.post("/api/v1/imitations", json={"text": "still here", "style": "ash", "n": 1})
    assert result(client, after)["state"] == "done"


def test_while_a_worker_is_busy_the_server_answers(client: httpx.Client) -> None:
    answer = client.post("/api/v1/imitations", json={"text": "on and on " * 10, "style": "ash", "n": 4})
    assert client.get(answer.json()["links"]["self"]).json()["state"] in ("waiting", "running")
    assert client.get("/health").json() == {"alive": True}
    client.delete(answer.json()["links"]["self"])


def hostile(exhibits: Path) -> dict[str, dict[str, Any]]:
    """What no reader or server should be made to do, by name: the arguments of a POST to comparisons."""
    fine = given("known", exhibits / "k1.inkml")

    def file(name: str, data: bytes) -> dict[str, Any]:
        return {"files": [("questioned", (name, data)), *fine]}

    kind = {"content-type": "application/json"}
    deep = b"[" * 100_000 + b"]" * 100_000
    many = b"x,y\n" + b"1,1\n" * 3_000_000
    inkml = b'<ink xmlns="http://www.w3.org/2003/InkML"><trace>'
    form = {"content-type": "multipart/form-data; boundary=b"}
    cases: dict[str, dict[str, Any]] = {
        "entities": file("a.inkml", b'<!DOCTYPE a [<!ENTITY b "c">]><ink>&b;</ink>'),
        "a bomb": file(
            "a.inkml", b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]><ink>' + b"&b;" * 10_000 + b"</ink>"
        ),
        "external": file("a.inkml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><ink/>'),
        "deep xml": file("a.inkml", b"<a>" * 50_000),
        "deep json": file("a.json", deep),
        "an unclosed string": file("a.json", b'{"a": "' + b"x" * 100_000),
        "not a number": file("a.json", b'{"strokes": [[[NaN, 1], [2, 3]]]}'),
        "endless": file("a.json", b'{"strokes": [[[1e999, 1], [2, 3]]]}'),
        "ten million points": file("a.csv", many),
        "a million columns": file("a.csv", b"x,y" + b",z" * 1_000_000 + b"\n"),
        "binary": file("a.bin", bytes(range(256)) * 100),
        "zip": file("a.zip", b"PK\x03\x04" + b"\0" * 500),
        "gzip": file("a.gz", b"\x1f\x8b\x08\x00" + b"\0" * 500),
        "pickle": file("a.pkl", b"\x80\x04cos\nsystem\n(S'true'\ntR."),
        "empty": file("a.inkml", b""),
        "cut": file("a.inkml", (exhibits / "q1.inkml").read_bytes()[:500]),
        "no points": file("a.inkml", inkml + b"</trace></ink>"),
        "one dot": file("a.inkml", inkml + b"1 1</trace></ink>"),
        "a name with a path": file("../../../etc/cron.d/x", b"x"),
        "a name that is absolute": file("/etc/passwd", b"x"),
        "a name of dots": file("...", b"x"),
        "a name of another system": file("C:\\windows\\system32\\x", b"x"),
        "a name without end": file("a" * 5000 + ".inkml", b"x"),
        "a name with a line end": file("a\r\nX-Evil: 1.inkml", b"x"),
        "html": file("a.html", b"<script>alert(1)</script>"),
        "svg": file("a.svg", b"<svg onload='alert(1)'/>"),
        "another part": {"files": [("other", ("a", b"x")), *fine]},
        "a side as a field": {"data": {"questioned": "x"}, "files": fine},
        "too many files": {"files": [("known", (f"{k}", b"x")) for k in range(80)]},
        "no json": {"content": b"{", "headers": kind},
        "json that is a list": {"content": b"[]", "headers": kind},
        "json that is null": {"content": b"null", "headers": kind},
        "deep request": {"content": deep, "headers": kind},
        "utf-16": {"content": "{}".encode("utf-16"), "headers": kind},
        "unknown fields": {"json": {"evil": 1}},
        "wrong types": {"json": {"simulate": "many"}},
        "huge numbers": {"json": {"simulate": 10**30}},
        "negative": {"json": {"simulate": -1}},
        "a date that is none": {"json": {"date": "yesterday"}},
        "a case without end": {"json": {"case": "x" * 100_000}},
        "ink that is text": {"json": {"questioned": ["x"], "known": ["x"]}},
        "ink without points": {"json": {"questioned": [{"ink": {}}], "known": [{"ink": {}}]}},
        "ink of another world": {"json": {"questioned": [{"ink": [[[]]]}], "known": [{"ink": [1, 2]}]}},
        "a name in json": {"json": {"questioned": [{"name": "../../x", "ink": []}], "known": [{"ink": []}]}},
        "one side": {"files": fine},
        "nothing": {"json": {}},
        "another type": {"content": b"x", "headers": {"content-type": "text/plain"}},
        "no type": {"content": b"x"},
        "a form without a boundary": {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        "a form that is cut": {"content": b"--b\r\nContent-Disposition: form-data; name=", "headers": form},
        "a form of noise": {"content": b"\0\xff" * 100, "headers": form},
        "another site": {"json": {}, "headers": {"origin": "http://evil.example"}},
        "a bound name": {"json": {}, "headers": {"host": "evil.example"}},
    }
    return cases


def test_what_is_hostile_gets_a_clear_refusal_and_the_server_lives(client: httpx.Client, exhibits: Path) -> None:
    answers = {}
    for name, request in hostile(exhibits).items():
        begun = time.monotonic()
        answer = client.post("/api/v1/comparisons", **request)
        answers[name] = answer.status_code
        assert 400 <= answer.status_code < 500, (name, answer.status_code, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json", name
        detail = answer.json()["detail"]
        assert detail, name
        assert "\n" not in detail, name
        assert "Traceback" not in detail, name
        # Of a busy machine's time this says little; it catches what would never end.
        assert time.monotonic() - begun < 120, name
    assert len(answers) >= 50
    assert client.get("/health").json() == {"alive": True}


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/v1/jobs/unknown", "GET"),
        ("/api/v1/jobs/unknown", "DELETE"),
        ("/api/v1/jobs/unknown/events", "GET"),
        ("/api/v1/jobs/unknown/files/case.json", "GET"),
        ("/api/v1/jobs/..%2f..%2fetc/files/passwd", "GET"),
        ("/static/..%2fapp.py", "GET"),
        ("/static/../app.py", "GET"),
        ("/api/v1/styles/..%2f..%2fx.svg", "GET"),
        ("/api/v1/styles/..%2fx", "DELETE"),
    ],
)
def test_what_does_not_exist_is_not_found(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_job_gives_its_own_files_alone(client: httpx.Client) -> None:
    job = result(client, client.post("/api/v1/imitations", json={"text": "mine", "style": "ash", "n": 1}))
    for name in ("..%2f..%2fx", "known", "sample-2.svg", "%00"):
        assert client.get(f"{job['links']['self']}/files/{name}").status_code == 404
