"""What a worker does: each kind of job by the verbs of the command line, its files written into the job's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets.errors import ForgeryKitError
from web.messages import Lane, Task
from web.problems import of_error
from web.settings import Limits

if TYPE_CHECKING:
    from datasets.ink import Ink
    from datasets.sample import Sample
    from forgery_kit.imitation.imitate import ImitatedSample, Wish

Tell = Callable[[str, str, dict[str, Any]], None]
MEDIA_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".inkml": "application/inkml+xml",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".html": "text/html; charset=utf-8",
}
#: Components of the output that are shown: those of at least this weight.
WEIGHT = 0.01
#: Files that a job's result and its samples are told by; nobody asks for them by name.
RESULT, SAMPLE = ".result.json", ".sample-{}.json"
#: Points of a drawn stroke lie at least so far apart, as a share of the width or height of all ink.
FINEST = 1 / 4000
#: Points of a drawing, and two of each stroke.
MOST_POINTS = 100_000


def warm(lane: Lane) -> None:
    """Load all that the jobs of a lane need."""
    if lane == "reading":
        import_module("forgery_kit.examination.scrutiny")
        import_module("web.parsing")
    elif lane == "writing":
        from forgery_kit.imitation.imitate import imitate
        from gan.writing.styles import load_styles

        imitate("a", style=next(iter(load_styles())), n=1)
    else:
        from forgery_kit.likelihood.judge import default_judge

        default_judge()


def run(batch: Sequence[Task], tell: Tell) -> None:
    """Do the tasks of a batch; imitations of named styles are drawn together."""
    together = [task for task in batch if task.kind == "imitations" and task.request["style"]]
    if len(together) > 1:
        try:
            _imitations(together, tell)
        except Exception:
            # One of them cannot be fulfilled, or trips the program: each by itself, so that the others are.
            together = []
    else:
        together = []
    for task in batch:
        if task not in together:
            _alone(task, tell)


def _alone(task: Task, tell: Tell) -> None:
    before = os.getcwd()
    try:
        # Files are named as the user named them, not by where they lie for the moment.
        os.chdir(task.folder)
        if task.kind == "imitations":
            _imitations([task], tell)
            return
        there = set(os.listdir())
        result = _KINDS[task.kind](task.request, lambda stage, share: _progress(tell, task, stage, share))
        made = sorted(name for name in set(os.listdir()) - there if Path(name).is_file() and name[0] != ".")
        tell(task.id, "done", {"result": _said(result, task.folder, RESULT), "kept": _kept(made)})
    except Exception as error:
        # Whatever a file or a wish trips costs this job only.
        tell(task.id, "failed", {"problem": of_error(error)})
    finally:
        os.chdir(before)


def _progress(tell: Tell, task: Task, stage: str, share: float | None) -> None:
    tell(task.id, "progress", {"stage": stage, "progress": share})


def _kept(names: Sequence[str]) -> dict[str, str]:
    return {name: MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream") for name in names}


def _said(data: dict[str, Any], folder: Path, name: str) -> str:
    """The name of the file that data were put into."""
    (folder / name).write_text(json.dumps(data), encoding="utf-8")
    return name


def _imitations(tasks: Sequence[Task], tell: Tell) -> None:
    """Imitations of several jobs, each sample told as soon as it is there."""
    from forgery_kit.imitation.files import write_sample, write_sheets
    from forgery_kit.imitation.imitate import imitate_together

    def finished(number: int, made: ImitatedSample) -> None:
        task = tasks[number]
        debug = bool(task.request["debug"])
        write_sample(made, task.folder, True, debug)
        shown = {"index": made.record.number - 1, "seed": made.record.seed, **drawing([made.sample.ink])}
        names = [path.name for path in task.folder.glob(f"sample-{made.record.number}[.-]*")]
        if debug:
            name = f"sample-{made.record.number}-debug.json"
            (task.folder / name).write_text(json.dumps(_workings(made)), encoding="utf-8")
            names.append(name)
        more = _said(shown, task.folder, SAMPLE.format(made.record.number))
        tell(task.id, "sample", {"more": more, "kept": _kept(sorted(names))})
        _progress(tell, task, "writing", made.record.number / task.request["n"])

    wishes = [_wish(task.request) for task in tasks]
    for task, samples in zip(tasks, imitate_together(wishes, None, finished), strict=True):
        write_sheets(samples, task.folder, True)
        sheets = sorted(path.name for path in task.folder.glob("contact-sheet*"))
        result = _said({"samples": len(samples)}, task.folder, RESULT)
        tell(task.id, "done", {"result": result, "kept": _kept(sheets)})


def _wish(request: dict[str, Any]) -> Wish:
    from forgery_kit.imitation.imitate import Wish

    steps = None if request["steps"] == "auto" else int(request["steps"])
    named = {key: request[key] for key in ("text", "style", "known_text", "n", "bias", "seed", "method")}
    known = tuple(request["known_files"])
    return Wish(**named, known=known, steps=steps, workings=bool(request["debug"]), command=request["command"])


def _workings(made: ImitatedSample) -> list[dict[str, Any]]:
    """For each line what the generator saw and expected at each point; components of small weight are left out."""
    from forgery_kit.imitation.files import workings
    from gan.writing.sampling import load_generator

    found = []
    for line, drawn in zip(made.record.lines, made.drawn, strict=True):
        one = workings(drawn, line.text, made.record.bias, load_generator())
        steps = []
        for number in range(len(one.points)):
            kept = (one.weights[number] >= WEIGHT).nonzero()[0]
            steps.append(
                {
                    "point": one.points[number].round(2).tolist(),
                    "ends": bool(one.stroke_ends[number]),
                    "window": one.seen[number].round(3).tolist(),
                    "end_of_stroke": round(float(one.end_probability[number]), 4),
                    "weights": one.weights[number][kept].round(3).tolist(),
                    "means": one.means[number][kept].round(2).tolist(),
                    "covariances": one.covariances[number][kept].round(3).tolist(),
                }
            )
        found.append({"text": line.text, "first": drawn.first, "steps": steps})
    return found


def _comparison(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    from forgery_kit.examination.comparison import compare
    from forgery_kit.verification.report import report_of
    from reports.replay.page import replay_html
    from reports.saved import to_json
    from reports.sentences import sentences

    progress("comparing", None)
    told = ("questioned_text", "known_text", "same_sitting", "simulate", "case", "examiner", "notes", "mandate")
    found = compare(
        request["questioned_files"],
        request["known_files"],
        custody=request["custody"],
        date=request["date"],
        allow_generated=request["allow_generated"],
        command=request["command"],
        progress=(lambda done, of: progress("imitating", done / of)) if request["simulate"] else None,
        **{name: request[name] for name in told},
    )
    progress("drawing the report", None)
    whole = to_json(found)
    Path("case.pdf").write_bytes(report_of(found, (*request["questioned_files"], *request["known_files"]))[0])
    Path("replay.html").write_text(replay_html(found), encoding="utf-8")
    Path("case.json").write_text(whole, encoding="utf-8")
    Path("wording.json").write_text(json.dumps(sentences(found)), encoding="utf-8")
    result: dict[str, Any] = json.loads(whole)
    return result


def _edit(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    from forgery_kit.imitation.edit import edit
    from forgery_kit.imitation.edit_files import write_edit

    progress("reading and writing", None)
    named = {name: request[name] for name in ("text", "to", "bias", "seed", "command")}
    made = edit(request["ink_files"][0], **named)
    write_edit(made, Path(), colour=True)
    return {"new_words": list(made.record.new_words), "generated": list(made.generated), **drawing([made.sample.ink])}


def _document(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    from forgery_kit.imitation.document import document, page_size
    from forgery_kit.imitation.document_files import write_document

    page_size(request["page"], request["margin_mm"])
    made = document(
        request["text"],
        request["style"],
        request["known_files"],
        request["known_text"],
        request["page"],
        request["margin_mm"],
        request["bias"],
        request["seed"],
        request["command"],
        lambda done, of: progress("writing", done / of),
    )
    write_document(made, Path())
    return {"pages": len(made.pages), "missing": list(made.record.missing)}


def _replay(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    from forgery_kit.examination.replay import replay

    Path("replay.html").write_text(replay("result/result.json"), encoding="utf-8")
    return {}


def _style(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    from forgery_kit.imitation.known_hand import known_hand
    from forgery_kit.imitation.saved_styles import check_new_name, save_style

    check_new_name(request["name"])
    save_style(known_hand(request["known_files"], request["known_text"]), request["name"])
    return {"name": request["name"]}


def _request(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    """The fields and files of a request that is too large to be parsed by the server itself."""
    from web.parsing import parsed

    return parsed(request["kind"], request["sides"], request["files"], Path(), Limits())


def _check(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    """Whether each file can be read, and is generated."""
    return {"exhibits": [_checked(path) for path in request["files"]]}


def _checked(path: str) -> dict[str, Any]:
    from datasets.readers import read_file

    try:
        generated = any(sample.origin == "generated" for sample in read_file(path))
    except (ForgeryKitError, MemoryError) as error:
        return {"name": Path(path).name, "generated": False, "problem": of_error(error)}
    return {"name": Path(path).name, "generated": generated, "problem": None}


def _reading(request: dict[str, Any], progress: Callable[[str, float | None], None]) -> dict[str, Any]:
    """What each file holds, as it is read, with what would be said of it, or why it is refused."""
    return {"exhibits": [_looked_at(path) for path in request["files"]]}


def _looked_at(path: str) -> dict[str, Any]:
    import numpy as np

    from datasets.readers import read_file
    from datasets.sample import Exhibit
    from forgery_kit.examination.scrutiny import look_at, warnings_of
    from gan.judging.style import total_amount, traces

    shown: dict[str, Any] = {"name": Path(path).name, "problem": None, "notes": [], "warnings": [], "polylines": []}
    try:
        samples = read_file(path)
        inks = [sample.ink for sample in samples]
        notes = {note: count for ink in inks for note, count in ink.notes.items()}
        shown |= {
            "format": samples[0].format,
            "points": sum(len(ink.points) for ink in inks),
            "strokes": sum(len(ink.stroke_ends) for ink in inks),
            "channels": list(inks[0].channels),
            "device": samples[0].device or "",
            "text": samples[0].text,
            "generated": any(sample.origin == "generated" for sample in samples),
            "notes": [f"{note}: {count}" for note, count in notes.items()],
            **drawing(inks),
        }
        seen = look_at(Exhibit(Path(path).name, _one_side(samples)))
        shown["warnings"] = warnings_of("", seen)
        shown["warnings"] = [" ".join(line.split()) for line in shown["warnings"]]
        shown["writing_heights"] = round(float(np.round(total_amount(traces(seen.samples)), 1)), 1)
    except (ForgeryKitError, MemoryError) as error:
        shown["problem"] = of_error(error)
    return shown


def _one_side(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    from forgery_kit.examination.copies import without_copies

    return without_copies(tuple(samples))


def drawing(inks: Sequence[Ink]) -> dict[str, Any]:
    """Pen-down strokes of recordings below one another, to be drawn: ``width``, ``height`` and ``polylines``."""
    import numpy as np

    found, bottom, gap = [], 0.0, 0.0
    for ink in inks:
        strokes = [stroke[:, :2] for stroke in ink.strokes()]
        if not strokes:
            continue
        low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
        high = np.max([stroke.max(axis=0) for stroke in strokes], axis=0)
        gap = gap or 0.1 * float((high - low).max())
        found += [stroke - low + np.array([0.0, bottom]) for stroke in strokes]
        bottom += float(high[1] - low[1]) + gap
    if not found:
        return {"width": 0.0, "height": 0.0, "polylines": []}
    size = np.max([stroke.max(axis=0) for stroke in found], axis=0)
    step = FINEST * float(size.max())
    digits = max(0, 2 - int(np.floor(np.log10(max(step, 1e-30)))))
    thin = [_thinned(stroke, step) for stroke in found]
    while sum(map(len, thin)) > MOST_POINTS + 2 * len(thin):
        step *= 2
        thin = [_thinned(stroke, step) for stroke in thin]
    lines = [stroke.round(digits).tolist() for stroke in thin]
    return {"width": float(size[0]), "height": float(size[1]), "polylines": lines}


def _thinned(stroke: Any, step: float) -> Any:
    """A stroke with its first and last point, and the first in each square of ``step`` that it comes to."""
    import numpy as np

    squares = np.rint((stroke - stroke[0]) / step) if step else stroke
    kept = np.ones(len(stroke), dtype=bool)
    kept[1:-1] = (squares[1:-1] != squares[:-2]).any(axis=1)
    return stroke[kept]


_KINDS: dict[str, Callable[[dict[str, Any], Callable[[str, float | None], None]], dict[str, Any]]] = {
    "comparisons": _comparison,
    "edits": _edit,
    "documents": _document,
    "replays": _replay,
    "styles": _style,
    "requests": _request,
    "checks": _check,
    "readings": _reading,
}
