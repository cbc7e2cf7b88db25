"""`nurture uncertain`: messages that may or may not have gone out, with all that is known of them."""

from __future__ import annotations

import asyncio
from typing import Any

from nurture.cli._desk import AsJson, at_home, clock, say_json
from nurture.domain.touch import LedgerRow


def command(as_json: AsJson = False) -> None:
    """List touches nobody knows the end of: the connection or the worker was lost after the last byte.

    They are never sent again by themselves. Look the message up at the provider by the id shown here: a reply, a click,
    a delivery report or a bounce that comes in later settles it as well.

    Example: `nurture uncertain --json`
    """
    asyncio.run(_list(as_json))


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
