"""Signed, opaque tokens for links that come back from the outside: clicks, pixels, unsubscribes, bounces, replies."""

from __future__ import annotations

import base64
import hashlib
import hmac

_MAC_BYTES = 16


def sign(secret: bytes, kind: str, payload: str) -> str:
    """Return `<payload>.<mac>` in URL-safe base64 without padding; `kind` keeps a token from being used elsewhere."""
    return f"{_b64(payload.encode())}.{_b64(_mac(secret, kind, payload))}"


def verify(secret: bytes, kind: str, token: str) -> str | None:
    """Return the payload of a token that `sign` made for the same kind, or None for anything else."""
    body, dot, mac = token.partition(".")
    try:
        payload = _unb64(body).decode()
        genuine = bool(dot) and hmac.compare_digest(_unb64(mac), _mac(secret, kind, payload))
    except ValueError:
        return None
    return payload if genuine else None


def sign_address(secret: bytes, kind: str, payload: str) -> str:
    """Return a token of lower-case letters and digits, safe in the local part of an e-mail address.

    Mail systems may fold case, so base64 cannot be used there: base32, `<payload>-<mac>`.
    """
    return f"{_b32(payload.encode())}-{_b32(_mac(secret, kind, payload)[:10])}"


def verify_address(secret: bytes, kind: str, token: str) -> str | None:
    """Return the payload of a token that `sign_address` made for the same kind, or None."""
    body, dash, mac = token.lower().rpartition("-")
    try:
        payload = _unb32(body).decode()
        genuine = bool(dash) and hmac.compare_digest(_unb32(mac), _mac(secret, kind, payload)[:10])
    except ValueError:
        return None
    return payload if genuine else None


def _mac(secret: bytes, kind: str, payload: str) -> bytes:
    return hmac.new(secret, f"{kind}\0{payload}".encode(), hashlib.sha256).digest()[:_MAC_BYTES]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _b32(raw: bytes) -> str:
    return base64.b32encode(raw).rstrip(b"=").decode().lower()


def _unb32(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
