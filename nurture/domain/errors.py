"""What can go wrong, as a family tree.

NurtureError                a failure with a reason and, when we know one, a remedy
├── Refused                 a definite no of a provider: nothing went out, asking again changes nothing
├── Unavailable             a definite failure before the wire: nothing went out, later may work
├── Uncertain               the wire was reached and no answer came: it may or may not have gone out
├── Blocked                 a gate of ours said no at the last moment
├── BodyChanged             the same touch id came back with another body
├── LeaseLost               another worker holds this touch now
├── NotFound                there is no such lead, sequence, template, task or hand-off
├── Conflict                somebody else already answered, or the move is not legal
├── Invalid                 input that cannot be accepted, with the place of the mistake
└── Misconfigured           settings or policies that cannot work together
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum


class NurtureError(Exception):
    """A failure with a reason and, when we know one, the next thing to do."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(f"{reason}. {remedy}." if remedy else f"{reason}.")


class Blame(StrEnum):
    """Whose fact a provider's refusal is: it decides what we suppress and what we pause."""

    RECIPIENT = "recipient"  # this address can never be reached on this channel
    OPT_OUT = "opt_out"  # the provider knows that the person said stop
    SENDER = "sender"  # our mailbox, number, domain or account is the problem
    CONTENT = "content"  # this message, not this person
    TEMPORARY = "temporary"  # may work later


class Refused(NurtureError):
    """A provider said no for good; nothing was accepted. `code` is the provider's own (550 5.1.1, 21610).

    `halts` is what must hold still until an operator looks: "sender", "account" or "". `drops` says that this very
    message must not be tried again although the person is not to blame.
    """

    def __init__(
        self, reason: str, *, blame: Blame, code: str = "", remedy: str = "", halts: str = "", drops: bool = False
    ) -> None:
        self.blame, self.code, self.halts, self.drops = blame, code, halts, drops
        super().__init__(reason, remedy=remedy)


class Unavailable(NurtureError):
    """Nothing went out and later may work. `retry_after` is in seconds when the provider named a time, else None.

    `give_up_after` are seconds from the first intent after which one more failure is the last; None: as long as usual.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        retry_after: float | None = None,
        give_up_after: float | None = None,
        remedy: str = "",
    ) -> None:
        self.code, self.retry_after, self.give_up_after = code, retry_after, give_up_after
        super().__init__(reason, remedy=remedy)


class Uncertain(NurtureError):
    """The message reached the wire and no answer came back. Never send it again by itself."""


class Blocked(NurtureError):
    """A gate said no at the wire. `until` is set when the answer is "not yet" (UTC)."""

    def __init__(self, reason: str, *, code: str, until: datetime | None = None) -> None:
        self.code, self.until = code, until
        super().__init__(reason)


class BodyChanged(NurtureError):
    """The same touch id came with a different body: a bug or an edited template, never a second send."""


class LeaseLost(NurtureError):
    """Another worker took this touch over; this one must not reach the wire."""


class NotFound(NurtureError):
    """There is no such thing; the reason names it."""


class Conflict(NurtureError):
    """The state of things does not allow this any more, e.g. a hand-off that a colleague already accepted."""


class Invalid(NurtureError):
    """Input that cannot be accepted. `problems` has one line a mistake, each with its place."""

    def __init__(self, reason: str, *, problems: Sequence[str] = (), remedy: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__(reason, remedy=remedy)


class Misconfigured(NurtureError):
    """Settings or policies that cannot work; start-up lists all of them together."""
