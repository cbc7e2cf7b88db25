"""One grammar, three readers: the checks, the schema for editors and the planner agree on what a sequence is."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from nurture.authoring.known import Known, named_in, vocabulary_for
from nurture.authoring.library import load_sequence, sequence_paths
from nurture.authoring.marked_yaml import read_marked
from nurture.authoring.nodes import plain
from nurture.authoring.schema import GRAMMARS, json_schema
from nurture.authoring.steps import spots_of
from nurture.domain.build import build
from nurture.domain.errors import NotFound
from tests.authoring.checks_page import HERE, pairs

ROOT = Path(__file__).parents[2]
SEQUENCES = [*sequence_paths(ROOT), HERE / "ok" / "everything.yaml", HERE / "ok" / "words.yaml"]
SEEN_BY_EDITORS = [
    "unknown_key",
    "missing_key",
    "no_verb",
    "duration",
    "unknown_word",
    "wrong_kind",
    "share",
    "yes_or_no",
]
ONLY_SEEN_BY_VALIDATE = ["unknown_stage", "shares", "unbounded_wait", "unknown_template", "loop_without_wait"]


@pytest.mark.parametrize("sort", GRAMMARS)
def test_every_schema_is_a_schema(sort):
    jsonschema.Draft7Validator.check_schema(json_schema(sort))


@pytest.mark.parametrize("file", SEQUENCES, ids=lambda file: file.stem)
def test_editors_accept_what_the_checks_accept(file):
    jsonschema.validate(load_sequence(file).document, json_schema())


@pytest.mark.parametrize("sort", ["calendars", "consent", "senders", "routing", "team", "fields", "score"])
def test_editors_accept_the_shipped_policies(sort):
    document = plain(read_marked((ROOT / "policies" / f"{sort}.yaml").read_bytes()).root)

    jsonschema.validate(document, json_schema(sort))


@pytest.mark.parametrize("file", [*(ROOT / "sequences").glob("*.test.yaml")], ids=lambda file: file.stem)
def test_editors_accept_the_shipped_tests(file):
    jsonschema.validate(plain(read_marked(file.read_bytes()).root), json_schema("test"))


@pytest.mark.parametrize("name", SEEN_BY_EDITORS)
def test_editors_refuse_what_is_wrong_in_itself(name):
    assert list(jsonschema.Draft7Validator(json_schema()).iter_errors(_document(name)))


@pytest.mark.parametrize("name", ONLY_SEEN_BY_VALIDATE)
def test_names_and_paths_are_left_to_validate(name):
    assert not list(jsonschema.Draft7Validator(json_schema()).iter_errors(_document(name)))


def test_a_schema_that_is_not_there_is_not_found():
    with pytest.raises(NotFound, match="Ask for one of sequence, test"):
        json_schema("poem")


@pytest.mark.parametrize("file", SEQUENCES, ids=lambda file: file.stem)
def test_checks_and_planner_lay_the_same_steps(file):
    sequence = build("0", load_sequence(file).document)
    spots = spots_of(read_marked(file.read_bytes()).root)

    assert {spot.id for spot in spots} == set(sequence.steps)
    assert spots[0].id == sequence.first
    assert {spot.id: spot.behind for spot in spots} == {name: step.next for name, step in sequence.steps.items()}


def test_the_vocabulary_of_a_sequence_names_its_steps_links_and_outcomes():
    document = load_sequence(HERE / "ok" / "everything.yaml").document
    known = Known(
        fields={"company_size": "number"}, events={"trial_started": {}}, stages=("lead",), temperatures=("hot",)
    )

    words = vocabulary_for(document, known, _Shelf())

    assert words.steps == named_in(document).steps
    assert "setup-help" in words.steps
    assert words.links["hello"] == ("email/welcome",)
    assert words.links["nudge"] == ("whatsapp/nudge", "sms/nudge", "email/case-study")
    assert words.outcomes["price-call"] == ("connected", "no_answer", "wrong_number", "later")
    assert "opt_out" not in words.stages
    assert (words.fields, words.temperatures) == ({"company_size": "number"}, ("hot",))


class _Shelf:
    """Every template has one link, named after it."""

    def names(self, channel):
        return ["welcome"]

    def links(self, channel, name):
        return [f"{channel}/{name}"]

    def variants(self, channel, name):
        return []


def _document(name):
    pair = next(pair for pair in pairs() if pair.name == name)
    return plain(read_marked(pair.text.encode()).root)
