"""Scripts, notes and titles for reps."""

import pytest

from nurture.domain.errors import Invalid
from tests.authoring.golden.people import ADA, NOBODY, composer, written


def test_a_title_of_a_sequence_is_rendered():
    made, _ = composer()

    line = "text:Call {{ lead.first_name }} at {{ lead.company }}: score {{ score }}"

    assert made.words(line, ADA, {"score": 84}) == ("Call Ada at Analytical Engines: score 84", "")


def test_a_title_names_what_the_lead_has_not():
    made, _ = composer()

    title, _ = made.words("text:Call {{ lead.first_name }} at {{ lead.company }}", NOBODY, {})

    assert title == "Call (no first name) at (no company)"


def test_a_script_is_found_by_its_bare_name():
    made, _ = composer()

    assert made.words("pricing", ADA, {}) == made.words("call/pricing", ADA, {})


def test_a_handoff_without_a_note_of_its_own_gets_the_common_one():
    made, _ = composer()

    title, body = made.words("handoff/new-mql", ADA, {"score": 61, "why": "score passed 60", "reasons": ["clicked: 5"]})

    assert title == "Speak with Ada at Analytical Engines: score 61"
    assert "**Why you:** score passed 60" in body
    assert "- clicked: 5" in body


def test_what_a_lead_wrote_is_no_markdown():
    made, _ = composer()

    _, body = made.words("handoff/reply-desk", ADA, {"messages": "# Hi\n[x](http://evil.example) <b>\n1. one"})

    assert "\\# Hi" in body
    assert "\\[x\\](http://evil.example) \\<b\\>" in body
    assert "1\\. one" in body


@pytest.mark.parametrize(
    ("template", "words"),
    [
        pytest.param("call/prising", 'no template "call/prising". Did you mean "call/pricing"', id="misspelt"),
        pytest.param("email/welcome", "is no script and no note", id="not for reps"),
        pytest.param("text:{{ lead.first_name", "unexpected end of template", id="broken line"),
        pytest.param("text:{{ scor }}", 'unknown name "scor"', id="unknown name"),
    ],
)
def test_a_mistake_is_explained(template, words):
    made, _ = composer()

    with pytest.raises(Invalid) as caught:
        made.words(template, ADA, {})

    assert words in str(caught.value)


def test_a_script_without_a_title_is_refused(tmp_path):
    made, _ = composer(written(tmp_path, {"call/hi.md": "Just words"}))

    with pytest.raises(Invalid, match="there is no title"):
        made.words("call/hi", ADA, {})
