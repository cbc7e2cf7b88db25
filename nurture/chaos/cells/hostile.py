"""F7: mail that is huge, endless, or in no charset: read in bounded memory and time, and no harm to others."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import aiosmtplib

from nurture.chaos.cell import Case, Cell
from nurture.chaos.doors import Doors
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.domain.events import EventKind
from nurture.local.mail_catcher import Mail

WITHIN, MEMORY = 2.0, 300
"""Seconds for one mail, and megabytes that the web app may need beyond what it had."""
SLOWER = 12.0
"""Seconds of a day: the plain answers must come before the sequence is through."""
STORED, TOO_BIG = 250, 552
MEGABYTE = 1_000_000
INTERESTED = "Yes, I am interested. Please call me."


async def mails(ground: Ground, case: Case) -> None:
    """F7: each kind once, as an answer of somebody who got a mail; then plain people answer and are heard."""
    await ground.enrol(case.crowd, case.cell.sequence)

    async def first_mails() -> bool:
        return {mail.to for mail in ground.mail.kept} >= case.crowd.addresses

    case.demand(await until(first_mails, 90.0), "the first mails did not arrive")
    letters = [mail for mail in ground.mail.kept if mail.to in case.crowd.addresses]
    pid, before = ground.web.child.pid, _peak(ground.web.child.pid)
    for letter, (name, raw) in zip(letters, _hostile().items(), strict=False):
        began = time.monotonic()
        answer = await _send(ground, letter, raw)
        took = time.monotonic() - began
        case.seen[name] = f"{answer} in {took:.1f} s"
        case.demand(took < WITHIN, f"{name} took {took:.1f} s")
        case.demand(answer in (STORED, TOO_BIG), f"{name} was answered with {answer}: it would come again and again")
    grown = (_peak(pid) - before) // 1_000
    case.seen["megabytes more"] = grown
    case.demand(grown < MEMORY, f"the web app needed {grown} MB more")
    case.demand(ground.web.child.is_running and ground.web.child.pid == pid, "the web app died of it")
    await _others(ground, case, letters[len(_hostile()) :])


async def _others(ground: Ground, case: Case, letters: list[Mail]) -> None:
    """Let plain people answer: they are heard as ever."""
    async with Doors(ground) as doors:
        for letter in letters:
            answer = await doors.reply(letter, INTERESTED)
            case.demand(answer == STORED, f"a plain reply was answered with {answer}")
    case.replied = {lead for lead, email in case.crowd.emails.items() if email in {letter.to for letter in letters}}
    for lead in case.replied:
        facts = [fact.kind for fact in await ground.house.store.inbox.of_lead(lead)]
        case.demand(facts.count(EventKind.REPLIED) == 1, f"the reply of {lead} was stored {facts} times")


def _hostile() -> dict[str, bytes]:
    """Return what may come in -> all that follows the address lines."""
    part = b"--x\r\nContent-Type: text/plain\r\n\r\nno\r\n"
    many = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + part * 10_000 + b"--x--\r\n"
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(500))
    plain, line = b"Content-Type: text/plain; charset=utf-8\r\n\r\n", b"please read all of this, it matters\r\n"
    return {
        "29 MB": plain + line * (29 * MEGABYTE // len(line)),
        "31 MB": plain + line * (31 * MEGABYTE // len(line)),
        "10,000 parts": many,
        "500 parts in each other": nested,
        "unknown charset": b"Content-Type: text/plain; charset=x-klingon\r\n\r\n\xff\xfe\xfd\r\n",
        "NUL": plain + b"yes\x00no\x00\r\n",
        "header of 1 MB": b"X-Long: " + b"word " * (MEGABYTE // 5) + b"\r\n" + plain + b"hello\r\n",
    }


async def _send(ground: Ground, letter: Mail, rest: bytes) -> int:
    """Send a mail as `letter`'s reader; return 250 or the code of the refusal, 0 when the line was cut."""
    to = letter.headers["reply-to"]
    head = f"From: {letter.to}\r\nTo: {to}\r\nSubject: Re: {letter.subject}\r\nIn-Reply-To: {letter.message_id}\r\n"
    port = ground.settings.inbound_smtp_port
    try:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as smtp:
            await smtp.sendmail(letter.to, [to], head.encode() + rest)
    except aiosmtplib.SMTPResponseException as refusal:
        return refusal.code
    except (aiosmtplib.SMTPException, OSError):
        return 0
    return STORED


def _peak(pid: int) -> int:
    """Return the most memory that a process had so far, in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "each answered within 2 s and 300 MB, none asked for again, others heard"
    yield Cell("F7", mails, criterion, leads=(10, 60), touches=0, day=SLOWER)
