"""A keyed seal on every row of the ledger: whoever edits a row past this code, without the secret, is found."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from nurture.store.columns import json_text

_PURPOSE = b"nurture: seals of the ledger, version 1"
_LENGTH = 16
"""Bytes: 128 bits, more than anybody can guess."""

_WORDS = ("id", "ref", "lead", "sequence", "step", "channel", "thread", "touch", "state")
_ANSWERS = ("message_id", "body_hash", "sender", "receipt", "code", "to", "subject", "reason")
_COUNTS = ("fence", "wires")
_MOMENTS = ("lease_until", "intent_at", "wire_at", "settled_at")


@dataclass(frozen=True, slots=True)
class Seal:
    """A keyed BLAKE2b (RFC 7693) of the columns of a row; a few microseconds, and no statement more.

    Not covered: `n` (the database gives it), `lease_seconds`, and a row that is put back as it once was. A row that is
    gone leaves no seal: see `nurture.store.traces`.
    """

    key: bytes = field(repr=False)

    def of(self, row: Mapping[str, Any]) -> str:
        """Return the seal of a whole row, or of the columns of a new one."""
        get = row.get
        said = [get(name) or "" for name in (*_WORDS, *_ANSWERS)]
        said += [str(get(name) or 0) for name in _COUNTS]
        said += [_moment(get(name)) for name in _MOMENTS]
        said.append(json_text(list(chain)) if (chain := get("references")) else "")
        return blake2b("\0".join(said).encode(), key=self.key, digest_size=_LENGTH).hexdigest()

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row is as this code wrote it."""
        return hmac.compare_digest(str(row["seal"]), self.of(row))


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at.timestamp():.6f}"  # the same for both databases, whatever zone they speak


@lru_cache(maxsize=8)
def seal_with(secret: bytes) -> Seal:
    """Return the seal of a store whose secret this is; the key is derived, so it serves for nothing else."""
    return Seal(hmac.digest(secret, _PURPOSE, "sha256"))
