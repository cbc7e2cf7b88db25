"""F6: floods of bounces, complaints and automatic answers, repeated and forged: just whom they speak of is closed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import aiosmtplib

from nurture.chaos.cell import Case, Cell
from nurture.chaos.ground import Ground
from nurture.chaos.letters import first_letters, first_mails
from nurture.local.letters import absence_note, bounce, complaint
from nurture.local.mail_catcher import Mail

TIMES, LINES = 20, 8
"""How often each mail comes, and by how many connections at once."""
A_MAIL = 0.05
"""Seconds one mail may take."""
BACK_ON = "2030-01-07"
STORED, STRANGER = 250, 550


async def flood(ground: Ground, case: Case) -> None:
    """F6: a quarter bounces, a quarter complains, a quarter is away, and somebody forges bounces of the last."""
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 90.0)
    first = first_letters(ground, case.crowd.addresses)
    letters = [first[email] for email in case.crowd.emails.values()]
    logged, began = ground.web.child.log.stat().st_size, time.monotonic()
    answers = await _pour(ground, _mails(letters, ground.house.clock.now()))
    each = (time.monotonic() - began) / answers.total()
    case.seen |= {"mails": answers.total(), "ms a mail": round(1_000 * each), "answers": dict(answers)}
    case.demand(set(answers) <= {STORED, STRANGER}, f"the mails were answered {dict(answers)}")
    case.demand(each < A_MAIL, f"a mail took {1_000 * each:.0f} ms")
    said = ground.web.child.log.read_bytes()[logged:]
    case.demand(b'"level": "error"' not in said, "the web app logged an error")
    await _closed(ground, case, len(letters) // 4)


async def _closed(ground: Ground, case: Case, quarter: int) -> None:
    found = {lead for lead in case.crowd.leads if await ground.house.store.leads.suppressions(lead)}
    right = set(case.crowd.leads[: 2 * quarter])
    case.seen["closed"] = f"{len(found & right)} of {len(right)}, and {len(found - right)} others"
    case.demand(found == right, f"closed and should not be: {sorted(found - right)}; not closed: {right - found}")


def _mails(letters: list[Mail], now: datetime) -> list[tuple[str, bytes]]:
    """Return what comes in, as recipient and mail, everything many times and mixed."""
    quarter = len(letters) // 4
    gone, angry, away, forged = (letters[n * quarter : (n + 1) * quarter] for n in range(4))
    once = [(mail.envelope_from, bounce(mail, now)) for mail in gone]
    once += [(mail.envelope_from, complaint(mail, now)) for mail in angry]
    once += [(mail.envelope_from, absence_note(mail, BACK_ON, now)) for mail in away]
    once += [(mail.envelope_from, bounce(mail, now)) for mail in map(_strange, forged)]
    return once * TIMES


def _strange(mail: Mail) -> Mail:
    """Return the mail as a spammer sends it in our name: another id, and a return address that we never made."""
    local, _, domain = mail.envelope_from.partition("@")
    return replace(mail, envelope_from=f"{local[:-6]}aaaaaa@{domain}", message_id="<spam@elsewhere.example.com>")


async def _pour(ground: Ground, mails: list[tuple[str, bytes]]) -> Counter[int]:
    """Send everything over a few connections at once; return how the mails were answered, 0 for not at all."""
    answers: Counter[int] = Counter()

    async def line(number: int) -> None:
        port = ground.settings.inbound_smtp_port
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as smtp:
            for to, raw in mails[number::LINES]:
                answers[await _one(smtp, to, raw)] += 1

    await asyncio.gather(*map(line, range(LINES)))
    return answers


async def _one(smtp: aiosmtplib.SMTP, to: str, raw: bytes) -> int:
    try:
        await smtp.sendmail("", [to], raw)
    except aiosmtplib.SMTPRecipientsRefused as refusal:
        return refusal.recipients[0].code
    except aiosmtplib.SMTPResponseException as refusal:
        return refusal.code
    return STORED


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "no error, under 50 ms a mail, closed just who bounced or complained"
    yield Cell("F6", flood, criterion, leads=(24, 200), touches=0)
