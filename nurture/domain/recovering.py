"""What a workflow knows of a touch that the ledger has lost: how it ended, or that it may have left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nurture.domain.events import Event, EventKind
from nurture.domain.touch import Answer, Touch, TouchAnswer, TouchState

REASON = "known by its workflow"
"""Why a row of the ledger says what it says, when it came from a history."""
_OVERTAKE: Mapping[EventKind, frozenset[EventKind]] = {
    EventKind.OPTED_IN: frozenset({EventKind.OPTED_OUT, EventKind.COMPLAINED}),
    EventKind.PREFERRED: frozenset({EventKind.PREFERRED}),
}


@dataclass(frozen=True, slots=True)
class Known:
    """How a touch ended. `at` is when the attempt began (our time, UTC), never later than its wire mark was."""

    touch: Touch
    state: TouchState
    at: datetime
    sender: str = ""
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One send activity as its history has it: begun `at`, last heard of at `seen` (our time, UTC).

    `lost`: a try of it ended without a word of its worker, so that it may have left.
    """

    touch: Touch
    at: datetime
    seen: datetime
    answer: TouchAnswer | None = None
    lost: bool = False


def known_of(attempt: Attempt) -> Known | None:
    """Return what an attempt says of its touch, None when nothing can have left and it goes on."""
    answer = attempt.answer
    if answer is None or answer.answer is Answer.NOT_YET:
        return Known(attempt.touch, TouchState.UNCERTAIN, attempt.at) if attempt.lost else None
    state = {Answer.SENT: TouchState.SENT, Answer.UNKNOWN: TouchState.UNCERTAIN}.get(answer.answer)
    if state is None:  # never: a provider refused it, or a gate before anybody was asked to carry it
        state = TouchState.REFUSED if answer.sender else TouchState.SUPPRESSED
    return Known(attempt.touch, state, attempt.at, answer.sender, answer.code, answer.why)


def ends_of(attempts: Iterable[Attempt], since: datetime | None) -> Mapping[str, Known]:
    """Return how each touch ended, in the order of the attempts. Doubts from before `since` (UTC) were settled then.

    What may have left stays uncertain, unless a later attempt was sent.
    """
    ends: dict[str, Known] = {}
    for attempt in sorted(attempts, key=lambda each: each.at):
        known = known_of(attempt)
        if known is None or (attempt.lost and since is not None and attempt.seen < since):
            continue
        before = ends.get(known.touch.id)
        if before is None or (before.state is TouchState.UNCERTAIN and known.state is TouchState.SENT):
            ends[known.touch.id] = known
    return ends


def is_overtaken(fact: Event, facts: Iterable[Event]) -> bool:
    """Whether a person's yes or choice is older than a word of theirs that the inbox has, which it must not undo."""
    stronger = _OVERTAKE.get(fact.kind, frozenset())
    return any(later.kind in stronger and later.at >= fact.at for later in facts)
