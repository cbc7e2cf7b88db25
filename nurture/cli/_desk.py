"""What the commands share: opening the house, reaching Temporal, finding a lead, and printing one JSON object."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from nurture.domain.errors import NotFound, Unavailable
from nurture.domain.lead import Contact

if TYPE_CHECKING:
    from nurture.settings import Settings
    from nurture.wiring import House
    from workflows.client import LeadClient

PATIENCE = 30.0
"""Seconds of the wall clock a command waits for a worker's answer."""
_PHONE = re.compile(r"(?:\+|00)[0-9 ().\-/]{6,}")

Answer = TypeVar("Answer")

LeadArgument = Annotated[
    str, typer.Argument(metavar="LEAD", help="Its id, e-mail address, or phone number with country code.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@asynccontextmanager
async def at_home() -> AsyncIterator[House]:
    """Open the house of the settings, without Temporal, for the length of a `with`. Raises Misconfigured or Invalid."""
    from nurture.settings import Settings
    from nurture.wiring import open_house

    async with open_house(Settings(), temporal=False) as house:
        yield house


async def connected(settings: Settings) -> LeadClient:
    """Connect to Temporal. Raises RuntimeError when nobody answers."""
    from nurture.connecting import connect
    from workflows.client import LeadClient

    return LeadClient(await connect(settings), settings.scale)


async def reached(house: House) -> House:
    """Return the house with its way to Temporal. Raises Unavailable with what to do when nobody answers."""
    if house.client is not None:
        return house
    return replace(house, client=await soon(connected(house.settings)))


async def soon(answer: Awaitable[Answer], patience: float = PATIENCE) -> Answer:
    """Wait at most `patience` seconds of the wall clock for Temporal. Raises Unavailable or Conflict in our words."""
    from temporalio.client import RPCTimeoutOrCancelledError
    from temporalio.exceptions import TemporalError

    from nurture.cli._failures import explained

    try:
        async with asyncio.timeout(patience):
            return await answer
    except (TimeoutError, RPCTimeoutOrCancelledError) as late:
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from late  # the SDK dresses up a Ctrl-C as a time-out
        fact = f"No worker answered within {patience:.0f} seconds"
        raise Unavailable(fact, remedy="Start one with nurture worker: what was asked is done then") from late
    except (RuntimeError, TemporalError) as trouble:
        known = explained(trouble)
        if known is None:
            raise
        raise known from trouble


async def person(house: House, said: str) -> Contact:
    """Return the lead given by id, e-mail address or phone number. Raises NotFound with those that come near."""
    text = said.strip()
    found = await house.store.leads.find(text.removeprefix("lead-")) or await _by_address(house, text)
    if found is None:
        raise NotFound(f'There is no lead "{said}"', remedy=await _near(house, text))
    return found


def name_of(contact: Contact) -> str:
    """Return what to call a person: their name, else their address, else their id."""
    name = f"{contact.first_name} {contact.last_name}".strip()
    return name or contact.email or contact.phone or contact.id


def say_json(document: Any) -> None:
    """Print one JSON object on a line of its own."""
    print(json.dumps(document, default=_plain))


def note(text: str) -> None:
    """Tell the person at the terminal something that is no result."""
    print(text, file=sys.stderr)


def clock(at: datetime | None) -> str:
    """Return a moment as a table shows it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def aligned(rows: Sequence[tuple[str, ...]], indent: str = "  ") -> Iterator[str]:
    """Yield rows as lines with aligned columns; the last column may be as long as it likes."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Any]:
    """Show a bar on stderr for the length of a `with`; yields a function that takes (done so far, total if known)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        bar = shown.add_task(what, total=total)
        yield lambda done, total=None: shown.update(bar, completed=done, **({"total": total} if total else {}))


async def _by_address(house: House, text: str) -> Contact | None:
    from nurture.intake.addresses import email_of, phone_of

    try:
        if "@" in text:
            return await house.store.leads.find_by_address(email=email_of(text))
        if _PHONE.fullmatch(text):
            return await house.store.leads.find_by_address(phone=phone_of(text).number)
    except ValueError:
        return None  # no address at all: the caller says what it could be
    return None


async def _near(house: House, text: str) -> str:
    near = await house.store.leads.search(text, 3) if text else []
    if near:
        return f"Near by: {', '.join(f'{name_of(each)} ({each.id})' for each in near)}"
    return "Give its id, e-mail address or phone number with country code; nurture import brings new ones in"


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
