"""Facts that come faster than one workflow task may hear them: the rest is heard in the next ones, in order."""

from __future__ import annotations

from collections.abc import Iterable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from nurture.domain.events import Event
    from workflows import patience

AT_ONCE = 200
"""Facts heard in one workflow task: a tenth of a second. After two seconds the SDK calls a task deadlocked, and after
ten the server gives it to another worker; either begins anew, with more facts, and never ends.

Histories know where tasks ended by this number: a new one needs a patch of its own."""


MOVABLE = 1_000
"""Unheard facts that a fresh history may begin with: a few hundred bytes each, and an input may have two megabytes."""


class Ear:
    """Keeps what a lead was told and has not heard, oldest first."""

    def __init__(self, waiting: Iterable[Event]) -> None:
        self.waiting = list(waiting)
        self._task, self._heard = 0, 0

    def is_free(self) -> bool:
        """Whether a fact that arrives now may be heard at once: none waits, and this task has not heard too many."""
        length = workflow.info().get_current_history_length()
        if length != self._task:  # the length is that of the task's beginning: it tells tasks apart, in replays too
            self._task, self._heard = length, 0
        self._heard += 1
        return not self.waiting and (self._heard <= AT_ONCE or not workflow.patched("hears-in-turns"))

    def keep(self, event: Event) -> None:
        """Keep a fact for later."""
        self.waiting.append(event)

    def next_few(self) -> list[Event]:
        """Return the oldest facts, as many as one task may hear, and keep the others."""
        few, self.waiting = self.waiting[:AT_ONCE], self.waiting[AT_ONCE:]
        return few

    def may_move(self) -> bool:
        """Whether what is left may be heard in a fresh history: a crowd that keeps coming makes this one endless.

        Histories from before heard all of it in the one they were in.
        """
        return 0 < len(self.waiting) <= MOVABLE and workflow.patched("hears-on-afresh")

    async def needs_a_break(self) -> None:
        """Begin another workflow task when facts are left; histories from before went on in the same one."""
        if self.waiting and workflow.patched("hears-in-turns"):
            await workflow.sleep(patience.BREATH, summary=f"{len(self.waiting)} facts are still to be heard")
