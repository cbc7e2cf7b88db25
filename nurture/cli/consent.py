"""`nurture consent show|export`: what one person agreed to and refused, what is allowed now, and the proof of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, LeadArgument, aligned, at_home, clock, name_of, note, person, say_json
from nurture.domain.errors import NotFound
from nurture.domain.gates import GateFacts
from nurture.domain.standing import Standing, standings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nurture.domain.consent import Consent
    from nurture.domain.erasure import Erasure
    from nurture.domain.lead import Contact
    from nurture.wiring import House

group = typer.Typer(help="What a person agreed to and refused, and the proof of it.", no_args_is_help=True)

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False, help="Write here, not to stdout.")]


@group.command()
def show(lead: LeadArgument, as_json: AsJson = False) -> None:
    """Show what is allowed now per channel and purpose, and why, then every receipt, oldest first (times are UTC).

    Of somebody who was erased, given by id, it shows the receipt of the erasure.

    Example: `nurture consent show mary@example.com`
    """
    asyncio.run(_show(lead, as_json))


@group.command()
def export(lead: LeadArgument, out: Out = None) -> None:
    """Write everything that is kept about one person as one JSON object: what they may ask for (GDPR 15 and 20).

    Example: `nurture consent export mary@example.com --out mary.json`
    """
    document = asyncio.run(_export(lead))
    if out is None:
        say_json(document)
        return
    out.write_text(json.dumps(document, default=str, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    note(f"Everything about {lead} is in {out}: hand it over by a safe way, and delete it afterwards.")


async def _show(lead: str, as_json: bool) -> None:
    async with at_home() as house:
        try:
            contact = await person(house, lead)
        except NotFound:
            erased = await house.store.leads.erasures(lead.strip().removeprefix("lead-"))
            if not erased:
                raise
            _show_erased(erased[-1], as_json)
            return
        document = await as_document(house, contact)
        allowed = list(await _standings(house, contact))
    if as_json:
        say_json(document)
        return
    print(f"{name_of(contact)}, lead {contact.id}, country {contact.country or 'unknown: the strictest rule holds'}")
    print("\nAllowed now")
    print("\n".join(aligned([_standing(each) for each in allowed])))
    print("\nReceipts")
    print("\n".join(_receipts(document)) or "  none: nothing was ever agreed to or refused")


def _show_erased(erasure: Erasure, as_json: bool) -> None:
    if as_json:
        say_json({"lead": erasure.lead, "erased": asdict(erasure)})
        return
    print(f"Lead {erasure.lead} was erased on {clock(erasure.at)} by {erasure.by or 'somebody'}: {erasure.reason}")


async def as_document(house: House, contact: Contact) -> dict[str, Any]:
    """Return what is allowed and every receipt, for machines."""
    leads, consents = house.store.leads, house.policies.consent
    return {
        "lead": contact.id,
        "country": contact.country,
        "allowed": [_plain(each) for each in await _standings(house, contact)],
        "consents": [
            _consent(each) | {"expires_at": consents.expires_at(each, contact.country)}
            for each in await leads.consents(contact.id)
        ],
        "withdrawals": [asdict(each) for each in await leads.withdrawals(contact.id)],
        "suppressions": [asdict(each) for each in await leads.suppressions(contact.id)],
    }


async def _export(lead: str) -> dict[str, Any]:
    async with at_home() as house:
        contact = await person(house, lead)
        store = house.store
        return {
            **await as_document(house, contact),
            "person": asdict(contact),
            "touches": [_touch(row) for row in await store.ledger.rows(lead=contact.id)],
            "events": [asdict(event) for event in await store.inbox.of_lead(contact.id)],
            "tasks": [asdict(task) for task in await store.tasks.of(lead=contact.id)],
            "timeline": [asdict(moment) for moment in await store.reports.timeline(contact.id)],
            "erasures": [asdict(erasure) for erasure in await store.leads.erasures(contact.id)],
            "exported_at": house.clock.now(),
        }


async def _standings(house: House, contact: Contact) -> Iterator[Standing]:
    leads = house.store.leads
    facts = GateFacts(contact, await leads.consents(contact.id), await leads.suppressions(contact.id))
    return standings(facts, house.policies, house.clock.now())


def _plain(each: Standing) -> dict[str, Any]:
    plain = {"channel": each.channel, "purpose": each.purpose, "allowed": each.allowed, "why": each.why}
    return plain | {"code": each.code, "until": each.until}


def _consent(consent: Consent) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(consent).items() if name not in ("lead", "assumed")}
    return plain | {"wording_hash": consent.wording_hash}


def _touch(row: Any) -> dict[str, Any]:
    names = ("state", "message_id", "body_hash", "sender", "to", "subject", "receipt", "code", "reason")
    moments = ("intent_at", "wire_at", "settled_at")
    return {"touch": asdict(row.touch)} | {name: getattr(row, name) for name in (*names, *moments)}


def _standing(each: Standing) -> tuple[str, ...]:
    return str(each.channel), str(each.purpose), "yes" if each.allowed else "no", each.why


def _receipts(document: dict[str, Any]) -> list[str]:
    told = [(each["given_at"], _yes(each)) for each in document["consents"]]
    told += [(each["at"], _no(each)) for each in document["withdrawals"]]
    lines = []
    for at, words in sorted(told, key=lambda each: each[0]):
        lines += [f"  {clock(at)}  {words[0]}", *(f"      {more}" for more in words[1:] if more)]
    return lines


def _yes(each: dict[str, Any]) -> list[str]:
    proof = ", ".join(filter(None, [each["source"] and f"source {each['source']}", each["proof"]]))
    worded = f'"{each["wording"]}" (sha256 {each["wording_hash"][:16]}…)' if each["wording"] else "no wording was kept"
    ends = f"ends {clock(each['expires_at'])}" if each["expires_at"] else "does not expire"
    return [f"yes to {each['purpose']} by {each['channel']}: {each['basis']}, by {each['how']}; {ends}", worded, proof]


def _no(each: dict[str, Any]) -> list[str]:
    what = f"{each['scope']} by {each['channel'] or 'every channel'}"
    words = f'"{each["wording"]}"' if each["wording"] else ""
    proof = f"in answer to {each['touch']}" if each["touch"] else ""
    return [f"no to {what}: {each['kind'].replace('_', ' ')}, by {each['how'] or 'unknown'}", words, proof]
