"""`nurture erase`: forget one person everywhere, keep the no, and print the receipt of it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from nurture.cli._desk import (
    AsJson,
    LeadArgument,
    aligned,
    at_home,
    clock,
    name_of,
    note,
    person,
    reached,
    say_json,
    soon,
)
from nurture.domain.errors import NotFound, NurtureError
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Contact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nurture.domain.erasure import Erasure
    from nurture.wiring import House

By = Annotated[str, typer.Option("--by", help="Who carries it out, for the receipt.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the receipt; do not name the person in it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: it cannot be undone.")]


def command(lead: LeadArgument, by: By, reason: Reason, yes: Yes = False, as_json: AsJson = False) -> None:
    """Forget one person: addresses, names, receipts, words and histories go; a keyed hash keeps the person unwritten.

    The lead's workflow is told to end, then its rows are deleted or emptied, its histories deleted from Temporal, and a
    SQLite file rewritten so that the bytes are gone. Run it again, by id, when a step could not be finished.

    Example: `nurture erase mary@example.com --by grace --reason "asked on 3 March" --yes`
    """
    asyncio.run(_erase(lead, by, reason, yes, as_json))


async def _erase(lead: str, by: str, reason: str, yes: bool, as_json: bool) -> None:
    async with at_home() as house:
        contact, receipt = await _whom(house, lead)
        if receipt is None:
            _confirm(contact, yes)
        stop = await _silence(house, contact, by)
        ended, trouble = await _end(house, stop)
        if receipt is None:
            receipt = await house.store.leads.erase(contact.id, by=by, reason=reason)
        assert receipt is not None
        histories, more = await _delete_histories(house, ended)
        scrubbed = await house.store.scrub()
        left = await house.store.leads.traces(contact.email, contact.phone)
    is_file = house.settings.database_url.startswith("sqlite")
    document = asdict(receipt) | {
        "workflows_ended": ended,
        "histories_deleted": histories,
        "file_rewritten": scrubbed,
        "left": dict(left),
        "open": [words for words in (trouble or more, _unscrubbed(scrubbed, is_file)) if words],
    }
    if as_json:
        say_json(document)
    else:
        _tell(receipt, document)
    if document["open"] or left:
        raise typer.Exit(1)


async def _whom(house: House, lead: str) -> tuple[Contact, Erasure | None]:
    """Return the person, and the receipt when its rows are gone already. Raises NotFound for somebody never known."""
    try:
        return await person(house, lead), None
    except NotFound:
        known = await house.store.leads.erasures(lead.strip().removeprefix("lead-"))
        if not known:
            raise
        return Contact(known[-1].lead), known[-1]


def _confirm(contact: Contact, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise NurtureError("Nothing was erased: it cannot be undone, and nobody is here to ask", remedy="Say --yes")
    typer.confirm(f"Forget {name_of(contact)} for ever?", abort=True, err=True)


async def _silence(house: House, contact: Contact, by: str) -> Event:
    """Store that the lead is stopped: from here on no wire mark is set, whatever Temporal does."""
    facts = {"why": "erased", "by": by}
    stop = Event(uuid4().hex, EventKind.STOPPED, contact.id, house.clock.now(), details=facts)
    return await house.store.inbox.record(stop) or stop


async def _end(house: House, stop: Event) -> tuple[list[str], str]:
    """End the person's workflows; return their ids, and what is still open when that could not be done."""
    try:
        ended = await soon((await reached(house)).leads.forget(stop))
    except NurtureError as away:
        return [], f"The workflow may not have ended: {away.reason}. Run nurture erase {stop.lead} again"
    await house.store.inbox.told([stop.id], house.clock.now())
    return ended, ""


async def _delete_histories(house: House, ended: list[str]) -> tuple[int, str]:
    try:
        return (await soon((await reached(house)).leads.delete_histories(ended)) if ended else 0), ""
    except NurtureError as away:
        return 0, f"Histories are not deleted: {away.reason}. They hold no name or address; run this again"


def _unscrubbed(scrubbed: bool, is_file: bool) -> str:
    if scrubbed or not is_file:
        return ""
    return "The database file still holds old bytes, because another process was using it: run this again by id"


def _tell(receipt: Erasure, document: Mapping[str, Any]) -> None:
    print(f"Erased lead {receipt.lead} on {clock(receipt.at)} UTC by {receipt.by}: {receipt.reason}")
    print(f"Receipt {receipt.id}\n\nDeleted or emptied")
    rows = [(f"{count:>6}", f"rows of {table}") for table, count in receipt.removed.items() if count]
    rows.append((f"{document['histories_deleted']:>6}", "workflow histories"))
    print("\n".join(aligned(rows)))
    print("\nKept")
    print("\n".join(aligned(list(receipt.kept.items()))))
    if document["left"]:
        places = ", ".join(f"{count} in {place}" for place, count in document["left"].items())
        note(f"nurture: The address still stands elsewhere ({places}): somebody else may share it.")
    for words in document["open"]:
        note(f"nurture: {words}.")
