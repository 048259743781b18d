"""Reader for the signature recordings of SVC2004 (task 1 and 2) and SUSIG.

* **SVC2004** (Yeung et al. 2004): a line with the number of points, then `x y t button` (task 1) or
  `x y t button azimuth altitude pressure` (task 2), t in milliseconds; task 1 is also spread as a NumPy array (4, n).
  y counts upwards and is flipped: the signatures then read the right way. Bit 0 of the button is the tip, the other
  bits are the buttons on the barrel. The first sample of each component has button 0 although the pen already
  presses (task 2 shows it), so 0 begins a stroke and belongs to it; an even button above 0 without pressure is hover.
  Other tablets write this layout with a path in the air: with pressure, runs of 0 that do not press are hover;
  without, they cannot be told from dots and are refused.
  Angles are tenths of degrees, pressure counts to 1023. Other tablets count further (drivers of today to 32767), and
  programs write shares of the whole: what goes beyond 1023 is taken relative to its largest value, and fractions up
  to 1 as they are. A pen cannot stand more than upright, so a larger altitude shows that the columns are others.
* **SUSIG** (Kholmatov & Yanikoglu 2009): two header lines, then `x y t pressure endpoint`; y counts downwards (its
  own drawing program draws −y); endpoint 1 is the last point of a stroke. Two tablets: the visual corpus counts
  coordinates to 32767 and pressure to 255, the blind one coordinates below 5104 (Wacom Graphire2) and pressure to
  1023. The files do not say which; over all 4,760 of them the largest coordinate does.

None of them states a resolution, so ``mm_per_unit`` is None.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MIN_POINTS
from datasets.readers.building import build_ink
from datasets.readers.lifts import AWAY_NOTE, away_points
from datasets.readers.order import ROWS_NOTE, runs_backwards
from datasets.readers.tables.columns import is_common_clock, seconds
from datasets.sample import Sample

NAME = "signatures"
SUMMARY = "signatures of SVC2004 (text, task 1 arrays) and SUSIG"

#: Pressure that the tablets count to: SVC2004's Wacom Intuos and the Graphire2 have 1024 levels, the ePad 256.
PRESSURE_MAX = {"svc2004": 1023.0, "susig blind": 1023.0, "susig visual": 255.0}
#: The largest pressure that a tablet counts to.
MOST_LEVELS = 65535
#: Largest altitude and azimuth in tenths of degrees.
UPRIGHT, FULL_TURN = 900, 3600
#: Median altitude in tenths of degrees below which angles are in another unit: no hand holds a pen so flat, and no
#: tablet measures it.
FLATTEST = 150
#: Units across the Graphire2; the smallest file of the visual corpus reaches 14,696.
GRAPHIRE2_UNITS = 5104
#: Successive points with button 0: dots of one sample. No file of SVC2004 has more, and few have two.
LONGEST_RUN_OF_ZEROS = 2
#: Milliseconds between two points beyond which the clock has jumped (a 32-bit counter that wraps is found).
LARGEST_STEP_MS = 1e6

#: Points of one signature: a quarter of an hour at 100 points a second. Real ones have some hundreds.
MAX_SIGNATURE_POINTS = 100_000

_NUMPY = b"\x93NUMPY"
_SUSIG = re.compile(rb"[^\r\n]{0,80}\r?\n\s*DataSize:\s*(\d{1,9})\s*\r?\n", re.IGNORECASE)
_NUMBER = rb"[-+]?\d+(?:\.\d*)?"
_SVC = re.compile(
    rb"\s*(\d{1,9})[ \t]*\r?\n[ \t]*("
    + _NUMBER
    + rb"(?:[ \t]+"
    + _NUMBER
    + rb"){3}(?:[ \t]+"
    + _NUMBER
    + rb"){0,3})[ \t]*(?:\r?\n|\Z)"
)


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are one of the three forms: an array of 4 rows, a DataSize, a count over numbers."""
    if head.startswith(_NUMPY):
        return re.search(rb"'shape': \(4, \d+\)", head[:256]) is not None
    svc = _SVC.match(head)
    return _SUSIG.match(head) is not None or (svc is not None and len(svc[2].split()) in (4, 7))


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """The signature as one sample. ``folder`` is not used.

    Raises
    ------
    UnreadableFileError : a count that does not fit the rows, values that are no numbers, no ink.
    HostileFileError : more points than the limits allow.
    """
    if data.startswith(_NUMPY):
        return (_svc(_array(data, name).T, name),)
    susig = _SUSIG.match(data)
    if susig is not None:
        return (_susig(_rows(data[susig.end() :], int(susig[1]), (5,), name), name),)
    svc = _SVC.match(data)
    if svc is None:
        raise UnreadableFileError(name, "this is no signature of SVC2004 or SUSIG.")
    return (_svc(_rows(data[svc.start(2) :], int(svc[1]), (4, 7), name), name),)


