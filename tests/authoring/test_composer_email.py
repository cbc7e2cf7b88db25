"""What an e-mail carries: its links, its headers, its thread, its two bodies."""

import os
import re
from dataclasses import replace

import pytest

from nurture.authoring.composer import SenderFacts
from nurture.domain.errors import Invalid, Misconfigured
from nurture.domain.tokens import verify, verify_address
from nurture.domain.touch import touch_ref
from tests.authoring.golden.people import ADA, NOBODY, PUBLIC, SECRET, composer, row, touch, written

WELCOME = touch("email", "welcome", variant="control")


async def test_every_link_leads_through_us_to_a_stored_target():
    made, book = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    clicks = re.findall(rf'href="{PUBLIC}/c/([^"]+)"', mail.html)
    payloads = [verify(SECRET, "click", token) for token in clicks]
    assert [book.targets[payload.split("|")[1]][1] for payload in payloads] == ["import", "tour", "pricing"]
    assert {payload.split("|")[0] for payload in payloads} == {touch_ref(WELCOME.id)}
    assert re.findall(r'href="([^"]+)"', mail.html) == [f"{PUBLIC}/c/{token}" for token in clicks] + [
        mail.headers["List-Unsubscribe"].strip("<>")
    ]


async def test_the_same_links_stand_in_the_plain_text():
    made, _ = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    assert re.findall(rf"<({PUBLIC}/c/[^>]+)>", mail.text) == re.findall(rf'href="({PUBLIC}/c/[^"]+)"', mail.html)
    assert "<p" not in mail.text
    assert "Bring in a list <https://" in mail.text


async def test_one_click_unsubscribe_stands_in_header_and_footer():
    made, _ = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    url = mail.headers["List-Unsubscribe"].strip("<>")
    assert verify(SECRET, "unsubscribe", url.removeprefix(f"{PUBLIC}/u/")) == touch_ref(WELCOME.id)
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in mail.html
    assert url in mail.text


async def test_the_postal_address_is_always_there(tmp_path):
    layout = {
        "email/_layout.html": "<html><body>{{ body }}</body></html>",
        "email/_layout.txt": "{{ body }}",
        "email/hi.md": "---\nsubject: Hi\n---\nHello",
    }
    made, _ = composer(written(tmp_path, layout))

    mail = await made.compose(touch("email", "hi"), ADA, "anna", ())

    for body in (mail.html, mail.text):
        assert "Beispielstraße 12, 10115 Berlin" in body
        assert f"{PUBLIC}/u/" in body


async def test_a_sender_without_a_postal_address_is_refused():
    made, _ = composer()
    made._senders["bare"] = SenderFacts("Bare", "bare@example.com")

    with pytest.raises(Invalid, match="postal address"):
        await made.compose(WELCOME, ADA, "bare", ())


async def test_bounces_and_replies_come_back_to_signed_addresses():
    made, _ = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    ref = touch_ref(WELCOME.id)
    for address, start, kind in ((mail.envelope_from, "b+", "verp"), (mail.reply_to, "r+", "reply")):
        local, _, domain = address.partition("@")
        assert verify_address(SECRET, kind, local.removeprefix(start)) == ref
        assert domain == "mail.example.com"
        assert len(local) <= 64


async def test_the_same_touch_always_makes_the_same_message():
    first, second = composer()[0], composer()[0]

    assert await first.compose(WELCOME, ADA, "anna", ()) == await second.compose(WELCOME, ADA, "anna", ())
    assert re.fullmatch(
        r"<[a-z2-7]{16}\.[0-9a-f]{8}@mail\.example\.com>", (await first.compose(WELCOME, ADA, "anna", ())).message_id
    )


async def test_a_follow_up_joins_the_conversation():
    made, _ = composer()
    earlier = [row(WELCOME, "<one@mail.example.com>", "Your workspace is ready")]

    mail = await made.compose(touch("email", "setup-help"), ADA, "anna", earlier)

    assert mail.subject == "Re: Your workspace is ready"
    assert mail.headers["In-Reply-To"] == "<one@mail.example.com>"
    assert mail.headers["References"] == "<one@mail.example.com>"


async def test_a_long_conversation_drops_its_oldest_middle():
    made, _ = composer()
    earlier = [row(WELCOME, f"<{number:03d}.{'x' * 40}@mail.example.com>", "Re: Hello") for number in range(60)]

    mail = await made.compose(touch("email", "setup-help"), ADA, "anna", earlier)

    chain = mail.headers["References"].split()
    assert len(mail.headers["References"]) <= 998
    assert chain[0] == earlier[0].message_id
    assert chain[-1] == mail.headers["In-Reply-To"] == earlier[-1].message_id
    assert mail.subject == "Re: Hello"


