"""Whether each touch is in a state that its times allow: asked without the code that moves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nurture.domain.evidence import Evidence, Mark
from nurture.domain.findings import Finding, Promise

_MUST, _MAY, _NOT = True, None, False
_TIMES: Mapping[str, tuple[bool | None, bool | None]] = {
    "intent": (_MAY, _NOT),
    "wire": (_MUST, _NOT),
    "sent": (_MUST, _MUST),
    "delivered": (_MUST, _MUST),
    "refused": (_MAY, _MUST),
    "suppressed": (_NOT, _MUST),
    "cancelled": (_NOT, _MUST),
    "uncertain": (_MUST, _MAY),
}
"""State -> whether it must have a wire mark, and an end."""


def out_of_place(evidence: Evidence) -> Iterator[Finding]:
    """Yield every touch whose state, times and marks do not go together."""
    for mark in evidence.marks:
        fact = _oddity(mark)
        if fact:
            yield Finding(Promise.LEDGER, mark.touch, fact)


def _oddity(mark: Mark) -> str:
    if mark.state not in _TIMES:
        return f'is in a state "{mark.state}" that there is not'
    wire, end = _TIMES[mark.state]
    if wire is not None and wire is not (mark.wire_at is not None):
        return f"is {mark.state} {'without' if wire else 'with'} a wire mark"
    if end is not None and end is not (mark.settled_at is not None):
        return f"is {mark.state} {'without' if end else 'with'} an end"
    if mark.wire_at is not None and mark.wires < 1:
        return f"is {mark.state} and was never on the wire"
    if mark.intent_at is None:
        return f"is {mark.state} and was never begun"
    return ""
