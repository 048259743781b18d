"""From the bytes of a request to its fields and files of ink, with nothing believed that it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from datasets.readers.json_ink.parsing import parse
from web.models import MODELS, InkGiven, Replays
from web.problems import ProblemError
from web.settings import Limits
from web.uploads import REQUEST, place_of

#: Where the result that is to be replayed lies, below the folder of its job.
RESULT = "result"


def parsed(
    kind: str, sides: Sequence[str], files: dict[str, list[str]], folder: Path, limits: Limits
) -> dict[str, Any]:
    """The fields of a request of this kind that lies in ``folder``, with ``SIDE_files`` for each side.

    Ink and a result that stand in the request become files. Raises ProblemError for what is not as the model says,
    ForgeryKitError for JSON that is broken or asks for too much.
    """
    fields = parse((folder / REQUEST).read_bytes() or b"{}", "the request")
    (folder / REQUEST).unlink()
    try:
        found = MODELS[kind].model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise ProblemError(400, f"{where[:80]}: {first['msg'][:200]}.") from None
    files = {side: list(files.get(side, [])) for side in sides}
    for side in sides:
        given = getattr(found, "inks" if side == "files" else side, None) or []
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, InkGiven):
                name = one.name if one.name.endswith(".json") else f"{one.name}.json"
                place = place_of(folder, side, name)
                place.write_text(json.dumps(one.ink), encoding="utf-8")
                files[side].append(f"{side}/{place.name}")
    if sum(map(len, files.values())) > limits.files:
        raise ProblemError(413, f"a request may have {limits.files} files.")
    if isinstance(found, Replays):
        place = place_of(folder, RESULT, "result.json")
        place.write_text(json.dumps(found.result), encoding="utf-8")
    kept = found.model_dump(exclude={"questioned", "known", "ink", "inks", "result"})
    return kept | {f"{side}_files": files[side] for side in sides}