@pytest.mark.parametrize(
    ("variant", "subject"),
    [
        pytest.param("control", "Your workspace is ready", id="control"),
        pytest.param("question", "What should Analytical Engines bring in first?", id="question"),
        pytest.param("", "Your workspace is ready", id="no experiment means control"),
    ],
)
async def test_a_variant_has_its_own_subject(variant, subject):
    made, _ = composer()

    assert (await made.compose(touch("email", "welcome", variant=variant), ADA, "anna", ())).subject == subject


async def test_a_variant_nobody_wrote_is_refused():
    made, _ = composer()

    with pytest.raises(Invalid, match=r'no subject for the variant "contrl".*Did you mean "control"'):
        await made.compose(touch("email", "welcome", variant="contrl"), ADA, "anna", ())


async def test_where_tracking_is_off_links_are_plain_and_no_pixel_is_there():
    made, book = composer(untracked=frozenset({"GB"}))

    mail = await made.compose(WELCOME, ADA, "anna", ())

    assert 'href="https://acme.example/pricing"' in mail.html
    assert "/o/" not in mail.html
    assert book.targets == {}


async def test_the_pixel_is_signed_and_last():
    made, _ = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    token = re.search(rf'<img src="{PUBLIC}/o/([^"]+)\.gif" width="1"[^>]*></body>', mail.html)
    assert verify(SECRET, "open", token[1]) == touch_ref(WELCOME.id)


async def test_styles_are_inlined_and_media_rules_stay():
    made, _ = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    assert 'style="color: #ffffff;display: inline-block' in mail.html
    assert "@media (prefers-color-scheme: dark)" in mail.html
    assert "{link=" not in mail.html


async def test_a_value_in_a_link_is_quoted_and_tracked(tmp_path):
    body = "---\nsubject: Hi\n---\n[Go](https://acme.example/?for={{ lead.company }}&x=1){link=go}"
    made, book = composer(written(tmp_path, {"email/hi.md": body}))

    await made.compose(touch("email", "hi"), ADA, "anna", ())

    assert list(book.targets.values()) == [("https://acme.example/?for=Analytical%20Engines&x=1", "go")]


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("[x](https://{{ lead.company }}/)", id="a value as host"),
        pytest.param("[x](https://{{ lead.company }}.acme.example/)", id="a value in the host"),
        pytest.param("[x](https://acme.example@{{ lead.company }}/)", id="a value behind userinfo"),
        pytest.param("[x]({{ lead.company }})", id="a value as the whole link"),
        pytest.param("[x](javascript:alert)", id="script"),
        pytest.param("[x](//evil.example)", id="no scheme"),
        pytest.param("<ftp://acme.example/file>", id="another scheme"),
    ],
)
async def test_a_link_that_could_lead_away_is_refused(tmp_path, link):
    made, _ = composer(written(tmp_path, {"email/hi.md": f"---\nsubject: Hi\n---\n{link}"}))

    with pytest.raises(Invalid, match="cannot be a link"):
        await made.compose(touch("email", "hi"), ADA, "anna", ())


async def test_two_links_cannot_share_a_name(tmp_path):
    body = "---\nsubject: Hi\n---\n[a](https://acme.example/a){link=x} [b](https://acme.example/b){link=x}"
    made, _ = composer(written(tmp_path, {"email/hi.md": body}))

    with pytest.raises(Invalid, match='two links are called "x"'):
        await made.compose(touch("email", "hi"), ADA, "anna", ())


async def test_a_full_html_body_is_taken_as_it_is_and_still_gets_its_duties(tmp_path):
    page = (
        "<html><head><style>p { color: red }</style></head><body><p>Dear {{ lead.first_name }}</p>"
        "<a href='https://acme.example/go' data-link='go'>Go</a></body></html>"
    )
    made, book = composer(
        written(tmp_path, {"email/hi.md": "---\nsubject: Hi\n---\nPlain words", "email/hi.html": page})
    )

    mail = await made.compose(touch("email", "hi"), ADA, "anna", ())

    assert '<p style="color: red;">Dear Ada</p>' in mail.html
    assert f'href="{PUBLIC}/c/' in mail.html
    assert f'href="{PUBLIC}/u/' in mail.html
    assert "10115 Berlin" in mail.html
    assert mail.text.startswith("Plain words")
    assert [name for _, name in book.targets.values()] == ["go"]


