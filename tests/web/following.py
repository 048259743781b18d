"""Jobs of a server, waited for."""

from __future__ import annotations

import json
from typing import Any

import httpx


def events(client: httpx.Client, answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """All events of a job that was just made."""
    assert answer.status_code == 202, answer.text
    found, name = [], ""
    with client.stream("GET", answer.json()["links"]["events"]) as stream:
        for line in stream.iter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            if line.startswith("data:"):
                found.append((name, json.loads(line.removeprefix("data:"))))
    return found


def result(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The job once it has ended."""
    events(client, answer)
    found: dict[str, Any] = client.get(answer.json()["links"]["self"]).json()
    return found


def fetched(client: httpx.Client, job: dict[str, Any], name: str) -> bytes:
    """A file of a job."""
    answer = client.get(f"{job['links']['self']}/files/{name}")
    assert answer.status_code == 200, answer.text
    return answer.content
