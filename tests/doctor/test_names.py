"""What the DNS library says, in our words: nothing there is an empty answer, silence is not."""

from __future__ import annotations

from types import SimpleNamespace

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
import pytest

from nurture.doctor.names import DnsResolver
from nurture.domain.errors import Unavailable


@pytest.fixture
def answers(monkeypatch):
    """Let the library answer with these records, or raise."""

    def lay_out(outcome):
        async def resolve(_name, _kind, *, lifetime):
            assert lifetime == 5.0
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(dns.asyncresolver, "resolve", resolve)

    return lay_out


async def test_a_long_text_comes_in_one_piece(answers):
    answers([SimpleNamespace(strings=(b"v=DKIM1; p=AB", b"CD"))])

    assert await DnsResolver().txt("nurture._domainkey.example.com") == ["v=DKIM1; p=ABCD"]


async def test_mail_servers_come_by_preference(answers):
    hosts = [(20, "backup.example.com."), (10, "mx.example.com.")]
    answers([SimpleNamespace(preference=number, exchange=dns.name.from_text(host)) for number, host in hosts])

    assert await DnsResolver().mx("example.com") == ["mx.example.com.", "backup.example.com."]


@pytest.mark.parametrize("nothing", [dns.resolver.NXDOMAIN(), dns.resolver.NoAnswer.__new__(dns.resolver.NoAnswer)])
async def test_no_such_name_and_no_such_record_are_empty_answers(answers, nothing):
    answers(nothing)

    assert await DnsResolver().txt("nowhere.example.com") == []


@pytest.mark.parametrize("silence", [dns.exception.Timeout(), dns.resolver.NoResolverConfiguration(), OSError()])
async def test_silence_is_no_answer(answers, silence):
    answers(silence)

    with pytest.raises(Unavailable, match=r"The DNS does not answer about example\.com"):
        await DnsResolver().mx("example.com")
