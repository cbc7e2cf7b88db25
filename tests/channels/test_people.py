"""A decision to call becomes one task, however often it is asked for."""

from __future__ import annotations

from datetime import timedelta

from nurture.channels.memory import Outbox, outboxes
from nurture.channels.people import task_for
from nurture.domain.decisions import AskRep
from nurture.domain.lead import Channel
from nurture.domain.touch import Touch
from tests.channels.people import MAIL, NOON, TEXT, Wire

CALL = Touch("ada/trial.1/price-call.1/call", "ada", "trial", "v1", "price-call", Channel.CALL, "pricing", score=81)
ASK = AskRep(
    touch=CALL,
    kind="call",
    title="Call about pricing",
    due_at=NOON + timedelta(hours=4),
    outcomes=("connected", "no_answer"),
    why="clicked pricing",
)


def test_a_call_has_the_script_the_deadline_and_the_answers():
    task = task_for(ASK, ("Call Ada", "Ask about **seats**."), rep="mia", now=NOON)

    assert (task.id, task.lead, task.kind, task.rep) == (CALL.id, "ada", "call", "mia")
    assert (task.title, task.body, task.due_at) == ("Call Ada", "Ask about **seats**.", ASK.due_at)
    assert (task.outcomes, task.sequence, task.step) == (("connected", "no_answer"), "trial", "price-call")
    assert task.details == {"why": "clicked pricing", "score": 81, "stage": ""}


def test_without_words_the_title_of_the_sequence_stays():
    assert task_for(ASK, ("", ""), rep="", now=NOON).title == "Call about pricing"


async def test_the_outboxes_keep_what_they_get_in_order():
    boxes = outboxes()
    sms = boxes[Channel.SMS]
    first, second = await sms.send(TEXT, Wire()), await sms.send(TEXT, Wire())
    mail = await boxes[Channel.EMAIL].send(MAIL, Wire())

    assert set(boxes) == {Channel.EMAIL, Channel.SMS, Channel.WHATSAPP}
    assert (sms.sent, mail.id) == ([TEXT, TEXT], MAIL.message_id)
    assert first.id != second.id


async def test_the_same_message_in_the_same_place_gets_the_same_receipt():
    receipts = [await Outbox(Channel.SMS).send(TEXT, Wire()) for _ in range(2)]

    assert receipts[0] == receipts[1]
