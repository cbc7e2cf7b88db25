"""How a touch moves in the ledger: each function is one transaction's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from nurture.domain.errors import BodyChanged, Conflict, LeaseLost, NotFound, NurtureError
from nurture.domain.gates import GateFacts, Verdict
from nurture.domain.touch import LEGAL_MOVES, RESEND_MOVES, Intent, LedgerRow, Touch, TouchState
from nurture.store.addresses import AddressHash
from nurture.store.gate_reads import facts_about
from nurture.store.rows import intent_columns, ledger_row, touch_columns, touch_from
from nurture.store.schema import experiments, leads, touches
from nurture.store.seals import Seal
from nurture.store.statements import insert_once

_END = ("state", "receipt", "code", "reason", "lease_until", "settled_at", "wire_at", "seal")
_TOUCH = select(touches).where(touches.c.id == bindparam("touch_id"))
_LOCKED = _TOUCH.with_for_update()
_PERSON = select(leads).where(leads.c.id == bindparam("lead")).with_for_update()
_THREAD = (
    select(touches.c.message_id, touches.c.references)
    .where((touches.c.id == bindparam("thread")) | (touches.c.thread == bindparam("thread")))
    .where(touches.c.wires > 0, touches.c.id != bindparam("touch_id"), touches.c.message_id != "")
    .order_by(touches.c.wire_at, touches.c.n)
)
_ON_THE_WIRE = (
    update(touches)
    .where(
        touches.c.id == bindparam("touch_id"),
        touches.c.fence == bindparam("held"),
        touches.c.state == TouchState.INTENT.value,
    )
    .values(
        state=TouchState.WIRE.value,
        wires=touches.c.wires + 1,
        wire_at=bindparam("now_"),
        lease_until=bindparam("until"),
        seal=bindparam("new_seal"),
    )
)

_SETTLED = (
    update(touches)
    .where(touches.c.id == bindparam("touch_id"))
    .values({name: bindparam(f"new_{name}") for name in _END})
)


def reserve(conn: Connection, seal: Seal, intent: Intent, now: datetime) -> LedgerRow | NurtureError:
    """Write the intent down or take it over; an error that must not undo what was found out is returned."""
    fresh = touch_columns(intent.touch) | intent_columns(intent) | _hold(intent, now)
    fresh |= {"state": TouchState.INTENT.value, "fence": 1, "intent_at": now, "references": _chain(conn, intent.touch)}
    found = _locked(conn, intent.touch.id)
    if found is None and insert_once(conn, touches, fresh | {"seal": seal.of(fresh)}):
        return LedgerRow(
            touch=intent.touch,
            ref=fresh["ref"],
            state=TouchState.INTENT,
            fence=1,
            message_id=intent.message_id,
            body_hash=intent.body_hash,
            sender=intent.sender,
            to=intent.to,
            subject=intent.subject,
            intent_at=now,
            references=tuple(fresh["references"]),
        )
    return _again(conn, seal, found or _must_lock(conn, intent.touch.id), intent, fresh, now)


def _again(
    conn: Connection, seal: Seal, row: Row[Any], intent: Intent, fresh: dict[str, Any], now: datetime
) -> LedgerRow | NurtureError:
    held = row.lease_until is not None and row.lease_until > now
    if row.state == TouchState.WIRE and not held:
        row = lost_on_the_wire(conn, seal, row)
    if row.wires and row.body_hash != intent.body_hash:
        return BodyChanged(
            f"The touch {intent.touch.id} may have gone out with another body",
            remedy="Look at it with the timeline; an edited template takes effect for the next touch",
        )
    if held and row.state in (TouchState.INTENT, TouchState.WIRE):
        return LeaseLost(f"Another worker holds the touch {intent.touch.id} until {row.lease_until:%H:%M:%S} UTC")
    if row.state != TouchState.INTENT and not _is_ordered(row, intent.touch):
        return ledger_row(row)
    if row.body_hash == intent.body_hash:
        fresh = fresh | {"message_id": row.message_id}
    kept = {"id": row.id, "ref": row.ref, "intent_at": row.intent_at, "fence": row.fence + 1}
    return ledger_row(change(conn, seal, row, **(fresh | kept)))


def _is_ordered(row: Row[Any], touch: Touch) -> bool:
    """Whether this is the next resend of an uncertain touch: an order that is told twice is carried out once."""
    return bool(row.state == TouchState.UNCERTAIN and touch.again == touch_from(row.touch).again + 1)


def lost_on_the_wire(conn: Connection, seal: Seal, row: Row[Any]) -> Row[Any]:
    """Move a locked row whose worker was lost on the wire to UNCERTAIN."""
    state = TouchState.UNCERTAIN.value
    return change(conn, seal, row, state=state, lease_until=None, reason="no answer after the wire")


def mark_wire(
    conn: Connection,
    hashes: AddressHash,
    seal: Seal,
    touch: str,
    fence: int,
    now: datetime,
    check: Callable[[GateFacts], Verdict | None],
) -> Verdict | None:
    """Ask the gates once more with the person locked, and set the mark only if they agree."""
    row = conn.execute(_TOUCH, {"touch_id": touch}).first()
    if row is None:
        raise NotFound(f"There is no touch {touch}")
    person = conn.execute(_PERSON, {"lead": row.lead}).first()
    if person is None:
        raise NotFound(f"There is no lead {row.lead}")
    if row.fence != fence:
        raise LeaseLost(f"Another worker took the touch {touch} over")
    wish = touch_from(row.touch)
    if verdict := check(facts_about(conn, hashes, person, wish, now, row.sender)):
        return verdict
    until = now + timedelta(seconds=row.lease_seconds)
    marked = {"state": TouchState.WIRE.value, "wires": row.wires + 1, "wire_at": now, "lease_until": until}
    given = {
        "touch_id": touch,
        "held": fence,
        "now_": now,
        "until": until,
        "new_seal": seal.of({**row._mapping, **marked}),
    }
    # The row was read before the person was locked: the fence in the WHERE clause makes that harmless.
    if not conn.execute(_ON_THE_WIRE, given).rowcount:
        raise LeaseLost(f"The touch {touch} is no longer an intent of this worker")
    if wish.variant:
        _expose(conn, wish, now)
    return None


def settle(
    conn: Connection, seal: Seal, touch: str, fence: int, state: TouchState, now: datetime, answer: dict[str, str]
) -> None:
    """Write the end of an attempt, if it is still this worker's and the move is legal."""
    row = _must_lock(conn, touch)
    if row.fence != fence:
        raise LeaseLost(f"Another worker took the touch {touch} over")
    if state == row.state != TouchState.INTENT or (state is TouchState.SENT and row.state == TouchState.DELIVERED):
        # Said before, or overtaken by the provider's callback: only receipt and words may be news.
        news = {"receipt": row.receipt or answer["receipt"], "reason": row.reason or answer["reason"]}
        if (news["receipt"], news["reason"]) != (row.receipt, row.reason):
            change(conn, seal, row, **news)
        return
    if state is TouchState.WIRE or not is_legal(row, state):
        raise Conflict(f"A touch cannot move from {row.state} to {state}")
    end = {"state": state.value, **answer, **_end(state, now, row)}
    end["seal"] = seal.of({**row._mapping, **end})
    conn.execute(_SETTLED, {f"new_{name}": end[name] for name in _END} | {"touch_id": touch})


