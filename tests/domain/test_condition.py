"""The language of conditions: what holds, what is refused and where, and how a decision explains itself."""

# ruff: noqa: E501 - one mistake a line reads as a table

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.domain.condition import ConditionError, Vocabulary, check, compile_condition
from nurture.domain.condition_vocabulary import FUNCTIONS
from nurture.domain.lead import Scalar

FRIDAY = datetime(2026, 3, 27, 10, tzinfo=UTC)


@dataclass
class Sight:
    """A lead as a condition sees it, written down by hand."""

    fields: dict[str, Scalar] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    identity: frozenset[str] = frozenset()
    now: datetime = FRIDAY

    def field(self, name):
        return self.fields.get(name)

    def known(self, name):
        return name in self.fields or name in self.identity

    def number(self, name):
        return self.numbers[name]

    at_most = number

    def stage(self):
        return "mql"

    def temperature(self):
        return "warm"

    def last(self, key):
        return self.heard.get(key)

    def outcome(self, step):
        return self.outcomes.get(step, "")


def ago(**how_long):
    return FRIDAY - timedelta(**how_long)


GRACE = Sight(
    fields={
        "company_size": 250, "language": "DE", "newsletter": True, "title": "Head of Growth", "visits": "12",
        "trial_ends_at": "2026-04-10", "note": "",
    },
    numbers={"score": 84.25, "fit": 40.0, "engagement": 44.25},
    heard={
        "clicked": ago(days=2), "clicked@welcome": ago(days=2), "clicked@welcome#pricing": ago(days=9),
        "replied": ago(days=30), "replied#not_now": ago(days=30), "sent@welcome": ago(days=10),
        "happened#used_feature": ago(hours=1), "happened#used_feature?name=import": ago(hours=1),
        "happened#used_feature?plan=pro": ago(days=3), "delivered@first-value": ago(days=1), "opened@welcome": ago(days=1),
    },
    outcomes={"price-call": "connected"},
    identity=frozenset({"email"}),
)  # fmt: skip

