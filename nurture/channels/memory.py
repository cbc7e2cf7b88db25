"""A carrier that keeps what it is given: for previews, for channels without a provider, and for tests."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable

from nurture.domain.errors import NurtureError, Unavailable
from nurture.domain.lead import Channel
from nurture.domain.messages import Email, Message, Receipt, body_hash
from nurture.domain.ports import AtTheWire


class Outbox:
    """Keeps messages in `sent`, in order. Keeps the same contract as the carriers that really send.

    `answers` are what the next sends meet: None is a yes, an error is raised. Unavailable comes before the wire, as a
    connection that fails does; every other error comes after it.
    """

    def __init__(self, channel: Channel, answers: Iterable[NurtureError | None] = ()) -> None:
        self.channel = channel
        self.sent: list[Message] = []
        self._answers = deque(answers)

    def will_answer(self, *answers: NurtureError | None) -> None:
        """Line up what the next sends meet."""
        self._answers.extend(answers)

    async def send(self, message: Message, at_the_wire: AtTheWire) -> Receipt:
        """Keep the message and return a receipt that is the same for the same message and place in line."""
        answer = self._answers.popleft() if self._answers else None
        if isinstance(answer, Unavailable):
            raise answer
        await at_the_wire()
        if answer is not None:
            raise answer
        self.sent.append(message)
        return Receipt(_receipt_id(message, len(self.sent)), "kept")

    async def close(self) -> None:
        """Nothing to close; here because every carrier that holds connections has it."""


def outboxes() -> dict[Channel, Outbox]:
    """Return one empty outbox for each channel a machine sends on."""
    return {channel: Outbox(channel) for channel in Channel if channel.is_message}


def _receipt_id(message: Message, place: int) -> str:
    if isinstance(message, Email):
        return message.message_id
    return "SM" + hashlib.sha256(f"{place}/{body_hash(message)}".encode()).hexdigest()[:32]
