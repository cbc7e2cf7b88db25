"""The mail room: what is stored is acknowledged soon, whether or not a workflow can hear it."""

from __future__ import annotations

import asyncio

import pytest

from nurture.inbound import telling
from nurture.inbound.mailroom import MailRoom
from nurture.inbound.telling import Teller
from tests.inbound.letters import REPLY_TO, ROW, SECRET, Heard, mail


class Store(Heard):
    """The ledger with Ada's touch, and an inbox."""

    def __init__(self) -> None:
        super().__init__()
        self.stored = []

    async def find_by_ref(self, _ref):
        return ROW

    async def find_by_message(self, _message_id):
        return ROW

    async def record(self, event):
        self.stored.append(event)
        return event


@pytest.fixture
def store():
    return Store()


def room(store, tell):
    return MailRoom(store, store, store, store, SECRET, Teller(store, store, tell))


async def test_a_reply_is_stored_told_and_noted_as_heard(store):
    told = []

    async def tell(event, _target):
        told.append(event)

    await room(store, tell).receive("ada.keller@example.com", [REPLY_TO], mail("Yes, please call me."))
    assert store.stored == told
    assert store.heard == [event.id for event in told]


async def test_nobody_waits_long_for_a_workflow_that_does_not_hear(store, monkeypatch):
    monkeypatch.setattr(telling, "PATIENCE", 0.0)

    async def tell(_event, _target):
        await asyncio.Event().wait()

    await room(store, tell).receive("ada.keller@example.com", [REPLY_TO], mail("Yes, please call me."))
    assert store.stored
    assert store.heard == []
