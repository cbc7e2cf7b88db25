"""Kept connections to the mail relay: opened when needed, used again, dropped when old or broken."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import aiosmtplib

from nurture.channels.smtp_answers import Stage, answer_error, silence_error
from nurture.domain.errors import Blame, Misconfigured, Refused, Unavailable

TLS_MODES = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True)
class Relay:
    """The server mails leave by, and how patient we are with it. All times are seconds.

    `tls` is `starttls` (required), `tls` (from the first byte) or `none`. `ca_file` trusts a private authority instead
    of the system's. The time-outs are those of RFC 5321 4.5.3.2; a short `dot_timeout` makes duplicates.
    """

    host: str
    port: int
    tls: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    our_name: str = "localhost"
    connections: int = 4
    messages_per_connection: int = 100
    idle: float = 30.0
    connect_timeout: float = 30.0
    command_timeout: float = 300.0
    data_timeout: float = 120.0
    dot_timeout: float = 600.0

    def __post_init__(self) -> None:
        if self.tls not in TLS_MODES:
            raise Misconfigured(f'"{self.tls}" is not a TLS mode', remedy=f"Use one of {', '.join(TLS_MODES)}")
        if self.tls == "none" and self.username and not _is_loopback(self.host):
            raise Misconfigured(
                f"A login at {self.host} without TLS would send the password in the clear", remedy="Use starttls or tls"
            )
        if self.connections < 1 or self.messages_per_connection < 1:
            raise Misconfigured("At least one connection with one message is needed")


@dataclass(slots=True)
class Line:
    """One open connection. `carried` counts messages; `is_clean` is False while an envelope lies open on it."""

    smtp: aiosmtplib.SMTP
    carried: int = 0
    idle_since: float = 0.0
    is_clean: bool = True

    @property
    def is_used(self) -> bool:
        """Whether it served before, so that a failure may only mean that the server hung up in between."""
        return self.carried > 0


class Lines:
    """At most `relay.connections` lines at a time; callers beyond that wait their turn."""

    def __init__(self, relay: Relay, *, clock: Callable[[], float] = monotonic) -> None:
        self.relay = relay
        self._clock = clock
        self._idle: list[Line] = []
        self._room = asyncio.Semaphore(relay.connections)
        self._tls = _tls_context(relay)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until one of the lines may be used, and hold its place."""
        async with self._room:
            yield

    async def take(self) -> Line:
        """Return a kept line that is fit for another message, or a new one. Call only within `turn`.

        Raises Unavailable or Refused (sender) when no connection can be made: nothing was said about any person yet.
        """
        while self._idle:
            line = self._idle.pop()
            if line.smtp.is_connected and self._clock() - line.idle_since < self.relay.idle:
                return line
            self.drop(line)
        return await self.open()

    async def open(self) -> Line:
        """Connect, greet, secure and log in. Raises Unavailable or Refused (sender)."""
        smtp = aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            use_tls=self.relay.tls == "tls",
            start_tls=self.relay.tls == "starttls",
            tls_context=self._tls,
            local_hostname=self.relay.our_name,
            timeout=self.relay.command_timeout,
        )
        await self._at(Stage.CONNECT, smtp, smtp.connect(timeout=self.relay.connect_timeout))
        await self._at(Stage.CONNECT, smtp, smtp.ehlo())
        if self.relay.username:
            await self._at(Stage.LOGIN, smtp, smtp.login(self.relay.username, self.relay.password))
        return Line(smtp)

    async def give_back(self, line: Line) -> None:
        """Keep the line for the next message, with a clean envelope; drop it when it is worn out or broken."""
        line.carried += 1
        if not line.smtp.is_connected or line.carried >= self.relay.messages_per_connection:
            await self._hang_up(line)
            return
        if not line.is_clean:
            try:
                await line.smtp.rset(timeout=self.relay.connect_timeout)
            except (aiosmtplib.SMTPException, OSError):
                self.drop(line)
                return
        line.is_clean, line.idle_since = True, self._clock()
        self._idle.append(line)

    def drop(self, line: Line) -> None:
        """Close the line at once: its state is unknown or the server is gone."""
        line.smtp.close()

    async def close(self) -> None:
        """Say goodbye on every idle line."""
        while self._idle:
            await self._hang_up(self._idle.pop())

    async def _hang_up(self, line: Line) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):  # a goodbye that is not answered changes nothing
            await line.smtp.quit(timeout=1.0)
        self.drop(line)

    async def _at(self, stage: Stage, smtp: aiosmtplib.SMTP, step: Awaitable[object]) -> None:
        try:
            await step
        except BaseException as failure:
            smtp.close()
            if isinstance(failure, aiosmtplib.SMTPException | OSError):
                raise _translated(stage, failure) from failure
            raise


def _translated(stage: Stage, failure: aiosmtplib.SMTPException | OSError) -> Refused | Unavailable:
    if isinstance(failure, aiosmtplib.SMTPResponseException):
        return answer_error(stage, failure.code, failure.message)
    if isinstance(failure, OSError):
        return silence_error(stage, failure)
    return Refused(
        f"The mail server cannot do what we need: {failure.message.rstrip('.')}",
        blame=Blame.SENDER,
        code=f"no {stage}",
        remedy="Check the TLS mode and the login of the relay",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _tls_context(relay: Relay) -> ssl.SSLContext | None:
    if relay.tls == "none":
        return None
    context = ssl.create_default_context(cafile=relay.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
