"""Single random changes of a signed report, each of which `verify` has to find:

    python -m benchmarks.program.tampering REPORT.pdf [--changes 200] [--seed 1]

REPORT.pdf is a report that `compare --report --sign` wrote. Every change is of one kind in turn: a byte anywhere; a
text or a number on a page; a number or a name of the result, also with its hash made right; a number of the ink, also
with the hash that the result states of it made right; an attachment lost, added or renamed; the title; the signature.
Prints one JSON object with the changes of each kind, and those not found; ends with 1 where there are any.

The report has to be one that `verify` says agrees throughout: nothing is computed here, its result stands for what its
ink gives, and for what changed ink gives, so that no change of ink is found by the value alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import io
import json
import random
import re
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf

from datasets.errors import ForgeryKitError
from forgery_kit.verification import verify as verification
from reports.comparison import report_id
from reports.findings import Comparison
from reports.proof.archive import WRITTEN
from reports.proof.attachments import ink_hashes
from reports.proof.taken_apart import take_apart
from reports.saved import HASH, from_json

Change = Callable[[bytes, random.Random], bytes]


def a_byte(data: bytes, chance: random.Random) -> bytes:
    """One byte of the file, anywhere."""
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :]


def a_signature_byte(data: bytes, chance: random.Random) -> bytes:
    """One digit of the signature."""
    start = data.rindex(b"/Contents <") + len(b"/Contents <")
    place = chance.randrange(start, data.index(b">", start))
    return data[:place] + bytes([chance.choice(sorted(set(b"0123456789ABCDEF") - {data[place]}))]) + data[place + 1 :]


def _page(pattern: bytes, new: Callable[[bytes, random.Random], bytes]) -> Change:
    """One place of one page's content."""

    def change(data: bytes, chance: random.Random) -> bytes:
        def edit(pdf: pikepdf.Pdf) -> None:
            page = pdf.pages[chance.randrange(len(pdf.pages))]
            content = page.Contents.read_bytes()
            found = chance.choice(list(re.finditer(pattern, content)))
            content = content[: found.start()] + new(found[0], chance) + content[found.end() :]
            page.Contents.write(zlib.compress(content), filter=pikepdf.Name.FlateDecode)

        return _edited(data, edit)

    return change


def _other_digit(old: bytes, chance: random.Random) -> bytes:
    return bytes([chance.choice(sorted(set(b"0123456789") - {old[0]}))])


def _other_letter(old: bytes, chance: random.Random) -> bytes:
    return old[:-1] + bytes([chance.choice(sorted(set(b"etaoin") - {old[-1]}))])


def _attachment(pattern: str, edit: Callable[[bytes, random.Random], bytes]) -> Change:
    """One attachment whose name fits, packed again."""

    def change(data: bytes, chance: random.Random) -> bytes:
        def changed(pdf: pikepdf.Pdf) -> None:
            name = chance.choice(sorted(name for name in pdf.attachments if re.fullmatch(pattern, name)))
            stream = pdf.attachments[name].obj.EF.F
            packed = edit(stream.read_bytes(), chance)
            stream.write(zlib.compress(packed), filter=pikepdf.Name.FlateDecode)

        return _edited(data, changed)

    return change


def _digit(data: bytes, chance: random.Random) -> bytes:
    found = chance.choice(list(re.finditer(rb"\d", data)))
    return data[: found.start()] + _other_digit(found[0], chance) + data[found.end() :]


def _rehashed(edit: Callable[[dict[str, Any], random.Random], None]) -> Change:
    """The result, with its own hash made right: the pages no longer are what it says."""

    def change(data: bytes, chance: random.Random) -> bytes:
        return _attachment("result.json", lambda old, _: _with_hash(old, lambda fields: edit(fields, chance)))(
            data, chance
        )

    return change


