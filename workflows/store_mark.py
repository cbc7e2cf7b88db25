"""What Temporal knows of the store: its latest mark, in a workflow of its own that operators can read."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from nurture.domain.store_mark import StoreMark, further
    from workflows import patience

MEMO = "mark"
"""The memo's field: it is read without a worker, and none polls before it was read."""


@workflow.defn(name="StoreMark")
class StoreMarkWorkflow:
    """Workflow id: `nurture-store-mark`. It never ends, and has nothing to do but to remember."""

    @workflow.init
    def __init__(self, mark: StoreMark) -> None:
        self.kept = mark

    @workflow.run
    async def run(self, mark: StoreMark) -> None:
        """Show each mark that is told, and begin a fresh history when this one is long."""
        while not self.history_is_long():
            shown = self.kept
            workflow.upsert_memo({MEMO: shown})
            workflow.set_current_details(f"The store was seen at {shown}. One that is older may not send.")
            await workflow.wait_condition(lambda shown=shown: self.kept != shown)  # type: ignore[misc]
        workflow.continue_as_new(self.kept, memo={MEMO: self.kept})

    @workflow.signal
    def stands_at(self, mark: StoreMark) -> None:
        """The store is as far as this mark. Safe to repeat, and in any order."""
        self.kept = further(self.kept, mark)

    def history_is_long(self) -> bool:
        """Whether it is time for a fresh history."""
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > patience.TOO_LONG
