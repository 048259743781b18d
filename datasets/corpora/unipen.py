"""UNIPEN train_r01_v07 (Guyon et al. 1994): words and texts of many donors' writers, devices and rates.

Follows the rules that this release needs: components are counted by blocks with coordinates, masked ink is
dropped after counting, y is flipped to point down, rates that cannot be true count as unknown, the same people
under several donors are merged, and names become pseudonyms (donor and a running number).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.cache import TICKS_PER_SECOND, file_key, read_samples, write_samples
from datasets.corpora.archive import members
from datasets.errors import MissingResourceError
from datasets.ink import Ink, device_oddities, ink_from_strokes
from datasets.sample import Sample

ARCHIVE = "train_r01_v07-words-and-text.tar.xz"
PARSER_VERSION = "1"
#: Donors that recorded the same people; only apb against apd and ape is a change of device and occasion.
SAME_PEOPLE = {"cee": "ced", "cec": "cea", "apd": "apb", "ape": "apb"}
TWO_DEVICE_DONORS = ("apb", "apd", "ape")
#: Points per second that a tablet can have; kai states 9600 and art 10.
PLAUSIBLE_RATE = (30.0, 1000.0)
MM_PER_INCH = 25.4
_KEYWORD = re.compile(rb"^[ \t]*\.([A-Z_]+)", re.M)
_SEGMENT = re.compile(rb'^\.SEGMENT[ \t]+(TEXT|WORD)[ \t]+([\d,:-]+)[ \t]+(\S+)[ \t]+"(.*)"', re.M)
_INCLUDE = re.compile(rb"^\.INCLUDE[ \t]+(\S+)", re.M)


@dataclass(frozen=True)
class Component:
    """A block of coordinates: (n, c) rows as in the file, or masked (n = 0) test ink that only counts."""

    rows: NDArray[np.float64]
    pen_down: bool


@dataclass(frozen=True)
class Header:
    """What a file and its includes state; None where not stated."""

    points_per_inch: float | None = None
    rate: float | None = None
    writer: str | None = None
    columns: tuple[str, ...] = ("X", "Y")


class Unipen:
    """The corpus under ``root``: a folder with its archive, or with ``data/`` and ``include/`` extracted.

    Attributes
    ----------
    samples : one Sample a word or text; ``writer`` is a pseudonym such as ced-007 (one person over all donors),
        ``device`` the donor whose tablet it was, ``form`` the ink file (numbered), ``line`` its running number.
    counts : what was found and what was wrong → how many.
    """

    def __init__(self, root: str | Path, cache: str | Path | None = None) -> None:
        """Raises MissingResourceError where the corpus is missing, UnreadableFileError for a damaged archive."""
        self.root = Path(root)
        if (self.root / "unipen").is_dir():
            self.root = self.root / "unipen"
        source = self.root if (self.root / "include").is_dir() else self.root / ARCHIVE
        if not source.exists():
            raise MissingResourceError(str(root), "there is no UNIPEN here.", f"Give the folder that holds {ARCHIVE}.")
        key = PARSER_VERSION + (file_key(source) if source.is_file() else "folder")
        packed = Path(cache) / "unipen.fkcache" if cache and source.is_file() else None
        cached = read_samples(packed, key) if packed else None
        if cached:
            self.samples, extra = cached
            self.counts, self.missing = extra["counts"], extra["missing"]
        else:
            self._parse(source)
            if packed:
                write_samples(packed, self.samples, key, {"counts": self.counts, "missing": self.missing})

    def _parse(self, source: Path) -> None:
        files = dict(members(source, ("",)))
        counts: Counter[str] = Counter()
        missing: dict[str, str] = {}
        taken: dict[str, set[int]] = defaultdict(set)
        parsed: dict[str, list[Component]] = {}
        found: list[tuple[str, str, Sample]] = []
        # Texts first: where a word and a text hold the same ink, the text is kept and the word left out.
        names = sorted((n for n in files if n.startswith("data/")), key=lambda n: (-int(n.split("/")[1]), n))
        for name in names:
            counts["ink files"] += 1
            donor = name.split("/")[2]
            header, inks = Header(), []
            for target in [t.decode("latin-1") for t in _INCLUDE.findall(files[name])]:
                path = f"include/{target}"
                if path.endswith((".lex", ".freq")):
                    continue
                if path not in files:
                    missing[name] = target
                    counts["included files missing"] += 1
                    continue
                header = read_header(files[path], header)
                if b".PEN_DOWN" in files[path]:
                    inks.append(path)
            header = read_header(files[name], header)
            if b".PEN_DOWN" in files[name]:
                inks.append(name)
            if not inks:
                counts["files without ink"] += 1
                continue
            components = []
            for path in inks:
                if path not in parsed:
                    parsed[path] = read_components(files[path], len(header.columns))
                components += parsed[path]
            mark = taken["+".join(inks)]
            for level, ranges, text in segments(files[name]):
                picked = [i for i, _, _ in ranges]
                if not picked or max(picked) >= len(components):
                    counts["segments beyond the ink"] += 1
                elif mark & set(picked):
                    counts["segments whose ink is in another"] += 1
                else:
                    ink = segment_ink([_slice(components[i], a, b) for i, a, b in ranges], header)
                    mark |= set(picked)
                    if ink is None:
                        counts["segments masked or empty"] += 1
                        continue
                    sample = Sample(ink=ink, text=text, form=name, line=level.lower(), device=donor, origin="genuine")
                    found.append((SAME_PEOPLE.get(donor, donor), _person(header.writer or name, donor), sample))
        self.samples = _pseudonymous(found)
        counts["samples"] = len(self.samples)
        counts["points"] = sum(len(s.ink) for s in self.samples)
        counts["people"] = len({s.writer for s in self.samples})
        counts["donors"] = len({s.device for s in self.samples})
        self.counts = dict(counts)
        self.missing = {f"file {i}": target for i, target in enumerate(sorted(set(missing.values())), 1)}

    def info(self) -> dict[str, int | str]:
        """What the corpus holds and what is wrong with it, for printing."""
        return {**self.counts, **{f"missing: {name}": target for name, target in self.missing.items()}}


def two_device_people(samples: list[Sample]) -> set[str]:
    """Writers recorded on the Wacom tablet (apb, 1992) and on the Newton (apd or ape, 1994)."""
    donors = defaultdict(set)
    for sample in samples:
        donors[sample.writer].add(sample.device)
    return {str(w) for w, d in donors.items() if "apb" in d and d & {"apd", "ape"}}


def read_header(data: bytes, start: Header) -> Header:
    """``start`` with what this file states; the last statement counts."""
    header = start
    for keyword, value in re.findall(rb"^\.(\w+)[ \t]+(\S[^\r\n]*)", data, re.M):
        text = value.decode("latin-1").strip()
        if keyword in (b"X_POINTS_PER_INCH", b"X_POINTS_PER_MM"):
            number = _number(text)
            scale = MM_PER_INCH if keyword.endswith(b"MM") else 1.0
            header = replace(header, points_per_inch=number * scale if number else None)
        elif keyword == b"POINTS_PER_SECOND":
            rate = _number(text)
            plausible = rate is not None and PLAUSIBLE_RATE[0] <= rate <= PLAUSIBLE_RATE[1]
            header = replace(header, rate=rate if plausible else None)
        elif keyword == b"WRITER_ID":
            header = replace(header, writer=text)
        elif keyword == b"COORD":
            header = replace(header, columns=tuple(text.split()))
    return header


def read_components(data: bytes, columns: int) -> list[Component]:
    """Blocks with at least one coordinate, in order: only these are numbered. A masked one is a single ``0 0``."""
    marks = [(m.group(1), m.start(), m.end()) for m in _KEYWORD.finditer(data)]
    result = []
    for index, (keyword, _, begin) in enumerate(marks):
        if keyword not in (b"PEN_DOWN", b"PEN_UP"):
            continue
        block = data[begin : marks[index + 1][1] if index + 1 < len(marks) else len(data)]
        try:
            values = np.array(block.split(), dtype=np.float64)
        except ValueError:
            values = np.array([v for v in map(_number, block.decode("latin-1").split()) if v is not None])
        rows = values[: len(values) // columns * columns].reshape(-1, columns)
        if len(rows) == 0:
            continue
        down = keyword == b"PEN_DOWN"
        masked = down and len(rows) == 1 and not rows[0, :2].any()
        result.append(Component(rows[:0] if masked else rows, down))
    return result


def segments(data: bytes) -> Iterator[tuple[str, list[tuple[int, int | None, int | None]], str]]:
    """(level, [(component, first point or None, last point or None)], label) of texts, then of words."""
    found = [(m.group(1).decode(), _ranges(m.group(2).decode()), m.group(4)) for m in _SEGMENT.finditer(data)]
    for level in ("TEXT", "WORD"):
        for its_level, ranges, label in found:
            if its_level == level:
                yield level, ranges, label.decode("latin-1").replace('\\"', '"')


def segment_ink(components: list[Component], header: Header) -> Ink | None:
    """Ink of a segment's components, or None where all of it is masked or a single point.

    Time comes from a T column (ms) or from the stated rate, then within strokes; pauses in which the tablet
    recorded nothing are unknown and one sampling step stands for them, which the notes say.
    """
    kept = [c for c in components if len(c.rows)]
    if not any(c.pen_down for c in kept) or sum(len(c.rows) for c in kept) < 2:
        return None
    strokes, clock = [], 0.0
    recorded = "T" in header.columns
    timed = recorded or header.rate is not None
    for component in kept:
        rows = component.rows
        columns = [rows[:, 0], -rows[:, 1]]
        if recorded:
            columns.append(rows[:, header.columns.index("T")] / 1000.0)
        elif header.rate is not None:
            columns.append(clock + np.arange(len(rows)) / header.rate)
            clock += len(rows) / header.rate
        strokes.append(np.column_stack(columns))
    if timed:
        start = strokes[0][0, 2]
        for stroke in strokes:
            stroke[:, 2] = np.rint((stroke[:, 2] - start) * TICKS_PER_SECOND) / TICKS_PER_SECOND
    hover = not all(c.pen_down for c in kept)
    ink = ink_from_strokes(
        strokes,
        ("x", "y", "t") if timed else ("x", "y"),
        [c.pen_down for c in kept],
        MM_PER_INCH / header.points_per_inch if header.points_per_inch else None,
        ("recorded" if recorded else "constant rate") if timed else None,
        {"pauses between strokes not recorded": int(timed and not recorded and not hover)},
    )
    return device_oddities(ink)


def _slice(component: Component, first: int | None, last: int | None) -> Component:
    return Component(component.rows[first or 0 : None if last is None else last + 1], component.pen_down)


def _ranges(text: str) -> list[tuple[int, int | None, int | None]]:
    """``3:5-7,9`` → component 3 from point 5, 4, 5, 6, 7, and 9."""
    result: list[tuple[int, int | None, int | None]] = []
    for part in text.split(","):
        ends = [[int(v) for v in end.split(":") if v] for end in part.split("-") if end]
        if not ends or not ends[0]:
            continue
        first, last = ends[0], ends[-1]
        for index in range(first[0], last[0] + 1):
            begin = first[1] if index == first[0] and len(first) > 1 else None
            end = last[1] if index == last[0] and len(last) > 1 and len(ends) > 1 else None
            result.append((index, begin, end))
    return result


def _number(text: str) -> float | None:
    try:
        value = float(text.split()[0])
    except (ValueError, IndexError):
        return None
    return value if np.isfinite(value) else None


def _person(writer: str, donor: str) -> str:
    """The name that equals over a person's donors: case, spaces and a session suffix _1, _2 left out."""
    return re.sub(r"_[12]$", "", writer.strip().lower())


def _pseudonymous(found: list[tuple[str, str, Sample]]) -> list[Sample]:
    """Samples with writers renamed to group-001 … in the order of their names, and files numbered."""
    numbers: dict[tuple[str, str], str] = {}
    for group in sorted({g for g, _, _ in found}):
        for index, person in enumerate(sorted({p for g, p, _ in found if g == group}), 1):
            numbers[group, person] = f"{group}-{index:03}"
    forms: dict[str, int] = {}
    result = []
    for group, person, sample in sorted(found, key=lambda f: numbers[f[0], f[1]]):
        form = forms.setdefault(str(sample.form), len(forms) + 1)
        result.append(replace(sample, writer=numbers[group, person], form=f"file-{form:05}", format="unipen"))
    return result
