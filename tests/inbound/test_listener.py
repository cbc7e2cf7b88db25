"""The SMTP door: 250 means stored."""

from __future__ import annotations

import aiosmtplib
import pytest

from nurture.inbound.addresses import is_ours
from nurture.inbound.listener import MOST_BYTES, MailListener
from tests.inbound.letters import REPLY_TO, SECRET, mail


class Store:
    """Keeps what it is given, or fails."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, tuple[str, ...], bytes]] = []
        self.is_broken = False

    async def receive(self, envelope_from, recipients, raw) -> None:
        if self.is_broken:
            raise OSError("disk full")
        self.kept.append((envelope_from, tuple(recipients), raw))


@pytest.fixture
async def store():
    return Store()


@pytest.fixture
async def smtp(store):
    async with MailListener(store.receive, lambda address: is_ours(address, SECRET)) as listener:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=listener.port, start_tls=False, local_hostname="test")
        await client.connect()
        yield client
        if client.is_connected:
            await client.quit()


async def test_a_mail_is_stored_with_its_envelope_before_250(store, smtp):
    answer = await smtp.sendmail("ada.keller@example.com", [REPLY_TO], mail("Yes"))

    assert store.kept == [("ada.keller@example.com", (REPLY_TO,), mail("Yes") + b"\r\n")]
    assert answer[0] == {}


async def test_the_null_sender_of_a_bounce_is_told_as_such(store, smtp):
    await smtp.mail("")
    await smtp.rcpt(REPLY_TO)
    await smtp.data(mail("bounced"))

    assert store.kept[0][0] == "<>"


async def test_what_could_not_be_stored_is_asked_for_again(store, smtp):
    store.is_broken = True
    with pytest.raises(aiosmtplib.SMTPDataError) as failure:
        await smtp.sendmail("ada.keller@example.com", [REPLY_TO], mail("Yes"))
    store.is_broken = False
    await smtp.sendmail("ada.keller@example.com", [REPLY_TO], mail("Yes"))

    assert failure.value.code == 451
    assert len(store.kept) == 1


async def test_strangers_addresses_are_refused(store, smtp):
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as failure:
        await smtp.sendmail("ada.keller@example.com", ["info@mail.example.com"], mail("Hello"))

    assert failure.value.recipients[0].code == 550
    assert store.kept == []


async def test_a_mail_that_is_too_big_is_refused_before_it_is_sent(smtp):
    await smtp.ehlo()

    assert smtp.esmtp_extensions["size"] == str(MOST_BYTES)
    answer = await smtp.execute_command(b"MAIL", b"FROM:<ada.keller@example.com>", f"SIZE={MOST_BYTES + 1}".encode())
    assert answer.code == 552


async def test_lines_longer_than_the_law_are_taken_as_real_programs_send_them(store, smtp):
    await smtp.sendmail("ada.keller@example.com", [REPLY_TO], mail("x" * 20_000))

    assert b"x" * 20_000 in store.kept[0][2]


async def test_leaving_closes_the_door_and_hangs_up(store):
    async with MailListener(store.receive, lambda _address: True) as listener:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=listener.port, start_tls=False, local_hostname="test")
        await client.connect()
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await client.noop(timeout=2)
