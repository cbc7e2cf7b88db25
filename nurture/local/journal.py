"""What a catcher accepted, one JSON object a line, on disk before the sender hears yes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nurture.domain.ports import Clock


class Journal:
    """Appends to `path`. Every line carries our time (`at`) and the wall clock's (`real`), both UTC."""

    def __init__(self, path: Path, clock: Clock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Write one entry and return it with its times. It is on disk when this returns."""
        stamped = {"at": self._clock.now().isoformat(), "real": datetime.now(UTC).isoformat(), **entry}
        os.write(self._file, json.dumps(stamped, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._file)
        return stamped

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a journal, oldest first; none when there is no such file. A torn last line is left out."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)
