"""What a lead's workflow survives: years, fresh histories, strangers, failures for good, and sealed payloads."""

from __future__ import annotations

import asyncio
import base64
import os

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from nurture.connecting import converter
from nurture.domain.errors import NotFound
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.settings import Settings
from tests.workflows.building import SEALED, client_of, open_house
from tests.workflows.histories import current_details, everything_in, summaries
from workflows.client import workflow_id
from workflows.lead import LeadWorkflow


def sequence(*steps, name="life", **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}


WELCOMED = [("enrolled", "enrolled"), ("speak", "step"), ("touched", "sent")]
"""The decisions by which the first mail leaves."""


class Gate:
    """Holds a call until it is opened, and says when somebody stands before it."""

    def __init__(self, call):
        self.call, self.reached, self.open = call, asyncio.Event(), asyncio.Event()

    async def __call__(self, *args, **kwargs):
        self.reached.set()
        await self.open.wait()
        return await self.call(*args, **kwargs)


def failing(words):
    """Return a call that fails for good."""

    async def call(*_args, **_kwargs):
        raise ApplicationError(words, non_retryable=True)

    return call


# --- fresh histories --------------------------------------------------------------------------------------------------


async def test_a_lead_that_hears_too_much_continues_as_new_and_remembers_everything(house, monkeypatch):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    first = (await ada.handle.describe()).run_id

    monkeypatch.setattr("workflows.patience.TOO_LONG", 60)
    told = [await ada.hears(EventKind.HAPPENED, name="pricing_viewed") for _ in range(12)]
    monkeypatch.undo()

    assert (await ada.handle.describe()).run_id != first
    explained = (await house.leads.ask(ada.lead))["explanation"]
    assert sum("happened pricing_viewed" in line for line in explained["trail"]) == len(told)
    assert any("touched welcome" in line for line in explained["trail"])
    kept = await house.store.leads.rulings(ada.lead)
    assert [(each.kind, each.rule) for each in kept if each.step == "welcome"] == WELCOMED
    before = await ada.state()
    await house.tell(told[0])
    assert (await ada.state())["score"] == before["score"]  # what was heard before the crossing is not heard again

    await ada.days_pass(3)
    assert await ada.ends() == "lead"
    assert await ada.sent() == ["welcome", "second"]
    kept = await house.store.leads.rulings(ada.lead)
    assert [(each.kind, each.rule) for each in kept if each.step == "second"][-2:] == [
        ("speak", "step"),
        ("touched", "sent"),
    ]
    assert (kept[-1].kind, kept[-1].why) == ("rest", "no sequence is open")


async def test_what_the_server_shows_of_a_lead_stays_true_across_the_crossing(house, monkeypatch):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    first = (await ada.handle.describe()).run_id
    await ada.hears(EventKind.PAUSED, until="2099-01-01T00:00:00+00:00", why="on leave", by="grace")
    assert (await ada.signs())["BlockedBy"] == "paused"

    # What comes next makes the history too long: it is heard, and it crosses.
    monkeypatch.setattr("workflows.patience.TOO_LONG", (await ada.handle.describe()).history_length)
    await ada.hears(EventKind.RESUMED, by="grace")
    monkeypatch.undo()

    assert (await ada.handle.describe()).run_id != first
    shown = await ada.signs()
    assert shown["Step"] == "second"
    assert "BlockedBy" not in shown


async def test_what_happens_while_the_file_is_read_is_heard(house, monkeypatch):
    gate = Gate(house.store.leads.find)
    monkeypatch.setattr(house.store.leads, "find", gate)
    enrolling = asyncio.create_task(house.enrols("ada", sequence(WELCOME, SECOND)))
    await gate.reached.wait()
    lead = await anybody(house)
    await house.tell(Event(f"{lead}:early", EventKind.HAPPENED, lead, house.clock.now(), "pricing_viewed"))
    gate.open.set()

    ada = await enrolling
    await ada.settles()

    explained = (await house.leads.ask(ada.lead))["explanation"]
    assert any("happened pricing_viewed" in line for line in explained["trail"])
    assert explained["score_reasons"]


