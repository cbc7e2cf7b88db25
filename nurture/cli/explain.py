"""`nurture explain`: for each touch and each silence, which rule decided, on which facts and at what time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nurture.cli._desk import AsJson, LeadArgument, at_home, clock, name_of, person, say_json
from nurture.cli._standing import Picture, picture_of
from nurture.domain.events import ABOUT_THE_LEDGER, EventKind
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.touch import ON_THE_WIRE, LedgerRow, TouchState

if TYPE_CHECKING:
    from datetime import datetime

    from nurture.domain.consent import Consent, Suppression
    from nurture.domain.events import Event
    from nurture.wiring import House

ASKED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)
"""Channels whose consent is explained."""


def command(lead: LeadArgument, as_json: AsJson = False) -> None:
    """Explain one lead: every touch with its reason, every touch that was not made with its rule, every point.

    Reasons come from the workflow's own trail while the lead is awake, and from the ledger for ever. Times are UTC.

    Example: `nurture explain mary@example.com --json`
    """
    asyncio.run(_explain(lead, as_json))


async def _explain(lead: str, as_json: bool) -> None:
    async with at_home() as house:
        contact = await person(house, lead)
        document = await explanation(house, contact)
    if as_json:
        say_json(document)
    else:
        print("\n".join(_lines(contact, document)))


async def explanation(house: House, contact: Contact) -> dict[str, Any]:
    """Return why everything is as it is, for machines."""
    now = house.clock.now()
    picture = await picture_of(house, contact.id)
    said = words_by_touch(await house.store.inbox.of_lead(contact.id))
    ledger = await house.store.ledger.rows(lead=contact.id)
    rows = [as_document(row) | {"words": said.get(row.touch.id, [])} for row in ledger]
    return {
        "lead": contact.id,
        "source": picture.source,
        "note": picture.note,
        "clock": {"now": now, "factor": house.settings.time_factor, "timezones": list(contact.timezones)},
        "decision": _decision(picture),
        "journeys": list(picture.state.get("journeys") or ()),
        "stage": picture.state.get("stage"),
        "score": picture.state.get("score"),
        "score_reasons": list(picture.explanation.get("score_reasons") or ()),
        "touches": [row for row in rows if row["state"] in ON_THE_WIRE],
        "withheld": [row for row in rows if row["state"] not in ON_THE_WIRE],
        "channels": await _channels(house, contact, now),
        "caps": list(picture.explanation.get("touches_of_31_days") or ()),
        "trail": list(picture.explanation.get("trail") or ()),
        "halts": [str(halt) for halt in await house.store.halts.current(now)],
    }


def as_document(row: LedgerRow) -> dict[str, Any]:
    """Return one touch with the planner's reason (`why`) and the gates' or the provider's (`code`, `reason`)."""
    touch = row.touch
    return {
        "touch": touch.id,
        "sequence": touch.sequence,
        "version": touch.version,
        "step": touch.step,
        "channel": touch.channel,
        "template": touch.template,
        "variant": touch.variant,
        "purpose": touch.purpose,
        "state": row.state,
        "why": touch.why,
        "code": row.code,
        "reason": row.reason,
        "sender": row.sender,
        "inputs": {
            "stage": touch.stage,
            "score": touch.score,
            "window": touch.window,
            "timezone": touch.timezone,
            "heard": touch.heard,
            "not_after": touch.not_after,
            "caps": [list(cap) for cap in touch.caps],
        },
        "intent_at": row.intent_at,
        "wire_at": row.wire_at,
        "settled_at": row.settled_at,
    }


def words_by_touch(facts: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """Return what people said of uncertain touches: for each touch who, when, what and why, oldest first."""
    said: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        if fact.kind in ABOUT_THE_LEDGER:
            told = {"at": fact.at, "what": fact.kind, **fact.details}
            said.setdefault(fact.touch, []).append(told)
    return said


def _decision(picture: Picture) -> dict[str, Any]:
    keys = ("next", "rule", "why", "until", "blocked_by")
    return {key: picture.state.get(key) for key in keys}


async def _channels(house: House, contact: Contact, now: datetime) -> dict[str, Any]:
    """Return for each channel whether marketing may use it, by which rule, and the facts that rule looked at."""
    from nurture.domain.gates import GateFacts, why_unreachable

    consents = await house.store.leads.consents(contact.id)
    suppressions = await house.store.leads.suppressions(contact.id)
    facts = GateFacts(contact, consents, suppressions)
    found: dict[str, Any] = {}
    for channel in ASKED:
        verdict = why_unreachable(facts, house.policies, channel, Purpose.MARKETING, now)
        found[channel] = {
            "open": verdict is None,
            "code": verdict.code if verdict else "",
            "why": verdict.why if verdict else "",
            "consents": [_consent(house, contact, each) for each in consents if each.channel == channel],
            "suppressions": [_suppression(each) for each in suppressions if each.channel in (None, channel)],
        }
    return found


def _consent(house: House, contact: Contact, consent: Consent) -> dict[str, Any]:
    return {
        "purpose": consent.purpose,
        "basis": consent.basis,
        "given_at": consent.given_at,
        "how": consent.how,
        "source": consent.source,
        "expires_at": house.policies.consent.expires_at(consent, contact.country),
    }


def _suppression(no: Suppression) -> dict[str, Any]:
    return {"channel": no.channel or "all", "scope": no.scope, "why": no.why, "since": no.since}


def _lines(contact: Contact, told: dict[str, Any]) -> list[str]:
    decision = told["decision"]
    head = [f"{name_of(contact)}, lead {contact.id}", *([f"({told['note']})"] if told["note"] else [])]
    now = [f"  {decision['next']}", f"  rule {decision['rule'] or 'none'}: {decision['why'] or 'nothing is open'}"]
    score = [f"  {words}" for words in told["score_reasons"]]
    return [
        *head,
        *_section("Now", now),
        *_section(f"Score: {told['score']} points", score),
        *_section("Channels", [_channel(name, each) for name, each in told["channels"].items()]),
        *_section("Touches", _rows(told["touches"])),
        *_section("Not made", _rows(told["withheld"])),
        *_section("Trail", [f"  {words}" for words in told["trail"]]),
        *(_section("Halted or paused just now", [f"  {words}" for words in told["halts"]]) if told["halts"] else []),
    ]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(lines or ["  nothing"])]


def _channel(name: str, each: dict[str, Any]) -> str:
    given = ", ".join(f"{c['basis']} of {c['given_at']:%Y-%m-%d}" for c in each["consents"])
    return f"  {name}: {'open' if each['open'] else 'closed, ' + each['why']}{f' ({given})' if given else ''}"


def _rows(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        at = row["wire_at"] or row["settled_at"] or row["intent_at"]
        lines.append(f"  {clock(at)}  {row['channel']} {row['step']} of {row['sequence']}: {row['state']}")
        lines.append(f"      planned because {row['why'] or 'it was due'}")
        if row["state"] not in (TouchState.SENT, TouchState.DELIVERED) and (row["reason"] or row["code"]):
            lines.append(f"      {row['reason'] or row['code']} [{row['code'] or row['state']}]")
        lines += [f"      {clock(said['at'])} {_word(said)}" for said in row["words"]]
    return lines


def _word(said: dict[str, Any]) -> str:
    done = f"settled it as {said.get('as')}" if said["what"] == EventKind.SETTLED else "ordered it to be sent once more"
    return f"{said.get('by')} {done}: {said.get('why')}"
