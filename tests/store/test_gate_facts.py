"""What the last gate is told, and that it is told the truth of this moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture.domain.consent import Basis, Consent
from nurture.domain.errors import Invalid
from nurture.domain.events import EventKind
from nurture.domain.gates import Refusal, Verdict
from nurture.domain.lead import Channel, Purpose
from nurture.domain.touch import TouchState


async def test_a_stranger_has_no_facts(store, make, clock):
    found = await store.ledger.outset(make.touch("lead-nobody"), clock.now())

    assert (found.row, found.first, found.facts) == (None, None, None)


async def test_a_touch_begins_with_its_own_row_and_its_conversation(store, ada, make, send, clock):
    first, again = make.touch(ada.id, "hello"), make.touch(ada.id, "nudge", thread=make.touch(ada.id, "hello").id)
    await send(first)
    reserved = await store.ledger.reserve(make.intent(again), clock.now())

    found = await store.ledger.outset(again, clock.now())

    assert found.row == reserved
    assert found.first == await store.ledger.find(first.id)
    assert found.facts is not None
    assert found.facts.contact.id == ada.id


async def test_the_person_and_the_consents_are_there(store, make, clock):
    consent = Consent(
        make.ada.id, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS, clock.now(), "form", "Yes, write me"
    )
    await store.leads.save([make.ada], [consent])

    facts = (await store.ledger.outset(make.touch(make.ada.id), clock.now())).facts

    assert facts.contact == replace(make.ada, created_at=clock.now())
    assert facts.consents == (consent,)
    assert (tuple(facts.suppressions), tuple(facts.recent), facts.unheard, facts.halted) == ((), (), False, ())


async def test_recent_wire_marks_are_those_of_31_days_that_may_have_arrived(store, ada, ken, make, send, clock):
    await send(make.touch(ada.id, "long-ago"))
    clock.pass_by(days=31)
    sent_at = clock.now()
    await send(make.touch(ada.id, "nudge", Channel.SMS))
    await send(make.touch(ken.id))
    failed = make.touch(ada.id, "failed")
    row = await store.ledger.reserve(make.intent(failed), clock.now())
    await store.ledger.mark_wire(failed.id, row.fence, clock.now(), lambda facts: None)
    await store.ledger.settle(failed.id, row.fence, TouchState.INTENT, clock.now())
    unknown_at = clock.pass_by(hours=1)
    unknown = make.touch(ada.id, "unknown")
    row = await store.ledger.reserve(make.intent(unknown), clock.now())
    await store.ledger.mark_wire(unknown.id, row.fence, clock.now(), lambda facts: None)

    facts = (await store.ledger.outset(make.touch(ada.id, "next"), clock.now())).facts
    own = (await store.ledger.outset(unknown, clock.now())).facts

    assert facts.recent == ((Channel.SMS, sent_at), (Channel.EMAIL, unknown_at))
    assert own.recent == ((Channel.SMS, sent_at),)  # the touch in question is not among them


@pytest.mark.parametrize(
    ("kind", "details", "silences"),
    [
        pytest.param(EventKind.REPLIED, {"intent": "question"}, True, id="a reply"),
        pytest.param(EventKind.OPTED_OUT, {"channel": "sms"}, True, id="an opt-out"),
        pytest.param(EventKind.COMPLAINED, {}, True, id="a complaint"),
        pytest.param(EventKind.STOPPED, {"by": "anna"}, True, id="a stop by hand"),
        pytest.param(EventKind.BOUNCED, {"hard": True}, True, id="a hard bounce"),
        pytest.param(EventKind.BOUNCED, {"hard": False}, False, id="a soft bounce"),
        pytest.param(EventKind.CLICKED, {"link": "pricing"}, False, id="a click"),
        pytest.param(EventKind.AUTO_REPLIED, {}, False, id="an out-of-office"),
    ],
)
async def test_what_silences_is_unheard_until_planner_and_workflow_know(
    store, ada, make, clock, kind, details, silences
):
    event = await store.inbox.record(make.event(kind, ada.id, details=details))

    async def unheard(heard: int) -> bool:
        return (await store.ledger.outset(make.touch(ada.id, heard=heard), clock.now())).facts.unheard

    assert await unheard(event.seq - 1) is silences
    assert await unheard(event.seq) is silences  # no workflow was told yet
    await store.inbox.told([event.id], clock.now())
    assert await unheard(event.seq - 1) is silences  # told, but this touch was planned before
    assert await unheard(event.seq) is False


async def test_somebody_elses_reply_does_not_silence(store, ada, ken, make, clock):
    await store.inbox.record(make.event(EventKind.REPLIED, ken.id))

    assert not (await store.ledger.outset(make.touch(ada.id), clock.now())).facts.unheard


async def test_a_switch_that_is_off_is_named_when_it_matches(store, ada, make, clock):
    for key in ("channel:sms", "sequence:trial", "template:email/welcome", "sender:ada@mail", "sender:ben@mail"):
        await store.halts.halt(key, why="complaints", by="olga", now=clock.now())
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    seen = []

    def check(facts):
        seen.extend(facts.halted)
        return Verdict(Refusal.HALTED, "switched off")

    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), check)
    facts = (await store.ledger.outset(touch, clock.now())).facts

    assert [halt.key for halt in seen] == ["sender:ada@mail", "sequence:trial", "template:email/welcome"]
    assert [halt.key for halt in facts.halted] == [
        "sequence:trial",
        "template:email/welcome",
    ]  # no sender is booked yet


async def test_every_kind_of_switch_holds_at_the_wire(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    keys = ("all", "channel:email", "sequence:trial", "step:trial/welcome", "template:email/welcome", "sender:ada@mail")
    seen = []

    def check(facts):
        seen.append([halt.key for halt in facts.halted])
        return Verdict(Refusal.HALTED, "off") if facts.halted else None

    for key in keys:
        await store.halts.halt(key, why="drill", by="olga", now=clock.now())
        verdict = await store.ledger.mark_wire(touch.id, row.fence, clock.now(), check)
        await store.halts.lift(key, why="done", by="olga", now=clock.now())

        assert (verdict.code, seen[-1]) == (Refusal.HALTED, [key])
    assert await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda facts: None) is None


async def test_a_switch_is_listed_until_it_is_on_again(store, clock):
    assert await store.halts.halt("all", why="fire drill", by="olga", now=clock.now())
    assert not await store.halts.halt("all", why="second thoughts", by="max", now=clock.pass_by(minutes=1))

    (halt,) = await store.halts.current(clock.now())

    began = clock.now() - timedelta(minutes=1)
    assert (halt.key, halt.why, halt.by, halt.since) == ("all", "fire drill", "olga", began)
    assert await store.halts.lift("all", why="over", by="max", now=clock.now()) == halt
    assert await store.halts.lift("all", why="over", by="max", now=clock.now()) is None
    assert await store.halts.current(clock.now()) == []
    log = [(each.key, each.act, each.by, each.why, each.at) for each in await store.halts.log()]
    assert log == [("all", "lifted", "max", "over", clock.now()), ("all", "halted", "olga", "fire drill", began)]
    for wrong in ("planet:mars", "channel:", "everything"):
        with pytest.raises(Invalid):
            await store.halts.halt(wrong, why="", by="", now=clock.now())


async def test_a_pause_ends_by_itself_and_the_longer_one_stands(store, ada, make, clock):
    noon, evening = clock.now() + timedelta(hours=3), clock.now() + timedelta(hours=9)
    key = "sequence:trial"
    assert await store.halts.halt(key, why="queue", by="breaker", now=clock.now(), until=noon, code="21611")
    assert await store.halts.halt(key, why="cap", by="breaker", now=clock.now(), until=evening, code="30023")
    assert not await store.halts.halt(key, why="queue", by="breaker", now=clock.now(), until=noon, code="21611")

    (pause,) = (await store.ledger.outset(make.touch(ada.id), clock.now())).facts.halted
    after = (await store.ledger.outset(make.touch(ada.id), evening)).facts

    assert (pause.why, pause.until, pause.code) == ("cap", evening, "30023")
    assert after.halted == ()
    assert await store.halts.current(evening) == []
    assert await store.halts.lift(key, why="", by="", now=evening) is None
    assert await store.halts.halt(key, why="again", by="olga", now=evening)
