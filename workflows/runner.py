"""All workflows, and how they are run: in the SDK's sandbox, with our pure modules loaded once per process."""

from __future__ import annotations

from typing import Any

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.change import ChangeWorkflow
from workflows.enrolment import EnrolmentWorkflow
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow
from workflows.reconcile import ReconcileWorkflow
from workflows.resend import ResendWorkflow
from workflows.sweep import SweepWorkflow

WORKFLOWS: list[type[Any]] = [
    LeadWorkflow,
    HandoffWorkflow,
    EnrolmentWorkflow,
    SweepWorkflow,
    ChangeWorkflow,
    ResendWorkflow,
    ReconcileWorkflow,
]
"""For every Worker and Replayer."""

PURE = ("nurture", "activities", "workflows.starts", "workflows.mind", "workflows.signs", "workflows.patience")
"""Deterministic by construction: the domain has no clock, no chance and no I/O, and import-linter keeps it so."""

RUNNER = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PURE))
"""For every Worker and Replayer."""
