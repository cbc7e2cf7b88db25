"""The shelf tells checks what templates there are, and authors what is wrong with them."""

import pytest

from nurture.authoring.shelf import Shelf
from tests.authoring.golden.people import TEMPLATES, written


def test_the_shelf_knows_names_links_and_variants():
    shelf = Shelf(TEMPLATES)

    assert "welcome" in shelf.names("email")
    assert "_layout" not in shelf.names("email")
    assert shelf.links("email", "welcome") == ["import", "tour", "pricing"]
    assert shelf.links("sms", "trial-nudge") == ["demo"]
    assert shelf.links("whatsapp", "content-invite") == ["webinar"]
    assert shelf.variants("email", "welcome") == ["control", "question"]
    assert shelf.variants("email", "case-study") == []


@pytest.mark.parametrize("name", ["nothing", "../email/welcome", "", "."])
def test_what_is_not_there_has_nothing(name):
    shelf = Shelf(TEMPLATES)

    assert shelf.links("email", name) == []
    assert shelf.variants("email", name) == []
    assert shelf.names("pigeon") == []
    assert shelf.links("pigeon", "x") == []


@pytest.mark.parametrize(
    ("file", "source", "problem"),
    [
        pytest.param(
            "email/a.md",
            "---\nsubjct: Hi\n---\nx",
            'templates/email/a.md:2:1: unknown key "subjct". Did you mean "subject". [unknown-key]',
            id="unknown key",
        ),
        pytest.param(
            "email/a.md",
            "---\nfunnel: top\n---\nx",
            'templates/email/a.md:1:1: there is no "subject" in the head. [front-matter]',
            id="no subject",
        ),
        pytest.param(
            "email/a.md",
            "---\nsubject: Hi\n---\n\n  Dear {{ lead.frist_name }}",
            'templates/email/a.md:5:16: no lead has a field "frist_name". Did you mean "first_name". [unknown-field]',
            id="unknown field",
        ),
        pytest.param(
            "email/a.md",
            "---\nsubject: Hi {{ leed.x }}\n---\nx",
            'templates/email/a.md:2:16: unknown name "leed". Did you mean "lead". [unknown-name]',
            id="unknown name",
        ),
        pytest.param(
            "sms/a.txt",
            "Hi {{ lead.first_name | titel }}",
            'templates/sms/a.txt:1:25: no filter "titel". Did you mean "title". [template-forbidden]',
            id="unknown filter",
        ),
        pytest.param(
            "email/a.md",
            "---\nsubject: Hi\n---\n{% if lead.company %}x",
            "templates/email/a.md:4:1: unexpected end of template.",
            id="never ends",
        ),
        pytest.param(
            "email/a.md",
            "---\nsubject: Hi\n---\n[x](https://{{ lead.company }}/)",
            'templates/email/a.md:4:1: "https://{{…}}/" cannot be a link.',
            id="foreign link",
        ),
        pytest.param(
            "whatsapp/a.yaml",
            "content_sid: HX1\nvariables: { '1': x }\ntext: Hi {{1}} {{2}}",
            'templates/whatsapp/a.yaml:3:1: variable "2": no value is given. [whatsapp-variable]',
            id="variable without value",
        ),
        pytest.param(
            "email/a.md",
            "---\nsubject: 'x\n---\nx",
            "templates/email/a.md:",
            id="broken head",
        ),
    ],
)
def test_a_mistake_has_place_fact_and_hint(tmp_path, file, source, problem):
    shelf = Shelf(written(tmp_path, {file: source}))

    found = [str(each) for each in shelf.problems(frozenset({"title"}))]

    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_layout_that_asks_for_too_much_is_found(tmp_path):
    files = {"email/_layout.html": "<p>{{ body }}{{ lead.first_name }}</p>", "email/a.md": "---\nsubject: Hi\n---\nx"}

    (problem,) = Shelf(written(tmp_path, files)).problems()

    assert 'unknown name "lead"' in str(problem).lower()
