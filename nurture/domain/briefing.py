"""What a rep is told of a lead that is handed over, as far as `include:` asks for it: facts in words, no texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from nurture.domain.events import Event, EventKind
from nurture.domain.touch import ON_THE_WIRE, LedgerRow

EVERYTHING = ("timeline", "score_reasons", "last_messages", "opening")
"""What a hand-off without `include:` shows."""
_LATEST, _LAST_WORDS = 12, 5
_TOLD = {
    EventKind.REPLIED: "answered{by}: {intent}",
    EventKind.CLICKED: "clicked {link}{of}",
    EventKind.HAPPENED: "{name}",
    EventKind.OPTED_OUT: "opted out of {what}",
    EventKind.BOUNCED: "a message bounced{of}",
    EventKind.AUTO_REPLIED: "out of office",
    EventKind.TASK_DONE: "a rep logged{of}: {outcome}",
    EventKind.HANDOFF_ACCEPTED: "a rep accepted the lead",
    EventKind.HANDOFF_REJECTED: "a rep gave the lead back: {reason}",
}
"""What a rep is told of; opens and deliveries prove nothing."""


def briefing(
    include: Sequence[str], rows: Sequence[LedgerRow], facts: Sequence[Event], reasons: Sequence[str]
) -> dict[str, str | tuple[str, ...]]:
    """Return what the note may show, by the names templates use; what `include` leaves out is not there.

    `rows` are the lead's touches and `facts` what was heard, each oldest first; times in the lines are UTC. Without
    `include` everything is shown.
    """
    wanted = include or EVERYTHING
    said = [_said(row) for row in rows if row.state in ON_THE_WIRE and row.wire_at]
    heard = [(fact.at, words) for fact in facts if (words := _heard(fact))]
    shown: Mapping[str, str | tuple[str, ...]] = {
        "timeline": _lines([*said, *heard])[-_LATEST:],
        "score_reasons": tuple(reasons),
        "last_messages": _lines([*said, *_answers(facts)])[-_LAST_WORDS:],
        "opening": _opening(facts),
    }
    return {name: value for name, value in shown.items() if name in wanted}


def _said(row: LedgerRow) -> tuple[datetime, str]:
    assert row.wire_at is not None
    return row.wire_at, f"{row.touch.channel} {row.touch.step}: {row.subject or row.touch.template}"


def _answers(facts: Sequence[Event]) -> Iterator[tuple[datetime, str]]:
    yield from ((fact.at, _heard(fact)) for fact in facts if fact.kind is EventKind.REPLIED)


def _heard(fact: Event) -> str:
    shape = _TOLD.get(fact.kind)
    if shape is None or (fact.kind is EventKind.CLICKED and not fact.details.get("human", True)):
        return ""
    known = {name: str(value).replace("_", " ") for name, value in fact.details.items() if value not in ("", None)}
    return shape.format(
        by=f" by {known['channel']}" if "channel" in known else "",
        of=f" in {fact.step}" if fact.step else "",
        what=known.get("channel", "everything"),
        name=fact.name.replace("_", " "),
        **{name: known.get(name, unknown) for name, unknown in _UNKNOWN.items()},
    )


_UNKNOWN = {"intent": "unclear", "link": "a link", "outcome": "done", "reason": "no reason"}


def _lines(told: list[tuple[datetime, str]]) -> tuple[str, ...]:
    return tuple(f"{at:%d %b %H:%M} {words}" for at, words in sorted(told, key=lambda each: each[0]))


def _opening(facts: Sequence[Event]) -> str:
    """Return how to begin: with what the lead last did of their own accord, an answer before anything else."""
    shapes = {
        EventKind.REPLIED: "They wrote back ({what}): answer in the same conversation, and call.",
        EventKind.CLICKED: "They looked at {what}: ask what they wanted to find there.",
        EventKind.HAPPENED: "They just did this: {what}. Ask how it went.",
    }
    for kind, shape in shapes.items():
        latest = next((fact for fact in reversed(facts) if fact.kind is kind and _heard(fact)), None)
        if latest is not None:
            what = latest.name or str(latest.details.get("intent") or latest.details.get("link") or "a link")
            return shape.format(what=what.replace("_", " "))
    return ""
