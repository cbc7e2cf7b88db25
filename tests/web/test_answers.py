"""A rep's answer: exactly one wins, none is lost, and a crash in between heals."""

from __future__ import annotations

import asyncio

import pytest

from nurture.domain.errors import Conflict, Invalid, NotFound, Unavailable
from nurture.domain.events import EventKind
from nurture.domain.tasks import TaskStatus
from nurture.web.answers import Answer, Verb, give
from nurture.web.counters import Counters
from nurture.web.facts import House
from tests.web.conftest import CALL, HANDOFF, MIRA


@pytest.fixture
def home(world):
    return House(world.doors(), Counters())


ANNA_ACCEPTS = Answer(HANDOFF, "anna", Verb.ACCEPT)
ANNA_REJECTS = Answer(HANDOFF, "anna", Verb.REJECT, "not_now")
BEN_CALLS = Answer(CALL, "ben", Verb.DONE, "connected")


async def test_accepting_tells_the_handoffs_own_workflow(home, world):
    task = await give(home, ANNA_ACCEPTS)

    assert (task.status, task.rep) == (TaskStatus.ACCEPTED, "anna")
    [(fact, target)] = world.told
    assert (fact.kind, fact.name, target) == (EventKind.HANDOFF_ACCEPTED, HANDOFF, HANDOFF)
    assert fact.details == {"rep": "anna"}


async def test_rejecting_carries_the_reason(home, world):
    task = await give(home, ANNA_REJECTS)

    assert (task.status, task.outcome) == (TaskStatus.REJECTED, "not_now")
    assert world.told[0][0].details == {"rep": "anna", "reason": "not_now"}


async def test_an_outcome_tells_the_lead(home, world):
    task = await give(home, BEN_CALLS)

    assert (task.status, task.outcome) == (TaskStatus.DONE, "connected")
    [(fact, target)] = world.told
    assert (fact.kind, fact.touch, fact.step, target) == (EventKind.TASK_DONE, CALL, "price-call", "")


async def test_the_same_answer_again_is_a_yes_and_nothing_new(home, world):
    await give(home, ANNA_ACCEPTS)
    await give(home, ANNA_ACCEPTS)

    assert len(world.inbox.facts) == 1
    assert len(world.told) == 1


async def test_of_many_at_once_exactly_one_wins(home, world):
    """Both verbs and both reps at the same moment, in the pool: one fact, one status, and they agree."""
    world.tasks.all[HANDOFF] = task = world.tasks.all[HANDOFF]
    object.__setattr__(task, "rep", "")
    crowd = [Answer(HANDOFF, rep, verb, word) for rep in ("anna", "ben") for verb, word in BOTH] * 5

    ends = await asyncio.gather(*(give(home, one) for one in crowd), return_exceptions=True)

    [fact] = world.inbox.facts.values()
    won = {one for one, end in zip(crowd, ends, strict=True) if not isinstance(end, Exception)}
    assert all(isinstance(end, Conflict) for end in ends if isinstance(end, Exception))
    assert len(won) == 1
    [winner] = won
    assert fact.details["rep"] == winner.rep == world.tasks.all[HANDOFF].rep
    assert (fact.kind is EventKind.HANDOFF_ACCEPTED) == (world.tasks.all[HANDOFF].status is TaskStatus.ACCEPTED)


BOTH = ((Verb.ACCEPT, ""), (Verb.REJECT, "bad_fit"))


async def test_a_crash_after_storing_heals_for_the_same_rep(home, world):
    world.tasks.crash_on_close = True
    with pytest.raises(Unavailable):
        await give(home, ANNA_ACCEPTS)
    assert [fact.kind for fact in world.inbox.facts.values()] == [EventKind.HANDOFF_ACCEPTED]
    world.tasks.crash_on_close = False

    assert (await give(home, ANNA_ACCEPTS)).status is TaskStatus.ACCEPTED
    assert len(world.inbox.facts) == 1


async def test_a_crash_after_storing_heals_for_a_colleague_who_comes_too_late(home, world):
    world.tasks.crash_on_close = True
    with pytest.raises(Unavailable):
        await give(home, ANNA_REJECTS)
    world.tasks.crash_on_close = False

    with pytest.raises(Conflict, match="Somebody was faster: anna rejected it"):
        await give(home, Answer(HANDOFF, "mo", Verb.ACCEPT))

    assert world.tasks.all[HANDOFF].status is TaskStatus.REJECTED
    assert len(world.inbox.facts) == 1


async def test_nothing_is_stored_for_a_task_the_engine_closed(home, world):
    await world.tasks.close(HANDOFF, TaskStatus.CANCELLED, world.clock.now())

    with pytest.raises(Conflict, match="cancelled already"):
        await give(home, ANNA_ACCEPTS)
    assert not world.inbox.facts


async def test_an_answer_counts_while_temporal_is_away(home, world):
    world.temporal_down = True

    assert (await give(home, ANNA_ACCEPTS)).status is TaskStatus.ACCEPTED
    assert [fact.id for fact, _ in await world.inbox.untold()] == [f"{HANDOFF}:answer"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        pytest.param(Answer("nothing", "anna", Verb.ACCEPT), NotFound, "no such task", id="unknown task"),
        pytest.param(Answer(HANDOFF, "anna", Verb.REJECT), Invalid, "reason is missing", id="no reason"),
        pytest.param(Answer(HANDOFF, "anna", Verb.REJECT, "bored"), Invalid, "not on offer", id="another reason"),
        pytest.param(Answer(CALL, "anna", Verb.DONE, "fine"), Invalid, "not on offer", id="another outcome"),
        pytest.param(Answer(CALL, "anna", Verb.ACCEPT), Invalid, "Only a hand-off", id="accepting a call"),
        pytest.param(
            Answer(HANDOFF, "anna", Verb.DONE, "connected"), Conflict, "Accept it first", id="touch too early"
        ),
        pytest.param(Answer(HANDOFF, "zoe", Verb.ACCEPT), Invalid, "no such rep", id="unknown rep"),
        pytest.param(Answer(HANDOFF, "ben", Verb.ACCEPT), Conflict, "with Anna Keller now", id="a colleague's task"),
    ],
)
async def test_what_cannot_be_changes_nothing(home, world, answer, error, words):
    with pytest.raises(error, match=words):
        await give(home, answer)
    assert not world.inbox.facts
    assert world.tasks.all[HANDOFF].status is TaskStatus.OPEN


async def test_a_manager_and_a_cover_may_answer(home, world):
    object.__setattr__(world.tasks.all[CALL], "rep", "cleo")

    await give(home, Answer(HANDOFF, "anna", Verb.ACCEPT))
    assert (await give(home, BEN_CALLS)).status is TaskStatus.DONE


async def test_the_first_touch_after_accepting_tells_the_handoff_once(home, world):
    await give(home, ANNA_ACCEPTS)
    world.clock.passes(minutes=20)
    for _ in range(2):
        await give(home, Answer(HANDOFF, "anna", Verb.DONE, "left_message"))

    [touched] = world.inbox.of_kind(EventKind.TASK_DONE)
    assert (touched.lead, touched.details["outcome"]) == (MIRA.id, "left_message")
    assert world.told[-1] == (touched, HANDOFF)
    assert world.tasks.all[HANDOFF].status is TaskStatus.ACCEPTED
