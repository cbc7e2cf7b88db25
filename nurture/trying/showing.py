"""A preview: one lead's days in a sequence if nobody says a word, and every message of it as it will arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.authoring.preview import Planned, Shown
from nurture.domain.decisions import AskRep, Decision, Enroll, HandOver, Move, Speak
from nurture.domain.enrolling import why_not_enter
from nurture.domain.errors import Invalid, Misconfigured
from nurture.domain.events import Event, EventKind
from nurture.domain.experiment import HOLDOUT
from nurture.domain.journey import observe
from nurture.domain.lead import Channel, Contact, Lead
from nurture.domain.messages import Email
from nurture.domain.observing import with_fit
from nurture.domain.outlook import outlook
from nurture.domain.senders import in_order_for
from nurture.domain.sequence import Ask, Say, Step
from nurture.domain.sequence import Sequence as Plan
from nurture.domain.state import Book, LeadState
from nurture.domain.touch import LedgerRow, Touch, TouchState, touch_id, touch_ref
from nurture.domain.view import JourneyView
from nurture.trying.people import Someone
from nurture.trying.simulated import in_order
from nurture.trying.workshop import Workshop

MOST = 150
"""Deeds a preview shows at most."""
ANOTHER_WAY = "on another way than this lead's"


@dataclass(frozen=True, slots=True)
class Preview:
    """What is to be shown, step by step. `refused` is the reason code when this lead would not be let in."""

    planned: tuple[Planned, ...]
    shown: tuple[Shown | None, ...]
    zone: str
    refused: str = ""


class NoLinks:
    """Stands in for the store's links: a preview tracks nothing, so it keeps nothing."""

    async def keep(self, urls: Mapping[str, str]) -> Mapping[str, str]:
        """Return an id for every link, the same for all."""
        return dict.fromkeys(urls, "0" * 16)

    async def target(self, _link: str) -> tuple[str, str] | None:
        """Return None: no link of a preview leads anywhere."""
        return None


def composer_for(workshop: Workshop, public_url: str, mail_domain: str) -> JinjaComposer:
    """Return a composer whose messages are only looked at: nothing in them is signed for the world."""
    policy = workshop.policies.senders
    senders = {
        sender.id: SenderFacts(sender.name, sender.address, policy.postal_address, policy.brand)
        for pool in policy.pools.values()
        for sender in pool
    }
    return JinjaComposer(
        workshop.root / "templates",
        secret=b"nothing in a preview is signed for the world",
        public_url=public_url,
        mail_domain=mail_domain,
        senders=senders,
        links=NoLinks(),
    )


async def preview_of(
    workshop: Workshop, composer: JinjaComposer, plan: Plan, someone: Someone, start: datetime
) -> Preview:
    """Return the coming days of a lead that enters at `start` (UTC) and stays silent, and every message there is.

    Steps on other ways, and other channels of a step, follow without a time.
    """
    facts = someone.facts(workshop.policies, plan.purpose, start)
    state, refused = _entered(workshop.book, plan, LeadState(facts, someone.contact.stage), start)
    showroom = _Showroom(workshop, composer, plan, someone.contact, facts, _score(workshop.book, state, start))
    for at, decision in outlook(workshop.book, state, start, MOST):
        await showroom.decided(at, decision)
        if isinstance(decision, HandOver):
            break  # what comes then is for a rep to say
    for step in in_order(plan):
        await showroom.other_ways(step)
    zone = (facts.timezone or plan.timing.fallback) if plan.timing.timezone == "lead" else plan.timing.timezone
    return Preview(tuple(showroom.planned), tuple(showroom.shown), zone, refused)


def _entered(book: Book, plan: Plan, state: LeadState, start: datetime) -> tuple[LeadState, str]:
    """Return the state right after it entered, and why it would not have been let in; a preview lets everybody in."""
    state, lead = with_fit(book, state), state.lead.id
    if plan.enter.on:
        state = observe(book, state, Event("door", EventKind.HAPPENED, lead, start, plan.enter.on))
    refused = why_not_enter(book, state, plan, start) or ""
    told = Event("enter", EventKind.ENROLLED, lead, start, plan.id, details={"version": plan.version})
    return observe(book, state, told), refused


def _score(book: Book, state: LeadState, now: datetime) -> int:
    return round(JourneyView(book, state, None, now).number("score"))


