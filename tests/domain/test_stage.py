"""Legal moves, who may make them, and the silence of the unqualified."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from nurture.domain.errors import Invalid
from nurture.domain.stage import StageRules, is_silent, why_not_move

RULES = StageRules.from_document(YAML(typ="safe").load(Path("policies/stages.yaml").read_text()))
SMALL = {"lead": {}, "mql": {}, "unqualified": {}}


@pytest.mark.parametrize(
    ("before", "after", "by"),
    [
        pytest.param("lead", "mql", "engine", id="a score lifts a lead"),
        pytest.param("mql", "sal", "engine", id="an accepted hand-off"),
        pytest.param("lead", "sql", "engine", id="a booked meeting skips ahead"),
        pytest.param("sql", "nurture", "engine", id="not now"),
        pytest.param("nurture", "mql", "engine", id="awake again"),
        pytest.param("pql", "unqualified", "rep", id="a rep says bad fit"),
        pytest.param("sqo", "customer", "rep", id="won"),
        pytest.param("customer", "service_ql", "engine", id="service hears of more"),
        pytest.param("unqualified", "lead", "operator", id="only an operator revives"),
        pytest.param("mql", "mql", "engine", id="staying does no harm"),
        pytest.param("unqualified", "unqualified", "engine", id="told twice"),
    ],
)
def test_legal_moves(before, after, by):
    assert why_not_move(RULES, before, after, by) is None


@pytest.mark.parametrize(
    ("before", "after", "by", "why"),
    [
        pytest.param(
            "unqualified", "mql", "operator", "no move leads from unqualified to mql", id="not straight to sales"
        ),
        pytest.param("unqualified", "lead", "engine", "only operator may move", id="no score lifts the silence"),
        pytest.param("unqualified", "lead", "rep", "only operator may move", id="nor does a rep"),
        pytest.param("sqo", "nurture", "engine", "only operator or rep may move", id="no machine takes a deal away"),
        pytest.param(
            "customer", "lead", "operator", "no move leads from customer to lead", id="customers stay customers"
        ),
        pytest.param("lead", "mqll", "engine", 'there is no stage "mqll"', id="unknown stage"),
        pytest.param("lead", "mql", "stranger", "not stranger", id="unknown mover"),
    ],
)
def test_illegal_moves_have_a_reason(before, after, by, why):
    assert why in (why_not_move(RULES, before, after, by) or "")


def test_every_stage_of_the_trade_is_there_and_can_be_left():
    expected = {
        "contact", "lead", "mql", "pql", "sal", "sql", "service_ql", "sqo", "customer", "nurture", "unqualified",
    }  # fmt: skip

    assert set(RULES.stages) == expected
    assert {before for before, _ in RULES.moves} == expected


def test_only_unqualified_is_silent():
    assert [name for name in RULES.stages if is_silent(RULES, name)] == ["unqualified"]
    assert is_silent(StageRules(), "unqualified")
    assert not is_silent(RULES, "nowhere")


@pytest.mark.parametrize(
    ("document", "mistakes"),
    [
        pytest.param([], ["the document is not a mapping"], id="no mapping"),
        pytest.param({"stages": {"lead": {}}}, ['"unqualified" is missing'], id="no unqualified"),
        pytest.param(
            {"stages": {"unqualified": {"silent": False}}}, ["no policy changes that"], id="silence cannot be lifted"
        ),
        pytest.param(
            {"stages": SMALL, "moves": [{"from": "lead", "to": "mqll", "by": ["boss"]}]},
            ['moves[0].to: there is no "mqll". Did you mean "mql"?', 'moves[0].by: there is no "boss"'],
            id="all mistakes at once",
        ),
        pytest.param(
            {"stages": SMALL, "moves": [{"to": "mql"}]}, ["moves[0].from: at least one name"], id="from nowhere"
        ),
        pytest.param({"stages": SMALL, "movez": []}, ['movez: unknown key. Did you mean "moves"?'], id="unknown key"),
        pytest.param({"stages": SMALL, "moves": {"a": 1}}, ["moves: a list belongs here"], id="moves are a list"),
        pytest.param(
            {"stages": SMALL, "moves": [{"from": [1], "to": "mql"}]}, ["a list of names belongs here"], id="no name"
        ),
    ],
)
def test_a_broken_policy_names_every_mistake(document, mistakes):
    with pytest.raises(Invalid) as refused:
        StageRules.from_document(document)

    told = "\n".join(refused.value.problems)
    assert [mistake for mistake in mistakes if mistake not in told] == []
