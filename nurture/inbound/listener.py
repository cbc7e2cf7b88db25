"""The local SMTP door for replies and bounces: says 250 only when the mail's facts are stored."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

MOST_BYTES = 30_000_000
"""The largest mail we take; the SIZE extension tells clients before they send it."""
LONGEST_LINE = 65_536
"""Bytes; RFC 5321 says 1,000, and real mail programs do not listen."""
UNREAD = 262_144
"""Bytes the kernel may hold for us. With the megabytes it takes by itself, a huge mail was still being read for seconds
after its last byte had left the sender (F7)."""

Receive = Callable[[str, Sequence[str], bytes], Awaitable[None]]
"""Stores what a mail says: (envelope sender, "<>" when empty; recipients; the bytes). Raises when it could not."""

_log = logging.getLogger(__name__)


class MailListener:
    """Listens on `host`:`port` (0: any free port, see `port`) from `async with` to its end.

    `is_known` says whether a recipient is one of ours: others get 550, so that we never take what we cannot use. When
    `receive` raises, the client gets 451 and tries again later.
    """

    def __init__(
        self, receive: Receive, is_known: Callable[[str], bool], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._door = _Door(receive, is_known)
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once it listens."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self._port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self._door, loop), self._host, self._port)
        for listening in self._server.sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD)  # what it accepts inherits this
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._door.hang_up()


class _Session(SMTP):
    """One client's session: aiosmtpd with our limits, on our loop."""

    line_length_limit = LONGEST_LINE

    def __init__(self, door: _Door, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            door, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, hostname="nurture", ident="mail", loop=loop
        )
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._door.sessions.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._door.sessions = {open_one for open_one in self._door.sessions if not open_one.is_closing()}


class _Door:
    """What aiosmtpd calls at RCPT, at the final dot, and when something raised."""

    def __init__(self, receive: Receive, is_known: Callable[[str], bool]) -> None:
        self._receive, self._is_known = receive, is_known
        self.sessions: set[asyncio.BaseTransport] = set()

    def hang_up(self) -> None:
        for transport in self.sessions:
            transport.close()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not self._is_known(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content
        if not isinstance(content, bytes):
            return "451 4.3.0 The mail did not arrive whole"
        await self._receive(envelope.mail_from or "<>", tuple(envelope.rcpt_tos), content)
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        _log.error("An incoming mail was not stored", exc_info=error)
        return "451 4.3.0 Not stored, try again later"