@dataclass
class _Showroom:
    """Collects what was planned and how it looks, in the order of time."""

    workshop: Workshop
    composer: JinjaComposer
    plan: Plan
    contact: Contact
    lead: Lead
    score: int
    planned: list[Planned] = field(default_factory=list)
    shown: list[Shown | None] = field(default_factory=list)
    rows: dict[str, LedgerRow] = field(default_factory=dict)
    met: set[tuple[str, str]] = field(default_factory=set)

    async def decided(self, at: datetime, decision: Decision) -> None:
        """Show one deed of the plan."""
        match decision:
            case Speak():
                await self._say(at, decision.touch, decision.why)
            case AskRep():
                await self._ask(at, decision.touch, decision.title, decision.why)
            case HandOver():
                self._hand_over(at, decision)
            case Move():
                self._act(at, decision.step, f"moves to the stage {decision.stage}", decision.why)
            case Enroll():
                self._act(at, decision.step, f"starts {decision.target}", decision.why)

    async def other_ways(self, step: Step) -> None:
        """Show what this step would say if this lead came by, or if its first channel were closed."""
        taken = any(name == step.id for name, _ in self.met)
        if isinstance(step, Say):
            for channel, template in step.options:
                why = "when the channels before it are not possible" if taken else ANOTHER_WAY
                await self._say(None, self._touch(step.id, channel, template), why)
        elif isinstance(step, Ask) and not taken:
            await self._ask(None, self._touch(step.id, step.channel, step.template), step.title, ANOTHER_WAY)

    async def _say(self, at: datetime | None, touch: Touch, why: str) -> None:
        if (touch.step, touch.channel) in self.met:
            return
        self.met.add((touch.step, touch.channel))
        alike: dict[str, tuple[Shown, list[str]]] = {}
        for variant in _variants(self.plan.steps[touch.step]) or [touch.variant]:
            shown = await self._rendered(replace(touch, variant=variant))
            # Variants that differ in their subjects alone are shown once, with all their subjects.
            words = getattr(shown.message, "text", "") or shown.trouble or shown.text
            alike.setdefault(words, (shown, []))[1].append(variant)
        closed = self.lead.unreachable.get(touch.channel, "") if at is None else ""
        for shown, variants in alike.values():
            planned = Planned(touch.step, at, touch.channel, touch.template, ", ".join(variants), why)
            if closed and shown.trouble:
                self._add(replace(planned, why=f"closed for this lead: {closed.replace('_', ' ')}"), None)
            else:
                self._add(planned, shown)

    async def _rendered(self, touch: Touch) -> Shown:
        try:
            senders = self.workshop.policies.senders.senders_for(touch.pool, touch.channel)
            sender = in_order_for(senders, touch.lead)[0]
            thread = [self.rows[touch.thread]] if touch.thread in self.rows else []
            shown = await self.composer.show(replace(touch, score=self.score), self.contact, sender.id, thread)
        except (Invalid, Misconfigured) as flaw:
            return Shown(trouble=str(flaw))
        if isinstance(shown.message, Email):
            self.rows.setdefault(touch.id, _row(touch, shown.message))
        return shown

    async def _ask(self, at: datetime | None, touch: Touch, title: str, why: str) -> None:
        self.met.add((touch.step, touch.channel))
        try:
            shown = await self.composer.show(touch, self.contact, "", ()) if touch.template else Shown()
            if title:
                named, _ = self.composer.words(f"text:{title}", self.contact, {"score": self.score})
                shown = replace(shown, title=named)
        except Invalid as flaw:
            shown = Shown(trouble=str(flaw))
        self._add(Planned(touch.step, at, touch.channel, touch.template, "", why), shown)

    def _act(self, at: datetime, step: str, what: str, why: str) -> None:
        self._add(Planned(step or "the end", at, why=f"{what}: {why}" if why else what), None)

    def _hand_over(self, at: datetime, decision: HandOver) -> None:
        plan = self.plan.handoffs[decision.name]
        extra = {"score": self.score, "why": decision.why, "handoff": decision.name}
        try:
            title, _ = self.composer.words(f"text:{plan.title or decision.name}", self.contact, extra)
            _, body = self.composer.words(f"handoff/{decision.name}", self.contact, extra)
            shown = Shown(title=title, text=body)
        except Invalid as flaw:
            shown = Shown(trouble=str(flaw))
        self._add(Planned(decision.step or decision.name, at, "handoff", decision.name, "", decision.why), shown)

    def _touch(self, step: str, channel: Channel, template: str) -> Touch:
        lead, plan = self.contact.id, self.plan
        say = plan.steps[step]
        begun = say.thread if isinstance(say, Say) else ""
        thread = next((id_ for id_, row in self.rows.items() if row.touch.step == begun), "")
        name = touch_id(lead, plan.id, 1, step, 1, channel)
        return Touch(name, lead, plan.id, plan.version, step, channel, template, plan.purpose, "", thread, plan.pool)

    def _add(self, planned: Planned, shown: Shown | None) -> None:
        self.planned.append(planned)
        self.shown.append(shown)


def _variants(step: Step) -> list[str]:
    """Return the variants of a step's experiment that hear something."""
    if not isinstance(step, Say) or step.experiment is None:
        return []
    return [name for name in step.experiment.shares if name != HOLDOUT]


def _row(touch: Touch, mail: Email) -> LedgerRow:
    """Return a sent mail as the ledger would keep it, so that an answer to it shows as one."""
    return LedgerRow(
        touch, touch_ref(touch.id), TouchState.SENT, 1, mail.message_id, "", mail.sender, mail.to, mail.subject
    )


def steps_shown(preview: Preview) -> Iterator[tuple[Planned, Shown | None]]:
    """Yield each planned step with what is shown of it."""
    yield from zip(preview.planned, preview.shown, strict=True)


def troubles(preview: Preview) -> Sequence[str]:
    """Return why steps could not be rendered, as `step: reason`."""
    return [f"{step.step}: {shown.trouble}" for step, shown in steps_shown(preview) if shown and shown.trouble]
