"""The life of one lead as stories on real Temporal: real activities, real store, real composer, and a turned clock."""

from __future__ import annotations

from nurture.domain.errors import Blame, Refused, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.orders import SequenceFile
from nurture.domain.touch import TouchState
from tests.workflows.ladder import LADDER


def sequence(*steps, name="story", **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}


async def test_touches_leave_when_they_are_due_and_the_lead_comes_to_rest(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))

    await ada.days_pass(1)
    assert await ada.sent() == ["welcome"]
    await ada.days_pass(3)

    assert await ada.ends() == "lead"
    assert await ada.sent() == ["welcome", "second"]


async def test_a_reply_stops_the_sequence(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)

    await ada.hears(EventKind.REPLIED, intent="unclear", channel="email")

    await ada.ends()
    assert await ada.sent() == ["welcome"]


async def test_a_reply_that_no_workflow_heard_yet_still_beats_the_send(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)

    reply = await ada.hears(EventKind.REPLIED, tell=False, intent="unclear", channel="email")
    await ada.days_pass(2.2)
    assert await ada.sent() == ["welcome"]

    await house.tell(reply)
    await ada.ends()
    assert await ada.sent() == ["welcome"]


async def test_a_stop_by_text_silences_every_channel(house):
    ada = await house.enrols("ada", sequence(WELCOME, {**SECOND, "sms": "trial-nudge"} | {"email": "case-study"}))
    await ada.days_pass(1)

    await ada.hears(EventKind.OPTED_OUT, channel="", how="sms")

    await ada.ends()
    assert await ada.sent() == ["welcome"]
    again = await house.enrol(ada.lead, "trial-nurture", "story")
    assert again in ("silenced", "enter_if")


async def test_a_hot_reply_reaches_a_rep_whose_yes_moves_the_lead(house):
    rule = [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot-reply"}}]
    plans = {"hot-reply": {"route": "sdr", "accept_within": "2 business hours", "accepted": {"move": "sal"}}}
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=rule, handoffs=plans))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")

    [task] = [task for task in await house.store.tasks.of(lead=ada.lead) if task.kind == "handoff"]
    assert task.id == f"handoff-{ada.lead}-1"
    await ada.hears(EventKind.HANDOFF_ACCEPTED, name=task.id, tell=False, rep=task.rep)
    stored = (await house.store.inbox.of_lead(ada.lead))[-1]
    await house.tell(stored, task.id)

    assert await ada.ends() == "sal"
    assert (await house.store.leads.find(ada.lead)).stage == "sal"


async def test_a_refused_address_is_remembered_and_the_next_channel_is_tried(house):
    step = {"id": "nudge", "first_possible": [{"sms": "trial-nudge"}, {"email": "trial-nudge"}]}
    house.outboxes[Channel.SMS].will_answer(Refused("not a mobile", blame=Blame.RECIPIENT, code="21614"))
    ada = await house.enrols("ada", sequence(step), phone="+447400123456")
    await ada.days_pass(4)  # past any night, Sunday or holiday on which a text would be unlawful

    rows = await house.store.ledger.rows(lead=ada.lead)
    assert [(row.touch.channel, row.state) for row in rows] == [("sms", "refused"), ("email", "sent")]
    assert [s.channel for s in await house.store.leads.suppressions(ada.lead)] == [Channel.SMS]


async def test_an_uncertain_touch_is_never_sent_again_and_the_lead_goes_on(house):
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("the line went dead after the dot"))
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(4)

    await ada.ends()
    rows = await house.store.ledger.rows(lead=ada.lead)
    assert [(row.touch.step, row.state) for row in rows] == [
        ("welcome", TouchState.UNCERTAIN),
        ("second", TouchState.SENT),
    ]


