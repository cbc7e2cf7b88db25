"""The send protocol: every end a touch can come to, and what a worker finds that comes after a dead one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from nurture.channels.memory import Outbox
from nurture.domain.errors import Blame, Refused, Unavailable, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.messages import Sms, body_hash
from nurture.domain.touch import Answer, TouchState
from tests.activities.conftest import LEASE, MONDAY, Killed


class DeadlyWire(Outbox):
    """A wire on which the worker dies, before or after the mark; then it works."""

    def __init__(self, *, marked: bool):
        super().__init__(Channel.EMAIL)
        self.marked, self.alive = marked, False

    async def send(self, message, at_the_wire):
        if self.alive:
            return await super().send(message, at_the_wire)
        self.alive = True
        if self.marked:
            await at_the_wire()
        raise Killed


async def dies(office, touch, *, marked):
    """Let a worker die with the touch in its hands."""
    office.outboxes[Channel.EMAIL] = DeadlyWire(marked=marked)
    with pytest.raises(Killed):
        await office.sends(touch)


async def test_a_touch_is_sent_once_however_often_it_is_asked_for(office, ada, touch):
    first, again = await office.sends(touch()), await office.sends(touch())

    assert (first.answer, again.answer) == (Answer.SENT, Answer.SENT)
    assert first.sender == again.sender != ""
    [mail] = office.mails.sent
    row = await office.row(touch())
    assert (row.state, row.message_id, row.to) == (TouchState.SENT, mail.message_id, "ada.okafor@example.com")


# --- workers that die ------------------------------------------------------------------------------------------------


async def test_a_worker_that_died_before_the_wire_is_followed_by_another_that_sends(office, ada, touch):
    await dies(office, touch(), marked=False)
    before = await office.row(touch())

    with pytest.raises(ApplicationError) as held:
        await office.sends(touch())
    assert held.value.type == "LeaseLost"
    assert not held.value.non_retryable
    office.clock.time += LEASE
    answer = await office.sends(touch())

    assert answer.answer is Answer.SENT
    row = await office.row(touch())
    assert (row.message_id, row.fence) == (before.message_id, before.fence + 1)
    assert len(office.mails.sent) == 1


async def test_a_worker_that_died_on_the_wire_leaves_a_touch_that_is_never_sent_again(office, ada, touch):
    await dies(office, touch(), marked=True)

    with pytest.raises(ApplicationError) as held:
        await office.sends(touch())
    assert held.value.type == "LeaseLost"
    office.clock.time += LEASE
    answers = [await office.sends(touch()) for _ in range(3)]

    assert {answer.answer for answer in answers} == {Answer.UNKNOWN}
    assert (await office.row(touch())).state is TouchState.UNCERTAIN
    assert office.mails.sent == []


async def test_what_a_dead_worker_left_is_unknown_even_for_somebody_who_said_stop_meanwhile(office, ada, touch):
    await dies(office, touch(), marked=True)
    await office.hears(ada, EventKind.OPTED_OUT, channel="", how="page")
    office.clock.time += LEASE

    assert (await office.sends(touch())).answer is Answer.UNKNOWN


async def test_a_worker_that_died_after_the_answer_leaves_a_sent_touch(office, ada, touch, monkeypatch):
    settle = office.store.ledger.settle

    async def settles_and_dies(*args, **kwargs):
        await settle(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(office.store.ledger, "settle", settles_and_dies)
    with pytest.raises(Killed):
        await office.sends(touch())
    monkeypatch.undo()

    assert (await office.sends(touch())).answer is Answer.SENT
    assert len(office.mails.sent) == 1


async def test_a_template_edited_before_the_wire_is_the_one_that_leaves(office, ada, touch):
    await dies(office, touch(), marked=False)
    office.clock.time += LEASE

    await office.sends(touch(template="case-study"))

    [mail] = office.mails.sent
    assert (await office.row(touch())).subject == mail.subject


class AnswersAfterTheMark(Outbox):
    """A wire that says after the mark that it took nothing, once."""

    def __init__(self):
        super().__init__(Channel.EMAIL)
        self.busy = True

    async def send(self, message, at_the_wire):
        if self.busy:
            self.busy = False
            await at_the_wire()
            raise Unavailable("451 try again", code="451")
        return await super().send(message, at_the_wire)


async def test_a_body_that_changed_after_the_wire_is_not_sent(office, ada, touch):
    office.outboxes[Channel.EMAIL] = AnswersAfterTheMark()
    with pytest.raises(ApplicationError):
        await office.sends(touch())

    answer = await office.sends(touch(template="case-study"))

    assert (answer.answer, answer.code) == (Answer.UNKNOWN, "body_changed")
    assert office.mails.sent == []


# --- the gates -------------------------------------------------------------------------------------------------------


async def test_somebody_who_says_stop_at_the_last_moment_gets_nothing(office, ada, touch):
    class StopsAtTheDoor(Outbox):
        async def send(self, message, at_the_wire):
            await office.hears(ada, EventKind.OPTED_OUT, channel="email", how="page")
            return await super().send(message, at_the_wire)

    office.outboxes[Channel.EMAIL] = StopsAtTheDoor(Channel.EMAIL)

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NEVER, "suppressed")
    assert office.mails.sent == []
    assert (await office.row(touch())).state is TouchState.SUPPRESSED


async def test_a_reply_at_the_last_moment_makes_the_planner_think_again(office, ada, touch):
    class RepliesAtTheDoor(Outbox):
        async def send(self, message, at_the_wire):
            self.reply = await office.hears(ada, EventKind.REPLIED, intent="question", channel="email")
            return await super().send(message, at_the_wire)

    office.outboxes[Channel.EMAIL] = wire = RepliesAtTheDoor(Channel.EMAIL)

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "unheard")
    assert answer.until > office.clock.now()
    assert (await office.row(touch())).state is TouchState.INTENT
    office.outboxes[Channel.EMAIL] = Outbox(Channel.EMAIL)
    await office.store.inbox.told([wire.reply.id], office.clock.now())
    assert (await office.sends(touch(heard=wire.reply.seq))).answer is Answer.SENT


async def test_a_touch_outside_its_window_waits_for_it(office, ada, touch):
    office.clock.pass_by(hours=10)

    answer = await office.sends(touch(window="office-hours"))

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "outside_window")
    assert office.mails.sent == []
    office.clock.time = answer.until
    assert (await office.sends(touch(window="office-hours"))).answer is Answer.SENT


async def test_a_full_sender_books_a_place_and_the_touch_leaves_at_that_time(office, ada, touch):
    await office.sends(touch())
    second = touch(lead=await office.knows("bob", "+447700900143"))

    answer = await office.sends(second)

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "sender_full")
    assert office.clock.now() < answer.until < office.clock.now() + timedelta(minutes=1)
    office.clock.time = answer.until
    assert (await office.sends(second)).answer is Answer.SENT


async def test_a_place_of_yesterday_is_none_of_today(office, ada, touch):
    class SlowDoor(Outbox):
        async def send(self, message, at_the_wire):
            office.clock.pass_by(minutes=4)
            return await super().send(message, at_the_wire)

    office.clock.time = office.clock.now().replace(hour=22, minute=58)  # two minutes before midnight in Berlin
    office.outboxes[Channel.EMAIL] = SlowDoor(Channel.EMAIL)

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "sender_full")
    assert office.mails.sent == []
    office.outboxes[Channel.EMAIL] = Outbox(Channel.EMAIL)
    assert (await office.sends(touch())).answer is Answer.SENT
    numbers = await office.store.senders.numbers(office.clock.now())
    assert sum(each.booked for each in numbers.values()) == 1  # at a place of today


async def test_a_lead_that_is_not_in_the_store_gets_nothing(office, touch):
    answer = await office.sends(touch(lead="stranger"))

    assert (answer.answer, answer.code) == (Answer.NEVER, "no_address")
    assert (await office.row(touch(lead="stranger"))).state is TouchState.SUPPRESSED


async def test_a_channel_without_a_way_out_says_so(office, ada, touch):
    del office.outboxes[Channel.EMAIL]

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NEVER, "broken")
    assert "no way out for email" in answer.why


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"template": "never-written"}, id="a template that is not there"),
        pytest.param({"pool": "nobody"}, id="a pool that is not there"),
    ],
)
async def test_a_broken_file_fails_its_touch_and_gives_the_place_back(office, ada, touch, broken):
    answer = await office.sends(touch(**broken))

    assert (answer.answer, answer.code) == (Answer.NEVER, "broken")
    assert next(iter(broken.values())) in answer.why
    assert (await office.sends(touch("next"))).answer is Answer.SENT  # at once: the place is free again


# --- what providers say ----------------------------------------------------------------------------------------------


async def test_a_provider_that_is_away_is_asked_again_when_it_said(office, ada, touch):
    office.mails.will_answer(Unavailable("421 come back", code="421", retry_after=120.0), Unavailable("no answer"))

    with pytest.raises(ApplicationError) as named:
        await office.sends(touch())
    with pytest.raises(ApplicationError) as unnamed:
        await office.sends(touch())

    assert (named.value.type, named.value.next_retry_delay) == ("Unavailable", timedelta(seconds=120))
    assert unnamed.value.next_retry_delay is None
    assert (await office.row(touch())).state is TouchState.INTENT
    assert (await office.sends(touch())).answer is Answer.SENT
    assert len(office.mails.sent) == 1


async def test_a_provider_that_asks_for_half_an_hour_is_planned_anew(office, ada, touch):
    office.mails.will_answer(Unavailable("451 greylisted", code="451", retry_after=1_800.0))

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "provider_busy")
    assert answer.until == office.clock.now() + timedelta(minutes=30)
    office.clock.time = answer.until
    assert (await office.sends(touch())).answer is Answer.SENT


@pytest.mark.parametrize(
    ("limit", "tries"),
    [pytest.param(None, 145, id="a mail server, three days"), pytest.param(3_600.0, 3, id="a carrier")],
)
async def test_a_provider_that_never_has_time_is_given_up(office, ada, touch, limit, tries):
    busy = Unavailable("later", code="451", retry_after=1_800.0, give_up_after=limit)
    office.mails.will_answer(*[busy] * tries)

    for _ in range(tries - 1):
        answer = await office.sends(touch())
        assert answer.code == "provider_busy"
        office.clock.time = answer.until
    last = await office.sends(touch())

    assert (last.answer, last.code) == (Answer.NEVER, "expired")
    assert (await office.row(touch())).state is TouchState.REFUSED
    [bounce] = await office.store.inbox.of_lead(ada)
    assert (bounce.kind, bounce.details["hard"], bounce.details["code"]) == (EventKind.BOUNCED, False, "expired")
    assert not await office.store.leads.suppressions(ada)


async def test_a_text_that_a_carrier_filtered_is_dropped_and_its_sender_halted(office, ada, touch):
    filtered = Refused("filtered", blame=Blame.SENDER, code="30007", halts="sender", drops=True)
    office.outboxes[Channel.SMS].will_answer(filtered)

    answer = await office.sends(touch(channel=Channel.SMS))

    assert (answer.answer, answer.code) == (Answer.NEVER, "sender")
    [pause] = await office.store.halts.current(office.clock.now())
    assert (pause.key, pause.until) == (f"sender:{answer.sender}", None)
    assert "30007" in pause.why
    assert not await office.store.leads.suppressions(ada)


async def test_an_account_that_is_refused_stops_all_its_channels(office, ada, touch):
    office.outboxes[Channel.SMS].will_answer(Refused("401", blame=Blame.SENDER, code="20003", halts="account"))

    answer = await office.sends(touch(channel=Channel.SMS))

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "sender_trouble")
    halts = {halt.key: halt.until for halt in await office.store.halts.current(office.clock.now())}
    assert halts == {"channel:sms": None, "channel:whatsapp": None, "sender:us-one": answer.until}
    office.clock.time = answer.until
    assert (await office.sends(touch(channel=Channel.SMS))).code == "halted"


async def test_a_number_whose_day_is_full_waits_for_midnight_pacific(office, ada, touch):
    office.outboxes[Channel.SMS].will_answer(Refused("daily cap", blame=Blame.SENDER, code="30023"))

    answer = await office.sends(touch(channel=Channel.SMS))

    assert answer.until.isoformat() == "2026-03-03T08:00:00+00:00"
    [pause] = await office.store.halts.current(office.clock.now())
    assert (pause.key, pause.until) == ("sender:us-one", answer.until)


async def test_a_blocked_mailbox_is_not_the_persons_fault(office, ada, touch):
    office.mails.will_answer(Refused("550 your domain is listed", blame=Blame.SENDER, code="550 5.7.1"))

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "sender_trouble")
    assert answer.until == office.clock.now() + timedelta(hours=1)
    assert not await office.store.leads.suppressions(ada)
    assert office.ear.heard == []
    office.clock.time = answer.until
    assert (await office.sends(touch())).answer is Answer.SENT


async def test_an_address_that_does_not_exist_is_remembered_and_told(office, ada, touch):
    office.mails.will_answer(Refused("550 5.1.1 no such user", blame=Blame.RECIPIENT, code="550 5.1.1"))

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NEVER, "recipient")
    assert [s.channel for s in await office.store.leads.suppressions(ada)] == [Channel.EMAIL]
    assert office.ear.heard == [("bounced", ada)]
    assert await office.store.inbox.untold() == []
    assert (await office.row(touch())).state is TouchState.REFUSED
    assert (await office.sends(touch("second"))).code == "suppressed"


@pytest.fixture
def store_away(monkeypatch):
    """Makes a method of the store fail so many times, as a locked file does, and work afterwards."""
    monkeypatch.setattr("activities.writing.AGAIN_AFTER", 0)

    def fails(port, name, times):
        works, left = getattr(port, name), [times]

        async def method(*args, **kwargs):
            if left[0]:
                left[0] -= 1
                raise OSError("database is locked")
            return await works(*args, **kwargs)

        monkeypatch.setattr(port, name, method)

    return fails


async def test_an_answer_that_the_store_does_not_take_at_once_is_written_later(office, ada, touch, store_away):
    store_away(office.store.ledger, "settle", 3)
    assert (await office.sends(touch())).answer is Answer.SENT
    assert (await office.row(touch())).state is TouchState.SENT
    assert len(office.mails.sent) == 1


async def test_a_bounce_that_the_store_does_not_take_at_once_is_written_later(office, ada, touch, store_away):
    store_away(office.store.inbox, "record", 2)
    office.mails.will_answer(Refused("550 5.1.1 no such user", blame=Blame.RECIPIENT, code="550 5.1.1"))
    assert (await office.sends(touch())).answer is Answer.NEVER
    assert await office.store.leads.suppressions(ada)


async def test_an_answer_that_nobody_can_write_for_as_long_as_a_lease_is_given_up(
    office, ada, touch, store_away, monkeypatch
):
    monkeypatch.setattr("activities.writing.PATIENCE", -1.0)
    store_away(office.store.ledger, "settle", 1)
    with pytest.raises(OSError, match="locked"):
        await office.sends(touch())
    assert (await office.row(touch())).state is TouchState.WIRE


@pytest.mark.parametrize(
    ("channel", "refused"),
    [
        (Channel.EMAIL, Refused("550 5.1.1 no such user", blame=Blame.RECIPIENT, code="550 5.1.1")),
        (Channel.SMS, Refused("recipient said STOP", blame=Blame.OPT_OUT, code="21610")),
    ],
)
async def test_a_worker_that_dies_with_a_refusal_in_its_hands_loses_no_suppression(
    office, ada, touch, monkeypatch, channel, refused
):
    async def dies(*_args, **_kwargs):
        raise Killed

    office.outboxes[channel].will_answer(refused)
    monkeypatch.setattr(office.store.ledger, "settle", dies)
    with pytest.raises(Killed):
        await office.sends(touch(channel=channel))
    monkeypatch.undo()
    office.clock.time += LEASE

    assert [s.channel for s in await office.store.leads.suppressions(ada)] == [channel]
    assert [lead for _, lead in office.ear.heard] == [ada]
    answer = await office.sends(touch(channel=channel))
    assert (answer.answer, answer.code) == (Answer.NEVER, refused.code)
    assert (await office.row(touch(channel=channel))).state is TouchState.REFUSED


async def test_what_a_provider_knows_is_kept_for_the_relay_while_temporal_is_away(office, ada, touch):
    office.ear.deaf = True
    office.mails.will_answer(Refused("550 5.1.1 no such user", blame=Blame.RECIPIENT, code="550 5.1.1"))

    answer = await office.sends(touch())

    assert answer.answer is Answer.NEVER
    assert [event.kind for event, _ in await office.store.inbox.untold()] == [EventKind.BOUNCED]


async def test_a_provider_that_knows_of_a_stop_is_believed(office, ada, touch):
    office.outboxes[Channel.SMS].will_answer(Refused("recipient said STOP", blame=Blame.OPT_OUT, code="21610"))

    answer = await office.sends(touch(channel=Channel.SMS))

    assert (answer.answer, answer.code) == (Answer.NEVER, "opt_out")
    assert [s.channel for s in await office.store.leads.suppressions(ada)] == [Channel.SMS]
    assert office.ear.heard == [("opted_out", ada)]


async def test_a_refused_text_says_nothing_of_the_person(office, ada, touch):
    office.mails.will_answer(Refused("554 looks like spam", blame=Blame.CONTENT, code="554"))

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NEVER, "content")
    assert not await office.store.leads.suppressions(ada)


async def test_no_answer_after_the_wire_is_unknown_for_ever(office, ada, touch):
    office.mails.will_answer(Uncertain("the line went dead after the dot"))

    answers = [await office.sends(touch()) for _ in range(2)]

    assert [(answer.answer, answer.code) for answer in answers] == [(Answer.UNKNOWN, "uncertain")] * 2
    assert office.mails.sent == []


async def test_a_second_step_in_a_conversation_is_threaded(office, ada, touch):
    await office.sends(touch())
    office.clock.pass_by(days=2)

    await office.sends(replace(touch("second"), thread=touch().id))

    first, second = office.mails.sent
    assert second.headers["In-Reply-To"] == first.message_id


# --- what only the moment knows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "changes", "seconds"),
    [
        pytest.param(10, {}, 36_000, id="in the morning, as long as Twilio takes"),
        pytest.param(20, {}, 3_600 - 60, id="an hour before quiet hours begin"),
        pytest.param(10, {"not_after": MONDAY + timedelta(hours=2)}, 7_200 - 60, id="two hours before it is stale"),
    ],
)
async def test_a_text_dies_before_it_could_arrive_too_late(office, ada, touch, hour, changes, seconds):
    office.clock.time = MONDAY.replace(hour=hour)

    await office.sends(touch(channel=Channel.SMS, **changes))

    [text] = office.outboxes[Channel.SMS].sent
    assert text.validity == seconds


@pytest.mark.parametrize(
    ("hours", "channel", "is_open"),
    [(1, "whatsapp", True), (23, "whatsapp", True), (24, "whatsapp", False), (1, "sms", False)],
)
async def test_whatsapp_takes_words_for_a_day_after_the_person_wrote(office, ada, touch, hours, channel, is_open):
    said = await office.hears(ada, EventKind.REPLIED, intent="question", channel=channel)
    await office.store.inbox.told([said.id], office.clock.now())
    office.clock.pass_by(hours=hours)
    chat = touch(channel=Channel.WHATSAPP, template="trial-nudge", heard=said.seq)
    if hours == 23:  # nine on the next morning
        assert office.clock.now().hour == 9

    answer = await office.sends(chat)

    assert answer.answer is Answer.SENT
    [message] = office.outboxes[Channel.WHATSAPP].sent
    assert message.session is is_open
    assert message.content_sid
    assert message.body.startswith("Hi Ada")


async def test_the_moment_is_no_part_of_the_body(office, ada, touch):
    text = Sms("+447700900142", "+12015550190", "Hello", validity=300)

    assert body_hash(text) == body_hash(replace(text, validity=9))
