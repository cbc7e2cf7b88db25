"""Markdown for messages, and values inside it."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.authoring.markdown import escape, to_html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("**a** *b*", "<p><strong>a</strong> <em>b</em></p>\n", id="emphasis"),
        pytest.param("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n", id="HTML is text"),
        pytest.param(
            "[a](https://x.example){link=b}", '<p><a href="https://x.example" link="b">a</a></p>\n', id="named link"
        ),
        pytest.param(
            "[a](https://x.example){link=b onclick=x}",
            '<p><a href="https://x.example" link="b">a</a></p>\n',
            id="no other attribute",
        ),
        pytest.param("a  \nb", "<p>a<br />\nb</p>\n", id="line break"),
    ],
)
def test_markdown_becomes_html(source, expected):
    assert to_html(source) == expected


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=80))
def test_an_escaped_value_is_shown_as_it_is(value):
    shown = to_html("x " + escape(value))

    assert re.sub(r"\s+", " ", html.unescape(re.sub(r"</?(p|br)\b[^>]*>", "", shown))).strip() == f"x {value}".strip()


@pytest.mark.parametrize(
    "value", ["# x", "- x", "+ x", "* x", "1. x", "1) x", "> x", "===", "---", "    x", "| a |", "```", "~~~", "&amp;"]
)
def test_a_value_makes_no_block(value):
    assert set(re.findall(r"<(\w+)", to_html(f"Words\n{escape(value)}"))) == {"p"}
    assert set(re.findall(r"<(\w+)", to_html(escape(value)))) == {"p"}


def test_line_breaks_of_a_value_stay():
    assert escape("a\n\n  b ") == "a  \nb"
