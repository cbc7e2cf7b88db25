"""SPF, DKIM, DMARC and MX as the doctor reads them, against a DNS that a test writes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from nurture.channels.signing import DkimSigner
from nurture.doctor.mail_names import mail_findings
from nurture.doctor.records import dkim_mistake, dmarc_of, is_aligned, spf_mistake, spf_of
from nurture.domain.errors import Unavailable

FROM, ENVELOPE = "news.example.com", "bounce.example.com"
_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SIGNER = DkimSigner(
    _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    "nurture",
)
HEALTHY = {
    ENVELOPE: ["some-site-verification=1", "v=spf1 include:relay.example.net -all"],
    f"nurture._domainkey.{FROM}": [SIGNER.record],
    "_dmarc.example.com": ["v=DMARC1; p=none; rua=mailto:dmarc@example.com"],
}


@dataclass
class Names:
    """A DNS of one's own: TXT by name, MX for the envelope's domain; deaf when nobody answers."""

    txts: dict[str, list[str]] = field(default_factory=lambda: dict(HEALTHY))
    servers: tuple[str, ...] = ("mx1.example.com.",)
    deaf: bool = False

    async def txt(self, name):
        if self.deaf:
            raise Unavailable(f"The DNS does not answer about {name}")
        return self.txts.get(name, [])

    async def mx(self, name):
        if self.deaf:
            raise Unavailable(f"The DNS does not answer about {name}")
        return self.servers if name == ENVELOPE else ()


async def examined(names, signer=SIGNER):
    return {each.check.split()[0]: each for each in await mail_findings(names, [FROM], ENVELOPE, signer)}


async def test_a_healthy_domain_has_nothing_to_repair():
    found = await examined(Names())

    assert {check: str(each.level) for check, each in found.items()} == dict.fromkeys(
        ("SPF", "MX", "DKIM", "DMARC"), "ok"
    )
    assert found["DMARC"].fact == "p=none, From is aligned by SPF and DKIM"
    assert found["DKIM"].fact == f"nurture._domainkey.{FROM} holds our key of 2048 bits"


@pytest.mark.parametrize(
    ("name", "texts", "check", "fact"),
    [
        pytest.param(ENVELOPE, [], "SPF", "there is no SPF record", id="no SPF"),
        pytest.param(ENVELOPE, ["v=spf1 -all", "v=spf1 mx -all"], "SPF", "there are 2 SPF records", id="two SPF"),
        pytest.param(ENVELOPE, ["v=spf1 +all"], "SPF", "it lets everybody send", id="SPF for everybody"),
        pytest.param(f"nurture._domainkey.{FROM}", [], "DKIM", "there is no DKIM key", id="no key"),
        pytest.param(f"nurture._domainkey.{FROM}", ["v=DKIM1; p="], "DKIM", "was revoked", id="revoked key"),
        pytest.param(f"nurture._domainkey.{FROM}", ["v=DKIM1; p=AAAA"], "DKIM", "not the one we sign", id="other key"),
        pytest.param("_dmarc.example.com", [], "DMARC", "there is no DMARC record", id="no DMARC"),
        pytest.param("_dmarc.example.com", ["v=DMARC1; p=maybe"], "DMARC", "or no valid one", id="odd DMARC"),
    ],
)
async def test_what_is_missing_is_named_with_the_record_to_publish(name, texts, check, fact):
    found = (await examined(Names({**HEALTHY, name: texts})))[check]

    assert (found.level, bool(found.remedy)) == ("fail", True)
    assert fact in found.fact


async def test_a_strict_policy_wants_the_very_domain_and_our_signature_gives_it():
    strict = {**HEALTHY, f"_dmarc.{FROM}": ["v=DMARC1; p=reject; adkim=s; aspf=s"]}
    without_key = {**strict, f"nurture._domainkey.{FROM}": []}

    assert (await examined(Names(strict)))["DMARC"].fact == "p=reject, From is aligned by DKIM"
    assert (await examined(Names(without_key)))["DMARC"].level == "fail"
    by_relay = (await examined(Names(strict), None))["DMARC"]
    assert (by_relay.level, by_relay.fact) == ("warn", f"p=reject; SPF for {ENVELOPE} does not stand for {FROM}")


async def test_a_relay_that_signs_is_taken_at_its_word_with_a_warning():
    found = await examined(Names(), None)

    assert (found["DKIM"].level, found["DMARC"].level) == ("warn", "ok")


@pytest.mark.parametrize("servers", [(), (".",)], ids=["none", "a null MX"])
async def test_a_domain_that_takes_no_mail_loses_the_replies(servers):
    assert (await examined(Names(servers=servers)))["MX"].level == "fail"


async def test_a_dns_that_does_not_answer_proves_nothing():
    assert {str(each.level) for each in (await examined(Names(deaf=True))).values()} == {"warn"}


@pytest.mark.parametrize(
    ("record", "mistake"),
    [
        ("v=spf1 ip4:192.0.2.1 ~all", ""),
        ("v=spf1 redirect=_spf.example.net", ""),
        ("v=spf1 mx", "it does not end in -all, ~all or redirect="),
        ("v=spf1 all", "it lets everybody send (+all)"),
        (
            "v=spf1 " + " ".join(f"include:s{n}.example.net" for n in range(11)) + " -all",
            "it needs 11 look-ups, receivers stop after 10",
        ),
    ],
)
def test_spf_is_read_as_receivers_read_it(record, mistake):
    assert spf_mistake(record) == mistake


def test_records_are_found_among_others():
    assert spf_of(["v=spf10 x", "google-site=1", "V=SPF1 -all"]) == ["V=SPF1 -all"]
    assert dmarc_of(["v=DMARC1;p=none", "v=DMARC1;p=none"]) is None
    assert dkim_mistake(["k=rsa; p=AB CD"], "ABCD") == ""


@pytest.mark.parametrize(
    ("header", "proved", "relaxed", "strict"),
    [
        ("news.example.com", "news.example.com", True, True),
        ("news.example.com", "bounce.example.com", True, False),
        ("news.example.co.uk", "other.co.uk", False, False),
        ("example.com", "example.org", False, False),
    ],
)
def test_alignment(header, proved, relaxed, strict):
    assert is_aligned(header, proved, strict=False) is relaxed
    assert is_aligned(header, proved, strict=True) is strict
