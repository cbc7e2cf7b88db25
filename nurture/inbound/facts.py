"""Turns a parsed mail into facts about one lead: ids that repeat with the mail, and nothing about strangers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Scalar
from nurture.domain.replies import Intent
from nurture.domain.touch import LedgerRow, touch_ref
from nurture.inbound.addresses import first_touch_ref
from nurture.inbound.parsed import AutoReply, Bounce, Complaint, Failure, ParsedMail, Reply

_HARMLESS_FEEDBACK = frozenset({"not-spam", "auth-failure", "dmarc", "virus", "other"})
"""Feedback types (RFC 5965, RFC 6591) that are not a person's complaint: nobody is touched."""


def touch_ref_in(mail: ParsedMail, secret: bytes) -> str | None:
    """Return the ref of the touch this mail is about, from an address that we signed, or None.

    The recipients are looked at first; a complaint or a wrapped bounce may carry our address inside.
    """
    inside = mail.addresses if isinstance(mail, Complaint) else ()
    return first_touch_ref((*mail.letter.recipients, *inside), secret)


def message_ids_in(mail: ParsedMail) -> tuple[str, ...]:
    """Return the Message-IDs this mail refers to, the most telling first, to look for one of ours in the ledger."""
    original = mail.original_id if isinstance(mail, Bounce | Complaint) else ""
    return tuple(dict.fromkeys(ref for ref in (original, *mail.letter.answers) if ref))


def facts_of(mail: ParsedMail, row: LedgerRow | None, now: datetime, *, lead: str = "") -> list[Event]:
    """Return what a mail says about a lead; the same mail always gives events with the same ids.

    `row` is the touch it answers, found by our token or by a Message-ID of ours. Without one, bounces and complaints
    count for nothing (rule E12: backscatter about mail that was never ours); a reply still counts for `lead`, when its
    sender is known by address. `now` is UTC.
    """
    if isinstance(mail, Bounce):
        return _bounced(mail, row, now) if row else []
    if isinstance(mail, Complaint):
        return _complained(mail, row, now) if row else []
    who = row.touch.lead if row else lead
    if not who:
        return []
    if isinstance(mail, Reply):
        return _replied(mail, row, who, now)
    if isinstance(mail, AutoReply):
        back = {"returns_on": mail.returns_on.isoformat()} if mail.returns_on else {}
        return [_event(mail, EventKind.AUTO_REPLIED, row, who, now, {"channel": str(Channel.EMAIL), **back})]
    return []


def _replied(mail: Reply, row: LedgerRow | None, lead: str, now: datetime) -> list[Event]:
    channel = str(Channel.EMAIL)
    said = _event(mail, EventKind.REPLIED, row, lead, now, {"intent": str(mail.intent), "channel": channel})
    if mail.intent is not Intent.OPT_OUT:
        return [said]
    # 47 CFR 64.1200(a)(10), GDPR 21(3): a no in any words, on any channel, ends marketing on all of them.
    no = {"channel": "", "scope": "marketing", "how": "email:reply"}
    return [_event(mail, EventKind.OPTED_OUT, row, lead, now, no), said]


def _bounced(mail: Bounce, row: LedgerRow, now: datetime) -> list[Event]:
    """One event at most: our mails have one recipient. A delay, or a success, is not a bounce."""
    failed = _about(row, [failure for failure in mail.failures if failure.action == "failed"])
    if not failed:
        return []
    worst = failed[0]
    details: dict[str, Scalar] = {
        "hard": all(failure.is_hard for failure in failed),
        "channel": str(Channel.EMAIL),
        "code": worst.code,
        "blame": str(worst.blame),
    }
    return [_event(mail, EventKind.BOUNCED, row, row.touch.lead, now, details)]


def _about(row: LedgerRow, failures: Iterable[Failure]) -> list[Failure]:
    """Return the failures about our recipient; when none names them (a forward broke), all of them."""
    every = list(failures)
    return [failure for failure in every if failure.recipient == row.to.lower()] or every


def _complained(mail: Complaint, row: LedgerRow, now: datetime) -> list[Event]:
    if mail.kind in _HARMLESS_FEEDBACK:
        return []
    details: dict[str, Scalar] = {"channel": str(Channel.EMAIL), "feedback": mail.kind}
    return [_event(mail, EventKind.COMPLAINED, row, row.touch.lead, now, details)]


def _event(
    mail: ParsedMail,
    kind: EventKind,
    row: LedgerRow | None,
    lead: str,
    now: datetime,
    details: Mapping[str, Scalar],
) -> Event:
    about = touch_ref(row.touch.id) if row else "-"
    return Event(
        id=f"mail-{mail.letter.key}-{about}-{kind}",
        kind=kind,
        lead=lead,
        at=now,
        touch=row.touch.id if row else "",
        sequence=row.touch.sequence if row else "",
        step=row.touch.step if row else "",
        details=details,
    )
