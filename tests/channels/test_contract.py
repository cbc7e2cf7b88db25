"""The contract of every carrier, real or fake: what the ledger's promises rest on."""

from __future__ import annotations

import pytest

from nurture.channels.email import EmailCarrier
from nurture.channels.memory import Outbox
from nurture.channels.sms import SmsCarrier
from nurture.channels.twilio_account import TwilioAccount
from nurture.channels.whatsapp import WhatsAppCarrier
from nurture.domain.errors import Blame, Blocked, LeaseLost, Refused, Unavailable, Uncertain
from nurture.domain.lead import Channel
from tests.channels.people import CHAT, MAIL, TEXT, Noon, Wire, blocked
from tests.channels.smtp_sink import Does, Sink
from tests.channels.twilio_stub import SID, TOKEN, Stub


class Bench:
    """A carrier, a message for it, and the other side: how many it accepted and what it shall answer."""

    def __init__(self, carrier, message, accepted, script, answers) -> None:
        self.carrier, self.message, self.accepted = carrier, message, accepted
        self._script, self._answers = script, answers

    def will_answer(self, kind: type[Exception]) -> None:
        self._script(self._answers[kind])


def memory(channel, message) -> Bench:
    outbox = Outbox(channel)
    answers = {
        Refused: Refused("no such person", blame=Blame.RECIPIENT, code="test"),
        Unavailable: Unavailable("not now", code="test"),
        Uncertain: Uncertain("silence"),
    }
    return Bench(outbox, message, lambda: len(outbox.sent), outbox.will_answer, answers)


@pytest.fixture(params=["memory email", "memory sms", "memory whatsapp", "email", "sms", "whatsapp"])
async def bench(request):
    kind = request.param
    if kind.startswith("memory"):
        yield memory(Channel(kind.split()[1]), {"email": MAIL, "sms": TEXT, "whatsapp": CHAT}[kind.split()[1]])
    elif kind == "email":
        async with Sink() as sink, EmailCarrier(sink.relay(), Noon()) as carrier:
            deeds = {
                Refused: "rcpt 550 5.1.1 No such user",
                Unavailable: "rcpt 450 4.2.0 Greylisted, try again in 300 seconds",
                Uncertain: Does.TAKES_THEN_DROPS,
            }
            yield Bench(carrier, MAIL, lambda: len(sink.taken), sink.will, deeds)
    else:
        async with Stub() as stub:
            account = TwilioAccount(SID, TOKEN, base_url=stub.url, timeout=5)
            carrier, message = (SmsCarrier(account), TEXT) if kind == "sms" else (WhatsAppCarrier(account), CHAT)
            deeds = {Refused: (400, 21211), Unavailable: (429, 20429), Uncertain: "reset"}
            yield Bench(carrier, message, lambda: len(stub.taken), stub.will, deeds)
            await account.close()


async def test_a_message_goes_out_once_and_brings_a_receipt(bench):
    wire = Wire()

    receipt = await bench.carrier.send(bench.message, wire)

    assert bench.accepted() == 1
    assert receipt.id


async def test_the_last_gate_is_asked_once_before_anything_is_accepted(bench):
    seen = []

    async def gate() -> None:
        seen.append(bench.accepted())

    await bench.carrier.send(bench.message, gate)

    assert seen == [0]


@pytest.mark.parametrize("no", [blocked(), LeaseLost("another worker has it")], ids=["blocked", "lease lost"])
async def test_a_no_at_the_wire_passes_through_and_nothing_goes_out(bench, no):
    with pytest.raises(type(no)):
        await bench.carrier.send(bench.message, Wire(no))

    assert bench.accepted() == 0


async def test_after_a_no_at_the_wire_the_next_message_goes_out_alone(bench):
    with pytest.raises(Blocked):
        await bench.carrier.send(bench.message, Wire(blocked()))

    await bench.carrier.send(bench.message, Wire())

    assert bench.accepted() == 1


async def test_a_refusal_is_definite_and_says_whose_fact_it_is(bench):
    bench.will_answer(Refused)

    with pytest.raises(Refused) as refusal:
        await bench.carrier.send(bench.message, Wire())

    assert refusal.value.blame is Blame.RECIPIENT
    assert refusal.value.code
    assert bench.accepted() == 0


async def test_an_unavailable_provider_took_nothing_and_may_be_asked_again(bench):
    bench.will_answer(Unavailable)

    with pytest.raises(Unavailable):
        await bench.carrier.send(bench.message, Wire())
    await bench.carrier.send(bench.message, Wire())

    assert bench.accepted() == 1


async def test_silence_after_the_wire_is_uncertain_and_the_gate_was_asked(bench):
    wire = Wire()
    bench.will_answer(Uncertain)

    with pytest.raises(Uncertain):
        await bench.carrier.send(bench.message, wire)

    assert wire.asked == 1
