"""A double opt-in on a real server: one mail asks, the press of its button opens the way, silence ends it."""

from __future__ import annotations

import re

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel

WORDING = "Yes, Acme may send me its letters by e-mail."
LETTERS = {
    "sequence": "letters-on-request",
    "purpose": "marketing",
    "enter": {"by_hand": True},
    "timing": {"timezone": "lead", "window": "any-time", "when_late": "send"},
    "steps": [
        {"id": "opt-in", "confirm": "newsletter-opt-in", "wording": WORDING, "up_to": "7 days", "else": "stop"},
        {"id": "first", "email": "quarterly-one"},
    ],
}


async def test_the_button_opens_the_way_and_leaves_a_receipt(house):
    ada = await house.enrols("reader", LETTERS)
    await ada.settles()
    assert await ada.sent() == ["opt-in"]
    (mail,) = [each for each in house.outboxes[Channel.EMAIL].sent if each.to.startswith(ada.lead)]
    assert re.search(r"/confirm/\S+", mail.text)
    assert WORDING in mail.text

    await ada.hears(EventKind.OPTED_IN, step="opt-in", channel="email", how="link")

    assert await ada.sent() == ["opt-in"]  # one mail a day, and the confirmation was one
    await ada.days_pass(1.1)
    assert await ada.sent() == ["opt-in", "first"]
    assert [yes.how for yes in await house.store.leads.consents(ada.lead)][-1] == "link"


async def test_who_never_presses_is_never_written_to(house):
    ada = await house.enrols("sleeper", LETTERS)
    await ada.days_pass(8)

    await ada.ends()

    assert await ada.sent() == ["opt-in"]
