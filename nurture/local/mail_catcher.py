"""A real SMTP server that keeps every mail to itself: journalled before it says 250, then handed to whoever waits."""

from __future__ import annotations

import asyncio
import binascii
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from nurture.domain.ports import Clock
from nurture.local.journal import Journal

_LINK = re.compile(r"https?://[^\s\"'<>()]+")
_MOST_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its reader's mailbox got it. `links` are the addresses in its bodies, in order, each once.

    `head` is the raw header block; `headers` has its fields by lower-case name, the first of each.
    """

    envelope_from: str
    to: str
    message_id: str
    subject: str
    headers: dict[str, str]
    links: tuple[str, ...]
    head: bytes

    def entry(self) -> dict[str, object]:
        """Return the mail as a line of the journal."""
        return {
            "message_id": self.message_id,
            "envelope_from": self.envelope_from,
            "to": self.to,
            "subject": self.subject,
            "headers": self.headers,
            "links": list(self.links),
        }


class MailCatcher:
    """Listens on a free loopback port from `async with` to its end; `arrived` hears each mail after it was accepted."""

    def __init__(self, journal: Path, clock: Clock, arrived: Callable[[Mail], None] = lambda _: None) -> None:
        self._journal, self._clock, self.arrived = journal, clock, arrived
        self._sessions: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server | None = None
        self.count = 0

    @property
    def port(self) -> int:
        """The port it listens on, once it listens."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._pages = Journal(self._journal, self._clock)
        self._server = await loop.create_server(lambda: _Line(self, loop), "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            for transport in self._sessions:
                transport.close()
            await self._server.wait_closed()
        self._pages.close()

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Remember a client's connection, to hang up at the end."""
        self._sessions = {each for each in self._sessions if not each.is_closing()} | {transport}

    def take(self, envelope_from: str, recipients: list[str], raw: bytes) -> None:
        """Journal one mail and hand it on."""
        for recipient in recipients:
            mail = read_mail(envelope_from, recipient, raw)
            self._pages.write(mail.entry())
            self.count += 1
            asyncio.get_running_loop().call_soon(self.arrived, mail)


class _Line(SMTP):
    """One client's session."""

    def __init__(self, catcher: MailCatcher, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Handler(catcher),
            data_size_limit=_MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname="catcher",
            ident="mail",
            loop=loop,
        )
        self._catcher = catcher

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._catcher.opened(transport)
        super().connection_made(transport)


class _Handler:
    """What aiosmtpd calls at the final dot."""

    def __init__(self, catcher: MailCatcher) -> None:
        self._catcher = catcher

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content
        if not isinstance(content, bytes):
            return "451 4.3.0 The mail did not arrive whole"
        self._catcher.take(envelope.mail_from or "<>", list(envelope.rcpt_tos), content)
        return "250 2.0.0 Kept"


def read_mail(envelope_from: str, recipient: str, raw: bytes) -> Mail:
    """Return the mail in `raw` as a reader sees it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    parsed = message_from_bytes(head + b"\r\n\r\n")
    headers: dict[str, str] = {}
    for name, value in parsed.items():
        headers.setdefault(name.lower(), " ".join(str(value).split()))
    text = html.unescape(binascii.a2b_qp(body).decode("utf-8", "replace"))
    return Mail(
        envelope_from=envelope_from,
        to=recipient,
        message_id=headers.get("message-id", ""),
        subject=str(make_header(decode_header(headers.get("subject", "")))),
        headers=headers,
        links=tuple(dict.fromkeys(_LINK.findall(text))),
        head=head,
    )
