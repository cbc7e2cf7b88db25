"""The stack without made-up people: what somebody needs to try the product by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from nurture.domain.clock import TimeScale
from nurture.local.crowd import team_of
from nurture.local.stack import Say, Stack, running


async def stay_up(root: Path, folder: Path, say: Say, web_port: int = 0) -> None:
    """Run the stack in real time and say where everything is, until cancelled. Raises Misconfigured."""
    async with running(root, folder, TimeScale(), team_of(root), say, web_port=web_port) as stack:
        for line in directions(stack):
            say(line)
        await asyncio.Event().wait()


def directions(stack: Stack) -> Iterator[str]:
    """Yield where to look and how to use the command line against this stack."""
    settings, keys = stack.settings, stack.keys
    yield f"Reps' inbox      {settings.public_url}/inbox"
    yield from (f"  key of {rep:<9} {key}" for rep, key in keys.reps.items())
    yield f"Temporal's UI    {stack.temporal.ui_url}"
    yield f"Mails and texts  {stack.folder / 'mail.jsonl'}, {stack.folder / 'texts.jsonl'}"
    yield f"Logs             {stack.folder}/*.log"
    yield "For the command line in another terminal:"
    yield f"  export NURTURE_ROOT={settings.root} NURTURE_DATABASE_URL={settings.database_url}"
    yield f"  export NURTURE_TEMPORAL_ADDRESS={settings.temporal_address} NURTURE_SECRET={keys.secret}"
    yield f"  export NURTURE_PUBLIC_URL={settings.public_url} NURTURE_API_KEY={keys.api}"
