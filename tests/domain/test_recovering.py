"""What a history says of a touch: how it ended, or that it may have left; a yes never opens what a later no closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.recovering import Attempt, ends_of, is_overtaken
from nurture.domain.touch import Answer, Touch, TouchAnswer, TouchState

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOUCH = Touch("ada/trial.1/welcome.1/email", "ada", "trial", "v1", "welcome", Channel.EMAIL, "welcome")
LATER = {Answer.NOT_YET: NOON + timedelta(hours=1)}


def attempt(answer=None, *, sender="", lost=False, hours=0):
    at = NOON + timedelta(hours=hours)
    said = TouchAnswer(answer, at, until=LATER.get(answer), sender=sender) if answer else None
    return Attempt(TOUCH, at, at + timedelta(minutes=1), said, lost)


@pytest.mark.parametrize(
    ("attempts", "state"),
    [
        pytest.param([attempt(Answer.SENT, sender="anna")], TouchState.SENT, id="sent"),
        pytest.param([attempt(Answer.UNKNOWN)], TouchState.UNCERTAIN, id="nobody knows"),
        pytest.param([attempt(Answer.NEVER, sender="anna")], TouchState.REFUSED, id="a provider refused it"),
        pytest.param([attempt(Answer.NEVER)], TouchState.SUPPRESSED, id="a gate withheld it"),
        pytest.param([attempt(Answer.NOT_YET)], None, id="not yet: it goes on"),
        pytest.param([attempt()], None, id="being tried, and nobody was lost"),
        pytest.param([attempt(lost=True)], TouchState.UNCERTAIN, id="its worker was lost"),
        pytest.param([attempt(Answer.NOT_YET, lost=True)], TouchState.UNCERTAIN, id="lost, then held by the switch"),
        pytest.param([attempt(Answer.NOT_YET), attempt(Answer.SENT, hours=1)], TouchState.SENT, id="waited, then sent"),
        pytest.param(
            [attempt(lost=True), attempt(Answer.SENT, hours=1)], TouchState.SENT, id="in doubt, then it was resent"
        ),
        pytest.param(
            [attempt(lost=True), attempt(Answer.NEVER, hours=1)],
            TouchState.UNCERTAIN,
            id="a no afterwards proves nothing",
        ),
        pytest.param([attempt(lost=True, hours=-2)], None, id="a doubt from before the backup was settled then"),
    ],
)
def test_the_end_of_a_touch(attempts, state):
    ends = ends_of(reversed(attempts), since=NOON - timedelta(hours=1))

    assert [known.state for known in ends.values()] == ([state] if state else [])


def test_without_any_mark_every_doubt_counts():
    assert ends_of([attempt(lost=True, hours=-2)], since=None)


@pytest.mark.parametrize(
    ("no_at", "overtaken"),
    [pytest.param(1, True, id="the no came later"), pytest.param(-1, False, id="the yes came later")],
)
def test_a_yes_is_overtaken_by_a_later_no(no_at, overtaken):
    yes = Event("yes", EventKind.OPTED_IN, "ada", NOON)
    no = Event("no", EventKind.OPTED_OUT, "ada", NOON + timedelta(hours=no_at))

    assert is_overtaken(yes, [no]) is overtaken
    assert not is_overtaken(no, [no])
