"""A lead's file: facts without names, the planner's share of the policies, and what is not there."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.leads import Leads, planners_share
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel, Contact, Lead
from nurture.domain.orders import Standing
from nurture.domain.policies import Policies
from nurture.domain.touch import Intent, TouchState, touch_ref
from tests.activities.conftest import MONDAY


@pytest.fixture
def leads(office, shelf):
    """The activity class on the office's store."""
    store = office.store
    return Leads(
        store.leads, store.ledger, store.library, office.clock, lambda: shelf.policies, lambda: office.policies
    )


async def does(activity, *args):
    """Run an activity as a worker would."""
    return await ActivityEnvironment().run(activity, *args)


async def test_a_file_holds_facts_and_no_name_or_address(office, ada, leads):
    file = await does(leads.recall, ada)

    kept = str(asdict(file))
    assert "okafor" not in kept
    assert "Ada" not in kept
    assert "7700900142" not in kept
    assert {"email", "phone", "first_name"} <= file.lead.known
    assert (file.lead.timezone, file.stage, file.lead.unreachable) == ("Europe/London", "lead", {})


async def test_a_person_whose_clock_nobody_can_read_is_refused_for_good(office, leads):
    await office.store.leads.save([Contact("mars", email="mars@example.com", timezones=("Mars/Olympus",))])
    with pytest.raises(ApplicationError, match='"Mars/Olympus" is not a time zone') as refusal:
        await does(leads.recall, "mars")
    assert refusal.value.non_retryable


async def test_a_closed_channel_is_in_the_file_with_its_reason(office, ada, leads):
    await office.hears(ada, EventKind.OPTED_OUT, channel="sms", how="sms")

    assert (await does(leads.recall, ada)).lead.unreachable == {"sms": "suppressed"}


async def test_what_is_not_in_the_store_is_a_failure_for_good(leads):
    for missing in (leads.recall, leads.sequence):
        with pytest.raises(ApplicationError, match="There is no") as failure:
            await does(missing, "nothing-of-this-name")
        assert failure.value.non_retryable


async def test_a_rested_lead_is_recalled_with_its_state_and_the_versions_it_needs(office, ada, leads):
    await office.store.library.keep("story", "v7", {"sequence": "story", "steps": []})
    snapshot = '{"journeys": [{"sequence": "story", "version": "v7"}]}'

    await does(leads.rest, Standing(ada, "mql", "rests", 40, "anna"), snapshot)
    file = await does(leads.recall, ada)

    assert (file.stage, file.snapshot, file.lead.owner) == ("mql", snapshot, "anna")
    assert file.documents == {"v7": {"sequence": "story", "steps": []}}


async def test_a_touch_that_was_put_off_ends_when_its_lead_rests(office, ada, leads, touch):
    wish = touch("call", Channel.CALL)
    await office.store.ledger.reserve(Intent(wish, touch_ref(wish.id), "script", "anna", "rep"), office.clock.now())

    await does(leads.rest, Standing(ada, "lead", "the lead replied", 0, ""), "")

    row = await office.row(wish)
    assert (row.state, row.code) == (TouchState.CANCELLED, "moved_on")


async def test_a_resend_of_a_lead_at_rest_is_left_to_the_reconciler(office, ada, leads, touch):
    wish = replace(touch("welcome"), again=1)
    await office.store.ledger.reserve(Intent(wish, touch_ref(wish.id), "words", "ana", "a@x.io"), office.clock.now())

    await does(leads.rest, Standing(ada, "lead", "rests", 0, ""), "")

    assert (await office.row(wish)).state is TouchState.INTENT


def test_the_planners_share_is_small_and_enough(shelf):
    share = planners_share(shelf.policies, Lead("ada", country="GB", timezone="Europe/London"), 2026)

    assert "team" not in share
    assert "senders" not in share
    assert list(share["calendars"]["holiday_dates"]) == ["GB"]
    assert set(share["calendars"]["clocks"]) == {"Europe/London", "Europe/Berlin"}
    assert share["calendars"]["clocks"]["Europe/London"]["2026-03-29T01:00:00+00:00"] == 3_600
    whole, part = Policies.from_document(shelf.policies), Policies.from_document(share)
    assert (part.stages, part.caps, part.score) == (whole.stages, whole.caps, whole.score)
    there = [policies.calendar("office-hours", "Europe/London", "GB") for policies in (part, whole)]
    assert len({(calendar.window, calendar.closed, calendar.next_open(MONDAY)) for calendar in there}) == 1
