"""How workflow code is run: in the SDK's sandbox, with our pure modules loaded once per process instead of once per run."""

from __future__ import annotations

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PURE = ("nurture", "activities", "workflows.starts", "workflows.mind", "workflows.signs", "workflows.patience")
"""Deterministic by construction: the domain has no clock, no chance and no I/O, and import-linter keeps it so."""

RUNNER = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PURE))
"""For every Worker and Replayer."""
