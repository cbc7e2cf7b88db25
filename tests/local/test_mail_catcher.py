"""The catcher speaks real SMTP and has every accepted mail on disk."""

from __future__ import annotations

import asyncio

import aiosmtplib

from nurture.local.journal import Journal, read_journal
from nurture.local.mail_catcher import MailCatcher
from tests.local.conftest import NOW, REF, raw_mail, verp


async def send(port: int, raw: bytes, *to: str) -> None:
    await aiosmtplib.send(
        raw, sender=verp(), recipients=list(to), hostname="127.0.0.1", port=port, start_tls=False, use_tls=False
    )


async def test_an_accepted_mail_is_journalled_before_it_is_handed_on(tmp_path, clock):
    path = tmp_path / "mail.jsonl"
    heard: asyncio.Queue = asyncio.Queue()
    async with MailCatcher(path, clock, lambda mail: heard.put_nowait((mail, list(read_journal(path))))) as catcher:
        await send(catcher.port, raw_mail(), "imogen.hale.3@example.com")
        mail, journal = await asyncio.wait_for(heard.get(), 5)
    assert mail.subject == "Grüße"
    assert mail.links == (
        "http://127.0.0.1:1/c/abc.def",
        "http://127.0.0.1:1/c/ghi.jkl",
        "http://127.0.0.1:1/o/mno.pqr.gif",
    )
    assert [entry["message_id"] for entry in journal] == [f"<{REF}.0badcafe@mail.example.com>"]
    assert journal[0]["envelope_from"] == verp()
    assert journal[0]["at"] == NOW.isoformat()
    assert journal[0]["real"] != journal[0]["at"]


async def test_each_recipient_has_a_copy(tmp_path, clock):
    async with MailCatcher(tmp_path / "mail.jsonl", clock) as catcher:
        await send(catcher.port, raw_mail(), "a@example.com", "b@example.com")
        assert catcher.count == 2
    assert [entry["to"] for entry in read_journal(tmp_path / "mail.jsonl")] == ["a@example.com", "b@example.com"]


async def test_many_mails_on_one_connection(tmp_path, clock):
    async with MailCatcher(tmp_path / "mail.jsonl", clock) as catcher:
        smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=catcher.port, start_tls=False, use_tls=False)
        async with smtp:
            for number in range(50):
                await smtp.sendmail(verp(), [f"p{number}@example.com"], raw_mail(f"p{number}@example.com"))
    assert len(list(read_journal(tmp_path / "mail.jsonl"))) == 50


def test_a_torn_last_line_is_left_out(tmp_path, clock):
    journal = Journal(tmp_path / "j.jsonl", clock)
    journal.write({"n": 1})
    journal.close()
    with (tmp_path / "j.jsonl").open("a") as file:
        file.write('{"n": 2, "cut o')
    assert [entry["n"] for entry in read_journal(tmp_path / "j.jsonl")] == [1]
    assert list(read_journal(tmp_path / "none.jsonl")) == []
