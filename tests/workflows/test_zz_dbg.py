import asyncio
from tests.workflows.test_long_lives import *
async def test_dbg(house, monkeypatch):
    monkeypatch.setattr(house.store.tasks, "open", failing("the inbox is on fire"))
    letter = {"id": "letter", "task": "letter", "title": "Write a letter", "wait": "up to 2 days"}
    ada = await house.enrols("ada", sequence(letter, SECOND))
    try:
        async with asyncio.timeout(8):
            await ada.settles()
    finally:
        print(await ada.state())
        print((await ada.handle.describe()).raw_description.pending_activities)
        print((await ada.handle.describe()).raw_description.pending_workflow_task)
