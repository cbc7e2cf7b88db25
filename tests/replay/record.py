"""Records the history of every branch that has none yet: `make histories`. What is recorded is never recorded again."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.replay.branches import BRANCHES
from tests.workflows.building import dev_server, open_house

HISTORIES = Path(__file__).parent / "histories"


async def record() -> list[Path]:
    """Live every branch without a file on a real server and write its history down; return the new files."""
    missing = {name: branch for name, branch in BRANCHES.items() if not (HISTORIES / f"{name}.json").exists()}
    written: list[Path] = []
    if not missing:
        return written
    with tempfile.TemporaryDirectory() as folder:
        async with dev_server() as server, open_house(server.client, Path(folder)) as house:
            for name, branch in missing.items():
                history = await (await branch(house)).fetch_history()
                path = HISTORIES / f"{name}.json"
                path.write_text(history.to_json() + "\n")
                written.append(path)
    return written


if __name__ == "__main__":
    new = asyncio.run(record())
    sys.stdout.write("".join(f"recorded {path.name}\n" for path in new) or "every branch is recorded already\n")
