"""The ledger: the only proof of what was said to whom. Intent, wire mark and end, each one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select

from nurture.domain.errors import NurtureError
from nurture.domain.gate_facts import GateFacts, Outset, Verdict
from nurture.domain.recovering import Known
from nurture.domain.touch import Intent, LedgerRow, Touch, TouchState
from nurture.store import doubts, gate_reads, ledger_moves, recovering
from nurture.store.addresses import AddressHash
from nurture.store.database import Database
from nurture.store.progress import by_message, progress
from nurture.store.rows import ledger_row
from nurture.store.schema import touches
from nurture.store.seals import seal_with

_TOUCH = select(touches).where(touches.c.id == bindparam("touch"))


class StoredLedger:
    """Implements `nurture.domain.ports.Ledger` on a database."""

    def __init__(self, database: Database, hashes: AddressHash) -> None:
        """Keep the ledger in `database`."""
        self._database, self._hashes, self._seal = database, hashes, seal_with(hashes.key)

    async def find(self, touch: str) -> LedgerRow | None:
        """Return the touch with this id, or None."""
        return await self._database.read(lambda conn: _row(conn, touch))

    async def find_by_ref(self, ref: str) -> LedgerRow | None:
        """Return the touch with this short form (`touch_ref`), or None."""
        return await self._first(touches.c.ref == ref)

    async def find_by_message(self, message_id: str) -> LedgerRow | None:
        """Return the touch whose Message-ID (with or without angle brackets) or provider receipt this is, or None."""

        def find(conn: Connection) -> LedgerRow | None:
            row = by_message(conn, message_id, lock=False)
            return None if row is None else ledger_row(row)

        return await self._database.read(find)

    async def outset(self, touch: Touch, now: datetime) -> Outset:
        """Return what a touch begins with at `now` (UTC), from one snapshot."""

        def read(conn: Connection) -> Outset:
            facts = gate_reads.gate_facts(conn, self._hashes, touch, now)
            return Outset(_row(conn, touch.id), _row(conn, touch.thread) if touch.thread else None, facts)

        return await self._database.read(read)

    async def reserve(self, intent: Intent, now: datetime) -> LedgerRow:
        """Write the intent down, or take over an earlier one, and return the row with a new fence.

        A row that ended or may be on its way comes back as it is. A row on the wire whose lease ran out has lost its
        worker: it becomes UNCERTAIN here, and stays it until a proof or a person decides.

        The body: once a touch reached the wire, its first body is the only one (the same key with another body is an
        error, as with Stripe's idempotency keys), and another raises BodyChanged, whatever became of the touch. Before
        the wire nobody has seen a body, so a template edited between two tries simply replaces it, with its Message-ID,
        and wedges no lead. An unchanged body keeps the Message-ID of the first try.

        Raises LeaseLost while another worker's lease is alive. `now` is UTC; a lease lasts `lease_seconds` of our time.
        """
        outcome = await self._database.write(lambda conn: ledger_moves.reserve(conn, self._seal, intent, now))
        if isinstance(outcome, NurtureError):  # returned, not raised: the move to UNCERTAIN must be committed
            raise outcome
        return outcome

    async def mark_wire(
        self, touch: str, fence: int, now: datetime, check: Callable[[GateFacts], Verdict | None]
    ) -> Verdict | None:
        """Re-read the gate facts and, when `check` has no objection, move the touch to WIRE; all in one transaction.

        The person is locked from the reading to the commit, and by whoever stores an event too: after an opt-out is
        stored no mark follows. The mark renews the lease. `check` must be pure: it runs inside the transaction, on
        SQLite in the writing thread.

        Returns the objection, or None when the mark is set. Raises LeaseLost when `fence` is not the row's any more,
        NotFound for an unknown touch.
        """
        return await self._database.write(
            lambda conn: ledger_moves.mark_wire(conn, self._hashes, self._seal, touch, fence, now, check)
        )

    async def settle(
        self,
        touch: str,
        fence: int,
        state: TouchState,
        now: datetime,
        *,
        receipt: str = "",
        code: str = "",
        reason: str = "",
    ) -> None:
        """Write the end of an attempt (UTC); INTENT after the wire frees the touch for another try.

        The same end again, or `sent` after the provider's callback said `delivered`, only adds a missing receipt.
        Raises Conflict on a move that `LEGAL_MOVES` does not have and on WIRE, which only `mark_wire` may set;
        LeaseLost when another worker took the touch over; NotFound for an unknown touch.
        """
        answer = {"receipt": receipt, "code": code, "reason": reason}
        await self._database.write(lambda conn: ledger_moves.settle(conn, self._seal, touch, fence, state, now, answer))

    async def progress(self, message_id: str, state: TouchState, now: datetime, *, code: str = "") -> LedgerRow | None:
        """Apply a provider's later word by rank (sent, delivered, refused), a lower one not at all. None: not ours."""

        def apply(conn: Connection) -> LedgerRow | None:
            row = by_message(conn, message_id, lock=True)
            return None if row is None else progress(conn, self._seal, row, state, now, code)

        return await self._database.write(apply)

    async def give_up_lost(self, now: datetime) -> Sequence[str]:
        """Move every touch on the wire whose lease ran out to UNCERTAIN and return their ids."""
        return await self._database.write(lambda conn: doubts.give_up_lost(conn, self._seal, now))

    async def prove(
        self, touch: str, state: TouchState, now: datetime, *, receipt: str = "", code: str = "", reason: str = ""
    ) -> LedgerRow | None:
        """Apply what a provider says of this very touch, by rank, with the receipt it names; None: there is none."""
        return await self._database.write(
            lambda conn: doubts.prove(conn, self._seal, touch, state, now, receipt, code, reason)
        )

    async def remark(self, touch: str, *, code: str, reason: str) -> None:
        """Note what is known of an uncertain touch; it stays uncertain. One that is not any more is left alone."""
        await self._database.write(lambda conn: doubts.remark(conn, self._seal, touch, code, reason))

    async def unheld(self, before: datetime) -> Sequence[LedgerRow]:
        """Return touches begun before `before` (UTC) that have no end and that no worker holds."""
        return await self._database.read(lambda conn: doubts.unheld(conn, before))

    async def withhold(self, touch: Touch, state: TouchState, now: datetime, *, code: str, reason: str) -> None:
        """Write down that this touch ends as SUPPRESSED or CANCELLED without a message, with its reason.

        Repeating it is harmless. Raises Conflict when the touch may have gone out.
        """
        await self._database.write(
            lambda conn: ledger_moves.withhold(conn, self._seal, touch, state, now, code, reason)
        )

    async def recover(self, known: Known, intent: Intent) -> bool:
        """Write down how a touch ended that a workflow knows better than the ledger; return whether that was news."""
        return await self._database.write(lambda conn: recovering.recover(conn, self._seal, known, intent))

    async def rows(self, *, lead: str = "", states: Sequence[TouchState] = ()) -> Sequence[LedgerRow]:
        """Return touches, oldest first, of one lead or of all, in the given states or in any."""
        wanted: list[ColumnElement[bool]] = [touches.c.lead == lead] if lead else []
        if states:
            wanted.append(touches.c.state.in_([state.value for state in states]))
        query = select(touches).where(*wanted).order_by(touches.c.n)
        return await self._database.read(lambda conn: [ledger_row(row) for row in conn.execute(query)])

    async def _first(self, which: ColumnElement[bool]) -> LedgerRow | None:
        def find(conn: Connection) -> Any:
            return conn.execute(select(touches).where(which)).first()

        row = await self._database.read(find)
        return None if row is None else ledger_row(row)


def _row(conn: Connection, touch: str) -> LedgerRow | None:
    row = conn.execute(_TOUCH, {"touch": touch}).first()
    return None if row is None else ledger_row(row)
