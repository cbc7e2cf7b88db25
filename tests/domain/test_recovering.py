"""What a history says of a touch: how it ended, or that it may have left; a yes never undoes a later no."""

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
    ("missing", "there", "overtaken"),
    [
        pytest.param((EventKind.OPTED_IN, 0), (EventKind.OPTED_OUT, 1), True, id="a later no"),
        pytest.param((EventKind.OPTED_IN, 0), (EventKind.COMPLAINED, 1), True, id="a later complaint"),
        pytest.param((EventKind.OPTED_IN, 0), (EventKind.OPTED_OUT, -1), False, id="the yes came later"),
        pytest.param((EventKind.PREFERRED, 0), (EventKind.PREFERRED, 1), True, id="chose again"),
        pytest.param((EventKind.PREFERRED, 0), (EventKind.OPTED_OUT, 1), False, id="a no leaves choices alone"),
        pytest.param((EventKind.OPTED_OUT, 0), (EventKind.OPTED_OUT, 1), False, id="a no is never overtaken"),
        pytest.param((EventKind.OPTED_OUT, 0), (EventKind.OPTED_IN, 1), False, id="not even by a yes"),
    ],
)
def test_a_yes_or_a_choice_never_undoes_a_later_word(missing, there, overtaken):
    before, after = (
        Event(name, kind, "ada", NOON + timedelta(hours=hours))
        for name, (kind, hours) in (("missing", missing), ("there", there))
    )

    assert is_overtaken(before, [after]) is overtaken
