"""Whatever a lead calls itself: only Invalid is ever raised, no header breaks, no link leads away, no tag appears."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nurture.domain.errors import Invalid
from tests.authoring.golden.people import ADA, PUBLIC, composer, touch, written

HOSTILE = [
    "1http://evil.example/win",
    "-1https://evil.example",
    "[x](http://evil.example)",
    "<http://evil.example>",
    "![i](https://evil.example/p.png)",
    "http://evil.example/win",
    "www.evil.example",
    "evil.example/login",
    "javascript:alert(1)",
    "data:text/html,<b>",
    "//evil.example",
    "https:evil.example",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "</td></table>",
    "<style>*{display:none}</style>",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "<!-- x",
    "]]>",
    "<a href=//evil.example>x",
    "{{ 7 * 7 }}",
    "{% for x in range(9) %}",
    "{# x #}",
    "{{ config }}",
    "${7*7}",
    "{link=evil}",
    "%s%n",
    "%00",
    "\n# Heading",
    "    code",
    "| a | b |\n|---|---|",
    "> quote",
    "1. one",
    "* x *",
    "`code`",
    "**x**",
    "~~x~~",
    "\\",
    "\\n",
    "Ann\r\nBcc: eve@example.com",
    "Ann\nSubject: hi",
    "Ann\x00",
    "Ann\x1b[31m",
    "Ann\x85",
    "Ann\u2028x",
    "Ann\x7f",
    "\u202egnp.exe",
    "\u200b\u200b",
    "\u2066x\u2069",
    "\ufeff",
    "\ud800",
    "\udfff",
    "\ue000",
    "\U000f0000",
    "\U00100000",
    "\ufffe",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "﷽",
    "עברית",
    "العربية",
    "नमस्ते",
    "中文名字",
    "ß",
    "O'Brien",
    "Null",
    "undefined",
    "None",
    "true",
    "-1",
    "1e309",
    "NaN",
    "0x0",
    "=cmd()",
    "+1",
    "-",
    "@x",
    "Robert'); --",
    "x" * 1_999,
    "x" * 64_000,
    " ",
    "",
    "\t",
    "...",
    "J.R.",
    "Booking.com",
    "St. John",
    "Dr.med. Haus",
]
FIELDS = ("first_name", "last_name", "company")


class Tags(HTMLParser):
    """Collects what a mail program would act on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.targets += [value for name, value in attrs if name in ("href", "src", "background") and value]
        assert not [name for name, _ in attrs if name.startswith("on")]


BODY = """---
subject: Hello {{ lead.first_name | or_else("you") }} of {{ lead.company | or_else("somewhere") }}
preheader: For {{ lead.company | or_else("you") }}
---
{{ lead.first_name | or_else("you") }}

# {{ lead.last_name | or_else("x") }}

- **{{ lead.company | or_else("x") }}** *{{ lead.first_name | or_else("x") }}*

| a | {{ lead.company | or_else("x") }} |
|---|---|
| `{{ lead.first_name | or_else("x") }}` | b |

[Go {{ lead.first_name | or_else("x") }}](https://acme.example/go?c={{ lead.company | or_else("x") }}){link=go}
"""


WHATSAPP = """content_sid: HX1
variables: { '1': '{{ lead.first_name | or_else("you") }}' }
text: Hi {{1}}
"""
SCRIPT = """---
title: Call {{ lead.first_name }}
---
{{ lead.company }}
{% for line in last_messages %}
- {{ line }}{% endfor %}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = written(
        tmp_path_factory.mktemp("hostile"),
        {
            "email/hi.md": BODY,
            "sms/hi.txt": 'Hi {{ lead.first_name | or_else("you") }} https://acme.example/x{link=x}',
            "whatsapp/hi.yaml": WHATSAPP,
            "call/hi.md": SCRIPT,
        },
    )
    return composer(folder)[0]


async def shape_of_a_calm_mail(made):
    return Tags((await made.compose(touch("email", "hi"), ADA, "anna", ())).html).tags


def leads_away(words):
    """Whether a mail or phone program would make a link of something that is not ours."""
    return re.search(r"(?i)https?:/|\bwww\.\w|\bevil\.example\b", words.replace(f"{PUBLIC}/", ""))


async def check(made, contact):
    calm = await shape_of_a_calm_mail(made)
    try:
        mail = await made.compose(touch("email", "hi"), contact, "anna", ())
    except Invalid:
        return
    seen = Tags(mail.html)
    assert seen.tags == calm
    assert all(target.startswith(f"{PUBLIC}/") for target in seen.targets)
    assert not leads_away(mail.text)
    for header in (mail.subject, mail.sender_name, mail.to, mail.message_id, *mail.headers.values()):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", header)
    (mail.subject + mail.text + mail.html).encode("utf-8")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", HOSTILE, ids=[f"{number}" for number in range(len(HOSTILE))])
async def test_a_hostile_value_stays_a_value(made, field, value):
    await check(made, replace(ADA, **{field: value}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=60)),
    company=st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=60)),
)
async def test_no_text_at_all_breaks_out(made, first, company):
    await check(made, replace(ADA, first_name=first, company=first + company, last_name=company))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=200)))
async def test_texts_and_scripts_hold_too(made, name):
    contact = replace(ADA, first_name=name, company=name)
    for channel in ("sms", "whatsapp"):
        try:
            message = await made.compose(touch(channel, "hi"), contact, "number", ())
        except Invalid:
            continue
        words = message.body if channel == "sms" else " ".join(message.variables.values())
        assert not leads_away(words)
        words.encode("utf-8")
    try:
        title, body = made.words("call/hi", contact, {"last_messages": [name, name]})
    except Invalid:
        return
    assert "\n" not in title
    from nurture.authoring.markdown import to_html

    seen = Tags(to_html(body))
    assert set(seen.tags) <= {"p", "br", "ul", "li"}
    assert seen.targets == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@example.com\r\nBcc: eve@example.com",
        "a b@example.com",
        "<ada@example.com>",
        "a,b@example.com",
        "ada@example.com\x00",
    ],
)
async def test_an_address_that_is_none_is_refused(made, address):
    with pytest.raises(Invalid, match="address"):
        await made.compose(touch("email", "hi"), replace(ADA, email=address), "anna", ())


@pytest.mark.parametrize("control", ["\r\n", "\n", "\r", "\x00", "\x1b", "\t", "\x85"])
async def test_a_control_character_never_reaches_a_header(made, control):
    with pytest.raises(Invalid, match="control character"):
        await made.compose(touch("email", "hi"), replace(ADA, first_name=f"Ann{control}Bcc: x"), "anna", ())


async def test_a_company_that_is_a_domain_keeps_its_looks_and_is_no_link(made):
    mail = await made.compose(touch("email", "hi"), replace(ADA, company="Booking.com"), "anna", ())

    assert "Booking.\u200ccom" in mail.text
    assert "of Booking.com" in mail.subject
