"""A decision as it was made, kept so that anybody can read years later which rule, facts and clock decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from nurture.domain.changing import value
from nurture.domain.decisions import Advance, AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Turn, Wait
from nurture.domain.events import Event, EventKind
from nurture.domain.grounds import entering_inputs, inputs_of, person_inputs
from nurture.domain.lead import Scalar
from nurture.domain.state import Book, Journey, LeadState, Status

STANDS = "stands"
"""What `to` says of a decision after which the journey stands where it stood; "" is the end of the sequence."""
_DEEDS = {
    Wait: "wait",
    Speak: "speak",
    AskRep: "ask",
    HandOver: "hand over",
    Move: "move",
    Enroll: "enroll",
    PassOn: "pass on",
    Done: "rest",
}
_SAID = ("why", "reason", "outcome", "handoff", "stage", "until")


@value()
class Ruling:
    """One decision of the planner, or one answer to it from outside (a gate, a provider, sales, an operator).

    `n` counts within one workflow; `at` is our time (UTC) and `zone` the lead's (IANA, "" when unknown). `kind` is the
    turn (`go`, `replan`, `stop`, …), the deed (`wait`, `speak`, `rest`, …) or the kind of the answer (`touched`,
    `enrolled`, …); `rule` decided, `why` says it in words and `inputs` are the facts it looked at. `visit` counts how
    often the journey came to `step`; `to` is the step it goes on at; `until` (UTC) when it looks again.
    """

    n: int
    at: datetime
    zone: str
    kind: str
    rule: str
    why: str
    inputs: Mapping[str, Scalar] = field(default_factory=dict)
    sequence: str = ""
    version: str = ""
    run: int = 0
    step: str = ""
    visit: int = 0
    to: str = STANDS
    until: datetime | None = None
    touch: str = ""

    @property
    def leaves(self) -> bool:
        """Whether the journey left its step by this, or ended."""
        return self.to != STANDS


def ruling_of(state: LeadState, decision: Decision, now: datetime, n: int) -> Ruling:
    """Return what was decided in `state` at `now` (UTC) as number `n`, still without its inputs."""
    turn = decision.turn if isinstance(decision, Advance) else None
    journey = next((j for j in state.journeys if j.sequence == decision.sequence), None)
    rule = decision.rule or "nothing"
    touch = decision.touch.id if isinstance(decision, Speak | AskRep) else ""
    return Ruling(
        n,
        now,
        state.lead.timezone,
        _DEEDS.get(type(decision)) or str(turn),
        rule,
        decision.why or rule,
        **_place(journey),
        to=_goes_to(decision),
        until=decision.until if isinstance(decision, Wait | Advance) else None,
        touch=touch,
    )


def with_inputs(book: Book, state: LeadState, ruling: Ruling) -> Ruling:
    """Return a decision that was made in `state` together with the facts that its rule looked at."""
    journey = _journey(state, ruling.sequence)
    found = (
        inputs_of(book, state, journey, ruling.rule, ruling.at) if journey else person_inputs(book, state, ruling.at)
    )
    return replace(ruling, inputs=found)


def rulings_on(book: Book, before: LeadState, after: LeadState, event: Event, n: int) -> Iterator[Ruling]:
    """Yield what an answer from outside decided, once for each journey that it moved; numbers begin with `n`."""
    asked = [event.name] if event.kind is EventKind.ENROLLED else []
    names = dict.fromkeys([*_moved(before, after), *asked]) or (event.sequence,)
    for number, name in enumerate(names, n):
        old, new = _journey(before, name), _journey(after, name)
        yield _told(book, before, event, name, (old or new, new), number)


def _told(
    book: Book, state: LeadState, event: Event, name: str, was_and_is: tuple[Journey | None, Journey | None], n: int
) -> Ruling:
    said, (journey, new) = event.details, was_and_is
    rule = str(said.get("code") or said.get("refused") or said.get("outcome") or event.kind)
    why = next((str(said[name]) for name in _SAID if said.get(name)), rule)
    until = str(said.get("until") or "")
    return Ruling(
        n,
        event.at,
        state.lead.timezone,
        str(event.kind),
        rule,
        f"{why}: not let in" if said.get("refused") else why,
        _inputs(book, state, event, journey),
        **(_place(journey) or {"sequence": name}),
        to=STANDS if journey is None else _moved_to(journey, new),
        until=datetime.fromisoformat(until) if until else None,
        touch=event.touch,
    )


def _inputs(book: Book, state: LeadState, event: Event, journey: Journey | None) -> dict[str, Scalar]:
    """Return the facts an answer came with, and what the planner knew when it asked."""
    if event.kind is EventKind.ENROLLED:
        version = book.sequences.get(str(event.details.get("version") or ""))
        return {**event.details, **entering_inputs(book, state, version, event.at)}
    if journey is None or not any(each is journey for each in state.journeys):
        return person_inputs(book, state, event.at) | dict(event.details)
    return inputs_of(book, state, journey, "answer", event.at) | dict(event.details)


def _place(journey: Journey | None) -> dict[str, Any]:
    """Return where a journey stands, {} for none."""
    if journey is None:
        return {}
    return {
        "sequence": journey.sequence,
        "version": journey.version,
        "run": journey.run,
        "step": journey.step,
        "visit": journey.visits.get(journey.step, 0),
    }


def _goes_to(decision: Decision) -> str:
    if not isinstance(decision, Advance):
        return STANDS
    match decision.turn:
        case Turn.STOP:
            return ""
        case Turn.GO:
            return decision.to
        case Turn.ACT:
            then = decision.then
            to = decision.to if then is None or then.go_to is None else then.go_to
            return "" if then is not None and then.stop else to if to != decision.step else STANDS
    return STANDS


def _moved_to(journey: Journey, new: Journey | None) -> str:
    """Return where an answer took a journey; coming to the same step once more is a visit of its own."""
    if new is None or new.status is Status.DONE:
        return STANDS if journey.status is Status.DONE else ""
    came = new.visits.get(new.step, 0) != journey.visits.get(new.step, 0)
    return new.step if new.step != journey.step or came else STANDS


def _journey(state: LeadState, name: str) -> Journey | None:
    return next((journey for journey in state.journeys if journey.sequence == name), None)


def _moved(before: LeadState, after: LeadState) -> list[str]:
    names = dict.fromkeys(journey.sequence for journey in (*before.journeys, *after.journeys))
    return [name for name in names if _journey(before, name) is not _journey(after, name)]
