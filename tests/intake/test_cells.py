"""What a cell means, one situation a line."""

import pytest

from nurture.intake import cells


@pytest.mark.parametrize(
    "cell",
    ["", "Select", "SELECT", "unknown", "N/A", "-", "null", "#N/A", "Not Specified", "?"],
)
def test_noise_says_nothing(cell):
    assert cells.is_nothing(cell)


@pytest.mark.parametrize("cell", ["No", "0", "NO", "Selection", "Mumbai"])
def test_an_answer_is_not_noise(cell):
    assert not cells.is_nothing(cell)


def test_people_are_called_null_and_spreadsheets_say_null():
    assert not cells.is_nameless("Null")
    assert not cells.is_nameless("Na")
    assert cells.is_nameless("NULL")
    assert cells.is_nameless("Select")


def test_control_characters_cannot_smuggle_a_line_into_a_name():
    assert cells.clean("Ada\r\nBcc: eve@example.com\x00 ") == "Ada Bcc: eve@example.com"
    assert cells.clean("Zoë\u00a0Ångström") == "Zoë Ångström"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Page Views Per Visit", "page_views_per_visit"),
        ("TotalVisits", "totalvisits"),
        ("  E-Mail ", "e_mail"),
        ("Größe (cm)", "groe_cm"),
        ("% open", "open"),
    ],
)
def test_column_names_become_field_names(header, name):
    assert cells.snake_case(header) == name


@pytest.mark.parametrize(
    ("cell", "value"),
    [("15", 15), ("-3", -3), ("2.50", 2.5), ("02", "02"), ("02.Medium", "02.Medium"),
     ("4915112345678901", "4915112345678901"),
     ("+15", "+15"), ("=1+1", "=1+1"), ("1e9", "1e9"), ("nan", "nan")],
)  # fmt: skip
def test_only_what_is_plainly_a_number_becomes_one(cell, value):
    assert cells.guess(cell) == value
    assert type(cells.guess(cell)) is type(value)


def test_thousands_are_read_the_english_way():
    assert cells.number("1,250,000") == 1_250_000
    assert cells.number("1,250.50") == 1250.5


@pytest.mark.parametrize("cell", ["inf", "nan", "1,2", "12 kg", "0x1F", "١٢", "9" * 40])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(ValueError, match="not a number"):
        cells.number(cell)


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("2026-03-27", "2026-03-27T00:00:00+00:00"),
        ("2026-03-27T10:30:00+02:00", "2026-03-27T08:30:00+00:00"),
        ("27.03.2026 10:30", "2026-03-27T10:30:00+00:00"),
        ("2026/03/27", "2026-03-27T00:00:00+00:00"),
        ("27 March 2026", "2026-03-27T00:00:00+00:00"),
    ],
)
def test_moments_are_utc(cell, iso):
    assert cells.moment(cell).isoformat() == iso


@pytest.mark.parametrize("cell", ["03/04/2026", "soon", "2026-02-30", "2026"])
def test_a_date_that_means_two_days_is_refused(cell):
    with pytest.raises(ValueError, match="not a date"):
        cells.moment(cell)


def test_yes_and_no_in_several_languages():
    assert [cells.yes_no(word) for word in ("Yes", "ja", "TRUE", "1", "No", "nein", "false")] == [True] * 4 + [
        False
    ] * 3
    with pytest.raises(ValueError, match="neither yes nor no"):
        cells.yes_no("perhaps")
