"""A new version of a sequence: everybody who is inside moves to it, in small bites and last in line."""

from __future__ import annotations

from collections import Counter

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.changes import ChangeBite, Changes
    from workflows import patience

BITE = 25
"""Leads a bite."""


@workflow.defn(name="Change")
class ChangeWorkflow:
    """Workflow id: `change-<sequence>-<version>`, so each version is put in place once."""

    @workflow.run
    async def run(self, sequence: str, version: str) -> dict[str, int]:
        """Find who is inside on another version and tell each; return how many move and how many had left."""
        tally: Counter[str] = Counter()
        summary = f"looks who is inside {sequence}"
        leads = await workflow.execute_activity_method(
            Changes.find, args=[sequence, version], **patience.at(patience.BACK_OFFICE, patience.BULK, summary)
        )
        for start in range(0, len(leads), BITE):
            bite = ChangeBite(sequence, version, tuple(leads[start : start + BITE]))
            told = f"moves {len(bite.leads)} to version {version}"
            answers = await workflow.execute_activity_method(
                Changes.change, bite, **patience.at(patience.BACK_OFFICE, patience.BULK, told)
            )
            tally.update(answers)
            workflow.set_current_details(f"{tally.total()} of {len(leads)} told, {tally['moves']} move to {version}")
        return dict(tally)
