"""What reps see: only after a login, most urgent first, safely rendered, and answers that work without scripts."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from nurture.domain.consent import Suppression
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.tasks import TaskStatus
from nurture.domain.touch import TouchState
from nurture.web.app import create_app
from nurture.web.login import Throttle, rep_with
from tests.web.conftest import CALL, HANDOFF, MIRA, WELCOME
from tests.web.fakes import API_KEY, PUBLIC_URL, REP_KEYS, SECRET, TWILIO_TOKEN, row_of

TASK_PAGE = f"/inbox/task/{quote(HANDOFF, safe='')}"
PAGES = ("/inbox", TASK_PAGE, f"/inbox/task/{quote(CALL, safe='')}", f"/leads/{MIRA.id}", "/leads?q=mira", "/reports")


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_the_login(web, path):
    answer = web.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=/")


def test_a_stranger_changes_nothing(web, world):
    answer = web.post(f"/inbox/accept/{HANDOFF}")

    assert answer.status_code == 401
    assert not world.inbox.facts


def test_the_session_cookie_is_strict_and_signed(web):
    cookie = web.post("/login", data={"key": REP_KEYS["anna"]}).headers["set-cookie"].lower()

    for part in ("httponly", "samesite=lax", "secure", "max-age=43200"):
        assert part in cookie


@pytest.mark.parametrize("cookie", ["anna", "eyJyZXAiOiAiYW5uYSJ9.aaaa.bbbb", ""])
def test_a_forged_cookie_is_nobody(web, cookie):
    web.cookies.set("nurture_session", cookie, domain="nurture.example.com")

    assert web.get("/inbox").status_code == 303


def test_a_session_dies_with_its_key(anna, world):
    with TestClient(create_app(world.doors(rep_keys={"anna": "a new key"})), base_url=PUBLIC_URL) as later:
        later.cookies = anna.cookies

        assert later.get("/inbox", follow_redirects=False).status_code == 303


def test_logging_out_forgets(anna):
    assert anna.post("/logout").status_code == 303
    assert anna.get("/inbox").status_code == 303


@pytest.mark.parametrize("key", ["", "wrong", REP_KEYS["anna"] + " ", "é€😀", "anna"])
def test_a_wrong_key_is_refused_without_saying_why(web, key):
    answer = web.post("/login", data={"key": key})

    assert answer.status_code == 401
    assert "does not open the inbox" in answer.text


def test_an_empty_configured_key_opens_to_nobody(world):
    assert rep_with(world.doors(rep_keys={"anna": ""}), "") == ""


def test_guessing_is_slowed_down(web):
    for _ in range(5):
        web.post("/login", data={"key": "guess"})

    answer = web.post("/login", data={"key": REP_KEYS["anna"]})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"


def test_the_throttle_forgets_after_a_minute_and_knows_addresses_apart():
    now = [0.0]
    throttle = Throttle(tries=2, seconds=60, now=lambda: now[0])
    throttle.wrong("192.0.2.1")
    throttle.wrong("192.0.2.1")

    assert throttle.is_closed("192.0.2.1")
    assert not throttle.is_closed("192.0.2.2")
    now[0] = 60.0
    assert not throttle.is_closed("192.0.2.1")


@pytest.mark.parametrize(
    "goal", ["https://evil.example.net", "//evil.example.net", "/\\evil.example.net", "x", "/a\r\nb"]
)
def test_the_login_leads_only_to_our_own_pages(web, goal):
    answer = web.post("/login", data={"key": REP_KEYS["anna"], "next": goal})

    assert answer.headers["location"] == "/inbox"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, id="a sister domain"),
        pytest.param({"origin": "https://evil.example.net"}, id="an old browser on another site"),
        pytest.param({"origin": "https://nurture.example.com:8443"}, id="another port"),
        pytest.param({"origin": "null"}, id="a sandboxed frame"),
    ],
)
def test_another_site_cannot_answer_for_a_rep(anna, world, headers):
    answer = anna.post(f"/inbox/accept/{HANDOFF}", headers=headers)

    assert answer.status_code == 403
    assert not world.inbox.facts


def test_the_inbox_lists_own_and_pool_with_their_deadlines(anna):
    page = anna.get("/inbox").text

    assert "12 min left" in page
    assert "5 min late" in page
    assert (
        page.index("Yours") < page.index("Call Mira") < page.index("In the pool") < page.index("Ask Mira about prices")
    )


def test_a_task_shows_its_script_and_no_live_markup(anna):
    page = anna.get(TASK_PAGE).text

    assert "<strong>Why now:</strong>" in page
    assert "Tue 3 Nov 2026, 13:12 CET" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert 'value="bad_fit"' in page
    assert "tel:+12015550142" in page


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert(1))",
        "![x](https://evil.example.net/p.gif)",
        "<img src=x onerror=alert(1)>",
        "<a href='data:text/html,x'>x</a>",
    ],
)
def test_markdown_of_a_lead_can_do_no_harm(anna, world, body):
    object.__setattr__(world.tasks.all[HANDOFF], "body", body)

    page = anna.get(TASK_PAGE).text
    shown = page[page.index('class="prose"') : page.index("</article>")]
    for live in ("<img", "<a ", "<script"):
        assert live not in shown.replace('<a href="https://evil.example.net/p.gif">', "")


def test_accepting_without_scripts(anna, world):
    answer = anna.post(f"/inbox/accept/{quote(HANDOFF, safe='')}", headers={"sec-fetch-site": "same-origin"})

    assert (answer.status_code, answer.headers["location"]) == (303, TASK_PAGE)
    assert world.tasks.all[HANDOFF].status is TaskStatus.ACCEPTED
    assert "Accepted by you" in anna.get("/inbox").text
    assert "Your first touch" in anna.get(TASK_PAGE).text


def test_rejecting_needs_a_reason_and_says_so(anna, world):
    answer = anna.post(f"/inbox/reject/{HANDOFF}", data={"word": ""})

    assert answer.status_code == 422
    assert "The reason is missing" in answer.text
    assert not world.inbox.facts

    assert anna.post(f"/inbox/reject/{HANDOFF}", data={"word": "bad_fit"}).status_code == 303
    assert world.tasks.all[HANDOFF].outcome == "bad_fit"


def test_a_colleague_was_faster(anna, world):
    with TestClient(create_app(world.doors()), base_url=PUBLIC_URL, follow_redirects=False) as ben:
        ben.post("/login", data={"key": REP_KEYS["ben"]})
        assert ben.post(f"/inbox/done/{quote(CALL, safe='')}", data={"word": "connected"}).status_code == 303

    answer = anna.post(f"/inbox/done/{quote(CALL, safe='')}", data={"word": "no_answer"})

    assert answer.status_code == 409
    assert "Somebody was faster: ben closed it (connected)" in answer.text
    assert world.tasks.all[CALL].outcome == "connected"


def test_an_unknown_task_or_lead_is_a_page_that_says_so(anna):
    for path in ("/inbox/task/nothing", "/leads/nobody"):
        answer = anna.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "There is no such" in answer.text


def test_the_timeline_tells_where_a_lead_stands_and_why(anna, world):
    at = world.clock.now()
    facts = [
        Event("e1", EventKind.ENROLLED, MIRA.id, at, name="trial-nurture"),
        Event("e2", EventKind.CLICKED, MIRA.id, at, step="welcome", details={"link": "pricing", "human": True}),
        Event("e3", EventKind.CLICKED, MIRA.id, at, step="welcome", details={"link": "home", "human": False}),
        Event("e4", EventKind.REPLIED, MIRA.id, at, details={"intent": "interested", "channel": "email"}),
        Event(
            "e5",
            EventKind.TOUCHED,
            MIRA.id,
            at,
            step="nudge",
            details={"outcome": "not_yet", "channel": "sms", "why": "quiet hours"},
        ),
        Event("e6", EventKind.MOVED, MIRA.id, at, details={"stage": "mql", "reason": "hot"}),
    ]
    world.inbox.facts |= {fact.id: fact for fact in facts}
    world.leads.silences.append(Suppression(MIRA.id, Channel.SMS, "opted_out", at))

    page = anna.get(f"/leads/{MIRA.id}").text

    for words in (
        "Mira Okafor",
        ">84<",
        "waits until Wed 04 Nov 09:12 America/New_York for case-study",
        "the window opens",
        "clicked pricing",
        "Clicked pricing in welcome",
        "A machine followed home in welcome",
        "Replied by email: interested",
        "SMS nudge was put off",
        "why: quiet hours",
        "Moved to mql",
        "E-mail welcome was sent",
        "No marketing by sms: opted out",
    ):
        assert words in page, words


@pytest.mark.parametrize(("down", "words"), [(True, "cannot be asked right now"), (False, "No sequence is running")])
def test_the_timeline_stands_without_a_workflow(anna, world, down, words):
    world.plans.clear()
    world.temporal_down = down

    answer = anna.get(f"/leads/{MIRA.id}")

    assert answer.status_code == 200
    assert words in answer.text


def test_every_kind_of_fact_and_state_can_be_told(anna, world):
    for number, kind in enumerate(EventKind):
        world.inbox.facts[f"k{number}"] = Event(f"k{number}", kind, MIRA.id, world.clock.now(), name="x")
    world.ledger.known += [row_of(WELCOME, state) for state in TouchState]

    page = anna.get(f"/leads/{MIRA.id}")
    assert page.status_code == 200
    symbols = set(re.findall(r'id="(\w+)"', anna.get("/static/icons.svg").text))
    assert set(re.findall(r"icons.svg#(\w+)", page.text)) <= symbols
    assert {str(channel) for channel in Channel} <= symbols


def test_the_report_counts_people_touches_and_doubts(anna, world):
    world.ledger.known.append(row_of(WELCOME, TouchState.UNCERTAIN, reason="no answer after the final dot"))

    page = anna.get("/reports").text

    assert "Where 1 person stands" in page
    assert "<svg" in page
    assert "no answer after the final dot" in page


def test_pages_are_strict_and_load_only_our_own(anna, web):
    for path in (*PAGES, "/docs", "/login"):
        answer = anna.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        for outside in ("http://", "https://", " style=", "onclick", "<style"):
            assert outside not in answer.text.replace("http://www.w3.org/2000/svg", ""), (path, outside)


def test_static_files_are_ours(web):
    for name in ("nurture.css", "htmx.min.js", "icon.svg", "icons.svg"):
        answer = web.get(f"/static/{name}")
        assert answer.status_code == 200
        assert len(answer.content) > 200
    assert web.get("/static/..%2fapp.py").status_code == 404
    assert web.get("/static/app.py").status_code == 404


def test_no_page_shows_a_secret(anna, world):
    secrets = [SECRET.decode(), API_KEY, TWILIO_TOKEN, *REP_KEYS.values()]

    texts = [
        anna.get(path).text for path in (*PAGES, "/docs", "/metrics", "/readyz", "/api/v1/openapi.json", "/nowhere")
    ]
    for text in [*texts, repr(world.doors())]:
        assert not [secret for secret in secrets if secret in text]


def test_an_expired_htmx_refresh_reloads_the_page(web):
    answer = web.get("/inbox", headers={"hx-request": "true"})

    assert (answer.status_code, answer.headers["hx-refresh"]) == (401, "true")
