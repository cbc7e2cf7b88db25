"""Leads outlive deployments: every history we ever recorded must replay on today's code."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from tests.replay.branches import BRANCHES
from workflows.lead import LeadWorkflow
from workflows.runner import RUNNER, WORKFLOWS
from workflows.starts import LeadStart

FILES = sorted((Path(__file__).parent / "histories").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_what_was_recorded_still_replays(file):
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter, workflow_runner=RUNNER)

    await replayer.replay_workflow(WorkflowHistory.from_json(file.stem, file.read_text()))


def test_every_branch_is_recorded():
    assert set(BRANCHES) <= {file.stem for file in FILES}, "run: make histories"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recorded_history_is_small_and_tells_no_address(file):
    text = file.read_text()

    assert len(text) < 400_000
    assert "@example.com" not in text
    assert "+1201555" not in text


@workflow.defn(name="Lead")
class Hasty(LeadWorkflow):
    """A lead that rests before it reads its file: what a careless change would do to those already running."""

    @workflow.run
    async def run(self, start: LeadStart) -> str:
        """Sleep first, which no recorded lead ever did."""
        await workflow.sleep(1)
        return await super().run(start)


async def test_a_change_of_order_is_noticed():
    file = next(file for file in FILES if file.stem == "two_mails")
    replayer = Replayer(
        workflows=[Hasty], data_converter=pydantic_data_converter, workflow_runner=UnsandboxedWorkflowRunner()
    )

    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(WorkflowHistory.from_json(file.stem, file.read_text()))
