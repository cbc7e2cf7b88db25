"""What a template may do, and that it cannot hurt us."""

import pytest

from nurture.authoring.composer_marks import HEADER
from nurture.authoring.composer_text import compiled
from nurture.authoring.sandbox import MAX_SOURCE, asked, parse
from nurture.domain.errors import Invalid

REFUSED = [
    "{{ 'a' * 10 ** 9 }}",
    "{{ 99999 * 99999 }}",
    "{{ [1] * 1000 }}",
    "{{ 2 ** 9999 }}",
    "{{ '%0999999999d' % 1 }}",
    "{{ 'a' | center(10 ** 9) }}",
    "{{ 'a' | ljust(999999) }}",
    "{{ 'a' | pprint }}",
    "{{ '<b>' | safe }}",
    "{{ 'a' | format(1) }}",
    "{{ 'a' | xmlattr }}",
    "{{ 'a' | indent(99999) }}",
    "{{ x | map('upper') }}",
    "{{ x | attr('y') }}",
    "{% for a in range(9) %}{% for b in range(9) %}x{% endfor %}{% endfor %}",
    "{% for a in range(999) %}{% for b in lead.x %}x{% endfor %}{% endfor %}",
    "{% for a in [1,2] %}{% for b in x %}y{% endfor %}{% endfor %}",
    "{% for a in x %}{% for b in a %}{% for c in b %}y{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in x recursive %}{{ loop(a) }}{% endfor %}",
    "{% macro m() %}x{% endmacro %}{{ m() }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% set a = 'x' %}{% set b = a ~ a %}{{ b }}",
    "{% set a %}x{% endset %}{{ a }}",
    "{% set lead = 1 %}",
    "{% raw %}{% endraw %}{{ x.y() }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ lead['__class__'] }}",
    "{{ _values }}",
    "{{ lead.first_name.upper() }}",
    "{{ namespace() }}",
    "{{ cycler(1) }}",
    "{{ lipsum(999) }}",
    "{{ dict(a=1) }}",
    "{{ self }}{{ self._x }}",
    "{% filter upper %}x{% endfilter %}",
    "{{ 'x' | upper | lower | upper | lower | upper | lower | upper }}",
    "{{ {'a': 1} }}",
    "{% call x() %}{% endcall %}",
    "{% block a %}{% endblock %}",
    "{% autoescape false %}{{ x }}{% endautoescape %}",
    "{% do x %}",
    "{{ x is callable }}",
    "{{ " + "(" * 60 + "1" + " + 1)" * 60 + " }}",
    "{{ " + "not " * 300 + "1 }}",
    "{{ " + "-" * 5000 + "1 }}",
    "x" * (MAX_SOURCE + 1),
]


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_a_dangerous_template_is_refused_before_it_is_compiled(source):
    tree, faults = parse(HEADER, source)

    assert tree is None or faults
    with pytest.raises(Invalid):
        compiled(HEADER, source, "t.md")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("{{ x | upper }}", "ADA", id="filter"),
        pytest.param("{% for a in [1, 2] %}{{ a }}{% if not loop.last %}, {% endif %}{% endfor %}", "1, 2", id="loop"),
        pytest.param("{% for row in rows %}{% for a in row %}{{ a }}{% endfor %}{% endfor %}", "123", id="nested loop"),
        pytest.param("{{ 3 * 4 + 1 }} {{ 7 % 3 }} {{ 'a' + 'b' }} {{ 'a' ~ 1 }}", "13 1 ab a1", id="sums"),
        pytest.param("{% set n = x | lower %}{{ n }}", "ada", id="set"),
        pytest.param("{{ 'yes' if x == 'Ada' else 'no' }}", "yes", id="if"),
        pytest.param("{{ rows | length }} {{ x[0] }} {{ x is defined }}", "2 A True", id="test"),
        pytest.param(
            "{{ 123450 | money }} {{ 120000 | money('USD') }} {{ -5 | money('CHF') }}",
            "€1,234.50 $1,200 -0.05 CHF",
            id="money",
        ),
        pytest.param(
            "{{ '2026-12-03' | date }} {{ '2026-12-03T08:00:00+00:00' | date('day') }}",
            "3 December 2026 Thursday, 3 December",
            id="date",
        ),
        pytest.param(
            "{{ '2026-03-01' | date('long', 'de') }} {{ '2026-03-01' | date('iso') }}",
            "1. März 2026 2026-03-01",
            id="German date",
        ),
        pytest.param(
            "{{ '' | or_else('you') }} {{ none | or_else('me') }} {{ 0 | or_else(1) }}", "you me 0", id="or else"
        ),
        pytest.param(
            "{{ 'one two three' | truncate(9) }} {{ 'a b' | urlencode }} {{ ['a', 'b'] | join('-') }}",
            "one two… a%20b a-b",
            id="text filters",
        ),
    ],
)
def test_an_honest_template_works(source, text):
    assert compiled(HEADER, source, "t.md").render({"x": "Ada", "rows": [[1, 2], [3]]}) == text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("\n\n{{ 1 / 0 }}", "t.md:3: division by zero", id="division"),
        pytest.param("{{ x * 3 }}", "only works with numbers", id="text times number"),
        pytest.param("{{ 'AA' | replace('A', big) }}", "more than 10,000", id="replace that grows"),
        pytest.param("{{ [x, x, x] | join(big) }}", "more than 10,000", id="join that grows"),
        pytest.param("{% for i in range(1001) %}x{% endfor %}", "may count to 1,000", id="long range"),
        pytest.param("{% for i in range(900) %}{{ big }}{% endfor %}", "more than 200,000 characters", id="big output"),
        pytest.param("{{ x | date }}", '"Ada" is not a date', id="no date"),
        pytest.param("{{ '2026-01-01' | date('%999999999d') }}", "no date style", id="date bomb"),
        pytest.param("{{ x | money }}", "whole number of cents", id="no money"),
        pytest.param("{{ rows }}", "a list cannot be printed", id="a list"),
        pytest.param("{{ x.upper }}", "cannot be printed", id="a method"),
        pytest.param("{{ y }}", 'unknown name "y"', id="unknown"),
        pytest.param("{{ x | int + huge * huge }}", "only works with numbers, and not with huge ones", id="huge"),
    ],
)
def test_what_goes_wrong_while_rendering_is_explained(source, words):
    with pytest.raises(Invalid) as caught:
        compiled(HEADER, source, "t.md").render({"x": "Ada", "rows": [1], "big": "b" * 9_000, "huge": 10**13})

    assert words in str(caught.value)


def test_a_template_says_what_it_asks_for():
    tree, _ = parse(
        HEADER, "{% set a = 1 %}{{ lead.x }}{{ lead['y'] }}\n{{ b }}{% for c in d %}{{ c }}{% endfor %}{{ a }}"
    )

    assert {(ask.line, ask.name, ask.field) for ask in asked(tree)} == {
        (1, "lead", "x"),
        (1, "lead", "y"),
        (1, "lead", ""),
        (2, "b", ""),
        (2, "d", ""),
    }
