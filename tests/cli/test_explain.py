"""Explaining one lead: every touch and every silence with its rule, its inputs and its clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from nurture.domain.consent import Basis
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.rulings import Ruling
from nurture.domain.touch import TouchState
from tests.cli.office import MIRA, MONDAY, Office, agreed, awake
from tests.workflows.life import Life, sequence


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, consents=[agreed(MIRA), agreed(MIRA, Channel.SMS, Basis.INQUIRY)])
    office.temporal.pictures[MIRA.id] = awake()
    return office


def explained(office):
    return office.run("explain", MIRA.email, "--json").json


def test_the_decision_names_its_rule_and_its_time(office):
    told = explained(office)

    assert told["source"] == "workflow"
    assert told["decision"] == {
        "next": "waits until Tue 03 Mar 09:12 America/New_York for nudge: 1 day after welcome",
        "rule": "after",
        "why": "1 day after welcome",
        "until": "2026-03-03T14:12:00+00:00",
        "blocked_by": "",
    }
    assert told["clock"]["timezones"] == ["America/New_York"]
    assert told["clock"]["now"].startswith("2026-03-02T09:0")
    assert told["trail"] == ["2026-03-02 09:00 trial-nurture/welcome: go to nudge because it was sent [next]"]


def test_every_point_has_its_reason(office):
    assert explained(office)["score_reasons"] == [
        "+20 company is known",
        "+12 clicked, halved every 14 days, at most 30",
    ]


def test_a_touch_carries_the_planners_reason_and_its_inputs(office):
    touch = office.touched(MIRA, "welcome")

    (row,) = explained(office)["touches"]

    assert (row["touch"], row["state"], row["why"]) == (touch, "sent", "0 days after enrolment")
    assert (row["inputs"]["score"], row["inputs"]["stage"]) == (12, "lead")
    assert row["inputs"]["timezone"] == "America/New_York"
    assert row["wire_at"] == MONDAY.isoformat()


@pytest.mark.parametrize(
    ("state", "code", "reason"),
    [
        (TouchState.SUPPRESSED, "no_consent", "marketing by sms in US needs express_written; we have nothing"),
        (TouchState.CANCELLED, "stopped", "the sequence was stopped"),
        (TouchState.REFUSED, "21610", "the provider knows that the person said stop"),
    ],
)
def test_a_touch_that_was_not_made_carries_its_code_and_reason(office, state, code, reason):
    office.touched(MIRA, "text", state=state, channel=Channel.SMS, code=code, reason=reason)

    told = explained(office)

    (row,) = told["withheld"]
    assert (row["state"], row["code"], row["reason"]) == (state, code, reason)
    assert told["touches"] == []


def test_an_open_channel_shows_the_consent_that_opens_it(office):
    email = explained(office)["channels"]["email"]

    assert (email["open"], email["code"], email["suppressions"]) == (True, "", [])
    (consent,) = email["consents"]
    assert (consent["basis"], consent["how"], consent["source"]) == ("express", "form", "website")
    assert consent["given_at"] == (MONDAY - timedelta(days=2)).isoformat()


def test_a_channel_closed_by_an_opt_out_shows_the_fact(office):
    details = {"channel": "email", "scope": "marketing", "how": "link"}
    office.heard(Event("o1", EventKind.OPTED_OUT, MIRA.id, MONDAY, details=details))

    email = explained(office)["channels"]["email"]

    assert (email["open"], email["code"]) == (False, "suppressed")
    assert email["why"] == "opted out on 2026-03-02 closed email (marketing)"
    assert email["suppressions"] == [
        {"channel": "email", "scope": "marketing", "why": "opted_out", "since": MONDAY.isoformat()}
    ]


def test_a_channel_without_enough_consent_says_what_it_needs(office):
    sms = explained(office)["channels"]["sms"]

    assert (sms["open"], sms["code"]) == (False, "no_consent")
    assert sms["why"].startswith("marketing by sms in US needs ")
    assert [consent["basis"] for consent in sms["consents"]] == ["inquiry"]


def test_a_lead_that_never_woke_is_explained_from_the_store(office):
    office.temporal.pictures.clear()

    told = explained(office)

    assert (told["source"], told["touches"], told["withheld"]) == ("store", [], [])
    assert told["decision"]["next"].startswith("rests")
    assert told["score"] == sum(float(reason.split()[0]) for reason in told["score_reasons"])


def test_people_read_it_in_sections(office):
    office.touched(MIRA, "welcome")
    office.touched(MIRA, "text", state=TouchState.SUPPRESSED, days=1, code="no_consent", reason="no consent to SMS")

    ran = office.run("explain", MIRA.email)

    assert ran.code == 0
    assert "Score: 31.5 points\n  +20 company is known" in ran.out
    assert "  email: open (express of 2026-02-28)" in ran.out
    assert "  2026-03-02 09:00  email welcome of trial-nurture: sent" in ran.out
    assert "      planned because 1 days after enrolment\n      no consent to SMS [no_consent]" in ran.out


def test_what_is_halted_just_now_is_shown_with_who_and_why(office):
    before = office.run("explain", MIRA.email).out
    office.run("halt", "add", "channel:sms", "--by", "olga", "--reason", "the carrier is down")

    after, told = office.run("explain", MIRA.email).out, office.run("explain", MIRA.email, "--json").json

    assert "Halted or paused" not in before
    assert "Halted or paused just now\n  olga halted channel:sms on 2026-03-02 " in after
    assert [words.rpartition(": ")[2] for words in told["halts"]] == ["the carrier is down"]


def never_asked(office):
    """Keep what the planner decided for somebody too small for the first step and on the other side of the fork."""
    arms = [{"if": "lead.size >= 50", "steps": [{"id": "big", "email": "big"}]}, {"otherwise": []}]
    first = {"id": "first", "email": "first", "only_if": "lead.size >= 10"}
    ada = Life(
        sequence(first, {"id": "fork", "branch": arms}, enter={"by_hand": True, "unless": "lead.size > 90"}), size=7
    )
    ada.enters()
    ada.goes()
    ada.hears(EventKind.LEAD_CHANGED, size=95)
    ada.enters()

    async def keep(house):
        for document in ada.versions.values():
            await house.store.library.keep("trial", "v1", document)
        made = [replace(ruling, version="v1" if ruling.version else "") for ruling in ada.mind.notebook.rulings]
        await house.store.leads.write_down(MIRA.id, made)

    office.inside(keep)


def test_a_step_without_a_touch_is_told_with_its_rule_inputs_and_clock(office):
    never_asked(office)

    told = explained(office)

    first, big = sorted(told["not_made"], key=lambda each: each["step"], reverse=True)
    assert (first["fate"], first["rule"], first["why"]) == ("passed over", "only_if", "lead.size 7 >= 10")
    assert (first["inputs"]["lead.size"], first["inputs"]["stage"]) == (7, "lead")
    assert first["clock"]["at"] == "2026-06-01T09:00:00+00:00"
    assert first["clock"]["local"] == "2026-06-01T11:00:00+02:00"
    assert first["clock"]["kind"] == "simulated, 1 times as fast"
    assert (big["step"], big["fate"], big["rule"]) == ("big", "never reached", "branch")
    assert [each["rule"] for each in told["not_let_in"]] == ["not_again"]
    assert len(told["decisions"]) > len(told["not_made"])


def test_people_read_why_a_step_made_no_touch(office):
    never_asked(office)

    said = office.run("explain", MIRA.email).out

    assert "  first of trial: passed over, lead.size 7 >= 10\n      rule only_if; looked at: condition lead.s" in said
    assert "due at 2026-06-01 09:00 UTC, lead.size 7, score 0, stage lead\n      decided 2026-06-01 09:00 UTC" in said
    assert "09:00 UTC, Mon 01 Jun 11:00 in Europe/Berlin; on the wall " in said
    assert "  big of trial: never reached, otherwise\n" in said
    assert "decided at fork 2026-06-01 09:00 UTC" in said
    assert "Not let in\n  2026-07-31 09:00  trial: not_again; looked at: " in said


def test_what_an_awake_workflow_decided_is_told_before_it_is_kept(office):
    ada = Life(sequence({"id": "late", "after": "3 days", "email": "late"}))
    ada.enters()
    picture = awake()
    picture["explanation"]["rulings"] = TypeAdapter(list[Ruling]).dump_python(
        list(ada.mind.notebook.rulings), mode="json"
    )
    office.temporal.pictures[MIRA.id] = picture
    version = next(iter(ada.versions))
    office.inside(lambda house: house.store.library.keep("trial", version, ada.versions[version]))

    (late,) = explained(office)["not_made"]

    assert (late["fate"], late["rule"], late["why"]) == ("still ahead", "time", "3 days after the step before")
    assert late["until"] == "2026-06-04T09:00:00Z" or late["until"].startswith("2026-06-04T09:00")


def test_without_temporal_the_latest_decisions_are_thought_again_from_the_store(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys, reachable=False)
    office.knows(MIRA, consents=[agreed(MIRA)])
    document = sequence(
        {"id": "soon", "email": "soon", "only_if": "score >= 90"}, {"id": "late", "after": "3 days", "email": "b"}
    )

    async def enrolled(house):
        await house.store.library.keep("trial", "v2", document)
        await house.store.enrolments.asked(MIRA.id, "trial", "v2", "by hand", MONDAY)

    office.inside(enrolled)

    told = explained(office)

    assert told["note"].endswith("decisions since it last rested are thought again by the policies of today")
    assert [(each["step"], each["fate"], each["rule"]) for each in told["not_made"]] == [
        ("soon", "passed over", "only_if"),
        ("late", "still ahead", "time"),
    ]
    assert told["not_made"][1]["until"] == (MONDAY + timedelta(days=3)).isoformat()
