"""The planner: `observe` a fact, `decide` what comes next, and `think` until somebody outside has to act.

    observe(book, state, event) -> state      a fact arrived                      (observing.py)
    decide(book, state, now) -> Decision      what comes next, and why            (deciding.py, stepping.py)
    advance(book, state, turn, now) -> state  a turn that needs nobody outside    (advancing.py)

The worker, the simulator, the tests, the previews and the explainer all call these, and nothing else decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from nurture.domain.advancing import advance
from nurture.domain.changing import value
from nurture.domain.deciding import decide
from nurture.domain.decisions import Advance, Decision
from nurture.domain.errors import NurtureError
from nurture.domain.observing import observe
from nurture.domain.state import Book, LeadState

MOST_TURNS = 500
"""Turns a lead may take without waiting; more is a loop that the checks should have refused."""


@value()
class Thought:
    """The state after all inner turns, the decision somebody outside must carry out, and the turns on the way."""

    state: LeadState
    decision: Decision
    turns: tuple[Advance, ...]


Witness = Callable[[LeadState, Decision], None]
"""Is shown every decision with the state it was made in."""


def think(book: Book, state: LeadState, now: datetime, witness: Witness | None = None) -> Thought:
    """Take every turn that needs nobody outside and return what is left to do. Raises NurtureError in a circle."""
    turns: list[Advance] = []
    decision = decide(book, state, now)
    while isinstance(decision, Advance):
        turns.append(decision)
        if witness is not None:
            witness(state, decision)
        if len(turns) > MOST_TURNS:
            raise NurtureError(
                f'the sequence "{decision.sequence}" turns in circles at step "{decision.step}"',
                remedy="Put a wait into the loop",
            )
        state = advance(book, state, decision, now)
        decision = decide(book, state, now, after=decision)
    if witness is not None:
        witness(state, decision)
    return Thought(state, decision, tuple(turns))


__all__ = ["MOST_TURNS", "Thought", "Witness", "advance", "decide", "observe", "think"]
