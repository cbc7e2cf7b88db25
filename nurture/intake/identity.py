"""Who is the same person: an id made from what a row knows, so that importing twice makes nobody twice."""

from __future__ import annotations

import hashlib
from uuid import UUID

from nurture.domain.errors import Invalid

_NAMESPACE = UUID("b7ad4c3e-8f0e-5c55-9d6b-4d1f4f0a7c11").bytes
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_UNMISTAKABLE = 15
"""Characters from which a foreign id is taken as unique in the world: a Salesforce id has 15, a UUID 36."""


def identity(system: str, prospect_id: str, email: str, phone: str) -> str:
    """Return the person's id (a version 5 UUID, RFC 9562) from the prospect id, else the address, else the number.

    A short prospect id such as 1001 counts only when `system` says whose it is: two systems' 1001 are two people.
    Raises Invalid when there is nothing to tell the person by.
    """
    if prospect_id and (system or len(prospect_id) >= _UNMISTAKABLE):
        return _uuid5(f"prospect:{system}:{prospect_id}")
    if email:
        return _uuid5(f"email:{email}")
    if phone:
        return _uuid5(f"phone:{phone}")
    raise Invalid("there is nothing to tell this person by")


def _uuid5(name: str) -> str:
    digits = hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"
