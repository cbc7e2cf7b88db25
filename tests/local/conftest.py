"""A clock that stands still, and mails as our own product writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nurture.domain.tokens import sign_address
from nurture.local.mail_catcher import Mail, read_mail

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SECRET = b"a secret of the tests, long enough"
REF = "abcdefghijklmnop"


class StillClock:
    """Our time stands still."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def raw_mail(to: str = "imogen.hale.3@example.com") -> bytes:
    """A mail with a link, a pixel and a way out, as our composer makes them."""
    reply_to = f"r+{sign_address(SECRET, 'reply', REF)}@mail.example.com"
    return (
        f"From: Anna Keller <anna@hello.example.com>\r\nTo: {to}\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        f"Message-ID: <{REF}.0badcafe@mail.example.com>\r\nReply-To: {reply_to}\r\n"
        "List-Unsubscribe: <http://127.0.0.1:1/u/tok.mac>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        '<p><a href=3D"http://127.0.0.1:1/c/abc.def">Prices</a> <a href=3D"http://127.0.0.1:1/c/g=\r\nhi.jkl">Demo</a>'
        '<img src=3D"http://127.0.0.1:1/o/mno.pqr.gif"></p>\r\n'
    ).encode()


def verp() -> str:
    """The envelope sender of that mail."""
    return f"b+{sign_address(SECRET, 'verp', REF)}@mail.example.com"


@pytest.fixture
def mail() -> Mail:
    return read_mail(verp(), "imogen.hale.3@example.com", raw_mail())
