"""`nurture explain`: for each touch and each silence, which rule decided, on which facts and at what time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nurture.cli._accounts import Teller, decided_lines, facts_in_words, not_made_lines
from nurture.cli._desk import AsJson, LeadArgument, at_home, clock, name_of, person, say_json
from nurture.cli._standing import Picture, picture_of
from nurture.domain.accounts import accounts_of
from nurture.domain.events import ABOUT_THE_LEDGER, EventKind
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.rulings import Ruling
from nurture.domain.touch import ON_THE_WIRE, LedgerRow, TouchState

if TYPE_CHECKING:
    from datetime import datetime

    from nurture.domain.consent import Consent, Suppression
    from nurture.domain.events import Event
    from nurture.domain.sequence import Sequence as Path
    from nurture.wiring import House

_PUTS_OFF = frozenset({"window", "cap", "overdue", "priority"})
"""Rules of the planner that move a touch to a later time."""
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
    teller = await Teller.of(house, contact)
    said = words_by_touch(await house.store.inbox.of_lead(contact.id))
    ledger = await house.store.ledger.rows(lead=contact.id)
    rulings, note = await rulings_of(house, contact, picture)
    accounts = list(accounts_of(rulings, ledger, await _versions(house, rulings)))
    rows = [
        as_document(each.row) | teller.touch(each, each.row) | {"words": said.get(each.row.touch.id, [])}
        for each in accounts
        if each.row is not None
    ]
    return {
        "lead": contact.id,
        "source": picture.source,
        "note": picture.note + note,
        "clock": teller.moment(now)
        | {"now": now, "factor": house.settings.time_factor, "timezones": contact.timezones},
        "decision": _decision(picture),
        "journeys": list(picture.state.get("journeys") or ()),
        "stage": picture.state.get("stage"),
        "score": picture.state.get("score"),
        "score_reasons": list(picture.explanation.get("score_reasons") or ()),
        "touches": [row for row in rows if row["state"] in ON_THE_WIRE],
        "withheld": [row for row in rows if row["state"] not in ON_THE_WIRE],
        "not_made": [teller.account(each) for each in accounts if each.row is None],
        "not_let_in": [teller.decision(each) for each in rulings if each.inputs.get("refused")],
        "decisions": [teller.decision(each) for each in rulings],
        "channels": await _channels(house, contact, now),
        "caps": list(picture.explanation.get("touches_of_31_days") or ()),
        "trail": list(picture.explanation.get("trail") or ()),
        "halts": [str(halt) for halt in await house.store.halts.current(now)],
    }


async def rulings_of(house: House, contact: Contact, picture: Picture) -> tuple[list[Ruling], str]:
    """Return every decision, and a note: what the store keeps, and what a workflow did not write down yet.

    While Temporal is away the latter are thought again from the facts, by the policies of today.
    """
    from pydantic import TypeAdapter

    kept = list(await house.store.leads.rulings(contact.id))
    if picture.note:
        return await _thought_again(house, contact, kept)
    live = TypeAdapter(list[Ruling]).validate_python(picture.explanation.get("rulings") or [])
    every = {(each.at, each.n): each for each in (*kept, *live)}
    return [every[key] for key in sorted(every)], ""


async def _thought_again(house: House, contact: Contact, kept: list[Ruling]) -> tuple[list[Ruling], str]:
    from nurture.cli._rebuilding import rebuilt, shelf_of

    made = await rebuilt(house, await shelf_of(house), contact)
    if made.unmade:
        return kept, "; its later decisions cannot be thought again, facts or policies are others now"
    later = [each for each in made.rulings if not kept or each.at > kept[-1].at]
    return [
        *kept,
        *later,
    ], "; decisions since it last rested are thought again by the policies of today" if later else ""


async def _versions(house: House, rulings: Sequence[Ruling]) -> dict[str, Path]:
    from nurture.domain.build import sequence_of

    pinned = sorted({(each.sequence, each.version) for each in rulings if each.version})
    found = {version: await house.store.library.fetch(sequence, version) for sequence, version in pinned}
    return {version: sequence_of(version, file[1]) for version, file in found.items() if file is not None}


def as_document(row: LedgerRow) -> dict[str, Any]:
    """Return one touch with the gates' or the provider's answer (`code`, `reason`) and its times."""
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
        "code": row.code,
        "reason": row.reason,
        "sender": row.sender,
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
        *_section("Not made", [*_rows(told["withheld"]), *not_made_lines(told["not_made"])]),
        *(_section("Not let in", [_refusal(each) for each in told["not_let_in"]]) if told["not_let_in"] else []),
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
        lines += [*decided_lines(row), *_put_off(row["decisions"])]
        lines += [f"      {clock(said['at'])} {_word(said)}" for said in row["words"]]
    return lines


def _put_off(decisions: Sequence[dict[str, Any]]) -> list[str]:
    """Return when and why a touch was put off on its way."""
    later = [each for each in decisions if each["rule"] in _PUTS_OFF or (each["kind"] == "touched" and each["until"])]
    return [f"      put off {clock(each['clock']['at'])}: {each['why']} [{each['rule']}]" for each in later]


def _refusal(told: dict[str, Any]) -> str:
    facts = facts_in_words(told["inputs"])
    return f"  {clock(told['clock']['at'])}  {told['sequence']}: {told['rule']}; looked at: {facts}"


def _word(said: dict[str, Any]) -> str:
    done = f"settled it as {said.get('as')}" if said["what"] == EventKind.SETTLED else "ordered it to be sent once more"
    return f"{said.get('by')} {done}: {said.get('why')}"