def withhold(
    conn: Connection, seal: Seal, touch: Touch, state: TouchState, now: datetime, code: str, reason: str
) -> None:
    """End a touch without a message; a worker that holds it loses it."""
    if state not in (TouchState.SUPPRESSED, TouchState.CANCELLED):
        raise Conflict(f"A touch is not withheld by making it {state}")
    end = {"state": state.value, "code": code, "reason": reason, "settled_at": now, "lease_until": None}
    fresh = touch_columns(touch) | end | {"intent_at": now}
    if insert_once(conn, touches, fresh | {"seal": seal.of(fresh)}):
        return
    row = _must_lock(conn, touch.id)
    if row.state == state:
        return
    if not is_legal(row, state):
        raise Conflict(f"A touch cannot move from {row.state} to {state}")
    change(conn, seal, row, **end, fence=row.fence + 1)


def is_legal(row: Row[Any], state: TouchState) -> bool:
    """Return whether a row may move to `state`. A touch that is being resent may have left: it is never withheld."""
    before = TouchState(row.state)
    resent = before is TouchState.INTENT and bool(row.wires) and bool(touch_from(row.touch).again)
    return state in (RESEND_MOVES if resent else LEGAL_MOVES[before])


def _end(state: TouchState, now: datetime, row: Row[Any]) -> dict[str, Any]:
    if state is TouchState.INTENT:
        was_out = row.wire_at if touch_from(row.touch).again else None  # the first try may have left, and stays marked
        return {"lease_until": None, "wire_at": was_out, "settled_at": None}
    return {"lease_until": None, "settled_at": now, "wire_at": row.wire_at}


def _hold(intent: Intent, now: datetime) -> dict[str, Any]:
    return {"lease_until": now + timedelta(seconds=intent.lease_seconds)}


def _chain(conn: Connection, touch: Touch) -> list[str]:
    """Return the Message-IDs of the conversation so far, oldest first."""
    if not touch.thread:
        return []
    chain: dict[str, None] = {}
    for message_id, references in conn.execute(_THREAD, {"thread": touch.thread, "touch_id": touch.id}):
        chain |= dict.fromkeys((*references, message_id))
    return list(chain)


def _expose(conn: Connection, touch: Touch, now: datetime) -> None:
    seen = {"sequence": touch.sequence, "step": touch.step, "lead": touch.lead, "variant": touch.variant}
    insert_once(conn, experiments, seen | {"touch": touch.id, "at": now})


def _locked(conn: Connection, touch: str) -> Row[Any] | None:
    return conn.execute(_LOCKED, {"touch_id": touch}).first()


def _must_lock(conn: Connection, touch: str) -> Row[Any]:
    row = _locked(conn, touch)
    if row is None:
        raise NotFound(f"There is no touch {touch}")
    return row


def change(conn: Connection, seal: Seal, row: Row[Any], **values: Any) -> Row[Any]:
    """Write some columns of a locked row, seal it anew, and return it."""
    values["seal"] = seal.of({**row._mapping, **values})
    changed = update(touches).where(touches.c.id == row.id).values(**values).returning(touches)
    return conn.execute(changed).one()
