"""`nurture enrol`: people enter a sequence, one by one with an answer, or in thousands with progress."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, at_home, name_of, note, person, progress, reached, say_json, soon
from nurture.cli._standing import picture_of
from nurture.domain.errors import NotFound, Unavailable
from nurture.domain.lead import Contact, Scalar

if TYPE_CHECKING:
    from nurture.wiring import House

AT_ONCE = 5_000
"""Leads in one bulk enrolment: their ids stay well below the half megabyte at which Temporal warns."""
LOOK_EVERY = 0.5
"""Seconds of the wall clock between two looks at a bulk enrolment."""
WHY_NOT: Mapping[str, str] = {
    "already_in": "is in this sequence already",
    "not_again": "has been through this sequence, and `enter.again` does not let anybody in again yet",
    "source_not_mailable": "came from a source that is never spoken to (policies/consent.yaml)",
    "silenced": "opted out or complained: only the person's own opt-in changes that",
    "stage": "stands at a stage that is never spoken to (policies/stages.yaml)",
    "segment": "is not in the segment of the sequence",
    "enter_if": "does not meet `enter.if` of the sequence",
    "enter_unless": "meets `enter.unless` of the sequence",
}
"""Reason code of a refusal -> what to say of the lead."""
_COLUMNS = frozenset(field.name for field in fields(Contact)) - {"fields", "timezones"}

SequenceName = Annotated[str, typer.Argument(metavar="SEQUENCE", help="The id of a sequence in sequences/.")]
Which = Annotated[list[str] | None, typer.Argument(metavar="LEAD", help="Ids, e-mail addresses or phone numbers.")]
Everybody = Annotated[bool, typer.Option("--all", help="Everybody in the store.")]
Where = Annotated[
    list[str] | None, typer.Option(metavar="FIELD=VALUE", help="Everybody of whom this is true. May be repeated.")
]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]


def command(
    sequence: SequenceName,
    leads: Which = None,
    everybody: Everybody = False,
    where: Where = None,
    reason: Reason = "by hand",
    as_json: AsJson = False,
) -> None:
    """Let leads enter a sequence. Each lead's own workflow answers: enrolled, or why not.

    Many leads are enrolled in the background, last in line behind replies and hand-offs, and go on if this command is
    interrupted; the same command again joins in. Who is in the sequence already is not enrolled twice.

    Examples: `nurture enrol demo-request mary@example.com`, `nurture enrol trial-nurture --where stage=lead`
    """
    asked = [_condition(text) for text in where or ()]
    if not leads and not everybody and not asked:
        raise typer.BadParameter("name leads, or use --all or --where FIELD=VALUE", param_hint="LEAD")
    if leads and (everybody or asked):
        raise typer.BadParameter("name leads, or use --all or --where: not both", param_hint="LEAD")
    asyncio.run(_enrol(sequence, leads or [], asked, reason, as_json))


async def _enrol(
    sequence: str, leads: Sequence[str], asked: Sequence[tuple[str, str]], reason: str, as_json: bool
) -> None:
    async with at_home() as house:
        version = house.sequence(sequence).version
        if len(leads) == 1:
            contact = await person(house, leads[0])
            await _enrol_one(await reached(house), contact, sequence, version, reason, as_json)
            return
        ids = [(await person(house, lead)).id for lead in leads] or await _chosen(house, asked)
        found = await _enrol_many(await reached(house), sequence, list(dict.fromkeys(ids)), reason)
        if as_json:
            say_json({"sequence": sequence, "version": version, **found})
        else:
            _tell(sequence, found)


async def _enrol_one(house: House, contact: Contact, sequence: str, version: str, reason: str, as_json: bool) -> None:
    """Ask one lead's workflow and say its answer. Raises Exit with 1 when it refused."""
    code = await soon(house.enrol(contact.id, sequence, reason))
    comes_next = (await picture_of(house, contact.id)).next
    if as_json:
        answer = _answer(1, int(not code), {code: 1} if code else {})
        say_json({"sequence": sequence, "version": version, "lead": contact.id, **answer, "next": comes_next})
    elif code:
        print(f"{name_of(contact)} {words(code)}.")
    else:
        print(f"{name_of(contact)} entered {sequence}: {comes_next}")
    if code:
        raise typer.Exit(1)


