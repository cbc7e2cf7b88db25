"""`nurture uncertain`: messages that may or may not have gone out, and a person's word on them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from nurture.cli._control import told
from nurture.cli._desk import AsJson, at_home, clock, note, say_json
from nurture.domain.errors import NotFound
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar
from nurture.domain.touch import LedgerRow, TouchState

if TYPE_CHECKING:
    from nurture.wiring import House

group = typer.Typer(invoke_without_command=True)

TouchArgument = Annotated[str, typer.Argument(metavar="TOUCH", help="Its id as listed, or its short ref.")]
As = Annotated[str, typer.Option("--as", metavar="sent|refused", help="What became of it, as you found out.")]
By = Annotated[str, typer.Option("--by", help="Who says so; it is kept with the touch for ever.")]
Why = Annotated[str, typer.Option("--reason", help="How you know, or why; it is kept with the touch for ever.")]


@group.callback()
def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """List touches nobody knows the end of: the connection or the worker was lost after the last byte.

    They are never sent again by themselves, unless their sequence says `uncertain: resend`. Look the message up at the
    provider by the id shown here, and say what you found: `resolve`, `resend`. A reply, a click, a delivery report or a
    bounce that comes in later settles it as well.

    Example: `nurture uncertain --json`
    """
    if context.invoked_subcommand is None:
        asyncio.run(_list(as_json))


@group.command("resolve")
def resolve(touch: TouchArgument, end: As, by: By, reason: Why, as_json: AsJson = False) -> None:
    """Settle one uncertain touch by hand, as sent or as refused, with your name and how you know.

    Example: `nurture uncertain resolve 3f0c/trial.1/welcome.1/email --as sent --by ada --reason "in the relay's log"`
    """
    if end not in (TouchState.SENT, TouchState.REFUSED):
        raise typer.BadParameter(f'"{end}" is no end of a touch; say sent or refused', param_hint="--as")
    asyncio.run(_say(touch, EventKind.SETTLED, {"as": end, "by": by, "why": reason}, as_json))


@group.command("resend")
def resend(touch: TouchArgument, by: By, reason: Why, as_json: AsJson = False) -> None:
    """Have one uncertain touch sent once more: same Message-ID, same body, all gates again.

    It goes out wherever its lead's journey is by now, and the person may get it twice. When its template was edited
    since, it is not sent: the touch stays uncertain.

    Example: `nurture uncertain resend 3f0c/trial.1/welcome.1/email --by ada --reason "the relay lost its queue"`
    """
    asyncio.run(_say(touch, EventKind.RESEND_ORDERED, {"by": by, "why": reason}, as_json))


async def _say(touch: str, kind: EventKind, details: dict[str, Scalar], as_json: bool) -> None:
    async with at_home() as house:
        row = await _found(house, touch)
        if kind is EventKind.RESEND_ORDERED:
            details |= {"again": row.touch.again + 1}
        event = Event(uuid4().hex, kind, row.touch.lead, house.clock.now(), touch=row.touch.id, details=details)
        stored = await house.store.inbox.record(event) or event
        unheard = await told(house, stored)
        after = await house.store.ledger.find(row.touch.id) or row
    if as_json:
        say_json(as_document(after) | {"event": stored.id, "kind": kind, "details": details, "told": not unheard})
    elif kind is EventKind.SETTLED:
        print(f"{row.touch.id} is {after.state}: {after.reason}")
    elif not unheard:
        print(f"{row.touch.id} is sent once more as soon as its gates agree; see nurture explain {row.touch.lead}")
    if unheard:
        note(f"nurture: The word is stored; do not repeat it. {unheard}")
        raise typer.Exit(1)


async def _found(house: House, touch: str) -> LedgerRow:
    row = await house.store.ledger.find(touch) or await house.store.ledger.find_by_ref(touch)
    if row is None:
        raise NotFound(f"There is no touch {touch}", remedy="nurture uncertain lists those in question")
    return row


async def _list(as_json: bool) -> None:
    async with at_home() as house:
        rows = await house.store.reports.uncertain(house.clock.now())
        if as_json:
            say_json({"at": house.clock.now(), "uncertain": [as_document(row) for row in rows]})
            return
        for row in rows:
            _show(row)
        print(f"{len(rows)} uncertain." if rows else "Nothing is uncertain: every touch has an end.")


def as_document(row: LedgerRow) -> dict[str, Any]:
    """Return what is known of a touch, for machines."""
    return {
        "touch": row.touch.id,
        "ref": row.ref,
        "state": row.state,
        "lead": row.touch.lead,
        "sequence": row.touch.sequence,
        "step": row.touch.step,
        "channel": row.touch.channel,
        "sender": row.sender,
        "to": row.to,
        "subject": row.subject,
        "message_id": row.message_id,
        "receipt": row.receipt,
        "wire_at": row.wire_at,
        "settled_at": row.settled_at,
        "code": row.code,
        "reason": row.reason,
    }


def _show(row: LedgerRow) -> None:
    touch = row.touch
    why = row.reason or "it was on the wire when its worker was lost"
    print(f"{clock(row.wire_at)} UTC  {touch.channel} {touch.step} of {touch.sequence}")
    print(f"    from {row.sender or 'nobody yet'} to {row.to}{f', subject {row.subject!r}' if row.subject else ''}")
    print(f"    look for {row.receipt or row.message_id}")
    print(f"    {why}")
    print(f"    {touch.id}")
