"""Mailboxes and numbers: who may speak for us, how much a day, how far apart, and who takes which lead."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from nurture.domain.breakers import Breakers, reputation_of
from nurture.domain.calendar import Calendar, Window, next_common
from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.spreading import spread
from nurture.domain.wallclock import instant, local_date, zone_of

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_HORIZON = 400  # days we look ahead for a free place before the pool counts as misconfigured


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A new mailbox's ramp: `start` messages on the day `since`, growing by `growth` (0.2 is 20 %) each day."""

    since: date
    start: int = 20
    growth: float = 0.2


@dataclass(frozen=True, slots=True)
class Sender:
    """One mailbox or number. `address` is the From address or the E.164 number; `name` is what people see.

    `daily_cap` counts by the sender's own date in `timezone`. Messages are `spacing` plus up to `jitter` seconds apart.
    `hours` limits when it speaks at all. `campaign` is the A2P campaign of a US number, `verification` the verification
    of a toll-free one; `toll_free` is found out when the file is read.
    """

    id: str
    channel: Channel
    address: str
    name: str = ""
    daily_cap: int = 50
    spacing: int = 60
    jitter: int = 30
    timezone: str = "UTC"
    warm_up: WarmUp | None = None
    hours: Window | None = None
    campaign: str = ""
    verification: str = ""
    toll_free: bool = False