async def _enrol_many(house: House, sequence: str, leads: Sequence[str], reason: str) -> dict[str, Any]:
    """Start as many bulk enrolments as it takes, all at once so that none is lost, and watch them end."""
    parts = [leads[start : start + AT_ONCE] for start in range(0, len(leads), AT_ONCE)]
    started = [await soon(house.leads.enrol_many(_key(part), sequence, part, reason)) for part in parts]
    with progress(f"enrolling into {sequence}", len(leads)) as show:
        tally = await _watched(house, started, show)
    refused = {code: count for code, count in sorted(tally.items()) if code != "enrolled"}
    return _answer(len(leads), tally["enrolled"], refused) | {"enrolments": started}


def _answer(asked: int, enrolled: int, refused: Mapping[str, int]) -> dict[str, Any]:
    return {
        "asked": asked,
        "enrolled": enrolled,
        "refused": dict(refused),
        "words": {code: words(code) for code in refused},
    }


async def _watched(house: House, started: Sequence[str], show: Any) -> Counter[str]:
    """Look until nobody is left and return the sum of all tallies. Raises Unavailable when no worker answers."""
    while True:
        try:
            seen = [await soon(house.leads.progress(each)) for each in started]
        except (NotFound, Unavailable) as silent:
            fact = f"The enrolment {', '.join(started)} is started, but no worker answers"
            raise Unavailable(fact, remedy="Start one with nurture worker: the enrolment goes on by itself") from silent
        show(sum(each["total"] - each["left"] for each in seen))
        if not any(each["left"] for each in seen):
            return sum((Counter(each["tally"]) for each in seen), Counter())
        await asyncio.sleep(LOOK_EVERY)


async def _chosen(house: House, asked: Sequence[tuple[str, str]]) -> list[str]:
    """Return the ids of everybody of whom all conditions are true. Raises NotFound when there is nobody."""
    chosen: list[str] = []
    seen: set[str] = set(_COLUMNS)
    async for contact in house.store.leads.all():
        seen.update(contact.fields)
        if all(_is(contact, field, value) for field, value in asked):
            chosen.append(contact.id)
    if unknown := [field for field, _ in asked if field not in seen]:
        remedy = f"Known are {', '.join(sorted(seen))}"
        raise NotFound(f"No lead has a field {' or '.join(map(repr, unknown))}", remedy=remedy)
    if not chosen:
        raise NotFound("Nobody is left to enrol", remedy="Import leads with nurture import, or ask for less")
    return chosen


def _condition(text: str) -> tuple[str, str]:
    field, is_, value = text.partition("=")
    if not is_ or not field.strip():
        raise typer.BadParameter(f'"{text}" is not FIELD=VALUE, such as stage=lead', param_hint="--where")
    return field.strip(), value.strip()


def _is(contact: Contact, field: str, asked: str) -> bool:
    """Whether a field has this value, compared as text without case; an empty value asks for an unknown field."""
    value: Scalar = getattr(contact, field) if field in _COLUMNS else contact.fields.get(field)
    if isinstance(value, bool):
        return asked.casefold() in (("yes", "true", "1") if value else ("no", "false", "0"))
    return ("" if value is None else str(value)).casefold() == asked.casefold()


def _key(leads: Sequence[str]) -> str:
    """Return a key that is the same for the same people, so that the same command joins what is running."""
    return hashlib.sha256("\n".join(sorted(leads)).encode()).hexdigest()[:12]


def words(code: str) -> str:
    """Return a refusal as a clause about the lead; an unknown code speaks for itself."""
    return WHY_NOT.get(code, f"was refused: {code.replace('_', ' ')}")


def _tell(sequence: str, found: Mapping[str, Any]) -> None:
    print(f"{found['enrolled']:,} of {found['asked']:,} entered {sequence}.")
    for code, count in found["refused"].items():
        print(f"{count:>8,}  {found['words'][code]} [{code}]")
    if found["refused"]:
        note("See one of them with: nurture explain LEAD")
