"""The head of a message file."""

import pytest

from nurture.authoring.front_matter import read_page


def test_a_page_is_taken_apart_with_its_lines():
    page = read_page("email", "---\nsubject: Hi\npreheader: There\nfunnel: top\n---\nBody\n")

    assert page.head == {"subject": "Hi", "preheader": "There", "funnel": "top"}
    assert (page.body, page.body_line, page.places["preheader"]) == ("Body\n", 6, 3)
    assert page.faults == ()


def test_a_page_without_a_head_is_all_body():
    assert read_page("sms", "Just words --- here").body == "Just words --- here"


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter():
    page = read_page("email", "\ufeff---\r\nsubject: Hi\r\n---\r\nBody\r\n")

    assert (page.head["subject"], page.body) == ("Hi", "Body\n")


def test_words_that_other_readers_take_for_booleans_stay_words():
    page = read_page("email", "---\nsubject: { no: NO, on: 10:30, third: 3 }\n---\n")

    assert page.head["subject"] == {"no": "NO", "on": "10:30", "third": "3"}


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        pytest.param("---\nsubject: Hi\n", 1, "never ends", id="no end"),
        pytest.param("---\nsubject: Hi\nsubject: Ho\n---\n", 3, "duplicate key", id="twice"),
        pytest.param("---\n\nsubjekt: Hi\n---\n", 3, 'unknown key "subjekt"', id="unknown"),
        pytest.param("---\nsubject: [a]\n---\n", 2, "must be a text or texts by name", id="a list"),
        pytest.param("---\nsubject: ''\n---\n", 2, "must be a text", id="empty"),
        pytest.param("---\nsubject: Hi\nfunnel: tip\n---\n", 3, 'no funnel stage "tip"', id="funnel"),
        pytest.param("---\njust words\n---\n", 2, "lines like", id="no mapping"),
        pytest.param("---\nsubject: a: b\n---\n", 2, "mapping values", id="colon"),
        pytest.param("---\nsubject: {{ lead.x }}\n---\n", 2, "", id="unquoted braces"),
        pytest.param("---\nsubject: *x\n---\n", 2, "undefined alias", id="alias"),
        pytest.param("---\nsubject: !!python/object:os.system x\n---\n", 2, "must be a text", id="tag"),
        pytest.param("---\n" + "a: b\n" * 9_000 + "---\n", 2, "longer than", id="huge"),
        pytest.param("---\nsubject: " + "[" * 8_000 + "\n---\n", 2, "", id="deep"),
    ],
)
def test_a_mistake_in_the_head_has_a_line(source, line, words):
    faults = read_page("email", source).faults

    assert faults[0].line == line
    assert words in faults[0].message
