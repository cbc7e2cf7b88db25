"""What an operator sees of one lead: details for free, search attributes only when they changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from nurture.domain.decisions import Decision
    from workflows.mind import Mind
    from workflows.signs import details, signs, standing_signs, updates


class Board:
    """Where a lead shows what it thinks. `now` returns the present of our time (UTC)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._shown = standing_signs(workflow.info().typed_search_attributes)
        self._is_stale = False

    def show(self, mind: Mind, decision: Decision) -> None:
        """Show where the lead is."""
        workflow.set_current_details(details(mind, decision, self._now()))
        shown = signs(mind, decision, self._now())
        if changed := updates(self._shown, shown):
            workflow.upsert_search_attributes(changed)
            self._shown = shown

    def show_soon(self, mind: Mind) -> None:
        """Show the details anew, once for all facts that arrived together: their words cost more than hearing them."""
        if not self._is_stale:
            self._is_stale = True
            asyncio.get_running_loop().call_soon(self._refresh, mind)

    def _refresh(self, mind: Mind) -> None:
        self._is_stale = False
        workflow.set_current_details(details(mind, mind.decision, self._now()))