WORDS = Vocabulary(
    fields={
        "company_size": "number",
        "language": "text",
        "newsletter": "bool",
        "trial_ends_at": "date",
        "title": "text",
    },
    steps=["welcome", "first-value", "price-call"],
    links={"welcome": ["pricing", "docs"], "first-value": ["guide"]},
    events=["used_feature", "meeting_booked"],
    intents=["interested", "not_now"],
    stages=["lead", "mql", "sql"],
    temperatures=["hot", "warm", "cold"],
    outcomes={"price-call": ["connected", "no_answer"]},
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("score >= 80", id="a number"),
        pytest.param("score > 80 and fit == 40 and engagement < 44.5", id="and"),
        pytest.param("score < 10 or fit > 10", id="or"),
        pytest.param("not (score < 10 or fit < 10)", id="not of an or"),
        pytest.param("80 <= score < 90", id="chained"),
        pytest.param("score >= -5", id="a negative number"),
        pytest.param('lead.language == "de"', id="text is equal whatever its case"),
        pytest.param('lead.language in ["en", "de"]', id="in a list"),
        pytest.param('lead.language not in ["en", "fr"]', id="not in a list"),
        pytest.param('"head of" in lead.title', id="a part of a text"),
        pytest.param("lead.visits > 9", id="text that holds a number, from a CSV file"),
        pytest.param("lead.newsletter", id="a yes-or-no field by itself"),
        pytest.param("lead.newsletter == true", id="a yes-or-no field compared"),
        pytest.param('lead.trial_ends_at > "2026-04-01"', id="dates in order"),
        pytest.param("stage == mql and lead.stage in [mql, sql] and stage != sql", id="stages"),
        pytest.param("temperature == warm", id="temperature"),
        pytest.param("replied", id="a bare function"),
        pytest.param("replied()", id="the same with parentheses"),
        pytest.param("replied(not_now) and not replied(interested)", id="an intent"),
        pytest.param('clicked(welcome, link="pricing")', id="a link"),
        pytest.param("clicked(any) and clicked", id="any click"),
        pytest.param("delivered(first-value)", id="a step with a hyphen"),
        pytest.param('happened(used_feature, name="import")', id="an event with a field"),
        pytest.param('happened(used_feature, name="import", plan="pro")', id="an event with two fields"),
        pytest.param("within(7 days, clicked(any))", id="lately"),
        pytest.param("not within(7 days, clicked(welcome, link=pricing))", id="too long ago"),
        pytest.param("within(10 days, within(7 days, clicked) and sent(welcome))", id="the narrower time wins"),
        pytest.param("within(2 business days, clicked(any))", id="working days"),
        pytest.param("known(lead.email) and known(email) and not known(lead.phone)", id="identity may be known"),
        pytest.param("task(price-call) == connected", id="an outcome"),
        pytest.param("task(first-value) != connected", id="no outcome yet differs"),
        pytest.param("not out_of_office and not bounced", id="nothing heard"),
        pytest.param("score >= 80\n  and replied", id="over two lines"),
        pytest.param("  score >= 80 ", id="spaces around"),
        pytest.param('lead.missing != "x"', id="what is missing differs"),
        pytest.param('lead.missing not in ["x"]', id="what is missing is in no list"),
        pytest.param('lead.title != 3', id="another kind differs"),
        pytest.param("true", id="always"),
    ],
)  # fmt: skip
def test_it_holds(text):
    assert compile_condition(text).holds(GRACE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('lead.missing == "x"', id="missing is equal to nothing"),
        pytest.param("lead.missing < 3", id="missing is not less"),
        pytest.param("lead.missing >= 0", id="missing is not more"),
        pytest.param("lead.missing", id="missing is no yes"),
        pytest.param('"x" in lead.missing', id="missing holds nothing"),
        pytest.param('lead.missing in ["x"]', id="missing is in no list"),
        pytest.param("lead.title > 3", id="text is not more than a number"),
        pytest.param("lead.newsletter > 0", id="a yes is no number"),
        pytest.param("lead.newsletter == 1", id="a yes is not one"),
        pytest.param("lead.title", id="text is no yes"),
        pytest.param("task(first-value) == connected", id="no outcome yet"),
        pytest.param('happened(used_feature, name="export")', id="another field"),
        pytest.param("within(7 days, replied)", id="a reply long ago"),
        pytest.param("clicked(first-value)", id="a click elsewhere"),
        pytest.param("false", id="never"),
    ],
)
def test_it_does_not_hold(text):
    assert not compile_condition(text).holds(GRACE)


