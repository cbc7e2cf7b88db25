"""Pixel and click: what is stored, what never is, and that no input leads elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nurture.domain.events import EventKind
from nurture.domain.tokens import sign
from nurture.web.tracking import PIXEL
from nurture.web.visitors import visitor
from tests.web.conftest import BROWSER, MIRA, WELCOME, token
from tests.web.fakes import SECRET

SAME_WORLD = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)


def test_an_open_is_stored_once_an_hour_and_told(web, world):
    for _ in range(3):
        answer = web.get(f"/o/{token('open')}.gif")

    assert answer.content == PIXEL
    assert answer.headers["content-type"] == "image/gif"
    assert "no-store" in answer.headers["cache-control"]
    [opened] = world.inbox.of_kind(EventKind.OPENED)
    assert (opened.lead, opened.touch, opened.step) == (MIRA.id, WELCOME.id, "welcome")
    assert world.told == [(opened, "")]

    world.clock.passes(hours=1)
    web.get(f"/o/{token('open')}.gif")
    assert len(world.inbox.of_kind(EventKind.OPENED)) == 2


def test_a_head_on_the_pixel_does_nothing(web, world):
    answer = web.head(f"/o/{token('open')}.gif")

    assert answer.status_code == 200
    assert answer.content == b""
    assert not world.inbox.facts


def test_an_unknown_token_still_gets_its_pixel(web, world):
    for bad in ("nonsense", sign(SECRET, "open", "aaaaaaaaaaaaaaaa"), token("click", link="lnk1"), "a.b"):
        answer = web.get(f"/o/{bad}.gif")
        assert (answer.status_code, answer.content) == (200, PIXEL)
    assert not world.inbox.facts


def test_a_pixel_is_shown_even_when_the_store_is_down(web, world):
    world.inbox.down = True

    assert web.get(f"/o/{token('open')}.gif").content == PIXEL


def test_a_click_is_stored_then_leads_to_the_stored_target(web, world):
    answer = web.get(f"/c/{token('click', link='lnk1')}")

    assert answer.status_code == 302
    assert answer.headers["location"] == "https://acme.example.com/pricing"
    assert "no-store" in answer.headers["cache-control"]
    [clicked] = world.inbox.of_kind(EventKind.CLICKED)
    assert clicked.details == {"link": "pricing", "human": True, "ua": "browser"}
    assert (clicked.lead, clicked.touch, clicked.sequence) == (MIRA.id, WELCOME.id, "trial-nurture")


def test_a_scanner_before_the_person_does_not_hide_the_persons_click(web, world):
    url = f"/c/{token('click', link='lnk1')}"
    web.head(url)
    web.get(url, headers={"user-agent": "Mozilla/5.0 (compatible; BarracudaSentinel/2.0; +https://www.example.com)"})
    web.get(url)
    web.get(url)

    assert [fact.details["human"] for fact in world.inbox.of_kind(EventKind.CLICKED)] == [False, True]


def test_a_target_in_the_query_is_ignored(web):
    answer = web.get(f"/c/{token('click', link='lnk1')}?url=https://evil.example.net&next=//evil.example.net")

    assert answer.headers["location"] == "https://acme.example.com/pricing"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "ftp://acme.example.com/x", "https://", "https://a\r\nX: y"])
def test_a_stored_target_that_is_no_web_address_is_never_followed(web, world, target):
    world.links.urls["odd"] = (target, "odd")

    answer = web.get(f"/c/{token('click', link='odd')}")

    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert not world.inbox.facts


def test_a_click_on_an_erased_touch_still_arrives_and_stores_nothing(web, world):
    world.ledger.known.clear()

    assert web.get(f"/c/{token('click', link='lnk1')}").status_code == 302
    assert not world.inbox.facts


@SAME_WORLD
@given(st.data())
def test_a_tampered_token_opens_no_door(web, world, data):
    door, kind, link = data.draw(st.sampled_from([("c", "click", "lnk1"), ("u", "unsubscribe", "")]))
    good = token(kind, link=link)
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_.~"))
    bad = good[:place] + letter + good[place + 1 :]
    # The last letter of a base64 part has bits that decode to nothing: another spelling of the same bytes.
    if bad == good or place in (good.index(".") - 1, len(good) - 1):
        return

    answer = web.get(f"/{door}/{bad}")

    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert not world.inbox.facts


@SAME_WORLD
@given(st.text(max_size=60))
def test_no_text_at_all_leads_elsewhere(web, world, text):
    from urllib.parse import quote

    answer = web.get(f"/c/{quote(text, safe='')}")

    assert answer.status_code in (404, 405, 307)
    assert not answer.headers.get("location", "").startswith(("http://evil", "//"))
    assert not world.inbox.facts


@pytest.mark.parametrize(
    ("agent", "human", "kind"),
    [
        pytest.param(BROWSER, True, "browser", id="Firefox on Linux"),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            True,
            "browser",
            id="Safari on a phone",
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari",
            True,
            "browser",
            id="a phone made by Cubot",
        ),
        pytest.param("", False, "none", id="no user agent"),
        pytest.param("curl/8.5.0", False, "robot", id="curl"),
        pytest.param("Mozilla/5.0", False, "robot", id="a bare Mozilla"),
        pytest.param("Mozilla/5.0 (compatible; ExampleBot/1.0)", False, "robot", id="a crawler"),
        pytest.param("WhatsApp/2.23.20.0 A", False, "preview", id="a link preview"),
        pytest.param(
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0 Safari/537.36",
            False,
            "robot",
            id="a headless browser",
        ),
        pytest.param("Mozilla/5.0 Mimecast URL Protect (KHTML) AppleWebKit", False, "gateway", id="a mail gateway"),
    ],
)
def test_who_is_a_person(agent, human, kind):
    who = visitor("GET", {"user-agent": agent})

    assert (who.human, who.ua) == (human, kind)


def test_an_announced_prefetch_is_no_person():
    who = visitor("GET", {"user-agent": BROWSER, "sec-purpose": "prefetch;prerender"})

    assert (who.human, who.ua) == (False, "prefetch")
