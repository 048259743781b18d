"""A real server on loopback, its workers and all, shared by the tests that need one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from web.app import create_app
from web.patience import Impatient
from web.settings import Settings

#: Seconds until all models of the server must be there: long, since a busy machine is no fault.
PATIENCE = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is here in one process of the tests, so that one server is started and not one in each."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("web"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that keeps what users save, once it is ready."""
    import uvicorn

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        # What the server sets for its workers stays with these tests.
        patch.setenv("FORGERY_KIT_STYLES", str(tmp_path_factory.mktemp("unused")))
        settings = Settings(port=port, data=tmp_path_factory.mktemp("data"))
        running = uvicorn.Server(uvicorn.Config(create_app(settings), port=port, log_level="error", http=Impatient))
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{port}"
        _await_ready(address)
        yield address
        running.should_exit = True
        thread.join(60)


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=PATIENCE) as found:
        yield found


@pytest.fixture(scope="session")
def exhibits() -> Path:
    return Path(__file__).parents[2] / "datasets" / "exhibits"


def _await_ready(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/ready", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the server did not become ready")
