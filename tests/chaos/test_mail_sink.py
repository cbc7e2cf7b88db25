"""The relay with a temper: what it says is what was ordered, and its journal tells what it took."""

from __future__ import annotations

import asyncio

import aiosmtplib
import pytest

from nurture.chaos.acts import Act, Kind, Moment, Stage, answers
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