async def anybody(house):
    """Return the newest lead in the store."""
    return [person.id async for person in house.store.leads.all()][-1]


async def test_what_is_heard_on_the_way_to_rest_is_in_the_memory_that_is_kept(house, monkeypatch):
    gate = Gate(house.store.leads.put_to_rest)
    monkeypatch.setattr(house.store.leads, "put_to_rest", gate)
    ada = await house.enrols("ada", sequence(WELCOME))
    await gate.reached.wait()

    event = await ada.hears(EventKind.OPTED_OUT, channel="", how="page", settle=False)
    gate.open.set()
    await ada.ends()

    assert event.id in await house.store.leads.snapshot(ada.lead)
    assert await house.enters(ada, sequence(WELCOME, name="again")) == "silenced"


# --- updates ----------------------------------------------------------------------------------------------------------


async def test_an_operator_moves_a_lead_and_a_move_that_is_not_legal_says_why(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))

    assert await house.leads.move(ada.lead, "mql", "met at a fair", "rep") == "mql"
    assert (await house.store.leads.find(ada.lead)).stage == "mql"
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.leads.move(ada.lead, "contact", "by mistake", "engine")

    assert "contact" in str(refused.value.cause)
    assert (await ada.state())["stage"] == "mql"


async def test_a_lead_at_rest_wakes_to_be_moved(house):
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()

    assert await house.leads.move(ada.lead, "customer", "signed", "operator") == "customer"

    assert await ada.ends() == "customer"
    assert (await house.store.leads.find(ada.lead)).stage == "customer"


@pytest.mark.parametrize(
    ("enter", "source", "code"),
    [
        pytest.param({}, "website", "", id="may enter"),
        pytest.param({"if": "stage in [customer]"}, "website", "enter_if", id="only customers"),
        pytest.param({"unless": "stage in [lead]"}, "website", "enter_unless", id="no leads"),
        pytest.param({}, "purchased", "source_not_mailable", id="an address that was bought"),
    ],
)
async def test_each_refusal_to_enter_has_its_code(house, enter, source, code):
    ada = await house.enrols("ada", sequence(SECOND), source=source)

    answer = await house.enters(ada, sequence(SECOND, name="other") | {"enter": {"by_hand": True, **enter}})

    assert answer == code


async def test_nobody_is_in_twice_or_again_too_soon(house):
    once = sequence(WELCOME, enter={"by_hand": True, "again": "never"})
    ada = await house.enrols("ada", sequence(SECOND, name="waiting"))

    assert await house.enters(ada, sequence(SECOND, name="waiting")) == "already_in"
    assert await house.enters(ada, once) == ""
    await ada.days_pass(1)
    assert await house.enters(ada, once) == "not_again"


# --- failures ---------------------------------------------------------------------------------------------------------


async def test_a_fact_about_a_stranger_ends_in_a_clear_failure(house):
    stranger = Event(
        "stranger:1", EventKind.REPLIED, "nobody-we-know", house.clock.now(), details={"intent": "question"}
    )

    await house.tell(stranger)

    handle = house.client.get_workflow_handle_for(LeadWorkflow.run, workflow_id("nobody-we-know"))
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    assert "There is no lead nobody-we-know" in str(failure.value.cause.cause)
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED


async def test_whose_clock_nobody_can_read_is_answered_and_not_tried_for_ever(house):
    with pytest.raises(NotFound, match='"Mars/Olympus" is not a time zone'):
        await house.enrols("mars", {"sequence": "late", "steps": []}, timezones=("Mars/Olympus",))


async def test_a_stranger_cannot_be_enrolled(house):
    with pytest.raises(NotFound, match="There is no lead nobody-at-all"):
        await house.enrol("nobody-at-all", "quarterly-nurture", "story")


