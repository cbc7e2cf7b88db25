"""Erasing on a real server: workflows come to their own end, say nothing more, and leave no history."""

from __future__ import annotations

import asyncio
import logging

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.events import Event, EventKind
from tests.workflows.histories import everything_in
from tests.workflows.test_privacy import DOCUMENT, PERSON, SECRETS, STEPS
from workflows.client import workflow_id

GONE = PERSON | {"email": "wilhelmina.forgotten@example.com", "phone": "+12015550198"}
"""Somebody of her own: whoever was forgotten once hears nothing again, in whichever story."""
WORDS = (*SECRETS, "2015550198")


async def erased(house, lead):
    """Erase as the command does: stored, ended, deleted; return the ids of the workflows there were."""
    stop = Event(f"{lead}:erase", EventKind.STOPPED, lead, house.clock.now(), details={"why": "erased", "by": "grace"})
    stored = await house.store.inbox.record(stop)
    ended = await house.leads.forget(stored)
    assert await house.store.leads.erase(lead, by="grace", reason="asked")
    return ended


async def gone(house, workflow):
    """Return once the server knows nothing of a workflow any more; deleting is a task of its own there."""
    handle = house.client.get_workflow_handle(workflow)
    async with asyncio.timeout(90):
        while await status_of(handle) is not RPCStatusCode.NOT_FOUND:
            pass


async def status_of(handle):
    try:
        await handle.describe()
    except RPCError as error:
        return error.status
    return RPCStatusCode.OK


async def test_a_lead_in_the_middle_of_a_sequence_ends_properly_and_is_forgotten(house, caplog):
    caplog.set_level(logging.DEBUG)
    steps = [STEPS[0], STEPS[1] | {"after": "3 days"}]  # lawful hours for texts begin at another time each day
    ada = await house.enrols("gone", DOCUMENT | {"sequence": "forgotten", "steps": steps}, **GONE)
    await ada.days_pass(0.1)
    assert await ada.sent() == ["welcome"]

    ended = await erased(house, ada.lead)

    assert ended == [workflow_id(ada.lead)]
    assert (await ada.handle.describe()).status is WorkflowExecutionStatus.COMPLETED  # not terminated
    kept = (await everything_in(ada.handle)).lower()
    assert [secret for secret in WORDS if secret in kept] == []
    assert [secret for secret in WORDS if secret in caplog.text.lower()] == []
    assert await house.store.leads.snapshot(ada.lead) is None
    assert await house.leads.delete_histories(ended) == 1
    await gone(house, ended[0])


async def test_a_lead_that_is_with_sales_ends_with_its_hand_off(house):
    ada = await house.enrols("gone", DOCUMENT | {"sequence": "forgotten-too"})
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    offer = ada.offer()

    ended = await erased(house, ada.lead)

    assert ended == [offer.id, workflow_id(ada.lead)]
    assert (await offer.handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert (await ada.handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert (await offer.task()).title == ""


async def test_a_lead_at_rest_is_not_woken(house):
    lead = await house.knows("sleeper")

    assert await erased(house, lead) == []

    with pytest.raises(RPCError):
        await house.client.get_workflow_handle(workflow_id(lead)).describe()
