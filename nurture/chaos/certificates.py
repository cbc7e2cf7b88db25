"""The certificates of a relay that speaks TLS, made for one run: one that holds, and two that nobody should believe."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOLDS, OTHER_NAME, UNKNOWN = "holds", "other name", "unknown"
"""Which certificate is shown: ours, one of the same authority for another host, one that vouches for itself."""
_HERE = x509.IPAddress(ip_address("127.0.0.1"))
_ELSEWHERE = x509.DNSName("relay.example.com")


@dataclass(frozen=True, slots=True)
class Certificates:
    """What the relay can show, by name; who trusts `authority` (a PEM file) believes the one that `HOLDS`."""

    authority: Path
    shown: Mapping[str, ssl.SSLContext]


@dataclass(frozen=True, slots=True)
class _Signed:
    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.certificate.public_bytes(Encoding.PEM) + key


def certificates_in(folder: Path) -> Certificates:
    """Make an authority and what the relay may show, keys and all, in `folder`."""
    ours = _signed("authority")
    authority = folder / "authority.pem"
    authority.write_bytes(ours.certificate.public_bytes(Encoding.PEM))
    made = {HOLDS: _signed("relay", _HERE, ours), OTHER_NAME: _signed("other", _ELSEWHERE, ours)}
    made[UNKNOWN] = _signed("stranger", _HERE)
    return Certificates(authority, {name: _context(each, folder / f"{name}.pem") for name, each in made.items()})


def _signed(name: str, host: x509.GeneralName | None = None, by: _Signed | None = None) -> _Signed:
    """Return a certificate for `host`, or that of an authority; without `by` it vouches for itself."""
    key, began = generate_private_key(SECP256R1()), datetime.now(UTC) - timedelta(days=1)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    )
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False)
    return _Signed(key, builder.sign(by.key if by else key, hashes.SHA256()))


def _context(shown: _Signed, file: Path) -> ssl.SSLContext:
    file.touch(mode=0o600)
    file.write_bytes(shown.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
