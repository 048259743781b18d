"""What stands before every request: who may ask, how much, and what the browser is told to forbid.

A page of another site that a user has open could send requests here: Host is checked against rebinding of names, Origin
and Sec-Fetch-Site against requests across sites. The token is compared in constant time and read from a header alone.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from web.problems import MEDIA_TYPE, RETRY_AFTER, ProblemError, problem
from web.settings import Limits, Settings, is_loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
#: What is told to anybody at any time: nothing of a user's is in it, and a browser sends no token for the page itself.
OPEN = ("/", "/health", "/ready")
#: Digits of a Content-Length.
LONGEST_LENGTH = 15


class Guard:
    """ASGI middleware around the application."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app, self.settings = app, settings
        #: Requests that are being answered.
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self._check(scope, headers)
            body = _Body(receive, headers, self.settings.limits)
        except ProblemError as error:
            await _refuse(send, error)
            return
        self.asked += 1
        begun = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                there = {name.lower() for name, _ in message["headers"]}
                more = HEADERS | {"content-security-policy": POLICY} | ({} if body.whole else {"connection": "close"})
                message["headers"] = [
                    *message["headers"],
                    *((n.encode(), v.encode()) for n, v in more.items() if n.encode() not in there),
                ]
            await send(message)

        try:
            await self.app(scope, body.receive, sent)
        except ProblemError as error:
            if not begun:
                await _refuse(send, error)
        finally:
            self.asked -= 1

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        """Raise ProblemError where this may not be asked."""
        host = _host(headers.get("host", ""))
        if is_loopback(self.settings.host) and not is_loopback(host):
            raise ProblemError(421, "this server answers to localhost only.")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            raise ProblemError(403, "requests from other sites are refused.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and scope["path"] not in OPEN:
            raise ProblemError(403, "requests from other sites are refused.")
        if scope["path"] not in OPEN and self.asked >= self.settings.limits.asked:
            raise ProblemError(503, "too much is asked at once.", {"retry-after": str(RETRY_AFTER)})
        if self.settings.token is None or scope["path"] in OPEN or scope["path"].startswith("/static/"):
            return
        given = headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.settings.token}".encode()):
            raise ProblemError(401, "a token is needed.", {"www-authenticate": "Bearer"})


class _Body:
    """A request's body, which ends where it is too large or too slow.

    ``whole`` is whether all of it has come. Raises ProblemError for one that says itself that it is too large.
    """

    def __init__(self, receive: Receive, headers: dict[str, str], limits: Limits) -> None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > LONGEST_LENGTH:
            raise ProblemError(400, "the Content-Length is no number of bytes.")
        if int(length) > limits.body:
            raise _too_large(limits)
        self._receive, self._limits, self._seen = receive, limits, 0
        self.whole = int(length) == 0 and "transfer-encoding" not in headers
        self._deadline = asyncio.get_running_loop().time() + limits.body_seconds

    async def receive(self) -> MutableMapping[str, Any]:
        if self.whole:
            return await self._receive()
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.0))
        except TimeoutError:
            raise ProblemError(408, "the request took too long to arrive.") from None
        self._seen += len(message.get("body", b""))
        if self._seen > self._limits.body:
            raise _too_large(self._limits)
        self.whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message


def _too_large(limits: Limits) -> ProblemError:
    return ProblemError(413, f"a request may have {limits.body >> 20} MiB.")


def _host(header: str) -> str:
    """The host of a Host header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header


async def _refuse(send: Send, error: ProblemError) -> None:
    body = json.dumps(problem(error.status, error.detail)).encode()
    headers = HEADERS | {"content-security-policy": POLICY, "content-type": MEDIA_TYPE} | error.headers
    headers |= {"content-length": str(len(body)), "connection": "close"}
    start = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": start})
    await send({"type": "http.response.body", "body": body})