@dataclass(frozen=True, slots=True)
class SenderPolicy:
    """`policies/senders.yaml`: pools of senders, the pool of each channel, and what every commercial mail must name.

    `moving` are the pools whose leads go to another sender while theirs is paused. `to_domain` is how many messages one
    sender may send to one recipient domain a day; "default" stands for every domain without a number of its own.
    `soft_bounce_days` are the different days with a soft bounce after which a person's e-mail is held.
    """

    pools: Mapping[str, tuple[Sender, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    brand: str = ""
    postal_address: str = ""
    breakers: Breakers = field(default_factory=Breakers)
    moving: frozenset[str] = frozenset()
    to_domain: Mapping[str, int] = field(default_factory=dict)
    soft_bounce_days: int = 3

    def senders_for(self, pool: str, channel: Channel) -> tuple[Sender, ...]:
        """Return the senders of `pool` that speak on `channel`, else those of the channel's default pool.

        A sequence names one pool for all its steps; its texts then go by the default pool of their channel.
        Raises Misconfigured when the pool is unknown or nobody can speak.
        """
        if pool and pool not in self.pools:
            raise Misconfigured(f'There is no sender pool "{pool}"', remedy=f"Use one of {', '.join(self.pools)}")
        for name in (pool, self.defaults.get(channel, "")):
            able = tuple(sender for sender in self.pools.get(name, ()) if sender.channel == channel)
            if able:
                return able
        raise Misconfigured(f"No sender can send {channel}", remedy="Add one to policies/senders.yaml")

    def find(self, sender: str) -> Sender | None:
        """Return the sender with this id, or None."""
        return next((each for pool in self.pools.values() for each in pool if each.id == sender), None)

    def family(self, sender: Sender) -> list[Sender]:
        """Return the senders that share a reputation with this one, itself included."""
        mine = reputation_of(sender)
        return [each for pool in self.pools.values() for each in pool if reputation_of(each) == mine]

    def domain_cap(self, domain: str) -> int | None:
        """Return how many messages one sender may send to this recipient domain a day, None for no limit."""
        return self.to_domain.get(domain, self.to_domain.get("default")) if domain else None

    @classmethod
    def from_document(cls, doc: Mapping[str, Any], windows: Mapping[str, Window] | None = None) -> SenderPolicy:
        """Read senders.yaml. Raises Misconfigured with every problem at once."""
        pools = {
            name: tuple(_sender(each, windows or {}) for each in pool.get("senders", ()))
            for name, pool in doc.get("pools", {}).items()
        }
        policy = cls(
            pools=pools,
            defaults=dict(doc.get("default_pools", {})),
            brand=str(doc.get("brand", "")),
            postal_address=str(doc.get("postal_address", "")).strip(),
            breakers=Breakers.from_document(doc.get("breakers") or {}),
            moving=frozenset(n for n, pool in doc.get("pools", {}).items() if pool.get("when_paused") == "move"),
            to_domain={str(domain).lower(): int(cap) for domain, cap in (doc.get("recipient_domains") or {}).items()},
            soft_bounce_days=int(doc.get("soft_bounce_days", 3)),
        )
        problems = list(_problems(policy))
        if problems:
            raise Misconfigured(f"policies/senders.yaml cannot work: {'; '.join(problems)}")
        return policy


def cap_on(sender: Sender, day: date) -> int:
    """Return how many messages the sender may send on its local date `day` (E15: a new mailbox grows day by day)."""
    if sender.warm_up is None:
        return sender.daily_cap
    days = max(0, (day - sender.warm_up.since).days)
    # Beyond a year the power only overflows: no ramp takes that long.
    return min(sender.daily_cap, int(sender.warm_up.start * (1 + sender.warm_up.growth) ** min(days, 365)))


def day_of(sender: Sender, at: datetime) -> date:
    """Return the sender's local date at `at`: the key under which its capacity is counted."""
    return local_date(zone_of(sender.timezone), at)


def unregistered(sender: Sender) -> str:
    """Return what a US number lacks to be allowed to text (T14: A2P 10DLC, toll-free verification), "" for nothing."""
    if sender.channel is not Channel.SMS or not sender.address.startswith("+1"):
        return ""
    if sender.toll_free:
        return "" if sender.verification else f'"{sender.id}" is a toll-free number without toll_free_verification'
    return "" if sender.campaign else f'"{sender.id}" is a US number without an A2P campaign'


def next_slot(
    sender: Sender,
    booked: Mapping[date, int],
    last_booked_at: datetime | None,
    at: datetime,
    calendar: Calendar | None = None,
) -> datetime:
    """Return the sender's first free place at or after `at` (UTC).

    `booked` counts the places taken by local date (see `day_of`); `last_booked_at` is the latest of them. A place lies
    spacing plus a stable jitter after that, on a day with room, inside the sender's hours and inside `calendar`.
    Raises Misconfigured when there is none within 400 days.
    """
    hours = [Calendar(sender.hours, zone_of(sender.timezone))] if sender.hours else []
    calendars = [*hours, *([calendar] if calendar else [])]
    slot = at if last_booked_at is None else max(at, last_booked_at + gap_after(sender, last_booked_at))
    for _ in range(_HORIZON):
        opens = next_common(calendars, slot)
        if opens is None:
            break
        day = day_of(sender, opens)
        if booked.get(day, 0) < cap_on(sender, day):
            return opens
        slot = instant(zone_of(sender.timezone), day + timedelta(days=1), 0)
    raise Misconfigured(
        f'The sender "{sender.id}" has no free place within {_HORIZON} days', remedy="Raise its daily_cap or its hours"
    )


def in_order_for(senders: Sequence[Sender], lead: str) -> list[Sender]:
    """Return the senders in this lead's own stable order: the first one is its mailbox for good.

    Rendezvous hashing: when a mailbox is added or removed, only the leads it wins or loses change theirs.
    """
    return sorted(senders, key=lambda sender: hashlib.sha256(f"{lead}\0{sender.id}".encode()).digest(), reverse=True)


def gap_after(sender: Sender, after: datetime) -> timedelta:
    """Return how long the sender rests after a message at `after` (UTC): its spacing and a stable jitter."""
    return timedelta(seconds=sender.spacing) + spread(
        f"{sender.id}/{after:%Y%m%d%H%M%S}", timedelta(seconds=sender.jitter)
    )


def _sender(entry: Mapping[str, Any], windows: Mapping[str, Window]) -> Sender:
    hours = entry.get("hours")
    if hours and hours not in windows:
        raise Misconfigured(f'The sender "{entry["id"]}" has hours "{hours}", which calendars.yaml does not know')
    return Sender(
        id=str(entry["id"]),
        channel=Channel(entry["channel"]),
        address=str(entry.get("address") or entry.get("number", "")),
        name=str(entry.get("name", "")),
        daily_cap=int(entry.get("daily_cap", 50)),
        spacing=int(entry.get("spacing_seconds", 60)),
        jitter=int(entry.get("jitter_seconds", 30)),
        timezone=str(entry.get("timezone", "UTC")),
        warm_up=_warm_up(entry.get("warm_up")),
        hours=windows[hours] if hours else None,
        campaign=str(entry.get("campaign", "")),
        verification=str(entry.get("toll_free_verification", "")),
        toll_free=bool(entry.get("toll_free", False)),
    )


def _warm_up(entry: Mapping[str, Any] | None) -> WarmUp | None:
    if entry is None:
        return None
    growth = float(str(entry.get("growth", "20%")).rstrip("%")) / 100
    return WarmUp(date.fromisoformat(str(entry["since"])), int(entry.get("start", 20)), growth)


def _problems(policy: SenderPolicy) -> list[str]:
    problems, seen = [], set()
    for name, pool in policy.pools.items():
        problems += [] if pool else [f'the pool "{name}" is empty']
        for sender in pool:
            problems += [f'the sender id "{sender.id}" is used twice'] if sender.id in seen else []
            problems += _problems_of(sender)
            seen.add(sender.id)
    for channel, name in policy.defaults.items():
        if not any(sender.channel == channel for sender in policy.pools.get(name, ())):
            problems.append(f'the default pool "{name}" has no sender for {channel}')
    if not policy.postal_address and any(s.channel is Channel.EMAIL for pool in policy.pools.values() for s in pool):
        problems.append("postal_address is missing: every commercial e-mail must show one (CAN-SPAM, L9)")
    return problems


def _problems_of(sender: Sender) -> list[str]:
    """Return what is wrong with one sender. A missing registration is no reason not to start: see `unregistered`."""
    problems = []
    zone_of(sender.timezone)
    if sender.daily_cap < 1 or sender.spacing < 0 or sender.jitter < 0:
        problems.append(f'"{sender.id}" needs a daily_cap of at least 1 and no negative spacing')
    if sender.channel is Channel.EMAIL and "@" not in sender.address:
        problems.append(f'"{sender.id}" has no e-mail address')
    if sender.channel in (Channel.SMS, Channel.WHATSAPP) and not _E164.fullmatch(sender.address):
        problems.append(f'"{sender.id}" has no number in the form +12015550100')
    return problems
