"""A bite of a bulk enrolment: everybody is asked, answers survive a failure, and nobody holds up the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from temporalio.testing import ActivityEnvironment

from activities.enrolments import MOST_TRIES, Enrolments
from nurture.domain.errors import NotFound
from nurture.domain.orders import EnrolmentBite

BITE = EnrolmentBite("story", "spring", ("ada", "bob", "ada", "carol"))


class Worker:
    """Runs a bite, attempt after attempt, with what the heartbeats kept."""

    def __init__(self, answers):
        self.answers, self.asked, self.kept = answers, [], []

    async def enrol(self, lead, sequence, reason):
        self.asked.append(lead)
        answer = self.answers.get(lead, "")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def tries(self, attempt=1):
        env = ActivityEnvironment()
        env.info = replace(env.info, attempt=attempt, heartbeat_details=list(self.kept))
        env.on_heartbeat = lambda *details: setattr(self, "kept", [dict(details[0])])
        return await env.run(Enrolments(self.enrol).enrol, BITE)


async def test_answers_come_in_the_order_of_the_list():
    worker = Worker({"bob": "silenced", "carol": NotFound("There is no lead carol")})

    assert await worker.tries() == ["", "silenced", "", "not_found"]


async def test_a_second_attempt_asks_only_who_did_not_answer():
    worker = Worker({"bob": ConnectionError("away")})
    with pytest.raises(ConnectionError):
        await worker.tries()
    assert worker.asked == ["ada", "bob", "ada", "carol"]

    worker.answers = {}
    assert await worker.tries(attempt=2) == ["", "", "", ""]
    assert worker.asked[4:] == ["bob"]


async def test_somebody_who_can_never_be_asked_is_counted_and_left():
    worker = Worker({"bob": ConnectionError("away")})

    assert await worker.tries(attempt=MOST_TRIES) == ["", "failed", "", ""]
