"""A mail relay with a temper: journals what it accepts with fsync, and at any stage refuses, hangs, drops or lies."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from nurture.chaos.acts import Act, Kind, Moment, Stage, Temper
from nurture.chaos.certificates import HOLDS, Certificates
from nurture.domain.ports import Clock
from nurture.local.journal import Journal
from nurture.local.mail_catcher import Mail, read_mail

_ADDRESS = re.compile(rb"<([^>]*)>")
_FIRST_BYTES = 200
_AT_ONCE = struct.pack("ii", 1, 0)


class Gone(Exception):
    """This session is over: the client left, or we hung up on it."""


class MailSink:
    """Listens on a loopback port for each door in `doors` from `async with` to its end; a worker has a door of its own.
    With `certificates` it offers STARTTLS.

    `at_data` counts, by door, the recipients whose client said DATA, since it was last cleared: behind that word our
    wire mark is set. `held` are the conversations that stand still at a hold, `in_clear` counts MAIL without TLS.
    """

    def __init__(
        self, journal: Path, clock: Clock, doors: Sequence[str], certificates: Certificates | None = None
    ) -> None:
        self._journal, self._clock, self._doors, self.certificates = journal, clock, doors, certificates
        self.in_clear = 0
        self.temper = Temper()
        self.at_data: defaultdict[str, set[str]] = defaultdict(set)
        self.held: list[Moment] = []
        self.kept: list[Mail] = []
        self._changed = asyncio.Event()
        self._release = asyncio.Event()
        self._servers: dict[str, asyncio.Server] = {}
        self._sessions: dict[asyncio.Task[None], _Session] = {}

    @property
    def ports(self) -> Mapping[str, int]:
        """The port of each door."""
        return {door: int(server.sockets[0].getsockname()[1]) for door, server in self._servers.items()}

    async def __aenter__(self) -> Self:
        self._pages = Journal(self._journal, self._clock)
        for door in self._doors:
            self._servers[door] = await asyncio.start_server(self._opened(door), "127.0.0.1", 0, limit=2**24)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()
        await self.hang_up()
        self._pages.close()

    async def hang_up(self, *, idle: bool = False) -> None:
        """Close every open connection, as a relay that restarts does; with `idle` only those without a mail."""
        going = [task for task, session in self._sessions.items() if not (idle and session.is_busy)]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    async def until_held(self, count: int, door: str = "", patience: float = 120.0) -> None:
        """Wait until so many conversations stand still (at `door`). Raises TimeoutError after `patience` seconds."""

        def enough() -> bool:
            return sum(door in ("", each.door) for each in self.held) >= count

        async with asyncio.timeout(patience):
            while not enough():
                self._changed.clear()
                await self._changed.wait()

    def release(self) -> None:
        """Let every conversation that is held go on; those that come to a hold later are held again."""
        self._release.set()
        self._release = asyncio.Event()

    def note(self, moment: Moment) -> None:
        """Remember that this client came to the point behind which a message may leave."""
        self.at_data[moment.door].add(moment.to)

    def keep(self, mail: Mail, *, accepted: bool) -> None:
        """Write one mail to the journal; it is on disk when this returns."""
        self._pages.write({"channel": "email", "accepted": accepted, **mail.entry()})
        if accepted:
            self.kept.append(mail)

    async def hold(self, moment: Moment) -> None:
        """Stand still until `release`."""
        release = self._release
        self.held.append(moment)
        self._changed.set()
        try:
            await release.wait()
        finally:
            self.held.remove(moment)

    def _opened(self, door: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            session, task = _Session(self, door, reader, writer), asyncio.current_task()
            if task is not None:
                self._sessions[task] = session
                task.add_done_callback(self._sessions.pop)
            await session.serve()

        return serve


class _Session:
    """One client's conversation."""

    def __init__(self, sink: MailSink, door: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sink, self._door, self._reader, self._writer = sink, door, reader, writer
        self._from, self._to = "", ""
        self.is_busy, self._is_secure = False, False

    async def serve(self) -> None:
        """Talk until one side leaves."""
        try:
            await self._step(Stage.GREETING, "220 sink ESMTP")
            while await self._command(await self._reader.readline()):
                continue
        except (Gone, ConnectionError, ssl.SSLError, asyncio.CancelledError, asyncio.IncompleteReadError):
            return
        finally:
            self._writer.close()

    async def _command(self, line: bytes) -> bool:
        verb = line[:4].upper()
        if verb == b"EHLO":
            offer = "" if self._is_secure or not self._sink.certificates else "250-STARTTLS\r\n"
            await self._step(Stage.EHLO, f"250-sink\r\n250-SIZE 30000000\r\n{offer}250 SMTPUTF8")
        elif verb == b"STAR" and self._sink.certificates:
            await self._secure(self._sink.certificates)
        elif verb == b"MAIL":
            self._sink.in_clear += not self._is_secure
            self._from = _address(line)
            await self._step(Stage.MAIL, "250 2.1.0 Ok")
        elif verb == b"RCPT":
            self._to = _address(line)
            await self._step(Stage.RCPT, "250 2.1.5 Ok")
        elif verb == b"DATA":
            self.is_busy = True
            await self._data()
            self.is_busy = False
        elif verb == b"QUIT":
            await self._step(Stage.QUIT, "221 2.0.0 Bye")
            return False
        else:
            self._say("250 2.0.0 Ok")
        return bool(line)

    async def _secure(self, certificates: Certificates) -> None:
        """Go on behind TLS, by the certificate that is wanted; what else is said before that, is said in clear."""
        act = self._wanted(Stage.STARTTLS)
        self._say(act.text if act and act.kind is Kind.ANSWER else "220 2.0.0 Go ahead")
        await self._writer.start_tls(certificates.shown[act.text if act and act.kind is Kind.POSE else HOLDS])
        self._is_secure = True

    async def _data(self) -> None:
        self._sink.note(Moment(Stage.DATA, self._door, self._to))
        if await self._step(Stage.DATA, "354 Go on"):
            return
        if act := self._wanted(Stage.BODY):
            await self._reader.readexactly(_FIRST_BYTES)
            await self._do(act, Stage.BODY)
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        mail = read_mail(self._from or "<>", self._to, raw[:-3].replace(b"\r\n..", b"\r\n."))
        act = self._wanted(Stage.DOT)
        self._sink.keep(mail, accepted=act is None or act.accepted or act.kind is Kind.HOLD)
        if act is not None and await self._do(act, Stage.DOT):
            return
        self._say("250 2.0.0 Kept")
        await self._writer.drain()
        if after := self._wanted(Stage.AFTER):
            await self._do(after, Stage.AFTER)

    async def _step(self, stage: Stage, ordinary: str) -> bool:
        """Behave at `stage`, or misbehave; return whether something else than `ordinary` was said."""
        act = self._wanted(stage)
        if act is not None and await self._do(act, stage):
            return True
        self._say(ordinary)
        return False

    async def _do(self, act: Act, stage: Stage) -> bool:
        """Misbehave; return whether the conversation goes on with what was said. Raises Gone when it does not."""
        if act.kind is Kind.HOLD:
            await self._sink.hold(Moment(stage, self._door, self._to))
            return False
        if act.kind is Kind.ANSWER:
            self._say(act.text)
            if not act.text.startswith("421"):
                return True
            await self._writer.drain()
        if act.kind is Kind.HANG:
            while await self._reader.read(65_536):  # it may talk on; it gets no answer
                continue
        if act.kind is Kind.RESET:
            _reset(self._writer)
        raise Gone

    def _wanted(self, stage: Stage) -> Act | None:
        return self._sink.temper.act(Moment(stage, self._door, self._to))

    def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")


def _address(line: bytes) -> str:
    found = _ADDRESS.search(line)
    return found[1].decode("utf-8", "replace") if found else ""


def _reset(writer: asyncio.StreamWriter) -> None:
    """Have the kernel send RST instead of FIN."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()
