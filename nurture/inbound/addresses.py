"""Finds the touch that an address of ours stands for: `b+<token>@…` for bounces, `r+<token>@…` for replies."""

from __future__ import annotations

from collections.abc import Iterable

from nurture.domain.tokens import verify_address

_KINDS = {"b": "verp", "r": "reply"}


def touch_ref_of(address: str, secret: bytes) -> str | None:
    """Return the touch ref that a bounce or reply address carries, or None when it is not one that we signed."""
    local, at, _ = address.strip().strip("<>").rpartition("@")
    prefix, plus, token = local.partition("+")
    kind = _KINDS.get(prefix.lower())
    return verify_address(secret, kind, token) if at and plus and kind else None


def first_touch_ref(addresses: Iterable[str], secret: bytes) -> str | None:
    """Return the touch ref of the first address that carries one, or None."""
    return next((ref for address in addresses if (ref := touch_ref_of(address, secret))), None)


def is_ours(address: str, secret: bytes) -> bool:
    """Whether we would know what to do with a mail to this address (the listener refuses the others)."""
    return touch_ref_of(address, secret) is not None