def _array(data: bytes, name: str) -> NDArray[np.float64]:
    """The NumPy array (4, n) of a task 1 file; its declared size is checked before anything is allocated."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, _, dtype = header(stream)
    except (ValueError, KeyError, SyntaxError) as error:
        raise UnreadableFileError(name, "the header of this NumPy array is broken.") from error
    if len(shape) != 2 or shape[0] != 4 or dtype.kind not in "iuf" or shape[1] < 1:
        raise UnreadableFileError(
            name, f"a NumPy array {shape} of {dtype} is no signature; SVC2004 has (4, n) numbers."
        )
    _check_count(shape[1], name)
    if len(data) - stream.tell() != shape[0] * shape[1] * dtype.itemsize:
        raise UnreadableFileError(name, "the array is not as long as its header says.", "Fetch the file again.")
    stream.seek(0)
    return np.asarray(np.load(stream, allow_pickle=False), dtype=np.float64)


def _rows(body: bytes, count: int, widths: tuple[int, ...], name: str) -> NDArray[np.float64]:
    """``count`` rows of numbers, all of one of the ``widths``, (n, width)."""
    _check_count(max(count, body.count(b"\n")), name)
    lines = [line.split() for line in body.splitlines() if line.strip()]
    if len(lines) != count or count == 0:
        raise UnreadableFileError(
            name, f"it says {count} points and has {len(lines)} rows.", "Fetch it again, it may be cut off."
        )
    if len({len(line) for line in lines}) != 1 or len(lines[0]) not in widths:
        raise UnreadableFileError(name, f"rows do not have {' or '.join(map(str, widths))} values each.")
    try:
        return np.array(lines, dtype=np.float64)
    except ValueError as error:
        raise UnreadableFileError(name, f"a value is not a number ({error}).") from error


def _check_count(count: int, name: str) -> None:
    if count > MAX_SIGNATURE_POINTS:
        raise HostileFileError(name, f"more than {MAX_SIGNATURE_POINTS} points are no signature.", "Refused.")


def _svc(rows: NDArray[np.float64], name: str) -> Sample:
    """Sample of SVC2004 rows (n, 4) or (n, 7)."""
    if not np.isfinite(rows).all():
        raise UnreadableFileError(name, "a value is not a finite number.")
    notes: Counter[str] = Counter()
    rows = _in_order(rows, notes)
    x, y, milliseconds, button = rows[:, :4].T
    buttons = button.astype(np.int64)
    if (buttons != button).any() or buttons.min() < 0 or buttons.max() > 255:
        raise UnreadableFileError(name, "the button column holds values that are no button states.")
    notes["points with a barrel button pressed"] = int((buttons > 1).sum())
    columns = {"x": x, "y": y, "t": milliseconds}
    hover = (buttons > 1) & (buttons % 2 == 0)
    if rows.shape[1] == 7:
        azimuth, altitude, pressure = rows[:, 4:].T
        hover = (hover | _in_run(buttons == 0)) & (pressure == 0)
        notes["points in a row without tip and pressure, read as hover"] = int((hover & (buttons == 0)).sum())
        columns |= _pressure(pressure, notes, name)
        columns |= _angles(altitude, azimuth, notes, name)
    else:
        _refuse_air(buttons == 0, name)
    begins = ((buttons == 0) & ~hover) | np.append(True, hover[1:] != hover[:-1])
    return _sample(columns, begins, ~hover, notes, "SVC2004", name, y_up=True)


def _in_order(rows: NDArray[np.float64], notes: Counter[str]) -> NDArray[np.float64]:
    """Rows (n, c) from the first on, where their clock (the third column) runs backwards."""
    if not runs_backwards(rows[:, 2]):
        return rows
    notes[ROWS_NOTE] = len(rows)
    return rows[::-1]


def _pressure(pressure: NDArray[np.float64], notes: Counter[str], name: str) -> dict[str, NDArray[np.float64]]:
    """The column of pressure 0 to 1, or none where it says only whether the pen is down."""
    largest, whole = float(pressure.max()), bool((pressure == np.rint(pressure)).all())
    if pressure.min() < 0 or largest > MOST_LEVELS:
        raise UnreadableFileError(
            name,
            f"pressure is outside 0 to {MOST_LEVELS}, which no tablet counts to.",
            "Check the order of its columns.",
        )
    if whole and largest <= 1:
        notes["pressure says only whether the pen is down, counted as missing"] = 1
        return {}
    if largest <= 1:
        notes["pressure in fractions up to 1, taken as it is"] = 1
        return {"pressure": pressure}
    if whole and largest <= PRESSURE_MAX["svc2004"]:
        return {"pressure": pressure / PRESSURE_MAX["svc2004"]}
    notes["pressure is relative to the largest of the file"] = 1
    return {"pressure": pressure / largest}


def _angles(
    altitude: NDArray[np.float64], azimuth: NDArray[np.float64], notes: Counter[str], name: str
) -> dict[str, NDArray[np.float64]]:
    """The columns of altitude and azimuth in radians, none where they are in another unit or not measured."""
    for label, values, low, high in (("altitude", altitude, 0, UPRIGHT), ("azimuth", azimuth, -FULL_TURN, FULL_TURN)):
        if values.min() < low or values.max() > high:
            worst = float(values.max() if values.max() > high else values.min()) / 10
            raise UnreadableFileError(
                name,
                f"an {label} of {worst:g} degrees: its columns are not x, y, t, button, azimuth, altitude, pressure.",
                "Write it as CSV with a header.",
            )
    if np.median(altitude) < FLATTEST:
        notes["angles are not in tenths of degrees, counted as missing"] = 1
        return {}
    return {"altitude": np.radians(altitude / 10), "azimuth": np.radians(azimuth / 10)}


def _in_run(zero: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Points (n,) of ``zero`` with another one beside them."""
    return zero & (np.append(zero[1:], False) | np.append(False, zero[:-1]))


