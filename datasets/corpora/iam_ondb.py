"""IAM-OnDB (Liwicki & Bunke 2005): lines of a whiteboard recording, with writer, text, form and official split.

Reads the archives or an extracted folder, handles the corpus's known defects and counts them.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.cache import TICKS_PER_SECOND, file_key, read_samples, write_samples
from datasets.corpora.archive import find_source, members
from datasets.errors import MissingResourceError
from datasets.ink import Ink, device_oddities, ink_from_strokes
from datasets.sample import Sample

SPLITS = ("trainset", "testset_t", "testset_v", "testset_f")
DEVICE = "whiteboard, infrared pen (eBeam)"
#: Version of what this module makes of the archives; part of the cache's key.
PARSER_VERSION = "1"
_STROKE = re.compile(rb"<Stroke\b[^>]*>(.*?)</Stroke>", re.S)
_POINT = re.compile(rb'<Point\s+x="([-\d.]+)"\s+y="([-\d.]+)"\s+time="([\d.]+)"\s*/>')
_FORM = re.compile(r'<Form\s+[^>]*?writerID="(\d+)"')
_CAPTURE = re.compile(r'<CaptureTime\s+time="([\d:.]+)"\s+year="(\d+)"\s+month="(\d+)"\s+dayOfMonth="(\d+)"')
_TEXT_LINE = re.compile(r'<TextLine\s+id="[^"]*"\s+text="([^"]*)"')


class IamOnDb:
    """The corpus under ``root``: a folder with its archives, or with ``lineStrokes/``, ``original/`` extracted.

    Attributes
    ----------
    samples : one Sample a line, in the order of their names; ``form`` such as a01-000u, ``line`` its number,
        ``sitting`` the capture time in ISO form, ``split`` one of ``SPLITS`` or None.
    counts : what was found and what was wrong → how many.
    broken : names of line files that cannot be read, with the reason. They are reported, not repaired.
    """

    def __init__(self, root: str | Path, cache: str | Path | None = None) -> None:
        """Raises MissingResourceError where the archives are missing, UnreadableFileError for damaged ones."""
        self.root = Path(root)
        if (self.root / "iam-ondb").is_dir():
            self.root = self.root / "iam-ondb"
        lines = find_source(self.root, "lineStrokes-all.tar.xz", "lineStrokes")
        headers = find_source(self.root, "original-headers.tar.xz", "original")
        texts = find_source(self.root, "ascii-all.tar.xz", "ascii")
        if lines is None or headers is None:
            raise MissingResourceError(
                str(root),
                "there is no IAM-OnDB here.",
                "Give the folder that holds lineStrokes-all.tar.xz and original-headers.tar.xz (or both extracted).",
            )
        sources = [s for s in (lines, headers, texts) if s is not None]
        lists = [self.root / f"{split}.txt" for split in SPLITS]
        whole = all(s.is_file() for s in (*sources, *lists))
        key = PARSER_VERSION + (file_key(*sources, *lists) if whole else "folder")
        packed = Path(cache) / "iam-ondb.fkcache" if cache and not key.endswith("folder") else None
        cached = read_samples(packed, key) if packed else None
        if cached:
            self.samples, extra = cached
            self.counts, self.broken = extra["counts"], extra["broken"]
        else:
            self._parse(lines, headers, texts)
            if packed:
                write_samples(packed, self.samples, key, {"counts": self.counts, "broken": self.broken})

    def _parse(self, lines: Path, headers: Path, texts: Path | None) -> None:
        split_of = self._splits()
        forms = {_form_of_header(name): data for name, data in members(headers, (".xml",))}
        csr = {Path(n).stem: _csr_lines(d) for n, d in members(texts, (".txt",))} if texts else {}
        writers, times, texts_of = {}, {}, {}
        for form, data in forms.items():
            text = data.decode("iso-8859-1")
            if found := _FORM.search(text):
                writers[form] = found.group(1)
            if found := _CAPTURE.search(text):
                clock, year, month, day = found.groups()
                times[form] = f"{int(year):04}-{int(month):02}-{int(day):02}T{clock}"
            # Entities are escaped twice in the corpus (&amp;quot;).
            texts_of[form] = [html.unescape(html.unescape(t)) for t in _TEXT_LINE.findall(text)]
        self.samples, self.broken = [], {}
        files: Counter[str] = Counter()
        for name, data in sorted(members(lines, (".xml",))):
            form, _, number = Path(name).stem.rpartition("-")
            try:
                if not form or not number.isdecimal():
                    raise ValueError("its name is not that of a line")
                files[form] += 1
                ink = read_line(data)
            except ValueError as error:
                self.broken[name] = str(error)
                continue
            self.samples.append(
                Sample(
                    ink=ink,
                    file=name,
                    format="iam-ondb",
                    writer=writers.get(form),
                    form=form,
                    line=number,
                    sitting=times.get(form),
                    device=DEVICE,
                    split=split_of.get(form),
                    origin="genuine",
                )
            )
        misaligned = {f for f, n in files.items() if len(_texts(f, texts_of, csr)) != n}
        self.samples = [
            _with_text(s, _texts(s.form or "", texts_of, csr)) if s.form not in misaligned else s for s in self.samples
        ]
        self.counts = self._count(files, misaligned, writers)

    def _count(self, files: Counter[str], misaligned: Iterable[str], writers: dict[str, str]) -> dict[str, int]:
        counts = {
            "lines": len(self.samples),
            "broken files": len(self.broken),
            "forms": len(files),
            "writers": len({s.writer for s in self.samples if s.writer}),
            "lines without writer": sum(n for f, n in files.items() if f not in writers),
            "forms without writer": sum(f not in writers for f in files),
            "forms whose texts do not line up": len(set(misaligned)),
            "lines without text": sum(s.text is None for s in self.samples),
            "strokes": sum(len(s.ink.stroke_ends) for s in self.samples),
            "points": sum(len(s.ink) for s in self.samples),
            "times that step back": sum(s.ink.notes.get("times that step back", 0) for s in self.samples),
        }
        for split in SPLITS:
            mine = [s for s in self.samples if s.split == split]
            counts[f"{split} forms"] = len({s.form for s in mine})
            counts[f"{split} lines"] = len(mine)
            counts[f"{split} lines with a writer"] = sum(s.writer is not None for s in mine)
            counts[f"{split} writers"] = len({s.writer for s in mine if s.writer})
        return counts

    def _splits(self) -> dict[str, str]:
        split_of = {}
        for split in SPLITS:
            path = self.root / f"{split}.txt"
            if not path.is_file():
                raise MissingResourceError(str(path), "the official split is missing.", "Put the four lists here.")
            split_of.update(dict.fromkeys(path.read_text().split(), split))
        return split_of

    def info(self) -> dict[str, int | str]:
        """What the corpus holds and what is wrong with it, for printing."""
        return {**self.counts, **{f"broken: {name}": reason for name, reason in self.broken.items()}}


def read_line(data: bytes) -> Ink:
    """Ink of one line file. Raises ValueError where it is cut off or holds no stroke.

    A fast path for 12,195 well-known files; files of unknown origin go through ``readers.iam_ondb``.
    """
    if not data.rstrip().endswith(b"</WhiteboardCaptureSession>"):
        raise ValueError("the file is cut off")
    strokes, empty = [], 0
    if data.count(b"<Stroke ") + data.count(b"<Stroke>") != data.count(b"</Stroke>"):
        raise ValueError("a stroke has no end")
    if data.count(b"<Point") != len(_POINT.findall(data)):
        raise ValueError("a point cannot be read")
    for block in _STROKE.findall(data):
        rows = _POINT.findall(block)
        if rows:
            strokes.append(np.array(rows, dtype=np.float64))
        else:
            empty += 1
    if not strokes:
        raise ValueError("no stroke has a point")
    start = strokes[0][0, 2]
    for stroke in strokes:
        stroke[:, 2] = np.rint((stroke[:, 2] - start) * TICKS_PER_SECOND) / TICKS_PER_SECOND
    ink = ink_from_strokes(strokes, ("x", "y", "t"), time_source="recorded", notes={"empty strokes": empty})
    return device_oddities(ink)


def _form_of_header(name: str) -> str:
    """original/a01/a01-001/strokesw.xml → a01-001w: the path is right where the id inside is wrong."""
    path = Path(name)
    return path.parent.name + path.stem.removeprefix("strokes")


def _csr_lines(data: bytes) -> list[str]:
    """Lines of the corrected text (CSR) of an ascii file."""
    _, found, csr = data.decode("iso-8859-1").replace("\r\n", "\n").partition("CSR:")
    return [line.strip() for line in csr.split("\n") if line.strip()] if found else []


def _texts(form: str, texts_of: dict[str, list[str]], csr: dict[str, list[str]]) -> list[str]:
    return texts_of.get(form) or csr.get(form, [])


def _with_text(sample: Sample, texts: list[str]) -> Sample:
    number = int(sample.line or "0")
    return replace(sample, text=texts[number - 1]) if 1 <= number <= len(texts) else sample
