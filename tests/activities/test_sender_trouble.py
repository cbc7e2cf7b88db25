"""A provider that refuses our sender pauses the sender, never the person, and no message is lost or repeated for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.channels.memory import Outbox
from nurture.domain.errors import Blame, Refused
from nurture.domain.lead import Channel
from nurture.domain.touch import Answer, TouchState


class Refusing(Outbox):
    """A wire that refuses our sender with a code as often as told, then works."""

    def __init__(self, code: str, times: int):
        super().__init__(Channel.EMAIL)
        self.code, self.times = code, times

    async def send(self, message, at_the_wire):
        if self.times:
            self.times -= 1
            await at_the_wire()
            raise Refused("it was refused", blame=Blame.SENDER, code=self.code)
        return await super().send(message, at_the_wire)


async def test_a_paused_sender_waits_and_the_touch_leaves_when_it_is_lifted(office, ada, touch):
    office.outboxes[Channel.EMAIL] = Refusing("550 5.7.515", 1)
    refused = await office.sends(touch())
    office.clock.time = refused.until
    held = await office.sends(touch())
    ken = await office.knows("ken", "+447700900143")
    other = await office.sends(touch(lead=ken))
    await office.store.halts.lift("sender:team-one", why="DKIM is back", by="olga", now=office.clock.now())
    office.clock.time = held.until

    sent = await office.sends(touch())

    assert (refused.answer, refused.code) == (Answer.NOT_YET, "sender_trouble")
    assert [(each.answer, each.code) for each in (held, other)] == [(Answer.NOT_YET, "sender_paused")] * 2
    assert "Outlook: the domain lacks SPF, DKIM or DMARC (550 5.7.515)" in held.why
    assert sent.answer is Answer.SENT
    assert await office.store.leads.suppressions(ada) == ()


@pytest.mark.parametrize(("code", "times"), [("550 5.7.1", 2), ("30007", 1)], ids=["one odd server", "a filtered text"])
async def test_a_message_that_cannot_be_repeated_ends_and_closes_no_channel(office, ada, touch, code, times):
    office.outboxes[Channel.EMAIL] = Refusing(code, times)
    answers = []
    for _ in range(times):
        answers.append(await office.sends(touch()))
        office.clock.pass_by(hours=2)

    assert (answers[-1].answer, answers[-1].code) == (Answer.NEVER, "sender")
    assert (await office.row(touch())).state is TouchState.REFUSED
    assert await office.store.leads.suppressions(ada) == ()
    assert await office.store.inbox.of_lead(ada) == []


async def test_a_second_mail_that_a_server_refuses_for_its_own_reasons_holds_up_nobody_else(office, ada, touch):
    office.outboxes[Channel.EMAIL] = Refusing("550 5.7.1", 2)
    await office.sends(touch())
    office.clock.pass_by(hours=1)
    await office.sends(touch())
    ken = await office.knows("ken", "+447700900143")
    office.clock.pass_by(minutes=2)

    assert (await office.sends(touch(lead=ken))).answer is Answer.SENT
    assert await office.store.halts.current(office.clock.now() + timedelta(seconds=1)) == []
