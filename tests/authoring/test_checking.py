"""What goes beyond one mistake: many sequences at once, circles between them, and files full of nonsense."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nurture.authoring import checking
from nurture.authoring.checking import check_path
from nurture.authoring.desk import Desk
from nurture.authoring.known import KeptShelf, known_from
from tests.authoring.checks_page import HERE, HOUSE

EVERYTHING = (HERE / "ok" / "everything.yaml").read_text()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(HOUSE, root, dirs_exist_ok=True)
    return root


def test_a_circle_through_three_sequences_is_shown_in_each(tmp_path):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    for name, target in (("a", "b"), ("b", "c"), ("c", "a"), ("aside", "a")):
        _write(tmp_path, name, f"  - {{ id: next, enroll: {target} }}\n")

    report = check_path([tmp_path / "sequences"], tmp_path)

    assert [(problem.path, problem.fact.partition(": ")[2]) for problem in report.problems] == [
        ("sequences/a.yaml", "a -> b -> c -> a"),
        ("sequences/b.yaml", "b -> c -> a -> b"),
        ("sequences/c.yaml", "c -> a -> b -> c"),
    ]


@pytest.mark.parametrize(
    "first",
    [
        pytest.param("  - { id: letter, after: 90 days, email: case-study }\n", id="a step with a delay"),
        pytest.param("  - { id: hold, wait_for: replied, up_to: 9 days, then: stop }\n", id="a wait whose time is up"),
        pytest.param("  - { id: ring, call: pricing, wait: up to 2 days }\n", id="a rep who has time to answer"),
    ],
)
def test_a_circle_with_a_wait_in_it_is_long_term_nurturing(tmp_path, first):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    _write(tmp_path, "a", "  - { id: next, enroll: b }\n")
    _write(tmp_path, "b", f"{first}  - {{ id: next, enroll: a }}\n")

    assert check_path([tmp_path / "sequences"], tmp_path).summary == "no problems in 4 files"


def test_what_came_true_already_is_no_wait(tmp_path):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    _write(
        tmp_path, "a", "  - { id: hold, wait_for: replied, up_to: 9 days, else: stop }\n  - { id: next, enroll: a }\n"
    )

    (problem,) = check_path([tmp_path / "sequences" / "a.yaml"], tmp_path).problems

    assert problem.rule == "enroll-circle"


def test_many_files_are_checked_on_all_cores_with_the_same_words(tmp_path, monkeypatch):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    for number in range(12):
        _write(
            tmp_path,
            f"s{number}",
            f"  - {{ id: letter, email: nothing-{number} }}\n  - {{ id: on, enroll: s{11 - number} }}\n",
        )
    alone = check_path([], tmp_path)

    monkeypatch.setattr(checking, "_WORTH_IT", 2)
    monkeypatch.setattr(checking.os, "cpu_count", lambda: 2)

    assert check_path([], tmp_path) == alone
    assert len(alone.errors) == 24


def test_the_root_means_its_three_folders_wherever_it_lies(tmp_path):
    root = tmp_path / "templates" / "policies"
    shutil.copytree(HOUSE, root)
    (root / "docker-compose.yml").write_text("services: {}\n")
    (root / "policies" / "notes.yaml").write_text("anything: goes\n")

    report = check_path([root], root)

    assert report.files == check_path([], root).files
    assert {file.partition("/")[0] for file in report.files} == {"sequences", "policies", "templates"}
    assert "policies/notes.yaml" not in report.files


def test_names_are_only_checked_where_somebody_defines_them(tmp_path):
    (tmp_path / "sequences").mkdir()
    (tmp_path / "sequences" / "everything.yaml").write_text(EVERYTHING)

    report = check_path([tmp_path / "sequences"], tmp_path)

    assert {problem.rule for problem in report.problems} == {"unknown-sequence"}


def test_a_shelf_is_asked_once_for_each_template():
    shelf = _CountingShelf()
    kept = KeptShelf(shelf)

    for _ in range(3):
        assert kept.names("email") == {"welcome"}
        assert kept.links("email", "welcome") == ("pricing",)
        assert kept.variants("email", "welcome") == ()

    assert shelf.asked == ["names", "links", "variants"]


def test_a_desk_reads_policies_once(house):
    desk = Desk(house, None)

    assert desk.known is desk.known
    assert desk.known.caps == {"email": ((1, 1), (4, 7)), "any": ((8, 7),)}
    assert desk.known.personas == ("busy-cto",)
    assert desk.known.reps == ("anna", "ben")


@pytest.mark.parametrize("shape", [None, [], "text", 7, {"fields": 3}, {"fields": ["a"]}, {"reps": {"a": 1}}])
def test_policies_of_any_shape_give_names_or_none(shape):
    known = known_from(dict.fromkeys(("fields", "team", "stages", "score", "consent", "routing", "calendars"), shape))

    assert not known.fields
    assert known.intents


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_edit_of_a_sequence_brings_the_checks_down(house, data):
    lines = EVERYTHING.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        lines[number] = data.draw(st.sampled_from(_EDITS))(lines[number])
    path = house / "sequences" / "edited.yaml"
    text = "\n".join(lines)  # a doubled line holds two
    path.write_text(text)

    report = check_path([path], house)

    assert all(problem.place.line <= text.count("\n") + 2 for problem in report.problems)
    assert report.summary


_EDITS = (
    lambda line: "",
    lambda line: f"  {line}",
    lambda line: line[2:],
    lambda line: line.replace(":", "", 1),
    lambda line: line.replace("{", "[").replace("}", "]"),
    lambda line: line.partition(":")[0] + ":",
    lambda line: line.partition(":")[0] + ": [1, {a: b}]",
    lambda line: line.partition(":")[0] + ": true",
    lambda line: line.replace("id: ", "name: "),
    lambda line: line.replace("after", "at"),
    lambda line: f"{line}\n{line}",
    lambda line: line + " x",
    lambda line: line.replace(" ", "\t"),
)


@pytest.mark.parametrize("name", ["calendars", "consent", "senders", "stages", "score", "routing", "team", "fields"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_edit_of_a_policy_brings_the_checks_down(tmp_path_factory, name, data):
    root = tmp_path_factory.mktemp("edited")
    shutil.copytree(HOUSE / "policies", root / "policies")
    path = root / "policies" / f"{name}.yaml"
    lines = path.read_text().splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    lines[number] = data.draw(st.sampled_from(_EDITS))(lines[number])
    path.write_text("\n".join(lines))

    assert check_path([root / "policies"], root).summary


class _CountingShelf:
    def __init__(self):
        self.asked = []

    def names(self, channel):
        self.asked.append("names")
        return ["welcome"]

    def links(self, channel, name):
        self.asked.append("links")
        return ["pricing"]

    def variants(self, channel, name):
        self.asked.append("variants")
        return []


def _write(root, name, steps):
    head = f"sequence: {name}\npurpose: marketing\nenter: {{ by_hand: true }}\nsteps:\n"
    (root / "sequences" / f"{name}.yaml").write_text(head + steps)
