"""DKIM (RFC 6376): our own signature under the headers and the body, for relays that do not sign for us."""

from __future__ import annotations

import base64

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from nurture.channels.mime import ascii_domain
from nurture.domain.errors import Misconfigured

SIGNED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
)
"""Headers under the signature, as far as the mail has them: the unsubscribing ones must be (RFC 8058 4, E4)."""
_LEAST_BITS = 1_024
_CANONICAL = (b"relaxed", b"relaxed")


class DkimSigner:
    """Signs mails for the domain in From with one RSA key. `repr` shows no key."""

    def __init__(self, pem: str, selector: str) -> None:
        r"""Read the key; line ends may be written as \n. Raises Misconfigured for anything but a plain RSA key."""
        key = _read(pem.replace("\\n", "\n").encode())
        self.bits, self.selector = key.key_size, selector
        self._pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(public).decode()

    def __repr__(self) -> str:
        return f"DkimSigner({self.selector}, {self.bits} bits)"

    @property
    def record(self) -> str:
        """The TXT record that must stand at `<selector>._domainkey.<domain>`."""
        return f"v=DKIM1; k=rsa; p={self.public}"

    def sign(self, raw: bytes, sender: str) -> bytes:
        """Return the whole message (CRLF line ends) with a DKIM-Signature of the domain of `sender` on top.

        Sign last: the bytes returned are the bytes to send.
        """
        mail = dkim.DKIM(raw)
        there = {name.lower() for name, _ in mail.headers}
        names = [name.encode() for name in SIGNED if name.lower().encode() in there]
        domain = ascii_domain(sender).rpartition("@")[2].lower().encode()
        signature: bytes = mail.sign(
            self.selector.encode(), domain, self._pem, canonicalize=_CANONICAL, include_headers=names
        )
        return signature + raw


def _read(pem: bytes) -> RSAPrivateKey:
    remedy = "Make one with: openssl genrsa -out dkim.pem 2048"
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise Misconfigured("NURTURE_DKIM_KEY is no private key in PEM form", remedy=remedy) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise Misconfigured("NURTURE_DKIM_KEY is no RSA key of 1,024 bits or more", remedy=remedy)
    return key
