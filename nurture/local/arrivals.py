"""Journals of what a provider, a sink or a catcher accepted, one JSON object a line, as an audit reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nurture.domain.errors import Invalid
from nurture.domain.evidence import Arrival
from nurture.local.journal import read_journal

SHAPE = 'one object a line: {"at": ISO time, "channel": "email", "message_id": text, "to": text, "accepted": true}'


def arrivals_in(path: Path) -> Iterator[Arrival]:
    """Yield what a journal says was accepted, oldest first; what was refused is left out.

    The key is `message_id`, `sid` or `id`. `channel` may be left out: a `whatsapp:` number is WhatsApp, an SID (`SM…`)
    a text, anything else a mail. Without `to`, uncertain texts are matched by channel alone. A torn last line is left
    out, as a crash leaves one. Raises Invalid with the line for anything else, and for a file that is not there.
    """
    if not path.is_file():
        raise Invalid(f"There is no journal {path}", remedy=f"Name a file with {SHAPE}")
    number = 0
    try:
        for number, entry in enumerate(read_journal(path), start=1):  # noqa: B007 -- an error names the line
            if entry.get("accepted", True):
                yield _arrival(entry)
    except (ValueError, KeyError, TypeError, AttributeError) as odd:
        raise Invalid(f"{path}:{max(number, 1)} is no line of a journal ({odd!r})", remedy=f"Write {SHAPE}") from odd


def _arrival(entry: Mapping[str, Any]) -> Arrival:
    key = str(entry.get("message_id") or entry.get("sid") or entry["id"])
    to = str(entry.get("to") or "")
    at = datetime.fromisoformat(str(entry["at"]))
    number = to.removeprefix("whatsapp:")
    channel = str(entry.get("channel") or _channel(key, to))
    return Arrival(key, channel, number, at if at.tzinfo else at.replace(tzinfo=UTC))


def _channel(key: str, to: str) -> str:
    if to.startswith("whatsapp:"):
        return "whatsapp"
    return "sms" if key.startswith(("SM", "MM")) else "email"