async def test_a_reply_after_the_last_step_is_one_task_for_a_person(house):
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()
    said = await ada.hears(EventKind.REPLIED, intent="question", channel="email")
    await house.tell(said)  # the relay tells it once more
    await ada.ends()

    [task] = await ada.tasks("reply")
    assert (task.id, task.status) == (f"reply-{said.id}", "open")
    assert await ada.tasks("handoff") == []

    await ada.hears(EventKind.OPTED_OUT, channel="", scope="marketing", how="sms")
    assert await house.store.leads.suppressions(ada.lead)
    assert len(await ada.tasks("reply")) == 1, "a stop is no reply, and takes no reply from whoever answers it"


async def test_a_rested_lead_wakes_for_an_event_and_remembers_its_past(house):
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()

    await ada.hears(EventKind.HAPPENED, name="pricing_viewed", tell=False)
    stored = (await house.store.inbox.of_lead(ada.lead))[-1]
    await house.tell(stored)

    assert await ada.ends() == "lead"
    assert '"story"' in await house.store.leads.snapshot(ada.lead)


async def test_the_same_event_told_three_times_counts_once(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    event = await ada.hears(EventKind.HAPPENED, name="pricing_viewed")
    before = (await ada.state())["score"]

    await house.tell(event)
    await house.tell(event)

    assert (await ada.state())["score"] == before > 0


async def test_an_operator_reads_what_happens_next_and_why(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)

    state = await ada.state()

    assert state["next"].startswith("waits until")
    assert "for second: 3 days after the step before" in state["next"]
    explained = await house.leads.ask(ada.lead)
    assert any("touched welcome" in line for line in explained["explanation"]["trail"])


async def test_a_lead_that_asks_for_a_call_gets_a_task_with_its_script(house):
    step = {"id": "call", "call": "pricing", "due": "4 business hours", "wait": "up to 20 days"}
    ada = await house.enrols("ada", sequence(step))
    await ada.days_pass(4)

    [task] = await house.store.tasks.of(lead=ada.lead)
    assert task.kind == "call"
    assert task.body
    await ada.hears(EventKind.TASK_DONE, step="call", outcome="connected")
    await ada.ends()


async def test_an_event_that_is_told_again_does_not_let_a_lead_in_again(house):
    """A door dies between telling and noting it: the relay repeats both, though the first visit is over by then."""
    lead = await house.knows("ada")
    name = f"door-{lead}"
    document = sequence(
        {"id": "note", "move": "lead", "reason": "asked"}, name=name, enter={"on": "asked", "again": "always"}
    )
    await house.store.library.keep(name, name, document)
    file = SequenceFile(name, name, document)

    answers = []
    for cause in ("event-1", "event-1", "event-2"):
        answers.append(await house.leads.enrol(lead, file, "asked", cause))
        await house.client.get_workflow_handle(f"lead-{lead}").result()

    assert answers == ["", "already_in", ""]


async def test_a_move_after_which_the_lead_rests_is_written_down_with_the_rest(house):
    rule = [{"when": "replied(not_now)", "then": {"move": "nurture"}}]
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=rule))
    await ada.days_pass(1)

    await ada.hears(EventKind.REPLIED, intent="not_now", channel="email")

    assert await ada.ends() == "nurture"
    kept = await house.store.leads.find(ada.lead)
    assert kept.stage == "nurture"
    [moved] = (await house.store.enrolments.of(ada.lead)).own[1:]
    assert (moved.details["stage"], moved.details["reason"][:16]) == ("nurture", "replied(not_now)")
    asked = [event.activity_task_scheduled_event_attributes.activity_type.name for event in await events_of(ada)]
    assert [name for name in asked if name] == ["recall", "send", "rest"]


async def test_a_move_after_which_something_is_left_to_do_is_written_down_at_once(house):
    rule = [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot"}}]
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=rule, handoffs={"hot": LADDER}))
    await ada.days_pass(1)

    await ada.hears(EventKind.REPLIED, intent="interested", channel="email", settle=False)
    while not await ada.tasks("handoff"):
        pass

    asked = [event.activity_task_scheduled_event_attributes.activity_type.name for event in await events_of(ada)]
    assert [name for name in asked if name][:4] == ["recall", "send", "place", "offer_handoff"]


async def events_of(story):
    return (await story.handle.fetch_history()).events
