"""Previews: a lead's days if it says nothing, and every message of the sequence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nurture.domain.lead import Channel
from nurture.domain.messages import Email
from nurture.trying.people import persona_as, visitor
from nurture.trying.rehearsal import lead_for
from nurture.trying.showing import Preview, composer_for, preview_of, troubles
from nurture.trying.workshop import Workshop
from tests.trying.room import Room

START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


async def preview(room: Room, *, like: str = "busy-cto-berlin", sequence: str = "trial", **facts) -> Preview:
    workshop = Workshop.open(room.root, 2026, [sequence])
    plan = workshop.book.sequences[workshop.current[sequence]]
    lead = lead_for(plan, {})
    who = persona_as(workshop.personas[like], lead, START, facts) if like else visitor(lead, facts, START)
    return await preview_of(
        workshop, composer_for(workshop, "https://go.example", "mail.example.com"), plan, who, START
    )


def shown(seen: Preview, step: str):
    return next(what for planned, what in zip(seen.planned, seen.shown, strict=True) if planned.step == step)


async def test_the_calendar_is_the_planners(room):
    seen = await preview(room, company_size=40, trial_ends_at="2026-07-01")

    coming = [(planned.step, f"{planned.at:%d %H:%M}") for planned in seen.planned if planned.at]
    assert coming == [
        ("welcome", "01 08:20"),
        ("setup-help", "03 08:20"),
        ("case-study", "04 08:20"),
        ("nudge", "09 08:20"),
        ("wrap-up", "10 08:20"),
        ("the end", "10 08:20"),
        ("the end", "10 08:20"),
    ]
    assert [planned.why for planned in seen.planned[5:7]] == [
        "moves to the stage nurture: silent",
        "starts letters: silent",
    ]
    assert seen.zone == "Europe/Berlin"
    assert seen.refused == ""


async def test_every_message_is_rendered_for_this_person(room):
    seen = await preview(room, company_size=40, trial_ends_at="2026-07-01")

    welcome = shown(seen, "welcome")
    assert isinstance(welcome.message, Email)
    assert "Hi Petra" in welcome.message.text
    assert list(welcome.subjects) == ["control", "question"]
    assert shown(seen, "setup-help").message.subject.startswith("Re: ")
    assert troubles(seen) == []


async def test_variants_that_differ_in_subjects_alone_are_shown_once(room):
    seen = await preview(room)

    assert [planned.variant for planned in seen.planned if planned.step == "welcome"] == ["control, question"]


async def test_variants_that_differ_in_words_are_all_shown(room):
    template = room.root / "templates" / "email" / "welcome.md"
    template.write_text(template.read_text() + '\n{% if variant == "question" %}What is first?{% endif %}\n')

    seen = await preview(room)

    assert [planned.variant for planned in seen.planned if planned.step == "welcome"] == ["control", "question"]


async def test_other_ways_and_other_channels_follow_without_a_time(room):
    seen = await preview(room, company_size=40, trial_ends_at="2026-07-01")

    other = [(planned.step, str(planned.channel)) for planned in seen.planned if planned.at is None]
    assert other == [("price-call", "call"), ("big", "email"), ("nudge", "email")]
    assert shown(seen, "price-call").text


async def test_a_closed_channel_says_so_and_is_no_trouble(room):
    seen = await preview(room, like="student-pune", trial_ends_at="2026-07-01")

    why = {(planned.step, planned.channel): planned.why for planned in seen.planned if planned.at is None}
    assert why["nudge", Channel.SMS] == "closed for this lead: no address"
    assert troubles(seen) == []


async def test_a_value_that_is_missing_is_told_and_the_rest_is_shown(room):
    template = room.root / "templates" / "email" / "case-study.md"
    template.write_text(template.read_text() + "\n{{ lead.budget }}\n")

    seen = await preview(room, company_size=40)

    assert [trouble.partition(":")[0] for trouble in troubles(seen)] == ["case-study"]
    assert 'this lead has no "budget"' in shown(seen, "case-study").trouble
    assert shown(seen, "welcome").message is not None


async def test_who_would_not_be_let_in_is_shown_all_the_same(room):
    seen = await preview(room, stage="customer")

    assert seen.refused == "enter_unless"
    assert seen.planned[0].step == "welcome"


async def test_a_hand_off_ends_the_calendar(room):
    text = (room.root / "sequences" / "trial.yaml").read_text()
    room.write(
        "trial.yaml",
        text.replace("{ id: recycle, move: nurture, enroll: letters, reason: silent }", "{ id: sales, handoff: hot }"),
    )

    seen = await preview(room, company_size=40, trial_ends_at="2026-07-01")

    last = [planned for planned in seen.planned if planned.at][-1]
    assert (last.channel, last.template) == ("handoff", "hot")
    assert "Call now" in seen.shown[seen.planned.index(last)].title


async def test_a_preview_of_nobody_in_particular(room):
    seen = await preview(room, like="", email="ida@example.com", source="website")

    assert seen.zone == "Europe/Berlin"
    assert isinstance(shown(seen, "welcome").message, Email)


@pytest.mark.parametrize("sequence", ["trial", "letters"])
async def test_the_same_preview_is_the_same(room, sequence):
    assert await preview(room, sequence=sequence) == await preview(room, sequence=sequence)
