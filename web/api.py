"""API v1: every POST but readings makes a job, which is looked at, followed, cancelled and fetched by its id."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent

from datasets.errors import GeneratedInkError
from web import models
from web.jobs import ENDED, INNER, Board, Job
from web.messages import Lane
from web.parsing import parsed
from web.problems import MEDIA_TYPE, ProblemError
from web.settings import Settings
from web.styles import delete_style, style_svg, styles_shown
from web.uploads import taken

router = APIRouter(prefix="/api/v1")
#: What is said of a request that is refused, for the description of the API.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in (
        (400, "A wrong request."),
        (401, "No token."),
        (403, "A request from another site, or one that this server does not allow."),
        (404, "There is no such thing."),
        (413, "Too large."),
        (415, "Another type than JSON or a form."),
        (422, "Ink that cannot be read, or is out of scope."),
        (503, "Too many jobs wait; see Retry-After."),
    )
}
#: The replay is a page of its own, with a policy of its own in it; only this site may show it inside another.
REPLAY_POLICY = "frame-ancestors 'self'; sandbox allow-scripts"


def _body(model: type[BaseModel], *sides: str) -> dict[str, Any]:
    """The description of a request that may be JSON, or a form with files."""
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    if sides:
        files = {side: {"type": "array", "items": {"type": "string", "format": "binary"}} for side in sides}
        form = {"type": "object", "properties": {"request": {"type": "string"}, **files}, "additionalProperties": False}
        content["multipart/form-data"] = {"schema": form}
    return {"requestBody": {"required": True, "content": content}}


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """The description of the API with that of its requests, which it takes apart itself."""
    found = schema.setdefault("components", {}).setdefault("schemas", {})
    for model in models.MODELS.values():
        one = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= one.pop("$defs", {}) | {model.__name__: one}
    return schema


def _board(request: Request) -> Board:
    board: Board = request.app.state.board
    return board


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _job(request: Request, kind: str, lane: Lane, sides: Sequence[str], needs: Sequence[str] = ()) -> Response:
    """Take a request, look at its ink, and make it a job. ``needs`` are sides that must have ink."""
    board = _board(request)
    id, folder = board.place()
    try:
        fields = await _fields(request, kind, sides, folder)
        for side in needs:
            if not fields[f"{side}_files"]:
                raise ProblemError(400, f"{side}: there is no ink.")
        paths = [path for side in sides for path in fields[f"{side}_files"]]
        await _check_ink(board, paths, folder, fields.get("allow_generated", kind != "comparisons"))
        job = board.submit(id, kind, lane, fields | {"command": f"POST /api/v1/{kind}"}, folder)
    except BaseException:
        board.drop(folder)
        raise
    return _json(job.text(), 202, {"location": f"/api/v1/jobs/{id}"})


async def _fields(request: Request, kind: str, sides: Sequence[str], folder: Path) -> dict[str, Any]:
    """The fields of a request, with ``SIDE_files`` for each side; parsed by the reading process where it is large."""
    board = _board(request)
    came = await taken(request, sides, folder, board.limits)
    if came.bytes <= board.limits.field:
        return parsed(kind, sides, came.files, folder, board.limits)
    asked = {"kind": kind, "sides": list(sides), "files": came.files}
    found: dict[str, Any] = json.loads(await _inner(board, "requests", asked, folder))
    return found


async def _check_ink(board: Board, paths: Sequence[str], folder: Path, generated: bool) -> None:
    """Raise ProblemError for files that cannot be read, as the reading process says, or that may not be generated."""
    if not paths:
        return
    for shown in json.loads(await _inner(board, "checks", {"files": list(paths)}, folder))["exhibits"]:
        if found := shown["problem"]:
            raise ProblemError(found["status"], found["detail"], exit_code=found.get("exit_code"))
        if shown["generated"] and not generated:
            raise ProblemError(
                422,
                f"{shown['name']}: this ink was made by a program. Set allow_generated to compare it.",
                exit_code=GeneratedInkError.exit_code,
            )


async def _inner(board: Board, kind: str, asked: dict[str, Any], folder: Path) -> str:
    """What the reading process finds in a request whose files lie in ``folder``: JSON."""
    job = board.submit(board.new_id(), kind, "reading", asked, folder)
    try:
        await board.ended(job)
    finally:
        board.jobs.pop(job.id, None)
    if job.result is None:
        found = job.problem or {"status": 503, "detail": "the server is being ended."}
        status = 422 if found["status"] in (500, 504) else found["status"]
        raise ProblemError(status, found["detail"], exit_code=found.get("exit_code"))
    return (folder / job.result).read_text(encoding="utf-8")


def _json(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, "application/json")


@router.post("/imitations", status_code=202, responses=REFUSALS, openapi_extra=_body(models.Imitations, "known"))
async def imitations(request: Request) -> Response:
    """Write a text in a named style, or in the hand of known ink."""
    return await _job(request, "imitations", "writing", ("known",))


@router.post(
    "/comparisons",
    status_code=202,
    responses=REFUSALS,
    openapi_extra=_body(models.Comparisons, "questioned", "known"),
)
async def comparisons(request: Request) -> Response:
    """Compare questioned with known writing: likelihood ratio, report, replay."""
    sides = ("questioned", "known")
    return await _job(request, "comparisons", "judging", sides, sides)


@router.post("/edits", status_code=202, responses=REFUSALS, openapi_extra=_body(models.Edits, "ink"))
async def edits(request: Request) -> Response:
    """Change words of a recording, drawn anew in its own hand."""
    return await _job(request, "edits", "writing", ("ink",), ("ink",))


@router.post("/documents", status_code=202, responses=REFUSALS, openapi_extra=_body(models.Documents, "known"))
async def documents(request: Request) -> Response:
    """Write a long text on pages."""
    return await _job(request, "documents", "writing", ("known",))


@router.post("/replays", status_code=202, responses=REFUSALS, openapi_extra=_body(models.Replays))
async def replays(request: Request) -> Response:
    """Turn a saved result into a page in which both sides are written again."""
    return await _job(request, "replays", "judging", ())


@router.post("/readings", responses=REFUSALS, openapi_extra=_body(models.Readings, "files"))
async def readings(request: Request) -> Response:
    """What files hold as they are read, with the warnings that a comparison would give."""
    board = _board(request)
    _, folder = board.place()
    try:
        fields = await _fields(request, "readings", ("files",), folder)
        if not fields["files_files"]:
            raise ProblemError(400, "files: there is no ink.")
        return _json(await _inner(board, "readings", {"files": fields["files_files"]}, folder))
    finally:
        board.drop(folder)


@router.get("/styles", responses=REFUSALS)
def styles(request: Request) -> Response:
    """The named styles, those that ship and those that were saved."""
    return JSONResponse({"styles": styles_shown(), "can_save": _settings(request).data is not None})


@router.get("/styles/{name}.svg", response_class=Response, responses=REFUSALS)
def style_picture(name: str) -> Response:
    """A line in a style."""
    return Response(style_svg(name), media_type="image/svg+xml")


@router.post("/styles", status_code=202, responses=REFUSALS, openapi_extra=_body(models.Styles, "known"))
async def save_style(request: Request) -> Response:
    """Keep the hand of known ink as a style."""
    if _settings(request).data is None:
        raise ProblemError(403, "this server keeps nothing: start it with --data FOLDER to save styles.")
    return await _job(request, "styles", "writing", ("known",), ("known",))


@router.delete("/styles/{name}", status_code=204, response_class=Response, responses=REFUSALS)
def remove_style(request: Request, name: str) -> Response:
    """Delete a style that was saved."""
    if _settings(request).data is None:
        raise ProblemError(403, "this server keeps nothing, and deletes nothing.")
    delete_style(name)
    return Response(status_code=204)


def _found(request: Request, id: str) -> Job:
    job = _board(request).jobs.get(id)
    if job is None or job.kind in INNER:
        raise ProblemError(404, "there is no such job: it was never made, or was kept long enough.")
    return job


@router.get("/jobs/{id}", responses=REFUSALS)
async def job(request: Request, id: str) -> Response:
    """Where a job stands."""
    return _json(_found(request, id).text())


@router.delete("/jobs/{id}", status_code=204, response_class=Response, responses=REFUSALS)
async def cancel(request: Request, id: str) -> Response:
    """End a job."""
    _board(request).cancel(_found(request, id))
    return Response(status_code=204)


@router.get("/jobs/{id}/events", response_class=EventSourceResponse, responses=REFUSALS)
async def events(request: Request, id: str) -> EventSourceResponse:
    """Follow a job: ``progress``, ``sample``, then ``done``, ``failed`` or ``cancelled``."""
    found = _found(request, id)

    async def told() -> AsyncIterator[ServerSentEvent]:
        place = 0
        while True:
            changed = found.changed
            # A job that begins again forgets its samples.
            place = min(place, len(found.events))
            for event in found.events[place:]:
                place += 1
                yield ServerSentEvent(found.text() if event.name in ENDED else event.text(), event=event.name)
            if found.state in ENDED and place >= len(found.events):
                return
            await changed.wait()
            if found.events and place == len(found.events) and found.events[-1].name == "progress":
                # Progress is replaced, not added.
                place -= 1

    return EventSourceResponse(told(), ping=15)


@router.get("/jobs/{id}/files/{name}", response_class=FileResponse, responses=REFUSALS)
async def file(request: Request, id: str, name: str) -> FileResponse:
    """A file that a job made."""
    found = _found(request, id)
    kind = found.files.get(name)
    if kind is None:
        raise ProblemError(404, f"{name[:80]}: the job made no such file.")
    headers = {"content-security-policy": REPLAY_POLICY} if kind.startswith("text/html") else {}
    # A picture or page that is opened by itself must not run anything of ours.
    return FileResponse(
        found.folder / name, media_type=kind, filename=name, content_disposition_type="inline", headers=headers
    )
