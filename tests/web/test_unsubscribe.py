"""The way out: looking changes nothing, one click is enough, and a later yes can be followed by another no."""

from __future__ import annotations

import pytest

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from tests.web.conftest import MIRA, WELCOME, token

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_a_hundred_looks_change_nothing(web, world):
    for _ in range(100):
        assert web.get(f"/u/{token('unsubscribe')}").status_code == 200
    web.head(f"/u/{token('unsubscribe')}")

    assert not world.inbox.facts
    assert not world.leads.silences


@pytest.mark.parametrize(
    "how", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}], ids=["urlencoded", "multipart"]
)
def test_ten_one_clicks_are_one_opt_out_of_everything(web, world, how):
    web.cookies.clear()
    for _ in range(10):
        answer = web.post(f"/u/{token('unsubscribe')}", **how)
        assert answer.status_code == 200
        assert not answer.is_redirect

    [no] = world.inbox.of_kind(EventKind.OPTED_OUT)
    assert no.details == {"channel": "", "scope": "marketing", "how": "one_click"}
    assert (no.lead, no.touch) == (MIRA.id, WELCOME.id)
    assert world.told == [(no, "")]
    [silence] = world.leads.silences
    assert silence.channel is None


def test_one_click_works_from_a_mail_program_on_another_site(web, world):
    headers = {"sec-fetch-site": "cross-site", "origin": "https://mail.example.org"}

    assert web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK, headers=headers).status_code == 200
    assert len(world.leads.silences) == 1


@pytest.mark.parametrize(("choice", "channel"), [("channel", Channel.EMAIL), ("everything", None)])
def test_a_choice_on_the_page_is_confirmed(web, world, choice, channel):
    answer = web.post(f"/u/{token('unsubscribe')}", data={"choice": choice})

    assert answer.status_code == 200
    assert "We will not send you" in answer.text
    [silence] = world.leads.silences
    assert silence.channel == channel


@pytest.mark.parametrize("form", [{}, {"choice": "nothing"}, {"List-Unsubscribe": "maybe"}])
def test_a_post_without_a_choice_changes_nothing_and_says_so(web, world, form):
    answer = web.post(f"/u/{token('unsubscribe')}", data=form)

    assert answer.status_code == 422
    assert "Please choose" in answer.text
    assert not world.inbox.facts


def test_a_no_after_a_later_yes_counts_again(web, world):
    web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK)
    yes = Event("sms-1", EventKind.OPTED_IN, MIRA.id, world.clock.now(), details={"channel": "email"})
    world.inbox.facts[yes.id] = yes
    world.leads.silences.clear()

    web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK)

    assert len(world.leads.silences) == 1


def test_a_token_never_expires(web, world):
    world.clock.passes(days=4_000)

    assert web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK).status_code == 200
    assert len(world.leads.silences) == 1


def test_the_page_shows_no_address_and_names_no_one(web):
    page = web.get(f"/u/{token('unsubscribe')}").text

    assert MIRA.email not in page
    assert "Mira" not in page
    assert "marketing e-mails only" in page


def test_an_opt_out_is_not_acknowledged_when_it_could_not_be_stored(web, world):
    world.inbox.down = True

    assert web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK).status_code == 503


def test_an_opt_out_counts_while_temporal_is_away(web, world):
    world.temporal_down = True

    assert web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK).status_code == 200
    assert len(world.leads.silences) == 1
    assert not world.inbox.heard
    world.temporal_down = False
    assert web.post(f"/u/{token('unsubscribe')}", data=ONE_CLICK).status_code == 200
    assert len(world.inbox.facts) == 1


@pytest.mark.parametrize("kind", ["click", "open", "reply"])
def test_a_token_of_another_kind_does_not_unsubscribe(web, world, kind):
    assert web.post(f"/u/{token(kind)}", data=ONE_CLICK).status_code == 404
    assert not world.inbox.facts
