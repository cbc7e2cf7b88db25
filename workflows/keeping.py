"""Telling Temporal how far the store is, and asking it, with or without a worker."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.store_mark import StoreMark
from workflows.patience import AT_HAND
from workflows.store_mark import MEMO, StoreMarkWorkflow

ID = "nurture-store-mark"
"""The workflow's id: one namespace serves one store."""


class KeptMark:
    """Implements `nurture.domain.store_mark.Keeper` on Temporal."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def read(self) -> StoreMark | None:
        """Return the latest mark that was told, None when there is none. Needs no worker.

        What was told right before all workers died is counted when one of them is back.
        """
        try:
            found = await self._client.get_workflow_handle(ID).describe()
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None
        return await found.memo_value(MEMO, None, type_hint=StoreMark)

    async def tell(self, mark: StoreMark) -> None:
        """Keep this mark, unless a later one is kept; a Temporal that keeps none is left so.

        A call that waits for a server is sent again for seconds: it must not begin anything on another, empty one.
        """
        try:
            await self._client.get_workflow_handle(ID).signal(StoreMarkWorkflow.stands_at, mark)
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def begin(self, mark: StoreMark) -> None:
        """Keep this mark, unless a later one is kept, and begin with it where there is none."""
        await self._client.start_workflow(
            StoreMarkWorkflow.run,
            mark,
            id=ID,
            task_queue=AT_HAND,
            memo={MEMO: mark},
            start_signal="stands_at",
            start_signal_args=[mark],
            static_summary="How far the store is: an older one may not send",
        )
