"""Mailboxes and numbers as an operator sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import Intent, Touch, TouchState, touch_id
from tests.cli.office import MIRA, Office


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys)


async def sent(house, number, domain):
    """Send one newsletter to a person and return the touch."""
    person = replace(MIRA, id=f"lead-{number}", email=f"p{number}@{domain}", phone="")
    await house.store.leads.save([person])
    identity, now = touch_id(person.id, "quarterly", 1, "one", 1, Channel.EMAIL), house.clock.now()
    touch = Touch(identity, person.id, "quarterly", "v1", "one", Channel.EMAIL, "quarterly-one")
    sender, _ = await house.store.senders.book("marketing", Channel.EMAIL, person.id, identity, now, sticky=False)
    row = await house.store.ledger.reserve(Intent(touch, f"<{number}@m>", "body", sender, person.email), now)
    await house.store.ledger.mark_wire(identity, row.fence, now, lambda _facts: None)
    await house.store.ledger.settle(identity, row.fence, TouchState.SENT, now)
    return touch


def complain(office, *domains):
    async def go(house):
        for number, domain in enumerate(domains):
            touch = await sent(house, number, domain)
            kind = EventKind.COMPLAINED
            await house.store.inbox.record(Event(f"c{number}", kind, touch.lead, house.clock.now(), touch=touch.id))

    office.inside(go)


def test_an_idle_house_is_open_everywhere(office):
    ran = office.run("senders", "--json")

    assert ran.code == 0
    farid = next(each for each in ran.json["senders"] if each["sender"] == "farid")
    assert (farid["booked"], farid["cap"], farid["warming_up"], farid["pause"]) == (0, 120, False, None)
    assert {each["complaints"]["level"] for each in ran.json["reputations"]} == {"fine"}
    assert [each["domain"] for each in ran.json["gmail"]] == ["example.com"]


def test_what_stopped_says_why_and_is_let_go(office):
    complain(office, "gmail.com", "gmail.com", "example.org")
    listed, table = office.run("senders", "--json").json, office.run("senders").out

    paused = {each["sender"]: each["pause"]["why"] for each in listed["senders"] if each["pause"]}
    assert set(paused) == {"team-one", "team-two"}
    assert paused["team-one"].startswith("news.example.com has 3 complaints on 3 messages in 7 days")
    news = next(each for each in listed["reputations"] if each["reputation"] == "news.example.com")
    assert (news["sent"], news["complaints"]) == (3, {"count": 3, "rate": 1.0, "level": "stop"})
    assert listed["gmail"] == [{"domain": "example.com", "count": 2, "level": "fine"}]
    assert sum(each["booked"] for each in listed["senders"]) == 3
    assert "paused until lifted: news.example.com has 3 complaints" in table
    assert "3 (100.00%) stop" in table
    assert "example.com  2 of 5000" in table

    office.run("halt", "lift", "domain:news.example.com", "--by", "olga", "--reason", "list cleaned")
    after = office.run("senders", "--json").json
    assert [each["pause"] for each in after["senders"] if each["pause"]] == []
    assert {each["complaints"]["count"] for each in after["reputations"]} == {0}


def test_a_halt_by_a_person_names_the_person(office):
    office.run("halt", "add", "sender:anna", "--by", "olga", "--reason", "on leave")

    assert "halted by olga until lifted: on leave" in office.run("senders").out


def test_near_the_line_where_gmail_calls_us_a_bulk_sender(office, monkeypatch):
    from nurture.cli import senders

    monkeypatch.setattr(senders, "GMAIL_WARN", 2)
    complain(office, "gmail.com", "googlemail.com")

    assert office.run("senders", "--json").json["gmail"][0]["level"] == "warn"
    assert "near 5000: a bulk sender for ever from there" in office.run("senders").out
