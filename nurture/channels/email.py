"""E-mail, step by step, so that we know at each failure whether the mail may have been accepted."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Self

import aiosmtplib

from nurture.channels.mime import ascii_domain, mime_bytes, needs_utf8
from nurture.channels.signing import DkimSigner
from nurture.channels.smtp_answers import Stage, answer_error, silence_error
from nurture.channels.smtp_lines import Line, Lines, Relay
from nurture.domain.errors import Blame, Invalid, Refused, Unavailable, Uncertain
from nurture.domain.lead import Channel
from nurture.domain.messages import Email, Message, Receipt
from nurture.domain.ports import AtTheWire, Clock

_DOT_LINES = re.compile(rb"^\.", re.MULTILINE)
_START_INPUT, _CLOSING, _YES = 354, 421, 2


class EmailCarrier:
    """Carries mails over kept SMTP connections. `clock` gives the Date header; close it when done.

    With a `signer` each mail leaves with our own DKIM signature; without one the relay signs.
    """

    channel = Channel.EMAIL

    def __init__(self, relay: Relay, clock: Clock, signer: DkimSigner | None = None) -> None:
        self._relay, self._clock, self._signer = relay, clock, signer
        self._lines = Lines(relay)

    async def send(self, message: Message, at_the_wire: AtTheWire) -> Receipt:
        """Send one mail; see `Carrier.send`.

        Up to DATA every failure is definite. From the moment the final dot may have been written, only a clear answer
        counts: silence, a lost connection or nonsense is Uncertain, because RFC 5321 lets the server have accepted it.
        """
        if not isinstance(message, Email):
            raise Invalid(f"The e-mail channel cannot carry a message for {message.channel}")
        body = mime_bytes(message, self._clock.now())
        if self._signer is not None:
            body = self._signer.sign(body, message.sender)
        async with self._lines.turn():
            line = await self._line_with_envelope(message)
            try:
                await at_the_wire()
                receipt = await self._hand_over(line, message, body)
            except BaseException as stopped:
                await self._let_go(line, stopped)
                raise
            await self._lines.give_back(line)
            return receipt

    async def close(self) -> None:
        """Close all kept connections."""
        await self._lines.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _let_go(self, line: Line, stopped: BaseException) -> None:
        """After a definite answer the line is wiped and kept; a half-written body or a cancellation ends it."""
        if isinstance(stopped, Uncertain | _HungUp) or not isinstance(stopped, Exception):
            self._lines.drop(line)
        else:
            await self._lines.give_back(line)

    async def _line_with_envelope(self, mail: Email) -> Line:
        """Return a line on which MAIL and RCPT were accepted. A kept line that died meanwhile is replaced once."""
        line = await self._lines.take()
        was_kept = line.is_used
        try:
            await self._envelope(line, mail)
        except _HungUp as gone:
            if not was_kept:
                raise gone.error from gone
            return await self._new_line_with_envelope(mail)
        return line

    async def _new_line_with_envelope(self, mail: Email) -> Line:
        line = await self._lines.open()
        try:
            await self._envelope(line, mail)
        except _HungUp as gone:
            raise gone.error from gone
        return line

    async def _envelope(self, line: Line, mail: Email) -> None:
        sender = f"FROM:<{ascii_domain(mail.envelope_from or mail.sender)}>"
        try:
            await self._command(line, Stage.MAIL, "MAIL", sender, *self._options(line, mail))
            await self._command(line, Stage.RCPT, "RCPT", f"TO:<{ascii_domain(mail.to)}>")
        except BaseException as stopped:
            await self._let_go(line, stopped)
            raise

    def _options(self, line: Line, mail: Email) -> tuple[str, ...]:
        if not needs_utf8(mail):
            return ()
        if line.smtp.supports_extension("smtputf8"):
            return ("SMTPUTF8", "BODY=8BITMIME")
        raise Refused("The mail server cannot take an address beyond ASCII", blame=Blame.RECIPIENT, code="smtputf8")

    async def _command(self, line: Line, stage: Stage, *words: str) -> None:
        """Give a command that must be answered with 2xx. Raises Refused, Unavailable, or _HungUp when the line died."""
        line.is_clean = False
        try:
            reply = await line.smtp.execute_command(*(word.encode() for word in words))
        except ValueError as error:
            raise Refused("An address holds a control character", blame=Blame.RECIPIENT, code="address") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _HungUp(silence_error(stage, error)) from error
        if reply.code == _CLOSING:
            raise _HungUp(answer_error(stage, reply.code, reply.message))
        if reply.code // 100 != _YES:
            raise answer_error(stage, reply.code, reply.message)

    async def _hand_over(self, line: Line, mail: Email, body: bytes) -> Receipt:
        """DATA, the body and the dot. Raises as `send` says."""
        smtp = line.smtp
        try:
            start = await smtp.execute_command(b"DATA", timeout=self._relay.data_timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise silence_error(Stage.DATA, error) from error
        if start.code != _START_INPUT:
            raise answer_error(Stage.DATA, start.code, start.message)
        protocol = smtp.protocol
        if protocol is None:
            raise silence_error(Stage.DATA, ConnectionError("it hung up after 354"))
        written = _DOT_LINES.sub(b"..", body) + b".\r\n"
        try:
            protocol.write(written)
        except OSError as error:  # aiosmtplib refuses before the first byte when the transport is closing
            raise silence_error(Stage.DATA, error) from error
        try:
            answer = await protocol.read_response(timeout=self._relay.dot_timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Uncertain(f"No answer after the mail was handed over: {error}".rstrip(".")) from error
        return self._verdict(line, mail, answer.code, answer.message)

    def _verdict(self, line: Line, mail: Email, code: int, words: str) -> Receipt:
        if code // 100 == _YES:
            line.is_clean = True
            return Receipt(mail.message_id, f"{code} {words}")
        if code // 100 in (4, 5):
            raise answer_error(Stage.DOT, code, words)
        raise Uncertain(f"The mail server's answer makes no sense: {code} {words[:200]}")


class _HungUp(Exception):
    """The server closed the connection before the body; `error` is what to raise if trying once more cannot help."""

    def __init__(self, error: Refused | Unavailable) -> None:
        self.error = error
        super().__init__(str(error))
