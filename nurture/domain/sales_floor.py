"""Simulated sales: who takes a hand-off, when and how they answer, and when everybody is full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture.domain.changing import changed
from nurture.domain.handoff_plan import HandoffPlan
from nurture.domain.lead import Lead
from nurture.domain.personas import chance
from nurture.domain.policies import Policies
from nurture.domain.routing import route
from nurture.domain.tasks import Rep

TAKEN, IN_TIME = 0.7, 0.85
"""How many hand-offs are accepted, and how many answers come before their deadline; guesses, not measurements."""


@dataclass(frozen=True, slots=True)
class RepAnswer:
    """How and when (UTC) a rep answers; `late` when after the deadline."""

    at: datetime
    outcome: str
    reason: str = ""
    late: bool = False


class SalesFloor:
    """The team with its open work. The same seed gives the same answers."""

    def __init__(self, policies: Policies, seed: int) -> None:
        self._policies, self._seed = policies, seed
        self._team: dict[str, Rep] = {rep.id: rep for rep in policies.team}

    def offers(self, handoff: str, plan: HandoffPlan, lead: Lead, now: datetime) -> tuple[str, RepAnswer | None]:
        """Return who gets it and their answer; no answer means that nobody has room."""
        choice = route(self._policies.routing, plan.route, list(self._team.values()), lead, now)
        if choice.full and not choice.rep:
            return "", None
        rep = choice.rep or self._from_the_pool(handoff)
        self._load(rep, 1, now)
        return rep, self._answer(handoff, plan, rep, now)

    def closes(self, rep: str) -> None:
        """One piece of this rep's work is done."""
        self._load(rep, -1)

    def _load(self, rep: str, more: int, now: datetime | None = None) -> None:
        member = self._team.get(rep)
        if member is not None:
            since = now or member.last_assigned_at
            self._team[rep] = changed(member, open_tasks=member.open_tasks + more, last_assigned_at=since)

    def _from_the_pool(self, handoff: str) -> str:
        names = sorted(self._team) or ["nobody"]
        return names[int(chance(self._seed, handoff, "pool") * len(names))]

    def _answer(self, handoff: str, plan: HandoffPlan, rep: str, now: datetime) -> RepAnswer:
        member = self._team.get(rep)
        calendar = self._policies.for_rep(member) if member else self._policies.calendar()
        deadline = calendar.add(now, plan.accept_within)
        number = chance(self._seed, handoff, "when")
        late = number >= IN_TIME
        at = deadline + timedelta(hours=2) if late else now + (deadline - now) * (number / IN_TIME)
        if chance(self._seed, handoff, "taken") < TAKEN or not plan.rejected:
            return RepAnswer(at, "accepted", late=late)
        reasons = sorted(plan.rejected)
        reason = reasons[int(chance(self._seed, handoff, "reason") * len(reasons))]
        return RepAnswer(at, "rejected", reason, late)
