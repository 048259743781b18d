"""The application: page, API, errors, workers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException

from datasets.errors import ForgeryKitError
from forgery_kit import __version__
from web.api import described, router
from web.guard import Guard
from web.jobs import Board
from web.patience import Impatient
from web.problems import MEDIA_TYPE, ProblemError, of_error, problem
from web.settings import Settings

FOLDER = Path(__file__).resolve().parent
#: Where saved styles lie, as the command line's verbs look it up.
STYLES = "FORGERY_KIT_STYLES"


def create_app(settings: Settings) -> Any:
    """The ASGI application. With ``settings.data``, what users save lies below it; else nothing is kept."""
    if settings.data is not None:
        settings.data.mkdir(parents=True, exist_ok=True)
        # Hands of people: nobody else's business.
        (settings.data / "styles").mkdir(mode=0o700, exist_ok=True)
        os.environ[STYLES] = str((settings.data / "styles").resolve())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with tempfile.TemporaryDirectory(prefix="forgery_kit-", ignore_cleanup_errors=True) as folder:
            app.state.board = Board(settings.limits, Path(folder))
            app.state.board.open()
            try:
                yield
            finally:
                app.state.board.close()

    app = FastAPI(
        title="forgery_kit",
        version=__version__,
        description="Compare handwriting, and write it: the verbs of the command line.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = settings
    app.include_router(router)
    plain = app.openapi
    app.openapi = lambda: described(plain())  # type: ignore[method-assign]  # FastAPI's own way to extend it
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    templates = Jinja2Templates(FOLDER / "templates")

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def page(request: Request) -> Response:
        values = {"version": __version__, "token_needed": settings.token is not None}
        return templates.TemplateResponse(request, "page.html", values)

    @app.get("/health")
    async def health() -> dict[str, bool]:
        """Whether the server is alive."""
        return {"alive": True}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        """Whether all models are loaded."""
        loading = [lane for lane, done in app.state.board.ready.items() if not done]
        return JSONResponse({"ready": not loading, "loading": loading}, 503 if loading else 200)

    @app.exception_handler(ProblemError)
    async def refused(request: Request, error: ProblemError) -> JSONResponse:
        return _answer(of_error(error), error.headers)

    @app.exception_handler(ForgeryKitError)
    async def unfit(request: Request, error: ForgeryKitError) -> JSONResponse:
        return _answer(of_error(error))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return _answer(problem(error.status_code, str(error.detail)), dict(error.headers or {}))

    @app.exception_handler(404)
    async def missing(request: Request, error: Exception) -> JSONResponse:
        return _answer(problem(404, "there is nothing here."))

    @app.exception_handler(405)
    async def method(request: Request, error: Exception) -> JSONResponse:
        return _answer(problem(405, f"{request.method} is not for this."), dict(getattr(error, "headers", None) or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(problem(400, "the request is not as the description of the API says."))

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> JSONResponse:
        return _answer(of_error(error))

    return Guard(app, settings)


def _answer(found: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(found, found["status"], headers, media_type=MEDIA_TYPE)


def serve(settings: Settings) -> None:
    """Run the server until it is ended."""
    import uvicorn

    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
        http=Impatient,
        ws="none",
        timeout_keep_alive=10,
        limit_concurrency=settings.limits.connections,
        timeout_graceful_shutdown=2,
    )
