"""What is said while a command works: on a terminal only."""

from __future__ import annotations

import io
import sys
from threading import Event

import pytest

from forgery_kit.terminal import progress


class Terminal(io.StringIO):
    """A standard error that says it is a terminal, and tells when a title was written to it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title, self.named = title, Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        if self.title in self.getvalue():
            self.named.set()
        return count


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in the place of standard error."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    made = Terminal("Comparing")
    monkeypatch.setattr(sys, "stderr", made)
    return made


def test_a_long_wait_says_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with progress.waiting("Comparing", patience=0.0):
        assert shown.named.wait(120)


def test_a_short_wait_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with progress.waiting("Comparing", patience=1e6):
        pass
    assert shown.getvalue() == ""


def test_an_error_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch)
    with pytest.raises(KeyError), progress.waiting("Comparing", patience=1e6):
        raise KeyError


def test_a_pipe_stays_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with progress.waiting("Comparing", patience=0.0), progress.counted("Comparing") as moved:
        assert moved is None
    assert pipe.getvalue() == ""


def test_a_bar_moves_with_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with progress.counted("Comparing") as moved:
        assert moved is not None
        moved(3, 3)
    assert "Comparing" in shown.getvalue()
    assert "100%" in shown.getvalue()