def _refuse_air(zero: NDArray[np.bool_], name: str) -> None:
    """Refuse a path in the air among rows that cannot tell it from dots; ``zero`` (n,): button 0."""
    edges = np.flatnonzero(np.diff(zero.astype(np.int8), prepend=0, append=0))
    lengths = edges[1::2] - edges[::2]
    if len(lengths) and (lengths.max() > LONGEST_RUN_OF_ZEROS or (lengths > 1).sum() > (lengths == 1).sum()):
        raise UnreadableFileError(
            name,
            "button 0 stands in runs, where SVC2004 has it once a stroke: the pen seems to be in the air there.",
            "Write it as CSV with a column pen_down (1 on the surface, 0 above it).",
        )


def _susig(rows: NDArray[np.float64], name: str) -> Sample:
    """Sample of SUSIG rows (n, 5)."""
    if not np.isfinite(rows).all():
        raise UnreadableFileError(name, "a value is not a finite number.")
    notes: Counter[str] = Counter()
    x, y, milliseconds, pressure, endpoint = _in_order(rows, notes).T
    corpus = "susig blind" if max(x.max(), y.max()) <= GRAPHIRE2_UNITS else "susig visual"
    pressure = _share(pressure, PRESSURE_MAX[corpus], name)
    columns = {"x": x, "y": y, "t": milliseconds, "pressure": pressure}
    begins = np.append(True, endpoint[:-1] == 1)
    return _sample(columns, begins, np.ones(len(x), bool), notes, corpus.replace("susig", "SUSIG"), name)


def _share(pressure: NDArray[np.float64], largest: float, name: str) -> NDArray[np.float64]:
    """Pressure as a share of what the tablet counts to."""
    if pressure.min() < 0 or pressure.max() > largest:
        raise UnreadableFileError(name, f"pressure is outside 0 to {largest:g}, so this is another tablet.")
    return pressure / largest


def _sample(
    columns: dict[str, NDArray[np.float64]],
    begins: NDArray[np.bool_],
    pen_down: NDArray[np.bool_],
    notes: Counter[str],
    device: str,
    name: str,
    y_up: bool = False,
) -> Sample:
    """Sample of columns (n,), t in ms, cut where ``begins`` is true; pen_down (n,) is the same within a stroke.

    ``y_up`` where y counts upwards.
    """
    xy = np.stack([columns["x"], columns["y"]], axis=1)
    away = away_points(xy, columns.get("pressure"), np.flatnonzero(begins), name)
    notes[AWAY_NOTE] = int(away.sum())
    columns = {column: values[~away] for column, values in columns.items()}
    begins, pen_down = (begins | np.append(False, away[:-1]))[~away], pen_down[~away]
    if y_up:
        columns["y"] = 0.0 - columns["y"]
    if int(pen_down.sum()) < MIN_POINTS:
        raise UnreadableFileError(name, f"there are fewer than {MIN_POINTS} points on the surface.")
    starts = np.flatnonzero(begins)
    step = np.abs(np.diff(columns["t"]))
    if len(step) and step.max() > LARGEST_STEP_MS:
        del columns["t"]
        notes["time jumps by more than 1000 s, counted as missing"] = 1
    elif (t := seconds(columns["t"], starts, (1e3,), False, notes)) is not None:
        columns["t"] = t
    else:
        del columns["t"]
    if "t" in columns and not is_common_clock(columns["t"], starts, notes):
        del columns["t"]
    ink = build_ink(
        name,
        np.split(np.stack(list(columns.values()), axis=1), starts[1:]),
        tuple(columns),
        list(pen_down[starts]),
        time_source="recorded" if "t" in columns else None,
        notes=notes,
    )
    return Sample(ink=ink, device=device)