@pytest.mark.parametrize(
    ("text", "spot", "message", "hint", "rule"),
    [
        pytest.param("scoer >= 80", "scoer", '"scoer" means nothing here', 'Did you mean "score"?', "unknown-name", id="name"),
        pytest.param("company_size > 3", "company_size", "means nothing", 'Write "lead.company_size"', "unknown-name", id="lead."),
        pytest.param("lead.compny_size > 3", "lead.compny_size", "no lead has a field", '"company_size"?', "unknown-field", id="field"),
        pytest.param("known(lead.emial)", "lead.emial", "no lead has a field", '"email"?', "unknown-field", id="known field"),
        pytest.param("stage == mqll", "mqll", 'no stage "mqll"', '"mql"?', "unknown-stage", id="stage"),
        pytest.param('stage in [mql, "sqll"]', '"sqll"', 'no stage "sqll"', '"sql"?', "unknown-stage", id="stage in a list"),
        pytest.param("temperature == hott", "hott", 'no temperature "hott"', '"hot"?', "unknown-temperature", id="temperature"),
        pytest.param("replied(intrested)", "intrested", "no intent", '"interested"?', "unknown-intent", id="intent"),
        pytest.param("clicked(frist-value)", "frist-value", "no step", '"first-value"?', "unknown-step", id="step"),
        pytest.param('clicked(welcome, link="guide")', '"guide"', 'in the message of "welcome"', '"docs"', "unknown-link", id="link"),
        pytest.param('clicked(any, link="x")', '"x"', 'no link "x"', '"docs"', "unknown-link", id="link anywhere"),
        pytest.param("happened(meeting_boked)", "meeting_boked", "no event", '"meeting_booked"?', "unknown-event", id="event"),
        pytest.param("task(welcome) == connected", "welcome", "no call or task step", "price-call", "unknown-step", id="task"),
        pytest.param("task(price-call) == conected", "conected", "no outcome", '"connected"?', "unknown-outcome", id="outcome"),
        pytest.param("clickd(any)", "clickd", "no function", '"clicked"?', "unknown-function", id="function"),
        pytest.param("clicked(any, lnk=x)", "clicked(any, lnk=x)", 'does not know "lnk="', '"link"?', "unknown-option", id="option"),
        pytest.param("lead.email == 'a'", "lead.email", "tells who somebody is", "known(lead.email)", "identity-field", id="identity"),
        pytest.param('"a" in lead.company', "lead.company", "tells who somebody is", "known(", "identity-field", id="company"),
        pytest.param('score >= "80"', '"80"', "a number cannot be compared with text", "80 without", "condition-type", id="quotes"),
        pytest.param("lead.language > 3", "3", "text cannot be compared with a number", "", "condition-type", id="text and number"),
        pytest.param("lead.newsletter == 3", "3", "a yes or no cannot", "", "condition-type", id="yes and number"),
        pytest.param("lead.language == de", "de", "is a bare name", 'in quotes: "de"', "unknown-name", id="text without quotes"),
        pytest.param("score", "score", "a number is no yes-or-no", "score >= 80", "condition-type", id="not boolean"),
        pytest.param("replied and stage", "stage", "a stage is no yes-or-no", "stage == mql", "condition-type", id="half boolean"),
        pytest.param("task(price-call)", "task(price-call)", "an outcome is no yes-or-no", "== connected", "condition-type", id="bare task"),
        pytest.param("lead.title", "lead.title", "text is no yes-or-no", "Compare", "condition-type", id="bare text field"),
        pytest.param("stage > mql", "mql", "cannot order names", '"=="', "condition-type", id="stages have no order"),
        pytest.param("stage == [mql]", "[mql]", "a list cannot", 'Write "in"', "condition-type", id="list"),
        pytest.param("score && fit", "&&", "not a word", 'Write "and"', "condition-syntax", id="&&"),
        pytest.param("replied || bounced", "||", "not a word", 'Write "or"', "condition-syntax", id="||"),
        pytest.param("!replied", "!", "not a word", 'Write "not"', "condition-syntax", id="!"),
        pytest.param("replied AND bounced", "AND", "not a word", 'Write "and"', "condition-syntax", id="shouting"),
        pytest.param("score = 80", "=", "does not compare", 'Write "=="', "condition-syntax", id="one equals sign"),
        pytest.param("(score = 80)", "=", "does not compare", 'Write "=="', "condition-syntax", id="one equals sign in parentheses"),
        pytest.param("score => 80", "=>", "not a word", 'Write ">="', "condition-syntax", id="arrow"),
        pytest.param("score is 80", "is", "does not fit", 'Write "=="', "condition-syntax", id="is"),
        pytest.param("score + 1 > 3", "+", "no arithmetic", "", "condition-syntax", id="arithmetic"),
        pytest.param("score >= 80)", ")", "closes nothing", "", "condition-syntax", id="closing"),
        pytest.param("(score >= 80", "(", "never closed", "", "condition-syntax", id="opening"),
        pytest.param('lead.language == "de', '"', "quote is never closed", "", "condition-syntax", id="quote"),
        pytest.param("lead.language == “de”", "“", "typographic", "straight", "condition-syntax", id="typographic quotes"),
        pytest.param("score >= 80 or", "r", "ends too early", "", "condition-syntax", id="cut off"),
        pytest.param("score >= 80 90", "90", "does not fit here", "", "condition-syntax", id="leftover"),
        pytest.param("within(3days, replied)", "3days", "neither a number nor a name", "3 days", "condition-syntax", id="glued"),
        pytest.param("within(score, replied)", "score", "a length of time", "7 days", "condition-shape", id="no duration"),
        pytest.param("within(7 days, score > 3)", "score > 3", "nothing in it can happen", "", "condition-shape", id="no happening"),
        pytest.param("within(3 business hours, replied)", "3 business hours", "not working hours", "", "condition-shape", id="hours"),
        pytest.param("within(7 days)", "within(7 days)", "takes 2, and here are 1", "", "condition-shape", id="too few"),
        pytest.param("happened()", "happened()", "takes 1, and here are 0", "", "condition-shape", id="none"),
        pytest.param("replied(1)", "1", "the name of an intent", "replied(interested)", "condition-shape", id="number for a name"),
        pytest.param("lead.a.b == 1", "lead.a.b", "means nothing", "", "condition-syntax", id="too many dots"),
        pytest.param("opened(welcome)", "opened(welcome)", "no evidence", "click", "opens-are-not-evidence", id="opens"),
        pytest.param("   ", " ", "empty", "", "condition-syntax", id="empty"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_place_a_fact_and_a_way_out(text, spot, message, hint, rule):
    problem = check(text, WORDS)[0]

    assert text[problem.column - 1 :][: problem.length] == spot
    assert message in problem.message
    assert hint in problem.hint
    assert problem.rule == rule
    assert problem.warning is (rule == "opens-are-not-evidence")


@pytest.mark.parametrize(
    "text",
    [
        'score >= 80 and lead.company_size >= 200 or lead.language == "de"',
        "replied(interested) and not within(3 business days, clicked(welcome, link=pricing))",
        "happened(used_feature, name='import', count=3)",
        "lead.stage in [mql, sql] and temperature != cold and known(lead.phone)",
        "task(price-call) in [connected, no_answer] or out_of_office",
        'lead.trial_ends_at < "2027-01-01" and lead.newsletter',
    ],
)
def test_a_sound_condition_has_no_problem(text):
    assert check(text, WORDS) == []


def test_all_mistakes_are_told_at_once_in_the_order_of_the_text():
    problems = check("scoer > 1 and stage == mqll and clicked(nowhere) and opened(welcome)", WORDS)

    assert [problem.rule for problem in problems] == [
        "unknown-name", "unknown-stage", "unknown-step", "opens-are-not-evidence",
    ]  # fmt: skip


def test_a_column_stays_true_behind_durations_hyphens_and_umlauts():
    text = 'within(3 business days, clicked(first-value)) and lead.language == "größer" and scoer > 1'

    assert [(p.column, p.length) for p in check(text, WORDS)] == [(text.index("scoer") + 1, 5)]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("not " * 30 + "replied", "condition-too-deep", id="thirty nots"),
        pytest.param("(" * 21 + "replied" + ")" * 21, "condition-too-deep", id="parentheses"),
        pytest.param("(" * 900 + "replied" + ")" * 900, "condition-too-deep", id="hundreds of parentheses"),
        pytest.param("replied or " * 300 + "replied", "condition-too-long", id="too long"),
    ],
)
def test_monsters_are_refused(text, rule):
    assert check(text, WORDS)[0].rule == rule
    with pytest.raises(ConditionError):
        compile_condition(text)


def test_an_error_carries_its_place():
    with pytest.raises(ConditionError) as refused:
        compile_condition("fit > 1 and scoer >= 80")

    assert (refused.value.column, refused.value.length) == (13, 5)
    assert str(refused.value) == 'column 13: "scoer" means nothing here. Did you mean "score"?'


def test_compiling_needs_no_vocabulary_and_lets_opens_pass():
    assert compile_condition("opened(nowhere) and lead.anything == 3").holds(GRACE) is False


def test_the_same_text_is_compiled_once():
    assert compile_condition("score >= 81") is compile_condition("score >= 81")


def test_a_condition_names_what_it_asks():
    condition = compile_condition(
        'clicked(first-value) and task(price-call) == connected and clicked(any) and stage == mql and fit > 3'
        ' and happened(used_feature) and lead.language == "de" and known(lead.email) and within(1 week, bounced)'
    )  # fmt: skip

    assert condition.steps == {"first-value", "price-call"}
    assert condition.fields == {"language", "email"}
    assert condition.events == {"used_feature"}
    assert condition.functions == {"clicked", "task", "happened", "known", "within", "bounced"}
    assert condition.facts == {"stage", "fit"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("score >= 80", "score 84.2 >= 80", id="number"),
        pytest.param('lead.language == "de"', 'lead.language "DE" == "de"', id="text"),
        pytest.param("lead.missing > 3", "lead.missing unknown > 3", id="missing"),
        pytest.param("stage in [mql, sql]", "stage mql in [mql, sql]", id="list"),
        pytest.param("not replied(interested)", "not replied(interested) never", id="never"),
        pytest.param("replied", "replied 2026-02-25T10:00+00:00", id="when"),
        pytest.param("fit > 1 and score > 1", "fit 40 > 1 and score 84.2 > 1", id="all parts of an and that holds"),
        pytest.param("fit > 90 and score > 1", "fit 40 > 90", id="the part that settles it"),
        pytest.param("bounced or score > 1", "score 84.2 > 1", id="the way through an or"),
        pytest.param("within(7 days, replied or bounced)", "within 7 days: replied 2026-02-25T10:00+00:00 or bounced never", id="in"),
        pytest.param("task(price-call) == connected", "task(price-call) connected == connected", id="outcome"),
        pytest.param("known(lead.phone)", "lead.phone unknown", id="unknown"),
        pytest.param("not (score > 99)", "not (score 84.2 > 99)", id="not of a comparison"),
    ],
)  # fmt: skip
def test_a_decision_explains_itself(text, words):
    assert compile_condition(text).describe(GRACE) == words


