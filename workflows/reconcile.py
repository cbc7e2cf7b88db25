"""One sweep of the reconciler, started by a schedule every five minutes and seen in the UI with what it did."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reconcile import Reconcile, Swept
    from workflows import patience


@workflow.defn(name="Reconcile")
class ReconcileWorkflow:
    """Workflow id: `nurture-reconcile-<time>`. Its result is where the next one begins."""

    @workflow.run
    async def run(self) -> Swept:
        """Sweep once, from where the last one ended."""
        last = workflow.get_last_completion_result(Swept) if workflow.has_last_completion_result() else None
        swept = await workflow.execute_activity_method(
            Reconcile.sweep,
            last.seen_until if last else "",
            **patience.at(patience.BACK_OFFICE, patience.SWEEPING, "asks the providers what they took"),
        )
        workflow.set_current_details(_words(swept))
        return swept


def _words(swept: Swept) -> str:
    did = {
        f"{swept.lost} touches of lost workers are uncertain now": swept.lost,
        f"{swept.proved} were found at the provider": swept.proved,
        f"{swept.not_found} are unknown to the provider": swept.not_found,
        f"{swept.ended} were ended: their journey went on": swept.ended,
        f"{swept.recovered} facts that no webhook brought were stored": swept.recovered,
        f"{swept.troubles} could not be asked about": swept.troubles,
    }
    return "\n".join(f"- {words}" for words, count in did.items() if count) or "Nothing was in doubt."
