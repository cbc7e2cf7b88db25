"""`nurture lead`: one person on one screen: who, where they stand, what comes next, and all that happened."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nurture.cli._desk import AsJson, LeadArgument, at_home, clock, name_of, person, say_json
from nurture.cli._standing import Picture, picture_of
from nurture.cli._story import in_words
from nurture.domain.lead import Contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nurture.store.timeline import Moment


def command(lead: LeadArgument, as_json: AsJson = False) -> None:
    """Show one lead: where it stands, the next ten decisions, and everything that happened (times are UTC).

    A lead that is awake is asked itself; one at rest, or any lead while Temporal is away, is read from the store.

    Examples: `nurture lead mary@example.com`, `nurture lead +12015550123 --json`
    """
    asyncio.run(_show(lead, as_json))


async def _show(lead: str, as_json: bool) -> None:
    async with at_home() as house:
        contact = await person(house, lead)
        picture = await picture_of(house, contact.id)
        story = await house.store.reports.timeline(contact.id)
    if as_json:
        say_json(as_document(contact, picture, story))
        return
    print("\n".join([*_header(contact), "", *_standing(picture), "", *_plan(picture), "", *_story(story)]))


def as_document(contact: Contact, picture: Picture, story: Sequence[Moment]) -> dict[str, Any]:
    """Return the person, where they stand and what happened, for machines."""
    return {
        "lead": contact.id,
        "person": asdict(contact),
        "source": picture.source,
        "note": picture.note,
        "state": dict(picture.state),
        "plan": list(picture.plan),
        "closed_channels": picture.explanation.get("closed_channels", {}),
        "timeline": [asdict(moment) | {"words": in_words(moment)} for moment in story],
    }


def _header(contact: Contact) -> list[str]:
    ways = [name_of(contact), contact.email, contact.phone]
    facts = [contact.company, contact.country, ", ".join(contact.timezones[:2]), contact.language]
    facts += [f"from {contact.source}" if contact.source else "", f"owner {contact.owner}" if contact.owner else ""]
    since = f", known since {clock(contact.created_at)}" if contact.created_at else ""
    return [" · ".join(dict.fromkeys(filter(None, ways))), " · ".join(filter(None, facts)), f"lead {contact.id}{since}"]


def _standing(picture: Picture) -> list[str]:
    state = picture.state
    lines = [f"({picture.note})"] if picture.note else []
    score = f"{state.get('score', 0)} points ({state.get('temperature', 'unknown')})"
    lines.append(f"Stage   {state['stage'] or 'unknown'}, {score}")
    lines.append(f"Now     {picture.next}")
    if state.get("blocked_by"):
        lines.append(f"Held    by {state['blocked_by']}")
    lines += [f"In      {j['sequence']}: {j['status']} at {j['step'] or 'the end'}" for j in state["journeys"]]
    lines += [f"Was in  {name}: {outcome}" for name, outcome in (state.get("past") or {}).items()]
    closed = picture.explanation.get("closed_channels") or {}
    return lines + ([f"Closed  {', '.join(f'{way} ({why})' for way, why in closed.items())}"] if closed else [])


def _plan(picture: Picture) -> list[str]:
    coming = [f"  {number:>2}. {words}" for number, words in enumerate(picture.plan, start=1)]
    return ["Next, if nobody says anything", *(coming or ["  nothing"])]


def _story(story: Sequence[Moment]) -> list[str]:
    told = [f"  {clock(moment.at)}  {in_words(moment)}" for moment in story]
    return ["What happened", *(told or ["  nothing yet"])]
