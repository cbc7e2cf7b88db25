"""`nurture simulate`: the same for people, for machines and as a page."""

from __future__ import annotations

import pytest

from tests.cli.office import Office

FEW = ("--leads", "120", "--days", "30", "--start", "2026-06-01")


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys)


def test_a_table_says_who_hears_what(office):
    ran = office.run("simulate", "trial-nurture", *FEW)

    assert ran.code == 0
    assert "trial-nurture: 120 leads, 30 days from 01 Jun 2026" in ran.out.replace("\n", " ")
    for words in ("Touches", "Mailboxes and numbers", "Reps", "Where they stand at the end", "Who starves"):
        assert words in ran.out


def test_the_same_seed_gives_the_same_object(office):
    first = office.run("simulate", "trial-nurture", *FEW, "--seed", "7", "--json")
    again = office.run("simulate", "trial-nurture", *FEW, "--seed", "7", "--json")
    other = office.run("simulate", "trial-nurture", *FEW, "--seed", "8", "--json")

    assert first.code == 0
    assert first.out == again.out != other.out
    assert len(first.out.splitlines()) == 1
    assert sum(first.json["stages"].values()) == first.json["leads"] == 120
    assert first.json["touches"]["email"] > 100


def test_an_outage_ends_with_a_table_of_what_was_sent_put_off_or_skipped(office):
    down = ("--over", "5", "--outage", "3", "--outage-from", "7")

    ran = office.run("simulate", "trial-nurture", *FEW, *down)
    told = office.run("simulate", "trial-nurture", *FEW, *down, "--json").json["outage"]

    assert "After the outage from Mon 08 Jun 00:00 to Thu 11 Jun 00:00 UTC" in ran.out
    assert sum(row["steps"] for row in told["ended"]) == told["overdue"] > 20
    assert set(told["broken"].values()) == {0}


def test_an_outage_that_never_ends_is_refused(office):
    ran = office.run("simulate", "trial-nurture", *FEW, "--outage", "20")

    assert ran.code == 2
    assert "Give it more --days" in ran.err


def test_several_sequences_and_files_of_them(office):
    ran = office.run("simulate", "sequences/trial-nurture.yaml", "demo-request", *FEW, "--json")

    assert ran.json["sequences"] == ["trial-nurture", "demo-request"]
    assert ran.json["entered"]["demo-request"] >= 60


def test_charts_are_one_page(office):
    ran = office.run("simulate", "trial-nurture", *FEW, "--page", "out/charts.html", "--json")

    page = (office.folder / "out" / "charts.html").read_text()
    assert ran.code == 0
    assert "wrote out/charts.html" in ran.err
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") > 5


def test_leads_of_a_file_keep_their_own_consent(office):
    rows = ["email,country,source,do not email"]
    rows += [f"lead{number}@example.com,Germany,website,{'Yes' if number % 2 else 'No'}" for number in range(20)]
    (office.folder / "leads.csv").write_text("\n".join([*rows, rows[1], ",France,,No"]))

    ran = office.run("simulate", "demo-request", "--leads", "leads.csv", "--start", "2026-06-01", "--json")

    assert ran.code == 0
    assert ran.json["leads"] == 20
    assert ran.json["crowd"] == "leads of leads.csv"
    assert ran.json["skipped"]["demo-request/confirmation unreachable"] >= 10
    assert "left out 1 rows: met before in this file" in ran.err
    assert "left out 1 rows: there is neither an e-mail address nor a phone number" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["trail-nurture"], 1, 'There is no sequence "trail-nurture". There is "trial-nurture".'),
        (["trial-nurture", "--leads", "gone.csv"], 1, "There is no file gone.csv. Give a number"),
        (["trial-nurture", "--leads", "0"], 2, "--leads needs a number above 0"),
        (["trial-nurture", "--leads", "5", "--map", "map.yaml"], 2, "--map only goes with a file"),
        (["trial-nurture", "--start", "yesterday"], 2, '"yesterday" is no day'),
        (["trial-nurture", "--days", "0"], 2, "--days"),
        ([], 2, "SEQUENCE"),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(office, words, code, told):
    ran = office.run("simulate", *words)

    assert ran.code == code
    assert told in ran.err


def test_sequences_with_mistakes_are_not_simulated(office, tmp_path_factory, monkeypatch):
    from tests.trying.room import Room

    room = Room(tmp_path_factory.mktemp("room"))
    room.write(
        "letters.yaml",
        "sequence: letters\npurpose: marketing\nenter: { by_hand: true }\nsteps: [{ id: a, email: gone }]\n",
    )

    ran = office.run("simulate", "letters", "--root", str(room.root))

    assert ran.code == 1
    assert 'no template "email/gone"' in ran.err
    assert "This cannot be tried before its mistakes are gone" in ran.err
