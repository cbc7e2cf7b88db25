"""What a journey remembers of the facts it heard: for each key the last time, never a list that grows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar

_REMEMBERED = {
    EventKind.OPENED: "opened",
    EventKind.CLICKED: "clicked",
    EventKind.REPLIED: "replied",
    EventKind.HAPPENED: "happened",
    EventKind.AUTO_REPLIED: "out_of_office",
    EventKind.BOUNCED: "bounced",
    EventKind.DELIVERED: "delivered",
    EventKind.OPTED_IN: "confirmed",
}
_CLICKED, _HAPPENED = EventKind.CLICKED, EventKind.HAPPENED


def fact_key(kind: str, *, step: str = "", detail: str = "", fields: Mapping[str, Scalar] | None = None) -> str:
    """Return the key of a fact: `clicked@welcome#pricing`, `replied#interested`, `happened#used_feature?name=import`.

    Conditions ask by the same key that `keys_of` writes, so asking is one dictionary look-up.
    """
    key = _key(kind, step, detail)
    if not fields:
        return key
    return f"{key}?{'&'.join(f'{name}={_text(value)}' for name, value in sorted(fields.items()))}"


@lru_cache(maxsize=16_384)
def _key(kind: str, step: str, detail: str) -> str:
    """Return the key of a fact without fields: always the same string, so that a memory of it costs no text."""
    return f"{kind}{'@' + step if step else ''}{'#' + detail if detail else ''}"


def keys_of(event: Event, *, step: str = "") -> list[str]:
    """Return every key under which a condition may later ask for `event`; `step` when it answers a step of ours."""
    kind = _REMEMBERED.get(event.kind)
    if kind is None or (event.kind is _CLICKED and not event.details.get("human", True)):
        return []
    detail = event.name or str(event.details.get("intent") or event.details.get("link") or "")
    places = {"", step}
    keys = [fact_key(kind, step=place, detail=what) for place in places for what in {"", detail}]
    if event.kind is _HAPPENED:
        keys += [fact_key(kind, detail=detail, fields={name: value}) for name, value in event.details.items()]
    return sorted(keys)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