def test_a_score_that_just_missed_is_not_rounded_up():
    almost = Sight(numbers={"score": 79.96})

    assert compile_condition("score >= 80").describe(almost) == "score 79.9 >= 80"


def test_the_inputs_of_a_decision_are_plain_values():
    condition = compile_condition("score >= 80 and not replied(interested) and known(lead.email) and replied")

    assert condition.inputs(GRACE) == {
        "score": 84.2,
        "replied#interested": None,
        "known(lead.email)": True,
        "replied": "2026-02-25T10:00+00:00",
    }


PIECES = st.sampled_from(
    ["score", "fit", ">=", "==", "80", '"de"', "lead.language", "and", "or", "not", "in", "(", ")", "[", "]", ",", "=", "replied",
     "clicked", "first-value", "any", "within", "7 days", "3 business days", "known", "task", "stage", "mql", "-", ".", "!",
     "lambda", "import", "None", "true", "é", "'", "\\", "\n", "#", "0x1", "1e9", "007", "{", "f\"x\""]
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map(" ".join)))
def test_any_text_compiles_or_is_refused_with_a_place(text):
    problems = check(text, WORDS)
    assert all(1 <= problem.column <= max(1, len(text)) and problem.length >= 1 for problem in problems)
    if any(not problem.warning for problem in check(text, Vocabulary())):
        with pytest.raises(ConditionError):
            compile_condition(text)
        return
    condition = compile_condition(text)
    assert condition.holds(GRACE) in (True, False)
    assert condition.describe(GRACE)
    assert all(isinstance(value, Scalar) for value in condition.inputs(GRACE).values())


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))


@given(
    VALUES, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from(['"x"', "3", "true", "lead.b"]), VALUES
)
def test_no_value_makes_a_comparison_raise(left, op, right, other):
    text = f"lead.a {op if right != 'true' else '!='} {right}"

    assert compile_condition(text).holds(Sight(fields={"a": left, "b": other})) in (True, False)


@given(st.floats(0, 200, allow_nan=False), st.integers(0, 200))
def test_less_and_not_less_are_opposites(score, limit):
    sight = Sight(numbers={"score": score})

    assert compile_condition(f"score < {limit}").holds(sight) is not compile_condition(f"score >= {limit}").holds(sight)


def test_the_examples_of_every_function_are_sound():
    for name, shape in FUNCTIONS.items():
        text = shape.example if re.match(rf"{name}\b", shape.example) else name
        assert [problem for problem in check(text, Vocabulary()) if not problem.warning] == [], name
