"""What a long table needs again and again: as much as fits in memory, the rest in a file that nobody else sees."""

from __future__ import annotations

import pickle
import tempfile
from collections import OrderedDict
from collections.abc import Hashable
from typing import IO, Any

#: Bytes of values, as they would be written, that stay in memory.
IN_MEMORY = 48 << 20


class Kept:
    """Values by key. Those that were not asked for lately are written to a file without a name, which ends with us.

    Where there is no room for that file they are forgotten, and have to be made again.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._most = in_memory
        self._held = 0
        self._near: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._far: dict[Hashable, tuple[int, int]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0

    def get(self, key: Hashable) -> Any:
        """The value of a key, or None."""
        if key in self._near:
            self._near.move_to_end(key)
            return self._near[key][0]
        if key not in self._far or self._file is None:
            return None
        begin, size = self._far[key]
        self._file.seek(begin)
        # It holds what we wrote, and no other process can open it.
        value = pickle.loads(self._file.read(size))
        self._hold(key, value, size)
        return value

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value; what had the key before is forgotten."""
        self._far.pop(key, None)
        if key in self._near:
            self._held -= self._near.pop(key)[1]
        self._hold(key, value, len(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)))

    def drop(self, key: Hashable) -> None:
        """Forget a value."""
        self._far.pop(key, None)
        if key in self._near:
            self._held -= self._near.pop(key)[1]

    def _hold(self, key: Hashable, value: Any, size: int) -> None:
        self._near[key] = value, size
        self._held += size
        while self._held > self._most and len(self._near) > 1:
            oldest, (gone, freed) = self._near.popitem(last=False)
            self._held -= freed
            if oldest not in self._far:
                self._write(oldest, gone)

    def _write(self, key: Hashable, value: Any) -> None:
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
            self._file.seek(self._end)
            if self._file.write(data) != len(data):
                return
        except OSError:
            # No room: made again where it is asked for. What was written of it is written over.
            return
        self._far[key] = self._end, len(data)
        self._end += len(data)
