"""What a provider that misbehaves can do, and when: the vocabulary shared by the mail sink and the Twilio stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a conversation has come when the provider may do something."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"  # the client wants to go on behind TLS
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # the client said DATA: our wire mark is set
    BODY = "body"  # 354 was said: the first bytes of the message come in
    DOT = "dot"  # the whole message is here, and nothing was answered
    AFTER = "after"  # 250 was written
    QUIT = "quit"
    POST = "post"  # an HTTP request to make a message is here whole


class Kind(StrEnum):
    """What is done instead of the ordinary answer."""

    ANSWER = "answer"  # say `text`
    DROP = "drop"  # close the connection, orderly
    RESET = "reset"  # close it with a TCP reset
    HANG = "hang"  # say nothing until the client gives up
    POSE = "pose"  # show the certificate called `text`
    HOLD = "hold"  # say nothing until the hold is released, then go on as usual


@dataclass(frozen=True, slots=True)
class Act:
    """One misdeed. `accepted` says whether the message is taken, and journalled, before it."""

    kind: Kind
    text: str = ""
    accepted: bool = False
    status: int = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the conversation stands: which worker's door, and the recipient ("" before RCPT)."""

    stage: Stage
    door: str
    to: str = ""


Rule = Callable[[Moment], Act | None]
"""Says what to do at a moment; None leaves it to the next rule, and in the end to good behaviour."""


class Temper:
    """The rules a provider behaves by at present: the newest that has something to say wins."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def act(self, moment: Moment) -> Act | None:
        """Return what to do at this moment, None to behave."""
        return next((act for rule in reversed(self._rules) if (act := rule(moment)) is not None), None)

    def add(self, rule: Rule) -> None:
        """Behave by `rule` from now on."""
        self._rules.append(rule)

    def drop(self, rule: Rule) -> None:
        """Behave by `rule` no longer."""
        self._rules.remove(rule)

    @contextmanager
    def behaving(self, *rules: Rule) -> Iterator[None]:
        """Behave by `rules` for the length of a `with`."""
        self._rules += rules
        try:
            yield
        finally:
            for rule in rules:
                self._rules.remove(rule)


def answers(text: str, *, accepted: bool = False) -> Act:
    """Return the act of saying `text`."""
    return Act(Kind.ANSWER, text, accepted)