def _with_hash(old: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    fields = json.loads(old)
    del fields[HASH]
    edit(fields)

    def text() -> str:
        return json.dumps(fields, sort_keys=True, ensure_ascii=False, indent=1) + "\n"

    fields[HASH] = hashlib.sha256(text().encode()).hexdigest()
    return text().encode()


def _value(fields: dict[str, Any], chance: random.Random) -> None:
    name = chance.choice(["log10_lr", "low", "high", "unbounded"])
    fields["lr"][name] += chance.choice([-0.01, 0.01])


def _name(fields: dict[str, Any], chance: random.Random) -> None:
    fields[chance.choice(["case", "examiner", "notes", "date"])] += chance.choice("abc")


def ink_with_its_hash(data: bytes, chance: random.Random) -> bytes:
    """One number of the ink, with the hash that the result states of it, and the result's own, made right."""

    def edit(pdf: pikepdf.Pdf) -> None:
        name = chance.choice(sorted(name for name in pdf.attachments if name.endswith(".inkml")))
        stream, result = pdf.attachments[name].obj.EF.F, pdf.attachments["result.json"].obj.EF.F
        ink = _digit(stream.read_bytes(), chance)
        stated = {name: hashlib.sha256(ink).hexdigest()}
        packed = _with_hash(result.read_bytes(), lambda fields: fields["ink"].update(stated))
        for one, new in ((stream, ink), (result, packed)):
            one.write(zlib.compress(new), filter=pikepdf.Name.FlateDecode)

    return _edited(data, edit)


def attachment_lost(data: bytes, chance: random.Random) -> bytes:
    """One attachment taken out."""

    def edit(pdf: pikepdf.Pdf) -> None:
        lost = chance.randrange(len(pdf.Root.AF))
        one = pdf.Root.AF[lost]
        del pdf.Root.AF[lost]
        names = list(pdf.Root.Names.EmbeddedFiles.Names)
        place = next(i for i, part in enumerate(names) if getattr(part, "objgen", None) == one.objgen)
        pdf.Root.Names.EmbeddedFiles.Names = pikepdf.Array(names[: place - 1] + names[place + 1 :])

    return _edited(data, edit)


def attachment_added(data: bytes, chance: random.Random) -> bytes:
    """One attachment more."""
    return _edited(data, lambda pdf: pdf.attachments.__setitem__(f"more-{chance.randrange(9)}.txt", b"more"))


def attachment_renamed(data: bytes, chance: random.Random) -> bytes:
    """One attachment by another name."""

    def edit(pdf: pikepdf.Pdf) -> None:
        one = chance.choice(list(pdf.Root.AF))
        one.UF = one.F = pikepdf.String(f"other-{one.F}")

    return _edited(data, edit)


def title(data: bytes, chance: random.Random) -> bytes:
    """The title of the document."""
    return _edited(data, lambda pdf: pdf.docinfo.__setitem__("/Title", f"Another {chance.randrange(99)}"))


def _edited(data: bytes, edit: Callable[[pikepdf.Pdf], None]) -> bytes:
    """The report as drawn, edited and written in its own layout, with what followed it behind."""
    end = data.index(b"%%EOF\n") + 6
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data[:end])) as pdf:
        edit(pdf)
        pdf.save(out, **WRITTEN)
    return out.getvalue() + data[end:]


CHANGES: dict[str, Change] = {
    "a byte": a_byte,
    "text of a page": _page(rb"\([^()\\]*[a-z]", _other_letter),
    "number of a page": _page(rb"(?<=[\d.])\d(?= )", _other_digit),
    "number of the result": _attachment("result.json", _digit),
    "value, its hash made right": _rehashed(_value),
    "name, its hash made right": _rehashed(_name),
    "number of the ink": _attachment(r".*\.inkml", _digit),
    "number of the ink, hashes made right": ink_with_its_hash,
    "settings": _attachment("settings.json", _digit),
    "attachment lost": attachment_lost,
    "attachment added": attachment_added,
    "attachment renamed": attachment_renamed,
    "title": title,
    "signature": a_signature_byte,
}


def found(data: bytes, folder: Path) -> bool:
    """Whether `verify` says that a report does not hold."""
    file = folder / "changed.pdf"
    file.write_bytes(data)
    try:
        return not verification.verify(file).holds
    except ForgeryKitError:
        return True


def without_a_model(whole: bytes) -> None:
    """Let the result of the report stand for what any ink gives, and draw each result once."""
    stated = from_json(take_apart(whole, "report").files["result.json"].decode(), Comparison)
    told = ("case", "examiner", "date", "notes", "mandate", "custody", "command", "ink")
    draw, drawn = verification.comparison_pdf, dict[str, bytes]()

    def again(changed: Comparison, *_: Any) -> Comparison:
        return dataclasses.replace(stated, **{name: getattr(changed, name) for name in told})

    def drawn_once(one: Comparison, recordings: Any, *rest: Any) -> bytes:
        key = json.dumps([report_id(one), ink_hashes(recordings or {}), rest])
        if key not in drawn:
            drawn[key] = draw(one, recordings, *rest)
        return drawn[key]

    verification.compared_again = again
    verification.missing_model = lambda *_: ""
    verification.comparison_pdf = drawn_once


def main(arguments: list[str] | None = None) -> int:
    """Change, verify, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    whole = options.report.read_bytes()
    chance = random.Random(options.seed)
    without_a_model(whole)
    counts: dict[str, int] = {}
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        if found(whole, Path(folder)):
            print("the report does not hold as it is", file=sys.stderr)
            return 1
        for number in range(options.changes):
            kind = list(CHANGES)[number % len(CHANGES)]
            changed = CHANGES[kind](whole, chance)
            counts[kind] = counts.get(kind, 0) + 1
            print(f"{number + 1} {kind}", file=sys.stderr, flush=True)
            if changed == whole or not found(changed, Path(folder)):
                missed.append(f"{kind}, change {number}")
    print(json.dumps({"changes": options.changes, "seed": options.seed, "kinds": counts, "missed": missed}, indent=1))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
