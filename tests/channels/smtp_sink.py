"""A real SMTP server on loopback that does what the test says: takes, refuses, hangs up or hangs."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from aiosmtpd.smtp import SMTP, AuthResult

from nurture.channels.smtp_lines import Relay


class Does(StrEnum):
    """What the sink does to one mail, beyond plain answers such as "rcpt 550 5.1.1 …"."""

    TAKES = "takes"
    DROPS_AT_MAIL = "drops at mail"
    DROPS_BEFORE_354 = "drops before 354"
    DROPS_IN_THE_BODY = "drops in the body"
    TAKES_THEN_DROPS = "takes, then drops"
    TAKES_THEN_HANGS = "takes, then hangs"


@dataclass
class Taken:
    """A mail whose final dot arrived."""

    sender: str
    recipients: list[str]
    content: bytes
    session: int


class Sink:
    """Listens from `async with` on. `script` holds what to do with the next mails; after it, all are taken."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, implicit: bool = False, login: tuple[str, str] | None = None
    ):
        self.script: deque[str] = deque()
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.sessions: list[SMTP] = []
        self.greets_with = ""
        self._tls, self._implicit, self._login = tls, implicit, login
        self._never = asyncio.Event()

    def will(self, *deeds: str) -> None:
        self.script.extend(deeds)

    @property
    def now(self) -> str:
        return self.script[0] if self.script else Does.TAKES

    def relay(self, **given) -> Relay:
        """Settings that reach this sink; patience short enough for a test."""
        settings = {"host": "127.0.0.1", "port": self.port, "tls": "none", "dot_timeout": 0.3, "command_timeout": 5.0}
        return Relay(**{**settings, **given})

    def hang_up_all(self) -> None:
        for session in self.sessions:
            if session.transport is not None:
                session.transport.close()

    async def __aenter__(self) -> Sink:
        loop = asyncio.get_running_loop()
        context = self._tls if self._implicit else None
        self._server = await loop.create_server(self._session, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error) -> None:
        self._never.set()
        self._server.close()
        await self._server.wait_closed()
        self.hang_up_all()
        await asyncio.sleep(0)

    def _session(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # aiosmtpd warns that a login without TLS is unsafe, which we know
            session = _Session(
                self,
                hostname="sink.example.com",
                loop=asyncio.get_running_loop(),
                tls_context=None if self._implicit else self._tls,
                authenticator=self._check if self._login else None,
                auth_required=self._login is not None,
                auth_require_tls=False,
            )
        session.sink = self
        self.sessions.append(session)
        return session

    def _check(self, _server, _session, _envelope, _mechanism, login) -> AuthResult:
        given = (login.login.decode(), login.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    async def handle_MAIL(self, server, _session, envelope, address, _options) -> str:
        self.commands.append("MAIL")
        if self.now == Does.DROPS_AT_MAIL:
            self.script.popleft()
            server.transport.close()
        if self.now.startswith("mail "):
            return self.script.popleft()[5:]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        self.commands.append("RCPT")
        if self.now.startswith("rcpt "):
            return self.script.popleft()[5:]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_RSET(self, *_given) -> str:
        self.commands.append("RSET")
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope) -> str:
        deed = self.script.popleft() if self.script else Does.TAKES
        if deed.startswith("dot "):
            return deed[4:]
        place = self.sessions.index(server)
        self.taken.append(Taken(envelope.mail_from, envelope.rcpt_tos, envelope.original_content, place))
        if deed == Does.TAKES_THEN_DROPS:
            server.transport.abort()
        if deed == Does.TAKES_THEN_HANGS:
            await self._never.wait()
        return "250 2.0.0 Taken"


class _Session(SMTP):
    sink: Sink

    async def smtp_DATA(self, arg: str) -> None:
        self.sink.commands.append("DATA")
        if self.sink.now.startswith("data "):
            await self.push(self.sink.script.popleft()[5:])
        elif self.sink.now == Does.DROPS_BEFORE_354:
            self.sink.script.popleft()
            self.transport.close()
        elif self.sink.now == Does.DROPS_IN_THE_BODY:
            self.sink.script.popleft()
            await self.push("354 Go ahead")
            await self._reader.readuntil(b"\r\n")
            self.transport.close()
        else:
            await super().smtp_DATA(arg)
