"""Questions asked in an awkward moment."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from workflows import watching
from workflows.watching import Watching


class Run:
    """A run whose queries fail as often as it is told to."""

    def __init__(self, *failures: RPCStatusCode) -> None:
        self._failures = list(failures)

    def get_workflow_handle_for(self, _run, _id):
        return self

    async def query(self, what):
        if self._failures:
            raise RPCError("not now", self._failures.pop(0), b"")
        return what.__name__


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(watching, "AGAIN", (0, 0))


async def test_a_run_that_has_just_begun_is_asked_again():
    answer = await Watching(Run(*[RPCStatusCode.FAILED_PRECONDITION] * 2)).ask("ada")

    assert answer == {"state": "state", "plan": "plan", "explanation": "explanation"}


async def test_a_run_that_never_begins_says_so():
    with pytest.raises(RPCError, match="not now"):
        await Watching(Run(*[RPCStatusCode.FAILED_PRECONDITION] * 3)).ask("ada")


async def test_a_lead_that_never_woke_has_no_answer():
    assert await Watching(Run(RPCStatusCode.NOT_FOUND)).ask("ada") is None


async def test_any_other_trouble_is_told():
    with pytest.raises(RPCError, match="not now"):
        await Watching(Run(RPCStatusCode.UNAVAILABLE)).ask("ada")
