"""A person's word about one lead: stored as a fact first, then told to the lead's workflow, then what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from nurture.cli._desk import at_home, name_of, note, person, reached, say_json, soon
from nurture.cli._standing import picture_of
from nurture.domain.errors import NotFound, Unavailable
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Contact, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from nurture.wiring import House

Why = Annotated[str, typer.Option(help="Why, for the history and for colleagues.")]
By = Annotated[str, typer.Option(help="Who says so, for the history.")]

Details = Mapping[str, Scalar]


def say(
    kind: EventKind,
    lead: str,
    details: Callable[[House, Contact], Details],
    *,
    sequence: str = "",
    as_json: bool = False,
) -> None:
    """Store and tell one fact about a lead and print what it does next. Raises Exit with 1 when it was not heard yet.

    `details` makes the fact's details from the house and the person; `sequence` narrows it to one sequence.
    """
    asyncio.run(_say(kind, lead, details, sequence, as_json))


async def _say(
    kind: EventKind, lead: str, details: Callable[[House, Contact], Details], sequence: str, as_json: bool
) -> None:
    async with at_home() as house:
        contact = await person(house, lead)
        await _known(house, sequence)
        event = Event(uuid4().hex, kind, contact.id, house.clock.now(), sequence, details=details(house, contact))
        stored = await house.store.inbox.record(event) or event
        unheard = await told(house, stored)
        picture = await picture_of(house, contact.id)
    if as_json:
        fact = {"event": stored.id, "kind": kind, "sequence": sequence, "details": dict(stored.details)}
        where = {"source": picture.source, "note": picture.note, "next": picture.next, "state": dict(picture.state)}
        say_json({"lead": contact.id, **fact, "told": not unheard, **where})
    elif not unheard:
        print(f"{name_of(contact)} is {kind}{f' in {sequence}' if sequence else ''}. Next: {picture.next}")
    if unheard:
        note(f"nurture: It is stored that {name_of(contact)} is {kind}; do not repeat it. {unheard}")
        raise typer.Exit(1)


async def told(house: House, event: Event) -> str:
    """Tell the workflow, and return "" or why it could not hear; the relay tells it again then."""
    try:
        await soon((await reached(house)).tell(event))
    except Unavailable as away:
        return f"{away} It is told as soon as a worker runs."
    await house.store.inbox.told([event.id], house.clock.now())
    return ""


async def _known(house: House, sequence: str) -> None:
    """Raise NotFound for a sequence that is neither on the shelf nor ever was."""
    if sequence and sequence not in house.shelf.sequences and await house.store.library.fetch(sequence) is None:
        known = ", ".join(sorted(house.shelf.sequences))
        raise NotFound(f'There is no sequence "{sequence}"', remedy=f"Use one of {known}")
