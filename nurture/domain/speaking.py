"""Who of a pool may speak to a person now: registered, not paused, and the one the person knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nurture.domain.calendar import Calendar
from nurture.domain.errors import Blocked
from nurture.domain.gates import Refusal
from nurture.domain.halts import Halt, look_again
from nurture.domain.senders import Sender, unregistered


def chosen(
    senders: Sequence[Sender],
    held: Sequence[Halt],
    own: str | None,
    *,
    moves: bool,
    at: datetime,
    calendar: Calendar | None = None,
) -> Sequence[Sender]:
    """Return the senders that may speak at `at` (UTC), the person's own first; the rest in the order given.

    `held` are the switches that stop senders; `own` is the one that spoke to this person before. Whoever knows a
    mailbox waits for it while it is paused, as an answer from a stranger in the same thread looks like a mistake;
    `moves` says that the pool would rather go on. Raises Blocked with the code `sender_paused`, `halted` or
    `sender_unregistered` and when to ask again.
    """
    stopped = {halt.key.partition(":")[2]: halt for halt in held}
    known = [sender for sender in senders if sender.id == own]
    if known and own in stopped and not moves:
        raise _paused([stopped[own]], at, calendar)
    registered = [sender for sender in senders if not unregistered(sender)]
    if not registered:
        lacks = "; ".join(unregistered(sender) for sender in senders)
        raise Blocked(lacks, code=Refusal.SENDER_UNREGISTERED, until=_open(look_again((), at), calendar))
    ready = [sender for sender in registered if sender.id not in stopped]
    if not ready:
        raise _paused([stopped[sender.id] for sender in registered], at, calendar)
    return sorted(ready, key=lambda sender: sender.id != own)


def _paused(held: Sequence[Halt], at: datetime, calendar: Calendar | None) -> Blocked:
    code = Refusal.SENDER_PAUSED if all(halt.is_pause for halt in held) else Refusal.HALTED
    soonest = min(look_again([halt], at) for halt in held)
    return Blocked("; ".join(map(str, held)), code=code, until=_open(soonest, calendar))


def _open(at: datetime, calendar: Calendar | None) -> datetime:
    return calendar.next_open(at) if calendar is not None else at
