"""Who is the same person: an id made from what a row knows, so that importing twice makes nobody twice."""

from __future__ import annotations

import hashlib
from uuid import UUID

from nurture.domain.errors import Invalid

_NAMESPACE = UUID("b7ad4c3e-8f0e-5c55-9d6b-4d1f4f0a7c11").bytes
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
    digest = bytearray(hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
