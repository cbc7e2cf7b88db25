"""Kill switches from the command line: they work at once, nothing is dropped, and who did it and why is kept."""

from __future__ import annotations

import pytest

from nurture.domain.gates import gate
from nurture.domain.lead import Channel
from nurture.domain.touch import Touch
from tests.cli.office import MIRA, Office, agreed

WHO = ("--by", "olga", "--reason", "the price is wrong")


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, consents=[agreed(MIRA)])
    return office


def verdict_on(office):
    """What the last gate says to a welcome mail of the trial now."""
    touch = Touch(
        "t1", MIRA.id, "trial-nurture", "v1", "welcome", Channel.EMAIL, "welcome", window="any-time", stage="lead"
    )

    async def ask(house):
        now = house.clock.now()
        return gate(touch, (await house.store.ledger.outset(touch, now)).facts, house.policies, now)

    return office.inside(ask)


@pytest.mark.parametrize(
    "what",
    ["template:welcome", "step:trial-nurture/welcome", "sequence:trial-nurture", "channel:email", "all"],
)
def test_a_halt_holds_back_until_it_is_lifted(office, what):
    added = office.run("halt", "add", what, *WHO)
    held = verdict_on(office)
    lifted = office.run("halt", "lift", what, "--by", "max", "--reason", "fixed")

    assert (added.code, added.out) == (0, f"{what} is halted.\n")
    assert (held.code, held.until is not None) == ("halted", True)
    assert held.why.startswith(f"olga halted {what} on 2026-03-02 09:")
    assert held.why.endswith(": the price is wrong")
    assert lifted.code == 0
    assert lifted.out.startswith(f"{what} may be sent again. olga halted {what} on ")
    assert verdict_on(office) is None


def test_a_domain_halts_all_its_mailboxes(office):
    ran = office.run("halt", "add", "domain:news.example.com", *WHO, "--json")

    assert ran.json["halted"] == ["sender:team-one", "sender:team-two"]
    assert office.run("halt", "lift", "domain:news.example.com", *WHO, "--json").json["lifted"][0]["by"] == "olga"
    assert office.run("halt", "list").out == "Nothing is halted.\n"


def test_what_is_halted_and_was_is_listed(office):
    office.run("halt", "add", "channel:sms", *WHO)
    again = office.run("halt", "add", "channel:sms", "--by", "max", "--reason", "me too")
    listed, as_json = office.run("halt", "list"), office.run("halt", "list", "--json")
    office.run("halt", "lift", "channel:sms", "--by", "max", "--reason", "fixed")

    assert again.code == 0
    assert again.out.startswith("It was halted before: olga halted channel:sms on 2026-03-02 09:")
    assert "channel:sms  2026-03-02 09:" in listed.out
    assert [(halt["key"], halt["by"], halt["until"]) for halt in as_json.json["halts"]] == [
        ("channel:sms", "olga", None)
    ]
    past = office.run("halt", "list", "--past", "--json").json["past"]
    assert [(each["act"], each["by"], each["why"]) for each in past] == [
        ("lifted", "max", "fixed"),
        ("halted", "olga", "the price is wrong"),
    ]
    assert " lifted  channel:sms  max " in office.run("halt", "list", "--past").out


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("template:wellcome", 'There is no template "wellcome". Did you mean "welcome".'),
        ("step:trial-nurture/welcom", 'There is no step "trial-nurture/welcom". Did you mean "trial-nurture/welcome".'),
        ("sequence:trail-nurture", 'There is no sequence "trail-nurture". Did you mean "trial-nurture".'),
        ("sender:ana", 'There is no sender "ana". Did you mean "anna".'),
        ("domain:new.example.com", 'There is no domain "new.example.com". Did you mean "news.example.com".'),
        ("channel:sns", 'There is no channel "sns". Did you mean "sms".'),
        ("planet:mars", '"planet:mars" is no switch. Write template:NAME, step:NAME'),
        ("welcome", '"welcome" is no switch.'),
    ],
)
def test_a_slip_of_the_finger_halts_nothing(office, what, says):
    ran = office.run("halt", "add", what, *WHO)

    assert ran.code == 1
    assert says in ran.err
    assert office.run("halt", "list", "--json").json["halts"] == []


def test_a_sequence_that_left_the_shelf_can_be_halted(office):
    document = {"sequence": "old-one", "steps": [{"id": "hello", "email": "welcome"}]}
    office.inside(lambda house: house.store.library.keep("old-one", "v7", document))

    assert office.run("halt", "add", "sequence:old-one", *WHO).code == 0
    assert office.run("halt", "add", "step:old-one/hello", *WHO).code == 0
    assert 'Did you mean "old-one/hello"' in office.run("halt", "add", "step:old-one/helo", *WHO).err


def test_what_is_not_halted_cannot_be_lifted(office):
    assert "sender:anna is not halted. Nothing is halted." in office.run("halt", "lift", "sender:anna", *WHO).err
    office.run("halt", "add", "channel:sms", *WHO)
    ran = office.run("halt", "lift", "sender:anna", *WHO)

    assert (ran.code, ran.err) == (1, "nurture: sender:anna is not halted. Halted are: channel:sms.\n")


@pytest.mark.parametrize("words", [("--by", "olga"), ("--reason", "because"), ("--by", " ", "--reason", "because")])
def test_a_switch_without_a_name_and_a_reason_is_wrong_usage(office, words):
    assert office.run("halt", "add", "channel:sms", *words).code == 2
    assert office.run("halt", "lift", "channel:sms", *words).code == 2
