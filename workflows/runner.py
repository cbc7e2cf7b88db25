"""All workflows, and how they are run: in the SDK's sandbox, with our modules loaded once per process."""

from __future__ import annotations

from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from workflows.change import ChangeWorkflow
from workflows.enrolment import EnrolmentWorkflow
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow
from workflows.reconcile import ReconcileWorkflow
from workflows.resend import ResendWorkflow
from workflows.store_mark import StoreMarkWorkflow
from workflows.sweep import SweepWorkflow

WORKFLOWS: list[type[Any]] = [
    LeadWorkflow,
    HandoffWorkflow,
    EnrolmentWorkflow,
    SweepWorkflow,
    ChangeWorkflow,
    ResendWorkflow,
    ReconcileWorkflow,
    StoreMarkWorkflow,
]
"""For every Worker and Replayer."""

PURE = ("nurture", "activities", "workflows.starts", "workflows.mind", "workflows.signs", "workflows.patience")
"""Deterministic by construction: the domain has no clock, no chance and no I/O, and import-linter keeps it so."""
THINKING = 20
"""Workflow tasks at a time. They share one interpreter: when a crowd of 250 answered and each got a thread, single ones
took over two seconds, failed as deadlocked, and came again after ten. Eight leave the machine idle between them. What
waits in the server's queue instead waits by priority. With five pollers, activities of old replies went before new."""
FILING = 2
"""Leads' files that are read or written at a time. A lead that was stopped still has to be written down; with fifty at
once, that work took the machine from the replies behind it, which waited twice as long. One or two wait in memory, the
others in the server's queue. The channels and the back office have queues, and hands, of their own."""
LOADED_ONCE = (*PURE, "workflows")
"""What workers load once a process. Loading a workflow's module anew for each lead took six milliseconds of every start
where no bytecode is written (our image), two elsewhere. `STRICT` still does, and replays every recorded history."""


class WithoutContext(WorkflowInstance):
    """A workflow whose payloads are written the same way whatever they belong to.

    The SDK asks for the context of each payload, and in the sandbox that costs more than the payload: a fifth of a
    worker's time. Our converter (`nurture.connecting`) has no use for one, and nothing is stored outside of Temporal.
    """

    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Hand the activation on."""
        return self._inner.activate(act)

    def get_serialization_context(self, command_info: object) -> None:
        """Return None: no context."""

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        """Return an empty context."""
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        """Return what the workflow knows of itself."""
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        """Return the thread it runs on, for a look at one that is stuck."""
        return self._inner.get_thread_id()


class Runner(SandboxedWorkflowRunner):
    """The SDK's sandbox around each workflow."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return a workflow in its sandbox."""
        return WithoutContext(super().create_instance(det))


RUNNER = Runner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*LOADED_ONCE))
"""For every Worker."""
STRICT = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PURE))
"""For replays in tests: a workflow module that asks for the clock, chance or the disk fails there."""
