"""Every shipped message, word for word."""

import pytest

from tests.authoring.golden.people import NOBODY, TEMPLATES, composer
from tests.authoring.golden.write import HERE, golden

EXPECTED = sorted(path.name for path in HERE.iterdir() if path.suffix in (".html", ".txt"))


async def test_every_shipped_message_has_a_golden_file():
    assert sorted(await golden()) == EXPECTED


@pytest.mark.parametrize("file", EXPECTED)
async def test_a_shipped_message_reads_as_agreed(file):
    assert (await golden())[file] == (HERE / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["call", "handoff"])
def test_a_rep_gets_words_for_a_lead_without_a_name(kind):
    made, _ = composer()

    for name in [*made.files.names(kind), "never-written"] if kind == "handoff" else made.files.names(kind):
        title, body = made.words(f"{kind}/{name}", NOBODY, {"score": 61, "reasons": ["clicked a link: 5"]})

        assert title
        assert body
        assert "lead" in title.lower()


def test_all_shipped_templates_are_in_order():
    from nurture.authoring.shelf import Shelf

    assert [str(problem) for problem in Shelf(TEMPLATES).problems()] == []
