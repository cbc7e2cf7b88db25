"""DKIM: what a receiver sees verifies, byte for byte, and what was touched on the way does not."""

from __future__ import annotations

import email
import re
from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from nurture.channels.email import EmailCarrier
from nurture.channels.mime import mime_bytes
from nurture.channels.signing import DkimSigner
from nurture.domain.errors import Misconfigured
from tests.channels.people import MAIL, Noon, Wire
from tests.channels.smtp_sink import Sink


def pem_of(key, form=PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SIGNER = DkimSigner(pem_of(KEY), "nurture")
LETTER = replace(
    MAIL,
    text=".a dot begins this line\n..two begin this one\n\nGrüße\n.\n\n",
    headers={
        "List-Unsubscribe": "<https://go.example.com/u/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "In-Reply-To": "<first@mail.example.com>",
        "References": " ".join(f"<{n:040}@mail.example.com>" for n in range(9)),
    },
)


def in_dns(name: bytes, timeout: float = 5) -> bytes:
    """Answer as the DNS of the sender's domain would."""
    domain = LETTER.sender.rpartition("@")[2]
    return SIGNER.record.encode() if name == f"nurture._domainkey.{domain}.".encode() else b""


def verifies(raw: bytes) -> bool:
    return dkim.verify(raw, dnsfunc=in_dns)


def signed_headers(raw: bytes) -> list[str]:
    signature = email.message_from_bytes(raw)["DKIM-Signature"]
    (names,) = re.findall(r"\bh=([^;]+);", signature)
    return [name.strip() for name in names.split(":")]


async def test_what_arrives_over_smtp_verifies():
    async with Sink() as sink, EmailCarrier(sink.relay(), Noon(), SIGNER) as carrier:
        await carrier.send(LETTER, Wire())
        await carrier.send(replace(LETTER, headers={}, html=""), Wire())
        contents = [taken.content for taken in sink.taken]

    assert len(contents) == 2
    assert all(verifies(content) for content in contents)
    assert contents[0].startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;")


def test_the_unsubscribing_headers_and_the_thread_are_signed():
    raw = SIGNER.sign(mime_bytes(LETTER, Noon().now()), LETTER.sender)

    must = {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"}
    assert must | {"in-reply-to", "references"} <= set(signed_headers(raw))
    assert len(signed_headers(raw)) == len(set(signed_headers(raw)))
    assert "list-unsubscribe" not in signed_headers(SIGNER.sign(mime_bytes(MAIL, Noon().now()), MAIL.sender)) or (
        "List-Unsubscribe" in MAIL.headers
    )


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"List-Unsubscribe: <https://go", b"List-Unsubscribe: <https://no"),
        (b"One-Click", b"Two-Click"),
        (b"Subject: ", b"Subject: Re: "),
        (b"two begin", b"too begin"),
    ],
)
def test_a_mail_that_was_changed_on_the_way_does_not_verify(was, becomes):
    raw = SIGNER.sign(mime_bytes(LETTER, Noon().now()), LETTER.sender)
    assert verifies(raw)
    assert was in raw

    assert not verifies(raw.replace(was, becomes))


def test_a_key_on_one_line_is_the_same_key():
    on_one_line = pem_of(KEY, PrivateFormat.TraditionalOpenSSL).replace("\n", "\\n")

    assert DkimSigner(on_one_line, "nurture").record == SIGNER.record
    assert repr(SIGNER) == "DkimSigner(nurture, 2048 bits)"


@pytest.mark.parametrize(
    ("pem", "fact"),
    [
        ("hunter2", "no private key in PEM form"),
        (pem_of(ec.generate_private_key(ec.SECP256R1())), "no RSA key of 1,024 bits"),
    ],
    ids=["no key", "an elliptic key"],
)
def test_a_key_that_cannot_sign_is_refused_at_once(pem, fact):
    with pytest.raises(Misconfigured, match=fact) as refused:
        DkimSigner(pem, "nurture")

    assert pem not in str(refused.value)
