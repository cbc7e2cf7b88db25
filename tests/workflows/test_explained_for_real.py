"""What real workflows, gates and providers decided is told in full, from the store and from whoever is awake."""

from __future__ import annotations

from pydantic import TypeAdapter

from nurture.domain.accounts import AHEAD, NEVER_REACHED, PASSED_OVER, accounts_of
from nurture.domain.build import sequence_of
from nurture.domain.errors import Blame, Refused, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.rulings import Ruling
from tests.workflows.test_lead import sequence


async def told(house, story):
    """Return what became of each step as (step, fate, rule), every one with inputs and a clock."""
    live = await house.leads.ask(story.lead)
    awake = TypeAdapter(list[Ruling]).validate_python(live["explanation"].get("rulings", []) if live else [])
    kept = await house.store.leads.rulings(story.lead)
    every = {(each.at, each.n): each for each in (*kept, *awake)}
    made = [every[key] for key in sorted(every)]
    rows = await house.store.ledger.rows(lead=story.lead)
    pinned = {
        each.version: await house.store.library.fetch(each.sequence, each.version) for each in made if each.version
    }
    versions = {version: sequence_of(version, file[1]) for version, file in pinned.items() if file}
    accounts = list(accounts_of(made, rows, versions))
    assert {row.touch.id for row in rows} == {each.row.touch.id for each in accounts if each.row}
    assert all(each.decided and each.decided.why and each.decided.inputs and each.decided.at for each in accounts)
    return [(each.step, each.fate, each.decided.rule) for each in accounts]


async def test_every_touch_and_every_silence_of_a_real_life_is_told(house):
    arms = [{"if": "lead.size >= 50", "steps": [{"id": "big", "email": "case-study"}]}, {"otherwise": []}]
    steps = [
        {"id": "welcome", "email": "welcome"},
        {"id": "call-me", "first_possible": [{"sms": "trial-nudge"}, {"email": "trial-nudge"}], "after": "2 days"},
        {"id": "rich", "email": "case-study", "only_if": "lead.budget >= 1000"},
        {"id": "fork", "branch": arms},
        {"id": "lost", "after": "5 days", "email": "case-study"},
        {"id": "late", "after": "20 days", "email": "case-study"},
    ]
    house.outboxes[Channel.SMS].will_answer(Refused("not a mobile", blame=Blame.RECIPIENT, code="21614"))
    ada = await house.enrols("ada", sequence(*steps), fields={"size": 7, "budget": 5})
    await ada.days_pass(5)
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("the line went dead after the dot"))
    await ada.days_pass(6)

    assert await told(house, ada) == [
        ("welcome", "sent", "step"),
        ("call-me", "refused", "recipient"),
        ("call-me", "sent", "step"),
        ("rich", PASSED_OVER, "only_if"),
        ("lost", "uncertain", "step"),
        ("late", AHEAD, "time"),
        ("big", NEVER_REACHED, "branch"),
    ]

    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    assert await ada.ends() == "lead"
    assert ("late", PASSED_OVER, "reply") in await told(house, ada)


async def test_what_a_gate_puts_off_is_told_with_the_word_of_the_gate(house):
    await house.store.halts.halt("channel:whatsapp", why="the template is wrong", by="olga", now=house.clock.now())
    ada = await house.enrols("ada", sequence({"id": "hello", "whatsapp": "trial-hello"}))
    await ada.settles()

    held = await told(house, ada)
    await house.store.halts.lift("channel:whatsapp", why="mended", by="olga", now=house.clock.now())

    assert held == [("hello", AHEAD, "halted")]
