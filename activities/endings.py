"""The end of a touch whose own activity fell silent: what the ledger knows counts, and what never left is said so."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.answers import answer_of
from activities.intents import same_intent
from activities.resending import stays_uncertain
from nurture.domain.errors import LeaseLost
from nurture.domain.gates import Refusal
from nurture.domain.ports import Clock, Ledger, Senders
from nurture.domain.touch import Answer, LedgerRow, Touch, TouchAnswer, TouchState


class Endings:
    """Looks up, beside the workflow, how a touch ended that nobody answers for; `lease` is in seconds of our time."""

    def __init__(self, clock: Clock, ledger: Ledger, senders: Senders, lease: float) -> None:
        self._clock, self._ledger, self._senders, self._lease = clock, ledger, senders, lease

    @activity.defn(name="end_of")
    async def end_of(self, touch: Touch, why: str, is_defect: bool) -> TouchAnswer:
        """Return what became of a touch whose activity failed, or was not done, for good. Repeating it is harmless.

        What the ledger knows counts. A touch that never left ends as *broken* after a defect; otherwise nothing is
        wrong with it, and it is planned anew (not yet, until now). Raises ApplicationError while a worker holds it.
        """
        now = self._clock.now()
        row = await self._ledger.find(touch.id)
        row = row and await self._taken_over(row, now)
        if row is not None and (known := answer_of(row)) is not None:
            return known
        await self._senders.release(touch.id)
        if row is not None and row.touch.again:
            await stays_uncertain(self._ledger, row, now, why)
            return TouchAnswer(Answer.UNKNOWN, now, "uncertain", why)
        if is_defect:
            await self._ledger.withhold(touch, TouchState.SUPPRESSED, now, code=Refusal.BROKEN, reason=why)
            return TouchAnswer(Answer.NEVER, now, Refusal.BROKEN, why)
        if row is not None:
            await self._ledger.settle(touch.id, row.fence, TouchState.INTENT, now, code=Refusal.NOT_TRIED, reason=why)
        return TouchAnswer(Answer.NOT_YET, now, Refusal.NOT_TRIED, why, until=now)

    async def _taken_over(self, row: LedgerRow, now: datetime) -> LedgerRow:
        """Take an open touch from whoever held it: a worker that comes back late finds its fence gone."""
        try:
            return await self._ledger.reserve(same_intent(row, self._lease), now)
        except LeaseLost as held:
            raise ApplicationError(str(held), type="LeaseLost") from held
