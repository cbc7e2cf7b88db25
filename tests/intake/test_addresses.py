"""Addresses, numbers, countries and zones in their one form."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.timezone import time_zones_for_number

from nurture.intake.addresses import email_of, phone_of
from nurture.intake.places import candidates, canonical_zone, country_of, zone_of, zones_of


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ada.Lovelace@Example.COM", "ada.lovelace@example.com"),
        ("<grace+crm@navy.example>", "grace+crm@navy.example"),
        ("mailto:ken@bell.test", "ken@bell.test"),
        ("info@müller.de", "info@xn--mller-kva.de"),
    ],
)
def test_one_address_one_spelling(written, kept):
    assert email_of(written) == kept


@pytest.mark.parametrize(
    "written",
    ["ada", "ada@", "@example.com", "ada@example", "a..b@example.com", ".ada@example.com", "ada@x.com\nBcc: x@y.zz",
     "ada@exa mple.com", f"{'a' * 65}@example.com", "ada@example.com, ken@example.com", '"a b"@example.com'],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(written):
    with pytest.raises(ValueError, match=r"^not an e-mail address$"):
        email_of(written)


@pytest.mark.parametrize(
    ("written", "country", "number", "zone"),
    [
        ("+1 (201) 555-0123", "", "+12015550123", "America/New_York"),
        ("(312) 555-0142", "US", "+13125550142", "America/Chicago"),
        ("0044 7700 900123", "", "+447700900123", "Europe/London"),
        ("tel:+49 30 901820", "IN", "+4930901820", "Europe/Berlin"),
        ("098200 12345", "IN", "+919820012345", "Asia/Kolkata"),
    ],
)
def test_numbers_are_e164_with_their_zones(written, country, number, zone):
    phone = phone_of(written, country)

    assert (phone.number, phone.timezones[0]) == (number, zone)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("201 555 0123", "without a country code"),
        ("call me", "not a phone number"),
        ("+1 555 0100", "in use"),
        ("+999 1", "country code"),
    ],
)
def test_a_number_nobody_can_call_is_refused(written, why):
    with pytest.raises(ValueError, match=why):
        phone_of(written)


@given(st.integers(min_value=200_000_0000, max_value=999_999_9999))
def test_the_short_way_for_north_america_agrees_with_the_parser(national):
    parsed = phonenumbers.parse(f"+1{national}", None)
    try:
        phone = phone_of(f"+1{national}")
    except ValueError:
        assert not phonenumbers.is_valid_number(parsed)
        return
    assert phonenumbers.is_valid_number(parsed)
    official = {canonical_zone(zone) for zone in time_zones_for_number(parsed)} - {""}
    assert official <= set(phone.timezones)


def test_a_toll_free_number_may_ring_anywhere():
    zones = phone_of("+1 800 555 0100").timezones

    assert {"America/New_York", "Pacific/Honolulu", "America/St_Johns"} <= set(zones)


@pytest.mark.parametrize(
    ("written", "code"),
    [("India", "IN"), ("UK", "GB"), ("england", "GB"), ("U.S.A.", "US"), ("UAE", "AE"), ("Türkiye", "TR"),
     ("Österreich", "AT"), ("South Korea", "KR"), ("Bosnia and Herzegovina", "BA"), ("Saint Lucia", "LC"), ("NO", "NO"),
     ("de", "DE"), ("Myanmar", "MM")],
)  # fmt: skip
def test_countries_by_any_name(written, code):
    assert country_of(written) == code


def test_a_region_of_the_world_is_no_country():
    with pytest.raises(ValueError, match="not a country"):
        country_of("Asia/Pacific Region")


def test_every_country_of_the_tables_has_its_zones_and_each_zone_exists():
    assert zones_of("DE") == ("Europe/Berlin", "Europe/Busingen")
    assert zones_of("AU")[0] == "Australia/Sydney"
    assert zones_of("CA")[0] == "America/Toronto"
    assert len(zones_of("US")) == 29
    assert zones_of("") == ()


def test_old_names_of_zones_are_followed():
    assert zone_of("Asia/Calcutta") == "Asia/Kolkata"
    assert zone_of("US/Eastern") == "America/New_York"
    with pytest.raises(ValueError, match="not a time zone"):
        zone_of("CET+1")


@pytest.mark.parametrize(
    ("country", "by_phone", "zones"),
    [
        pytest.param("US", ("America/Chicago",), ("America/Chicago",), id="the prefix narrows the country down"),
        pytest.param(
            "IN", ("America/New_York",), ("Asia/Kolkata", "America/New_York"), id="both count when they differ"
        ),
        pytest.param("SG", (), ("Asia/Singapore",), id="a country alone"),
        pytest.param("", ("America/Denver",), ("America/Denver",), id="a number alone"),
        pytest.param("", (), (), id="nobody knows"),
    ],
)
def test_where_somebody_may_be(country, by_phone, zones):
    assert candidates(country, by_phone) == zones