@pytest.mark.parametrize("bad", ["<script>x()</script>", "<p onclick='x()'>", "<iframe src='https://a.example'>"])
async def test_html_that_could_run_is_refused(tmp_path, bad):
    files = {"email/hi.md": "---\nsubject: Hi\n---\nWords", "email/hi.html": f"<html><body>\n{bad}</body></html>"}
    made, _ = composer(written(tmp_path, files))

    with pytest.raises(Invalid, match=r"hi\.html:2: .* has no place in an e-mail"):
        await made.compose(touch("email", "hi"), ADA, "anna", ())


async def test_a_value_cannot_choose_an_image(tmp_path):
    files = {
        "email/hi.md": "---\nsubject: Hi\n---\nWords",
        "email/hi.html": '<html><body><img src="https://acme.example/{{ lead.company }}"></body></html>',
    }
    made, _ = composer(written(tmp_path, files))

    with pytest.raises(Invalid, match='attribute "src"'):
        await made.compose(touch("email", "hi"), ADA, "anna", ())


async def test_a_missing_value_names_place_field_and_way_out(tmp_path):
    made, _ = composer(written(tmp_path, {"email/hi.md": "---\nsubject: Hi\n---\n\nDear {{ lead.first_name }}"}))

    with pytest.raises(Invalid) as caught:
        await made.compose(touch("email", "hi"), NOBODY, "anna", ())

    assert caught.value.reason == 'templates/email/hi.md:5: this lead has no "first_name"'
    assert caught.value.remedy == 'Write {{ lead.first_name | or_else("…") }}'


async def test_a_misspelt_field_is_found_even_with_a_fallback(tmp_path):
    body = '---\nsubject: Hi\n---\n{{ lead.frist_name | or_else("you") }}'
    made, _ = composer(written(tmp_path, {"email/hi.md": body}), known_fields=frozenset({"title"}))

    with pytest.raises(Invalid, match=r'hi\.md:4: unknown field "lead\.frist_name"\. Did you mean "first_name"'):
        await made.compose(touch("email", "hi"), ADA, "anna", ())


async def test_a_template_that_is_not_there_has_a_neighbour():
    made, _ = composer()

    with pytest.raises(Invalid, match=r'no template "email/welcom"\. Did you mean "welcome"'):
        await made.compose(touch("email", "welcom"), ADA, "anna", ())


async def test_an_edited_template_is_read_again(tmp_path):
    folder = written(tmp_path, {"email/hi.md": "---\nsubject: Hi\n---\nfirst"})
    made, _ = composer(folder)
    assert "first" in (await made.compose(touch("email", "hi"), ADA, "anna", ())).text

    (folder / "email/hi.md").write_text("---\nsubject: Hi\n---\nsecond")
    os.utime(folder / "email/hi.md", ns=(1, 1))

    assert "second" in (await made.compose(touch("email", "hi"), ADA, "anna", ())).text


def test_without_a_secret_nothing_is_composed():
    from nurture.authoring.composer import JinjaComposer

    with pytest.raises(Misconfigured, match="secret"):
        JinjaComposer(
            composer()[0].files.root, secret=b"", public_url=PUBLIC, mail_domain="m.example.com", senders={}, links=None
        )


async def test_a_confirmation_shows_the_wording_and_one_signed_button_and_nothing_to_click_else():
    wording = "Yes, *Acme* <may> e-mail me: https://acme.example/terms"
    ask = replace(touch("email", "newsletter-opt-in", step="opt-in"), wording=wording)
    made, book = composer()

    mail = await made.compose(ask, ADA, "anna", ())

    links = re.findall(r'href="([^"]+)"', mail.html)
    button, unsubscribe = links
    assert verify(SECRET, "confirm", button.removeprefix(f"{PUBLIC}/confirm/")) == touch_ref(ask.id)
    assert unsubscribe == mail.headers["List-Unsubscribe"].strip("<>")
    assert "*Acme* &lt;may&gt; e-mail me" in mail.html
    assert "Yes, I agree" in mail.html
    assert button in mail.text
    assert not book.targets


async def test_a_message_that_asks_for_nothing_has_no_button():
    made, _ = composer()

    mail = await made.compose(WELCOME, ADA, "anna", ())

    assert "/confirm/" not in mail.html
