"""Made-up people: what they do is drawn by a hash, in the shares that their file gives them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.personas import Persona, call_outcome, chance, deeds_after, draw, personas_of, pick
from nurture.domain.touch import Touch

SENT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LINKS = ("pricing", "tour")


def persona(**entry) -> Persona:
    return personas_of({"ada": {"lead": {"email": "ada@example.com"}, **entry}})["ada"]


def touch(number: int = 1, channel: Channel = Channel.EMAIL) -> Touch:
    return Touch(
        f"lead-{number}/trial.1/welcome.1/{channel}", f"lead-{number}", "trial", "v", "welcome", channel, "welcome"
    )


def deeds(who: Persona, count: int = 2_000, channel: Channel = Channel.EMAIL) -> Counter[str]:
    told = (deed for number in range(count) for deed in deeds_after(who, touch(number, channel), SENT, 1, LINKS))
    return Counter(f"{deed.kind} {deed.details.get('intent', deed.name)}".strip() for deed in told)


def test_a_file_becomes_people():
    ada = persona(
        about="Reads on the train",
        share=18,
        consents=["email", "sms"],
        habits={"email": {"opens": "60%", "replies": {"interested": "4%"}, "opts_out": "0.5%"}},
        phone={"connected": "35%"},
        events={"meeting_booked": "2%"},
        hours=[1, 40],
    )

    assert (ada.name, ada.share, ada.consents) == ("ada", 18, ("email", "sms"))
    assert ada.habits["email"].opens == pytest.approx(0.6)
    assert ada.habits["email"].opts_out == pytest.approx(0.005)
    assert ada.habits["email"].replies == {"interested": pytest.approx(0.04)}
    assert ada.hours == (1.0, 40.0)
    assert not ada.machine


def test_a_person_without_habits_does_nothing():
    assert deeds(persona()) == {}
    assert deeds(persona(habits={"email": {"opens": "100%"}}), channel=Channel.SMS) == {}


def test_the_same_touch_always_gets_the_same_answer():
    ada = persona(habits={"email": {"opens": "50%", "clicks": "50%", "replies": {"interested": "50%"}}})

    first = [list(deeds_after(ada, touch(number), SENT, 1, LINKS)) for number in range(50)]

    assert first == [list(deeds_after(ada, touch(number), SENT, 1, LINKS)) for number in range(50)]
    assert first != [list(deeds_after(ada, touch(number), SENT, 2, LINKS)) for number in range(50)]


def test_people_keep_to_their_shares():
    ada = persona(
        habits={
            "email": {
                "opens": "60%",
                "clicks": "20%",
                "replies": {"interested": "10%", "not_now": "5%"},
                "opts_out": "5%",
            }
        },
        events={"meeting_booked": "10%"},
    )

    done = deeds(ada, 4_000)

    expected = {"opened": 0.6, "clicked": 0.2, "replied interested": 0.1, "replied not_now": 0.05, "opted_out": 0.05}
    for what, share in (expected | {"happened meeting_booked": 0.1}).items():
        assert done[what] / 4_000 == pytest.approx(share, abs=0.025), what


def test_a_dead_address_neither_opens_nor_answers():
    gone = persona(
        habits={"email": {"bounces": "100%", "opens": "100%", "clicks": "100%"}}, events={"meeting_booked": "100%"}
    )

    bounced = [list(deeds_after(gone, touch(number), SENT, 1, LINKS)) for number in range(20)]

    assert all([deed.kind for deed in each] == [EventKind.BOUNCED] for each in bounced)
    assert all(each[0].details == {"hard": True, "channel": "email"} for each in bounced)
    assert all(each[0].at - SENT == timedelta(minutes=1) for each in bounced)


def test_a_gateway_follows_every_link_within_seconds():
    bank = persona(machine=True, habits={"email": {"opens": "100%"}})

    clicks = list(deeds_after(bank, touch(), SENT, 1, LINKS))

    assert [deed.details["link"] for deed in clicks] == list(LINKS)
    assert {deed.at - SENT for deed in clicks} == {timedelta(seconds=3)}


def test_nobody_clicks_where_there_is_no_link():
    ada = persona(habits={"email": {"clicks": "100%"}})

    assert list(deeds_after(ada, touch(), SENT, 1, ())) == []


def test_an_absence_names_a_day_to_come_back():
    away = persona(habits={"email": {"out_of_office": "100%"}}, hours=[1, 2])

    notes = [next(iter(deeds_after(away, touch(number), SENT, 1, ()))) for number in range(100)]

    days = {(datetime.fromisoformat(str(note.details["returns_on"])).date() - SENT.date()).days for note in notes}
    assert {note.kind for note in notes} == {EventKind.AUTO_REPLIED}
    assert min(days) >= 2
    assert max(days) <= 14


def test_answers_come_within_the_hours_of_the_persona():
    ada = persona(habits={"email": {"replies": {"question": "100%"}}}, hours=[2, 10])

    waits = [next(iter(deeds_after(ada, touch(number), SENT, 1, ()))).at - SENT for number in range(300)]

    assert timedelta(hours=2) <= min(waits)
    assert max(waits) <= timedelta(hours=10, minutes=10)


def test_a_deed_becomes_the_fact_the_planner_hears():
    ada = persona(habits={"email": {"replies": {"interested": "100%"}}})
    asked = touch(7)

    event = next(iter(deeds_after(ada, asked, SENT, 1, ()))).as_event(asked)

    assert (event.lead, event.touch, event.sequence, event.step) == ("lead-7", asked.id, "trial", "welcome")
    assert event.details == {"intent": "interested", "channel": "email"}


def test_calls_come_out_as_the_persona_says():
    ada = persona(phone={"connected": "40%", "wrong_number": "10%"})

    outcomes = Counter(call_outcome(ada, f"task-{number}", 1) for number in range(3_000))

    assert outcomes["connected"] / 3_000 == pytest.approx(0.4, abs=0.03)
    assert outcomes["wrong_number"] / 3_000 == pytest.approx(0.1, abs=0.02)
    assert outcomes["no_answer"] == 3_000 - outcomes["connected"] - outcomes["wrong_number"]
    assert call_outcome(persona(), "task-1", 1) == "no_answer"


def test_a_crowd_is_picked_by_shares():
    people = list(personas_of({"many": {"share": 3, "lead": {}}, "few": {"share": 1, "lead": {}}}).values())

    picked = Counter(pick(people, chance(1, number)).name for number in range(4_000))

    assert picked["many"] / 4_000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(("number", "name"), [(0.0, "a"), (0.19, "a"), (0.2, "b"), (0.49, "b"), (0.5, ""), (0.99, "")])
def test_a_number_falls_on_a_stretch(number, name):
    assert draw({"a": 0.2, "b": 0.3}, number) == name


def test_chance_depends_on_nothing_but_its_words():
    numbers = [chance(1, "touch", number) for number in range(2_000)]

    assert chance(1, "touch", 5) == numbers[5]
    assert all(0 <= number < 1 for number in numbers)
    assert sum(numbers) / 2_000 == pytest.approx(0.5, abs=0.03)
