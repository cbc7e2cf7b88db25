"""Journeys that run already outlive deployments: every recorded history replays, and a changed order is found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowRunner

from tests.replay.branches import BRANCHES, EASILY_TIRED
from tests.replay.record import HISTORIES
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow
from workflows.runner import RUNNER, STRICT, WORKFLOWS
from workflows.starts import HandoffStart, LeadStart

FILES = sorted(HISTORIES.glob("*.json"))


def history_in(file: Path) -> WorkflowHistory:
    """Return a recorded history."""
    return WorkflowHistory.from_json(file.stem, file.read_text())


async def replays(history: WorkflowHistory, workflows: list[type[Any]], runner: WorkflowRunner = STRICT) -> None:
    """Replay a history in the strict sandbox. Raises NondeterminismError."""
    replayer = Replayer(workflows=workflows, workflow_runner=runner, data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_journeys_already_running_still_replay(file):
    await replays(history_in(file), WORKFLOWS)


async def test_a_worker_replays_as_the_strict_sandbox_does():
    for file in FILES:
        await replays(history_in(file), WORKFLOWS, RUNNER)


def test_every_branch_was_recorded():
    recorded = {file.name.split(".")[0] for file in FILES}

    assert recorded >= {*BRANCHES, *EASILY_TIRED}, "run: make histories"


def test_a_continued_life_is_among_them():
    ends = {file.stem: history_in(file).events[-1].event_type for file in FILES}

    assert ends["continued.first"] == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recorded_history_is_small_and_names_nobody(file):
    text = file.read_text()
    payloads = [str(event) for event in history_in(file).events]

    assert len(text) < 100_000
    assert "example.com" not in "".join(payloads)


# --- the proof that these tests can fail -----------------------------------------------------------------------------


@workflow.defn(name="Lead", sandboxed=False)
class RestsBeforeShowing(LeadWorkflow):
    """A lead that writes itself down first and shows it afterwards: two commands swapped."""

    @workflow.init
    def __init__(self, start: LeadStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: LeadStart) -> str:
        """Live as ever."""
        return await super().run(start)

    async def comes_to_rest(self, mind):
        """Rest, then show."""
        board, self.board = self.board, Mock()
        rested = await super().comes_to_rest(mind)
        board.show(mind, mind.decision)
        self.board = board
        return rested


@workflow.defn(name="Handoff", sandboxed=False)
class ForgetsToReport(HandoffWorkflow):
    """A hand-off that keeps its end to itself."""

    @workflow.init
    def __init__(self, start: HandoffStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: HandoffStart) -> str:
        """Live as ever."""
        return await super().run(start)

    async def report(self, answer):
        """Say nothing."""
        self.reported = True


@pytest.mark.parametrize(
    ("recorded", "changed"),
    [
        pytest.param("plain.lead", RestsBeforeShowing, id="two commands swapped"),
        pytest.param("rejected.handoff", ForgetsToReport, id="one command left out"),
    ],
)
async def test_a_changed_order_of_commands_is_found_out(recorded, changed):
    with pytest.raises(workflow.NondeterminismError):
        await replays(history_in(HISTORIES / f"{recorded}.json"), [changed])
