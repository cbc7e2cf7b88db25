"""`nurture senders`: every mailbox and number with today's use, its pause, and how near it is to its limits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nurture.cli._desk import AsJson, aligned, at_home, clock, say_json
from nurture.domain.breakers import Fault, Level, reputation_of
from nurture.domain.lead import Channel
from nurture.domain.mail_domains import GMAIL_BULK, GMAIL_WARN, domain_of, primary_domain
from nurture.domain.senders import Sender, SenderPolicy, cap_on, day_of, unregistered

if TYPE_CHECKING:
    from datetime import datetime

    from nurture.domain.halts import Halt
    from nurture.store.sender_numbers import Numbers


def command(as_json: AsJson = False) -> None:
    """List mailboxes and numbers: booked and cap of today, spacing, pause with its reason, complaints and bounces.

    Complaints and bounces count for everything that shares a reputation: all mailboxes of a domain, or one number. What
    stopped by itself is let go again with nurture halt lift.

    Example: `nurture senders --json`
    """
    asyncio.run(_list(as_json))


async def _list(as_json: bool) -> None:
    async with at_home() as house:
        now, policy = house.clock.now(), house.policies.senders
        found = await house.store.senders.numbers(now)
        held = {halt.key: halt for halt in await house.store.halts.current(now)}
    senders = [
        _sender(name, sender, found[sender.id], held.get(f"sender:{sender.id}"), now)
        for name, pool in policy.pools.items()
        for sender in pool
    ]
    document = {
        "at": now,
        "senders": senders,
        "reputations": list(_reputations(policy, found)),
        "gmail": _gmail(policy, found),
    }
    if as_json:
        say_json(document)
    else:
        print("\n".join(_lines(document)))


def _sender(pool: str, sender: Sender, numbers: Numbers, held: Halt | None, now: datetime) -> dict[str, Any]:
    today = day_of(sender, now)
    return {
        "sender": sender.id,
        "pool": pool,
        "channel": sender.channel,
        "address": sender.address,
        "day": today.isoformat(),
        "booked": numbers.booked,
        "cap": cap_on(sender, today),
        "full_cap": sender.daily_cap,
        "warming_up": cap_on(sender, today) < sender.daily_cap,
        "spacing_seconds": sender.spacing,
        "jitter_seconds": sender.jitter,
        "reputation": reputation_of(sender),
        "unregistered": unregistered(sender),
        "pause": None
        if held is None
        else {"why": held.why, "by": held.by, "since": held.since, "until": held.until, "code": held.code},
        "refusals": numbers.refusals,
    }


def _reputations(policy: SenderPolicy, found: Mapping[str, Numbers]) -> Iterator[dict[str, Any]]:
    """Yield what each domain or number did since counting began."""
    families = {reputation_of(sender): policy.family(sender) for pool in policy.pools.values() for sender in pool}
    for name, family in families.items():
        mine = [found[sender.id] for sender in family]
        sent = sum(each.sent for each in mine)
        yield {
            "reputation": name,
            "since": min(each.start for each in mine),
            "sent": sent,
            "complaints": _rate(policy, Fault.COMPLAINT, sum(each.complaints for each in mine), sent),
            "bounces": _rate(policy, Fault.BOUNCE, sum(each.bounces for each in mine), sent),
        }


def _rate(policy: SenderPolicy, kind: Fault, count: int, sent: int) -> dict[str, Any]:
    level = policy.breakers.limit(kind).judge(count, sent)
    return {"count": count, "rate": round(count / sent, 5) if sent else None, "level": level}


def _gmail(policy: SenderPolicy, found: Mapping[str, Numbers]) -> list[dict[str, Any]]:
    """Return mails of 24 hours to personal Gmail by primary domain; sub-domains add up (E7)."""
    counts: Counter[str] = Counter()
    for pool in policy.pools.values():
        for sender in pool:
            if sender.channel is Channel.EMAIL:
                counts[primary_domain(domain_of(sender.address))] += found[sender.id].gmail
    return [
        {"domain": domain, "count": count, "level": Level.WARN if count >= GMAIL_WARN else Level.FINE}
        for domain, count in sorted(counts.items())
    ]


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"Senders at {clock(document['at'])} UTC"
    head = ("sender", "channel", "today", "cap", "spacing", "state")
    yield from aligned([head, *(_row(each) for each in document["senders"])])
    yield from ("", "Reputation, by domain or number")
    yield from aligned([("", "sent", "complaints", "hard bounces"), *map(_reputation, document["reputations"])])
    yield from ("", "Personal Gmail in 24 hours, by primary domain")
    yield from aligned([_counter(each) for each in document["gmail"]] or [("none", "")])


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    ramp = f" of {each['full_cap']}, warming up" if each["warming_up"] else ""
    cap = f"{each['cap']}{ramp}"
    spacing = f"{each['spacing_seconds']}+{each['jitter_seconds']} s"
    return each["sender"], each["channel"], str(each["booked"]), cap, spacing, _state(each)


def _state(each: Mapping[str, Any]) -> str:
    pause = each["pause"]
    if each["unregistered"]:
        return f"sends nothing: {each['unregistered']}"
    if pause is None:
        return "open"
    until = f"until {clock(pause['until'])} UTC" if pause["until"] else "until lifted"
    who = "paused" if pause["code"] else f"halted by {pause['by']}"
    return f"{who} {until}: {pause['why']}"


def _reputation(each: Mapping[str, Any]) -> tuple[str, ...]:
    return each["reputation"], str(each["sent"]), _share(each["complaints"]), _share(each["bounces"])


def _share(rate: Mapping[str, Any]) -> str:
    share = "" if rate["rate"] is None else f" ({rate['rate']:.2%})"
    level = "" if rate["level"] == Level.FINE else f" {rate['level']}"
    return f"{rate['count']}{share}{level}"


def _counter(each: Mapping[str, Any]) -> tuple[str, ...]:
    near = f"near {GMAIL_BULK}: a bulk sender for ever from there" if each["level"] == Level.WARN else ""
    return each["domain"], f"{each['count']} of {GMAIL_BULK} {near}".rstrip()
