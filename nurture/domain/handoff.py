"""One hand-off to sales: by when it must be accepted, who is told when it is late, and how it ends at the latest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from nurture.domain.calendar import Calendar
from nurture.domain.handoff_plan import Act, HandoffPlan, Outcome, Rung, WhenFull, plans_of

__all__ = [
    "Act", "Closed", "Expired", "HandoffPlan", "HandoffState", "Late", "Next", "Outcome", "Reassign", "Remind", "Rung",
    "TellManager", "ToPool", "Wait", "WhenFull", "accept_by", "decide", "done", "plans_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandoffState:
    """How far one hand-off is; times are UTC. `rep` is "" in the pool, where it lies since `pooled_at`.

    `tried` are all reps that had it. `rungs` counts the rungs of the ladder behind it. `late` holds what was already
    reported: the broken promises "accept" and "first_touch", and "told" once the manager knows of the latter.
    """

    opened_at: datetime
    rep: str = ""
    assigned_at: datetime | None = None
    tried: tuple[str, ...] = ()
    rungs: int = 0
    late: tuple[str, ...] = ()
    pooled_at: datetime | None = None
    accepted_at: datetime | None = None
    first_touch_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (UTC)."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Late:
    """A promise is broken: "accept" or "first_touch" was due at `due_at` (UTC). To be counted and shown, once."""

    promise: str
    due_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Remind:
    """Remind the rep."""

    rung: int
    why: str


@dataclass(frozen=True, slots=True)
class Reassign:
    """Give the lead to another rep than those in `HandoffState.tried`."""

    rung: int
    why: str


@dataclass(frozen=True, slots=True)
class TellManager:
    """Tell the rep's manager (`rung` -1: the first touch is late)."""

    rung: int
    why: str


@dataclass(frozen=True, slots=True)
class ToPool:
    """Take it from the rep and put it into the pool, where anybody may accept it."""

    rung: int
    why: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Nobody accepted in time: the lead goes back to its sequence."""

    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """All that was promised is done, or can no longer be kept and everybody knows."""

    why: str


Next = Wait | Late | Remind | Reassign | TellManager | ToPool | Expired | Closed
_DEEDS: Mapping[Act, type[Remind] | type[Reassign] | type[TellManager] | type[ToPool]] = {
    Act.REMIND: Remind,
    Act.REASSIGN: Reassign,
    Act.TELL: TellManager,
    Act.POOL: ToPool,
}


def accept_by(state: HandoffState, plan: HandoffPlan, calendar: Calendar) -> datetime:
    """Return when the present rep must have accepted (UTC), in the working hours of `calendar`."""
    return calendar.add(state.assigned_at or state.opened_at, plan.accept_within)


def decide(state: HandoffState, plan: HandoffPlan, calendar: Calendar, now: datetime) -> Next:
    """Return the next thing to do for this hand-off; `calendar` is the working time of its rep, or of the pool.

    Apply the answer with `done` and ask again: after finitely many answers it is Closed or Expired.
    """
    if state.accepted_at is not None:
        return _after_accepting(state, plan, calendar, now)
    due = accept_by(state, plan, calendar)
    if now >= due and "accept" not in state.late:
        return Late("accept", due, f"not accepted within {plan.accept_within}")
    rung = _next_rung(state, plan)
    if rung is None:
        return _lying(state, plan, calendar, now)
    step = plan.ladder[rung]
    at = calendar.add(state.opened_at, step.after)
    words = f"{step.after} after it was opened: {step.act} {step.whom}".rstrip()
    if now >= at:
        return _DEEDS[step.act](rung, words)
    waits = [at] if "accept" in state.late else [at, due]
    return Wait(min(waits), "to be accepted" if "accept" not in state.late and due <= at else words)


def done(state: HandoffState, answer: Next, now: datetime, rep: str = "") -> HandoffState:
    """Return the state after `answer` was carried out at `now` (UTC); `rep` is whom a Reassign found, "" for nobody."""
    match answer:
        case Late(promise=promise):
            return replace(state, late=(*state.late, promise))
        case Reassign(rung=rung) if rep:
            tried = tuple(dict.fromkeys([*state.tried, *([state.rep] if state.rep else []), rep]))
            return replace(state, rungs=rung + 1, rep=rep, assigned_at=now, tried=tried, pooled_at=None)
        case ToPool(rung=rung):
            return replace(state, rungs=rung + 1, rep="", pooled_at=now)
        case Remind(rung=rung) | Reassign(rung=rung) | TellManager(rung=rung) if rung >= 0:
            return replace(state, rungs=rung + 1)
        case TellManager():
            return replace(state, late=(*state.late, "told"))
    return state


def _after_accepting(state: HandoffState, plan: HandoffPlan, calendar: Calendar, now: datetime) -> Next:
    assert state.accepted_at is not None
    if plan.first_touch_within is None or state.first_touch_at is not None:
        return Closed("accepted" if state.first_touch_at is None else "accepted and spoken to")
    due = calendar.add(state.accepted_at, plan.first_touch_within)
    if now < due:
        return Wait(due, f"for the first touch, due {plan.first_touch_within} after accepting")
    why = f"accepted, but not spoken to within {plan.first_touch_within}"
    if "first_touch" not in state.late:
        return Late("first_touch", due, why)
    return Closed(why) if "told" in state.late else TellManager(-1, why)


def _next_rung(state: HandoffState, plan: HandoffPlan) -> int | None:
    """Return the next rung that makes sense: nobody is reminded in the pool, and what lies there is not put there."""
    for number, rung in enumerate(plan.ladder[state.rungs :], state.rungs):
        if state.rep or rung.act in (Act.REASSIGN, Act.TELL):
            return number
        if rung.act is Act.POOL and state.pooled_at is None:
            return number
    return None


def _lying(state: HandoffState, plan: HandoffPlan, calendar: Calendar, now: datetime) -> Next:
    """The ladder is climbed: wait for a bounded time, then give the lead back."""
    since = max(filter(None, (state.pooled_at, state.assigned_at, state.opened_at)))
    patience = max(calendar.add(since, plan.expires_after), accept_by(state, plan, calendar))
    if now >= patience:
        return Expired(
            f"nobody accepted within {plan.expires_after} {'in the pool' if not state.rep else 'of its rep'}"
        )
    due = accept_by(state, plan, calendar)
    if "accept" not in state.late:
        return Wait(due, "to be accepted")
    return Wait(patience, "in the pool for anybody to accept" if not state.rep else f"for {state.rep} to answer")
