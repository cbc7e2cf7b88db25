"""F7: mail that is huge, endless, or in no charset: read in bounded memory and time, and no harm to others."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable
from pathlib import Path

from nurture.chaos.cell import Case, Cell
from nurture.chaos.doors import Doors
from nurture.chaos.ground import Ground
from nurture.chaos.letters import INTERESTED, first_mails
from nurture.domain.events import EventKind
from nurture.local.mail_catcher import Mail

WITHIN, MEMORY = 2.0, 300
"""Seconds from the last byte of a mail to our answer, and megabytes that the web app may need beyond what it had."""
SLOWER = 12.0
"""Seconds of a day: the plain answers must come before the sequence is through."""
STORED, REFUSED = 250, 500
HELD_BACK = 65_536
"""Bytes that may wait on our side: without a bound the last byte would seem to have left seconds before it does."""
MEGABYTE = 1_000_000


async def mails(ground: Ground, case: Case) -> None:
    """F7: each kind once, as an answer of somebody who got a mail; then plain people answer and are heard."""
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 90.0)
    letters = [mail for mail in ground.mail.kept if mail.to in case.crowd.addresses]
    pid, before = ground.web.child.pid, _peak(ground.web.child.pid)
    for letter, (name, raw) in zip(letters, _hostile().items(), strict=False):
        answer, took = await _send(ground, letter, raw)
        case.seen[name] = f"{answer} after {took:.1f} s"
        case.demand(took < WITHIN, f"{name} was answered {took:.1f} s after its last byte")
        for_good = answer == STORED or answer >= REFUSED
        case.demand(for_good, f"{name} was answered with {answer}: it would come again and again")
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


async def _send(ground: Ground, letter: Mail, rest: bytes) -> tuple[int, float]:
    """Send a mail as the reader of `letter`; return the answer (0: none) and the seconds from the last byte to it."""
    to = letter.headers["reply-to"]
    head = f"From: {letter.to}\r\nTo: {to}\r\nSubject: Re: {letter.subject}\r\nIn-Reply-To: {letter.message_id}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", ground.settings.inbound_smtp_port)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD_BACK)
    writer.transport.set_write_buffer_limits(HELD_BACK)
    last = time.monotonic()
    try:
        await _answer(reader)
        for line in ("HELO reader.example.com", f"MAIL FROM:<{letter.to}>", f"RCPT TO:<{to}>", "DATA"):
            writer.write(f"{line}\r\n".encode())
            await _answer(reader)
        writer.write(head.encode() + rest + b"\r\n.\r\n")
        await writer.drain()
        last = time.monotonic()
        return await _answer(reader), time.monotonic() - last
    except (ConnectionError, ValueError):
        return 0, time.monotonic() - last
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer of one line. Raises ValueError for a line that is none."""
    return int((await reader.readline())[:3])


def _peak(pid: int) -> int:
    """Return the most memory that a process had so far, in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "each answered within 2 s of its last byte and in 300 MB, none asked for again, others heard"
    yield Cell("F7", mails, criterion, leads=(10, 60), touches=0, day=SLOWER)
