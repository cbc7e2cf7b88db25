"""How fast mails leave: our carrier, which knows at each step whether a mail may be out, against raw aiosmtplib."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

import aiosmtplib

from benchmarks.children import Child
from benchmarks.rows import Ask, Benchmark, Budget, Row
from benchmarks.timing import middle, spread
from nurture.channels.email import EmailCarrier
from nurture.channels.smtp_lines import Relay
from nurture.domain.messages import Email

NAME = "smtp-dispatch"
BUDGET = Budget("ratio", at_least=0.7)
LINES = 4
PARAGRAPH = "Plans fail quietly. Write down now what you expect to see in four weeks, and look at it then. " * 4


@dataclass(frozen=True, slots=True)
class Now:
    """The wall clock."""

    def now(self) -> datetime:
        """Return the present (UTC)."""
        return datetime.now(UTC)


def run(ask: Ask) -> list[Row]:
    """Send the same mails to the same sink, in turns; the row compares mails per second of wall-clock time."""
    return asyncio.run(_run(ask))


async def _run(ask: Ask) -> list[Row]:
    mails = [_mail(number) for number in range(ask.pick(800, 300, 8))]
    contents = [_message(mail).as_bytes() for mail in mails]
    rounds = ask.pick(9, 3, 1)
    ask.say(f"{NAME}: {len(mails)} mails, {rounds} rounds each way")
    ours: list[float] = []
    raw: list[float] = []
    made: list[float] = []
    async with Child("benchmarks.smtp_sink") as sink:
        port = int(sink.first)
        for _ in range(rounds):
            ours.append(await _rate(mails, lambda: _by_carrier(port, mails)))
            raw.append(await _rate(mails, lambda: _by_hand(port, mails, contents)))
            made.append(await _rate(mails, lambda: _by_hand(port, mails, mails)))
    inputs = (
        f"{len(mails)} mails of text and HTML over {LINES} kept connections to aiosmtpd in another process; rounds "
        f"{spread(ours)} against {spread(raw)}; ours makes the MIME text on the way, the baseline is "
        f"aiosmtplib.sendmail of ready bytes; with EmailMessages made on the way aiosmtplib does {middle(made):.0f}/s"
    )
    return [Row(NAME, middle(ours), "mails/s", middle(raw), BUDGET, inputs)]


async def _rate(mails: Sequence[Email], send: Callable[[], Awaitable[None]]) -> float:
    before = time.perf_counter()
    await send()
    return len(mails) / (time.perf_counter() - before)


async def _by_carrier(port: int, mails: Sequence[Email]) -> None:
    relay = Relay("127.0.0.1", port, tls="none", connections=LINES, messages_per_connection=100_000)

    async def at_the_wire() -> None:
        return

    async with EmailCarrier(relay, Now()) as carrier:
        await asyncio.gather(*(carrier.send(mail, at_the_wire) for mail in mails))


async def _by_hand(port: int, mails: Sequence[Email], contents: Sequence[bytes | Email]) -> None:
    """What somebody writes who has only aiosmtplib: some kept connections that take the mails from one pile."""
    pile = iter(list(zip(mails, contents, strict=True)))

    async def line() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
            for mail, content in pile:
                if isinstance(content, bytes):
                    await smtp.sendmail(mail.envelope_from, [mail.to], content)
                else:
                    await smtp.send_message(_message(mail), sender=mail.envelope_from, recipients=[mail.to])

    await asyncio.gather(*(line() for _ in range(LINES)))


def _message(mail: Email) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = formataddr((mail.sender_name, mail.sender)), mail.to
    message["Subject"], message["Message-ID"] = mail.subject, mail.message_id
    message["Reply-To"], message["Date"] = mail.reply_to, format_datetime(datetime.now(UTC))
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _mail(number: int) -> Email:
    text = f"Hi Priya,\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n\nAnna Keller\n"
    return Email(
        to=f"priya{number}@example.com",
        sender="anna@hello.example.com",
        sender_name="Anna Keller",
        subject=f"A number for your plan ({number})",
        text=text,
        html=f"<html><body><p>{PARAGRAPH}</p><p><b>{PARAGRAPH}</b></p><p>Anna Keller</p></body></html>",
        message_id=f"<bench-{number}@mail.example.com>",
        envelope_from=f"b+bench{number}@mail.example.com",
        reply_to=f"r+bench{number}@mail.example.com",
        headers={
            "List-Unsubscribe": f"<https://acme.example/u/bench{number}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


BENCHMARK = Benchmark((NAME,), "How fast mails leave over kept connections.", run)
