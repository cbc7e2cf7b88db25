"""Files as people send them: encodings, delimiters, broken rows, and files that are too much."""

import tracemalloc
from dataclasses import replace

import pytest

from nurture.domain.errors import Invalid
from nurture.intake import (
    Accepted,
    Column,
    LeadMap,
    Limits,
    Part,
    Rejected,
    guess_file,
    read_leads,
    rejects_file,
    shape_of,
)

MAP = LeadMap((Column("Email", Part.EMAIL), Column("City", Part.FIELD, name="city")))


@pytest.fixture
def file(tmp_path):
    def written(content: bytes | str):
        path = tmp_path / "leads.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_the_encoding_is_found_out(file, encoding, found):
    path = file("Email,City\nada@example.com,Zürich\n".encode(encoding))

    (ada,) = read_leads(path, MAP)

    assert shape_of(path).encoding == found
    assert isinstance(ada, Accepted)
    assert ada.contact.fields == {"city": "Zürich"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(file, delimiter):
    path = file(
        delimiter.join(["Email", "City"]) + "\n" + delimiter.join(["ada@example.com", '"Paris, France"']) + "\n"
    )

    assert shape_of(path).delimiter == delimiter
    assert [row.contact.fields["city"] for row in read_leads(path, MAP) if isinstance(row, Accepted)] == [
        "Paris, France"
    ]


def test_every_row_is_accounted_for_with_its_number(file):
    path = file(
        "Email,City\n"
        "ada@example.com,London\n"
        "\n"
        "nobody,Paris\n"
        "ken@example.com\n"
        "joan@example.com,Rome,surplus\n"
        'eve@example.com,"two\nlines"\n'
    )

    rows = list(read_leads(path, MAP))

    assert [(row.row, type(row)) for row in rows] == [
        (2, Accepted),
        (4, Rejected),
        (5, Accepted),
        (6, Rejected),
        (7, Accepted),
    ]
    assert [row.reason for row in rows if isinstance(row, Rejected)] == [
        "Email: not an e-mail address",
        "the row has 3 cells, the header has 2",
    ]


def test_a_field_without_end_spoils_its_own_row_only(file):
    path = file(f"Email,City\nada@example.com,{'x' * 200_000}\nken@example.com,Oslo\n")

    spoilt, ken = read_leads(path, MAP)

    assert isinstance(spoilt, Rejected)
    assert "not readable as CSV" in spoilt.reason
    assert isinstance(ken, Accepted)


def test_numbers_hold_over_thousands_of_rows_with_holes(file):
    spoilt = {700: "nobody,Paris", 701: "", 1_400: f"eve@example.com,{'x' * 200_000}", 1_900: "a@example.com,b,c"}
    lines = [spoilt.get(number, f"lead{number}@example.com,Oslo") for number in range(2, 2_502)]
    path = file("Email,City\n" + "\n".join(lines))

    rows = list(read_leads(path, MAP))

    assert [row.row for row in rows] == [number for number in range(2, 2_502) if number != 701]
    assert [row.row for row in rows if isinstance(row, Rejected)] == [700, 1_400, 1_900]
    assert all(row.contact.email == f"lead{row.row}@example.com" for row in rows if isinstance(row, Accepted))


def test_people_whose_source_nobody_named_came_by_the_file(file):
    (ada,) = read_leads(file("Email,City\nada@example.com,London\n"), MAP)

    assert ada.contact.source == "file_leads"


@pytest.mark.parametrize(
    ("leadmap", "source"),
    [
        pytest.param(replace(MAP, source="webinar"), "webinar", id="the map names one"),
        pytest.param(LeadMap((*MAP.columns, Column("City", Part.SOURCE))), "london", id="a column names one"),
    ],
)
def test_a_source_that_somebody_named_stands(file, leadmap, source):
    (ada,) = read_leads(file("Email,City\nada@example.com,London\n"), leadmap)

    assert ada.contact.source == source


def test_the_name_of_a_file_is_no_enquiry(tmp_path):
    path = tmp_path / "demo-request-form.csv"
    path.write_text("Email,City\nada@example.com,London\n")

    (ada,) = read_leads(path, MAP)

    assert (ada.contact.source, ada.claim) == ("file_demo_request_form", None)


def test_nul_bytes_do_not_reach_the_store(file):
    (ada,) = read_leads(file("Email,City\nada@example.com,Lon\0don\n"), MAP)

    assert isinstance(ada, Accepted)
    assert ada.contact.fields == {"city": "Lon don"}


def test_columns_of_one_name_are_told_apart(file):
    assert shape_of(file("Email,Tag,Tag,\na@b.cc,1,2,\n")).headers == ("Email", "Tag", "Tag (2)", "")


def test_too_large_is_refused_before_the_first_row(file):
    with pytest.raises(Invalid, match="larger than 10 bytes"):
        next(read_leads(file("Email,City\nada@example.com,London\n"), MAP, Limits(size=10)))


def test_too_many_rows_stop_the_reading(file):
    rows = read_leads(file("Email,City\n" + "ada@example.com,London\n" * 3), MAP, Limits(rows=2))

    assert [next(rows).row, next(rows).row] == [2, 3]
    with pytest.raises(Invalid, match="more than 2 rows"):
        next(rows)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(file, content):
    with pytest.raises(Invalid, match="is empty"):
        shape_of(file(content))


def test_a_map_for_another_file_is_refused(file):
    with pytest.raises(Invalid) as caught:
        next(read_leads(file("Mail,City\nada@example.com,London\n"), MAP))

    assert caught.value.problems == ("the file has no column 'Email'",)


def test_a_file_maps_itself(file):
    leadmap = guess_file(file("E-Mail;Ort\nada@example.com;Köln\n".encode("cp1252")))

    assert (leadmap.encoding, leadmap.delimiter) == ("cp1252", ";")
    assert [column.part for column in leadmap.columns] == [Part.EMAIL, Part.FIELD]


def test_memory_is_flat_however_long_the_file(file, tmp_path):
    def peak(rows: int) -> int:
        path = file("Email,City\n" + "".join(f"lead{n}@example.com,London {n}\n" for n in range(rows)))
        tracemalloc.start()
        assert sum(1 for _ in read_leads(path, MAP)) == rows
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(2_000)  # the tables of countries and zones, and each column's memory, are loaded once
    assert peak(12_000) < peak(4_000) + 200_000


def test_rejects_can_be_opened_in_a_spreadsheet(tmp_path):
    path = tmp_path / "rejects.csv"

    with rejects_file(path, ["Email", "City"]) as rejects:
        rejects.add(Rejected(7, "Email: not an e-mail address", ("=cmd|' /C calc'!A0", "Zürich")))

    assert path.read_text(encoding="utf-8-sig").splitlines() == [
        "row,reason,Email,City",
        "7,Email: not an e-mail address,'=cmd|' /C calc'!A0,Zürich",
    ]


def test_no_rejects_no_file(tmp_path):
    with rejects_file(tmp_path / "rejects.csv", ["Email"]):
        pass

    assert not (tmp_path / "rejects.csv").exists()
