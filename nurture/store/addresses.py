"""Addresses that were forgotten but must stay silent: a keyed hash recognises them, nobody can read them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from nurture.domain.lead import Channel

_MAIL = frozenset({Channel.EMAIL})
_PHONE = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.CALL})


@dataclass(frozen=True, slots=True)
class AddressHash:
    """HMAC-SHA256 of an address. With another key no old suppression is recognised, so the key must not change."""

    key: bytes = field(repr=False)

    def of(self, address: str | None) -> str | None:
        """Return 64 hex digits for an address, None for none. E-mail addresses are compared without case."""
        if not address:
            return None
        return hmac.digest(self.key, address.casefold().encode(), "sha256").hex()

    def columns(self, channel: str, email: str | None, phone: str | None) -> dict[str, str | None]:
        """Return the hashes a suppression of `channel` ("" = all) keeps: only of the address the channel uses."""
        return {
            "email_hash": None if channel in _PHONE else self.of(email),
            "phone_hash": None if channel in _MAIL else self.of(phone),
        }
