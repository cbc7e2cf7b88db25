"""What a resend may do beside sending: a touch whose resend was given up is uncertain again, never "not sent"."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from nurture.domain.ports import Clock, Ledger
from nurture.domain.touch import LedgerRow, Touch, TouchState


class Resending:
    """Gives up resends; repeating it is harmless."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    @activity.defn(name="stay_uncertain")
    async def stay_uncertain(self, touch: str, why: str) -> None:
        """Take a resend that did not reach the wire back: its touch is uncertain, as it was."""
        row = await self._ledger.find(touch)
        if row is not None:
            await stays_uncertain(self._ledger, row, self._clock.now(), why)


def is_next_order(row: LedgerRow, touch: Touch) -> bool:
    """Return whether `touch` is the next ordered resend of an uncertain row: only then it is tried again."""
    return row.state is TouchState.UNCERTAIN and touch.again == row.touch.again + 1


async def stays_uncertain(ledger: Ledger, row: LedgerRow, now: datetime, why: str) -> None:
    """Move a resend that is still an intent back to UNCERTAIN, with the reason."""
    if row.state is TouchState.INTENT and row.touch.again:
        reason = f"resend {row.touch.again} did not go out: {why}"
        await ledger.settle(row.touch.id, row.fence, TouchState.UNCERTAIN, now, code="not_resent", reason=reason)
