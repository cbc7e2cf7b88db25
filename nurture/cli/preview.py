"""`nurture preview`: a lead's days in a sequence and every message as it will arrive, before anything is sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nurture.cli._desk import at_home, name_of, note, person
from nurture.cli._root import Root, root_for

if TYPE_CHECKING:
    from nurture.domain.sequence import Sequence
    from nurture.trying.people import Someone
    from nurture.trying.workshop import Workshop

Sequence_ = Annotated[str, typer.Argument(metavar="SEQUENCE", help="Its id, or its file in sequences/.")]
Lead = Annotated[str, typer.Option(metavar="LEAD", help="A lead in the store: id, e-mail address or phone number.")]
As = Annotated[str, typer.Option("--as", metavar="PERSONA", help="A persona. Default: the first in personas.yaml.")]
Start = Annotated[str, typer.Option(metavar="MOMENT", help='When it begins: "2026-03-27 10:00". Default: now.')]
Page = Annotated[Path | None, typer.Option(metavar="FILE", help="Default: var/preview-<sequence>.html.")]


def command(
    sequence: Sequence_, lead: Lead = "", as_: As = "", start: Start = "", page: Page = None, root: Root = None
) -> None:
    """Show what somebody gets who enters a sequence and says nothing, and every other message of it.

    The calendar comes from the planner that will really decide; each message is rendered for this person, with the
    subject of every variant. Steps on other ways, and other channels of a step, follow after the calendar.

    Examples: `nurture preview trial-nurture --as busy-cto-berlin` ·
    `nurture preview trial-nurture --lead mary@example.com --page mary.html`
    """
    if lead and as_:
        raise typer.BadParameter("give either --lead or --as: it is one person's preview")
    asyncio.run(_preview(sequence, lead, as_, start, page, root))


async def _preview(sequence: str, lead: str, persona: str, start: str, page: Path | None, root: Path | None) -> None:
    from rich.console import Console

    from nurture.authoring.preview_page import preview_page
    from nurture.authoring.preview_terminal import preview_terminal
    from nurture.settings import Settings
    from nurture.trying.showing import composer_for, preview_of, troubles
    from nurture.trying.workshop import Workshop, names_of

    name, settings = names_of([sequence])[0], Settings()
    now = settings.scale.at(datetime.now(UTC))
    workshop = Workshop.open(root_for(root), int(start[:4]) if start[:4].isdigit() else now.year, [name])
    plan = workshop.book.sequences[workshop.current[name]]
    begins = _moment(start, plan) if start else now
    someone = await _from_the_store(lead) if lead else _persona(workshop, plan, persona, begins)
    composer = composer_for(workshop, settings.public_url, settings.mail_domain)
    preview = await preview_of(workshop, composer, plan, someone, begins)
    who = name_of(someone.contact)
    Console().print(
        preview_terminal(preview.planned, preview.shown, title=f"{plan.title}: {who}", timezone=preview.zone)
    )
    if preview.refused:
        note(f"in earnest {who} would not be let in: {preview.refused}")
    for trouble in troubles(preview):
        note(f"could not be rendered: {trouble}")
    file = page or Path("var") / f"preview-{name}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = preview_page(preview.planned, preview.shown, title=plan.title, lead=who, timezone=preview.zone)
    file.write_text(text, encoding="utf-8")
    note(f"wrote {file}")


def _moment(start: str, plan: Sequence) -> datetime:
    from nurture.trying.moments import moment_of

    return moment_of(start, plan.timing.fallback)


def _persona(workshop: Workshop, plan: Sequence, name: str, now: datetime) -> Someone:
    from nurture.authoring.problem import nearest
    from nurture.domain.errors import NotFound
    from nurture.trying.people import persona_as
    from nurture.trying.rehearsal import lead_for
    from nurture.trying.workshop import PERSONAS

    persona = workshop.personas.get(name) if name else next(iter(workshop.personas.values()), None)
    if persona is None:
        near = nearest(name, list(workshop.personas)) if name else ""
        known = f'There is "{near}"' if near else f"There are {', '.join(workshop.personas) or 'none yet'}"
        raise NotFound(f'There is no persona "{name}" in {PERSONAS}', remedy=known)
    return persona_as(persona, lead_for(plan, {}), now)


async def _from_the_store(lead: str) -> Someone:
    from nurture.trying.people import Someone

    async with at_home() as house:
        contact = await person(house, lead)
        consents = await house.store.leads.consents(contact.id)
        return Someone(contact, tuple(consents), tuple(await house.store.leads.suppressions(contact.id)))
