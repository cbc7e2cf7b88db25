"""The relay with a temper: what it says is what was ordered, and its journal tells what it took."""

from __future__ import annotations

import asyncio
import ssl

import aiosmtplib
import pytest

from nurture.chaos.acts import Act, Kind, Moment, Stage, answers
from nurture.chaos.cells.tls import INJECTED, STRIPPED
from nurture.chaos.certificates import OTHER_NAME, UNKNOWN, certificates_in
from nurture.chaos.mail_sink import MailSink
from nurture.local.journal import read_journal
from tests.local.conftest import REF, StillClock, raw_mail

TO = "imogen.hale.3@example.com"


@pytest.fixture
async def sink(tmp_path):
    async with MailSink(tmp_path / "mail.jsonl", StillClock(), ("a", "b")) as one:
        yield one


async def send(sink: MailSink, door: str = "a") -> str:
    """Hand a mail to one door and return what was said at its end."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sink.ports[door], use_tls=False, start_tls=False) as smtp:
        await smtp.ehlo()
        await smtp.mail("b+x@mail.example.com")
        await smtp.rcpt(TO)
        return (await smtp.data(raw_mail())).message


def at(stage: Stage, act: Act):
    return lambda moment: act if moment.stage is stage else None


def journal(tmp_path) -> list[bool]:
    return [entry["accepted"] for entry in read_journal(tmp_path / "mail.jsonl")]


async def test_a_mail_is_journalled_and_accepted(sink, tmp_path):
    assert await send(sink) == "2.0.0 Kept"
    (entry,) = read_journal(tmp_path / "mail.jsonl")
    assert (entry["to"], entry["message_id"], entry["accepted"]) == (TO, f"<{REF}.0badcafe@mail.example.com>", True)
    assert sink.at_data == {"a": {TO}}


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
async def test_what_is_refused_before_the_body_is_not_in_the_journal(sink, tmp_path, stage):
    with sink.temper.behaving(at(stage, answers("451 4.3.0 not now"))), pytest.raises(aiosmtplib.SMTPException):
        await send(sink)
    assert journal(tmp_path) == []
    assert await send(sink) == "2.0.0 Kept"


@pytest.mark.parametrize(
    ("act", "taken"),
    [
        pytest.param(answers("554 5.6.0 no"), False, id="refused after the dot"),
        pytest.param(Act(Kind.DROP, accepted=True), True, id="taken, then closed"),
        pytest.param(Act(Kind.RESET, accepted=True), True, id="taken, then reset"),
        pytest.param(Act(Kind.RESET), False, id="reset, not taken"),
    ],
)
async def test_after_the_dot_the_journal_knows_what_the_client_cannot(sink, tmp_path, act, taken):
    with sink.temper.behaving(at(Stage.DOT, act)), pytest.raises(aiosmtplib.SMTPException):
        await send(sink)
    assert journal(tmp_path) == [taken]


async def test_a_hold_stands_still_until_it_is_released(sink, tmp_path):
    with sink.temper.behaving(at(Stage.DOT, Act(Kind.HOLD))):
        sending = asyncio.create_task(send(sink, "b"))
        await sink.until_held(1, "b")
        assert (journal(tmp_path), sink.held) == ([True], [Moment(Stage.DOT, "b", TO)])
        assert not sending.done()
        sink.release()
        assert await sending == "2.0.0 Kept"
    assert sink.held == []


async def test_a_hold_that_nobody_comes_to_times_out(sink):
    with pytest.raises(TimeoutError):
        await sink.until_held(1, patience=0.01)


@pytest.fixture
async def secure(tmp_path):
    async with MailSink(tmp_path / "mail.jsonl", StillClock(), ("a",), certificates_in(tmp_path)) as one:
        yield one


async def send_behind_tls(sink: MailSink) -> str:
    """Hand over a mail as somebody who trusts the sink's authority and nobody else."""
    trust = ssl.create_default_context(cafile=sink.certificates.authority)
    where = {"hostname": "127.0.0.1", "port": sink.ports["a"]}
    async with aiosmtplib.SMTP(**where, start_tls=True, tls_context=trust) as smtp:
        await smtp.mail("b+x@mail.example.com")
        await smtp.rcpt(TO)
        return (await smtp.data(raw_mail())).message


async def test_what_is_said_in_clear_is_counted_and_what_is_said_behind_tls_is_not(secure, tmp_path):
    assert await send_behind_tls(secure) == "2.0.0 Kept"
    assert secure.in_clear == 0
    assert await send(secure) == "2.0.0 Kept"
    assert (secure.in_clear, journal(tmp_path)) == (1, [True, True])


@pytest.mark.parametrize(
    ("stage", "act"),
    [
        pytest.param(Stage.EHLO, STRIPPED, id="STARTTLS is not offered"),
        pytest.param(Stage.STARTTLS, Act(Kind.POSE, UNKNOWN), id="a certificate nobody vouches for"),
        pytest.param(Stage.STARTTLS, Act(Kind.POSE, OTHER_NAME), id="a certificate of another host"),
    ],
)
async def test_whoever_demands_tls_leaves_before_a_word_about_a_mail(secure, tmp_path, stage, act):
    with secure.temper.behaving(at(stage, act)), pytest.raises((aiosmtplib.SMTPException, ssl.SSLError)):
        await send_behind_tls(secure)
    assert (secure.in_clear, journal(tmp_path)) == (0, [])
    assert await send_behind_tls(secure) == "2.0.0 Kept"


async def test_answers_before_tls_are_said_and_the_conversation_goes_on_behind_it(secure, tmp_path):
    with secure.temper.behaving(at(Stage.STARTTLS, INJECTED)):
        assert await send_behind_tls(secure) == "2.0.0 Kept"
    assert (secure.in_clear, journal(tmp_path)) == (0, [True])
