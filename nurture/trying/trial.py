"""One test walked by the planner alone: the clock is turned by hand, and each touch passes the real last gate."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nurture.domain.consent import Basis, Consent, Suppression
from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.errors import Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.gates import GateFacts, Verdict, gate
from nurture.domain.handoff import HandoffState, accept_by
from nurture.domain.journey import observe, think
from nurture.domain.lead import Channel, Purpose, Scalar
from nurture.domain.observing import with_fit
from nurture.domain.routing import route
from nurture.domain.sequence import Ask, Say
from nurture.domain.sequence import Sequence as Plan
from nurture.domain.state import LeadState, Status
from nurture.domain.timing import calendar_for
from nurture.domain.touch import Answer, Touch
from nurture.domain.view import JourneyView
from nurture.trying.happening import Moment, facts_of, in_words
from nurture.trying.moments import START, After, when_of
from nurture.trying.people import Someone
from nurture.trying.record import Offer, Record
from nurture.trying.workshop import Workshop

LONGEST = timedelta(days=800)
"""A test ends after this at the latest."""


class Trial:
    """Walks one person through one sequence while the script happens.

    It is over when the sequence is, or when a rep has the lead and the script has nothing more to say. Sequences that
    it enrols the lead in are noted, not walked.
    """

    def __init__(
        self,
        workshop: Workshop,
        plan: Plan,
        someone: Someone,
        start: datetime,
        zone: str,
        script: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.workshop, self.book, self.plan, self.someone = workshop, workshop.book, plan, someone
        self.now, self.end, self.zone = start, start + LONGEST, zone
        facts = someone.facts(workshop.policies, plan.purpose, start)
        self.state = with_fit(self.book, LeadState(facts, someone.contact.stage))
        self.record = Record()
        self.script = script
        self._coming: list[tuple[datetime, int]] = []
        self._waiting: dict[int, After] = {}
        self._entered, self._count = set[str](), 0
        for number, spec in enumerate(script):
            self._put_into_the_diary(number, when_of(str(spec["at"]), zone))

    def run(self) -> Record:
        """Let everything happen and return the record."""
        self._enters()
        while (wake := self._live()) is not None or self._coming:
            at, number = min([*self._coming[:1], *([(wake, -1)] if wake is not None else [])])
            if at > self.end:
                break
            self.now = max(self.now, at)
            if number >= 0:
                heapq.heappop(self._coming)
                self._happens(number)
        return self._finished()

    def _put_into_the_diary(self, number: int, when: After | datetime) -> None:
        if isinstance(when, After) and when.step != START:
            self._waiting[number] = when
            return
        at = self._after(when, self.now) if isinstance(when, After) else when
        heapq.heappush(self._coming, (at, number))

    def _after(self, when: After, moment: datetime) -> datetime:
        return calendar_for(self.book, self.state, self.plan).add(moment, when.duration)

    def _enters(self) -> None:
        """Let the lead come in by the sequence's own door: the event, if there is one, is heard before."""
        if self.plan.enter.on:
            self._hear(self._event(EventKind.HAPPENED, self.plan.enter.on))
        refused = why_not_enter(self.book, self.state, self.plan, self.now) or ""
        self.record.refused = refused
        self.record.notes(self.now, f"does not enter {self.plan.id}" if refused else f"enters {self.plan.id}", refused)
        self._hear(
            self._event(EventKind.ENROLLED, self.plan.id, version=self.plan.version, refused=refused), quiet=True
        )

    def _live(self) -> datetime | None:
        """Do all that is due now; return when the planner wants to be woken, None when nothing is left to wait for."""
        while True:
            thought = think(self.book, self.state, self.now)
            self.state = thought.state
            for turn in thought.turns:
                self.record.turns(self.now, turn)
            self._look_around()
            decision = thought.decision
            if isinstance(decision, Done):
                return None
            if isinstance(decision, Wait):
                return None if self._rests_with_sales() else decision.until
            self._hear(self._carry_out(decision), quiet=True)

    def _rests_with_sales(self) -> bool:
        return any(journey.status is Status.WITH_SALES for journey in self.state.journeys)

    def _look_around(self) -> None:
        """Start the clocks of happenings that come after a step which says nothing, once the lead stands there."""
        for journey in self.state.journeys:
            if journey.step and journey.step not in self._entered:
                self._entered.add(journey.step)
                if not isinstance(self.plan.steps[journey.step], Say | Ask):
                    self._taken(journey.step, journey.entered_at)

    def _taken(self, step: str, at: datetime) -> None:
        for number in [number for number, when in self._waiting.items() if when.step == step]:
            heapq.heappush(self._coming, (self._after(self._waiting.pop(number), at), number))

    def _carry_out(self, decision: Decision) -> Event:
        match decision:
            case Speak():
                return self._speak(decision.touch)
            case AskRep():
                return self._ask(decision)
            case HandOver():
                return self._hand_over(decision)
            case PassOn():
                self.record.notes(self.now, "PASSES THE REPLY ON to a person", decision.why)
                return self._event(EventKind.REPLY_PASSED_ON, decision.reply)
            case Move():
                self.record.notes(self.now, f"moves to the stage {decision.stage}", decision.why)
                return self._event(EventKind.MOVED, stage=decision.stage)
            case Enroll():
                self.record.notes(self.now, f"is enrolled in {decision.target}", decision.why)
                self.record.enrolled_in.append(decision.target)
                return self._event(EventKind.ENROLLED, decision.target, refused="another test's business")
        raise AssertionError(f"a decision nobody carries out: {type(decision).__name__}")

    def _speak(self, touch: Touch) -> Event:
        verdict = self._gate(touch)
        if verdict is not None:
            return self._held_back(touch, verdict)
        self.record.sent.append(touch)
        what = f"{touch.channel} {touch.template}" + (f", variant {touch.variant}" if touch.variant else "")
        self.record.notes(self.now, f"SENDS {touch.step} ({what})", touch.why)
        self._taken(touch.step, self.now)
        return self._about(touch, EventKind.TOUCHED, outcome=str(Answer.SENT))

    def _ask(self, decision: AskRep) -> Event:
        touch = decision.touch
        verdict = self._gate(touch)
        if verdict is not None:
            return self._held_back(touch, verdict)
        self.record.tasks.append(touch)
        self.record.task_reps.append(self.state.lead.owner)
        who = self.state.lead.owner or "the inbox"
        self.record.notes(self.now, f"ASKS {who} for {touch.step} ({decision.kind})", decision.why)
        self._taken(touch.step, self.now)
        return self._about(touch, EventKind.TASK_OPENED)

    def _gate(self, touch: Touch) -> Verdict | None:
        contact = replace(self.someone.contact, stage=self.state.stage)
        facts = GateFacts(contact, self.someone.consents, self.someone.suppressions, self.state.recent)
        return gate(touch, facts, self.book.policies, self.now)

    def _held_back(self, touch: Touch, verdict: Verdict) -> Event:
        said = str(Answer.NOT_YET if verdict.until else Answer.NEVER)
        self.record.notes(self.now, f"{touch.step}: {said.replace('_', ' ')}", f"{verdict.why} [{verdict.code}]")
        until = verdict.until.isoformat() if verdict.until else ""
        return self._about(touch, EventKind.TOUCHED, outcome=said, code=str(verdict.code), why=verdict.why, until=until)

    def _hand_over(self, decision: HandOver) -> Event:
        policies = self.book.policies
        plan = self.book.sequences[decision.version].handoffs[decision.name]
        choice = route(policies.routing, plan.route, policies.team, self.state.lead, self.now)
        hours = next((policies.for_rep(rep) for rep in policies.team if rep.id == choice.rep), policies.calendar())
        due = accept_by(HandoffState(self.now, choice.rep, self.now), plan, hours)
        self.record.offers.append(Offer(decision.id, decision.name, choice.rep, choice.why, due))
        self.record.notes(self.now, f"HANDS OVER to {choice.rep or 'the inbox'} ({decision.name})", decision.why)
        kind = EventKind.HANDOFF_FULL if choice.full and not choice.rep else EventKind.HANDOFF_OPENED
        return self._event(kind, decision.id, handoff=decision.name)

    def _happens(self, number: int) -> None:
        """Let one entry of the script happen; one that cannot is a flaw of the test, told with its reason."""
        spec = self.script[number]
        when = when_of(str(spec["at"]), self.zone)
        touch = self.record.touch_of(when.step if isinstance(when, After) and when.step != START else "")
        links = self.workshop.links.get(f"{touch.channel}/{touch.template}", ()) if touch else ()
        offer = self.record.offers[-1] if self.record.offers and self._rests_with_sales() else None
        try:
            facts = facts_of(spec, Moment(f"h{number}", self.state.lead.id, self.now, touch, links, offer))
        except Invalid as flaw:
            self.record.flaws[number] = str(flaw)
            return
        self.record.notes(self.now, f"THE SCRIPT SAYS {in_words(spec)}")
        for event in facts:
            self._hear(event)
        if self.record.refused and self.plan.enter.segment is not None:
            self._enters()  # a sweep looks again

    def _hear(self, event: Event, *, quiet: bool = False) -> None:
        if not quiet:
            told = ", ".join(f"{name} {value}" for name, value in event.details.items() if value not in ("", None))
            self.record.notes(self.now, f"hears: {event.kind.replace('_', ' ')} {event.name}".rstrip(), told)
        self._remember_a_no(event)
        self._remember_a_yes(event)
        self.state = observe(self.book, self.state, event)

    def _remember_a_no(self, event: Event) -> None:
        """Keep what the store would keep of an opt-out, a complaint or a hard bounce: a suppression."""
        if not event.silences or event.kind in (EventKind.REPLIED, EventKind.STOPPED):
            return
        name = str(event.details.get("channel") or "")
        channel = Channel(name) if name and event.kind is not EventKind.COMPLAINED else None
        no = Suppression(self.state.lead.id, channel, str(event.kind), self.now)
        self.someone = replace(self.someone, suppressions=(*self.someone.suppressions, no))

    def _remember_a_yes(self, event: Event) -> None:
        """Keep what the store would keep of a confirmation: a receipt, and no longer any no to that channel."""
        if event.kind is EventKind.OPTED_IN:
            channel, who, how = Channel(str(event.details["channel"])), self.someone, "double opt-in"
            yes = Consent(who.contact.id, channel, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, self.now, how)
            left = [no for no in who.suppressions if no.channel not in (None, channel)]
            self.someone = replace(who, consents=(*who.consents, yes), suppressions=tuple(left))

    def _about(self, touch: Touch, kind: EventKind, **details: Scalar) -> Event:
        event = self._event(kind, **{"channel": str(touch.channel), **details})
        return replace(event, touch=touch.id, sequence=touch.sequence, step=touch.step)

    def _event(self, kind: EventKind, about: str = "", /, **details: Scalar) -> Event:
        self._count += 1
        return Event(f"e{self._count}", kind, self.state.lead.id, self.now, about, details=details)

    def _finished(self) -> Record:
        view, record = JourneyView(self.book, self.state, None, self.now), self.record
        record.stage, record.score, record.temperature = view.stage(), view.number("score"), view.temperature()
        record.outcome = past.outcome if (past := self.state.past.get(self.plan.id)) else ""
        record.missed = sorted([*self._waiting, *(number for _, number in self._coming)])
        return record
