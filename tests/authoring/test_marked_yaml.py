"""Reading YAML: values as they were meant, the place of every node, and no input that brings the reader down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from nurture.authoring.marked_yaml import MAX_BYTES, read_marked
from nurture.authoring.nodes import Fields, places_of, plain
from nurture.authoring.problem import Place
from nurture.authoring.yaml_events import events

FILES = [
    *Path(__file__).parent.rglob("*.yaml"),
    *(Path(__file__).parents[2] / "sequences").glob("*.yaml"),
    *(Path(__file__).parents[2] / "policies").glob("*.yaml"),
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("NO", "NO", id="Norway stays a country"),
        pytest.param("no", "no", id="no stays a word"),
        pytest.param("yes", "yes", id="yes stays a word"),
        pytest.param("on", "on", id="on stays a word"),
        pytest.param("10:30", "10:30", id="a time stays a text"),
        pytest.param("2026-03-27", "2026-03-27", id="a date stays a text"),
        pytest.param("2026-03-27 10:00:00", "2026-03-27 10:00:00", id="a moment stays a text"),
        pytest.param("007", "007", id="leading zeros stay"),
        pytest.param("0x1F", "0x1F", id="hexadecimal stays a text"),
        pytest.param("1_000", "1_000", id="grouped digits stay a text"),
        pytest.param("1e3", 1000.0, id="a number with an exponent"),
        pytest.param("1e999", "1e999", id="an endless number stays a text"),
        pytest.param(".inf", ".inf", id="infinity stays a text"),
        pytest.param("-12", -12, id="a negative number"),
        pytest.param("+12015550100", 12015550100, id="an unquoted phone number is a number"),
        pytest.param('"+12015550100"', "+12015550100", id="a quoted one is a text"),
        pytest.param("9" * 40, "9" * 40, id="a number too long for anything stays a text"),
        pytest.param("0.5", 0.5, id="a fraction"),
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="False"),
        pytest.param("tRUE", "tRUE", id="oddly written true is a word"),
        pytest.param("~", None, id="a tilde is nothing"),
        pytest.param("", None, id="nothing is nothing"),
        pytest.param("'true'", "true", id="quoted true is a text"),
        pytest.param("|\n  two\n  lines\n", "two\nlines\n", id="a block text"),
        pytest.param(">-\n  one\n  line\n", "one line", id="a folded text"),
        pytest.param("{{x}}".replace("{{", "'{{").replace("}}", "}}'"), "{{x}}", id="quoted template words"),
    ],
)
def test_values_mean_what_they_say(written, meant):
    marked = read_marked(f"value: {written}\n".encode())

    assert marked.mistakes == []
    assert plain(marked.root) == {"value": meant}
    assert type(plain(marked.root)["value"]) is type(meant)


def test_every_node_knows_its_line_and_column():
    raw = b"steps:\n  - id: welcome\n    variants: { a: 45%, b: 'x y' }\n  - [one, two]\n"

    places = dict(places_of(read_marked(raw).root))

    assert places == {
        (): Place(1, 1),
        ("steps",): Place(2, 3),
        ("steps", 0): Place(2, 5),
        ("steps", 0, "id"): Place(2, 9, 7),
        ("steps", 0, "variants"): Place(3, 15),
        ("steps", 0, "variants", "a"): Place(3, 20, 3),
        ("steps", 0, "variants", "b"): Place(3, 28, 5),
        ("steps", 1): Place(4, 5),
        ("steps", 1, 0): Place(4, 6, 3),
        ("steps", 1, 1): Place(4, 11, 3),
    }


def test_a_part_of_a_text_has_a_place_of_its_own():
    root = read_marked(
        b"plain: score >= x\nquoted: 'score >= x'\nfolded: >-\n  score\n  >= x\nescaped: \"sc\\u006fre\"\n"
    ).root

    assert isinstance(root, Fields)
    assert root.values["plain"].part(10, 1) == Place(1, 17, 1)
    assert root.values["quoted"].part(10, 1) == Place(2, 19, 1)
    assert root.values["folded"].part(10, 1) == Place(3, 9, 1)
    assert root.values["escaped"].part(3, 2) == root.values["escaped"].place


def test_both_lines_of_a_duplicate_key_are_shown_and_the_first_counts():
    marked = read_marked(b"a: 1\nb: 2\na: 3\n")

    (mistake,) = marked.mistakes
    assert (mistake.rule, mistake.place, mistake.also) == ("duplicate-key", Place(3, 1), (Place(1, 1),))
    assert plain(marked.root) == {"a": 1, "b": 2}


def test_duplicates_are_found_at_every_depth_at_once():
    marked = read_marked(b"a: { x: 1, x: 2 }\nb:\n  - { y: [1], y: { z: 1, z: 2 } }\n")

    assert [mistake.place for mistake in marked.mistakes] == [Place(1, 12), Place(3, 15), Place(3, 26)]


@pytest.mark.parametrize(
    ("raw", "rule", "place"),
    [
        pytest.param(b"", "empty", Place(1, 1), id="an empty file"),
        pytest.param(b"a: " + b"x" * MAX_BYTES, "too-big", Place(1, 1), id="a huge file"),
        pytest.param(b"ok: 1\nname: M\xfcller\n", "encoding", Place(2, 8), id="Latin-1"),
        pytest.param(b"a: 1\nb: x\x00y\n", "syntax", Place(2, 5), id="a control character"),
        pytest.param(b'a: "\\ud83d"\n', "encoding", Place(1, 4), id="half a character"),
        pytest.param(b"[" * 5_000, "too-deep", Place(1, 21), id="brackets without end"),
        pytest.param(b"- " * 5_000, "too-deep", Place(1, 41), id="dashes without end"),
        pytest.param(b"{a: " * 5_000, "too-deep", Place(1, 81), id="braces without end"),
        pytest.param(b"? [a]\n: b\n", "key", Place(1, 3), id="a list as a key"),
        pytest.param(b"a: &x [1]\nb: *x\n", "alias", Place(1, 4, 2), id="an anchor"),
        pytest.param(b"a: !!python/object:os.system ls\n", "tag", Place(1, 4, 28), id="a tag that asks for code"),
        pytest.param(b"%TAG ! tag:example.com,2026:\n---\na: !x 1\n", "tag", Place(3, 4, 4), id="a tag of one's own"),
    ],
)
def test_what_cannot_be_read_has_a_place(raw, rule, place):
    first = read_marked(raw).mistakes[0]

    assert (first.rule, first.place[:2]) == (rule, place[:2])


def test_a_bomb_of_references_is_never_built():
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]

    marked = read_marked("\n".join(lines).encode())

    assert marked.root is None
    assert {mistake.rule for mistake in marked.mistakes} == {"alias"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_line_ends_do_not_matter(line_end):
    marked = read_marked(line_end.join(["\ufeffa: 1", "b:", "  - c", ""]).encode())

    assert plain(marked.root) == {"a": 1, "b": ["c"]}
    assert dict(places_of(marked.root))["b", 0] == Place(3, 5)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_quick_scanner_says_what_the_slow_one_says(file):
    text = file.read_text()

    assert _told(events(text)) == _told(YAML(typ="safe", pure=True).parse(text))


_SCRAPS = st.lists(
    st.sampled_from(
        [
            "a",
            "b:",
            " ",
            "  ",
            "\n",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            ": ",
            "'",
            '"',
            "#",
            "|",
            ">",
            "? ",
            "x y",
            "é",
            "1",
            ":",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(_SCRAPS)
def test_scraps_of_yaml_are_read_as_the_slow_scanner_reads_them(text):
    assert _told(events(text)) == _told(YAML(typ="safe", pure=True).parse(text))


@settings(max_examples=200, deadline=None)
@given(st.one_of(_SCRAPS.map(str.encode), st.binary(max_size=60)))
def test_nothing_brings_the_reader_down(raw):
    marked = read_marked(raw)

    assert marked.root is not None or marked.mistakes
    assert all(mistake.fact and mistake.place.line >= 1 for mistake in marked.mistakes)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8), _JSON))
def test_json_is_read_as_json(document):
    marked = read_marked(json.dumps(document).encode())

    assert marked.mistakes == []
    assert plain(marked.root) == document


def _told(stream):
    """Return the events as plain tuples, and the place of the complaint that ended them."""
    told = []
    try:
        for event in stream:
            start, end = event.start_mark, event.end_mark
            words = (getattr(event, "value", None), getattr(event, "style", None), getattr(event, "anchor", None))
            told.append((type(event).__name__, *words, start.line, start.column, end.line, end.column))
    except Exception as error:  # noqa: BLE001  # both may complain, in the same words
        mark = getattr(error, "problem_mark", None)
        told.append((type(error).__name__, getattr(error, "problem", ""), mark and (mark.line, mark.column)))
    return told