async def test_a_send_that_fails_for_good_before_the_wire_ends_with_the_reason_and_the_lead_goes_on(house, monkeypatch):
    monkeypatch.setattr(house.senders, "book", failing("the calendar of senders is on fire"))
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.settles()
    monkeypatch.undo()

    trail = (await house.leads.ask(ada.lead))["explanation"]["trail"]
    assert any("outcome never, why the calendar of senders is on fire, channel email, code broken" in x for x in trail)
    await ada.days_pass(4)
    await ada.ends()
    assert await ada.sent() == ["second"]


async def test_a_task_that_cannot_be_opened_for_good_holds_nobody_up(house, monkeypatch):
    monkeypatch.setattr(house.store.tasks, "open", failing("the inbox is on fire"))
    letter = {"id": "letter", "task": {"title": "Write a letter"}, "wait": "up to 2 days"}
    ada = await house.enrols("ada", sequence(letter, SECOND))
    await ada.settles()
    monkeypatch.undo()

    await ada.days_pass(4)
    await ada.ends()
    assert await ada.sent() == ["second"]


async def test_a_broken_template_fails_its_own_touch_with_its_reason(house):
    ada = await house.enrols("ada", sequence({"id": "welcome", "email": "never-written"}, SECOND))
    await ada.days_pass(4)
    await ada.ends()

    rows = await house.store.ledger.rows(lead=ada.lead)
    assert [(row.touch.step, row.state, row.code) for row in rows] == [
        ("welcome", "suppressed", "broken"),
        ("second", "sent", ""),
    ]
    assert "never-written" in rows[0].reason


async def test_a_sequence_that_is_gone_is_refused_and_the_lead_comes_to_rest(house):
    onward = {"id": "onward", "enroll": "retired-last-year"}
    ada = await house.enrols("ada", sequence(WELCOME, onward))

    assert await ada.ends() == "lead"
    assert await ada.sent() == ["welcome"]


# --- what an operator sees --------------------------------------------------------------------------------------------


async def test_an_operator_finds_a_lead_and_reads_it_in_words(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)

    shown = await ada.signs()
    assert (shown["Sequence"], shown["Step"], shown["Stage"]) == ("life", "second", "lead")
    assert shown["NextTouchAt"] > house.clock.now()
    assert await (await ada.handle.describe()).static_summary() == f"Lead {ada.lead}"
    assert "**Now:** waits until" in await current_details(ada.handle)
    found = [run.id async for run in house.client.list_workflows(f"Step = 'second' AND WorkflowId = '{ada.handle.id}'")]
    assert found == [ada.handle.id]


async def test_every_timer_and_every_activity_says_what_it_is_for(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(4)
    await ada.ends()

    timers = await summaries(ada.handle, EventType.EVENT_TYPE_TIMER_STARTED)
    activities = await summaries(ada.handle, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    assert all("for second: 3 days after the step before" in words for words in timers)
    assert [words.split(":")[0].strip('"') for words in activities] == [
        "reads the lead's file",
        "sends email welcome (welcome)",
        "sends email case-study (second)",
        "rests",
    ]


# --- sealed payloads --------------------------------------------------------------------------------------------------


async def test_with_a_key_no_payload_is_readable_without_it(server, house, tmp_path):
    words = ("case-study", "any-time", "the cat sat on the keyboard")

    async def told_in(house):
        answer = ApplicationError("the cat sat on the keyboard", non_retryable=True)
        house.outboxes[Channel.EMAIL].will_answer(answer)
        ada = await house.enrols("ada", sequence(WELCOME, SECOND))
        await ada.days_pass(4)
        await ada.ends()
        assert await ada.sent() == ["second"]
        kept = await everything_in(ada.handle)
        return [said for said in words if said in kept]

    key = base64.b64encode(os.urandom(32)).decode()
    sealed = client_of(server, SEALED, converter(Settings(payload_key=key)))
    async with open_house(sealed, tmp_path) as sealed_house:
        assert await told_in(sealed_house) == []
    assert await told_in(house) == list(words)  # without a key all of it is there to read
