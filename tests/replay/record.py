"""Records histories of new branches: `python -m tests.replay.record`. What is there is never recorded again.

Journeys that run today were started by yesterday's code: what was recorded once must replay for ever. So a change of a
workflow goes behind `workflow.patched`, and adds branches here; it never touches an old file.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.replay.branches import BRANCHES, EASILY_TIRED, Branch
from tests.workflows.building import dev_server, open_house

HISTORIES = Path(__file__).parent / "histories"
TIRED_AFTER = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=40")
"""Makes a server ask for a fresh history early; it says so in each history, so the replay knows it, too."""


def missing(branches: Mapping[str, Branch]) -> dict[str, Branch]:
    """Return the branches of which nothing was recorded yet."""
    return {name: story for name, story in branches.items() if not any(HISTORIES.glob(f"{name}.*.json"))}


async def record(branches: Mapping[str, Branch], *options: str) -> int:
    """Tell each story on a server of their own, write down its histories, and return how many were written."""
    if not branches:
        return 0
    written = 0
    with tempfile.TemporaryDirectory() as folder:
        async with dev_server(*options) as env, open_house(env.client, Path(folder)) as house:
            for name, story in branches.items():
                for part, handle in (await story(house)).items():
                    file = HISTORIES / f"{name}.{part}.json"
                    file.write_text(a_line_an_event((await handle.fetch_history()).to_json()))
                    sys.stderr.write(f"recorded {file.name}, {file.stat().st_size // 1024} KB\n")
                    written += 1
    return written


def a_line_an_event(history: str) -> str:
    """Return a history's JSON with one event a line: half the size, and a diff still shows which event differs."""
    events = [json.dumps(event, separators=(",", ":")) for event in json.loads(history)["events"]]
    return '{"events":[\n' + ",\n".join(events) + "\n]}\n"


async def main() -> None:
    """Record whatever is missing."""
    HISTORIES.mkdir(exist_ok=True)
    written = await record(missing(BRANCHES)) + await record(missing(EASILY_TIRED), *TIRED_AFTER)
    sys.stderr.write(f"{written} new histories; those that were there are as they were\n")


if __name__ == "__main__":
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # some branches are about failures
    asyncio.run(main())
