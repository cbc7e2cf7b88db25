"""Receipts of a person's own yes and no, written in the transaction that stores the fact. Nothing here changes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from nurture.domain.consent import Basis, Consent, Withdrawal
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Purpose
from nurture.store.schema import consents
from nurture.store.schema_receipts import withdrawals
from nurture.store.statements import insert_rows, moments, write_rows
from nurture.store.suppressions import OWN_WORD

_NOES = frozenset({EventKind.OPTED_OUT, EventKind.COMPLAINED})
_MESSAGES = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
_WITHDRAWALS = select(withdrawals).where(withdrawals.c.lead == bindparam("lead")).order_by(withdrawals.c.n)


def keep(conn: Connection, facts: Iterable[Event], receipt: Consent | None, now: datetime) -> None:
    """Write a withdrawal for each no, and a consent for each yes by the person's own act, at `now` (UTC).

    `receipt` is the consent that the door saw being given, with its wording; without one it is made from the fact.
    """
    moment = moments(conn)
    noes = [_no(fact, moment, now) for fact in facts if fact.kind in _NOES]
    write_rows(conn, insert_rows(conn.dialect.name, withdrawals), noes)
    yeses = [yes for fact in facts if is_own_yes(fact) for yes in ([receipt] if receipt else _yeses(fact))]
    rows = [consent_row(yes, yes.lead, yes.given_at, moment, now) for yes in yeses]
    write_rows(conn, insert_rows(conn.dialect.name, consents), rows)


def is_own_yes(event: Event) -> bool:
    """Whether the person said yes by an act of their own: only that lifts a no."""
    return event.kind is EventKind.OPTED_IN and str(event.details.get("how") or "") in OWN_WORD


def consent_row(
    consent: Consent, lead: str, given_at: datetime, moment: Callable[[datetime], Any], now: datetime
) -> tuple[Any, ...]:
    """Return a row of `consents`, column by column; the hash proves which wording was shown (L6)."""
    return (
        lead,
        consent.channel.value,
        consent.purpose.value,
        consent.basis.value,
        moment(given_at),
        consent.how,
        consent.wording,
        consent.wording_hash,
        consent.source,
        moment(consent.expires_at) if consent.expires_at else None,
        consent.proof,
        moment(now),
    )


def withdrawals_of(conn: Connection, lead: str) -> tuple[Withdrawal, ...]:
    """Return every no of a person, oldest first."""
    return tuple(
        Withdrawal(
            lead=row.lead,
            channel=Channel(row.channel) if row.channel else None,
            scope=row.scope,
            kind=row.kind,
            at=row.at,
            how=row.how,
            wording=row.wording,
            touch=row.touch,
            recorded_at=row.recorded_at,
        )
        for row in conn.execute(_WITHDRAWALS, {"lead": lead})
    )


def _no(event: Event, moment: Callable[[datetime], Any], now: datetime) -> tuple[Any, ...]:
    said = {name: str(event.details.get(name) or "") for name in ("channel", "scope", "how", "word")}
    place = (event.lead, said["channel"], said["scope"] or "marketing", event.kind.value)
    return (*place, moment(event.at), said["how"], said["word"], event.touch, moment(now))


def _yeses(event: Event) -> list[Consent]:
    """Return the receipts of a word that came without any: express, for the channel it came by."""
    channel, how = str(event.details.get("channel") or ""), str(event.details["how"])
    word, proof = str(event.details.get("word") or ""), event.touch or event.id
    return [
        Consent(event.lead, each, Purpose.MARKETING, Basis.EXPRESS, event.at, how, word, proof=proof)
        for each in ([Channel(channel)] if channel else _MESSAGES)
    ]
