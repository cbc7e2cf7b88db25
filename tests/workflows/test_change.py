"""A sequence is edited while people are inside: they move to the new version at their next decision."""

from __future__ import annotations

import uuid

from nurture.domain.orders import SequenceFile
from workflows.change import ChangeWorkflow
from workflows.client import QUEUE


def a_version(name, *steps):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}  # whatever hour it is now
    entry = {"sequence": name, "purpose": "marketing", "enter": {"by_hand": True}}
    return {**entry, "timing": timing, "steps": list(steps)}


WELCOME = {"id": "welcome", "after": "1 day", "email": "welcome"}
HELP = {"id": "help", "after": "1 day", "email": "setup-help"}
ENDING = {"id": "ending", "after": "1 day", "email": "trial-ending"}


async def changes(house, name, version):
    """Let everybody inside move, once they are listed."""
    return await house.client.execute_workflow(
        ChangeWorkflow.run, args=[name, version], id=f"change-{uuid.uuid4().hex}", task_queue=QUEUE
    )


async def until_listed(house, lead):
    for _ in range(2_000):
        if lead in await house.leads.awake():
            return
    raise AssertionError(f"{lead} is not listed")


async def test_everybody_inside_moves_and_skips_the_removed_step(house):
    name = f"edited-{uuid.uuid4().hex[:6]}"
    story = await house.enrols("ada", a_version(name, WELCOME, HELP, ENDING))
    await story.days_pass(1.5)
    assert (await story.journeys())[0]["step"] == "help"
    await until_listed(house, story.lead)
    version, document = f"v-{name}", a_version(name, WELCOME, ENDING)
    await house.store.library.keep(name, version, document)

    assert await changes(house, name, version) == {"moves": 1}

    [journey] = await story.journeys()
    assert (journey["version"], journey["step"]) == (version, "ending")
    assert await changes(house, name, version) == {}
    await story.days_pass(3)
    sent = [row.touch.step for row in await house.store.ledger.rows(lead=story.lead)]
    assert sent == ["welcome", "ending"]


async def test_who_rests_is_left_alone(house):
    lead = await house.knows("bob")

    assert await house.leads.change(lead, SequenceFile("edited", "v", a_version("edited", WELCOME))) == ""
